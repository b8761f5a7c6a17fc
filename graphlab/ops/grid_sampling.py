"""Reading an image at places between its pixels, which a grid names."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any, Literal

import numpy as np

from graphlab.errors import OpError
from graphlab.ops.broadcasting import Shape, show_shape
from graphlab.ops.contract import Array, Domain, Op, Tensor, sample
from graphlab.ops.expression import Latex

SampleMode = Literal["bilinear", "nearest", "bicubic"]
Border = Literal["zeros", "border", "reflection"]

_CUBIC = -0.75  # PyTorch's and ONNX's constant of Keys's cubic convolution (1981)


class GridSample(Op):
    """Reads ``x`` (N, C, H, W) at the places that ``grid`` (N, H', W', 2) names as (column, row).

    -1 and 1 are the image's edges, or with ``align_corners`` the middles of its outer pixels. A
    volume (N, C, D, H, W) is read by a grid of (column, row, slice). Between pixels, the nearest
    one counts, or those around mixed; beyond the edges is ``padding_mode``. Spatial transformer
    networks learn the grid (Jaderberg et al. 2015).
    """

    category = "Resizing"
    formula = Latex(r"y_p = \sum_q k\left(grid_p - q\right) x_q")
    partials = {
        "x": Latex(r"k\left(grid_p - q\right)"),
        "grid": Latex(r"\sum_q k'\left(grid_p - q\right) x_q"),
    }
    convention = (
        "Where a place lies on a pixel, the partial for grid is that of the side beyond it."
    )
    domains = {"grid": Domain(-1.4, 1.4)}
    needs = ("samples", "forward", "shape", "vjp", "lower")
    samples = (
        sample((1, 2, 3, 4), (1, 2, 3, 2)),
        sample((2, 1, 3, 3), (2, 2, 2, 2), padding_mode="border", align_corners=True),
        sample((1, 1, 4, 4), (1, 2, 2, 2), mode="bicubic", padding_mode="reflection"),
        sample((1, 2, 3, 4), (1, 2, 3, 2), mode="nearest"),
        sample((1, 1, 2, 3, 2), (1, 2, 2, 1, 3), padding_mode="reflection"),
    )

    @staticmethod
    def forward(
        x: Array,
        grid: Array,
        *,
        mode: SampleMode = "bilinear",
        padding_mode: Border = "zeros",
        align_corners: bool = False,
    ) -> Any:
        y = np.zeros(GridSample.shape(x.shape, grid.shape), x.dtype)
        for at, weight, _ in _taps(x.shape, grid, mode, padding_mode, align_corners):
            y += np.moveaxis(x[at], -1, 1) * weight[:, None]
        return y

    @staticmethod
    def shape(x: Shape, grid: Shape, **attributes: Any) -> Shape:
        axes = len(x) - 2
        fits = len(grid) == len(x) and axes in (2, 3) and grid[0] == x[0] and grid[-1] == axes
        if not fits or 0 in x or (axes == 3 and attributes.get("mode") == "bicubic"):
            raise OpError(
                f"x is {show_shape(x)} and grid is {show_shape(grid)}: give images (N, C, H, W) a "
                f"grid (N, H', W', 2), volumes one of (N, D', H', W', 3), which bicubic reads not"
            )
        return (*x[:2], *grid[1:-1])

    @staticmethod
    def vjp(
        upstream: Array, out: Array, x: Array, grid: Array, **attributes: Any
    ) -> tuple[Any, ...]:
        to_x, to_grid = np.zeros_like(x), np.zeros_like(grid)
        above = np.moveaxis(upstream, 1, -1)
        for at, weight, slopes in _taps(x.shape, grid, *_how(attributes)):
            np.add.at(to_x, at, above * weight[..., None])
            meeting = (above * x[at]).sum(axis=-1)
            for axis, slope in enumerate(slopes):
                to_grid[..., -1 - axis] += meeting * slope
        return to_x, to_grid

    @classmethod
    def jvp(cls, tangents: Sequence[Any], out: Any, *inputs: Any, **attributes: Any) -> Any:
        x, grid = inputs
        moved = np.zeros_like(out)
        for at, weight, slopes in _taps(x.shape, grid, *_how(attributes)):
            if tangents[0] is not None:
                moved += np.moveaxis(tangents[0][at], -1, 1) * weight[:, None]
            if tangents[1] is not None:
                turned = sum(s * tangents[1][..., -1 - i] for i, s in enumerate(slopes))
                moved += np.moveaxis(x[at], -1, 1) * np.asarray(turned)[:, None]
        return moved

    @staticmethod
    def lower(
        torch: Any,
        x: Tensor,
        grid: Tensor,
        *,
        mode: SampleMode = "bilinear",
        padding_mode: Border = "zeros",
        align_corners: bool = False,
    ) -> Tensor:
        return torch.nn.functional.grid_sample(x, grid, mode, padding_mode, align_corners)


def _how(attributes: dict[str, Any]) -> tuple[SampleMode, Border, bool]:
    return (
        attributes.get("mode", "bilinear"),
        attributes.get("padding_mode", "zeros"),
        attributes.get("align_corners", False),
    )


Line = list[tuple[Array, Array, Array]]  # along one axis: index, weight, slope by the grid


def _taps(
    x: Shape, grid: Array, mode: SampleMode, border: Border, aligned: bool
) -> Iterator[tuple[Any, Array, list[Array]]]:
    """Pixels that are mixed: where in x, with which weight, and its slope along each axis."""
    lines = [
        _line(size, grid[..., -1 - axis], mode, border, aligned) for axis, size in enumerate(x[2:])
    ]
    batch = np.arange(x[0]).reshape(-1, *(1,) * (grid.ndim - 2))
    for parts in itertools.product(*lines):
        weights = [weight for _, weight, _ in parts]
        slopes = []
        for axis, (_, _, slope) in enumerate(parts):
            rest = [w for i, w in enumerate(weights) if i != axis]
            slopes.append(np.prod([slope, *rest], axis=0))
        at = (batch, slice(None), *(index for index, _, _ in parts))
        yield at, np.prod(weights, axis=0), slopes


def _line(size: int, grid: Array, mode: SampleMode, border: Border, aligned: bool) -> Line:
    """What each place is mixed of along one axis."""
    stretch = (size - 1) / 2 if aligned else size / 2
    place = (grid + 1) * stretch - (0 if aligned else 0.5)
    slope = np.full_like(grid, stretch)
    if mode != "bicubic":  # which borders each of its pixels by itself
        place, turned = _within(place, size, border, aligned)
        slope = slope * turned
    first = np.rint(place) if mode == "nearest" else np.floor(place)
    part = place - first
    if mode == "nearest":
        ways = [(0, np.ones_like(part), np.zeros_like(part))]
    elif mode == "bilinear":
        ways = [(0, 1 - part, -np.ones_like(part)), (1, part, np.ones_like(part))]
    else:
        ways = [(i, *_cubic(part - i)) for i in (-1, 0, 1, 2)]
    found: Line = []
    for step, weight, rise in ways:
        index = first + step
        if mode == "bicubic":
            index = np.rint(_within(index, size, border, aligned)[0])
        inside = (index >= 0) & (index < size)
        kept = np.clip(np.nan_to_num(index), 0, size - 1).astype(np.intp)
        found.append((kept, weight * inside, rise * inside * slope))
    return found


def _within(place: Array, size: int, border: Border, aligned: bool) -> tuple[Array, Array]:
    """The place within the image that stands for one beyond its edges, and its slope."""
    turned = np.ones_like(place)
    if border == "zeros":
        return place, turned
    if border == "reflection":
        low, span = (0.0, size - 1.0) if aligned else (-0.5, float(size))
        away = np.abs(place - low)
        turned = np.where(place < low, -1.0, 1.0)
        laps = np.floor(away / span) if span else np.zeros_like(away)
        rest = away - laps * span if span else np.zeros_like(away)
        is_odd = laps % 2 == 1
        place = np.where(is_odd, span - rest, rest) + low
        turned = np.where(is_odd, -turned, turned) if span else np.zeros_like(turned)
    inside = (place > 0) & (place < size - 1)
    return np.clip(place, 0, size - 1), (turned * inside).astype(place.dtype)


def _cubic(distance: Array) -> tuple[Array, Array]:
    """The weight of a pixel so far away, and its slope."""
    a, d, side = _CUBIC, np.abs(distance), np.sign(distance)
    near = ((a + 2) * d - (a + 3)) * d * d + 1
    far = ((d - 5) * d + 8) * d * a - 4 * a
    near_slope = (3 * (a + 2) * d - 2 * (a + 3)) * d
    far_slope = ((3 * d - 10) * d + 8) * a
    return np.where(d <= 1, near, far), side * np.where(d <= 1, near_slope, far_slope)
