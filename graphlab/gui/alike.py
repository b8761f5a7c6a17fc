"""Whether two readings of a run are one: numbers by identity, or equal where they are plain."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np

_PLAIN = (float, str, bool)


def is_same(one: Any, other: Any) -> bool:
    """Whether both are one thing, or equal where they are plain."""
    are_plain = isinstance(one, _PLAIN) and isinstance(other, _PLAIN)
    return one is other or (are_plain and bool(one == other))


def says_same(one: msgspec.Struct, other: msgspec.Struct) -> bool:
    """Whether two cards or links say the same; pictures by identity of their numbers."""
    for field in one.__struct_fields__:
        a, b = getattr(one, field), getattr(other, field)
        if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
            if not (isinstance(a, np.ndarray) and isinstance(b, np.ndarray)) or (
                a.shape != b.shape or not np.array_equal(a, b, equal_nan=True)
            ):
                return False
        elif a != b:
            return False
    return True
