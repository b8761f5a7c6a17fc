"""What passes values on as they are: without a gradient, or once more for every example."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphlab.errors import OpError
from graphlab.ops.broadcasting import Shape, show_shape
from graphlab.ops.contract import Array, Tensor, sample
from graphlab.ops.expression import Expression, Latex
from graphlab.ops.families import Elementwise, Rearranging
from graphlab.ops.shape import COPIED


class StopGradient(Elementwise):
    """Passes the value on as it is, and nothing back: what stands before it learns nothing here.

    A discriminator is trained on a generator's images so, without the generator being changed.
    """

    category = "Activation"
    symbol = "⊣"
    other_names = ("detach", "no gradient")
    formula = Expression("s = x")
    partials = {}
    undifferentiated = frozenset({"x"})
    convention = (
        "Its partial is left out on purpose: the value depends on x, the gradient does not."
    )
    samples = (sample((2, 3)), sample(()))

    @staticmethod
    def forward(x: Array) -> Any:
        return x

    @staticmethod
    def local(s: Array, x: Array) -> tuple[Any, ...]:
        return (None,)

    @staticmethod
    def lower(torch: Any, x: Tensor) -> Tensor:
        return x.detach()


class RepeatLike(Rearranging):
    """Repeats ``x`` along one axis as often as ``like`` is long on its first: once an example.

    A class token or a first state is one array, and every example of a batch gets a copy of it.
    Going back, the gradients of all copies add up. Only the length of ``like`` counts.
    """

    category = "Shape"
    formula = Latex(r"y = \mathrm{repeat}\left(x\right)")
    partials = {"x": COPIED}
    undifferentiated = frozenset({"like"})
    samples = (
        sample((1, 3), (4, 2)),
        sample((2, 1, 3), (3,), axis=1),
        sample((2, 1), (2, 2), axis=-1),
        sample((1,), (1, 5)),
    )

    @staticmethod
    def forward(x: Array, like: Array, *, axis: int = 0) -> Any:
        return np.broadcast_to(x, RepeatLike.shape(np.shape(x), np.shape(like), axis=axis))

    @staticmethod
    def shape(x: Shape, like: Shape, *, axis: int = 0) -> Shape:
        if not -len(x) <= axis < len(x) or x[axis] != 1:
            raise OpError(
                f"x is {show_shape(x)}, and only an axis of length 1 can be repeated: axis is "
                f"{axis}; choose another, or give x such an axis with reshape"
            )
        if not like:
            raise OpError("like is a scalar and has no length to repeat x to; give it an axis")
        place = axis % len(x)
        return (*x[:place], like[0], *x[place + 1 :])

    @staticmethod
    def vjp(
        upstream: Array, out: Array, x: Array, like: Array, *, axis: int = 0
    ) -> tuple[Any, ...]:
        return np.sum(upstream, axis=axis, keepdims=True), None

    @staticmethod
    def lower(torch: Any, x: Tensor, like: Tensor, *, axis: int = 0) -> Tensor:
        sizes = list(x.shape)
        sizes[axis] = like.shape[0]
        return x.expand(sizes)
