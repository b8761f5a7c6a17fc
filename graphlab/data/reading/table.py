"""CSV tables: a row an example, numbers for features, and one column to be learned."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from graphlab.data.columns import Array
from graphlab.data.data_set import Found, LeftOut
from graphlab.errors import DataError
from graphlab.suggest import did_you_mean

MAX_BYTES = 2**31
MAX_NUMBERS = 2**28
FEWEST_REPEATS, MOST_CLASSES = 2, 20
"""Whole numbers are classes where there are at most 20 of them and each comes twice on average."""

_TARGETS = ("y", "target", "class", "label", "species")
_SEPARATORS = ",;\t"
_SAMPLE = 65536


def read_csv(path: Path, target: str | None = None, task: str | None = None) -> Found:
    """The rows of a table: the column ``target``, or one called y, target, class or label, or the
    last, is learned from all others.

    Words are classes, and so are a few whole numbers that come again and again; other numbers
    are a regression, which ``task`` can say outright.  ``plain`` takes every column as a feature.
    A row with too few, too many or unreadable cells is left out by its line.  Raises
    ``DataError`` where no row is left.
    """
    if path.stat().st_size > MAX_BYTES:
        raise DataError(f"{path} is larger than {MAX_BYTES >> 30} GiB: save it as an .npz file")
    found = Found(path.stem, "plain", {}, source=str(path))
    names, rows = _rows(path)
    at = len(names) if task == "plain" else _target_column(path, names, target)
    features = [name for i, name in enumerate(names) if i != at]
    if not features:
        raise DataError(f"{path} has one column, and an example needs a feature: add one")
    numbers: list[list[float]] = []
    answers: list[tuple[int, str]] = []
    for line, cells in rows:
        why = _fault(cells, names, at)
        if why:
            found.left_out.add(f"line {line} of {path.name}", why)
            continue
        answers.append((line, cells.pop(at).strip() if at < len(names) else ""))
        numbers.append([float(cell) for cell in cells])
        if len(numbers) * len(names) > MAX_NUMBERS:
            raise DataError(f"{path} holds more than {MAX_NUMBERS} numbers: save it as .npz")
    if not numbers:
        first = (*found.left_out.sentences(), f"{path} has a heading and nothing below it")[0]
        raise DataError(f"{path} has no row that can be read: {first}")
    found.fields["x"] = np.array(numbers, np.float32)
    found.features = tuple(features)
    if at < len(names):
        _add_answers(found, path, names[at], answers, task)
    return found


def _add_answers(
    found: Found, path: Path, name: str, answers: list[tuple[int, str]], task: str | None
) -> None:
    values = [_number(answer) for _, answer in answers]
    known = {value for value in values if value is not None}
    is_numeric = 2 * values.count(None) < len(values)
    is_few = len(known) <= min(MOST_CLASSES, len(values) // FEWEST_REPEATS)
    is_classes = not is_numeric or (is_few and all(value.is_integer() for value in known))
    if task == "classes" or (task is None and is_classes):
        _add_classes(found, path, name, [answer for _, answer in answers])
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


def _add_classes(found: Found, path: Path, name: str, answers: list[str]) -> None:
    words = set(answers)
    is_numeric = all(_number(word) is not None for word in words)
    kinds = sorted(words, key=float) if is_numeric else sorted(words)
    if len(kinds) > max(MOST_CLASSES, len(answers) // FEWEST_REPEATS):
        raise DataError(
            f"{path}: {name} holds {len(kinds)} different words in {len(answers)} rows, which are "
            "no classes: choose another target"
        )
    place = {kind: i for i, kind in enumerate(kinds)}
    found.task, found.classes = "classes", tuple(kinds)
    found.fields["y"] = np.array([place[answer] for answer in answers], np.float32)
    found.notes.append(f"{name} is the class")


def _rows(path: Path) -> tuple[list[str], Iterator[tuple[int, list[str]]]]:
    """The names of the columns, and each row with its line; a heading is a line with a word where
    the next line has a number."""
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path} is not UTF-8 (byte {error.start}): save it as CSV in UTF-8"
        ) from None
    lines = text.splitlines()
    sample = next((line for line in lines if line.strip()), "")
    separator = max(_SEPARATORS, key=sample.count)
    reader = csv.reader(lines, delimiter=separator)
    first = _next_row(path, reader)
    if first is None:
        raise DataError(f"{path} is empty: a table needs a heading and rows")
    has_heading = all(_number(cell) is None for cell in first[1][:-1] or first[1])
    names = (
        [cell.strip() for cell in first[1]]
        if has_heading
        else [f"x{i + 1}" for i in range(len(first[1]))]
    )

    def rest() -> Iterator[tuple[int, list[str]]]:
        if not has_heading:
            yield first
        while (row := _next_row(path, reader)) is not None:
            yield row

    return names, rest()


def _next_row(path: Path, reader: Iterator[list[str]]) -> tuple[int, list[str]] | None:
    try:
        for cells in reader:
            if cells:
                return reader.line_num, cells  # type: ignore[attr-defined]
    except csv.Error as error:
        raise DataError(
            f"{path}, line {reader.line_num}: {error}; save it as CSV"  # type: ignore[attr-defined]
        ) from None
    return None


def _target_column(path: Path, names: list[str], target: str | None) -> int:
    if target is not None:
        if target not in names:
            hint = did_you_mean(target, names) or f": choose {', '.join(names[:12])}"
            raise DataError(f"{path} has no column {target!r:.60}{hint}")
        return names.index(target)
    lower = [name.lower() for name in names]
    return next((lower.index(name) for name in _TARGETS if name in lower), len(names) - 1)


def _fault(cells: list[str], names: list[str], target: int) -> str | None:
    if len(cells) != len(names):
        return f"it has {len(cells)} cells, and there are {len(names)} columns"
    for i, (cell, name) in enumerate(zip(cells, names, strict=True)):
        if i != target and _number(cell) is None:
            return f"{name} is {cell.strip()!r:.40}, and must be a finite number"
    if target < len(cells) and not cells[target].strip():
        return f"{names[target]} is empty"
    return None


def _number(cell: str) -> float | None:
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if math.isfinite(value) and abs(value) <= np.finfo(np.float32).max else None


def read_points(path: Path, left_out: LeftOut) -> dict[str, Array]:
    """Points of images: a table with the columns x and y, and ``file`` where it is for many.

    Returns y, x in rows by file, under the name "" where there is no such column; a row that
    cannot be read is left out by its line.
    """
    names, rows = _rows(path)
    lower = [name.lower() for name in names]
    if not {"x", "y"} <= set(lower):
        raise DataError(f"{path} needs the columns x and y, and has {', '.join(names[:8])}")
    file_at = next((lower.index(n) for n in ("file", "image", "name") if n in lower), None)
    points: dict[str, list[tuple[float, float]]] = {}
    for line, cells in rows:
        place = [_number(cells[lower.index(n)]) if len(cells) == len(names) else None for n in "yx"]
        if place[0] is None or place[1] is None:
            left_out.add(f"line {line} of {path.name}", "x and y must be finite numbers")
            continue
        name = cells[file_at].strip() if file_at is not None else ""
        points.setdefault(name, []).append((place[0], place[1]))
    return {name: np.array(found) for name, found in points.items()}
