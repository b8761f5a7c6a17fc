"""Numbers and arrays as a person types them, read strictly and never evaluated."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np

from graphlab.errors import GraphLabError
from graphlab.ops.attributes import MAX_AXES

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def read_value(text: str, what: str) -> Any:
    """``"-2"`` as a float, ``"[[1, 2], [3, 4]]"`` as nested lists of floats.

    Raises ``GraphLabError`` naming ``what`` for anything else, NaN and infinity included.
    """
    text = text.strip()
    if _NUMBER.fullmatch(text):
        return _finite(float(text), what)
    try:
        found = msgspec.json.decode(text, type=list[Any])
    except (msgspec.DecodeError, ValueError, RecursionError):
        shown = text if len(text) <= 40 else text[:40] + "…"
        raise GraphLabError(
            f"{what} is {shown or 'empty'}: give a finite number, or a list of them such as "
            "[[1, 2], [3, 4]]"
        ) from None
    for leaf in _leaves(found, what):
        if isinstance(leaf, bool) or not isinstance(leaf, int | float):
            raise GraphLabError(f"{what} holds {leaf!r:.40}, and takes numbers only")
        _finite(leaf, what)
    try:
        return np.array(found, dtype=np.float64)
    except ValueError:
        raise GraphLabError(f"{what} has rows of different lengths: make them equal") from None


def read_pair(text: str, option: str) -> tuple[str, Any]:
    """``"x=-2"`` as the name and the value."""
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise GraphLabError(
            f"{option} takes a name and a value, as in {option} x=-2, and was given {text!r:.60}"
        )
    return name.strip(), read_value(value, name.strip())


def _leaves(value: Any, what: str, depth: int = 0) -> Iterator[Any]:
    if not isinstance(value, list):
        yield value
        return
    if depth == MAX_AXES:
        raise GraphLabError(f"{what} has more than {MAX_AXES} axes; use fewer brackets")
    for item in value:
        yield from _leaves(item, what, depth + 1)


def _finite(number: float, what: str) -> float:
    try:
        converted = float(number)
    except OverflowError:
        converted = math.inf
    if not math.isfinite(converted):
        raise GraphLabError(f"{what} is too large for a number of 64 bits")
    return converted
