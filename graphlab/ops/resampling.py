"""Along one axis, which inputs an output is made of: a sparse matrix, row by row.

Upsampling is separable, so an image is resized by one such matrix an axis, and its gradient by
their transposes.  Positions and weights are those of PyTorch's kernels (UpSample.h), so that both
agree to rounding.
"""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from graphlab.ops.contract import Array

Mode = Literal["nearest", "nearest-exact", "linear", "bilinear", "trilinear", "bicubic"]

_SHARPNESS = -0.75  # of the cubic kernel (Keys 1981), PyTorch's and OpenCV's value


class Taps(Struct, frozen=True):
    """Per output position the inputs it takes, and by which weights; both are (taps, outputs)."""

    sources: NDArray[np.intp]
    weights: NDArray[np.float64]
    inputs: int

    @property
    def copies(self) -> bool:
        """Whether each output is a copy of one input."""
        return len(self.sources) == 1

    def apply(self, x: Array, axis: int) -> Array:
        """The matrix times ``x`` along an axis."""
        if self.copies:
            return np.asarray(np.take(x, self.sources[0], axis))
        total: Any = 0
        for source, weight in zip(self.sources, self._beside(x, axis), strict=True):
            total = total + np.take(x, source, axis) * weight
        return np.asarray(total)

    def transpose(self, upstream: Array, axis: int) -> Array:
        """The transposed matrix times ``upstream`` along an axis."""
        shape = list(upstream.shape)
        shape[axis] = self.inputs
        total = np.zeros(shape, upstream.dtype)
        for source, weight in zip(self.sources, self._beside(upstream, axis), strict=True):
            # The sources never decrease, so those of one input lie side by side.
            reached, starts = np.unique(source, return_index=True)
            sums = np.add.reduceat(upstream * weight, starts, axis)
            total[(slice(None),) * axis + (reached,)] += sums
        return total

    def _beside(self, x: Array, axis: int) -> list[Array]:
        """Each tap's weights, lying along the axis."""
        shape = (-1, *(1 for _ in x.shape[axis + 1 :]))
        return [w.reshape(shape).astype(x.dtype) for w in self.weights]


def taps(mode: Mode, inputs: int, outputs: int, scale: float | None, corners: bool) -> Taps:
    """The matrix of one axis; ``scale`` where it was asked for by factor and not by length."""
    if mode in ("nearest", "nearest-exact"):
        source = _nearest(inputs, outputs, scale, 0.5 if mode == "nearest-exact" else 0.0)
        return Taps(source[None], np.ones((1, outputs)), inputs)
    if mode != "bicubic" and inputs == outputs:
        return Taps(np.arange(inputs)[None], np.ones((1, outputs)), inputs)
    places = _places(inputs, outputs, scale, corners)
    if mode == "bicubic":
        first = np.floor(places)
        weights = np.array([_cubic(places - (first + k)) for k in (-1, 0, 1, 2)])
        around = first + np.arange(-1, 3)[:, None]
    else:
        places = np.maximum(places, 0)
        first = np.minimum(np.floor(places), inputs - 1)
        share = np.minimum(places - first, 1)
        weights = np.array([1 - share, share])
        around = np.array([first, first + 1])
    return Taps(np.clip(around, 0, inputs - 1).astype(np.intp), weights, inputs)


def _nearest(inputs: int, outputs: int, scale: float | None, offset: float) -> NDArray[np.intp]:
    """Rounded to single precision before it is rounded down, whatever the numbers' own is."""
    step = inputs / outputs if scale is None else 1 / scale
    places = np.floor(((np.arange(outputs) + offset) * step).astype(np.float32))
    return np.asarray(np.minimum(places.astype(np.intp), inputs - 1))


def _places(inputs: int, outputs: int, scale: float | None, corners: bool) -> NDArray[np.float64]:
    """Where each output lies among the inputs, which may be before the first or after the last."""
    at = np.arange(outputs, dtype=np.float64)
    if corners:
        return at * ((inputs - 1) / (outputs - 1)) if outputs > 1 else 0 * at
    step = inputs / outputs if scale is None else 1 / scale
    return (at + 0.5) * step - 0.5


def _cubic(distance: NDArray[np.float64]) -> NDArray[np.float64]:
    """The weight of an input at this distance, at most 2 either way."""
    d, a = np.abs(distance), _SHARPNESS
    close = ((a + 2) * d - (a + 3)) * d * d + 1
    return np.where(d <= 1, close, ((a * d - 5 * a) * d + 8 * a) * d - 4 * a)


def resized(length: int, scale: float) -> int:
    """The length that a factor makes of another."""
    return math.floor(length * scale)
