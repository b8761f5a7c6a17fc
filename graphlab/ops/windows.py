"""The geometry of sliding windows: where each one lies, and how many fit.

An axis of ``size`` elements with ``before`` and ``after`` elements of padding is covered by
windows of ``kernel`` taps, ``dilation`` apart, whose first taps are ``stride`` apart.  Counted from
the first real element, tap t of window o lies at ``o·stride + t·dilation − before``.

The number of windows is PyTorch's: ⌊(size + before + after − extent) / stride⌋ + 1 with
extent = dilation·(kernel − 1) + 1; ``ceil_mode`` rounds up, but drops a last window that would
begin beyond the last real element and the padding before the first.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

from msgspec import Struct

from graphlab.errors import OpError
from graphlab.ops.attributes import MAX_ELEMENTS, Padding, Sides, Sizes, check_size
from graphlab.ops.broadcasting import Shape, show_shape

Pair = tuple[int, int]
Index = tuple[slice, ...]
Number = TypeVar("Number", int, float)


class Tap(NamedTuple):
    """One place in the window, and the real elements that stand there."""

    place: tuple[int, ...]
    windows: Index  # which windows have a real element at this place
    elements: Index  # the real elements, one for each of these windows

    @property
    def above(self) -> Any:
        """``windows`` as an index into the last axes of an array."""
        return (..., *self.windows)

    @property
    def below(self) -> Any:
        """``elements`` as an index into the last axes of an array."""
        return (..., *self.elements)


class Windows(Struct, frozen=True):
    """Windows over some axes; every field has one entry an axis."""

    size: tuple[int, ...]
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    pads: tuple[Pair, ...]
    count: tuple[int, ...]

    @property
    def extent(self) -> tuple[int, ...]:
        """Elements from a window's first tap to its last, both counted."""
        return tuple(d * (k - 1) + 1 for k, d in zip(self.kernel, self.dilation, strict=True))

    @property
    def reach(self) -> tuple[Pair, ...]:
        """Elements before the first real one and after the last that the windows cover.

        Negative where they leave real elements out.
        """
        rows = zip(self.size, self.extent, self.stride, self.pads, self.count, strict=True)
        return tuple(
            (before, (n - 1) * stride + extent - size - before)
            for size, extent, stride, (before, _), n in rows
        )

    def reach_back(self) -> tuple[tuple[float, float], ...]:
        """Per axis how many elements a window spreads over and how far the next one is."""
        return tuple((float(e), float(s)) for e, s in zip(self.extent, self.stride, strict=True))

    def check_covered(self, x: Shape) -> None:
        """Raise ``OpError`` where x, whose last axes these are, would be too large when padded."""
        rows = zip(self.size, self.pads, strict=True)
        lengths = (size + before + after for size, (before, after) in rows)
        check_size((*x[: -len(self.size)], *lengths), "x with its padding")

    def check_held(self) -> None:
        """Raise ``OpError`` for a window without a real element, which has no largest one.

        Padding is smaller than a window, so only one whose taps are further apart than x is long
        can miss it.
        """
        rows = zip(self.size, self.kernel, self.dilation, strict=True)
        for axis, (size, kernel, dilation) in enumerate(rows):
            if dilation <= size:
                continue
            for window in range(self.count[axis]):
                first = window * self.stride[axis] - self.pads[axis][0]
                tap = max(-(first // dilation), 0)
                if tap >= kernel or first + tap * dilation >= size:
                    raise OpError(
                        f"x has {size} elements along axis {axis} of those the window slides over, "
                        f"and the window's are {dilation} apart, so that one would lie in the "
                        f"padding alone: make x longer there, or the dilation smaller"
                    )

    def over(self, x: Shape) -> Shape:
        """The shape of one number for each window on x, whose last axes these are."""
        return (*x[: -len(self.size)], *self.count)

    def taps(self) -> Iterator[Tap]:
        """Every place of the window in reading order; those over padding alone are left out."""
        lines = [list(self._taps_along(axis)) for axis in range(len(self.size))]
        for parts in itertools.product(*lines):
            yield Tap(
                tuple(place for place, _, _ in parts),
                tuple(windows for _, windows, _ in parts),
                tuple(elements for _, _, elements in parts),
            )

    def _taps_along(self, axis: int) -> Iterator[tuple[int, slice, slice]]:
        size, stride, count = self.size[axis], self.stride[axis], self.count[axis]
        for place in range(self.kernel[axis]):
            first = place * self.dilation[axis] - self.pads[axis][0]
            low = max(-(first // stride), 0)  # the first window whose tap is not before element 0
            high = min((size - 1 - first) // stride + 1, count)
            if low < high:
                start = first + low * stride
                yield (
                    place,
                    slice(low, high),
                    slice(start, start + (high - low - 1) * stride + 1, stride),
                )


def one_each(value: Number | tuple[Number, ...], rank: int, what: str) -> tuple[Number, ...]:
    """One number for each of ``rank`` axes, of which a single one stands for all.

    Raises ``OpError`` for too few or too many.
    """
    numbers = value if isinstance(value, tuple) else (value,) * rank
    if len(numbers) != rank:
        raise OpError(
            f"{what} is {value}, {_many(len(numbers), 'number')} for {_many(rank, 'axis')}: give "
            f"one for each axis, or one number for all"
        )
    return numbers


def per_axis(value: Sizes, rank: int, what: str, least: int = 1) -> tuple[int, ...]:
    """``one_each`` of lengths; raises ``OpError`` also for one that is too small or too large."""
    numbers = one_each(value, rank, what)
    if any(n < least for n in numbers):
        raise OpError(f"{what} is {value}, and must be {least} or more; make it larger")
    if any(n > MAX_ELEMENTS for n in numbers):
        raise OpError(f"{what} is {value}, and at most {MAX_ELEMENTS} fit; make it smaller")
    return numbers


def sides(padding: Sides, rank: int) -> tuple[Pair, ...]:
    """(before, after) for each of ``rank`` axes; raises ``OpError`` as ``per_axis`` does."""
    given = (padding,) * rank if isinstance(padding, int) else padding
    if len(given) != rank:
        raise OpError(
            f"padding is {padding}, which is for {_many(len(given), 'axis')}, and the windows "
            f"slide along {rank}: give a number or a pair (before, after) for each axis, or one "
            f"number for all"
        )
    pairs = tuple((side, side) if isinstance(side, int) else side for side in given)
    if any(n < 0 for pair in pairs for n in pair):
        raise OpError(f"padding is {padding}, and cannot be negative; cut with slice or crop")
    if any(n > MAX_ELEMENTS for pair in pairs for n in pair):
        raise OpError(f"padding is {padding}, and at most {MAX_ELEMENTS} fit; make it smaller")
    return pairs


@lru_cache(maxsize=1024)
def windows_over(
    size: Shape,
    kernel: Sizes,
    *,
    stride: Sizes = 1,
    padding: Padding = 0,
    dilation: Sizes = 1,
    ceil_mode: bool = False,
) -> Windows:
    """The windows over axes of these lengths.

    Raises ``OpError`` for settings that do not fit the axes, and where no window fits in.
    """
    rank = len(size)
    kernel = per_axis(kernel, rank, "kernel_size")
    stride = per_axis(stride, rank, "stride")
    dilation = per_axis(dilation, rank, "dilation")
    if isinstance(padding, str):
        pads = _worded(padding, kernel, stride, dilation)
    else:
        pads = sides(padding, rank)
    padded = tuple(n + sum(pair) for n, pair in zip(size, pads, strict=True))
    count = []
    for axis in range(rank):
        extent = dilation[axis] * (kernel[axis] - 1) + 1
        room = padded[axis] - extent
        if room < 0:
            raise OpError(_too_small(size, axis, extent, kernel, dilation, pads))
        n = (-(-room // stride[axis]) if ceil_mode else room // stride[axis]) + 1
        if ceil_mode and (n - 1) * stride[axis] >= size[axis] + pads[axis][0]:
            n -= 1
        count.append(n)
    return Windows(tuple(size), kernel, stride, dilation, pads, tuple(count))


def _worded(
    word: str, kernel: Sequence[int], stride: Sequence[int], dilation: Sequence[int]
) -> tuple[Pair, ...]:
    """The padding that a word stands for; what is left over by halving goes after."""
    if word == "valid":
        return ((0, 0),) * len(kernel)
    if any(s != 1 for s in stride):
        raise OpError(
            f"padding is 'same', which keeps the size only with stride 1, and stride is "
            f"{show_setting(stride)}: give the padding as numbers, or take stride 1"
        )
    totals = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
    return tuple((total // 2, total - total // 2) for total in totals)


def show_setting(numbers: Sequence[int]) -> str:
    """One number where all are the same, else a tuple."""
    return str(numbers[0] if len(set(numbers)) == 1 else tuple(numbers))


def _too_small(
    size: Shape,
    axis: int,
    extent: int,
    kernel: Sequence[int],
    dilation: Sequence[int],
    pads: Sequence[Pair],
) -> str:
    padded = f" with {sum(pads[axis])} of padding" if any(pads[axis]) else ""
    wide = f", which dilation {dilation[axis]} spreads over {extent}" if dilation[axis] > 1 else ""
    return (
        f"x is {show_shape(size)} along the axes the window slides over, so axis {axis} of these "
        f"has {size[axis]} elements{padded}, but the window has {kernel[axis]}{wide}: make the "
        f"window smaller, or x or its padding larger"
    )


def _many(n: int, noun: str) -> str:
    plural = "axes" if noun == "axis" else noun + "s"
    return f"{n} {noun if n == 1 else plural}"
