"""A local partial as a picture of at most 64×64 cells, made without writing out a large matrix.

Rows are outputs and columns inputs, both counted through their arrays as they lie in memory.
"""

from __future__ import annotations

import math

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from graphlab.engine.partial import MAX_ENTRIES, Partial
from graphlab.engine.support import support
from graphlab.ops import show_shape
from graphlab.ops.families import Pointwise

MOST_CELLS = 64
"""Rows and columns of a picture."""

QUICK = 20_000
"""Entries of a Jacobian whose picture takes no noticeable time."""

_ROW = "One output is made of all {:,} inputs: a single row."
_MOST_PLACES = 2_000_000  # entries other than 0 that are gathered one by one

Cells = NDArray[np.float64]
Places = tuple[NDArray[np.intp], NDArray[np.intp], Cells]


class Picture(Struct, frozen=True, eq=False):
    """What is drawn, what it stands for, and which rows of the Jacobian its rows begin with."""

    cells: Cells
    rows: int
    columns: int
    starts: NDArray[np.intp]
    note: str

    def row_at(self, shown: int) -> int:
        """The row of the Jacobian that a row of cells begins with."""
        return int(self.starts[shown])

    def shown_at(self, row: int) -> int:
        """The row of cells that holds, or is nearest before, a row of the Jacobian."""
        return int(np.searchsorted(self.starts, row, side="right")) - 1


def size(partial: Partial) -> tuple[int, int]:
    """How many outputs and how many inputs there are."""
    return math.prod(partial.output_shape), math.prod(partial.input_shape)


