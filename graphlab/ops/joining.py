"""Joining arrays along an axis, and padding them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from graphlab.errors import OpError
from graphlab.ops.broadcasting import Shape, show_shape
from graphlab.ops.contract import Array, Tensor, sample
from graphlab.ops.expression import Latex
from graphlab.ops.families import Rearranging
from graphlab.ops.shape import COPIED


class Concatenate(Rearranging):
    """Puts arrays one after the other along ``axis``; all other axes must agree."""

    category = "Shape"
    formula = Latex(r"y = \left[x_1, x_2, \ldots\right]")
    partials = {"xi": COPIED}
    samples = (
        sample((2, 3), (4, 3)),
        sample((2, 3), (2, 1), (2, 2), axis=1),
        sample((3,)),
        sample((2, 3, 1), (2, 3, 2), axis=-1),
    )

    @staticmethod
    def forward(*xs: Array, axis: int = 0) -> Any:
        return np.concatenate(xs, axis)

    @staticmethod
    def shape(*xs: Shape, axis: int = 0) -> Shape:
        _refuse_nothing(xs, "concatenate")
        first = xs[0]
        if not first:
            raise OpError("x1 is a scalar and has no axis to join along; use stack for scalars")
        axis = axis_of(axis, first, "x1")
        for i, x in enumerate(xs[1:], start=2):
            if len(x) != len(first):
                raise OpError(
                    f"x1 is {show_shape(first)} and x{i} is {show_shape(x)}: concatenate needs the "
                    f"same number of axes, so reshape one of them"
                )
            for k, (have, want) in enumerate(zip(x, first, strict=True)):
                if k != axis and have != want:
                    raise OpError(
                        f"x1 is {show_shape(first)} and x{i} is {show_shape(x)}: only axis {axis}, "
                        f"along which they are joined, may differ, but axis {k} has {want} against "
                        f"{have}; make these equal, or join along axis {k}"
                    )
        return (*first[:axis], sum(x[axis] for x in xs), *first[axis + 1 :])

    @staticmethod
    def vjp(upstream: Array, out: Array, *xs: Array, axis: int = 0) -> tuple[Any, ...]:
        ends = np.cumsum([x.shape[axis] for x in xs])
        return tuple(np.split(upstream, ends[:-1], axis))

    @staticmethod
    def lower(torch: Any, *xs: Tensor, axis: int = 0) -> Tensor:
        return torch.cat(xs, dim=axis)


class Stack(Rearranging):
    """Puts arrays of one shape side by side along a new axis, which becomes axis ``axis``."""

    category = "Shape"
    formula = Latex(r"y = \left(x_1, x_2, \ldots\right)")
    partials = {"xi": COPIED}
    samples = (
        sample((), ()),
        sample((3,), (3,), (3,)),
        sample((2, 3), (2, 3), axis=1),
        sample((2, 3), (2, 3), axis=-1),
        sample((2,)),
    )

    @staticmethod
    def forward(*xs: Array, axis: int = 0) -> Any:
        return np.stack(xs, axis)

    @staticmethod
    def shape(*xs: Shape, axis: int = 0) -> Shape:
        _refuse_nothing(xs, "stack")
        for i, x in enumerate(xs[1:], start=2):
            if x != xs[0]:
                raise OpError(
                    f"x1 is {show_shape(xs[0])} and x{i} is {show_shape(x)}: stack needs one "
                    f"shape; make them equal, or use concatenate"
                )
        rank = len(xs[0]) + 1
        at = axis + rank if axis < 0 else axis
        if not 0 <= at < rank:
            raise OpError(
                f"axis is {axis}, and the stacked array has the axes 0 to {rank - 1}; choose one "
                f"of them, or {-rank} to -1 to count from the last"
            )
        return (*xs[0][:at], len(xs), *xs[0][at:])

    @staticmethod
    def vjp(upstream: Array, out: Array, *xs: Array, axis: int = 0) -> tuple[Any, ...]:
        return tuple(np.moveaxis(upstream, axis, 0))

    @staticmethod
    def lower(torch: Any, *xs: Tensor, axis: int = 0) -> Tensor:
        return torch.stack(xs, dim=axis)


class Pad(Rearranging):
    """Puts a border of ``value`` around ``x``.

    ``width`` has a pair (before, after) for each axis it covers, the last axes of ``x``: an image
    batch (N, C, H, W) gets a frame of 1 with ``width=((1, 1), (1, 1))``.
    """

    category = "Shape"
    formula = Latex(r"y = \mathrm{pad}\left(x\right)")
    partials = {"x": COPIED}
    samples = (
        sample((3,), width=((1, 2),)),
        sample((2, 3), width=((0, 1), (2, 0)), value=1.5),
        sample((2, 2, 3), width=((1, 1), (1, 1))),
        sample((2, 3), width=((0, 0),)),
    )

    @staticmethod
    def forward(x: Array, *, width: tuple[tuple[int, int], ...], value: float = 0.0) -> Any:
        padded = np.full(Pad.shape(x.shape, width=width), value, x.dtype)
        padded[_inside(x.shape, width)] = x
        return padded

    @staticmethod
    def shape(x: Shape, *, width: tuple[tuple[int, int], ...], value: float = 0.0) -> Shape:
        if not 1 <= len(width) <= len(x):
            raise OpError(
                f"width has {len(width)} pairs (before, after) and x has {len(x)} axes; give 1 to "
                f"{len(x)} pairs, for the last axes of x"
                if x
                else "x is a scalar and has no axis to pad; give it one with reshape"
            )
        if any(size < 0 for pair in width for size in pair):
            raise OpError(f"width is {width}, and a border cannot be negative; cut with slice")
        covered = len(x) - len(width)
        grown = (
            size + before + after for size, (before, after) in zip(x[covered:], width, strict=True)
        )
        return (*x[:covered], *grown)

    @staticmethod
    def vjp(
        upstream: Array,
        out: Array,
        x: Array,
        *,
        width: tuple[tuple[int, int], ...],
        value: float = 0.0,
    ) -> tuple[Any, ...]:
        return (upstream[_inside(x.shape, width)],)

    @staticmethod
    def lower(
        torch: Any, x: Tensor, *, width: tuple[tuple[int, int], ...], value: float = 0.0
    ) -> Tensor:
        flat = [size for pair in reversed(width) for size in pair]  # torch starts at the last axis
        return torch.nn.functional.pad(x, flat, value=value)


def _inside(shape: Shape, width: tuple[tuple[int, int], ...]) -> tuple[slice, ...]:
    """Where an array of ``shape`` lies within its border."""
    covered = len(shape) - len(width)
    inside = zip(width, shape[covered:], strict=True)
    return (slice(None),) * covered + tuple(slice(w[0], w[0] + size) for w, size in inside)


def axis_of(axis: int, shape: Shape, port: str) -> int:
    """Count a negative axis from the last; refuse one the array does not have."""
    rank = len(shape)
    if not -rank <= axis < rank:
        raise OpError(
            f"axis is {axis}, and {port} is {show_shape(shape)} with the axes 0 to {rank - 1}; "
            f"choose one of them, or {-rank} to -1 to count from the last"
        )
    return axis % rank


def _refuse_nothing(xs: Sequence[Shape], name: str) -> None:
    if not xs:
        raise OpError(f"{name} has nothing to join; connect at least one array")
