"""How alike two vectors are, whatever their lengths."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphlab.errors import OpError
from graphlab.ops.broadcasting import Shape, broadcast_shapes
from graphlab.ops.contract import Array, Tensor, sample
from graphlab.ops.expression import Latex
from graphlab.ops.families import Reducing
from graphlab.ops.joining import axis_of


class CosineSimilarity(Reducing):
    """The cosine of the angle between two vectors along ``axis``: 1 alike, 0 at a right angle.

    Each vector is divided by its length first, or by ``eps`` where it is shorter than that.
    """

    category = "Linear algebra"
    symbol = "cos ∠"
    other_names = ("angle between vectors",)
    formula = Latex(r"s = \frac{\sum a \cdot b}{\|a\| \|b\|}")
    partials = {
        "a": Latex(r"\frac{b}{\|a\| \|b\|} - \frac{s \, a}{\|a\|^2}"),
        "b": Latex(r"\frac{a}{\|a\| \|b\|} - \frac{s \, b}{\|b\|^2}"),
    }
    samples = (
        sample((2, 3), (2, 3)),
        sample((4,), (4,), axis=0),
        sample((2, 3, 2), (1, 3, 2)),
        sample((3, 4), (4,), axis=-1),
    )
    convention = "A vector that is 0 has no direction of its own: only the other one moves it."

    @staticmethod
    def forward(a: Array, b: Array, *, axis: int = 1, eps: float = 1e-8) -> Any:
        a, b = np.broadcast_arrays(a, b)
        units = (x / np.maximum(_length(x, axis), eps) for x in (a, b))
        return np.sum(next(units) * next(units), axis=axis)

    @classmethod
    def joint_shape(cls, *shapes: Any, axis: int = 1, **attributes: Any) -> Shape:
        joint = broadcast_shapes(("a", "b"), shapes)
        if not joint:
            raise OpError("a and b are scalars, and cosine_similarity compares vectors; use stack")
        axis_of(axis, joint, "a beside b")
        return joint

    @classmethod
    def reduced_axes(cls, rank: int, /, *, axis: int = 1, **attributes: Any) -> tuple[int, ...]:
        return (axis % rank,)

    @staticmethod
    def local(s: Array, a: Array, b: Array, *, axis: int = 1, eps: float = 1e-8) -> tuple[Any, ...]:
        a, b = np.broadcast_arrays(a, b)
        beside = np.expand_dims(s, axis)
        lengths = [_length(x, axis) for x in (a, b)]
        held = [np.maximum(length, eps) for length in lengths]
        slopes = []
        for i, (x, other) in enumerate(((a, b), (b, a))):
            unit = x / np.where(np.equal(lengths[i], 0), 1, lengths[i]).astype(x.dtype)
            slopes.append((other / held[1 - i] - beside * unit) / held[i])
        return tuple(slopes)

    @staticmethod
    def lower(torch: Any, a: Tensor, b: Tensor, *, axis: int = 1, eps: float = 1e-8) -> Tensor:
        return torch.nn.functional.cosine_similarity(a, b, axis, eps)


def _length(x: Array, axis: int) -> Array:
    """The Euclidean norm, measured in units of the largest element so that nothing underflows."""
    largest = np.max(np.abs(x), axis=axis, keepdims=True, initial=0)
    unit = np.where(np.equal(largest, 0), 1, largest).astype(x.dtype)
    return np.asarray(largest * np.sqrt(np.sum((x / unit) ** 2, axis=axis, keepdims=True)))
