"""Max pooling: each output is the largest element below a window."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphlab.errors import OpError
from graphlab.ops.attributes import Sides, Sizes
from graphlab.ops.batches import Sliding, channels_and_size
from graphlab.ops.broadcasting import Shape
from graphlab.ops.contract import Array, Reach, Tensor, sample
from graphlab.ops.expression import Latex
from graphlab.ops.lowering import covering, symmetric
from graphlab.ops.windows import Tap, Windows, per_axis, sides, windows_over

FIRST_WINS = (
    "Where several elements of a window tie, the first gets the gradient, as in torch; a NaN "
    "counts as the largest."
)
LARGEST = Latex(r"1 \text{ at the largest, else } 0")


class Windowed(Sliding, abstract=True):
    """Ops that make one output of each window of x, (N, C, axes…), in each channel by itself."""

    category = "Pooling"

    @classmethod
    def windows(
        cls,
        x: Shape,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sides = 0,
        dilation: Sizes = 1,
        ceil_mode: bool = False,
    ) -> Windows:
        """How the window slides over x; without a stride the windows lie side by side."""
        check_padding(padding, kernel_size, cls.rank)
        kernel = per_axis(kernel_size, cls.rank, "kernel_size")
        return windows_over(
            x[-cls.rank :],
            kernel,
            stride=kernel if stride is None else stride,
            padding=padding,
            dilation=dilation,
            ceil_mode=ceil_mode,
        )

    @classmethod
    def reach(
        cls,
        *shapes: Any,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sides = 0,
        dilation: Sizes = 1,
        ceil_mode: bool = False,
        **attributes: Any,
    ) -> Reach:
        """The window, as far as it spreads."""
        x = shapes[0]
        return cls.windows(x, kernel_size, stride, padding, dilation, ceil_mode).reach_back()


class MaxPool(Windowed, abstract=True):
    """The largest element below each window."""

    structure = "selection"
    symbol = "max pool"
    formula = Latex(r"y_p = \max_t x_{p + t}")
    partials = {"x": LARGEST}
    convention = FIRST_WINS

    @classmethod
    def forward(
        cls,
        x: Array,
        *,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sides = 0,
        dilation: Sizes = 1,
        ceil_mode: bool = False,
    ) -> Any:
        windows = cls.windows(x.shape, kernel_size, stride, padding, dilation, ceil_mode)
        return largest(x, windows)

    @classmethod
    def shape(cls, x: Shape, **attributes: Any) -> Any:
        channels_and_size(x, cls.rank, cls.name)
        windows = cls.windows(x, **attributes)
        windows.check_held()
        return windows.over(x)

    @classmethod
    def vjp(cls, upstream: Array, out: Array, x: Array, **attributes: Any) -> tuple[Any, ...]:
        windows = cls.windows(x.shape, **attributes)
        gradient = np.zeros_like(x, upstream.dtype)
        is_apart = all(e <= s for e, s in zip(windows.extent, windows.stride, strict=True))
        for tap, is_best in winners(x, out, windows):
            sent, part = selected(upstream[tap.above], is_best), tap.below
            if is_apart:  # an element lies below one window only
                gradient[part] = sent
            else:
                gradient[part] += sent
        return (gradient,)

    @classmethod
    def jvp(cls, tangents: Sequence[Any], out: Any, *inputs: Any, **attributes: Any) -> Any:
        (x,), tangent = inputs, np.asarray(tangents[0])
        windows = cls.windows(x.shape, **attributes)
        moved = np.zeros_like(out, tangent.dtype)
        for tap, is_best in winners(x, out, windows):
            moved[tap.above] += selected(tangent[tap.below], is_best)
        return moved

    @classmethod
    def lower(
        cls,
        torch: Any,
        x: Tensor,
        *,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sides = 0,
        dilation: Sizes = 1,
        ceil_mode: bool = False,
    ) -> Any:
        function = getattr(torch.nn.functional, f"max_pool{cls.rank}d")
        given = as_torch_pools(padding, kernel_size, cls.rank)
        if given is not None:
            return function(x, kernel_size, stride, given, dilation, ceil_mode)
        windows = cls.windows(x.shape, kernel_size, stride, padding, dilation, ceil_mode)
        framed = torch.nn.functional.pad(x, covering(windows), value=-math.inf)
        return function(framed, windows.kernel, windows.stride, 0, windows.dilation)


SIGNAL_SAMPLES = (
    sample((2, 3, 7), kernel_size=2),
    sample((3, 6), kernel_size=3, stride=2, padding=1),
    sample((1, 2, 7), kernel_size=2, stride=3, ceil_mode=True),
    sample((1, 2, 8), kernel_size=3, dilation=2, stride=1, padding=1),
)
IMAGE_SAMPLES = (
    sample((2, 3, 4, 6), kernel_size=2),
    sample((3, 5, 5), kernel_size=3, stride=2),
    sample((1, 2, 5, 6), kernel_size=(3, 2), stride=(2, 1), padding=(1, 0)),
    sample((1, 2, 5, 5), kernel_size=2, ceil_mode=True),
    sample((1, 1, 6, 7), kernel_size=3, stride=2, padding=1, ceil_mode=True),
    sample((2, 1, 7, 6), kernel_size=2, dilation=(3, 2), stride=1, padding=1),
    sample((1, 2, 5, 4), kernel_size=3, stride=2, padding=((0, 1), (2, 1))),
)
VOLUME_SAMPLES = (
    sample((1, 2, 4, 3, 4), kernel_size=2),
    sample((2, 3, 4, 5), kernel_size=(1, 2, 3), stride=(1, 2, 2), padding=(0, 1, 1)),
    sample((1, 1, 3, 3, 5), kernel_size=2, ceil_mode=True),
)


class MaxPool1d(MaxPool):
    """Keeps the largest element below each window of a signal. Going back, it alone gets gradient.

    ``x`` is (N, C, L) or (C, L). Without ``stride`` the windows lie side by side; ``padding`` adds
    places that never win; ``dilation`` spreads the window's elements; ``ceil_mode`` lets a last
    window hang over the end. There is nothing to learn.
    """

    rank = 1
    samples = SIGNAL_SAMPLES


class MaxPool2d(MaxPool):
    """Keeps the largest pixel below each window. Going back, that pixel alone gets gradient.

    ``x`` is (N, C, H, W) or (C, H, W). Without ``stride`` the windows lie side by side; ``padding``
    adds places that never win; ``dilation`` spreads the window's pixels; ``ceil_mode`` lets the
    last windows hang over the edge. There is nothing to learn, and a small shift of the image
    leaves most outputs as they are. An axis of n pixels, its padding counted, becomes
    ⌊(n − dilation · (kernel_size − 1) − 1) / stride⌋ + 1 long, or ⌈…⌉ + 1 in ``ceil_mode``.
    """

    rank = 2
    samples = IMAGE_SAMPLES


class MaxPool3d(MaxPool):
    """Keeps the largest element below each window of a volume. Going back, it alone gets gradient.

    ``x`` is (N, C, D, H, W) or (C, D, H, W); the settings are those of max_pool2d.
    """

    rank = 3
    samples = VOLUME_SAMPLES


def check_padding(padding: Sides, kernel_size: Sizes, rank: int) -> None:
    """Refuse padding that a whole window would fit into."""
    kernel = per_axis(kernel_size, rank, "kernel_size")
    for pair, taps in zip(sides(padding, rank), kernel, strict=True):
        if max(pair) >= taps:
            raise OpError(
                f"padding is {padding} and kernel_size is {kernel_size}: a window must not lie in "
                f"the padding alone, so give padding smaller than the window"
            )


def as_torch_pools(padding: Sides, kernel_size: Sizes, rank: int) -> Any:
    """The padding as torch's pools take it; None where it is not alike on both sides, or wide."""
    kernel = per_axis(kernel_size, rank, "kernel_size")
    pairs = sides(padding, rank)
    is_wide = any(2 * max(pair) > taps for pair, taps in zip(pairs, kernel, strict=True))
    return None if is_wide else symmetric(padding)


