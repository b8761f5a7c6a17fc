"""Single layers: a neuron, a fully connected one, convolutions, normalisations."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from graphlab.errors import OpError
from graphlab.graph.templates.site import Feed, Site
from graphlab.graph.templates.template import (
    Activation,
    Count,
    Dimensions,
    OpenCount,
    Padding,
    Range,
    Window,
    template,
)


@template("Neuron", r"y = g(w^\top x + b)", "unit", "perceptron")
def neuron(
    site: Site, x: Feed, *, in_features: OpenCount = None, activation: Activation = "sigmoid"
) -> Any:
    """One neuron: its inputs weighted and added up, a bias, an activation.

    ``x`` is one example, a vector, or a batch of them; there is a weight for each element.
    """
    weight = site.parameter("weight", (in_features,), init="xavier")
    bias = site.parameter("bias", ())
    return site.activate(activation, site.node("add", site.node("matmul", x, weight), bias))


@template("Linear layer", r"y = g(W x + b)", "fully connected layer", "dense layer", "FC", "MLP")
def linear_layer(
    site: Site,
    x: Feed,
    *,
    features: Count = 16,
    in_features: OpenCount = None,
    bias: bool = True,
    activation: Activation = "none",
) -> Any:
    """A fully connected layer of ``features`` neurons, and what it is followed by.

    ``x`` is one example (inputs,) or a batch (…, inputs).
    """
    weight = site.parameter("weight", (features, in_features), init=_init(activation))
    offset = site.parameter("bias", (features,)) if bias else None
    return site.activate(activation, site.node("affine", weight, x, offset))


@template("Convolution layer", r"y_k = g(\sum_i w_{ki} \star x_i + b_k)", "CNN", "filters")
def conv_layer(
    site: Site,
    x: Feed,
    *,
    filters: Count = 16,
    kernel_size: Window = 3,
    stride: Window = 1,
    padding: Padding = 0,
    dilation: Window = 1,
    groups: Count = 1,
    in_channels: OpenCount = None,
    bias: bool = True,
    activation: Activation = "none",
    dimensions: Dimensions = 2,
) -> Any:
    """A bank of filters moved over a signal, a picture or a volume, and what it is followed by.

    ``x`` is (batch, channels, …spatial); each filter sees channels / ``groups`` of them.
    """
    kernel = window(kernel_size, dimensions)
    inner = None if in_channels is None else in_channels // groups
    weight = site.parameter("weight", (filters, inner, *kernel), init="kaiming")
    offset = site.parameter("bias", (filters,)) if bias else None
    settings: dict[str, Any] = {"stride": stride, "padding": padding}
    settings |= {"dilation": dilation, "groups": groups}
    return site.activate(activation, site.node(f"conv{dimensions}d", x, weight, offset, **settings))


@template(
    "Transposed convolution layer", r"y_k = g(\sum_i w_{ik} \star^\top x_i + b_k)", "deconvolution"
)
def conv_transpose_layer(
    site: Site,
    x: Feed,
    *,
    filters: Count = 16,
    kernel_size: Window = 2,
    stride: Window = 2,
    padding: Annotated[int | tuple[int, ...], Range(0, 4096)] = 0,
    output_padding: Annotated[int | tuple[int, ...], Range(0, 4096)] = 0,
    in_channels: OpenCount = None,
    bias: bool = True,
    activation: Activation = "none",
    dimensions: Dimensions = 2,
) -> Any:
    """A convolution read backwards, which makes a picture larger: every pixel stamps a filter.

    ``x`` is (batch, channels, …spatial).
    """
    kernel = window(kernel_size, dimensions)
    weight = site.parameter("weight", (in_channels, filters, *kernel), init="kaiming")
    offset = site.parameter("bias", (filters,)) if bias else None
    settings: dict[str, Any] = {"stride": stride, "padding": padding}
    settings["output_padding"] = output_padding
    return site.activate(
        activation, site.node(f"conv_transpose{dimensions}d", x, weight, offset, **settings)
    )


@template("Locally connected layer", r"y_p = g(\sum_n w_{pn} x_{p + n} + b_p)")
def locally_connected(
    site: Site,
    x: Feed,
    *,
    filters: Count = 1,
    kernel_size: Window = 3,
    stride: Window = 1,
    padding: Padding = 0,
    bias: bool = True,
    activation: Activation = "none",
    dimensions: Annotated[int, Range(1, 2)] = 2,
) -> Any:
    """Like a convolution layer, but every place of the picture has weights of its own."""
    kernel = window(kernel_size, dimensions)
    places = (None,) * dimensions
    weight = site.parameter("weight", (*places, filters, None, *kernel), init="kaiming")
    offset = site.parameter("bias", (*places, filters)) if bias else None
    return site.activate(
        activation,
        site.node(f"local{dimensions}d", x, weight, offset, stride=stride, padding=padding),
    )


@template(
    "Normalisation layer", r"y = \gamma \, \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} + \beta"
)
def norm_layer(
    site: Site,
    x: Feed,
    *,
    kind: Literal["batch", "group", "instance"] = "batch",
    channels: OpenCount = None,
    groups: Count = 1,
    eps: Annotated[float, Range(0, 1)] = 1e-5,
    momentum: Annotated[float, Range(0, 1)] = 0.1,
) -> Any:
    """Brings each channel to mean 0 and spread 1, then scales and shifts it as learned.

    ``x`` is (batch, channels, …).  Batch normalisation keeps the running mean and variance that
    it uses outside of training.
    """
    weight = site.parameter("weight", (channels,), init="ones")
    bias = site.parameter("bias", (channels,))
    if kind == "batch":
        mean = site.buffer("running_mean", (channels,))
        variance = site.buffer("running_var", (channels,), init="ones")
        return site.node("batch_norm", x, weight, bias, mean, variance, eps=eps, momentum=momentum)
    if kind == "group":
        return site.node("group_norm", x, weight, bias, groups=groups, eps=eps)
    return site.node("instance_norm", x, weight, bias, eps=eps)


@template("Convolution, normalisation, activation", r"y = g(\mathrm{norm}(w \star x))")
def conv_norm_activation(
    site: Site,
    x: Feed,
    *,
    filters: Count = 16,
    kernel_size: Window = 3,
    stride: Window = 1,
    padding: Padding = "same",
    groups: Count = 1,
    eps: Annotated[float, Range(0, 1)] = 1e-5,
    activation: Activation = "relu",
    dimensions: Dimensions = 2,
) -> Any:
    """A convolution without bias, batch normalisation, an activation: most networks' brick."""
    made = site.place(
        "conv_layer",
        "conv",
        x,
        filters=filters,
        kernel_size=kernel_size,
        stride=stride,
        padding=_settled(padding, kernel_size, stride),
        groups=groups,
        bias=False,
        dimensions=dimensions,
    )
    return site.activate(
        activation, site.place("norm_layer", "bn", made, channels=filters, eps=eps)
    )


def window(size: int | tuple[int, ...], dimensions: int) -> tuple[int, ...]:
    """A length for each axis; raises ``OpError`` where there are more or fewer."""
    sizes = size if isinstance(size, tuple) else (size,) * dimensions
    if len(sizes) != dimensions:
        raise OpError(
            f"kernel_size is {size}, {len(sizes)} lengths, and dimensions is {dimensions}: give "
            "one length for each axis, or one number for all"
        )
    return sizes


def _settled(padding: Any, kernel_size: Any, stride: Any) -> Any:
    """``same`` where the stride is not 1 as PyTorch users write it: half the kernel."""
    if padding != "same" or stride == 1:
        return padding
    if isinstance(kernel_size, tuple):
        return tuple(size // 2 for size in kernel_size)
    return kernel_size // 2


def _init(activation: str) -> str:
    return "kaiming" if activation in ("relu", "leaky_relu") else "xavier"
