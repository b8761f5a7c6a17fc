"""Shapes and lengths taken from another array, whose elements do not matter."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from graphlab.errors import OpError
from graphlab.ops.broadcasting import Shape, show_shape
from graphlab.ops.contract import Array, Op, Tensor, sample
from graphlab.ops.expression import Latex, Rule
from graphlab.ops.families import Rearranging
from graphlab.ops.joining import axis_of
from graphlab.ops.shape import COPIED


class ReshapeLike(Rearranging):
    """Reads the elements of ``x`` row by row into the shape that ``like`` has.

    It serves where several lengths are known only once something is fed. Of ``like`` only the
    shape counts, so it gets no gradient.
    """

    category = "Shape"
    formula = Latex(r"y = \mathrm{reshape}\left(x\right)")
    partials = {"x": COPIED}
    undifferentiated = frozenset({"like"})
    samples = (sample((6,), (2, 3)), sample((2, 3, 2), (4, 3)), sample((1,), ()))

    @staticmethod
    def forward(x: Array, like: Array) -> Any:
        return np.reshape(x, np.shape(like))

    @staticmethod
    def shape(x: Shape, like: Shape) -> Shape:
        if math.prod(x) != math.prod(like):
            raise OpError(
                f"x is {show_shape(x)}, {math.prod(x)} elements, and like is {show_shape(like)}, "
                f"{math.prod(like)} elements: give both the same number"
            )
        return like

    @staticmethod
    def vjp(upstream: Array, out: Array, x: Array, like: Array) -> tuple[Any, ...]:
        return np.reshape(upstream, np.shape(x)), None

    @staticmethod
    def lower(torch: Any, x: Tensor, like: Tensor) -> Tensor:
        return torch.reshape(x, like.shape)


class Length(Op):
    """How long ``x`` is along ``axis``: the number of examples in a batch, say.

    It depends on no element of ``x``, so no gradient goes back.
    """

    category = "Shape"
    other_names = ("number of elements",)
    structure = "selection"
    formula = Latex(r"n = \mathrm{length}\left(x\right)")
    partials: ClassVar[dict[str, Rule]] = {}
    undifferentiated = frozenset({"x"})
    samples = (sample((3, 2)), sample((3, 2), axis=-1))

    @staticmethod
    def forward(x: Array, *, axis: int = 0) -> Any:
        return np.asarray(x.shape[axis], x.dtype)

    @staticmethod
    def shape(x: Shape, *, axis: int = 0) -> Shape:
        axis_of(axis, x, "x")
        return ()

    @staticmethod
    def vjp(upstream: Array, out: Array, x: Array, *, axis: int = 0) -> tuple[Any, ...]:
        return (None,)

    @classmethod
    def jvp(cls, tangents: Sequence[Any], out: Any, *inputs: Any, **attributes: Any) -> Any:
        return np.zeros_like(out)

    @staticmethod
    def lower(torch: Any, x: Tensor, *, axis: int = 0) -> Tensor:
        return torch.full((), float(x.shape[axis]), dtype=x.dtype, device=x.device)
