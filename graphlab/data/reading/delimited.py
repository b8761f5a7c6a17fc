"""The text of a table as rows of cells: by which sign it is divided, and what its heading is."""

from __future__ import annotations

import csv
import math
import re
from collections import Counter, deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice, pairwise
from pathlib import Path
from typing import Literal

import numpy as np

from graphlab.errors import DataError

Kind = Literal["numbers", "words", "nothing"]

_LARGEST = float(np.finfo(np.float32).max)
_SEPARATORS = ",;\t|"
_TRIED = 20  # lines that tell how a table is written
_LONGEST_ROW = 500  # lines in the quotes of one; a page of text has about 50
_BEFORE = 5  # rows that tell what a row of several lines should be like
_FEWEST_COUNTED = 3  # whole numbers in a row from which on they are taken to count the columns
_LONGEST_COUNT = 18  # digits of a whole number of 64 bits
_ABSENT = ("", "-", "?", "na", "n/a", "null", "none")  # what stands for a number that is not known


@dataclass(frozen=True)
class Table:
    """A table that can be gone through again and again; ``notes`` say how it was read."""

    path: Path
    names: tuple[str, ...]
    notes: tuple[str, ...]
    lines: Sequence[str]
    first: int
    separator: str
    has_decimal_commas: bool
    named: int
    """The columns up to the last that has a name; rows may lack those after it."""

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Each row below the heading with its line, stripped; empty cells at its end may be more
        than there are columns."""
        for line, cells in _rows(self.lines, self.first, self.separator):
            while len(cells) > len(self.names) and not cells[-1]:
                cells.pop()
            if len(cells) >= self.named:
                cells += [""] * (len(self.names) - len(cells))
            if self.has_decimal_commas:
                cells = [_with_point(cell) for cell in cells]
            yield line, cells

    def kinds(self, beside: int) -> list[Kind]:
        """What each column holds: ``numbers`` from the first that it has; all rows are looked at,
        but for one column, until that is known of each."""
        kinds: list[Kind] = ["nothing"] * len(self.names)
        for _, cells in self.rows():
            if len(cells) != len(kinds):
                continue
            for i, cell in enumerate(cells):
                if kinds[i] != "numbers" and cell.lower() not in _ABSENT:
                    kinds[i] = "numbers" if _is_number(cell) else "words"
            if all(kind == "numbers" or i == beside for i, kind in enumerate(kinds)):
                break
        return kinds


def number(cell: str) -> float | None:
    """The finite float32 that a cell says; None for all else."""
    value = float(cell) if _is_number(cell) else math.nan
    return value if math.isfinite(value) and abs(value) <= _LARGEST else None


def read_table(path: Path) -> Table:
    """How a file's rows are divided, and its columns' names: x1, x2 … where it has no heading.

    Lines at the top that begin with # are comments, the last of them a heading where it names as
    many columns as there are, as ``numpy.savetxt`` writes it.  Raises ``DataError`` for what is not
    UTF-8 or holds no row.
    """
    try:
        lines = path.read_text("utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path} is not UTF-8 (byte {error.start}): save it as CSV in UTF-8"
        ) from None
    above = next((i for i, line in enumerate(lines) if line.strip() and line[0] != "#"), len(lines))
    tried = [line for line in lines[above : above + _TRIED] if line.strip()]
    separator = max(_SEPARATORS, key=lambda sign: _worth(tried, sign))
    known = [cells for _, cells in islice(_rows(lines, above, separator), _TRIED)]
    if not known:
        raise DataError(f"{path} is empty: a table needs a heading and rows")
    has_commas = separator != "," and _has_decimal_commas(lines[above:], separator)
    if has_commas:
        known = [[_with_point(cell) for cell in cells] for cells in known]
    names, notes, is_within = _heading(known, lines[:above], separator)
    notes += ["numbers were read with decimal commas"] if has_commas else []
    first = above
    if is_within:
        first = next(line for line, _ in _rows(lines, above, separator))
    named = max((i + 1 for i, name in enumerate(names) if name), default=0)
    told = tuple(name or f"column {i + 1}" for i, name in enumerate(names))
    return Table(path, told, tuple(notes), lines, first, separator, has_commas, named)


def _rows(lines: Sequence[str], first: int, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Each row with its line; in quotes it may go over several.

    Where a quote is not closed, its line is divided at every separator, and those after it are rows
    of their own.
    """
    place, before = first, deque[list[str]](maxlen=_BEFORE)
    while place < len(lines):
        most = min(_LONGEST_ROW, len(lines) - place)
        within = map(lines.__getitem__, range(place, place + most))
        reader = csv.reader(chain(within, [""]), delimiter=separator)  # "" is read by open quotes
        try:
            cells = next(reader)
        except csv.Error:  # a cell of more letters than any has
            is_row = False
        else:
            count = reader.line_num
            read = lines[place : place + count] if count > 1 else []
            is_row = count <= most and not (read and _is_unclosed(read, cells, before, separator))
        if is_row and cells:
            before.append(cells)
        elif not is_row:
            cells, count = lines[place].split(separator), 1
        place += count
        if cells:
            yield place, [cell.strip() for cell in cells]


