"""The part of an array that a card has room for, as a heat map of few rows and columns."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphlab.ops.broadcasting import Shape

_PIXELS = 48  # a heat map on a card has at most so many rows and columns


def plane(value: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """The two-dimensional part of an array that a card has room for."""
    array = np.asarray(value)
    array = array.reshape(1, -1) if array.ndim == 1 else array[(0,) * (array.ndim - 2)]
    rows, columns = (-(-size // _PIXELS) for size in array.shape)
    return np.asarray(array[::rows, ::columns])


def plane_shape(shape: Shape) -> tuple[int, int]:
    """Its rows and columns, from the shape of the array."""
    rows, columns = (1, shape[0]) if len(shape) == 1 else shape[-2:]
    return -(-rows // -(-rows // _PIXELS)), -(-columns // -(-columns // _PIXELS))
