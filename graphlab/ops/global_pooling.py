"""Pools of everything: one number for each channel, however large it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from graphlab.errors import OpError
from graphlab.ops.adaptive import at_places, sent_to, where_largest
from graphlab.ops.broadcasting import Shape, show_shape
from graphlab.ops.contract import Array, Op, Reach, Tensor, sample
from graphlab.ops.expression import Latex
from graphlab.ops.pooling import FIRST_WINS, LARGEST


class GlobalPool(Op, abstract=True):
    """One number for each channel of each example: x (N, C, axes…) to (N, C, 1…)."""

    category = "Pooling"
    needs = ("samples", "forward", "shape", "vjp", "lower")
    samples = (sample((2, 3, 4)), sample((2, 3, 2, 3)), sample((1, 2, 2, 3, 2)))

    @classmethod
    def reach(cls, *shapes: Any, **attributes: Any) -> Reach | None:
        """Everything, also where one element alone is kept."""
        return None

    @classmethod
    def shape(cls, x: Shape) -> Shape:
        if not 3 <= len(x) <= 5 or 0 in x:
            raise OpError(
                f"x is {show_shape(x)}, and {cls.name} takes a batch (N, C, …) with one to three "
                f"axes to pool and none of length 0: bring it into that shape with reshape"
            )
        return (*x[:2], *(1,) * (len(x) - 2))


class GlobalAvgPool(GlobalPool):
    """The mean of each channel, whatever its size: (N, C, axes…) becomes (N, C, 1…).

    Going back, every element gets an equal share of the gradient.
    """

    structure = "reduction"
    symbol = "avg pool"
    other_names = ("GAP", "average over the picture")
    is_linear = True
    formula = Latex(r"y = \frac{1}{n} \sum x")
    partials = {"x": Latex(r"\frac{1}{n}")}

    @classmethod
    def forward(cls, x: Array) -> Any:
        return x.mean(axis=tuple(range(2, x.ndim)), keepdims=True)

    @classmethod
    def vjp(cls, upstream: Array, out: Array, x: Array) -> tuple[Any, ...]:
        share = np.asarray(upstream) / np.prod(x.shape[2:]).astype(upstream.dtype)
        return (np.broadcast_to(share, x.shape).copy(),)

    @classmethod
    def lower(cls, torch: Any, x: Tensor) -> Tensor:
        return x.mean(dim=tuple(range(2, x.ndim)), keepdim=True)


class GlobalMaxPool(GlobalPool):
    """The largest element of each channel: (N, C, axes…) becomes (N, C, 1…).

    Going back, it alone gets the gradient.
    """

    structure = "selection"
    symbol = "max pool"
    formula = Latex(r"y = \max x")
    partials = {"x": LARGEST}
    convention = FIRST_WINS

    @classmethod
    def forward(cls, x: Array) -> Any:
        return x.max(axis=tuple(range(2, x.ndim)), keepdims=True)

    @classmethod
    def vjp(cls, upstream: Array, out: Array, x: Array) -> tuple[Any, ...]:
        rank = x.ndim - 2
        return (sent_to(upstream, where_largest(x, (1,) * rank), x.shape, rank),)

    @classmethod
    def jvp(cls, tangents: Sequence[Any], out: Any, *inputs: Any, **attributes: Any) -> Any:
        (x,) = inputs
        rank = x.ndim - 2
        return at_places(np.asarray(tangents[0]), where_largest(x, (1,) * rank), rank)

    @classmethod
    def lower(cls, torch: Any, x: Tensor) -> Tensor:
        return getattr(torch.nn.functional, f"adaptive_max_pool{x.ndim - 2}d")(x, 1)
