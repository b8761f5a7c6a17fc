"""Numbers and arrays as a student types them: read leniently, and never evaluated.

``−4``, ``1/3``, ``0,25``, ``5.04·10⁻⁷``, ``2^10``, ``50 %``, ``615,440``, ``238 510``, ``[1, 2]``,
``[1 2]`` and ``[[1, 2], [3, 4]]``.
"""

from __future__ import annotations

import math
import re
from typing import Any

import msgspec
import numpy as np

from graphlab.errors import RunError

MAX_LENGTH = 2_000

_SIGNS = str.maketrans("−–·×⋅⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "--***0123456789-")
_RAISED = re.compile(r"(?<=\d)\s*(?:\^|\*\*)?\s*\(?([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)\)?")
_DECIMAL = r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d{1,4})?"
_POWER = r"\s*\^\s*\(?([-+]?\d{1,4})\)?"
_NUMBER = re.compile(
    rf"\s*({_DECIMAL})(?:{_POWER})?\s*(?:\*\s*10(?:{_POWER}|([-+]\d{{1,4}}))?)?"
    rf"\s*(?:/\s*({_DECIMAL})\s*)?(%)?\s*",
    re.ASCII,
)
_GROUPED = re.compile(r"[-+]?\d{1,3}(?:[ '’\u00a0\u2009\u202f]\d{3})+(?:[.,]\d+)?", re.ASCII)
_GAP = re.compile(r"(?<=[\d.\]])\s+(?=[-+.\d\[])", re.ASCII)  # between numbers or rows


def readings(given: str | int | float) -> list[Any]:
    """What a text may mean: one number or array, or two where a comma can be read either way.

    Raises ``RunError`` with one sentence for what is no number.
    """
    if isinstance(given, int | float):
        given = str(given) if abs(given) < 1e300 else "1e999"
    text = _RAISED.sub(lambda m: "^" + m[1].translate(_SIGNS), given.strip())
    text = text.translate(_SIGNS).replace("**", "^")
    text = text.rpartition("=")[2].strip()
    if not text:
        raise RunError("there is no answer yet: type a number")
    if len(text) > MAX_LENGTH:
        raise RunError("that is too long for an answer: type a number or a small array")
    if "[" in text or "(" in text[:1] or ";" in text:
        return [_array(text)]
    if _GROUPED.fullmatch(text):
        return [_number(re.sub(r"[^-+\d.,]", "", text).replace(",", "."))]
    options = []
    if re.fullmatch(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?", text, re.ASCII):
        options.append(text.replace(",", ""))
    if re.fullmatch(r"[-+]?\d*,\d+([eE][-+]?\d+)?", text, re.ASCII):
        options.append(text.replace(",", "."))
    if options:
        return [_number(option) for option in options]
    return [_array(f"[{text}]") if "," in text or _GAP.search(text) else _number(text)]


def _number(text: str) -> float:
    found = _NUMBER.fullmatch(text)
    if found is None:
        shown = text if len(text) <= 40 else text[:40] + "…"
        raise RunError(f"{shown!r} is not a number: type one such as -4, 0.25, 1/3 or 5e-7")
    whole, power, ten, exponent, below, percent = found.groups()
    try:
        number = float(whole) ** int(power or 1) * 10.0 ** int(ten or exponent or 0)
        number /= float(below or 1) * (100 if percent else 1)
    except (ZeroDivisionError, OverflowError):
        number = math.inf
    if not math.isfinite(number):
        raise RunError("that is not a finite number: check the exponent, or what it is divided by")
    return number


def _array(text: str) -> Any:
    """Rows in brackets; ``[1, 2; 3, 4]`` is read too."""
    if text.count("[") > 500:
        raise RunError("that has too many brackets: type an array such as [[1, 2], [3, 4]]")
    text = text.replace("(", "[").replace(")", "]")
    if not {",", ";"} & set(text):
        text = _GAP.sub(", ", text)
    if ";" in text:
        rows = text.strip().removeprefix("[").removesuffix("]").split(";")
        text = "[" + ", ".join(f"[{row.strip().strip('[]')}]" for row in rows) + "]"
    plain = re.sub(r"[^\[\],]+", lambda m: _element(m[0]), text)
    try:
        array = np.array(msgspec.json.decode(plain, type=list[Any]), dtype=np.float64)
    except (msgspec.DecodeError, ValueError, TypeError, RecursionError):
        raise RunError(
            "that is not an array: type its numbers as [1, 2], and a matrix as [[1, 2], [3, 4]]"
        ) from None
    if array.ndim > 8:
        raise RunError("that has too many axes: type an array such as [[1, 2], [3, 4]]")
    return array


def _element(text: str) -> str:
    return repr(_number(text)) if text.strip() else text
