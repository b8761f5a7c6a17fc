"""Along one axis: running sums, and where the largest and the smallest element are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from graphlab.errors import OpError
from graphlab.ops.broadcasting import Shape, show_shape
from graphlab.ops.contract import Array, Op, Tensor, sample
from graphlab.ops.expression import Latex, Rule
from graphlab.ops.joining import axis_of


class Cumsum(Op):
    """The running sum along ``axis``: each element with all before it.

    ``exclusive`` leaves the element itself out, ``reverse`` adds up from the end. Going back, an
    element gets the gradients of all sums it is in.
    """

    category = "Reduction"
    other_names = ("running sum",)
    formula = Latex(r"y_i = \sum_{j \leq i} x_j")
    partials = {"x": Latex(r"1 \text{ where } j \leq i\text{, else 0}")}
    samples = (
        sample((4,)),
        sample((2, 3), axis=1),
        sample((3, 2), exclusive=True),
        sample((2, 3), axis=-1, reverse=True),
        sample((3, 2), exclusive=True, reverse=True),
    )
    is_linear = True

    @staticmethod
    def forward(x: Array, *, axis: int = 0, exclusive: bool = False, reverse: bool = False) -> Any:
        ahead = np.flip(x, axis) if reverse else x
        total = np.cumsum(ahead, axis, dtype=x.dtype)
        if exclusive:
            total = np.roll(total, 1, axis)
            total[_first(axis, x.ndim)] = 0
        return np.flip(total, axis) if reverse else total

    @staticmethod
    def shape(x: Shape, *, axis: int = 0, exclusive: bool = False, reverse: bool = False) -> Shape:
        axis_of(axis, x, "x")
        return x

    @classmethod
    def vjp(
        cls,
        upstream: Array,
        out: Array,
        x: Array,
        *,
        axis: int = 0,
        exclusive: bool = False,
        reverse: bool = False,
    ) -> tuple[Any, ...]:
        above = np.asarray(upstream)
        return (cls.forward(above, axis=axis, exclusive=exclusive, reverse=not reverse),)

    @staticmethod
    def lower(
        torch: Any, x: Tensor, *, axis: int = 0, exclusive: bool = False, reverse: bool = False
    ) -> Tensor:
        if not exclusive and not reverse:
            return torch.cumsum(x, axis)
        total = torch.cumsum(torch.flip(x, (axis,)) if reverse else x, axis)
        if exclusive:
            first = torch.zeros_like(total.narrow(axis, 0, 1))
            total = torch.cat((first, total.narrow(axis, 0, total.shape[axis] - 1)), axis)
        return torch.flip(total, (axis,)) if reverse else total


class ArgExtreme(Op, abstract=True):
    """Where along an axis an extreme element is: a whole number, and so without a gradient."""

    category = "Indexing"
    partials: ClassVar[Mapping[str, Rule]] = {}
    undifferentiated = frozenset({"x"})
    needs = ("samples", "forward", "shape", "vjp", "lower")
    samples = (
        sample((4,), axis=0),
        sample((2, 3), axis=1),
        sample((2, 3), axis=-2, keepdims=True),
        sample((2, 3, 2)),
        sample((2, 4), axis=1, last=True),
    )
    asked: ClassVar[str]

    @classmethod
    def forward(
        cls, x: Array, *, axis: int | None = None, keepdims: bool = False, last: bool = False
    ) -> Any:
        find = getattr(np, cls.asked)
        found = find(np.flip(x, axis) if last else x, axis=axis, keepdims=keepdims)
        count = x.size if axis is None else x.shape[axis]
        return np.asarray(count - 1 - found if last else found).astype(np.result_type(x))

    @classmethod
    def shape(
        cls, x: Shape, *, axis: int | None = None, keepdims: bool = False, last: bool = False
    ) -> Shape:
        along = range(len(x)) if axis is None else (axis_of(axis, x, "x"),)
        if any(x[a] == 0 for a in along):
            raise OpError(
                f"x is {show_shape(x)}, with nothing to choose from; feed at least one element"
            )
        if keepdims:
            return tuple(1 if i in along else size for i, size in enumerate(x))
        return tuple(size for i, size in enumerate(x) if i not in along)

    @classmethod
    def vjp(cls, upstream: Array, out: Array, x: Array, **attributes: Any) -> tuple[Any, ...]:
        return (None,)

    @classmethod
    def jvp(cls, tangents: Sequence[Any], out: Any, *inputs: Any, **attributes: Any) -> Any:
        return np.zeros_like(out)

    @classmethod
    def lower(
        cls,
        torch: Any,
        x: Tensor,
        *,
        axis: int | None = None,
        keepdims: bool = False,
        last: bool = False,
    ) -> Tensor:
        find = getattr(torch, cls.asked)
        if not last:
            return find(x, axis, keepdims).to(x.dtype)
        dims = tuple(range(x.ndim)) if axis is None else (axis,)
        count = x.numel() if axis is None else x.shape[axis]
        return (count - 1 - find(torch.flip(x, dims), axis, keepdims)).to(x.dtype)


class Argmax(ArgExtreme):
    """The position of the largest element along ``axis``, counted from 0; a classifier's answer.

    Of several that tie it is the first, or the ``last`` if asked. Without an axis it counts through
    the whole array, row by row. No gradient goes back: the answer jumps.
    """

    other_names = ("index of the largest",)
    formula = Latex(r"y = \mathrm{argmax}\left(x\right)")
    asked = "argmax"


class Argmin(ArgExtreme):
    """The position of the smallest element along ``axis``, counted from 0.

    Of several that tie it is the first, or the ``last`` if asked. Without an axis it counts through
    the whole array, row by row. No gradient goes back: the answer jumps.
    """

    other_names = ("index of the smallest",)
    formula = Latex(r"y = \mathrm{argmin}\left(x\right)")
    asked = "argmin"


def _first(axis: int, rank: int) -> tuple[Any, ...]:
    return (*(slice(None),) * (axis % rank), slice(0, 1))
