"""What stands at the end of a network: class and box, or how many there are and where."""

from __future__ import annotations

from typing import Annotated, Any

from graphlab.graph.templates.site import Feed, Site
from graphlab.graph.templates.template import Activation, Count, Range, template


@template(
    "Detection head",
    r"(s, b) = (W_s h, \sigma(W_b h))",
    category="Blocks",
    outputs=("scores", "box"),
)
def detection_head(site: Site, x: Feed, *, classes: Count = 10, hidden: Count = 128) -> Any:
    """Says what is in the picture and where: class logits, and one box.

    ``x`` is (batch, channels, height, width).  The box is (left, top, right, bottom) in parts of
    the picture's width and height, each from 0 to 1.
    """
    flat = site.node("flatten", x)
    shared = site.place("linear_layer", "fc", flat, features=hidden, activation="relu")
    scores = site.place("linear_layer", "scores", shared, features=classes)
    box = site.place("linear_layer", "box", shared, features=4, activation="sigmoid")
    return scores, box


@template(
    "Density head",
    r"n = \sum_p \rho_p, \quad \rho = c \, g(w \star x)",
    category="Blocks",
    outputs=("density", "count"),
)
def density_head(
    site: Site,
    x: Feed,
    *,
    hidden: Count = 32,
    activation: Activation = "softplus",
    scale: Annotated[float, Range(1e-6, 1e6)] = 1.0,
) -> Any:
    """Counts things by a map of their density, whose sum is their number.

    ``x`` is (batch, channels, height, width); ``density`` has one channel and the same size,
    ``count`` is one number for each picture.  ``activation`` is g: softplus keeps densities above
    0, and with none the bias sees to it that the errors of learned maps add up to 0.  ``scale`` is
    c: at the mean density of the data, a network begins with about as many as there are, and its
    first steps do not drive all units below 0.
    """
    seen = site.place("conv_layer", "conv", x, filters=hidden, padding="same", activation="relu")
    settings: dict[str, Any] = {"kernel_size": 1, "activation": activation}
    density = site.place("conv_layer", "density", seen, filters=1, **settings)
    if scale != 1:
        factor = site.node("constant", member="scale", value=scale)
        density = site.node("multiply", density, factor, member="scaled")
    return density, site.node("sum", density, member="count", axis=(1, 2, 3))
