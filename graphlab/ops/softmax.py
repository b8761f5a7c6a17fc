"""Softmax and its logarithm: the activations whose elements depend on each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from graphlab.errors import OpError
from graphlab.ops.broadcasting import Shape, show_shape
from graphlab.ops.contract import Array, Op, Tensor, sample
from graphlab.ops.expression import Latex

SAMPLES = (sample((4,)), sample((2, 3)), sample((2, 3), axis=0), sample((2, 3, 4), axis=-2))


class Softmax(Op):
    """Turns scores along ``axis`` into probabilities: positive, summing to 1.

    Every probability depends on every score of its row: raising one lowers all the others, so
    going back each score gets its probability times how far its upstream gradient lies above the
    row's mean, weighted by the probabilities.
    """

    category = "Activation"
    other_names = ("normalized exponential", "class probabilities")
    formula = Latex(r"s = \frac{e^{x}}{\sum e^{x}}")
    partials = {"x": Latex(r"s_i ([i = j] - s_j)")}
    samples = SAMPLES

    @classmethod
    def shape(cls, x: Shape, *, axis: int = -1) -> Shape:
        return _check_axis(x, axis)

    @staticmethod
    def forward(x: Array, *, axis: int = -1) -> Any:
        e = np.exp(x - np.max(x, axis=axis, keepdims=True))
        return e / e.sum(axis=axis, keepdims=True)

    @classmethod
    def vjp(cls, upstream: Array, s: Array, x: Array, *, axis: int = -1) -> tuple[Any, ...]:
        return (s * (upstream - (upstream * s).sum(axis=axis, keepdims=True)),)

    @classmethod
    def jvp(
        cls, tangents: Sequence[Any], out: Any, *inputs: Any, axis: int = -1, **rest: Any
    ) -> Any:
        (tangent,) = tangents  # the Jacobian is symmetric
        return cls.vjp(tangent, out, *inputs, axis=axis)[0]

    @staticmethod
    def lower(torch: Any, x: Tensor, *, axis: int = -1) -> Tensor:
        return torch.softmax(x, axis)


class LogSoftmax(Op):
    """The logarithm of the softmax along ``axis``, computed without leaving the logarithm.

    Going back, each score gets its upstream gradient minus its probability's share of the row's.
    """

    category = "Activation"
    formula = Latex(r"s = x - \ln \sum e^{x}")
    partials = {"x": Latex(r"[i = j] - e^{s_j}")}
    samples = SAMPLES

    @classmethod
    def shape(cls, x: Shape, *, axis: int = -1) -> Shape:
        return _check_axis(x, axis)

    @staticmethod
    def forward(x: Array, *, axis: int = -1) -> Any:
        below = x - np.max(x, axis=axis, keepdims=True)
        return below - np.log(np.exp(below).sum(axis=axis, keepdims=True))

    @classmethod
    def vjp(cls, upstream: Array, s: Array, x: Array, *, axis: int = -1) -> tuple[Any, ...]:
        return (upstream - np.exp(s) * upstream.sum(axis=axis, keepdims=True),)

    @classmethod
    def jvp(
        cls, tangents: Sequence[Any], out: Any, *inputs: Any, axis: int = -1, **rest: Any
    ) -> Any:
        (tangent,) = tangents
        return tangent - (np.exp(out) * tangent).sum(axis=axis, keepdims=True)

    @staticmethod
    def lower(torch: Any, x: Tensor, *, axis: int = -1) -> Tensor:
        return torch.log_softmax(x, axis)


def _check_axis(x: Shape, axis: int) -> Shape:
    """Return the shape of x if it has elements along the axis; raises ``OpError`` if not."""
    if not -len(x) <= axis < len(x):
        rank = f"has {len(x)} axes ({show_shape(x)})" if x else "is a scalar"
        raise OpError(f"axis is {axis} and x {rank}: choose an axis that x has")
    if x[axis] == 0:
        raise OpError(
            f"x is {show_shape(x)} and has no elements along axis {axis}: a softmax needs one or "
            "more"
        )
    return x
