"""Rearranging one array: the same elements in another shape or order."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from graphlab.errors import OpError
from graphlab.ops.broadcasting import Shape, show_shape, unbroadcast
from graphlab.ops.contract import Array, Tensor, sample
from graphlab.ops.expression import Latex
from graphlab.ops.families import Rearranging

COPIED = Latex(r"1 \text{ where its element went, 0 elsewhere}")


class Transpose(Rearranging):
    """Reorders the axes: axis ``i`` of the result is axis ``axes[i]`` of ``x``.

    Without ``axes`` their order is reversed, which turns the rows of a matrix into columns.
    """

    category = "Shape"
    symbol = "xᵀ"
    other_names = ("permute", "swap axes")
    formula = Latex(r"y = x^\top")
    partials = {"x": COPIED}
    samples = (
        sample((2, 3)),
        sample((3,)),
        sample((2, 3, 4), axes=(0, 2, 1)),
        sample((2, 3, 4), axes=(1, 2, 0)),
        sample((2, 3), axes=(-1, 0)),
    )

    @staticmethod
    def forward(x: Array, *, axes: tuple[int, ...] | None = None) -> Any:
        return np.transpose(x, axes)

    @staticmethod
    def shape(x: Shape, *, axes: tuple[int, ...] | None = None) -> Shape:
        rank = len(x)
        if axes is None:
            return x[::-1]
        if sorted(a + rank if a < 0 else a for a in axes) != list(range(rank)):
            raise OpError(
                f"axes is {axes} and x is {show_shape(x)}: name each axis of x exactly once (it "
                f"has {rank}, counted from 0), or leave axes out to reverse them"
            )
        return tuple(x[a] for a in axes)

    @staticmethod
    def vjp(
        upstream: Array, out: Array, x: Array, *, axes: tuple[int, ...] | None = None
    ) -> tuple[Any, ...]:
        if axes is None:
            return (np.transpose(upstream),)
        back = np.argsort([a % len(axes) for a in axes])
        return (np.transpose(upstream, back),)

    @staticmethod
    def lower(torch: Any, x: Tensor, *, axes: tuple[int, ...] | None = None) -> Tensor:
        return x.permute(tuple(reversed(range(x.ndim))) if axes is None else axes)


class Reshape(Rearranging):
    """Reads the elements row by row into another shape; one -1 stands for whatever is left."""

    category = "Shape"
    other_names = ("view",)
    formula = Latex(r"y = \mathrm{reshape}\left(x\right)")
    partials = {"x": COPIED}
    samples = (
        sample((2, 6), shape=(3, 4)),
        sample((2, 3, 4), shape=(2, -1)),
        sample((1,), shape=()),
        sample((), shape=(1, 1)),
    )

    @staticmethod
    def forward(x: Array, *, shape: tuple[int, ...]) -> Any:
        return np.reshape(x, Reshape.shape(np.shape(x), shape=shape))

    @staticmethod
    def shape(x: Shape, *, shape: tuple[int, ...]) -> Shape:
        if shape.count(-1) > 1 or any(size < -1 for size in shape):
            raise OpError(
                f"shape is {shape}: give each axis a length, and at most one of them -1 for "
                f"whatever is left"
            )
        have, named = math.prod(x), math.prod(size for size in shape if size != -1)
        if -1 not in shape:
            if have != named:
                raise OpError(
                    f"x is {show_shape(x)}, {have} elements, and cannot fill {show_shape(shape)}, "
                    f"{named} elements; make the two counts equal, or one axis of shape -1"
                )
            return shape
        if not named or have % named:
            raise OpError(
                f"x is {show_shape(x)}, {have} elements, which do not divide into groups of "
                f"{named} as shape {shape} asks; change its other axes so that they do"
            )
        return tuple(have // named if size == -1 else size for size in shape)

    @staticmethod
    def vjp(upstream: Array, out: Array, x: Array, *, shape: tuple[int, ...]) -> tuple[Any, ...]:
        return (np.reshape(upstream, np.shape(x)),)

    @staticmethod
    def lower(torch: Any, x: Tensor, *, shape: tuple[int, ...]) -> Tensor:
        return torch.reshape(x, shape)


class Flatten(Rearranging):
    """Joins all axes from ``start`` on into one, reading row by row.

    The first axis is the batch, so ``start`` is 1: a batch of images (N, C, H, W) becomes a batch
    of vectors (N, C·H·W). ``start=0`` turns the whole array into one vector, a scalar too.
    """

    category = "Shape"
    other_names = ("ravel",)
    formula = Latex(r"y = \mathrm{flatten}\left(x\right)")
    partials = {"x": COPIED}
    samples = (
        sample((2, 3, 4)),
        sample((2, 3)),
        sample((2, 3, 2, 2), start=2),
        sample((2, 3), start=0),
        sample((), start=0),
        sample((2, 3, 4), start=-2),
    )

    @staticmethod
    def forward(x: Array, *, start: int = 1) -> Any:
        return np.reshape(x, Flatten.shape(np.shape(x), start=start))

    @staticmethod
    def shape(x: Shape, *, start: int = 1) -> Shape:
        rank = max(len(x), 1)  # a scalar has one element, which start=0 puts on an axis
        first = start + rank if start < 0 else start
        if not 0 <= first < rank:
            raise OpError(
                f"x is {show_shape(x)} and has no axis {start} to flatten from: give it a batch "
                f"axis first, or set start=0 to flatten all of it"
            )
        return (*x[:first], math.prod(x[first:]))

    @staticmethod
    def vjp(upstream: Array, out: Array, x: Array, *, start: int = 1) -> tuple[Any, ...]:
        return (np.reshape(upstream, np.shape(x)),)

    @staticmethod
    def lower(torch: Any, x: Tensor, *, start: int = 1) -> Tensor:
        return torch.flatten(x, start)


class Broadcast(Rearranging):
    """Repeats ``x`` along new axes in front and along axes of length 1 until it has ``shape``.

    Going back, the gradients of all copies of an element add up.
    """

    category = "Shape"
    other_names = ("expand",)
    formula = Latex(r"y = \mathrm{broadcast}\left(x\right)")
    partials = {"x": COPIED}
    samples = (
        sample((), shape=(2, 3)),
        sample((3,), shape=(2, 3)),
        sample((2, 1), shape=(2, 3)),
        sample((2, 1, 3), shape=(4, 2, 2, 3)),
        sample((2, 3), shape=(2, 3)),
    )

    @staticmethod
    def forward(x: Array, *, shape: tuple[int, ...]) -> Any:
        return np.broadcast_to(x, shape)

    @staticmethod
    def shape(x: Shape, *, shape: tuple[int, ...]) -> Shape:
        if any(size < 0 for size in shape):
            raise OpError(f"shape is {shape}, and no axis can have a negative length")
        tail = shape[len(shape) - len(x) :] if len(x) <= len(shape) else ()
        if len(tail) != len(x) or any(
            have not in (1, want) for have, want in zip(x, tail, strict=True)
        ):
            raise OpError(
                f"x is {show_shape(x)} and cannot be repeated to {show_shape(shape)}: counted from "
                f"the last, each axis of x must be 1 or equal to that of shape"
            )
        return shape

    @staticmethod
    def vjp(upstream: Array, out: Array, x: Array, *, shape: tuple[int, ...]) -> tuple[Any, ...]:
        return (unbroadcast(upstream, shape, np.shape(x)),)

    @staticmethod
    def lower(torch: Any, x: Tensor, *, shape: tuple[int, ...]) -> Tensor:
        return x.expand(shape)
