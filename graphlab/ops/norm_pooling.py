"""Lp pooling: each output is the p-norm of the elements below a window."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from graphlab.errors import OpError
from graphlab.ops.attributes import Sides, Sizes, check_size
from graphlab.ops.averaging import added_up, divisors, spread_out
from graphlab.ops.batches import channels_and_size
from graphlab.ops.broadcasting import Shape
from graphlab.ops.contract import Array, Tensor, sample
from graphlab.ops.expression import Latex
from graphlab.ops.lowering import flat_pads
from graphlab.ops.pooling import Windowed, check_padding
from graphlab.ops.windows import Windows, sides


class LpPool(Windowed, abstract=True):
    """The p-norm of the elements below each window, as PyTorch computes it."""

    structure = "convolution"
    symbol = "‖x‖ₚ"
    formula = Latex(r"y_p = \left(\sum_t x_{p + t}^{\mathrm{norm}}\right)^{1/\mathrm{norm}}")
    partials = {"x": Latex(r"\left(\frac{x}{y}\right)^{\mathrm{norm} - 1}")}

    @classmethod
    def forward(
        cls,
        x: Array,
        *,
        norm_type: float = 2.0,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sides = 0,
        ceil_mode: bool = False,
    ) -> Any:
        images, windows = cls._framed(x, kernel_size, stride, padding, ceil_mode)
        total = added_up(images**norm_type, windows) * _scale(windows, x.dtype)
        return total ** (1 / norm_type)

    @classmethod
    def shape(cls, x: Shape, *, norm_type: float = 2.0, **sliding: Any) -> Any:
        channels_and_size(x, cls.rank, cls.name)
        if norm_type <= 0:
            raise OpError(
                f"norm_type is {norm_type:g}, and a norm needs a power above 0: 2 is the Euclidean "
                f"length, 1 the sum"
            )
        padding = sliding.pop("padding", 0)
        check_padding(padding, sliding["kernel_size"], cls.rank)
        pairs = sides(padding, cls.rank)
        framed = tuple(n + sum(pair) for n, pair in zip(x[-cls.rank :], pairs, strict=True))
        check_size((*x[: -cls.rank], *framed), "x with its padding")
        return (*x[: -cls.rank], *cls.windows(framed, **sliding).count)

    @classmethod
    def vjp(
        cls, upstream: Array, out: Array, x: Array, *, norm_type: float = 2.0, **sliding: Any
    ) -> tuple[Any, ...]:
        images, windows = cls._framed(x, **sliding)
        slope = _slope(out, norm_type) * _scale(windows, x.dtype)
        gradient = spread_out(upstream * slope, windows) * images ** (norm_type - 1)
        pairs = sides(sliding.get("padding", 0), cls.rank)
        rows = zip(x.shape[-cls.rank :], pairs, strict=True)
        inside: Any = (..., *(slice(before, before + n) for n, (before, _) in rows))
        return (gradient[inside],)

    @classmethod
    def jvp(
        cls,
        tangents: Sequence[Any],
        out: Any,
        *inputs: Any,
        norm_type: float = 2.0,
        **sliding: Any,
    ) -> Any:
        (x,) = inputs
        images, windows = cls._framed(x, **sliding)
        moved, _ = cls._framed(tangents[0], **sliding)
        total = added_up(images ** (norm_type - 1) * moved, windows) * _scale(windows, x.dtype)
        return total * _slope(out, norm_type)

    @classmethod
    def lower(
        cls,
        torch: Any,
        x: Tensor,
        *,
        norm_type: float = 2.0,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sides = 0,
        ceil_mode: bool = False,
    ) -> Tensor:
        if padding != 0:
            x = torch.nn.functional.pad(x, flat_pads(sides(padding, cls.rank)))
        function = getattr(torch.nn.functional, f"lp_pool{cls.rank}d")
        kernel = kernel_size[0] if cls.rank == 1 and isinstance(kernel_size, tuple) else kernel_size
        return function(x, norm_type, kernel, stride, ceil_mode)

    @classmethod
    def _framed(
        cls,
        x: Array,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sides = 0,
        ceil_mode: bool = False,
    ) -> tuple[Array, Windows]:
        """x with zeros around it, and the windows over that."""
        pairs = sides(padding, cls.rank)
        framed = np.pad(x, ((0, 0),) * (x.ndim - cls.rank) + pairs)
        return framed, cls.windows(framed.shape, kernel_size, stride, ceil_mode=ceil_mode)


class LpPool1d(LpPool):
    """The length of what lies below each window of a signal: the p-th root of the sum of powers.

    ``norm_type`` p 1 adds up, 2 is the Euclidean length, a large p comes near the maximum. A
    negative element keeps its sign under an odd power, and no real root of a negative sum exists:
    that is NaN, as in PyTorch. ``x`` is (N, C, L) or (C, L); ``padding`` puts zeros around. A
    window that hangs over the end in ``ceil_mode`` counts in proportion to what it holds.
    """

    rank = 1
    samples = (
        sample((2, 3, 7), kernel_size=2),
        sample((3, 6), kernel_size=3, stride=2, padding=1),
        sample((1, 2, 7), kernel_size=2, stride=3, ceil_mode=True),
        sample((1, 2, 4), kernel_size=2, norm_type=4.0),
    )


class LpPool2d(LpPool):
    """The length of what lies below each window: the p-th root of the sum of p-th powers.

    ``norm_type`` p 1 adds up, 2 is the Euclidean length, a large p comes near the maximum. A
    negative pixel keeps its sign under an odd power, and no real root of a negative sum exists:
    that is NaN, as in PyTorch. ``x`` is (N, C, H, W) or (C, H, W); ``padding`` puts zeros around. A
    window that hangs over the edge in ``ceil_mode`` counts in proportion to what it holds.
    """

    rank = 2
    samples = (
        sample((2, 3, 4, 6), kernel_size=2),
        sample((3, 5, 5), kernel_size=3, stride=2),
        sample((1, 2, 5, 6), kernel_size=(3, 2), stride=(2, 1), padding=((1, 0), (0, 1))),
        sample((1, 2, 5, 5), kernel_size=2, ceil_mode=True),
        sample((1, 2, 4, 4), kernel_size=2, norm_type=4.0),
        sample((1, 2, 4, 4), kernel_size=2, norm_type=1.0),
    )


class LpPool3d(LpPool):
    """The length of what lies below each window of a volume: the root of the sum of powers.

    ``x`` is (N, C, D, H, W) or (C, D, H, W); the settings are those of lp_pool2d.
    """

    rank = 3
    samples = (
        sample((1, 2, 4, 3, 4), kernel_size=2),
        sample((2, 3, 4, 5), kernel_size=(1, 2, 3), stride=(1, 2, 2)),
    )


def _scale(windows: Windows, dtype: Any) -> Any:
    """A window's places for each that x has: 1 but where the window hangs over."""
    whole = math.prod(windows.kernel)
    return (whole / divisors(windows, True, None)).astype(dtype)


def _slope(y: Array, norm: float) -> Array:
    """∂y/∂(sum of powers) · norm; 0 where nothing is there to be lengthened."""
    safe = np.where(y == 0, 1, y)
    return np.where(y == 0, 0, safe ** (1 - norm)).astype(y.dtype)