def largest(x: Array, windows: Windows) -> Array:
    """The largest element below each window; a NaN is larger than any number."""
    y = np.full_like(x, -np.inf, shape=windows.over(x.shape))
    for tap in windows.taps():
        part = y[tap.above]
        np.maximum(part, x[tap.below], out=part)
    return y


def winners(x: Array, y: Array, windows: Windows) -> Iterator[tuple[Tap, NDArray[np.bool_]]]:
    """For each tap, in which of its windows the element there is the largest, ``y``.

    The first of several; of NaNs the last, since each counts as larger than what was before.
    """
    taken = np.zeros_like(y, bool)
    last = _last_nan(x, windows, y) if np.isnan(y).any() else None
    for tap in windows.taps():
        here = tap.above
        is_best = x[tap.below] == y[here]
        is_best &= ~taken[here]
        taken[here] |= is_best
        if last is not None:
            is_best |= last[here] == numbered(tap.place, windows)
        yield tap, is_best


def numbered(place: tuple[int, ...], windows: Windows) -> int:
    """The number of a tap, in reading order."""
    return int(np.ravel_multi_index(place, windows.kernel))


def selected(values: Array, mask: NDArray[np.bool_]) -> Array:
    """``values`` where the mask is set, else 0; a NaN that is not selected does no harm.

    Multiplying the bits is several times as fast as ``np.where``.
    """
    bits = np.int32 if values.dtype == np.float32 else np.int64
    kept = np.multiply(values.view(bits), mask, dtype=bits)
    return np.asarray(kept.view(values.dtype))


def _last_nan(x: Array, windows: Windows, y: Array) -> Array:
    last = np.full(y.shape, -1)
    for tap in windows.taps():
        last[tap.above][np.isnan(x[tap.below])] = numbered(tap.place, windows)
    return last