def _is_unclosed(
    lines: Sequence[str], cells: Sequence[str], before: Collection[list[str]], separator: str
) -> bool:
    """Whether lines that a quote makes one row are several: their quotes are odd, or together they
    have fewer cells than the rows before or words for their numbers, or one between them is such a
    row; where no numbers are known, two that follow each other have theirs at the same places."""
    if sum(line.count('"') for line in lines) % 2:
        return True
    known = _numeric(before)
    within = ([_is_number(cell) for cell in line.split(separator)] for line in lines[1:-1])
    if not any(known):
        return any(here == after and any(here) for here, after in pairwise(within))
    is_other = any(
        is_numeric and cell.strip().lower() not in _ABSENT and not _is_number(cell)
        for cell, is_numeric in zip(cells, known, strict=False)
    )
    return is_other or len(cells) < len(known) or known in within


def _numeric(rows: Collection[list[str]]) -> list[bool]:
    """Whether each column has numbers rather than words, by the rows as long as most are."""
    lengths = Counter(map(len, rows))
    width = lengths.most_common(1)[0][0] if lengths else 0
    known = []
    for column in zip(*(cells for cells in rows if len(cells) == width), strict=True):
        told = [_is_number(cell) for cell in column if cell.strip().lower() not in _ABSENT]
        known.append(2 * sum(told) >= len(told) > 0)
    return known


# --- how it is written --------------------------------------------------------------------------
def _worth(lines: Sequence[str], separator: str) -> tuple[int, int]:
    """How many numbers a separator finds in rows as long as the first, and how many columns."""
    try:
        rows = list(csv.reader(lines, delimiter=separator))
    except csv.Error:
        return 0, 0
    columns = len(rows[0]) if rows else 0
    alike = [cells for cells in rows if len(cells) == columns > 1]
    found = sum(_is_number(_with_point(cell.strip())) for cells in alike for cell in cells)
    return found, columns


def _has_decimal_commas(lines: Iterable[str], separator: str) -> bool:
    """Whether some cell is a number with a comma, and none is one with a point."""
    has_comma = False
    for line in lines:
        for cell in line.split(separator) if "," in line or "." in line else ():
            bare = cell.strip().strip('"')
            if "." in bare and _is_number(bare):
                return False
            has_comma = has_comma or _with_point(bare) != bare
    return has_comma


def _heading(
    known: Sequence[list[str]], above: Sequence[str], separator: str
) -> tuple[list[str], list[str], bool]:
    """The columns' names, notes, and whether they stand in the first of the known rows."""
    first, width = known[0], len(known[0])
    comments = [line.lstrip("# ") for line in above if line.startswith("#")]
    if _is_heading(known):
        return first, _told_of(comments), True
    last = _cells(comments[-1:], separator)
    if len(last) == width and all(cell.strip() and not _is_number(cell) for cell in last):
        return [cell.strip() for cell in last], _told_of(comments[:-1]), False
    notes = _told_of(comments)
    if _counts(first) and len(known) > 1 and not any(map(_counts, known[1:])):
        shown = separator.join(first)
        return first, [*notes, f"the first line, {shown:.60}, was taken as the heading"], True
    names = [f"x{i + 1}" for i in range(width)]
    return names, [*notes, "there is no heading, so the columns are called x1, x2 and so on"], False


def _cells(lines: Sequence[str], separator: str) -> list[str]:
    """The cells of the first line; none where it is no row, as a comment need not be."""
    try:
        return next(csv.reader(lines, delimiter=separator), [])
    except csv.Error:
        return []


def _told_of(comments: Sequence[str]) -> list[str]:
    return [f"the comment at the top was left away: {' '.join(comments):.80}"] if comments else []


def _is_heading(known: Sequence[list[str]]) -> bool:
    """Whether the first row has words alone, or a word where the next has a number."""
    first = known[0]
    if not any(_is_number(cell) for cell in first):
        return True
    below = known[1] if len(known) > 1 else []
    return any(
        head.lower() not in _ABSENT and not _is_number(head) and _is_number(cell)
        for head, cell in zip(first, below, strict=False)
    )


def _counts(cells: Sequence[str]) -> bool:
    """Whether these are whole numbers, each one more than the one before: years, or 0, 1, 2."""
    if len(cells) < _FEWEST_COUNTED or not all(map(_is_count, cells)):
        return False
    return all(int(after) - int(before) == 1 for before, after in pairwise(cells))


def _is_count(cell: str) -> bool:
    return cell.isdecimal() and len(cell) <= _LONGEST_COUNT


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+(?:[eE][+-]?\d+)?")


def _with_point(cell: str) -> str:
    """A number with a decimal comma as one with a point; all else as it is."""
    return cell.replace(",", ".") if _DECIMAL_COMMA.fullmatch(cell) else cell
