"""How numbers are shown, everywhere: four significant digits, a true minus sign, arrays by shape.

A small array is spelled out; a larger one is told by its shape and range.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from graphlab.engine.partial import Partial
from graphlab.ops import show_shape
from graphlab.ops.plain import MINUS, SUPERSCRIPT

NOT_COMPUTED = "–"
DIGITS = 4
SPELLED_OUT = 6
"""An array of at most so many elements is written element by element."""

_COUNTED = 36  # a count of more digits is rounded; there are graphs where it has thousands
_WHOLE = 1_000_000  # whole numbers below this keep all their digits
_EXACT = 1e16  # and so far they do where every digit is told


def show(value: Any) -> str:
    """A value, gradient or partial as one short line of text.

    ``None`` is the dash of what was not computed; the several outputs of a node (a tuple) are
    separated by semicolons; a ``Partial`` is told by its structure.
    """
    if value is None:
        return NOT_COMPUTED
    if isinstance(value, tuple):
        return "; ".join(map(show, value))
    if isinstance(value, Partial):
        return show_partial(value)
    array = np.asarray(value)
    if array.ndim == 0:
        return show_number(float(array))
    if is_small(array):
        return _rows(array)
    count = f"{array.size} numbers" if array.ndim == 1 else show_shape(array.shape)
    return f"{count}: {show_range(array)}"


def show_number(number: float) -> str:
    """``−12``, ``0.7311``, ``5.04×10⁻⁷``, ``∞``, ``not a number``."""
    sign, digits, exponent = _parts(number)
    if exponent is None:
        return sign + digits
    return f"{sign}{digits}×10{str(exponent).translate(SUPERSCRIPT)}"


def show_all_digits(number: float) -> str:
    """The same with every digit it takes to tell the number from all others."""
    if number.is_integer() and abs(number) < _EXACT:
        return str(int(number)).replace("-", MINUS)
    digits, _, exponent = repr(number).partition("e")
    digits = digits.replace("-", MINUS).replace("inf", "∞").replace("nan", "not a number")
    if not exponent:
        return digits
    return f"{digits}×10{str(int(exponent)).translate(SUPERSCRIPT)}"


def show_count(count: int) -> str:
    """All digits in groups of three, or a rounded power of ten where they would fill a line."""
    if count < 10**_COUNTED:
        return f"{count:,}"
    digits = int(math.log10(count))
    lead = count // 10 ** (digits - 3)
    while lead >= 10_000:  # the logarithm of a long number is rounded
        digits, lead = digits + 1, lead // 10
    return f"about {lead / 1000:.3f}×10{str(digits).translate(SUPERSCRIPT)}"


def show_range(array: Any) -> str:
    """The smallest to the largest element, and whether some are no numbers."""
    array = np.asarray(array)
    known = array[~np.isnan(array)]
    if not array.size:
        return "no elements"
    if not known.size:
        return "not a number"
    low, high = show_number(float(known.min())), show_number(float(known.max()))
    told = f"all {low}" if low == high else f"{low} … {high}"
    return told if known.size == array.size else f"{told}, some not a number"


def show_partial(partial: Partial) -> str:
    """Its structure and shape, with its factors or its matrix where that is small."""
    table = small_table(partial)
    return str(partial) if table is None else f"{partial.word} {show(table)}"


def small_table(partial: Partial) -> Any:
    """The numbers that say all of a small partial: a diagonal's factors, or the Jacobian."""
    factors = partial.factors()
    if factors is not None and is_small(factors):
        return factors
    entries = math.prod(partial.shape)
    return partial.dense() if 0 < entries <= SPELLED_OUT else None


def is_small(array: Any) -> bool:
    """Whether an array is written element by element."""
    return 0 < np.size(array) <= SPELLED_OUT


def latex(value: Any) -> str:
    """The same as ``show`` for the typesetter, small vectors and matrices as such."""
    if isinstance(value, tuple):
        return r" ;\; ".join(map(latex, value))
    array = None if value is None or isinstance(value, Partial) else np.asarray(value)
    if array is None or array.ndim > 2 or (array.ndim and not is_small(array)):
        return rf"\text{{{show(value)}}}"
    if array.ndim == 0:
        return latex_number(float(array))
    rows = array.reshape(-1, 1) if array.ndim == 1 else array
    body = r" \\ ".join(" & ".join(latex_number(float(x)) for x in row) for row in rows)
    return rf"\begin{{pmatrix}} {body} \end{{pmatrix}}"


def latex_number(number: float) -> str:
    """One number for the typesetter."""
    sign, digits, exponent = _parts(number)
    sign = "-" if sign else ""
    if digits == "∞":
        return sign + r"\infty"
    if digits == "not a number":
        return r"\text{not a number}"
    return sign + digits + ("" if exponent is None else rf" \cdot 10^{{{exponent}}}")


def _parts(number: float) -> tuple[str, str, int | None]:
    """Sign, digits and the power of ten, if one is written."""
    sign = MINUS if number < 0 else ""
    size = abs(number)
    if math.isnan(number):
        return "", "not a number", None
    if math.isinf(number):
        return sign, "∞", None
    if size.is_integer() and size < _WHOLE:
        return sign, str(int(size)), None
    digits, _, exponent = f"{size:.{DIGITS}g}".partition("e")
    if not exponent:
        return sign, digits, None
    return sign, digits, int(exponent)


def _rows(array: Any) -> str:
    if array.ndim == 0:
        return show_number(float(array))
    return "[" + ", ".join(_rows(row) for row in array) + "]"
