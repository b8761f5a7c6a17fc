"""Pools that are told how many outputs to make rather than how large a window is.

Output i of n on an axis of s elements is made of the elements ⌊i·s/n⌋ to ⌈(i + 1)·s/n⌉ − 1, as in
PyTorch: windows of nearly equal size that may overlap by one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from graphlab.errors import OpError
from graphlab.ops.attributes import OpenShape, check_size
from graphlab.ops.batches import Sliding, channels_and_size
from graphlab.ops.broadcasting import Shape
from graphlab.ops.contract import Array, Reach, Tensor, sample
from graphlab.ops.expression import Latex
from graphlab.ops.pooling import FIRST_WINS, LARGEST

OutputSize = int | OpenShape


class AdaptivePool(Sliding, abstract=True):
    """x (N, C, axes…) pooled to ``output_size`` along the axes; None keeps an axis as it is."""

    category = "Pooling"
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
        return tuple(
            (float(max(high - low for low, high in _spans(n, m)[0])), n / m) for n, m in lengths
        )

    @classmethod
    def lower(cls, torch: Any, x: Tensor, *, output_size: OutputSize) -> Tensor:
        return getattr(torch.nn.functional, f"adaptive_{cls.kind}_pool{cls.rank}d")(x, output_size)


class AdaptiveAvgPool(AdaptivePool, abstract=True):
    """The average of each window; a mean of means, axis by axis, as the windows are boxes."""

    kind = "avg"
    structure = "convolution"
    symbol = "avg pool"
    is_linear = True
    formula = Latex(r"y_p = \frac{1}{n_p} \sum_t x_{p + t}")
    partials = {"x": Latex(r"\frac{1}{n_p} \text{ below the window, else } 0")}

    @classmethod
    def forward(cls, x: Array, *, output_size: OutputSize) -> Any:
        for axis, n in enumerate(cls.sizes(x.shape, output_size), start=x.ndim - cls.rank):
            if n == x.shape[axis]:
                continue
            spans, which = _spans(x.shape[axis], n)
            pieces = [x[_along(axis, *span)].mean(axis=axis, keepdims=True) for span in spans]
            x = pieces[0] if len(pieces) == 1 else np.concatenate(pieces, axis)
            x = x if n == len(pieces) else np.take(x, which, axis)
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
            spans, which = _spans(size, n)
            if n > len(spans):
                gradient = np.add.reduceat(gradient, np.unique(which, return_index=True)[1], axis)
            shape = (*gradient.shape[:axis], size, *gradient.shape[axis + 1 :])
            spread = np.zeros(shape, gradient.dtype)
            for i, (low, high) in enumerate(spans):
                spread[_along(axis, low, high)] += gradient[_along(axis, i, i + 1)] / (high - low)
            gradient = spread
        return (gradient,)


class AdaptiveMaxPool(AdaptivePool, abstract=True):
    """The largest element of each window."""

    kind = "max"
    structure = "selection"
    symbol = "max pool"
    formula = Latex(r"y_p = \max_t x_{p + t}")
    partials = {"x": LARGEST}
    convention = FIRST_WINS

    @classmethod
    def forward(cls, x: Array, *, output_size: OutputSize) -> Any:
        size = cls.sizes(x.shape, output_size)
        return at_places(x, where_largest(x, size), cls.rank)

    @classmethod
    def vjp(
        cls, upstream: Array, out: Array, x: Array, *, output_size: OutputSize
    ) -> tuple[Any, ...]:
        places = where_largest(x, out.shape[-cls.rank :])
        return (sent_to(upstream, places, x.shape, cls.rank),)

    @classmethod
    def jvp(cls, tangents: Sequence[Any], out: Any, *inputs: Any, **attributes: Any) -> Any:
        (x,) = inputs
        places = where_largest(x, out.shape[-cls.rank :])
        return at_places(np.asarray(tangents[0]), places, cls.rank)


def where_largest(x: Array, size: tuple[int, ...]) -> NDArray[np.intp]:
    """For every window its largest element, as a number that counts x's last axes together.

    Axis by axis, the last first: so of several the first in reading order, and of NaNs the last.
    """
    rank = len(size)
    numbers = np.arange(math.prod(x.shape[-rank:])).reshape(x.shape[-rank:])
    values, places = x, np.broadcast_to(numbers, x.shape)
    for axis in range(x.ndim - 1, x.ndim - rank - 1, -1):
        best, found = [], []
        spans, which = _spans(x.shape[axis], size[axis - x.ndim])
        for low, high in spans:
            index = _along(axis, low, high)
            part, here = values[index], places[index]
            at = np.expand_dims(_first_largest(part, axis), axis)
            best.append(np.take_along_axis(part, at, axis))
            found.append(np.take_along_axis(here, at, axis))
        values, places = np.concatenate(best, axis), np.concatenate(found, axis)
        if len(which) > len(spans):
            values, places = np.take(values, which, axis), np.take(places, which, axis)
    return places


def at_places(x: Array, places: NDArray[np.intp], rank: int) -> Array:
    """The elements of x that stand at ``places`` of its last axes."""
    flat = x.reshape(math.prod(x.shape[:-rank]), -1)
    return np.take_along_axis(flat, places.reshape(len(flat), -1), 1).reshape(places.shape)


def sent_to(upstream: Array, places: NDArray[np.intp], shape: Shape, rank: int) -> Array:
    """The adjoint of ``at_places``: what several places send to one element adds up."""
    lead = math.prod(shape[:-rank])
    gradient = np.zeros((lead, math.prod(shape[-rank:])), upstream.dtype)
    rows = np.arange(lead)[:, None]
    np.add.at(gradient, (rows, places.reshape(lead, -1)), upstream.reshape(lead, -1))
    return gradient.reshape(shape)


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


def _spans(size: int, n: int) -> tuple[list[tuple[int, int]], NDArray[np.intp]]:
    """First element and the one after the last of the windows, and which one each output has.

    Of n windows over ``size`` elements at most 2·``size`` differ, however many are asked for.
    """
    outputs = np.arange(n)
    ends = np.stack((outputs * size // n, -(-(outputs + 1) * size // n)), axis=1)
    is_new = np.ones(n, bool)
    is_new[1:] = (ends[1:] != ends[:-1]).any(axis=1)
    return [(int(low), int(high)) for low, high in ends[is_new]], np.cumsum(is_new) - 1


def _along(axis: int, low: int, high: int) -> tuple[slice, ...]:
    return (slice(None),) * axis + (slice(low, high),)


def _first_largest(x: Array, axis: int) -> NDArray[np.intp]:
    """The place along an axis of its largest element; of NaNs the last, as in torch."""
    found = np.asarray(x.argmax(axis=axis))
    is_nan = np.isnan(x)
    if is_nan.any():
        last = x.shape[axis] - 1 - np.flip(is_nan, axis).argmax(axis=axis)
        found = np.where(is_nan.any(axis=axis), last, found)
    return found
