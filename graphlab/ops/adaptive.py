"""Pools that are told how many outputs to make rather than how large a window is.

Output i of n on an axis of s elements is made of the elements ⌊i·s/n⌋ to ⌈(i + 1)·s/n⌉ − 1, as in
PyTorch: windows of nearly equal size that may overlap by one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import numpy as np

from graphlab.errors import OpError
from graphlab.ops.attributes import OpenShape, check_size
from graphlab.ops.batches import channels_and_size
from graphlab.ops.broadcasting import Shape
from graphlab.ops.contract import Array, Op, Reach, Tensor, sample
from graphlab.ops.expression import Latex
from graphlab.ops.pooling import FIRST_WINS, LARGEST, first_largest

OutputSize = int | OpenShape


class AdaptivePool(Op, abstract=True):
    """x (N, C, axes…) pooled to ``output_size`` along the axes; None keeps an axis as it is."""

    category = "Pooling"
    needs = ("samples", "forward", "shape", "vjp", "lower")
    rank: ClassVar[int]
    kind: ClassVar[str]  # as torch calls it

    @classmethod
    def sizes(cls, x: Shape, output_size: OutputSize) -> tuple[int, ...]:
        """The lengths to pool to."""
        wanted = (output_size,) * cls.rank if isinstance(output_size, int) else output_size
        if len(wanted) != cls.rank:
            raise OpError(
                f"output_size is {output_size}, and {cls.name} makes {cls.rank} axes: give one "
                f"length for each, or one number for all"
            )
        found = tuple(n if w is None else w for w, n in zip(wanted, x[-cls.rank :], strict=True))
        if min(found) < 1:
            raise OpError(f"output_size is {output_size}, and every axis needs 1 or more")
        return found

    @classmethod
    def shape(cls, x: Shape, *, output_size: OutputSize) -> Shape:
        channels_and_size(x, cls.rank, cls.name)
        found = (*x[: -cls.rank], *cls.sizes(x, output_size))
        check_size(found, "its result")
        return found

    @classmethod
    def reach(cls, *shapes: Any, output_size: OutputSize) -> Reach:
        """The longest span that one output is made of."""
        lengths = zip(shapes[0][-cls.rank :], cls.sizes(shapes[0], output_size), strict=True)
        spans = [(max(high - low for low, high in _spans(n, m)), n / m) for n, m in lengths]
        return tuple((float(longest), apart) for longest, apart in spans)

    @classmethod
    def lower(cls, torch: Any, x: Tensor, *, output_size: OutputSize) -> Tensor:
        return getattr(torch.nn.functional, f"adaptive_{cls.kind}_pool{cls.rank}d")(x, output_size)


class AdaptiveAvgPool(AdaptivePool, abstract=True):
    """The average of each window; a mean of means, axis by axis, as the windows are boxes."""

    kind = "avg"
    structure = "convolution"
    is_linear = True
    formula = Latex(r"y_p = \frac{1}{n_p} \sum_t x_{p + t}")
    partials = {"x": Latex(r"\frac{1}{n_p} \text{ below the window, else } 0")}

    @classmethod
    def forward(cls, x: Array, *, output_size: OutputSize) -> Any:
        for axis, n in enumerate(cls.sizes(x.shape, output_size), start=x.ndim - cls.rank):
            if n == x.shape[axis]:
                continue
            pieces = [
                x[_along(axis, low, high)].mean(axis=axis, keepdims=True)
                for low, high in _spans(x.shape[axis], n)
            ]
            x = pieces[0] if n == 1 else np.concatenate(pieces, axis)
        return x

    @classmethod
    def vjp(
        cls, upstream: Array, out: Array, x: Array, *, output_size: OutputSize
    ) -> tuple[Any, ...]:
        gradient = upstream
        for axis in range(x.ndim - cls.rank, x.ndim):
            n, size = upstream.shape[axis], x.shape[axis]
            if n == size:
                continue
            shape = (*gradient.shape[:axis], size, *gradient.shape[axis + 1 :])
            spread = np.zeros(shape, gradient.dtype)
            for i, (low, high) in enumerate(_spans(size, n)):
                spread[_along(axis, low, high)] += gradient[_along(axis, i, i + 1)] / (high - low)
            gradient = spread
        return (gradient,)


class AdaptiveMaxPool(AdaptivePool, abstract=True):
    """The largest element of each window."""

    kind = "max"
    structure = "selection"
    symbol = "max"
    formula = Latex(r"y_p = \max_t x_{p + t}")
    partials = {"x": LARGEST}
    convention = FIRST_WINS

    @classmethod
    def forward(cls, x: Array, *, output_size: OutputSize) -> Any:
        size = cls.sizes(x.shape, output_size)
        y = np.empty((*x.shape[: -cls.rank], *size), x.dtype)
        axes = tuple(range(-cls.rank, 0))
        for place, box in cls._boxes(x.shape, size):
            y[place] = x[box].max(axis=axes)
        return y

    @classmethod
    def vjp(
        cls, upstream: Array, out: Array, x: Array, *, output_size: OutputSize
    ) -> tuple[Any, ...]:
        gradient = np.zeros(x.shape, upstream.dtype)
        for place, box in cls._boxes(x.shape, out.shape[-cls.rank :]):
            rows, columns, part = first_largest(x[box], cls.rank)
            sent = np.zeros(part.shape, upstream.dtype)
            sent[rows, columns] = upstream[place].reshape(-1)
            gradient[box] += sent.reshape(gradient[box].shape)
        return (gradient,)

    @classmethod
    def jvp(cls, tangents: Sequence[Any], out: Any, *inputs: Any, **attributes: Any) -> Any:
        (x,), tangent = inputs, np.asarray(tangents[0])
        moved = np.empty(out.shape, tangent.dtype)
        for place, box in cls._boxes(x.shape, out.shape[-cls.rank :]):
            rows, columns, part = first_largest(x[box], cls.rank)
            picked = tangent[box].reshape(part.shape)[rows, columns]
            moved[place] = picked.reshape(moved[place].shape)
        return moved

    @classmethod
    def _boxes(cls, x: Shape, size: tuple[int, ...]) -> Iterator[tuple[Any, Any]]:
        """Every output's place, and the elements it is made of, as indices."""
        spans = [list(_spans(n, m)) for n, m in zip(x[-cls.rank :], size, strict=True)]
        for place in np.ndindex(size):
            yield (..., *place), (..., *(slice(*spans[axis][i]) for axis, i in enumerate(place)))


