"""How a parameter starts.

Xavier: Glorot & Bengio 2010, uniform in ±√(6 / (fan_in + fan_out)).  Kaiming: He et al. 2015,
uniform in ±√(6 / fan_in) (gain √2, for ReLU).  ``scale`` multiplies both.  Fans are counted as
PyTorch counts them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from graphlab.ops.broadcasting import Shape
from graphlab.ops.contract import Array

if TYPE_CHECKING:  # numpy.random is loaded when something is drawn
    Initialise = Callable[[np.random.Generator, Shape, float], Array]


def fans(shape: Shape) -> tuple[int, int]:
    """Return (fan_in, fan_out): inputs to one output element, outputs fed by one input element.

    A matrix is outputs × inputs, a filter bank outputs × channels × kernel; a vector counts as one
    row and a scalar as 1 × 1.
    """
    if len(shape) < 2:
        return max(math.prod(shape), 1), 1
    kernel = math.prod(shape[2:])
    return max(shape[1] * kernel, 1), max(shape[0] * kernel, 1)


def _uniform(random: np.random.Generator, shape: Shape, bound: float) -> Array:
    return np.asarray(random.uniform(-bound, bound, shape))


def _xavier(random: np.random.Generator, shape: Shape, scale: float) -> Array:
    return _uniform(random, shape, scale * math.sqrt(6 / sum(fans(shape))))


def _kaiming(random: np.random.Generator, shape: Shape, scale: float) -> Array:
    return _uniform(random, shape, scale * math.sqrt(6 / fans(shape)[0]))


INITIALISERS: dict[str, Initialise] = {
    "zeros": lambda random, shape, scale: np.zeros(shape),
    "ones": lambda random, shape, scale: np.ones(shape),
    "constant": lambda random, shape, scale: np.full(shape, scale),
    "uniform": _uniform,
    "normal": lambda random, shape, scale: np.asarray(random.normal(0.0, scale, shape)),
    "xavier": _xavier,
    "kaiming": _kaiming,
}
