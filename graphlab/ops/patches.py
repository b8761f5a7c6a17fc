"""An image cut into the windows of a convolution, one column each, and put together again."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from graphlab.errors import OpError
from graphlab.ops.attributes import Sides, Sizes, check_size
from graphlab.ops.batches import as_given, batched, channels_and_size
from graphlab.ops.broadcasting import Shape, show_shape
from graphlab.ops.contract import Array, Op, Tensor, sample
from graphlab.ops.expression import Latex
from graphlab.ops.families import Rearranging
from graphlab.ops.lowering import flat_pads, symmetric
from graphlab.ops.shape import COPIED
from graphlab.ops.windows import Tap, Windows, windows_over


class Unfold(Rearranging):
    """Cuts windows out of an image: each becomes a column, so a convolution is a matrix product.

    ``x`` (N, C, H, W) or (C, H, W) becomes (N, C · taps, windows): rows go through the channels,
    then the window's taps in reading order; columns through the windows. What overlaps is copied
    several times, and the padding is zeros. Going back, the copies' gradients add up.
    """

    category = "Convolution"
    other_names = ("im2col", "extract patches")
    formula = Latex(r"y_{t, p} = x_{p + t}")
    partials = {"x": COPIED}
    samples = (
        sample((2, 2, 3, 4), kernel_size=2),
        sample((2, 5, 4), kernel_size=(3, 2), stride=2, padding=1),
        sample((1, 1, 5, 5), kernel_size=2, dilation=(2, 3), padding=((0, 1), (1, 0))),
    )

    @staticmethod
    def forward(
        x: Array,
        *,
        kernel_size: Sizes,
        dilation: Sizes = 1,
        padding: Sides = 0,
        stride: Sizes = 1,
    ) -> Any:
        windows = _windows(x.shape[-2:], kernel_size, dilation, padding, stride)
        return as_given(_cut(batched(x, 2), windows), x, 2)

    @staticmethod
    def shape(
        x: Shape,
        *,
        kernel_size: Sizes,
        dilation: Sizes = 1,
        padding: Sides = 0,
        stride: Sizes = 1,
    ) -> Shape:
        channels, size = channels_and_size(x, 2, "unfold")
        windows = _windows(size, kernel_size, dilation, padding, stride)
        found = (*x[:-3], channels * math.prod(windows.kernel), math.prod(windows.count))
        check_size(found, "its result")
        return found

    @staticmethod
    def vjp(upstream: Array, out: Array, x: Array, **sliding: Any) -> tuple[Any, ...]:
        windows = _windows(x.shape[-2:], **sliding)
        above = upstream if x.ndim == 4 else upstream[None]
        return (as_given(_laid_down(above, windows), x, 2),)

    @staticmethod
    def lower(
        torch: Any,
        x: Tensor,
        *,
        kernel_size: Sizes,
        dilation: Sizes = 1,
        padding: Sides = 0,
        stride: Sizes = 1,
    ) -> Tensor:
        given = symmetric(padding)
        if given is None:
            x, given = torch.nn.functional.pad(x, flat_pads(padding)), 0
        return torch.nn.functional.unfold(x, kernel_size, dilation, given, stride)


class Fold(Op):
    """Puts windows back together: each column is laid down at its place, and overlaps add up.

    ``x`` (N, C · taps, windows) or without N becomes (N, C, H, W) with (H, W) = ``output_size``;
    the settings are those of the unfold that made the columns. Where windows overlapped the result
    is a multiple of the image that was cut up.
    """

    category = "Convolution"
    other_names = ("col2im",)
    structure = "reduction"
    is_linear = True
    formula = Latex(r"y_p = \sum_t x_{t, p - t}")
    partials = {"x": COPIED}
    samples = (
        sample((2, 8, 6), output_size=(3, 4), kernel_size=2),
        sample((12, 9), output_size=(5, 4), kernel_size=(3, 2), stride=2, padding=1),
        sample((1, 4, 9), output_size=5, kernel_size=2, dilation=2),
    )

    @staticmethod
    def forward(
        x: Array,
        *,
        output_size: Sizes,
        kernel_size: Sizes,
        dilation: Sizes = 1,
        padding: Sides = 0,
        stride: Sizes = 1,
    ) -> Any:
        windows = _windows(_both(output_size), kernel_size, dilation, padding, stride)
        y = _laid_down(x if x.ndim == 3 else x[None], windows)
        return y if x.ndim == 3 else y[0]

    @staticmethod
    def shape(
        x: Shape,
        *,
        output_size: Sizes,
        kernel_size: Sizes,
        dilation: Sizes = 1,
        padding: Sides = 0,
        stride: Sizes = 1,
    ) -> Shape:
        if len(x) not in (2, 3) or 0 in x:
            raise OpError(
                f"x is {show_shape(x)}, and fold takes (N, C · taps, windows) or (C · taps, "
                f"windows), none of length 0: give it such axes with reshape"
            )
        size = _both(output_size)
        windows = _windows(size, kernel_size, dilation, padding, stride)
        taps, count = math.prod(windows.kernel), math.prod(windows.count)
        if x[-2] % taps:
            raise OpError(
                f"x has {x[-2]} rows and each window {taps} taps: one row for each tap of each "
                f"channel, so give a multiple of {taps}, or another kernel_size"
            )
        if x[-1] != count:
            raise OpError(
                f"x has {x[-1]} columns but {count} windows cover {show_shape(size)}: give "
                f"{count} columns, or another output_size"
            )
        found = (*x[:-2], x[-2] // taps, *size)
        check_size(found, "its result")
        return found

    @staticmethod
    def vjp(
        upstream: Array, out: Array, x: Array, *, output_size: Sizes, **sliding: Any
    ) -> tuple[Any, ...]:
        windows = _windows(upstream.shape[-2:], **sliding)
        above = upstream if x.ndim == 3 else upstream[None]
        found = _cut(above, windows)
        return (found if x.ndim == 3 else found[0],)

    @staticmethod
    def lower(
        torch: Any,
        x: Tensor,
        *,
        output_size: Sizes,
        kernel_size: Sizes,
        dilation: Sizes = 1,
        padding: Sides = 0,
        stride: Sizes = 1,
    ) -> Tensor:
        functional, given = torch.nn.functional, symmetric(padding)
        if given is not None:
            return functional.fold(x, output_size, kernel_size, dilation, given, stride)
        pairs = _windows(_both(output_size), kernel_size, dilation, padding, stride).pads
        framed = tuple(n + sum(pair) for n, pair in zip(_both(output_size), pairs, strict=True))
        y = functional.fold(x, framed, kernel_size, dilation, 0, stride)
        return functional.pad(y, [-n for n in flat_pads(pairs)])


def _windows(
    size: Shape,
    kernel_size: Sizes,
    dilation: Sizes = 1,
    padding: Sides = 0,
    stride: Sizes = 1,
) -> Windows:
    return windows_over(size, kernel_size, stride=stride, padding=padding, dilation=dilation)


def _both(size: Sizes) -> tuple[int, ...]:
    """(rows, columns); raises ``OpError`` for other than two lengths of 1 or more."""
    found = (size, size) if isinstance(size, int) else size
    if len(found) != 2 or min(found) < 1:
        raise OpError(f"output_size is {size}, and an image has rows and columns: give (H, W)")
    return found


def _cut(x: Array, windows: Windows) -> Array:
    """(N, C, H, W) as (N, C · taps, windows)."""
    y = np.zeros((len(x), x.shape[1], *windows.kernel, *windows.count), x.dtype)
    for tap in windows.taps():
        y[_at(tap)] = x[tap.below]
    return y.reshape(len(x), -1, math.prod(windows.count))


def _laid_down(y: Array, windows: Windows) -> Array:
    """The adjoint of ``_cut``."""
    columns = y.reshape(len(y), -1, *windows.kernel, *windows.count)
    x = np.zeros((*columns.shape[:2], *windows.size), y.dtype)
    for tap in windows.taps():
        x[tap.below] += columns[_at(tap)]
    return x


def _at(tap: Tap) -> Any:
    """A tap's windows, as an index into (N, C, kernel…, count…)."""
    return (slice(None), slice(None), *tap.place, *tap.windows)
