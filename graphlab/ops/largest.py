"""The largest or smallest elements along an axis, in order, and where they stood."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from graphlab.errors import OpError
from graphlab.ops.broadcasting import Shape, show_shape
from graphlab.ops.contract import Array, Op, Tensor, sample
from graphlab.ops.expression import Latex
from graphlab.ops.joining import axis_of
from graphlab.ops.shape import COPIED


class TopK(Op):
    """The ``k`` largest elements along ``axis``, largest first, and their positions.

    ``largest=False`` gives the smallest, smallest first. Going back, each chosen element gets the
    gradient of its place; the positions have none.
    """

    category = "Indexing"
    structure = "selection"
    outputs = ("values", "indices")
    formula = Latex(r"\left(y, i\right) = \mathrm{top}_k\left(x\right)")
    partials = {"x": COPIED}
    convention = (
        "Of elements that tie the one with the lower position comes first; a NaN counts as the "
        "largest."
    )
    samples = (
        sample((5,), k=2),
        sample((3, 4), k=4),
        sample((3, 4), k=2, axis=0, largest=False),
        sample((2, 3, 4), k=1, axis=1),
    )

    @staticmethod
    def forward(x: Array, *, k: int, axis: int = -1, largest: bool = True) -> Any:
        order = _order(x, k, axis, largest)
        return np.take_along_axis(x, order, axis), order.astype(x.dtype)

    @staticmethod
    def shape(x: Shape, *, k: int, axis: int = -1, largest: bool = True) -> tuple[Shape, Shape]:
        along = axis_of(axis, x, "x")
        if not 0 < k <= x[along]:
            raise OpError(
                f"k is {k} and x is {show_shape(x)}: axis {along} has {x[along]} elements to "
                f"choose from; give 1 to {x[along]}"
            )
        kept = (*x[:along], k, *x[along + 1 :])
        return kept, kept

    @staticmethod
    def vjp(
        upstream: Sequence[Any],
        out: Sequence[Array],
        x: Array,
        *,
        k: int,
        axis: int = -1,
        largest: bool = True,
    ) -> tuple[Any, ...]:
        gradient = np.zeros_like(x)
        if upstream[0] is not None:
            np.put_along_axis(gradient, out[1].astype(np.intp), upstream[0], axis)
        return (gradient,)

    @classmethod
    def jvp(cls, tangents: Sequence[Any], out: Any, *inputs: Any, **attributes: Any) -> Any:
        places, axis = out[1].astype(np.intp), attributes.get("axis", -1)
        return np.take_along_axis(np.asarray(tangents[0]), places, axis), np.zeros_like(out[1])

    @staticmethod
    def lower(
        torch: Any, x: Tensor, *, k: int, axis: int = -1, largest: bool = True
    ) -> tuple[Tensor, Tensor]:
        values, places = torch.sort(x, dim=axis, descending=largest, stable=True)
        return values.narrow(axis, 0, k), places.narrow(axis, 0, k).to(x.dtype)


def _order(x: Array, k: int, axis: int, largest: bool) -> Any:
    """The positions of the chosen, in order; the lower one first where two tie.

    A NaN is larger than all numbers, which is where NumPy sorts it too.
    """
    if not largest:
        return np.take(np.argsort(x, axis=axis, kind="stable"), np.arange(k), axis)
    backwards = np.argsort(np.flip(x, axis), axis=axis, kind="stable")
    last = x.shape[axis] - 1
    return last - np.take(backwards, last - np.arange(k), axis)
