"""Networks in two halves: encoder and decoder, generator and discriminator, U-Net's levels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from graphlab.graph.templates.site import Feed, Site
from graphlab.graph.templates.template import Activation, Count, Range, Widths, template

Kind = Literal["linear", "convolution"]
Slope = Annotated[float, Range(0, 1)]


@template("Encoder", r"z = E(x)", "compress", category="Networks")
def encoder(
    site: Site,
    x: Feed,
    *,
    kind: Kind = "linear",
    widths: Widths = (128, 32),
    activation: Activation = "relu",
    last: Activation = "none",
) -> Any:
    """Layers that get narrower, down to a code.

    ``linear`` layers take vectors; ``convolution`` layers have ``widths`` filters and halve the
    picture each.  The last layer is followed by ``last``.
    """
    for number, width in enumerate(widths, 1):
        after = activation if number < len(widths) else last
        x = _narrow(site, kind, number, x, width, after)
    return x


@template("Decoder", r"\hat{x} = D(z)", "decompress", category="Networks")
def decoder(
    site: Site,
    z: Feed,
    *,
    kind: Kind = "linear",
    widths: Widths = (128, 784),
    activation: Activation = "relu",
    last: Activation = "sigmoid",
) -> Any:
    """Layers that get wider, from a code back to what it stands for.

    ``linear`` layers take vectors; ``convolution`` layers are transposed ones, have ``widths``
    filters and double the picture each.  The last layer is followed by ``last``.
    """
    return _widened(site, kind, z, widths, activation, last)


@template("Generator", r"\hat{x} = G(z)", "GAN", category="Networks")
def generator(
    site: Site,
    z: Feed,
    *,
    kind: Kind = "linear",
    widths: Widths = (32, 32, 2),
    side: Annotated[int, Range(1, 256)] = 7,
    activation: Activation = "relu",
    last: Activation = "none",
) -> Any:
    """Makes an example out of noise (Goodfellow et al. 2014).

    ``linear``: one layer for each of ``widths``.  ``convolution``: a linear layer makes a small
    picture of ``side`` × ``side`` with the first of ``widths`` channels, and a transposed
    convolution for each of the others doubles it.
    """
    if kind == "linear":
        return _widened(site, kind, z, widths, activation, last)
    first, *others = widths
    made = site.place("linear_layer", "fc", z, features=first * side * side, activation=activation)
    picture = site.node("reshape", made, shape=(-1, first, side, side))
    return _widened(site, kind, picture, others, activation, last)


@template("Discriminator", r"s = D(x)", "critic", category="Networks")
def discriminator(
    site: Site,
    x: Feed,
    *,
    kind: Kind = "linear",
    widths: Widths = (32, 32),
    activation: Activation = "leaky_relu",
) -> Any:
    """Tells real examples from made ones by one number, the logit of being real.

    One layer for each of ``widths``, ``linear`` or of convolutions that halve the picture, then
    one neuron.
    """
    for number, width in enumerate(widths, 1):
        x = _narrow(site, kind, number, x, width, activation)
    if kind == "convolution":
        x = site.node("flatten", x)
    return site.place("linear_layer", "fc", x, features=1)


@template(
    "U-Net level, down", r"y = \mathrm{pool}(F(x))", category="Blocks", outputs=("out", "skip")
)
def unet_down(
    site: Site, x: Feed, *, filters: Count = 64, padding: Literal["same", "valid"] = "valid"
) -> Any:
    """Two 3 × 3 convolutions, and a pool that halves the picture (Ronneberger et al. 2015).

    ``out`` is the pooled picture for the next level, ``skip`` the one before the pool, for the
    level that leads up again.
    """
    skip = _twice(site, x, filters, padding)
    return site.node("max_pool2d", skip, member="pool", kernel_size=2, stride=2), skip


@template("U-Net level, up", r"y = F([\mathrm{up}(x), s])", category="Blocks")
def unet_up(
    site: Site,
    x: Feed,
    skip: Feed,
    *,
    filters: Count = 64,
    padding: Literal["same", "valid"] = "valid",
) -> Any:
    """Doubles the picture, puts what the way down kept beside it, and convolves twice.

    ``skip`` is cut to the middle where it is larger, as ``valid`` convolutions make it.
    """
    up = site.place("conv_transpose_layer", "up", x, filters=filters)
    return _twice(site, _joined(site, skip, up, padding), filters, padding)


def _joined(site: Site, skip: Feed, up: Feed, padding: str) -> Feed:
    if padding == "valid":
        skip = site.node("center_crop", skip, up, member="crop")
    return site.node("concatenate", skip, up, axis=1)


def _twice(site: Site, x: Feed, filters: int, padding: str) -> Feed:
    for number in (1, 2):
        x = site.place(
            "conv_layer", f"conv{number}", x, filters=filters, padding=padding, activation="relu"
        )
    return x


def _narrow(site: Site, kind: Kind, number: int, x: Feed, width: int, activation: str) -> Feed:
    if kind == "linear":
        name = f"fc{number}"
        return site.place("linear_layer", name, x, features=width, activation=activation)
    settings: dict[str, Any] = {"kernel_size": 3, "stride": 2, "padding": 1}
    name = f"conv{number}"
    return site.place("conv_layer", name, x, filters=width, activation=activation, **settings)


def _widened(
    site: Site, kind: Kind, z: Feed, widths: Sequence[int], activation: str, last: str
) -> Feed:
    for number, width in enumerate(widths, 1):
        after = activation if number < len(widths) else last
        if kind == "linear":
            z = site.place("linear_layer", f"fc{number}", z, features=width, activation=after)
        else:
            settings: dict[str, Any] = {"kernel_size": 4, "stride": 2, "padding": 1}
            name = f"up{number}"
            z = site.place(
                "conv_transpose_layer", name, z, filters=width, activation=after, **settings
            )
    return z
