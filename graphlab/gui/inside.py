"""Which group one has stepped into, and the way back out of it."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPointF

from graphlab.graph import Graph
from graphlab.graph.grouping import chain_of
from graphlab.gui.cards import Cards
from graphlab.gui.hand import Hand
from graphlab.gui.panels.crumbs import Crumbs

_ROOM = 64.0  # left around a group that is stepped into
_LARGEST = 1.25


class Inside(QObject):
    """The group that is shown by itself; the crumbs over the canvas tell it and lead back."""

    def __init__(self, hand: Hand, cards: Cards, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._hand, self._cards = hand, cards
        self.group: str | None = None
        self._opened: set[str] = set()  # by stepping into them; they are folded on the way back
        self._graph: Graph = hand.graph
        self.crumbs = Crumbs(hand.canvas)
        self.crumbs.chosen.connect(lambda name: self.go(name or None))
        hand.session.changed.connect(self._follow)

    def enter(self) -> None:
        """Open a group and bring what is in it close."""
        name = self._cards.group()
        if name is None:
            return
        if name in self._hand.graph.view.folded:
            self._opened.add(name)
            self._cards.open([name])
        self._show(name)

    def can_leave(self) -> bool:
        """Whether one is in a group, or the selection is in an opened one."""
        name = self._cards.group()
        is_in = name is not None and name not in self._hand.graph.view.folded
        return self.group is not None or is_in

    def leave(self) -> None:
        """Fold the group one is in, or that around the selection, and show what is around it."""
        name = self.group or self._cards.group()
        if name is None:
            return
        self._opened.add(name)
        is_inside = self.group is not None
        self.go(self._hand.graph.groups[name].parent if is_inside else None, name)

    def go(self, to: str | None, start: str | None = None) -> None:
        """Back to a group around this one, or to the whole graph; what was opened is folded."""
        graph, here = self._hand.graph, start or self.group
        left = list(chain_of(graph, here))
        left = left[: left.index(to)] if to in left else left
        self.group = None
        for name in left:
            if name in self._opened and name not in self._hand.graph.view.folded:
                self._cards.fold(name)
            self._opened.discard(name)
        self._show(to)
        self._hand.canvas.setFocus()

    def forget(self) -> None:
        """All is shown: one is in no group."""
        self.group = None
        self._opened.clear()
        self.crumbs.show_path(())

    def _show(self, name: str | None) -> None:
        canvas = self._hand.canvas
        if name is None:
            self.forget()
            canvas.fit()
            return
        self.group = name
        self._tell()
        for frame, box in zip(canvas.figure.frames, canvas.places.frames.tolist(), strict=True):
            if frame.id == name:
                x, y, width, height = box
                room = canvas.viewport().rect()
                zoom = min(room.width() / (width + _ROOM), room.height() / (height + 2 * _ROOM))
                canvas.look_at(QPointF(x + width / 2, y + height / 2), min(zoom, _LARGEST))

    def _tell(self) -> None:
        chain = reversed(list(chain_of(self._hand.graph, self.group)))
        self.crumbs.show_path([(name, self._cards.called(name)) for name in chain])

    def _follow(self) -> None:
        """Stay inside while the group is open; a new name of it is told."""
        before, self._graph = self._graph, self._hand.graph
        if self.group is None:
            return
        groups = self._graph.groups
        gone, new = before.groups.keys() - groups.keys(), groups.keys() - before.groups.keys()
        if gone == {self.group} and len(new) == 1:
            self._opened = {*self._opened, *new} if self.group in self._opened else self._opened
            self.group = new.pop()
        chain = list(chain_of(self._graph, self.group)) if self.group in groups else []
        if not chain or not self._graph.view.folded.isdisjoint(chain):
            self.forget()
        else:
            self._tell()
