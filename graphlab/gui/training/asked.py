"""What a process that trains was asked for, and who waits for the answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from numpy.typing import NDArray
from PySide6.QtCore import QObject

from graphlab.errors import GraphLabError
from graphlab.gui.background import Background

Arrays = dict[str, NDArray[Any]]


class Asked(NamedTuple):
    """One question; its answer is an event.  The next about its ``view`` takes its place."""

    view: str
    read: Callable[[Mapping[str, Any]], Any]  # what the event tells of, in a thread
    then: Callable[[Any], object]
    refused: Callable[[str], object]

    def found(self, event: Mapping[str, Any]) -> tuple[Any, str]:
        """What its answer holds, or why it cannot be read; for a thread."""
        try:
            return self.read(event), ""
        except (GraphLabError, OSError) as error:
            return None, str(error)


class Questions(QObject):
    """What was asked and is not answered yet, by number."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._number = 0
        self._open: dict[int, Asked] = {}
        self._readers = defaultdict[str, Background](lambda: Background(self))

    def add(self, asked: Asked) -> int:
        """One more, in place of an earlier one about the same view; its number."""
        for number, other in list(self._open.items()):
            if other.view == asked.view:
                del self._open[number]
        self._readers[asked.view].drop()
        self._number += 1
        self._open[self._number] = asked
        return self._number

    def answer(self, event: Mapping[str, Any]) -> None:
        """Hand on what a ``view`` or ``refused`` of the process tells, to who waits for it."""
        number = event.get("id") or 0
        asked = self._open.get(number)
        if asked is None:
            return
        if event["event"] == "refused":
            del self._open[number]
            asked.refused(event["message"])
            return

        def then(answer: tuple[Any, str]) -> None:
            found, problem = answer
            del self._open[number]  # only now: until it is read it may still be refused
            asked.refused(problem) if problem else asked.then(found)

        self._readers[asked.view].start(lambda: asked.found(event), then)

    def drop(self, message: str) -> None:
        """Refuse all of them with a sentence."""
        asked, self._open = self._open, {}
        for reader in self._readers.values():
            reader.drop()
        for each in asked.values():
            each.refused(message)


def read_arrays(event: Mapping[str, Any]) -> Arrays:
    """The arrays of a view by name; raises ``GraphLabError`` where its file holds none."""
    from graphlab.torch_backend.weights import load_weights

    return load_weights(event["file"])
