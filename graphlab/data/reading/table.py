"""CSV tables: a row an example, numbers for features, and one column to be learned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from graphlab.data.columns import Array
from graphlab.data.data_set import Found, LeftOut
from graphlab.data.reading.delimited import Table, number, read_table
from graphlab.errors import DataError
from graphlab.suggest import did_you_mean

MAX_BYTES = 2**31
MAX_NUMBERS = 2**28
FEWEST_REPEATS, MOST_CLASSES = 2, 20
"""Whole numbers are classes where there are at most 20 of them and each comes twice on average."""

_TARGETS = ("y", "target", "class", "label", "species")


def read_csv(path: Path, target: str | None = None, task: str | None = None) -> Found:
    """The rows of a table: the column ``target``, or one called y, target, class or label, or the
    last, is learned from all others.

    Words are classes, and so are a few whole numbers that come again and again; other numbers
    are a regression, which ``task`` can say outright.  ``plain`` takes every column as a feature.
    A row with too few, too many or unreadable cells is left out by its line, and a column without
    a number by its name.  Raises ``DataError`` where no row or no feature is left.
    """
    if path.stat().st_size > MAX_BYTES:
        raise DataError(f"{path} is larger than {MAX_BYTES >> 30} GiB: save it as an .npz file")
    table = read_table(path)
    found = Found(path.stem, "plain", {}, source=str(path), notes=list(table.notes))
    names, width = table.names, len(table.names)
    at = width if task == "plain" else _target_column(table, target)
    features = _features(found, table, at)
    numbers: list[list[float]] = []
    answers: list[tuple[int, str]] = []
    for line, cells in table.rows():
        why = _fault(cells, names, at, features)
        if why:
            found.left_out.add(f"line {line} of {path.name}", why)
            continue
        answers.append((line, cells[at] if at < width else ""))
        numbers.append([float(cells[i]) for i in features])
        if len(numbers) * width > MAX_NUMBERS:
            raise DataError(f"{path} holds more than {MAX_NUMBERS} numbers: save it as .npz")
    if not numbers:
        first = (*found.left_out.sentences(), f"{path} has a heading and nothing below it")[0]
        raise DataError(f"{path} has no row that can be read: {first}")
    found.fields["x"] = np.array(numbers, np.float32)
    found.features = tuple(names[i] for i in features)
    if at < width:
        _add_answers(found, path, names[at], answers, task)
    return found


def _features(found: Found, table: Table, at: int) -> list[int]:
    """The places of the columns of numbers, but for the one that is learned; others are noted."""
    kinds = table.kinds(beside=at)
    features = [i for i, kind in enumerate(kinds) if i != at and kind == "numbers"]
    words = [table.names[i] for i, kind in enumerate(kinds) if i != at and kind == "words"]
    if len(table.names) - (at < len(table.names)) == 0:
        raise DataError(f"{table.path} has one column, and an example needs a feature: add one")
    if not any(table.rows()):
        return [i for i in range(len(kinds)) if i != at]
    if not features:
        named = ", ".join(words[:8]) or "the other columns"
        raise DataError(
            f"{table.path} has no feature: {named} must hold numbers, of which an example is made"
        )
    for name in words:
        found.notes.append(
            f"{name} holds words and is no feature: write it as numbers, or learn it by "
            f"target={name}"
        )
    empty = [table.names[i] for i, kind in enumerate(kinds) if i != at and kind == "nothing"]
    for name in empty:
        found.notes.append(f"{name} is empty throughout and was left away")
    return features


def _add_answers(
    found: Found, path: Path, name: str, answers: list[tuple[int, str]], task: str | None
) -> None:
    values = [number(answer) for _, answer in answers]
    known = {value for value in values if value is not None}
    is_numeric = 2 * values.count(None) < len(values)
    is_few = len(known) <= min(MOST_CLASSES, len(values) // FEWEST_REPEATS)
    is_classes = not is_numeric or (is_few and all(value.is_integer() for value in known))
    if task == "classes" or (task is None and is_classes):
        _add_classes(found, path, name, answers)
        return
    for (line, answer), value in zip(answers, values, strict=True):
        if value is None:
            where = f"line {line} of {path.name}"
            found.left_out.add(where, f"{name} is {answer!r:.40}, and must be a finite number")
    kept = [i for i, value in enumerate(values) if value is not None]
    if not kept:
        raise DataError(f"{path}: {name} holds no numbers to be estimated: choose another target")
    found.task = "regression"
    found.fields["x"] = found.fields["x"][kept]
    found.fields["y"] = np.array([[values[i]] for i in kept], np.float32)
    found.notes.append(f"{name} is a number to be estimated")


def _add_classes(found: Found, path: Path, name: str, told: list[tuple[int, str]]) -> None:
    answers = [answer for _, answer in told]
    words = set(answers)
    is_numeric = all(number(word) is not None for word in words)
    kinds = sorted(words, key=float) if is_numeric else sorted(words)
    if len(kinds) > max(MOST_CLASSES, len(answers) // FEWEST_REPEATS):
        raise DataError(
            f"{path}: {name} holds {len(kinds)} different words in {len(answers)} rows, which are "
            "no classes: choose another target"
        )
    place = {kind: i for i, kind in enumerate(kinds)}
    found.task, found.classes = "classes", tuple(kinds)
    found.fields["y"] = np.array([place[answer] for answer in answers], np.float32)
    found.notes += [f"{name} is the class", *_odd_ones(name, told)]


def _odd_ones(name: str, told: list[tuple[int, str]]) -> Iterator[str]:
    """A note where a few words stand among numbers, or numbers among words."""
    is_number = [number(answer) is not None for _, answer in told]
    are_few_numbers = 2 * sum(is_number) < len(told)
    odd = [each for each, one in zip(told, is_number, strict=True) if one is are_few_numbers]
    if not odd:
        return
    (line, answer), more = odd[0], len(odd) - 1
    yield (
        f"{name} is mostly {'words' if are_few_numbers else 'numbers'}, and {answer!r:.40} in line "
        f"{line}" + (f" and the like in {more:,} more" if more else "") + " made a class too"
    )


def _target_column(table: Table, target: str | None) -> int:
    names = table.names
    if target is not None:
        if target not in names:
            hint = did_you_mean(target, names) or f": choose {', '.join(names[:12])}"
            raise DataError(f"{table.path} has no column {target!r:.60}{hint}")
        return names.index(target)
    lower = [name.lower() for name in names]
    named = next((lower.index(name) for name in _TARGETS if name in lower), None)
    return _last(table) if named is None else named


def _last(table: Table) -> int:
    """The last column that is not empty throughout."""
    found, end = -1, len(table.names) - 1
    for _, cells in table.rows():
        further = range(min(len(cells) - 1, end), found, -1)
        found = next((at for at in further if cells[at]), found)
        if found == end:
            break
    return end if found < 0 else found


def _fault(
    cells: list[str], names: Sequence[str], target: int, features: Sequence[int]
) -> str | None:
    if len(cells) != len(names):
        return f"it has {len(cells)} cells, and there are {len(names)} columns"
    for i in features:
        if number(cells[i]) is None:
            return f"{names[i]} is {cells[i]!r:.40}, and must be a finite number"
    if target < len(cells) and not cells[target]:
        return f"{names[target]} is empty"
    return None


def read_points(path: Path, left_out: LeftOut) -> dict[str, Array]:
    """Points of images: a table with the columns x and y, and ``file`` where it is for many.

    Returns y, x in rows by file, under the name "" where there is no such column; a row that
    cannot be read is left out by its line.
    """
    table = read_table(path)
    names = table.names
    lower = [name.lower() for name in names]
    if not {"x", "y"} <= set(lower):
        raise DataError(f"{path} needs the columns x and y, and has {', '.join(names[:8])}")
    file_at = next((lower.index(n) for n in ("file", "image", "name") if n in lower), None)
    points: dict[str, list[tuple[float, float]]] = {}
    for line, cells in table.rows():
        place = [number(cells[lower.index(n)]) if len(cells) == len(names) else None for n in "yx"]
        if place[0] is None or place[1] is None:
            left_out.add(f"line {line} of {path.name}", "x and y must be finite numbers")
            continue
        name = cells[file_at] if file_at is not None else ""
        points.setdefault(name, []).append((place[0], place[1]))
    return {name: np.array(found) for name, found in points.items()}