SIGNALS = (
    sample((2, 3, 7), output_size=3),
    sample((3, 5), output_size=(1,)),
    sample((1, 2, 3), output_size=5),
)
IMAGES = (
    sample((2, 3, 5, 7), output_size=(2, 3)),
    sample((2, 4, 4), output_size=1),
    sample((1, 2, 5, 3), output_size=(None, 2)),
    sample((1, 1, 2, 3), output_size=4),
)
VOLUMES = (
    sample((1, 2, 3, 4, 5), output_size=(2, 1, 3)),
    sample((2, 3, 3, 2), output_size=2),
)


class AdaptiveAvgPool1d(AdaptiveAvgPool):
    """Averages a signal into ``output_size`` windows of nearly equal length.

    ``x`` is (N, C, L) or (C, L) of any length L.
    """

    rank = 1
    samples = SIGNALS


class AdaptiveAvgPool2d(AdaptiveAvgPool):
    """Averages an image into ``output_size`` windows of nearly equal size, however large it is.

    ``x`` is (N, C, H, W) or (C, H, W); ``output_size`` is one number, or (rows, columns) where None
    keeps that axis. With 1, each channel becomes its mean.
    """

    rank = 2
    samples = IMAGES


class AdaptiveAvgPool3d(AdaptiveAvgPool):
    """Averages a volume into ``output_size`` windows of nearly equal size, however large it is.

    ``x`` is (N, C, D, H, W) or (C, D, H, W).
    """

    rank = 3
    samples = VOLUMES


class AdaptiveMaxPool1d(AdaptiveMaxPool):
    """Keeps the largest element of each of ``output_size`` windows of a signal of any length.

    ``x`` is (N, C, L) or (C, L).
    """

    rank = 1
    samples = SIGNALS


class AdaptiveMaxPool2d(AdaptiveMaxPool):
    """Keeps the largest pixel of each of ``output_size`` windows of an image of any size.

    ``x`` is (N, C, H, W) or (C, H, W); ``output_size`` is one number, or (rows, columns) where None
    keeps that axis.
    """

    rank = 2
    samples = IMAGES


class AdaptiveMaxPool3d(AdaptiveMaxPool):
    """Keeps the largest element of each of ``output_size`` windows of a volume of any size.

    ``x`` is (N, C, D, H, W) or (C, D, H, W).
    """

    rank = 3
    samples = VOLUMES


def _spans(size: int, n: int) -> Iterator[tuple[int, int]]:
    """First element and the one after the last, for each of n windows over ``size`` elements."""
    for i in range(n):
        yield i * size // n, -(-(i + 1) * size // n)


def _along(axis: int, low: int, high: int) -> tuple[slice, ...]:
    return (slice(None),) * axis + (slice(low, high),)
