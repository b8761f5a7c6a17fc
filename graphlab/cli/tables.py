"""Tables for people and for pipes.

On a terminal numbers have four digits, as everywhere in GraphLab, and long cells are folded.
Anywhere else numbers have all of their digits and a plain hyphen, and a row is one line, however
long, so that another program can read it.
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
from graphlab.printable import printable

SPELLED_OUT = 16
"""An array of more elements is told by shape and range where it is piped."""


class Screen(Console):
    """A terminal, without markup; one that went away is an ``OSError`` here as anywhere else."""

    def __init__(self) -> None:
        super().__init__(markup=False, highlight=False, emoji=False)

    def on_broken_pipe(self) -> None:
        """Rich would exit with 1, which here means that the answer is no."""
        raise BrokenPipeError(EPIPE, strerror(EPIPE))


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print rows of texts, numbers, arrays and partials; all but texts stand to the right."""
    kept, title = list(rows), printable(title)
    is_text = [all(isinstance(row[i], str) for row in kept) for i in range(len(columns))]
    cells = [[printable(x) if isinstance(x, str) else shown(x) for x in row] for row in kept]
    if is_terminal():
        Screen().print(_folded(title, columns, is_text, cells))
        return
    widths = [max(map(len, column)) for column in zip(columns, *cells, strict=True)]
    lines = (
        "  ".join(
            x.ljust(width) if left else x.rjust(width)
            for x, width, left in zip(row, widths, is_text, strict=True)
        )
        for row in (columns, *cells)
    )
    print("\n".join([title, *(f"  {line}".rstrip() for line in lines), ""]))


def _folded(
    title: str, columns: Sequence[str], is_text: Sequence[bool], cells: Iterable[Sequence[str]]
) -> Table:
    made = Table(
        title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, pad_edge=False
    )
    for column, left in zip(columns, is_text, strict=True):
        made.add_column(column, justify="left" if left else "right", overflow="fold")
    for row in cells:
        made.add_row(*map(Text, row))
    return made


def print_text(text: str) -> None:
    """Print a paragraph: folded at words on a terminal, one line anywhere else."""
    text = "\n".join(map(printable, text.split("\n")))
    if is_terminal():
        Screen().print(Text(text))
    else:
        print(text)


def shown(value: Any) -> str:
    """A number, array or partial for a cell."""
    if value is None or is_terminal():
        return numbers.show(value)
    if isinstance(value, Partial):
        small = numbers.small_table(value)
        return str(value) if small is None else f"{value.word} {exact(small)}"
    return exact(value)


def exact(value: Any) -> str:
    """All digits of a number or a small array; the shape and range of a large one."""
    array = np.asarray(value)
    if array.ndim == 0:
        return str(array[()]).removesuffix(".0")
    if 0 < array.size <= SPELLED_OUT:
        return "[" + ", ".join(map(exact, array)) + "]"
    return numbers.show(array)
