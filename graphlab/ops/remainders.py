"""Functions of two elements beside the four operations: remainders, and the angle of a point."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphlab.ops.arithmetic import BROADCAST, POSITIVE
from graphlab.ops.contract import Array, Tensor
from graphlab.ops.expression import Expression
from graphlab.ops.families import Elementwise


class Mod(Elementwise):
    """What is left of x after taking y off as often as possible, with the sign of y.

    It is Python's ``%`` and torch.remainder: −1 mod 3 is 2.
    """

    category = "Arithmetic"
    symbol = "mod"
    other_names = ("remainder", "modulo")
    formula = Expression("s = x - y * floor(x / y)")
    partials = {"x": Expression("1"), "y": Expression("-floor(x / y)")}
    samples = BROADCAST
    domains = {"y": POSITIVE}

    @staticmethod
    def forward(x: Array, y: Array) -> Any:
        return np.mod(x, y)

    @staticmethod
    def local(s: Array, x: Array, y: Array) -> tuple[Any, ...]:
        return 1.0, -np.floor_divide(x, y)

    @staticmethod
    def lower(torch: Any, x: Tensor, y: Tensor) -> Tensor:
        return torch.remainder(x, y)


class Fmod(Elementwise):
    """What is left of x after taking y off towards 0 as often as possible, with the sign of x.

    It is C's ``fmod``: −1 and 3 give −1.
    """

    category = "Arithmetic"
    formula = Expression("s = x - y * trunc(x / y)")
    partials = {"x": Expression("1"), "y": Expression("-trunc(x / y)")}
    samples = BROADCAST
    domains = {"y": POSITIVE}

    @staticmethod
    def forward(x: Array, y: Array) -> Any:
        return np.fmod(x, y)

    @staticmethod
    def local(s: Array, x: Array, y: Array) -> tuple[Any, ...]:
        return 1.0, -np.trunc(np.divide(x, y))

    @staticmethod
    def lower(torch: Any, x: Tensor, y: Tensor) -> Tensor:
        return torch.fmod(x, y)


class Atan2(Elementwise):
    """The angle of the point (x, y) as seen from the origin, between −π and π.

    As everywhere, y comes first.
    """

    category = "Arithmetic"
    formula = Expression("s = atan2(y, x)")
    partials = {
        "y": Expression("x / (x ** 2 + y ** 2)"),
        "x": Expression("-(y / (x ** 2 + y ** 2))"),
    }
    samples = BROADCAST
    convention = "At the origin, which has no angle, both partials are 0, as in PyTorch."

    @staticmethod
    def forward(y: Array, x: Array) -> Any:
        return np.arctan2(y, x)

    @staticmethod
    def local(s: Array, y: Array, x: Array) -> tuple[Any, ...]:
        square = x * x + y * y
        inverse = np.divide(1.0, np.where(np.equal(square, 0), 1.0, square))
        inverse = inverse * np.not_equal(square, 0)
        dtype = np.result_type(x, y)
        return (x * inverse).astype(dtype), (-y * inverse).astype(dtype)

    @staticmethod
    def lower(torch: Any, y: Tensor, x: Tensor) -> Tensor:
        return torch.atan2(y, x)
