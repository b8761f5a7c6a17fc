"""Members of one class with numbered names and numbers that grow evenly, as a loop makes them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from graphlab.torch_backend.printing.layout import Bracket, Expression

_FEWEST = 3
"""So many members in a row are made in a loop."""

_NUMBER = re.compile(r"0|-?[1-9][0-9]{0,8}")


@dataclass(frozen=True)
class Loop:
    """The members ``stem`` + i for the numbers i, each made by ``member``."""

    stem: str
    numbers: range
    member: Expression


def loop_over(members: Sequence[tuple[str, Expression]]) -> Loop | None:
    """The loop that makes the first of these members and those after it; None for too few."""
    found = re.fullmatch(r"([^\W\d]\w*?)([1-9][0-9]{0,5}|0)", members[0][0])
    if not found:
        return None
    stem, start = found[1], int(found[2])
    first = members[0][1]
    run: list[Bracket] = []
    for i, (path, made) in enumerate(members):
        if path != f"{stem}{start + i}" or not _is_like(made, first):
            break
        run.append(made)  # type: ignore[arg-type]
        if len(run) > 2 and _member(run, start) is None:
            run.pop()
            break
    member = _member(run, start) if len(run) >= _FEWEST else None
    return None if member is None else Loop(stem, range(start, start + len(run)), member)


def _is_like(made: Expression, first: Expression) -> bool:
    """Whether both construct the same class, with settings under the same names."""
    return (
        isinstance(made, Bracket)
        and isinstance(first, Bracket)
        and made.head == first.head
        and [prefix for prefix, _ in made.items] == [prefix for prefix, _ in first.items]
        and all(isinstance(item, str) for _, item in made.items)
    )


def _member(run: Sequence[Bracket], start: int) -> Bracket | None:
    """The expression for member i; None where a setting does not grow evenly."""
    items: list[tuple[str, Expression]] = []
    for k, (prefix, _) in enumerate(run[0].items):
        text = _even([str(made.items[k][1]) for made in run], start)
        if text is None:
            return None
        items.append((prefix, text))
    return Bracket(run[0].head, tuple(items))


def _even(texts: Sequence[str], start: int) -> str | None:
    """``a + b * i`` for numbers that are so; the text itself where all are the same."""
    if len(set(texts)) == 1:
        return texts[0]
    if not all(map(_NUMBER.fullmatch, texts)):
        return None
    values = [int(text) for text in texts]
    step = values[1] - values[0]
    if any(b - a != step for a, b in pairwise(values)):
        return None
    offset = values[0] - step * start
    factor = "i" if step == 1 else f"{step} * i"
    if offset == 0:
        return factor
    return f"{offset} + {factor}" if offset > 0 else f"{factor} - {-offset}"
