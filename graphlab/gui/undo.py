"""Undo keeps values: a graph is frozen, so the one before and the one after are all it takes.

With each goes what stood in its run by choice of the person: values set by hand, and breakpoints.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, NamedTuple

from PySide6.QtGui import QUndoCommand

from graphlab.graph import Graph


class Standing(NamedTuple):
    """A graph to go over to, and what is to stand in its run."""

    graph: Graph
    names: Mapping[str, str] | None = None
    """What nodes of the graph before are called in this one, where that is another name.

    None where that is still to be found, and where one graph did not come from the other.
    """
    by_hand: Mapping[str, Any] | None = None  # None: what was set before and still has its node
    breakpoints: AbstractSet[str] = frozenset()  # those that the graph before has no node for
    start: str | None = None  # what gradients are taken of; None: what followed from the one before


class Exchange(QUndoCommand):
    """Goes over to another standing and keeps the one that was, to which the next call goes back.

    ``exchange`` does so, and cannot fail.
    """

    def __init__(
        self, text: str, to: Standing, exchange: Callable[[Standing], Standing], *, is_edit: bool
    ) -> None:
        super().__init__(text)
        self._to, self._exchange = to, exchange
        self.is_edit = is_edit
        """Whether the document is another with it."""

    def redo(self) -> None:
        """Go over; called once when it is pushed."""
        self._to = self._exchange(self._to)

    def undo(self) -> None:
        """Go back."""
        self._to = self._exchange(self._to)
