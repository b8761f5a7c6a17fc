"""Cutting arrays along an axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from graphlab.errors import OpError
from graphlab.ops.broadcasting import Shape
from graphlab.ops.contract import Array, Reach, Tensor, sample
from graphlab.ops.expression import Latex
from graphlab.ops.families import Rearranging
from graphlab.ops.joining import axis_of
from graphlab.ops.shape import COPIED

MAX_PARTS = 4096
"""Each part is an output port of the node, so there cannot be arbitrarily many."""


class Slice(Rearranging):
    """Keeps the elements at ``start``, ``start + step``, … before ``stop`` along one axis.

    As in Python, positions count from 0, negative ones from the end, and a negative ``step`` goes
    backwards. The elements left out get the gradient 0.
    """

    category = "Shape"
    other_names = ("cut out", "part of an array")
    formula = Latex(r"y = \mathrm{slice}\left(x\right)")
    partials = {"x": COPIED}
    samples = (
        sample((5,), start=1, stop=4),
        sample((5, 3), step=2),
        sample((2, 5), axis=1, step=-2),
        sample((2, 6), axis=-1, start=-2, stop=0, step=-3),
        sample((4, 2), start=-1),
    )

    @staticmethod
    def forward(
        x: Array, *, axis: int = 0, start: int | None = None, stop: int | None = None, step: int = 1
    ) -> Any:
        return x[_along(axis, x.ndim, slice(start, stop, step))]

    @staticmethod
    def shape(
        x: Shape, *, axis: int = 0, start: int | None = None, stop: int | None = None, step: int = 1
    ) -> Shape:
        if step == 0:
            raise OpError("step is 0, which never gets anywhere; give 1, or -1 to go backwards")
        axis = axis_of(axis, x, "x")
        length = len(range(*slice(start, stop, step).indices(x[axis])))
        if not length:
            show = [("start", start), ("stop", stop), ("step", step)]
            asked = ", ".join(f"{name} {value}" for name, value in show if value is not None)
            raise OpError(
                f"axis {axis} of x has length {x[axis]}, of which {asked} keeps nothing; choose "
                f"positions between 0 and {x[axis]}, stop beyond start in the direction of step"
            )
        return (*x[:axis], length, *x[axis + 1 :])

    @staticmethod
    def vjp(
        upstream: Array,
        out: Array,
        x: Array,
        *,
        axis: int = 0,
        start: int | None = None,
        stop: int | None = None,
        step: int = 1,
    ) -> tuple[Any, ...]:
        gradient = np.zeros_like(x)
        gradient[_along(axis, x.ndim, slice(start, stop, step))] = upstream
        return (gradient,)

    @classmethod
    def reach(cls, *shapes: Any, axis: int = 0, step: int = 1, **ends: Any) -> Reach:
        """One element, as far from the next as a step goes."""
        (x,) = shapes
        return tuple(
            (1.0, float(abs(step)) if a == axis % len(x) else 1.0) for a in range(2, len(x))
        )

    @staticmethod
    def lower(
        torch: Any,
        x: Tensor,
        *,
        axis: int = 0,
        start: int | None = None,
        stop: int | None = None,
        step: int = 1,
    ) -> Tensor:
        if step > 0:
            return x[_along(axis, x.ndim, slice(start, stop, step))]
        kept = range(*slice(start, stop, step).indices(x.shape[axis]))
        forwards = x[_along(axis, x.ndim, slice(kept[-1], kept[0] + 1, -step))]
        return torch.flip(forwards, (axis,))  # torch has no negative steps


class Split(Rearranging):
    """Cuts ``x`` along ``axis`` into ``parts`` pieces of equal length, one an output."""

    category = "Shape"
    other_names = ("chunk",)
    formula = Latex(r"\left(y_1, y_2, \ldots\right) = \mathrm{split}\left(x\right)")
    partials = {"x": COPIED}
    samples = (
        sample((4, 3), parts=2),
        sample((2, 6), parts=3, axis=1),
        sample((2, 4), parts=4, axis=-1),
        sample((3,), parts=1),
    )
    outputs = ("part1", "part2")

    @classmethod
    def output_names(cls, **attributes: Any) -> tuple[str, ...]:
        parts = _countable(attributes["parts"])
        return tuple(f"part{i + 1}" for i in range(parts))

    @staticmethod
    def forward(x: Array, *, parts: int, axis: int = 0) -> Any:
        return tuple(np.split(x, parts, axis))

    @staticmethod
    def shape(x: Shape, *, parts: int, axis: int = 0) -> tuple[Shape, ...]:
        axis = axis_of(axis, x, "x")
        length, rest = divmod(x[axis], _countable(parts))
        if rest:
            raise OpError(
                f"axis {axis} of x has length {x[axis]}, which does not divide into {parts} equal "
                f"parts; choose a divisor of {x[axis]}, or cut with slice"
            )
        return ((*x[:axis], length, *x[axis + 1 :]),) * parts

    @staticmethod
    def vjp(
        upstream: Sequence[Any], out: Sequence[Array], x: Array, *, parts: int, axis: int = 0
    ) -> tuple[Any, ...]:
        pieces = [np.zeros_like(y) if u is None else u for u, y in zip(upstream, out, strict=True)]
        return (np.concatenate(pieces, axis),)

    @staticmethod
    def lower(torch: Any, x: Tensor, *, parts: int, axis: int = 0) -> Any:
        return torch.tensor_split(x, parts, dim=axis)


def _along(axis: int, rank: int, kept: slice) -> tuple[slice, ...]:
    """The index that takes ``kept`` along ``axis`` and everything along the others."""
    return (slice(None),) * (axis % rank) + (kept,)


def _countable(parts: int) -> int:
    if not 1 <= parts <= MAX_PARTS:
        raise OpError(f"parts is {parts}, and split makes 1 to {MAX_PARTS}; choose one of these")
    return parts
