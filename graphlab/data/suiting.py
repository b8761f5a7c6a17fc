"""Which named sets have examples of a size, so that a drawing can be offered those that fit it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from graphlab.data.catalogue import CATALOGUE
from graphlab.data.generated import GENERATED
from graphlab.data.shipped import SHIPPED


def suiting(shape: Sequence[int | None]) -> tuple[str, ...]:
    """The sets whose examples have this shape, open axes as they come; then those that have as
    many numbers, which are read row by row."""
    sets = {**GENERATED, **SHIPPED, **CATALOGUE}
    exact = [name for name, one in sets.items() if _fits(one.shape, shape)]
    numbers = None if None in shape else math.prod(size or 0 for size in shape)
    flat = [name for name, one in sets.items() if math.prod(one.shape) == numbers]
    return tuple(dict.fromkeys((*exact, *flat)))


def _fits(shape: tuple[int, ...], wanted: Sequence[int | None]) -> bool:
    return len(shape) == len(wanted) and all(
        w is None or s == w for s, w in zip(shape, wanted, strict=True)
    )
