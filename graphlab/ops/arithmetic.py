"""Arithmetic of single elements."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphlab.ops.contract import Array, Elementwise, Tensor, sample
from graphlab.ops.expression import Expression

BROADCAST = (sample((), ()), sample((2, 3), (2, 3)), sample((2, 3), (3,)), sample((2, 1), (1, 3)))


class Add(Elementwise):
    """The sum of two values. Going back, it hands the upstream gradient to both unchanged."""

    category = "Arithmetic"
    symbol = "+"
    formula = Expression("s = x + y")
    partials = {"x": Expression("1"), "y": Expression("1")}
    samples = BROADCAST

    @staticmethod
    def forward(x: Array, y: Array) -> Any:
        return x + y

    @staticmethod
    def local(s: Array, x: Array, y: Array) -> tuple[Any, ...]:
        return 1.0, 1.0

    @staticmethod
    def lower(torch: Any, x: Tensor, y: Tensor) -> Tensor:
        return x + y


class Multiply(Elementwise):
    """The product of two values. Going back, each gets the upstream gradient times the other."""

    category = "Arithmetic"
    symbol = "×"
    formula = Expression("s = x * y")
    partials = {"x": Expression("y"), "y": Expression("x")}
    samples = BROADCAST

    @staticmethod
    def forward(x: Array, y: Array) -> Any:
        return x * y

    @staticmethod
    def local(s: Array, x: Array, y: Array) -> tuple[Any, ...]:
        return y, x

    @staticmethod
    def lower(torch: Any, x: Tensor, y: Tensor) -> Tensor:
        return x * y
