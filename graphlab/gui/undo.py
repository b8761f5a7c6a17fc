"""Undo keeps values: a graph is frozen, so the one before and the one after are all it takes."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QUndoCommand

from graphlab.graph import Graph


class GraphEdit(QUndoCommand):
    """One edit of the document; ``show`` makes a graph the current one and cannot fail."""

    def __init__(
        self, text: str, before: Graph, after: Graph, show: Callable[[Graph], None]
    ) -> None:
        super().__init__(text)
        self._before, self._after, self._show = before, after, show

    def redo(self) -> None:
        """Make the edit; called once when it is pushed."""
        self._show(self._after)

    def undo(self) -> None:
        """Go back to the graph before it."""
        self._show(self._before)
