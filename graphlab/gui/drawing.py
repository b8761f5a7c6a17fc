"""Keeps the canvas showing the session: the sheet of its graph, the layout, the emphasis."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from PySide6.QtCore import QObject, QRectF

from graphlab.engine.steps import Step
from graphlab.graph import Graph, InPort
from graphlab.gui.background import Background
from graphlab.gui.canvas.figure import Card, Emphasis, Figure, Link
from graphlab.gui.canvas.metrics import arranged
from graphlab.gui.canvas.view import CanvasView
from graphlab.gui.figures import Sheet, emphasis, problem_texts
from graphlab.gui.notes import unfit_value, unfit_values
from graphlab.gui.session import Session
from graphlab.gui.theme import Theme, typography

LARGE = 200
"""With more nodes than this the layout is found in the background."""

_SMALL, _READABLE = 0.6, 0.8  # a zoom too small for numbers, and one that is not
_CARD = (104.0, 96.0)  # about the size of a card


class Drawing(QObject):
    """One canvas and the session it shows."""

    def __init__(self, session: Session, canvas: CanvasView, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session, self.canvas = session, canvas
        self.problems: dict[str, str] = {}
        self.background = Background(self)
        self._sheet = Sheet(Graph())
        self._outline: Figure | None = Figure()
        self._key: Hashable = None
        self._has_followed = False

    def show_graph(self) -> None:
        """Show the session's graph; where cards and links are as before, nothing moves."""
        graph = self.session.graph
        self._sheet = Sheet(graph)
        cards, links = list(self._sheet.cards.values()), list(self._sheet.links.values())
        key = _outline_key(cards, links)
        if key == self._key and self._outline is not None:
            self._show(keep_view=True)
            return
        self.background.drop()
        self._key, self._outline = key, None
        positions = dict(graph.view.positions)
        kept = positions if positions.keys() >= graph.nodes.keys() else None
        if len(cards) <= LARGE:
            self._take(arranged(cards, links, typography(), kept))
            return
        self.canvas.show_figure(Figure())
        self.canvas.set_hint(f"Laying out {len(cards)} nodes…")
        self.background.start(lambda: arranged(cards, links, typography(), kept), self._take)

    def show_step(self, step: Step | None) -> None:
        """Show a step that was taken or taken back; everything anew for None."""
        run, now = self.session.run, self.session.step
        if step is None:
            self._read()
        else:
            if step.phase == "forward":
                self._judge(step.node)
            self._sheet.read_step(run, step, self.problems, is_taken=step is now)
        self._paint()

    def contribution(self, target: InPort) -> Any:
        """What flowed back along an edge; None if nothing did yet."""
        return self._sheet.contribution(target)

    def set_theme(self, theme: Theme) -> None:
        """Show the same in other colours."""
        self.canvas.set_theme(theme)
        if self._outline is not None:
            self._show(keep_view=True)

    def _take(self, outline: Figure) -> None:
        self._outline = outline
        self.canvas.set_hint("")
        self._show(keep_view=False)

    def _show(self, *, keep_view: bool) -> None:
        """The cards at their full size first, then what is written on them now."""
        if self._outline is None:
            return
        self.canvas.show_figure(self._outline, keep_view=keep_view)
        self._read()
        self._paint()

    def _read(self) -> None:
        session = self.session
        self.problems = problem_texts(session.graph, session.problems, with_unfed=session.has_tried)
        for name, told in unfit_values(session.run).items():
            self.problems.setdefault(name, told)
        self._sheet.read(session.run, self.problems)

    def _judge(self, name: str) -> None:
        """Renew what is wrong with the value of one node that was computed or forgotten."""
        told = unfit_value(self.session.run, name)
        self.problems.pop(name, None)
        if told:
            self.problems[name] = told

    def _paint(self) -> None:
        if self._outline is None:
            return
        outline = self._outline
        self.canvas.update_labels(self._sheet.figure(outline.positions, outline.routes))
        session = self.session
        lit = emphasis(session.graph, session.step, is_last=session.position.is_done)
        self.canvas.emphasise(lit)
        self._follow(lit)

    def _follow(self, lit: Emphasis) -> None:
        """Bring what is active into view, so near that its numbers can be read; later all of it."""
        edges, outline = self.session.graph.edges, self._outline
        links = [key for key in lit.links if isinstance(key, InPort)]
        active = {*lit.cards, *(k.node for k in links), *(edges[k].node for k in links)}
        if self._has_followed and not active:
            self._has_followed = False
            self.canvas.fit()
        if outline is None or not active:
            return
        places = [outline.positions[name] for name in active]
        left, top = (min(values) for values in zip(*places, strict=True))
        right, bottom = (max(values) for values in zip(*places, strict=True))
        area = QRectF(left, top, right - left + _CARD[0], bottom - top + _CARD[1])
        is_small = self.canvas.zoom < _SMALL
        if is_small:
            self.canvas.zoom_by(_READABLE / self.canvas.zoom)
        shown = self.canvas.mapToScene(self.canvas.viewport().rect()).boundingRect()
        if is_small or not shown.contains(area):
            self.canvas.centerOn(area.center())
            self._has_followed = True


def _outline_key(cards: list[Card], links: list[Link]) -> Hashable:
    """What the places of cards and links follow from."""
    shapes = [None if card.picture is None else card.picture.shape for card in cards]
    return (
        tuple((c.id, c.symbol, c.title, c.detail, s) for c, s in zip(cards, shapes, strict=True)),
        tuple((k.id, k.source, k.tail_index, k.tail_count, k.port_count) for k in links),
    )
