"""Functions of one element that NumPy and PyTorch have by name: angles, logarithms, rounding."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from graphlab.ops.arithmetic import ONE, POSITIVE
from graphlab.ops.contract import Array, Domain, Tensor
from graphlab.ops.expression import Expression
from graphlab.ops.families import Elementwise

INSIDE = Domain(-0.95, 0.95)


class NamedFunction(Elementwise, abstract=True):
    """``function`` is NumPy's, ``asked`` the name of torch's, ``slope`` the partial."""

    category = "Arithmetic"
    samples = ONE
    function: ClassVar[Callable[..., Any]]
    asked: ClassVar[str]
    slope: ClassVar[Callable[..., Any]]

    @classmethod
    def forward(cls, x: Array) -> Any:
        return cls.function(x)

    @classmethod
    def local(cls, s: Array, x: Array) -> tuple[Any, ...]:
        return (cls.slope(s, x),)

    @classmethod
    def lower(cls, torch: Any, x: Tensor) -> Tensor:
        return getattr(torch, cls.asked)(x)


class Tan(NamedFunction):
    """The tangent of an angle in radians, sine over cosine."""

    symbol = "tan"
    formula = Expression("s = tan(x)")
    partials = {"x": Expression("1 + s ** 2")}
    exact_as_written = True
    domains = {"x": Domain(-1.2, 1.2)}
    function, asked = np.tan, "tan"

    @staticmethod
    def slope(s: Array, x: Array) -> Any:
        return 1 + s * s


class Asin(NamedFunction):
    """The angle between −π/2 and π/2 whose sine is x, which must lie from −1 to 1."""

    symbol = "arcsin"
    formula = Expression("s = asin(x)")
    partials = {"x": Expression("1 / sqrt(1 - x ** 2)")}
    exact_as_written = True
    domains = {"x": INSIDE}
    function, asked = np.arcsin, "asin"

    @staticmethod
    def slope(s: Array, x: Array) -> Any:
        return np.divide(1.0, np.sqrt(1 - x * x))


class Acos(NamedFunction):
    """The angle between 0 and π whose cosine is x, which must lie from −1 to 1."""

    symbol = "arccos"
    formula = Expression("s = acos(x)")
    partials = {"x": Expression("-(1 / sqrt(1 - x ** 2))")}
    exact_as_written = True
    domains = {"x": INSIDE}
    function, asked = np.arccos, "acos"

    @staticmethod
    def slope(s: Array, x: Array) -> Any:
        return np.divide(-1.0, np.sqrt(1 - x * x))


class Atan(NamedFunction):
    """The angle between −π/2 and π/2 whose tangent is x: it squashes, as the tanh does."""

    symbol = "arctan"
    formula = Expression("s = atan(x)")
    partials = {"x": Expression("1 / (1 + x ** 2)")}
    exact_as_written = True
    function, asked = np.arctan, "atan"

    @staticmethod
    def slope(s: Array, x: Array) -> Any:
        return 1 / (1 + x * x)


class Sinh(NamedFunction):
    """The hyperbolic sine, (eˣ − e⁻ˣ) / 2."""

    symbol = "sinh"
    formula = Expression("s = sinh(x)")
    partials = {"x": Expression("cosh(x)")}
    exact_as_written = True
    function, asked = np.sinh, "sinh"

    @staticmethod
    def slope(s: Array, x: Array) -> Any:
        return np.cosh(x)


class Cosh(NamedFunction):
    """The hyperbolic cosine, (eˣ + e⁻ˣ) / 2: the curve of a hanging chain."""

    symbol = "cosh"
    formula = Expression("s = cosh(x)")
    partials = {"x": Expression("sinh(x)")}
    exact_as_written = True
    function, asked = np.cosh, "cosh"

    @staticmethod
    def slope(s: Array, x: Array) -> Any:
        return np.sinh(x)


class Asinh(NamedFunction):
    """The number whose hyperbolic sine is x: a logarithm that takes both signs."""

    symbol = "arsinh"
    formula = Expression("s = asinh(x)")
    partials = {"x": Expression("1 / sqrt(x ** 2 + 1)")}
    exact_as_written = True
    function, asked = np.arcsinh, "asinh"

    @staticmethod
    def slope(s: Array, x: Array) -> Any:
        return 1 / np.sqrt(x * x + 1)


class Acosh(NamedFunction):
    """The number from 0 on whose hyperbolic cosine is x, which must be at least 1."""

    symbol = "arcosh"
    formula = Expression("s = acosh(x)")
    partials = {"x": Expression("1 / sqrt(x ** 2 - 1)")}
    exact_as_written = True
    domains = {"x": Domain(1.1, 3.0)}
    function, asked = np.arccosh, "acosh"

    @staticmethod
    def slope(s: Array, x: Array) -> Any:
        return np.divide(1.0, np.sqrt(x * x - 1))


class Atanh(NamedFunction):
    """The number whose hyperbolic tangent is x, which must lie between −1 and 1."""

    symbol = "artanh"
    formula = Expression("s = atanh(x)")
    partials = {"x": Expression("1 / (1 - x ** 2)")}
    exact_as_written = True
    domains = {"x": INSIDE}
    function, asked = np.arctanh, "atanh"

    @staticmethod
    def slope(s: Array, x: Array) -> Any:
        return np.divide(1.0, 1 - x * x)


class Log2(NamedFunction):
    """The power of 2 that gives a positive value. Information in bits is measured by it."""

    symbol = "log₂"
    formula = Expression("s = log2(x)")
    partials = {"x": Expression("1 / (0.6931471805599453 * x)")}
    exact_as_written = True
    domains = {"x": POSITIVE}
    function, asked = np.log2, "log2"

    @staticmethod
    def slope(s: Array, x: Array) -> Any:
        return np.divide(1.0, x * math.log(2))


class Log10(NamedFunction):
    """The power of 10 that gives a positive value."""

    symbol = "log₁₀"
    formula = Expression("s = log10(x)")
    partials = {"x": Expression("1 / (2.302585092994046 * x)")}
    exact_as_written = True
    domains = {"x": POSITIVE}
    function, asked = np.log10, "log10"

    @staticmethod
    def slope(s: Array, x: Array) -> Any:
        return np.divide(1.0, x * math.log(10))


class Log1p(NamedFunction):
    """The logarithm of 1 + x, which keeps its digits where x is close to 0."""

    symbol = "ln(1+x)"
    formula = Expression("s = log1p(x)")
    partials = {"x": Expression("1 / (1 + x)")}
    exact_as_written = True
    domains = {"x": Domain(-0.7, 3.0)}
    function, asked = np.log1p, "log1p"

    @staticmethod
    def slope(s: Array, x: Array) -> Any:
        return np.divide(1.0, 1 + x)


class Expm1(NamedFunction):
    """eˣ − 1, which keeps its digits where x is close to 0."""

    symbol = "eˣ−1"
    formula = Expression("s = expm1(x)")
    partials = {"x": Expression("s + 1")}
    exact_as_written = True
    function, asked = np.expm1, "expm1"

    @staticmethod
    def slope(s: Array, x: Array) -> Any:
        return s + 1


class Erf(NamedFunction):
    """The error function: how much of a bell curve lies within ±x, from −1 to 1."""

    symbol = "erf"
    formula = Expression("s = erf(x)")
    partials = {"x": Expression("1.1283791670955126 * exp(-(x ** 2))")}
    exact_as_written = True
    asked = "erf"

    @staticmethod
    def function(x: Array) -> Any:
        return _erf(x).astype(np.result_type(x))

    @staticmethod
    def slope(s: Array, x: Array) -> Any:
        return 2 / math.sqrt(math.pi) * np.exp(-x * x)


class Rsqrt(NamedFunction):
    """1 over the square root of a positive value; normalisation divides by the root that way."""

    symbol = "1/√x"
    formula = Expression("s = 1 / sqrt(x)")
    partials = {"x": Expression("-(s / (2 * x))")}
    exact_as_written = True
    domains = {"x": POSITIVE}
    asked = "rsqrt"

    @staticmethod
    def function(x: Array) -> Any:
        return np.divide(1.0, np.sqrt(x))

    @staticmethod
    def slope(s: Array, x: Array) -> Any:
        return -0.5 * (s * s * s)


class Rounding(NamedFunction, abstract=True):
    """Flat between its jumps: nothing comes back."""

    partials = {"x": Expression("0")}
    exact_as_written = True
    convention = "The partial is 0 everywhere, at the jumps too, so learning cannot pass."

    @staticmethod
    def slope(s: Array, x: Array) -> Any:
        return 0.0


class Floor(Rounding):
    """The largest whole number that is not above x. It is flat, so no gradient comes back."""

    symbol = "⌊x⌋"
    other_names = ("round down",)
    formula = Expression("s = floor(x)")
    function, asked = np.floor, "floor"


class Ceil(Rounding):
    """The smallest whole number that is not below x. It is flat, so no gradient comes back."""

    symbol = "⌈x⌉"
    other_names = ("round up",)
    formula = Expression("s = ceil(x)")
    function, asked = np.ceil, "ceil"


class Trunc(Rounding):
    """The whole number next to x towards 0. It is flat, so no gradient comes back."""

    formula = Expression("s = trunc(x)")
    function, asked = np.trunc, "trunc"


class Round(Rounding):
    """The nearest whole number, the even one halfway between two. No gradient comes back."""

    other_names = ("nearest integer",)
    formula = Expression("s = round(x)")
    function, asked = np.rint, "round"


_erf = np.vectorize(math.erf, otypes=[np.float64])
