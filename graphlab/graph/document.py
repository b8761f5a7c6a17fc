"""The one graph that a window, a command or a lesson works on, and who hears when it changes.

Only the main thread sets ``document.graph``; workers are handed the frozen graph.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from graphlab.graph.file import load, save
from graphlab.graph.graph import Change, Graph, difference

T = TypeVar("T")


class Signal(Generic[T]):
    """Calls its listeners, in the order they connected, with what is emitted."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[T], object]] = []
        self.is_emitting = False

    def connect(self, listener: Callable[[T], object]) -> None:
        """Have ``listener`` called from now on; connecting it twice calls it twice."""
        self._listeners.append(listener)

    def disconnect(self, listener: Callable[[T], object]) -> None:
        """Stop calling ``listener``; raises ``ValueError`` if it is not connected."""
        self._listeners.remove(listener)

    def emit(self, value: T) -> None:
        """Call every listener; the first that raised does so once all have been called."""
        failures: list[Exception] = []
        self.is_emitting = True
        try:
            for listener in tuple(self._listeners):
                try:
                    listener(value)
                except Exception as error:
                    failures.append(error)
        finally:
            self.is_emitting = False
        if failures:
            raise failures[0]


class Document:
    """A graph, where it is saved, and ``changed``, which tells what each new graph changed."""

    def __init__(self, graph: Graph | None = None, path: Path | None = None) -> None:
        self._graph = graph if graph is not None else Graph()
        self._saved = self._graph
        self.path = path
        self.changed: Signal[Change] = Signal()

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> Document:
        """The document in a file; raises ``FileError``."""
        return cls(load(path), Path(path))

    @property
    def graph(self) -> Graph:
        """The graph as it is now; set it to the result of an edit, or to an earlier one to undo."""
        return self._graph

    @graph.setter
    def graph(self, graph: Graph) -> None:
        if self.changed.is_emitting:
            raise RuntimeError("a listener of changed may not change the graph again")
        change = difference(self._graph, graph)
        self._graph = graph
        if any(change):
            self.changed.emit(change)

    @property
    def is_modified(self) -> bool:
        """Whether saving would write another graph, or another picture of it, than was saved."""
        return self._graph is not self._saved and any(difference(self._saved, self._graph))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Save to ``path``, which is the document's from then on; raises ``FileError``."""
        save(self._graph, path)
        self._saved = self._graph
        self.path = Path(path)
