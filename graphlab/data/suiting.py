"""Which named sets have examples of a size, so that a drawing can be offered those that fit it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from graphlab.data.catalogue import CATALOGUE, Entry
from graphlab.data.generated import GENERATED, Generator
from graphlab.data.shipped import SHIPPED, Shipped

Named = Generator | Shipped | Entry

_BOX = 4  # numbers that say where one box is


def suiting(shape: Sequence[int | None], answer: Sequence[int] | None = None) -> tuple[str, ...]:
    """The sets whose examples have this shape, open axes as they come; then those that have as
    many numbers, which are read row by row; then images of as many channels and another size.

    ``answer``, where it is known, is the shape of one prediction, which must be able to say what
    is learned from the set.
    """
    sets: dict[str, Named] = {**GENERATED, **SHIPPED, **CATALOGUE}
    able = {name: one.shape for name, one in sets.items() if _can_say(answer, one)}
    count = None if None in shape else math.prod(size or 0 for size in shape)
    found = [name for name, size in able.items() if _fits(size, shape)]
    found += [name for name, size in able.items() if math.prod(size) == count]
    found += [name for name, size in able.items() if len(size) > 1 and _is_alike(size, shape)]
    return tuple(dict.fromkeys(found))


def _fits(shape: tuple[int, ...], wanted: Sequence[int | None]) -> bool:
    return len(shape) == len(wanted) and all(
        w is None or s == w for s, w in zip(shape, wanted, strict=True)
    )


def _is_alike(shape: tuple[int, ...], wanted: Sequence[int | None]) -> bool:
    return len(shape) == len(wanted) and wanted[0] in (None, shape[0])


def _can_say(answer: Sequence[int] | None, one: Named) -> bool:
    if answer is None or one.task == "plain" or math.prod(answer) == math.prod(one.shape):
        return True  # what is as large as an example may be that example again
    is_map = len(answer) > 1
    if one.task in ("masks", "points"):
        return is_map or (one.task == "points" and list(answer) == [1])
    count = answer[-1] if len(answer) == 1 else 1 if not answer else 0
    if one.task == "classes":
        return count == len(one.classes) or (count <= 1 and not is_map and len(one.classes) == 2)
    return not is_map and count == (_BOX if one.task == "boxes" else 1)
