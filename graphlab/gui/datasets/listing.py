"""What a data set can be chosen from: those that fit the drawing first, then all by their home."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from graphlab.data import CATALOGUE, GENERATED, SHIPPED
from graphlab.data.catalogue import is_here, size_shown
from graphlab.data.drawn import drawn_files
from graphlab.data.opening import Options, parsed
from graphlab.graph import Graph
from graphlab.gui.datasets.fitting import fitting
from graphlab.gui.datasets.words import examples_text

Source = Literal["generated", "shipped", "catalogue", "own", "hand"]

_MOST_FITTING = 6


@dataclass(frozen=True)
class Item:
    """A row of the list; ``name`` is a set's name or a path, empty where it is still to be told."""

    title: str
    detail: str
    source: Source
    name: str = ""
    options: Options = field(default_factory=Options)

    @property
    def key(self) -> tuple[str, str]:
        """What tells items apart."""
        return self.source, self.name


def sections(graph: Graph) -> Iterator[tuple[str, list[Item]]]:
    """The list, by headings."""
    named = {item.name: item for item in (*_generated(), *_shipped(), *_catalogue())}
    apt = [(named.get(name), options) for name, options in map(parsed, fitting(graph))]
    known = [replace(item, options=options) for item, options in apt if item is not None]
    if known:
        yield "Fits this drawing", known[:_MOST_FITTING]
    yield (
        "Your own",
        [
            Item("A file or folder…", "images, tables, arrays", "own"),
            Item("Points drawn by hand…", "with the mouse", "hand"),
            *(Item(path.stem, "drawn by hand", "hand", str(path)) for path in drawn_files()),
        ],
    )
    yield "Comes with GraphLab", list(_shipped())
    yield "Made from a seed", list(_generated())
    yield "Over the network", list(_catalogue())


def ready(graph: Graph) -> tuple[str, str] | None:
    """The spec and the title of the likeliest set for a drawing that can be opened at once."""
    for spec in fitting(graph):
        name, _ = parsed(spec)
        entry = CATALOGUE.get(name)
        if entry is None or is_here(name, entry):
            known = GENERATED.get(name) or SHIPPED.get(name) or entry
            return (spec, known.title) if known else None
    return None


def where_of(name: str) -> Source:
    """The home of a named set, or of a path."""
    if name in GENERATED:
        return "generated"
    if name in SHIPPED:
        return "shipped"
    if name in CATALOGUE:
        return "catalogue"
    return "hand" if Path(name) in drawn_files() else "own"


def _generated() -> Iterator[Item]:
    for name, one in GENERATED.items():
        yield Item(one.title, examples_text(one.examples, one.shape, one.task), "generated", name)


def _shipped() -> Iterator[Item]:
    for name, one in SHIPPED.items():
        yield Item(one.title, examples_text(one.examples, one.shape, one.task), "shipped", name)


def _catalogue() -> Iterator[Item]:
    for name, entry in CATALOGUE.items():
        where = "fetched" if is_here(name, entry) else size_shown(entry.size)
        yield Item(entry.title, f"{where} · {entry.licence}", "catalogue", name)
