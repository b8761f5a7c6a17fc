"""Products: of the elements of an axis, and running ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from graphlab.ops.attributes import Axes
from graphlab.ops.broadcasting import Shape
from graphlab.ops.contract import Array, Op, Tensor, sample
from graphlab.ops.expression import Latex
from graphlab.ops.joining import axis_of
from graphlab.ops.reductions import AxisReduction


class Product(AxisReduction):
    """The product of the elements. Going back, each gets the product of all the others."""

    symbol = "Π"
    other_names = ("multiply together",)
    formula = Latex(r"p = \prod x")
    partials = {"x": Latex(r"\prod \text{ of the others}")}
    needs_elements = False

    @staticmethod
    def forward(x: Array, *, axis: Axes = None, keepdims: bool = False) -> Any:
        return np.prod(x, axis=axis, keepdims=keepdims)

    @staticmethod
    def local(p: Array, x: Array, *, axis: Axes = None, keepdims: bool = False) -> tuple[Any, ...]:
        is_zero = np.equal(x, 0)
        rest = np.where(is_zero, np.ones_like(x), x)
        zeros = np.sum(is_zero, axis=axis, keepdims=True)
        whole = np.prod(rest, axis=axis, keepdims=True)
        alone = np.where(is_zero, np.equal(zeros, 1), np.equal(zeros, 0))
        return (np.where(alone, whole / rest, np.zeros_like(x)),)

    @staticmethod
    def lower(torch: Any, x: Tensor, *, axis: Axes = None, keepdims: bool = False) -> Tensor:
        axes = range(x.ndim) if axis is None else (axis,) if isinstance(axis, int) else axis
        for a in sorted((a % x.ndim for a in axes), reverse=True):
            x = torch.prod(x, dim=a, keepdim=keepdims)
        return x


class Cumprod(Op):
    """The running product along ``axis``: each element times all before it.

    ``exclusive`` leaves the element itself out, ``reverse`` begins at the end. Going back, an
    element gets from every product that holds it the product of its other factors.
    """

    category = "Reduction"
    formula = Latex(r"y_i = \prod_{j \leq i} x_j")
    partials = {"x": Latex(r"\prod_{k \leq i,\, k \neq j} x_k \text{ from } y_i, \; i \geq j")}
    samples = (
        sample((4,)),
        sample((2, 3), axis=1),
        sample((3, 2), axis=-2, exclusive=True),
        sample((2, 3), axis=1, reverse=True),
        sample((4,), exclusive=True, reverse=True),
    )

    @staticmethod
    def forward(x: Array, *, axis: int = 0, exclusive: bool = False, reverse: bool = False) -> Any:
        ahead = _ahead(x, axis, reverse)
        return _back(_before(ahead) if exclusive else np.cumprod(ahead, axis=0), axis, reverse)

    @staticmethod
    def shape(x: Shape, *, axis: int = 0, exclusive: bool = False, reverse: bool = False) -> Shape:
        axis_of(axis, x, "x")
        return x

    @staticmethod
    def vjp(
        upstream: Array,
        out: Array,
        x: Array,
        *,
        axis: int = 0,
        exclusive: bool = False,
        reverse: bool = False,
    ) -> tuple[Any, ...]:
        ahead, above = _ahead(x, axis, reverse), _ahead(upstream, axis, reverse)
        if exclusive:  # y_i is the running product one before
            above = np.concatenate([above[1:], np.zeros_like(above[:1])])
        later = np.zeros_like(ahead)
        for i in reversed(range(len(ahead))):
            later[i] = above[i]
            if i + 1 < len(ahead):
                later[i] += ahead[i + 1] * later[i + 1]
        return (_back(_before(ahead) * later, axis, reverse),)

    @classmethod
    def jvp(cls, tangents: Sequence[Any], out: Any, *inputs: Any, **attributes: Any) -> Any:
        axis, reverse = attributes.get("axis", 0), attributes.get("reverse", False)
        ahead, moved = _ahead(inputs[0], axis, reverse), _ahead(tangents[0], axis, reverse)
        before, total = _before(ahead), np.zeros_like(ahead)
        for i in range(len(ahead)):
            total[i] = before[i] * moved[i]
            if i:
                total[i] += total[i - 1] * ahead[i]
        if attributes.get("exclusive", False):
            total = np.concatenate([np.zeros_like(total[:1]), total[:-1]])
        return _back(total, axis, reverse)

    @staticmethod
    def lower(
        torch: Any, x: Tensor, *, axis: int = 0, exclusive: bool = False, reverse: bool = False
    ) -> Tensor:
        ahead = torch.flip(x, (axis,)) if reverse else x
        if exclusive:
            one = torch.ones_like(ahead.narrow(axis, 0, 1))
            ahead = torch.cat([one, ahead.narrow(axis, 0, ahead.shape[axis] - 1)], dim=axis)
        total = torch.cumprod(ahead, dim=axis)
        return torch.flip(total, (axis,)) if reverse else total


def _ahead(x: Array, axis: int, reverse: bool) -> Array:
    """The axis in front, in the order in which the product runs."""
    front = np.moveaxis(x, axis, 0)
    return front[::-1] if reverse else front


def _back(x: Array, axis: int, reverse: bool) -> Array:
    return np.moveaxis(x[::-1] if reverse else x, 0, axis)


def _before(ahead: Array) -> Array:
    """The product of all elements before each."""
    return np.concatenate([np.ones_like(ahead[:1]), np.cumprod(ahead[:-1], axis=0)])
