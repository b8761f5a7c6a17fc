"""What is said of a data set: how many examples, of which shape, how they are split."""

from __future__ import annotations

from graphlab.data import DataSet
from graphlab.data.catalogue import Entry, size_shown
from graphlab.data.columns import shown
from graphlab.gui.datasets.opening import Fetched

TASKS = {
    "classes": "classes",
    "regression": "numbers to estimate",
    "masks": "masks",
    "points": "points to count",
    "boxes": "boxes",
    "plain": "examples alone",
}
"""What is learned from the examples, by task."""


def as_sentence(message: str) -> str:
    """A message with a capital, where it begins with a word, and a stop."""
    end = "" if message.endswith((".", "?")) else "."
    is_word = message[:2].isalpha()
    return (message[:1].upper() if is_word else message[:1]) + message[1:] + end


def examples_text(count: int, shape: tuple[int, ...], task: str) -> str:
    """How many examples there are, of which shape, and what is learned from them."""
    of = f"of {shown(shape)}" if shape else "of one number"
    return f"{count:,} {'example' if count == 1 else 'examples'} {of} · {TASKS[task]}"


def summary(data: DataSet) -> str:
    """The size, task and licence of an open data set."""
    told = examples_text(len(data), data.fields["x"].shape[1:], data.task)
    if data.task == "classes" and data.classes:
        told = told.replace("classes", f"{len(data.classes)} classes")
    return f"{told} · licence: {data.licence}"


def splits_text(data: DataSet) -> str:
    """How many examples are in each split."""
    return " · ".join(f"{split} {len(rows):,}" for split, rows in data.splits.items())


def fetched_text(fetched: Fetched) -> str:
    """How far a file is."""
    of = f" of {size_shown(fetched.size)}" if fetched.size else ""
    return f"Fetching {fetched.file}: {size_shown(fetched.here)}{of}"


def entry_text(entry: Entry) -> str:
    """An entry of the catalogue before it is here."""
    return examples_text(entry.examples, entry.shape, entry.task)
