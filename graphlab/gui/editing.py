"""Gestures on the canvas become edits of the document, each exactly one undo step."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRect, QRectF, Signal
from PySide6.QtGui import QDropEvent, QGuiApplication
from PySide6.QtWidgets import QWidget

from graphlab.graph import Graph, InPort, OutPort
from graphlab.graph.edits import move
from graphlab.graph.templates import Template
from graphlab.gui.canvas.camera import sides
from graphlab.gui.canvas.figure import Point
from graphlab.gui.canvas.view import CanvasView
from graphlab.gui.cards import Cards
from graphlab.gui.clipboard import Clipboard
from graphlab.gui.hand import Hand, several
from graphlab.gui.inside import Inside
from graphlab.gui.later import later
from graphlab.gui.placement import CARD, beside, centred, clear, free_within, union
from graphlab.gui.rename import RenameField
from graphlab.gui.session import Session
from graphlab.gui.sizes import sizes
from graphlab.gui.theme import GRID, Theme
from graphlab.gui.typeset import Typesetter
from graphlab.gui.wiring import Wiring, unwired, wired

if TYPE_CHECKING:
    from graphlab.gui import adding, choices
    from graphlab.gui.choices import Choice, Fits
    from graphlab.gui.panels import ops
else:
    adding = later("graphlab.gui.adding")
    choices = later("graphlab.gui.choices")
    ops = later("graphlab.gui.panels.ops")

Port = OutPort | InPort
_DRAGGED = (QEvent.Type.DragEnter, QEvent.Type.DragMove, QEvent.Type.Drop)


class Editor(QObject):
    """One session's graph, drawn, wired and rearranged on one canvas."""

    refused = Signal(str)  # why something asked for was not done, in a sentence
    changed = Signal()  # what is selected, or what is on the clipboard

    def __init__(
        self, session: Session, canvas: CanvasView, typesetter: Typesetter, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.session, self.canvas = session, canvas
        self.hand = Hand(session, canvas, self)
        self.cards, self.clipboard = Cards(self.hand), Clipboard(self.hand)
        self.inside = Inside(self.hand, self.cards, self)
        self._typesetter, self._window = typesetter, parent
        self.rename_field = RenameField(canvas.viewport())
        self._wiring = Wiring(session.graph)
        self._asked: Port | None = None  # whose wire was let go on the ground
        self._feeds: list[OutPort] = []  # what is selected while the palette is open
        canvas.refusal = self.refusal
        self._connect()

    def _connect(self) -> None:
        canvas, cards = self.canvas, self.cards
        self.session.opened = cards.regrouping.opened
        self.session.typed = cards.regrouping.typed
        canvas.cards_moved.connect(cards.put)
        canvas.wired.connect(self.wire)
        canvas.replugged.connect(self.replug)
        canvas.unplugged.connect(self.unplug)
        canvas.wire_refused.connect(self.hand.refuse)
        canvas.dropped_in_void.connect(self._ask_for_wire)
        canvas.op_asked.connect(self._ask)
        canvas.delete_asked.connect(cards.delete)
        canvas.card_activated.connect(self._activate)
        canvas.frame_activated.connect(cards.fold)
        canvas.selection_changed.connect(self.changed)
        canvas.view_changed.connect(self.rename_field.dismiss)
        canvas.viewport().installEventFilter(self)
        self.hand.refused.connect(self.refused)
        self.rename_field.closed.connect(canvas.setFocus)
        QGuiApplication.clipboard().dataChanged.connect(self.changed)

    @cached_property
    def palette(self) -> ops.QuickPalette:
        """The palette that opens at the pointer."""
        palette = ops.QuickPalette(self._typesetter, self._window)
        palette.set_theme(self.canvas.theme)
        palette.picked.connect(self._pick)
        palette.closed.connect(self.canvas.setFocus)
        return palette

    @cached_property
    def panel(self) -> ops.OpsPanel:
        """The panel of all ops."""
        panel = ops.OpsPanel(self._typesetter)
        panel.set_theme(self.canvas.theme)
        panel.picked.connect(self.add)
        return panel

    def set_theme(self, theme: Theme) -> None:
        """Put what it shows into other colours."""
        for made in ("palette", "panel"):
            if made in self.__dict__:
                getattr(self, made).set_theme(theme)

    # --- edges --------------------------------------------------------------------------------
    def refusal(self, source: OutPort, target: InPort) -> str:
        """Why no edge may be drawn there, in a sentence; empty where it may."""
        return self.wiring.refusal(source, target)

    @property
    def wiring(self) -> Wiring:
        """The rules for the graph as it is."""
        if self._wiring.graph is not self.session.graph:
            self._wiring = Wiring(self.session.graph)
        return self._wiring

    def wire(self, source: OutPort, target: InPort) -> bool:
        """Draw an edge, in place of the one that ends there."""
        return self._plug(f"wire {source} to {target.node}", (), source, target)

    def replug(self, old: InPort, source: OutPort, target: InPort) -> bool:
        """Move one end of an edge."""
        return self._plug(f"move the edge to {target.node}", (old,), source, target)

    def _plug(self, text: str, old: Sequence[InPort], source: OutPort, target: InPort) -> bool:
        reason = self.refusal(source, target)
        if reason:
            self.hand.refuse(reason)
            return False
        gone = [edge for port in old for edge in self.hand.seen.edges(port)]
        targets = adding.ends_of(self.hand.graph, target)
        if set(gone) == set(targets):
            gone = []
        return self.hand.edit(text, lambda graph: wired(unwired(graph, gone), source, targets))

    def unplug(self, target: InPort) -> bool:
        """Take an edge away."""
        edges = self.hand.seen.edges(target)
        return self.hand.edit(f"unplug {target}", lambda graph: unwired(graph, edges))

    def can_connect(self) -> bool:
        """Whether one of the selected cards can feed the one selected last."""
        last, graph = self._last(), self.session.graph
        if last is None or not adding.has_free_end(graph, last):
            return False
        return any(adding.free_ends(graph, source, last) for source in self._sources(last))

    def connect_selected(self) -> None:
        """Wire the selected cards to free inputs of the one selected last."""
        last = self._last()
        if last is None:
            return
        sources = self._sources(last)

        def connected(graph: Graph) -> Graph:
            for source in sources:
                graph = wired(graph, source, adding.free_ends(graph, source, last))
            return graph

        self.hand.edit(f"wire {several(map(str, sources))} to {last}", connected)

    def _last(self) -> str | None:
        """The card that was selected last of several."""
        last = self.canvas.selected
        return last if last in self.hand.chosen and self.cards.several() else None

    def _sources(self, last: str) -> list[OutPort]:
        ports = (self.hand.output(card) for card in self.hand.chosen if card != last)
        return [port for port in ports if port is not None]

    def lead_wire(self) -> None:
        """Lead an edge from the selected card by keys."""
        self.canvas.setFocus()
        self.canvas.begin_wiring()

    # --- nodes --------------------------------------------------------------------------------
    def add(
        self,
        choice: Choice,
        place: Point | None = None,
        *,
        feeds: Sequence[OutPort] = (),
        target: InPort | None = None,
    ) -> bool:
        """Add a choice and wire it: its first inputs to ``feeds``, its output to ``target``.

        Without a place it goes beside what feeds it, or near the middle of the view, where
        nothing lies over it.
        """
        new: list[str] = []
        count = len(choice.op.ports) if choice.op.variadic is None else len(feeds)
        feeds = feeds if len(feeds) <= count else ()
        place = self._place(place, feeds)

        def placed(graph: Graph) -> Graph:
            home = self._home([port.node for port in feeds] or ([target.node] if target else []))
            graph, name = adding.added(graph, choice, feeds, target, home)
            new.append(name)
            return move(graph, {name: place})

        is_added = self.hand.edit(f"add {choice.op.name}", placed, lambda: new)
        if is_added:
            self.canvas.bring_into_view(QRectF(*self.hand.box(new[-1])))
        return is_added

    def _place(self, place: Point | None, feeds: Sequence[OutPort]) -> Point:
        hand = self.hand
        boxes = hand.boxes()
        if place is not None:
            return clear(place, boxes.values())
        sources = [boxes[card] for port in feeds if (card := hand.seen.owner[port.node]) in boxes]
        if sources:
            return beside(sources, boxes.values())
        wish, taken = centred(hand.middle()), [*boxes.values(), *hand.covered()]
        free = free_within(wish, sides(hand.in_view()), taken)
        return clear(wish, boxes.values()) if free is None else free

    def _home(self, neighbours: Sequence[str]) -> str | None:
        """The opened group that all of these are in; a new node beside them belongs to it."""
        nodes, owner = self.session.graph.nodes, self.hand.seen.owner
        homes = {nodes[name].group if owner[name] == name else None for name in neighbours}
        return homes.pop() if len(homes) == 1 else None

    def _selected(self) -> list[OutPort]:
        ports = (self.hand.output(card) for card in self.hand.chosen)
        return [port for port in ports if port is not None]

    # --- asking what to add ---------------------------------------------------------------------
    def ask(self) -> None:
        """Open the palette where the pointer is."""
        self._ask(" ", self.canvas.pointed_at())

    def _ask(self, text: str, place: Point) -> None:
        """Open the palette; typed letters take up what is selected, a double click does not."""
        self._asked, self._feeds = None, self._selected() if text else []
        around = union(map(self.hand.box, self.hand.chosen)) if self._feeds else None
        beside_it = None if around is None else (around[0] + around[2] + GRID, around[1])
        self._open(text.strip(), place, None, beside_it)

    def _ask_for_wire(self, port: Port, place: Point) -> None:
        """A wire was let go on the ground: offer what it fits to."""
        self._asked, self._feeds = port, []

        shape = None if isinstance(port, InPort) else sizes(self.session.graph).of(port)

        def fits(choice: Choice) -> bool:
            if isinstance(port, InPort):
                return True
            if isinstance(choice.op, Template):
                return shape is None or adding.takes(choice.op.name, shape)
            return self.wiring.takes(choice.op, port, choice.attributes)

        self._open("", place, fits)

    def _open(
        self, text: str, place: Point, fits: Fits | None, shown_at: Point | None = None
    ) -> None:
        corner = self.canvas.mapFromScene(QPointF(*(shown_at or place)))
        at = self.canvas.viewport().mapToGlobal(corner)
        self.palette.ask(text, place, self._within(at), fits)

    def _within(self, at: QPoint) -> QPoint:
        parent = self.palette.parentWidget()
        return at if parent is None else parent.mapFromGlobal(at)

    def _pick(self, choice: Choice, place: Point) -> None:
        port, feeds = self._asked, self._feeds
        x, y = place
        if isinstance(port, OutPort):
            self.add(choice, (x, y - CARD[1] / 2), feeds=(port,))
        elif port is not None:
            self.add(choice, (x - CARD[0], y - CARD[1] / 2), target=port)
        elif feeds and choice.op.category != "Source":
            self.add(choice, feeds=feeds)
        else:
            self.add(choice, centred(place))

    # --- names --------------------------------------------------------------------------------
    def can_rename(self) -> bool:
        """Whether one card is selected, or all that are lie in one group."""
        return self.cards.one() or self.cards.group() is not None

    def rename(self) -> None:
        """Open a field over the selected card's name; over several cards, their group's."""
        chosen = self.hand.chosen
        whole = self.canvas.selected_group
        name = chosen[0] if len(chosen) == 1 and whole is None else self.cards.group()
        if name is None:
            return
        graph, canvas = self.session.graph, self.canvas
        box = self.hand.box(name if name in canvas.places.index else chosen[0])
        area: QRect = canvas.mapFromScene(QRectF(*box)).boundingRect()
        shown = self.cards.called(name) if name in graph.groups else name
        self.rename_field.ask(shown, area, lambda text: self.cards.rename(name, text))

    def _activate(self, card: str) -> None:
        """Double click: a folded group opens."""
        if card in self.hand.seen.cards and self.hand.seen.is_group(card):
            self.cards.open([card])

    # --- dragged out of the panel ---------------------------------------------------------------
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """An op dragged onto the canvas is added where it is let go."""
        if not isinstance(event, QDropEvent) or event.type() not in _DRAGGED:
            return super().eventFilter(watched, event)
        if not event.mimeData().hasFormat(choices.OP_MIME):
            return super().eventFilter(watched, event)
        event.acceptProposedAction()
        if event.type() == QEvent.Type.Drop:
            name = bytes(event.mimeData().data(choices.OP_MIME).data()).decode(errors="replace")
            point = self.canvas.mapToScene(event.position().toPoint())
            choice = next(
                (found for found in choices.every_choice() if found.op.name == name), None
            )
            if choice is not None:
                self.add(choice, centred((point.x(), point.y())))
        return True
