"""Average pooling, and the sums over windows it is made of."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from graphlab.errors import OpError
from graphlab.ops.attributes import Sides, Sizes
from graphlab.ops.batches import channels_and_size
from graphlab.ops.broadcasting import Shape
from graphlab.ops.contract import Array, Tensor, sample
from graphlab.ops.expression import Latex
from graphlab.ops.lowering import flat_pads
from graphlab.ops.pooling import (
    IMAGE_SAMPLES,
    SIGNAL_SAMPLES,
    VOLUME_SAMPLES,
    Windowed,
    as_torch_pools,
)
from graphlab.ops.windows import Windows


class AvgPool(Windowed, abstract=True):
    """The average of the elements below each window."""

    structure = "convolution"
    is_linear = True
    symbol = "avg pool"
    formula = Latex(r"y_p = \frac{1}{n} \sum_t x_{p + t}")
    partials = {"x": Latex(r"\frac{1}{n} \text{ below the window, else } 0")}

    @classmethod
    def forward(
        cls,
        x: Array,
        *,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sides = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
        dilation: Sizes = 1,
    ) -> Any:
        windows = cls.windows(x.shape, kernel_size, stride, padding, dilation, ceil_mode)
        divisor = divisors(windows, count_include_pad, divisor_override)
        return added_up(x, windows) / divisor.astype(x.dtype)

    @classmethod
    def shape(cls, x: Shape, **attributes: Any) -> Any:
        channels_and_size(x, cls.rank, cls.name)
        divisor = attributes.get("divisor_override")
        if divisor is not None and divisor < 1:
            raise OpError(
                f"divisor_override is {divisor}, and every sum is divided by it: give 1 or more, "
                f"or leave it out"
            )
        return (*x[: -cls.rank], *cls.windows(x, **_sliding(attributes)).count)

    @classmethod
    def vjp(cls, upstream: Array, out: Array, x: Array, **attributes: Any) -> tuple[Any, ...]:
        windows = cls.windows(x.shape, **_sliding(attributes))
        include = attributes.get("count_include_pad", True)
        divisor = divisors(windows, include, attributes.get("divisor_override"))
        return (spread_out(upstream / divisor.astype(upstream.dtype), windows),)

    @classmethod
    def lower(
        cls,
        torch: Any,
        x: Tensor,
        *,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sides = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
        dilation: Sizes = 1,
    ) -> Tensor:
        given = as_torch_pools(padding, kernel_size, cls.rank)
        is_plain = given is not None and (dilation == 1 or set(_tuple(dilation)) == {1})
        windows = cls.windows(x.shape, kernel_size, stride, padding, dilation, ceil_mode)
        if cls.rank == 1:  # torch has no divisor there, and volumes must hold a window unpadded
            is_plain = is_plain and divisor_override is None
        elif cls.rank == 3:
            is_plain = is_plain and all(map(operator.ge, windows.size, windows.kernel))
        if is_plain:
            function = getattr(torch.nn.functional, f"avg_pool{cls.rank}d")
            last = () if cls.rank == 1 else (divisor_override,)
            return function(x, kernel_size, stride, given, ceil_mode, count_include_pad, *last)
        divisor = divisors(windows, count_include_pad, divisor_override)
        return _summed(torch, x, windows) / torch.as_tensor(divisor).to(x)


class AvgPool1d(AvgPool):
    """Averages what lies below each window of a signal; going back, all get an equal share.

    ``x`` is (N, C, L) or (C, L). Without ``stride`` the windows lie side by side; ``padding`` puts
    zeros around, which count in the average unless ``count_include_pad`` is False; ``ceil_mode``
    lets a last window hang over the end; ``divisor_override`` replaces n.
    """

    rank = 1
    samples = (
        *SIGNAL_SAMPLES,
        sample((2, 1, 5), kernel_size=3, padding=1, count_include_pad=False),
        sample((2, 1, 5), kernel_size=2, divisor_override=5),
    )


class AvgPool2d(AvgPool):
    """Averages the pixels below each window; going back, all get an equal share of the gradient.

    ``x`` is (N, C, H, W) or (C, H, W). Without ``stride`` the windows lie side by side; ``padding``
    puts zeros around, which count in the average unless ``count_include_pad`` is False;
    ``ceil_mode`` lets the last windows hang over the edge; ``divisor_override`` replaces n.
    """

    rank = 2
    samples = (
        *IMAGE_SAMPLES,
        sample((1, 2, 5, 5), kernel_size=3, stride=2, padding=1, count_include_pad=False),
        sample((1, 2, 5, 6), kernel_size=3, stride=2, padding=1, ceil_mode=True,
               count_include_pad=False),
        sample((1, 1, 4, 4), kernel_size=2, divisor_override=3),
        sample((1, 1, 6, 5), kernel_size=3, stride=2, padding=((2, 0), (0, 1)), ceil_mode=True),
    )  # fmt: skip


class AvgPool3d(AvgPool):
    """Averages what lies below each window of a volume; going back, all get an equal share.

    ``x`` is (N, C, D, H, W) or (C, D, H, W); the settings are those of avg_pool2d.
    """

    rank = 3
    samples = (
        *VOLUME_SAMPLES,
        sample((1, 1, 3, 3, 3), kernel_size=2, padding=1, count_include_pad=False, ceil_mode=True),
        sample((1, 2, 3, 1, 4), kernel_size=(1, 2, 3), padding=(0, 1, 0)),
    )


def added_up(x: Array, windows: Windows) -> Array:
    """The sum of the real elements below each window."""
    y = np.zeros_like(x, shape=windows.over(x.shape))
    for tap in windows.taps():
        y[tap.above] += x[tap.below]
    return y


def spread_out(y: Array, windows: Windows) -> Array:
    """The adjoint of ``added_up``: every window's number at each of its elements, added up."""
    x = np.zeros_like(y, shape=(*y.shape[: -len(windows.size)], *windows.size))
    for tap in windows.taps():
        x[tap.below] += y[tap.above]
    return x


def divisors(windows: Windows, include_pad: bool, override: int | None) -> Any:
    """What each window's sum is divided by: the places it has within x, or x and its padding."""
    if override is not None:
        return np.full(windows.count, float(override))
    lengths = []
    for axis, (before, after) in enumerate(windows.pads):
        low, high = (-before, after) if include_pad else (0, 0)
        firsts = np.arange(windows.count[axis]) * windows.stride[axis] - before
        taps = firsts[:, None] + np.arange(windows.kernel[axis]) * windows.dilation[axis]
        lengths.append(((taps >= low) & (taps < windows.size[axis] + high)).sum(axis=1))
    return np.maximum(math.prod(np.ix_(*lengths)), 1).astype(float)


def _sliding(attributes: dict[str, Any]) -> dict[str, Any]:
    """The attributes that say where windows lie."""
    apart = ("count_include_pad", "divisor_override")
    return {name: value for name, value in attributes.items() if name not in apart}


def _tuple(value: Sizes) -> tuple[int, ...]:
    return (value,) if isinstance(value, int) else value


def _summed(torch: Any, x: Tensor, windows: Windows) -> Tensor:
    """``added_up`` by torch: a convolution with ones, each channel by itself."""
    functional, rank = torch.nn.functional, len(windows.kernel)
    framed = functional.pad(x, flat_pads(windows.reach))
    channels = x.shape[-rank - 1]
    ones = torch.ones((channels, 1, *windows.kernel)).to(x)
    function = getattr(functional, f"conv{rank}d")
    return function(framed, ones, None, windows.stride, 0, windows.dilation, channels)
