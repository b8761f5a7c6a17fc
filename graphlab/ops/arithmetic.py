"""Arithmetic of single elements: the four operations, powers and roots."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphlab.ops.contract import Array, Domain, Tensor, sample
from graphlab.ops.expression import Expression
from graphlab.ops.families import Elementwise

ONE = (sample(()), sample((2, 3)))
BROADCAST = (sample((), ()), sample((2, 3), (2, 3)), sample((2, 3), (3,)), sample((2, 1), (1, 3)))
POSITIVE = Domain(0.3, 3.0)


class Add(Elementwise):
    """The sum of two values. Going back, it hands the upstream gradient to both unchanged."""

    category = "Arithmetic"
    symbol = "+"
    other_names = ("plus", "addition")
    formula = Expression("s = x + y")
    partials = {"x": Expression("1"), "y": Expression("1")}
    exact_as_written = True
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


class Subtract(Elementwise):
    """The difference of two values. Going back, the second gets the upstream gradient negated."""

    category = "Arithmetic"
    symbol = "−"
    other_names = ("minus", "subtraction")
    formula = Expression("s = x - y")
    partials = {"x": Expression("1"), "y": Expression("-1")}
    exact_as_written = True
    samples = BROADCAST

    @staticmethod
    def forward(x: Array, y: Array) -> Any:
        return x - y

    @staticmethod
    def local(s: Array, x: Array, y: Array) -> tuple[Any, ...]:
        return 1.0, -1.0

    @staticmethod
    def lower(torch: Any, x: Tensor, y: Tensor) -> Tensor:
        return x - y


class Multiply(Elementwise):
    """The product of two values. Going back, each gets the upstream gradient times the other."""

    category = "Arithmetic"
    symbol = "×"
    other_names = ("times", "multiplication", "Hadamard product", "elementwise product")
    formula = Expression("s = x * y")
    partials = {"x": Expression("y"), "y": Expression("x")}
    exact_as_written = True
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


class Divide(Elementwise):
    """The quotient of two values. Going back, a small divisor makes both gradients large."""

    category = "Arithmetic"
    symbol = "÷"
    other_names = ("division", "quotient")
    formula = Expression("s = x / y")
    partials = {"x": Expression("1 / y"), "y": Expression("-(x / y ** 2)")}
    exact_as_written = True
    samples = BROADCAST
    domains = {"y": POSITIVE}

    @staticmethod
    def forward(x: Array, y: Array) -> Any:
        return np.divide(x, y)

    @staticmethod
    def local(s: Array, x: Array, y: Array) -> tuple[Any, ...]:
        return np.divide(1.0, y), np.divide(-s, y)

    @staticmethod
    def lower(torch: Any, x: Tensor, y: Tensor) -> Tensor:
        return x / y


class Negate(Elementwise):
    """The value with its sign turned. Going back, so is the upstream gradient's."""

    category = "Arithmetic"
    symbol = "−x"
    other_names = ("opposite", "change the sign")
    formula = Expression("s = -x")
    partials = {"x": Expression("-1")}
    exact_as_written = True
    samples = ONE

    @staticmethod
    def forward(x: Array) -> Any:
        return np.negative(x)

    @staticmethod
    def local(s: Array, x: Array) -> tuple[Any, ...]:
        return (-1.0,)

    @staticmethod
    def lower(torch: Any, x: Tensor) -> Tensor:
        return -x


class Power(Elementwise):
    """One value raised to another. Going back, the base gets the power rule, the exponent ln x.

    A negative base has real powers for whole exponents only, so there is no gradient for the
    exponent then: it is shown as "not a number".
    """

    category = "Arithmetic"
    symbol = "xʸ"
    other_names = ("exponent", "raise to")
    formula = Expression("s = x ** y")
    partials = {"x": Expression("y * x ** (y - 1)"), "y": Expression("s * log(x)")}
    exact_as_written = True
    samples = BROADCAST
    domains = {"x": POSITIVE}
    convention = (
        "As in PyTorch, the partial for x is 0 wherever y is 0, and the partial for y is 0 where "
        "x is 0 and y is not negative."
    )

    @staticmethod
    def forward(x: Array, y: Array) -> Any:
        return np.power(x, y)

    @staticmethod
    def local(s: Array, x: Array, y: Array) -> tuple[Any, ...]:
        base = np.where(np.equal(y, 0), np.ones_like(x), x)
        has_log = np.greater(x, 0) | (np.equal(x, 0) & np.less(y, 0))
        log = np.log(np.where(has_log, x, np.ones_like(x)))
        return y * np.power(base, y - 1), np.where(np.less(x, 0), np.nan, s * log)

    @staticmethod
    def lower(torch: Any, x: Tensor, y: Tensor) -> Tensor:
        return torch.pow(x, y)


class Square(Elementwise):
    """The value times itself. Going back, the upstream gradient is scaled by twice the value."""

    category = "Arithmetic"
    symbol = "x²"
    formula = Expression("s = x ** 2")
    partials = {"x": Expression("2 * x")}
    exact_as_written = True
    samples = ONE

    @staticmethod
    def forward(x: Array) -> Any:
        return x * x

    @staticmethod
    def local(s: Array, x: Array) -> tuple[Any, ...]:
        return (2.0 * x,)

    @staticmethod
    def lower(torch: Any, x: Tensor) -> Tensor:
        return torch.square(x)


class Sqrt(Elementwise):
    """The square root of a value that is not negative. Its slope grows without bound towards 0."""

    category = "Arithmetic"
    symbol = "√"
    other_names = ("square root",)
    formula = Expression("s = sqrt(x)")
    partials = {"x": Expression("1 / (2 * s)")}
    exact_as_written = True
    samples = ONE
    domains = {"x": POSITIVE}
    convention = "At 0 the partial is infinite, as in PyTorch."

    @staticmethod
    def forward(x: Array) -> Any:
        return np.sqrt(x)

    @staticmethod
    def local(s: Array, x: Array) -> tuple[Any, ...]:
        return (np.divide(0.5, s),)

    @staticmethod
    def lower(torch: Any, x: Tensor) -> Tensor:
        return torch.sqrt(x)


class Reciprocal(Elementwise):
    """One over the value. Going back, the upstream gradient is scaled by minus its square."""

    category = "Arithmetic"
    symbol = "1/x"
    other_names = ("one over", "inverse")
    formula = Expression("s = 1 / x")
    partials = {"x": Expression("-(1 / x ** 2)")}
    exact_as_written = True
    samples = ONE
    domains = {"x": POSITIVE}

    @staticmethod
    def forward(x: Array) -> Any:
        return np.divide(1.0, x)

    @staticmethod
    def local(s: Array, x: Array) -> tuple[Any, ...]:
        return (-s * s,)

    @staticmethod
    def lower(torch: Any, x: Tensor) -> Tensor:
        return torch.reciprocal(x)
