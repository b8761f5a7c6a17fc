"""Blocks that join channels: the inception module, the dense block and its transition."""

from __future__ import annotations

from typing import Annotated, Any

from graphlab.graph.node import OutPort
from graphlab.graph.templates.site import Feed, Site
from graphlab.graph.templates.template import Count, Range, Repeats, template


@template("Inception module", r"y = [F_1(x), F_3(x), F_5(x), P(x)]", "GoogLeNet", category="Blocks")
def inception(
    site: Site,
    x: Feed,
    *,
    ones: Count = 64,
    reduced3: Count = 96,
    threes: Count = 128,
    reduced5: Count = 16,
    fives: Count = 32,
    pooled: Count = 32,
    third_kernel: Annotated[int, Range(1, 15)] = 5,
) -> Any:
    """Looks at the picture through windows of several sizes at once (Szegedy et al. 2015).

    Four branches side by side: ``ones`` 1 × 1 filters; ``threes`` 3 × 3 filters on ``reduced3``
    channels; ``fives`` filters of ``third_kernel`` on ``reduced5``; and a pool followed by
    ``pooled`` 1 × 1 filters.  torchvision's GoogLeNet has 3 as its ``third_kernel``.
    """
    branch2, branch3 = site.group("branch2"), site.group("branch3")
    branch4 = site.group("branch4")
    first = _unit(site, "branch1", x, ones)
    second = _unit(branch2, "1", _unit(branch2, "0", x, reduced3), threes, 3)
    third = _unit(branch3, "1", _unit(branch3, "0", x, reduced5), fives, third_kernel)
    pool = branch4.node(
        "max_pool2d", x, member="0", kernel_size=3, stride=1, padding=1, ceil_mode=True
    )
    fourth = _unit(branch4, "1", pool, pooled)
    return site.node("concatenate", first, second, third, fourth, axis=1)


@template("Dense block", r"x_{l} = [x_{l-1}, F_l(x_{l-1})]", "DenseNet", category="Blocks")
def dense_block(
    site: Site, x: Feed, *, layers: Repeats = 6, growth: Count = 32, bottleneck: Repeats = 4
) -> Any:
    """Each layer reads what came in and what all layers before it made (Huang et al. 2017).

    A layer normalises, narrows to ``bottleneck`` · ``growth`` channels by a 1 × 1 convolution and
    adds ``growth`` new ones by a 3 × 3 convolution to the channels it hands on.
    """
    for number in range(1, layers + 1):
        layer = site.group(f"denselayer{number}")
        out = _norm_relu(layer, "1", x)
        out = _plain(layer, "conv1", out, bottleneck * growth, 1)
        out = _norm_relu(layer, "2", out)
        x = layer.node("concatenate", x, _plain(layer, "conv2", out, growth, 3), axis=1)
    return x


@template(
    "Transition",
    r"y = \mathrm{pool}(w \star \mathrm{relu}(\mathrm{norm}(x)))",
    category="Blocks",
)
def transition(site: Site, x: Feed, *, filters: Count = 128) -> Any:
    """Between two dense blocks: fewer channels by a 1 × 1 convolution, half the size by a pool."""
    out = _plain(site, "conv", _norm_relu(site, "", x), filters, 1)
    return site.node("avg_pool2d", out, member="pool", kernel_size=2, stride=2)


def _unit(site: Site, member: str, x: Feed, filters: int, kernel_size: int = 1) -> OutPort:
    return site.place(
        "conv_norm_activation", member, x, filters=filters, kernel_size=kernel_size, eps=1e-3
    )


def _norm_relu(site: Site, number: str, x: Feed) -> OutPort:
    made = site.place("norm_layer", f"norm{number}", x)
    return site.node("relu", made, member=f"relu{number}")


def _plain(site: Site, member: str, x: Feed, filters: int, kernel_size: int) -> OutPort:
    return site.place(
        "conv_layer",
        member,
        x,
        filters=filters,
        kernel_size=kernel_size,
        padding=kernel_size // 2,
        bias=False,
    )
