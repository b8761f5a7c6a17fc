"""What slides over signals, images and volumes takes a batch of them, or one by itself.

With ``rank`` axes to slide along, x is (N, C, axes…), or (C, axes…) as PyTorch takes it too.
"""

from __future__ import annotations

from typing import Any, ClassVar

from graphlab.errors import OpError
from graphlab.ops.broadcasting import Shape, show_shape
from graphlab.ops.contract import Array, Op

_AXES = {1: "L", 2: "H, W", 3: "D, H, W"}


class Sliding(Op, abstract=True):
    """Ops of x, (N, C, axes…) or (C, axes…), with ``rank`` axes that windows slide along."""

    needs = ("samples", "forward", "shape", "vjp", "lower")
    rank: ClassVar[int]

    @classmethod
    def is_batch(cls, x: Shape, /) -> bool:
        """Whether x has the axis N."""
        return len(x) == cls.rank + 2


def layout(rank: int) -> str:
    """``(N, C, H, W)`` for images."""
    return f"(N, C, {_AXES[rank]})"


def channels_and_size(x: Shape, rank: int, name: str, port: str = "x") -> tuple[int, Shape]:
    """The channels of x and the lengths of the axes to slide along.

    Raises ``OpError`` where x has another number of axes or no elements.
    """
    if len(x) not in (rank + 1, rank + 2):
        raise OpError(
            f"{port} is {show_shape(x)}, and {name} takes a batch {layout(rank)} or one example "
            f"(C, {_AXES[rank]}): give {port} {rank + 2} axes with reshape"
        )
    if 0 in x:
        raise OpError(
            f"{port} is {show_shape(x)}, and {name} needs at least one element along every axis: "
            f"feed one example or more"
        )
    return x[-rank - 1], x[-rank:]


def batched(x: Array, rank: int) -> Array:
    """x with its axis N, which has length 1 where x is one example."""
    return x if x.ndim == rank + 2 else x[None]


def as_given(y: Any, x: Array, rank: int) -> Any:
    """y without the axis N where x has none."""
    return y if x.ndim == rank + 2 else y[0]
