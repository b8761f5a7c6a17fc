"""What can be undone: edits of the document, and values set by hand in its run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, QSignalBlocker, Signal
from PySide6.QtGui import QUndoStack

from graphlab.engine.feeds import check_feed, feed
from graphlab.errors import RunError
from graphlab.graph import Graph
from graphlab.graph.graph import difference
from graphlab.graph.shapes import infer_shapes
from graphlab.gui.stepping import Stepping
from graphlab.gui.undo import Exchange, Standing
from graphlab.ops import show_shape


class History(Stepping):
    """A run, and the steps that lead back to what stood before."""

    changed = Signal(object)  # Change: the document is another graph
    named = Signal()  # the file's name or whether it is saved

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.undo_stack = QUndoStack(self)
        self._was_saved = True
        self.undo_stack.indexChanged.connect(self._on_moved)
        self.undo_stack.cleanChanged.connect(self._on_moved)

    @property
    def is_saved(self) -> bool:
        """Whether closing would lose nothing; values set by hand are part of no file."""
        stack = self.undo_stack
        here, saved = stack.index(), stack.cleanIndex()
        since = (stack.command(i) for i in range(min(here, saved), max(here, saved)))
        return saved >= 0 and not any(isinstance(c, Exchange) and c.is_edit for c in since)

    def forget_steps(self) -> None:
        """Let undo go back no further than here; what is unsaved stays so."""
        was_saved, stack = self.is_saved, self.undo_stack
        with QSignalBlocker(stack):  # else it would be told to be saved for a moment
            stack.clear()
            if not was_saved:
                stack.resetClean()
        stack.indexChanged.emit(0)

    def _on_moved(self) -> None:
        if self._was_saved != self.is_saved:
            self._was_saved = self.is_saved
            self.named.emit()

    def edit(self, text: str, graph: Graph) -> bool:
        """Make ``graph`` the document as one undo step called ``text``; False if it is the same."""
        if graph is self.graph or not any(difference(self.graph, graph)):
            return False
        self._push(text, graph)
        return True

    # --- values set by hand -------------------------------------------------------------------
    def set_inner(self, name: str, value: Any) -> None:
        """Give a computed node another value, in this run alone: no file keeps any of it.

        What does not depend on it stays.  Raises ``GraphLabError`` for a value that cannot stand
        there.
        """
        given = feed(value, name)
        check_feed(self.graph, name, given)
        fed = {name: np.shape(given) for name, given in self.run.feeds.items()}
        shape = infer_shapes(self.graph, fed).of(self.graph.port(name))
        if shape is not None and np.shape(given) != shape:
            raise RunError(
                f"{name} computes {show_shape(shape)} and was given {show_shape(np.shape(given))}: "
                "give a value of the same shape"
            )
        self._set_by_hand(f"{name} set by hand", {**self.values_by_hand, name: given})

    def release(self, name: str) -> None:
        """Let a node set by hand compute its own value again."""
        left = {other: value for other, value in self.values_by_hand.items() if other != name}
        if name in self.by_hand:
            self._set_by_hand(f"release of {name}", left)

    def release_all(self) -> None:
        """Let every node set by hand compute its own value again."""
        if self.by_hand:
            self._set_by_hand("release of the values set by hand", {})

    def _set_by_hand(self, text: str, values: Mapping[str, Any]) -> None:
        to = Standing(self.graph, by_hand=values)
        self.undo_stack.push(Exchange(text, to, self._exchange, is_edit=False))

    # --- going over ---------------------------------------------------------------------------
    def _push(self, text: str, graph: Graph, names: Mapping[str, str] | None = None) -> None:
        self.undo_stack.push(Exchange(text, Standing(graph, names), self._exchange, is_edit=True))

    def _exchange(self, to: Standing) -> Standing:
        """Make what is to stand the current one, and return what stood; only this does."""
        before = self.graph
        if to.graph is before and to.by_hand is not None:
            return self._put_by_hand(to)
        stood, note = self._go_over(to)
        self.told.emit("")
        self.changed.emit(difference(before, to.graph))
        if note:
            self.noted.emit(note)
        return stood
