"""What every edit by hand shares: what is selected, where it is, and one undo step per gesture."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from operator import is_not
from typing import cast

from PySide6.QtCore import QObject, QRectF, Qt, Signal
from PySide6.QtWidgets import QWidget

from graphlab.errors import GraphLabError
from graphlab.graph import Graph, InPort, OutPort
from graphlab.graph.folding import Outlook, outlook
from graphlab.gui.canvas.boxes import Rect, distinct
from graphlab.gui.canvas.camera import sides
from graphlab.gui.canvas.figure import Point
from graphlab.gui.canvas.geometry import Geometry
from graphlab.gui.canvas.view import CanvasView
from graphlab.gui.placement import pinned
from graphlab.gui.session import Session
from graphlab.gui.theme import GRID


class Hand(QObject):
    """The session's graph under a hand that works on the canvas."""

    refused = Signal(str)  # why something asked for was not done, in a sentence

    def __init__(self, session: Session, canvas: CanvasView, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session, self.canvas = session, canvas
        # every command asks for the order again and again; only the three things change it
        self._sorted: tuple[tuple[Geometry, Graph], list[str]] | None = None
        canvas.selection_changed.connect(self._forget)

    @property
    def graph(self) -> Graph:
        """The document."""
        return self.session.graph

    @property
    def seen(self) -> Outlook:
        """Its cards and links."""
        return outlook(self.graph)

    @property
    def chosen(self) -> list[str]:
        """The selected cards, from top to bottom as they are drawn."""
        now = self.canvas.places, self.graph
        known = self._sorted
        if known is None or any(map(is_not, known[0], now)):
            seen, places = self.seen, self.canvas.places
            cards = [
                name
                for name in self.canvas.selection
                if seen.owner.get(name) == name or seen.is_group(name)
            ]
            corners = places.cards[[places.index[name] for name in cards], 1::-1].tolist()
            order = [name for _, name in sorted(zip(corners, cards, strict=True))]
            known = self._sorted = now, order
        return list(known[1])

    def _forget(self) -> None:
        self._sorted = None

    @property
    def link(self) -> InPort | None:
        """The selected link, as the first of its edges."""
        found = cast("InPort | None", self.canvas.selected_link)
        return found if found in self.graph.edges else None

    def box(self, card: str) -> Rect:
        """Where a card is drawn."""
        places = self.canvas.places
        x, y, width, height = places.cards[places.index[card]].tolist()
        return x, y, width, height

    def boxes(self) -> dict[str, Rect]:
        """Where every card is drawn."""
        return {card: self.box(card) for card in self.canvas.places.index}

    def output(self, card: str) -> OutPort | None:
        """The first output of a card; a folded group may have none."""
        seen = self.seen
        return next(iter(seen.outputs[card]), None) if seen.is_group(card) else OutPort(card)

    def middle(self) -> Point:
        """The middle of what is in view."""
        point = self.canvas.visible().center()
        return point.x(), point.y()

    def in_view(self) -> QRectF:
        """What is in view, without its edge."""
        margin = GRID / self.canvas.zoom
        return self.canvas.visible().adjusted(margin, margin, -margin, -margin)

    def drawn(self) -> list[Rect]:
        """The cards in view, and the links there with all that stands on them."""
        places, area = self.canvas.places, sides(self.canvas.visible())
        found = [places.card_box(i, is_told=False) for i in places.cards_in(area).tolist()]
        for link in distinct(places.owners[places.pieces_in(area)]).tolist():
            found += places.link_boxes(link)
        return found

    def covered(self) -> list[Rect]:
        """What of the figure's plane lies under words or a map over the canvas."""
        nearest = Qt.FindChildOption.FindDirectChildrenOnly
        over = [w for w in self.canvas.findChildren(QWidget, options=nearest) if w.isVisible()]
        return [
            sides(self.canvas.under(widget.geometry()))
            for widget in over
            if widget is not self.canvas.viewport()
        ]

    def edit(
        self,
        text: str,
        make: Callable[[Graph], Graph],
        select: Callable[[], Iterable[str]] | None = None,
        *,
        stays: bool = True,
    ) -> bool:
        """Edit the document as one undo step; False, and nothing done, where that is refused.

        Cards that no hand has placed stay where they are, unless the edit is to move them.
        ``select`` says what is selected afterwards.
        """
        before = pinned(self.graph, self.canvas.figure.positions) if stays else self.graph
        try:
            after = make(before)
        except GraphLabError as error:
            self.refuse(str(error))
            return False
        if after is before or not self.session.edit(text, after):
            return False
        if select is not None:
            self._select(list(select()))
        return True

    def _select(self, names: list[str]) -> None:
        """Select cards, or the one opened group that is named."""
        if len(names) == 1 and any(frame.id == names[0] for frame in self.canvas.figure.frames):
            self.canvas.click_frame(names[0])
        else:
            self.canvas.select_cards(names)

    def refuse(self, reason: str) -> None:
        """Tell why something is not done."""
        self.refused.emit(reason if reason.endswith(".") else reason + ".")


def several(names: Iterable[str], what: str = "card") -> str:
    """The one name there is, or how many there are."""
    found = list(names)
    return found[0] if len(found) == 1 else f"{len(found)} {what}s"
