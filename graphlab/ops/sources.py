"""Where values enter a graph: inputs, targets, constants, parameters and buffers."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np

from graphlab.errors import OpError
from graphlab.ops.attributes import OpenShape, Value
from graphlab.ops.broadcasting import Shape
from graphlab.ops.contract import Array
from graphlab.ops.expression import Expression
from graphlab.ops.families import Source
from graphlab.ops.initialisers import INITIALISERS

Initialiser = Literal["zeros", "ones", "constant", "uniform", "normal", "xavier", "kaiming"]

LARGEST_SPREAD = 1e100  # beyond it, what is drawn and multiplied soon overflows


class Input(Source):
    """A value given from outside: a number, an image, a batch.

    ``value`` is what the input holds until something else is fed; ``shape`` says which shapes it
    accepts, with None for an axis of any length.
    """

    formula = Expression("x")
    symbol = "x"
    other_names = ("data", "placeholder")

    @staticmethod
    def forward(*, shape: OpenShape | None = None, value: Value | None = None) -> Any:
        return value


class Target(Source):
    """What the network should answer: an input that the loss compares with."""

    formula = Expression("t")
    symbol = "t"
    other_names = ("label", "desired output")

    @staticmethod
    def forward(*, shape: OpenShape | None = None, value: Value | None = None) -> Any:
        return value


class Constant(Source):
    """A number or an array that nothing changes."""

    formula = Expression("c")
    symbol = "c"
    other_names = ("number", "literal")

    @staticmethod
    def forward(*, value: Value) -> Any:
        return value


class Parameter(Source):
    """A learned array: training changes it, and its gradient says how.

    Axes of ``shape`` that are None, or a shape left out, follow from what arrives at the node the
    parameter feeds; where an elementwise op would take any shape, one left out is a single number.
    It starts from ``value`` where that is given, and otherwise from ``init``: zeros, ones, constant
    (all ``scale``), uniform in ±``scale``, normal with standard deviation ``scale``, xavier or
    kaiming (uniform, from the numbers of inputs and outputs; a matrix is outputs × inputs, a vector
    is taken as one row).  ``seed`` fixes the draw whatever the run's seed is.
    """

    formula = Expression("w")
    symbol = "w"
    other_names = ("weight", "learned array", "trainable")
    starts = True
    initialisers: ClassVar = INITIALISERS

    @staticmethod
    def forward(
        *,
        shape: OpenShape | None = None,
        value: Value | None = None,
        init: Initialiser = "xavier",
        scale: float = 1.0,
        seed: int | None = None,
    ) -> Any:
        return value

    @classmethod
    def initial(
        cls,
        random: np.random.Generator,
        shape: Shape,
        *,
        init: Initialiser = "xavier",
        scale: float = 1.0,
        seed: int | None = None,
        **rest: Any,
    ) -> Array:
        """Draw a starting array of ``shape``; ``random`` is used unless ``seed`` is set.

        Raises ``OpError`` for a negative seed, and for a spread that is negative or far too large.
        """
        if init not in ("zeros", "ones", "constant") and not 0 <= scale <= LARGEST_SPREAD:
            raise OpError(
                f"scale is {scale:g}, and init {init} takes a spread between 0 and "
                f"{LARGEST_SPREAD:g}; choose one of these"
            )
        if seed is not None and seed < 0:
            raise OpError(f"seed is {seed}, and must not be negative; choose 0 or more")
        generator = random if seed is None else np.random.default_rng(seed)
        return INITIALISERS[init](generator, shape, scale)


class Buffer(Source):
    """A kept array that no gradient changes, such as the running mean of a normalisation.

    Training may change it as the op it feeds says.  Axes of ``shape`` that are None, or a shape
    left out, follow from what arrives at that op, as a parameter's do.  It starts from ``value``
    where that is given, and otherwise as zeros or ones.
    """

    formula = Expression("k")
    symbol = "k"
    starts = True

    @staticmethod
    def forward(
        *,
        shape: OpenShape | None = None,
        value: Value | None = None,
        init: Literal["zeros", "ones"] = "zeros",
    ) -> Any:
        return value

    @staticmethod
    def initial(
        random: np.random.Generator,
        shape: Shape,
        *,
        init: Literal["zeros", "ones"] = "zeros",
        **rest: Any,
    ) -> Array:
        """An array of ``shape`` to start from; nothing is drawn."""
        return INITIALISERS[init](random, shape, 1.0)
