"""Elementary functions of single elements, and the bounds min, max and clip."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from graphlab.ops.arithmetic import BROADCAST, ONE, POSITIVE
from graphlab.ops.contract import Array, Tensor, sample
from graphlab.ops.expression import Expression
from graphlab.ops.families import Elementwise


class Exp(Elementwise):
    """The exponential of a value: its own derivative, so its output is its partial."""

    category = "Arithmetic"
    symbol = "eˣ"
    other_names = ("exponential",)
    formula = Expression("s = exp(x)")
    partials = {"x": Expression("s")}
    exact_as_written = True
    samples = ONE

    @staticmethod
    def forward(x: Array) -> Any:
        return np.exp(x)

    @staticmethod
    def local(s: Array, x: Array) -> tuple[Any, ...]:
        return (s,)

    @staticmethod
    def lower(torch: Any, x: Tensor) -> Tensor:
        return torch.exp(x)


class Log(Elementwise):
    """The natural logarithm of a positive value. Going back, it divides by the value."""

    category = "Arithmetic"
    symbol = "ln"
    other_names = ("natural logarithm",)
    formula = Expression("s = log(x)")
    partials = {"x": Expression("1 / x")}
    exact_as_written = True
    samples = ONE
    domains = {"x": POSITIVE}

    @staticmethod
    def forward(x: Array) -> Any:
        return np.log(x)

    @staticmethod
    def local(s: Array, x: Array) -> tuple[Any, ...]:
        return (np.divide(1.0, x),)

    @staticmethod
    def lower(torch: Any, x: Tensor) -> Tensor:
        return torch.log(x)


class Sin(Elementwise):
    """The sine of an angle in radians. Going back, it multiplies by the cosine."""

    category = "Arithmetic"
    symbol = "sin"
    other_names = ("sine",)
    formula = Expression("s = sin(x)")
    partials = {"x": Expression("cos(x)")}
    exact_as_written = True
    samples = ONE

    @staticmethod
    def forward(x: Array) -> Any:
        return np.sin(x)

    @staticmethod
    def local(s: Array, x: Array) -> tuple[Any, ...]:
        return (np.cos(x),)

    @staticmethod
    def lower(torch: Any, x: Tensor) -> Tensor:
        return torch.sin(x)


class Cos(Elementwise):
    """The cosine of an angle in radians. Going back, it multiplies by minus the sine."""

    category = "Arithmetic"
    symbol = "cos"
    other_names = ("cosine",)
    formula = Expression("s = cos(x)")
    partials = {"x": Expression("-sin(x)")}
    exact_as_written = True
    samples = ONE

    @staticmethod
    def forward(x: Array) -> Any:
        return np.cos(x)

    @staticmethod
    def local(s: Array, x: Array) -> tuple[Any, ...]:
        return (-np.sin(x),)

    @staticmethod
    def lower(torch: Any, x: Tensor) -> Tensor:
        return torch.cos(x)


class Abs(Elementwise):
    """The distance from 0. Going back, it gives the upstream gradient the sign of the value."""

    category = "Arithmetic"
    symbol = "|x|"
    other_names = ("absolute value", "magnitude")
    formula = Expression("s = abs(x)")
    partials = {"x": Expression("sign(x)")}
    exact_as_written = True
    samples = ONE
    convention = "At 0, where the slope jumps from −1 to 1, the partial is 0, as in PyTorch."

    @staticmethod
    def forward(x: Array) -> Any:
        return np.abs(x)

    @staticmethod
    def local(s: Array, x: Array) -> tuple[Any, ...]:
        return (np.sign(x),)

    @staticmethod
    def lower(torch: Any, x: Tensor) -> Tensor:
        return torch.abs(x)


class Minimum(Elementwise):
    """The smaller of two values. Going back, the upstream gradient goes to the smaller one only."""

    category = "Arithmetic"
    symbol = "min"
    other_names = ("smaller of two", "elementwise minimum")
    formula = Expression("s = min(x, y)")
    partials = {
        "x": Expression("1 if x < y else 0.5 if x == y else 0"),
        "y": Expression("1 if y < x else 0.5 if x == y else 0"),
    }
    samples = BROADCAST
    convention = "Where both are equal each has the partial 1/2, as in PyTorch."

    @staticmethod
    def forward(x: Array, y: Array) -> Any:
        return np.minimum(x, y)

    @staticmethod
    def local(s: Array, x: Array, y: Array) -> tuple[Any, ...]:
        return exceeds(y, x), exceeds(x, y)

    @staticmethod
    def lower(torch: Any, x: Tensor, y: Tensor) -> Tensor:
        return torch.minimum(x, y)


class Maximum(Elementwise):
    """The larger of two values. Going back, the upstream gradient goes to the larger one only."""

    category = "Arithmetic"
    symbol = "max"
    other_names = ("larger of two", "elementwise maximum")
    formula = Expression("s = max(x, y)")
    partials = {
        "x": Expression("1 if x > y else 0.5 if x == y else 0"),
        "y": Expression("1 if y > x else 0.5 if x == y else 0"),
    }
    samples = BROADCAST
    convention = "Where both are equal each has the partial 1/2, as in PyTorch."

    @staticmethod
    def forward(x: Array, y: Array) -> Any:
        return np.maximum(x, y)

    @staticmethod
    def local(s: Array, x: Array, y: Array) -> tuple[Any, ...]:
        return exceeds(x, y), exceeds(y, x)

    @staticmethod
    def lower(torch: Any, x: Tensor, y: Tensor) -> Tensor:
        return torch.maximum(x, y)


class Clip(Elementwise):
    """The value held between ``low`` and ``high``; a bound left out holds nothing.

    Going back, the upstream gradient passes where the value was kept and stops where it was cut.
    """

    category = "Arithmetic"
    other_names = ("clamp", "limit")
    formula = Expression("s = min(max(x, low), high)")
    partials = {"x": Expression("1 if low <= x <= high else 0")}
    samples = (sample((), low=-1.0), sample((2, 3), low=-1.0, high=0.5), sample((4,), high=0.0))
    convention = "Exactly on a bound the partial is 1, as in PyTorch."

    @staticmethod
    def forward(x: Array, *, low: float = -math.inf, high: float = math.inf) -> Any:
        return np.minimum(np.maximum(x, low), high)

    @staticmethod
    def local(
        s: Array, x: Array, *, low: float = -math.inf, high: float = math.inf
    ) -> tuple[Any, ...]:
        kept = np.greater_equal(x, low) & np.less_equal(x, high)
        return (kept.astype(np.result_type(x)),)

    @staticmethod
    def lower(torch: Any, x: Tensor, *, low: float = -math.inf, high: float = math.inf) -> Tensor:
        return torch.clamp(x, low, high)


def exceeds(x: Array, y: Array) -> Array:
    """1 where x > y, 1/2 where they are equal, else 0, in the precision of x and y."""
    dtype = np.result_type(x, y)
    return np.greater(x, y).astype(dtype) + 0.5 * np.equal(x, y).astype(dtype)
