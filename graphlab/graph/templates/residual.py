"""Residual blocks: what a few convolutions change is added to what came in (He et al. 2016)."""

from __future__ import annotations

from typing import Any, Literal

from graphlab.graph.node import OutPort
from graphlab.graph.templates.site import Feed, Site
from graphlab.graph.templates.template import Count, Repeats, template

Shortcut = Literal["identity", "projection"]


@template(
    "Residual block",
    r"y = \mathrm{relu}(F(x) + x)",
    "skip connection",
    "ResNet block",
    category="Blocks",
)
def residual_basic(
    site: Site,
    x: Feed,
    *,
    filters: Count = 64,
    stride: Repeats = 1,
    shortcut: Shortcut = "identity",
) -> Any:
    """Two 3 × 3 convolutions with batch normalisation, beside them a shortcut.

    A ``projection`` shortcut is a 1 × 1 convolution: it is needed where the block changes the
    number of channels or, with ``stride``, the size of the picture.
    """
    out = site.activate("relu", _conv(site, "1", x, filters, 3, stride))
    return _joined(site, _conv(site, "2", out, filters, 3), x, filters, stride, shortcut)


@template("Bottleneck residual block", r"y = \mathrm{relu}(F(x) + x)", category="Blocks")
def residual_bottleneck(
    site: Site,
    x: Feed,
    *,
    filters: Count = 64,
    expansion: Repeats = 4,
    stride: Repeats = 1,
    shortcut: Shortcut = "identity",
) -> Any:
    """Convolutions of 1 × 1, 3 × 3 and 1 × 1 with batch normalisation, beside them a shortcut.

    The first narrows to ``filters`` channels, the last widens to ``expansion`` times as many.  A
    ``projection`` shortcut is needed where the block changes channels or size.
    """
    wide = filters * expansion
    out = site.activate("relu", _conv(site, "1", x, filters, 1))
    out = site.activate("relu", _conv(site, "2", out, filters, 3, stride))
    return _joined(site, _conv(site, "3", out, wide, 1), x, wide, stride, shortcut)


def _conv(
    site: Site, number: str, x: Feed, filters: int, kernel_size: int, stride: int = 1
) -> OutPort:
    made = site.place(
        "conv_layer",
        f"conv{number}",
        x,
        filters=filters,
        kernel_size=kernel_size,
        stride=stride,
        padding=kernel_size // 2,
        bias=False,
    )
    return site.place("norm_layer", f"bn{number}", made, channels=filters)


def _joined(
    site: Site, out: OutPort, x: Feed, filters: int, stride: int, shortcut: Shortcut
) -> Feed:
    if shortcut == "projection":
        side = site.group("downsample")
        kernel = {"kernel_size": 1, "stride": stride, "bias": False}
        x = side.place("conv_layer", "0", x, filters=filters, **kernel)
        x = side.place("norm_layer", "1", x, channels=filters)
    return site.activate("relu", site.node("add", out, x))
