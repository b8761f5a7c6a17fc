"""Joining arrays along an axis, and padding them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from graphlab.errors import OpError
from graphlab.ops.broadcasting import Shape, show_shape
from graphlab.ops.contract import Array, Tensor, sample
from graphlab.ops.expression import Latex
from graphlab.ops.families import Rearranging
from graphlab.ops.shape import COPIED

PadMode = Literal["constant", "reflect", "replicate", "circular"]


class Concatenate(Rearranging):
    """Puts arrays one after the other along ``axis``; all other axes must agree."""

    category = "Shape"
    other_names = ("join", "append", "cat")
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
    """Puts a border around ``x``: of ``value``, or in another ``mode`` of what x itself holds.

    ``width`` has a pair (before, after) for each axis it covers, the last axes of ``x``: an image
    batch (N, C, H, W) gets a frame of 1 with ``width=((1, 1), (1, 1))``. "reflect" mirrors x at its
    outermost elements, "replicate" repeats these, "circular" goes on at the other end.
    """

    category = "Shape"
    other_names = ("border", "zero padding")
    formula = Latex(r"y = \mathrm{pad}\left(x\right)")
    partials = {"x": COPIED}
    samples = (
        sample((3,), width=((1, 2),)),
        sample((2, 3), width=((0, 1), (2, 0)), value=1.5),
        sample((2, 2, 3), width=((1, 1), (1, 1))),
        sample((2, 3), width=((0, 0),)),
        sample((2, 4), width=((3, 2),), mode="reflect"),
        sample((1, 2, 3, 4), width=((2, 1), (0, 3)), mode="replicate"),
        sample((2, 2, 3), width=((2, 1), (3, 0)), mode="circular"),
    )

    @staticmethod
    def forward(
        x: Array,
        *,
        width: tuple[tuple[int, int], ...],
        value: float = 0.0,
        mode: PadMode = "constant",
    ) -> Any:
        if mode == "constant":
            padded = np.full(Pad.shape(x.shape, width=width), value, x.dtype)
            padded[_inside(x.shape, width)] = x
            return padded
        for axis, pair in enumerate(width, start=x.ndim - len(width)):
            x = np.take(x, _sources(x.shape[axis], pair, mode), axis)
        return x

    @staticmethod
    def shape(
        x: Shape,
        *,
        width: tuple[tuple[int, int], ...],
        value: float = 0.0,
        mode: PadMode = "constant",
    ) -> Shape:
        if not 1 <= len(width) <= len(x):
            raise OpError(
                f"width has {len(width)} pairs (before, after) and x has {len(x)} axes; give 1 to "
                f"{len(x)} pairs, for the last axes of x"
                if x
                else "x is a scalar and has no axis to pad; give it one with reshape"
            )
        if any(size < 0 for pair in width for size in pair):
            raise OpError(f"width is {width}, and a border cannot be negative; cut with slice")
        if mode != "constant":
            _refuse_unknown_border(x, width, mode)
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
        mode: PadMode = "constant",
    ) -> tuple[Any, ...]:
        if mode == "constant":
            return (upstream[_inside(x.shape, width)],)
        for axis, pair in enumerate(width, start=x.ndim - len(width)):
            sources = _sources(x.shape[axis], pair, mode)
            rows = np.moveaxis(upstream, axis, 0)
            inner = rows[pair[0] : pair[0] + x.shape[axis]].copy()
            for at in (*range(pair[0]), *range(pair[0] + x.shape[axis], len(rows))):
                inner[sources[at]] += rows[at]
            upstream = np.moveaxis(inner, 0, axis)
        return (upstream,)

    @staticmethod
    def lower(
        torch: Any,
        x: Tensor,
        *,
        width: tuple[tuple[int, int], ...],
        value: float = 0.0,
        mode: PadMode = "constant",
    ) -> Tensor:
        flat = [size for pair in reversed(width) for size in pair]  # torch starts at the last axis
        filled = value if mode == "constant" else None
        return torch.nn.functional.pad(x, flat, mode=mode, value=filled)


def _refuse_unknown_border(x: Shape, width: tuple[tuple[int, int], ...], mode: PadMode) -> None:
    """Raise ``OpError`` for a border that x does not hold, or that PyTorch does not make."""
    if len(width) > 3 or len(x) - len(width) not in (1, 2):
        raise OpError(
            f"x is {show_shape(x)} and width has {len(width)} pairs: mode {mode} pads the 1 to 3 "
            f"axes behind channels, or behind examples and channels; reshape x, or pad with "
            f"constant"
        )
    tail = x[len(x) - len(width) :]
    for length, pair in zip(tail, width, strict=True):
        most = {"reflect": length - 1, "circular": length}.get(mode)
        if not length or (most is not None and max(pair) > most):
            raise OpError(
                f"width is {width} and the axes of x to pad are {show_shape(tail)}: mode {mode} "
                f"cannot reach further than {most or 0} beyond an axis of {length}; pad less"
            )


def _sources(length: int, pair: tuple[int, int], mode: PadMode) -> Any:
    """Per place of a padded axis the place of x that it copies."""
    words: Any = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}
    return np.pad(np.arange(length), pair, mode=words[mode])


def _inside(shape: Shape, width: tuple[tuple[int, int], ...]) -> tuple[slice, ...]:
    """Where an array of ``shape`` lies within its border."""
    covered = len(shape) - len(width)
    inside = zip(width, shape[covered:], strict=True)
    return (slice(None),) * covered + tuple(slice(w[0], w[0] + size) for w, size in inside)


def axis_of(axis: int, shape: Shape, port: str) -> int:
    """Count a negative axis from the last; raises ``OpError`` for one the array does not have."""
    rank = len(shape)
    if not rank:
        raise OpError(f"{port} is a scalar and has no axis {axis}; give it one with reshape")
    if not -rank <= axis < rank:
        raise OpError(
            f"axis is {axis}, and {port} is {show_shape(shape)} with the axes 0 to {rank - 1}; "
            f"choose one of them, or {-rank} to -1 to count from the last"
        )
    return axis % rank


def _refuse_nothing(xs: Sequence[Shape], name: str) -> None:
    if not xs:
        raise OpError(f"{name} has nothing to join; connect at least one array")
