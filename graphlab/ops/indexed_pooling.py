"""Max pooling that also tells where the largest stood.

An index counts the elements of one channel of one example in reading order, as in torch, so a
larger image has other indices.  Like all arrays here, indices are floats.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from graphlab.ops.attributes import Sides, Sizes
from graphlab.ops.broadcasting import Shape
from graphlab.ops.contract import Array, Tensor
from graphlab.ops.expression import Latex
from graphlab.ops.lowering import covering
from graphlab.ops.pooling import (
    IMAGE_SAMPLES,
    SIGNAL_SAMPLES,
    VOLUME_SAMPLES,
    MaxPool,
    as_torch_pools,
    largest,
    winners,
)


class MaxPoolWithIndices(MaxPool, abstract=True):
    """The largest element below each window, and its index."""

    outputs = ("out", "indices")
    formula = Latex(r"\left(y_p, i_p\right) = \left(\max_t x_{p + t}, \mathrm{where}\right)")

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
        y = largest(x, windows)
        places = np.arange(math.prod(windows.size)).reshape(windows.size)
        indices = np.zeros_like(y, np.int64)
        for tap, is_best in winners(x, y, windows):
            indices[tap.above] += is_best * places[tap.elements]
        return y, indices.astype(x.dtype)

    @classmethod
    def shape(cls, x: Shape, **attributes: Any) -> Any:
        pooled = super().shape(x, **attributes)
        return pooled, pooled

    @classmethod
    def vjp(cls, upstream: Any, out: Any, x: Array, **attributes: Any) -> tuple[Any, ...]:
        above = np.zeros_like(out[0]) if upstream[0] is None else upstream[0]
        return super().vjp(above, out[0], x, **attributes)

    @classmethod
    def jvp(cls, tangents: Sequence[Any], out: Any, *inputs: Any, **attributes: Any) -> Any:
        moved = super().jvp(tangents, out[0], *inputs, **attributes)
        return moved, np.zeros_like(out[1])

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
        function = getattr(torch.nn.functional, f"max_pool{cls.rank}d_with_indices")
        given = as_torch_pools(padding, kernel_size, cls.rank)
        if given is not None:
            y, indices = function(x, kernel_size, stride, given, dilation, ceil_mode)
            return y, indices.to(y.dtype)
        windows = cls.windows(x.shape, kernel_size, stride, padding, dilation, ceil_mode)
        framed = torch.nn.functional.pad(x, covering(windows), value=-math.inf)
        y, found = function(framed, windows.kernel, windows.stride, 0, windows.dilation)
        indices, step = 0, 1
        for axis in reversed(range(cls.rank)):  # from places in the framed x to places in x
            (before, after), size = windows.reach[axis], windows.size[axis]
            length = size + before + after
            indices = indices + (found % length - before) * step
            found, step = found // length, step * size
        return y, indices.to(y.dtype)


class MaxPool1dWithIndices(MaxPoolWithIndices):
    """Keeps the largest element below each window of a signal, and its index, for unpooling.

    ``out`` is what max_pool1d gives; ``indices`` says where in the channel it stood, counted from
    0, and gets no gradient. The settings are those of max_pool1d.
    """

    rank = 1
    samples = SIGNAL_SAMPLES


class MaxPool2dWithIndices(MaxPoolWithIndices):
    """Keeps the largest pixel below each window, and its index, for unpooling.

    ``out`` is what max_pool2d gives; ``indices`` says where in the channel it stood, counted row by
    row from 0, and gets no gradient. The settings are those of max_pool2d.
    """

    rank = 2
    samples = IMAGE_SAMPLES


class MaxPool3dWithIndices(MaxPoolWithIndices):
    """Keeps the largest element below each window of a volume, and its index, for unpooling.

    ``out`` is what max_pool3d gives; ``indices`` says where in the channel it stood, counted in
    reading order from 0, and gets no gradient. The settings are those of max_pool2d.
    """

    rank = 3
    samples = VOLUME_SAMPLES
