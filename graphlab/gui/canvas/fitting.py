"""Numbers in the room that is kept for them: fewer digits before any are cut off.

The full number is in the tool tip and in the inspector.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from graphlab.gui.theme import Face
from graphlab.ops.plain import SUPERSCRIPT

_ELLIPSIS = "…"
_DIGITS = {high: low for low, high in SUPERSCRIPT.items()}
_NUMBER = r"(\D*?)(−?)(\d+)(?:\.(\d+))?(×10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?"


def fitted(face: Face, text: str, width: float) -> str:
    """The text, a number with as many digits as fit, or a list with as many whole numbers.

    What is neither is cut off, with an ellipsis; of a number that would leave another one.
    """
    if face.width(text) <= width:
        return text
    number = re.fullmatch(_NUMBER, text)
    if number is not None:
        return next((s for s in _shorter(*number.groups()) if face.width(s) <= width), _ELLIPSIS)
    for fewer in _fewer(text):
        if face.width(fewer) <= width:
            return fewer
    return face.elided(text, width)


def _fewer(text: str) -> Iterator[str]:
    """A list of numbers with one number less each time; every one that is left is whole."""
    numbers = text.removesuffix("]").split(", ") if text.endswith("]") else []
    for count in range(len(numbers) - 1, 0, -1):
        yield f"{', '.join(numbers[:count])}, …]"


def _shorter(
    mark: str, sign: str, whole: str, decimals: str | None, power: str | None
) -> Iterator[str]:
    """The same number with one digit less each time, and at last as a digit and a power of ten."""
    number = Decimal(f"{whole}.{decimals or 0}")
    for places in range(len(decimals or "") - 1, -1, -1):
        rounded = round(number, places) if places else Decimal(round(number))
        if power is not None and rounded >= 10:
            break  # that is one of the next power
        if rounded or not number:
            yield f"{mark}{sign}{rounded}{power or ''}"
    if number:
        written = int((power or "×10⁰").removeprefix("×10").translate(_DIGITS))
        digit, exponent = f"{number.scaleb(written):.0e}".split("e")
        if power is not None or int(exponent):
            yield f"{mark}{sign}{digit}×10{str(int(exponent)).translate(SUPERSCRIPT)}"