def place(index: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Where the element counted ``index`` stands in an array of this shape."""
    return tuple(int(i) for i in np.unravel_index(index, shape))


def picture(partial: Partial, most: int = MOST_CELLS) -> Picture:
    """The Jacobian itself, its largest entries by blocks, or some of its rows."""
    rows, columns = size(partial)
    found = places(partial)
    if found is not None:
        starts = _starts(rows, most)
        return Picture(
            _blocks_of_places(found, rows, columns, most), rows, columns, starts,
            _block_note(rows, columns, most),
        )  # fmt: skip
    if rows <= most or rows * columns <= min(MAX_ENTRIES, most * QUICK):
        matrix = partial.dense().reshape(rows, columns)
        return Picture(
            blocks(matrix, most), rows, columns, _starts(rows, most),
            _block_note(rows, columns, most),
        )  # fmt: skip
    chosen = np.linspace(0, rows - 1, most).round().astype(np.intp)
    found_rows = (partial.row(place(i, partial.output_shape)) for i in chosen)
    lines = (np.asarray(row, dtype=float).reshape(1, -1) for row in found_rows)
    cells = np.concatenate([_narrow(line, most) for line in lines])  # whole rows may be gigabytes
    note = f"Showing {most} of {rows:,} rows"
    if columns > most:
        note += f", the largest of every {_block(columns, most):,} columns"
    return Picture(cells, rows, columns, chosen, note + ".")


def places(partial: Partial) -> Places | None:
    """Row, column and value of every entry that can differ from 0, where the structure tells.

    An entry may come in several parts, which add up.  None for a dense partial and where there
    are too many.
    """
    if max(size(partial)) > _MOST_PLACES:
        return None
    copied = partial.index_map()
    if copied is not None:
        columns = copied.reshape(-1)
        rows = np.flatnonzero(columns >= 0)
        return rows, columns[rows], np.ones(rows.size)
    factors = partial.factors()
    if factors is None or factors.size > _MOST_PLACES:
        return None
    at_input, at_output = _numbered(partial.input_shape), _numbered(_kept(partial, factors.ndim))
    rows, columns = (np.broadcast_to(at, factors.shape).reshape(-1) for at in (at_output, at_input))
    return rows, columns, np.asarray(factors, dtype=float).reshape(-1)


def blocks(matrix: Cells, most: int = MOST_CELLS) -> Cells:
    """The entry furthest from 0 of each block, so that no axis is longer than ``most``."""
    return _narrow(_narrow(np.asarray(matrix, dtype=float), most).T, most).T


def structure_words(partial: Partial) -> str:
    """What kind of map it is, as a student says it."""
    rows, columns = size(partial)
    match partial.structure:
        case "diagonal" if partial.input_shape == partial.output_shape:
            return "Each output depends on its own input only: a diagonal matrix."
        case "diagonal":
            return (
                f"Each output depends on one input; an input of {show_shape(partial.input_shape)} "
                f"is used all over {show_shape(partial.output_shape)}."
            )
        case "reduction" if rows == 1:
            return _ROW.format(columns)
        case "reduction" if not _is_used_again(partial):
            return "Each input reaches one output only: the outputs are made of separate inputs."
        case "selection":
            return "It picks entries: 1 where an output copies an input, 0 elsewhere."
        case "convolution" if partial.index:
            return "An output depends on the weights of its own filter only; the others are 0."
        case "convolution":
            return "An output depends on the inputs below its window only; all the others are 0."
    return _found_words(partial)


def _is_used_again(partial: Partial) -> bool:
    """Whether an input is broadcast before the op reduces."""
    if not issubclass(partial.op, Pointwise):
        return False
    shapes = (np.shape(x) for x in partial.inputs)
    joint = partial.op.joint_shape(*shapes, **partial.attributes)
    return math.prod(joint) > math.prod(partial.input_shape)


def _found_words(partial: Partial) -> str:
    """What the entries themselves tell, where the op declares no structure."""
    found = support(partial)
    if not found.most:
        return "No output depends on this input: every entry is 0."
    if found.least == found.columns:
        if size(partial)[0] == 1:
            return _ROW.format(found.columns)
        return "An output may depend on every input: a full matrix."
    of = f"of the {found.columns:,} inputs"
    if found.least < found.most:
        return f"An output depends on {found.least:,} to {found.most:,} {of}; the others are 0."
    where: dict[tuple[int, ...], str] = {(0,): ", one column", (1,): ", one row"}
    slab = where.get(found.whole or (), "") if len(partial.input_shape) == 2 else ""
    kind = ": a matrix of blocks" if found.is_blocks and found.most > 1 else "; the others are 0"
    return f"An output depends on {found.most:,} {of} only{slab}{kind}."


def _kept(partial: Partial, rank: int) -> tuple[int, ...]:
    """The output's shape, with length 1 for each axis of the joint shape that was reduced."""
    shape = partial.output_shape
    if len(shape) == rank or not issubclass(partial.op, Pointwise):
        return shape
    reduced = partial.op.reduced_axes(rank, **partial.attributes)
    lengths = iter(shape)
    return tuple(1 if axis in reduced else next(lengths) for axis in range(rank))


def _numbered(shape: tuple[int, ...]) -> NDArray[np.intp]:
    return np.arange(math.prod(shape)).reshape(shape)


def _blocks_of_places(found: Places, rows: int, columns: int, most: int) -> Cells:
    row, column, value = found
    keys, inverse = np.unique(row * np.intp(columns) + column, return_inverse=True)
    sums = np.bincount(inverse, weights=value, minlength=keys.size)
    high, wide = _block(rows, most), _block(columns, most)
    cells = np.zeros((-(-rows // high), -(-columns // wide)))
    order = np.argsort(abs(sums), kind="stable")  # what is written last stays: the largest
    place = keys[order]
    cells[place // columns // high, place % columns // wide] = sums[order]
    return cells


def _narrow(matrix: Cells, most: int) -> Cells:
    """The entry furthest from 0 of every so many columns."""
    wide = _block(matrix.shape[1], most)
    if wide == 1:
        return matrix
    starts = np.arange(0, matrix.shape[1], wide)
    high, low = (f.reduceat(matrix, starts, axis=1) for f in (np.maximum, np.minimum))
    return np.asarray(np.where(high >= -low, high, low))


def _block(length: int, most: int) -> int:
    return max(-(-length // most), 1)


def _starts(rows: int, most: int) -> NDArray[np.intp]:
    return np.arange(0, rows, _block(rows, most))


def _block_note(rows: int, columns: int, most: int) -> str:
    high, wide = _block(rows, most), _block(columns, most)
    if high == wide == 1:
        return ""
    return (
        f"Showing {-(-rows // high)}×{-(-columns // wide)} of {rows:,}×{columns:,}: each cell is "
        f"the largest of {high:,}×{wide:,}."
    )
