"""Tables for people and for pipes.

On a terminal numbers have four digits, as everywhere in GraphLab; anywhere else they have all of
theirs and a plain hyphen, so that another program can read them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from errno import EPIPE
from os import strerror
from typing import Any

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from graphlab.cli.terminal import is_terminal
from graphlab.engine import numbers
from graphlab.engine.partial import Partial

_UNBOUNDED = 1_000_000  # columns: what is piped is never folded
_SPELLED_OUT = 64  # elements


class Screen(Console):
    """Stdout, without markup; a pipe closed early is an ``OSError`` here as anywhere else."""

    def __init__(self) -> None:
        width = None if is_terminal() else _UNBOUNDED
        super().__init__(width=width, markup=False, highlight=False, emoji=False)

    def on_broken_pipe(self) -> None:
        """Rich would exit with 1, which here means that the answer is no."""
        raise BrokenPipeError(EPIPE, strerror(EPIPE))


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Table:
    """Rows of texts, numbers, arrays and partials; numbers are aligned to the right."""
    made = Table(
        title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, pad_edge=False
    )
    kept = [list(row) for row in rows]
    for index, column in enumerate(columns):
        is_text = all(isinstance(row[index], str) for row in kept)
        made.add_column(column, justify="left" if is_text else "right", overflow="fold")
    for row in kept:
        made.add_row(*(Text(cell if isinstance(cell, str) else shown(cell)) for cell in row))
    return made


def shown(value: Any) -> str:
    """A number, array or partial for a cell."""
    if value is None or is_terminal():
        return numbers.show(value)
    if isinstance(value, Partial):
        small = numbers.small_table(value)
        return str(value) if small is None else f"{value.structure} {exact(small)}"
    return exact(value)


def exact(value: Any) -> str:
    """All digits of a number or a small array; the shape and range of a large one."""
    array = np.asarray(value)
    if array.ndim == 0:
        return str(array[()]).removesuffix(".0")
    if 0 < array.size <= _SPELLED_OUT:
        return "[" + ", ".join(map(exact, array)) + "]"
    return numbers.show(array)
