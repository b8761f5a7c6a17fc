"""Keeps the canvas showing the session: the sheet of its graph, the layout, the emphasis."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, QRectF, QSizeF, Signal

from graphlab.engine.steps import Step
from graphlab.graph import Graph, InPort
from graphlab.graph.edits import fold
from graphlab.graph.folding import outlook
from graphlab.graph.graph import Change, Lineage
from graphlab.gui.background import Background
from graphlab.gui.canvas.boxes import bounds
from graphlab.gui.canvas.clearing import clear_view, has_room, left_in
from graphlab.gui.canvas.figure import Emphasis, Figure
from graphlab.gui.canvas.metrics import arranged
from graphlab.gui.canvas.painter import NUMBERS
from graphlab.gui.canvas.view import CanvasView
from graphlab.gui.emphasis import emphasis
from graphlab.gui.figures import Sheet
from graphlab.gui.folded import Folded
from graphlab.gui.layouts import Layouts, layout_key, mostly_there, moved, remaining
from graphlab.gui.lettering import scaled
from graphlab.gui.notes import problem_texts, unfit_value, unfit_values
from graphlab.gui.session import Session
from graphlab.gui.spacing import spaced
from graphlab.gui.theme import Theme, Type, typography

LARGE = 200
"""With more cards and links than this the layout is found in the background."""

_MANY_LABELS = 500
"""What stands on more cards and links than this is found in the background where much is new."""

_LARGE_NEST = 100  # the same where groups stand open, each of which is laid out by itself

_EMPTY = "Type to add an operation, or double-click. A formula can be typed above."
_WORDS = (300, 56)  # pixels that the shortest words about a step take, in text of the usual size
_READABLE = 0.8  # a zoom at which numbers can be read well


class Drawing(QObject):
    """One canvas and the session it shows."""

    caught_up = Signal()  # what stands on the cards was found in the background

    def __init__(self, session: Session, canvas: CanvasView, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session, self.canvas = session, canvas
        self.problems: dict[str, str] = {}
        self.background = Background(self)
        self._sheet = Sheet(Graph())
        self._outline: Figure | None = Figure()
        self._key: Hashable = None
        self._layouts = Layouts()
        self._has_followed, self._own_zoom = False, 0.0  # how near a step was shown last
        self.has_words: Callable[[], bool] = lambda: True  # whether a step is told in words
        self._is_placed = False  # whether a hand has placed any of the cards
        self._lineage: Lineage | None = None
        self._lit: Emphasis | None = None  # what is lit instead of the step
        self._opened: tuple[Graph, Folded] | None = None  # what was asked for last
        self._awaited: list[tuple[Step, bool]] | None = None  # steps since a reading was begun

    def show_graph(self) -> None:
        """Show the session's graph; where cards and links are as before, nothing moves."""
        graph, before = self.session.graph, self._sheet
        self._sheet = sheet = Sheet(graph, before)
        cards, links = list(sheet.blank_cards.values()), list(sheet.blank_links.values())
        frames = sheet.frames
        kept = spaced(graph, cards, links, typography())
        is_alike = (sheet.blank_cards, sheet.blank_links) == (
            before.blank_cards,
            before.blank_links,
        ) and frames == before.frames
        key = (self._key if is_alike else None) or layout_key(cards, links, frames, typography())
        is_same = self._lineage is graph.lineage and bool(kept)
        was_placed, self._is_placed, self._lineage = self._is_placed, bool(kept), graph.lineage
        if key == self._key and self._outline is not None and (kept or not was_placed):
            self._outline = moved(self._outline, kept)
            if is_alike and self.canvas.figure.positions == self._outline.positions:
                self._read()
                self._paint(follows=not self.canvas.approach.is_expected)
            else:
                self._show(keep_view=True)
            return
        self.background.drop()
        self._awaited = None
        self._key, self._outline = key, None
        size, most = len(cards) + len(links), _LARGE_NEST if frames else LARGE
        if size <= most or len(kept) == len(cards):  # with all in place it is quick
            self._take(arranged(cards, links, typography(), kept, frames), keep_view=is_same)
            return
        known = None if kept else self._layouts.find(key, cards, links, frames)
        if known is not None:
            self._take(known, keep_view=mostly_there(self.canvas.figure, known))
            return
        self._await_layout()
        self.background.start(
            lambda: arranged(cards, links, typography(), kept, frames),
            lambda found: self._take(found, key=None if kept else key),
        )

    def _await_layout(self) -> None:
        """Until places are found, show what is left of the graph before."""
        canvas, sheet = self.canvas, self._sheet
        left = remaining(canvas.figure, sheet.cards.keys(), sheet.links.values())
        if left is not canvas.figure:
            canvas.show_figure(left, keep_view=bool(left.cards))
        canvas.set_hint(f"Laying out {len(sheet.cards)} nodes…")

    def show_places(self, change: Change) -> bool:
        """Follow an edit that has only moved cards; False, and nothing done, for any other."""
        graph, before = self.session.graph, self._sheet.graph
        is_same = not any((change.added, change.removed, change.altered, change.is_regrouped,
                           change.is_remarked))  # fmt: skip
        if not is_same or graph.view.folded != before.view.folded:
            return False
        sheet = self._sheet
        cards, links = list(sheet.blank_cards.values()), list(sheet.blank_links.values())
        kept = spaced(graph, cards, links, typography())
        if len(kept) != len(cards):
            return False
        if self._outline is None or graph.lineage is not before.lineage:
            return False
        self._sheet.graph = graph
        self._is_placed, self._outline = True, moved(self._outline, kept)
        if self.canvas.figure.positions == self._outline.positions:
            return True  # a hand has put them there
        self.canvas.show_figure(self._outline, keep_view=True)
        self._paint()
        return True

    def show_step(self, step: Step | None) -> None:
        """Show a step that was taken or taken back; everything anew for None."""
        run, is_taken = self.session.run, step is self.session.step
        if step is None:
            self._read()
            self._paint()
            return
        if step.phase == "forward":
            self._judge(step.node)
        if self._awaited is None:
            touched = self._sheet.read_step(run, step, self.problems, is_taken=is_taken)
            if self._outline is not None:
                self.canvas.relabel(*touched)
        else:
            self._awaited.append((step, is_taken))
        self._light()

    def contribution(self, target: InPort) -> Any:
        """What flowed back along an edge; None if nothing did yet."""
        return self._sheet.contribution(target)

    def parts(self, target: InPort) -> list[Any]:
        """The same by the edges of the link, as far as they were visited."""
        return self._sheet.parts(target)

    def light(self, nodes: Iterable[str], edges: Iterable[InPort]) -> None:
        """Light these nodes and edges instead of the step, until ``unlight``."""
        seen = outlook(self.session.graph)
        cards = frozenset(seen.owner[node] for node in nodes)
        links = frozenset(seen.link_of[edge] for edge in edges if edge in seen.link_of)
        self._lit = Emphasis(cards, links)
        if self._outline is not None:
            self.canvas.emphasise(self._lit)

    def unlight(self) -> None:
        """Light the step again."""
        if self._lit is None:
            return
        self._lit = None
        if self._outline is not None:
            self.canvas.emphasise(self._emphasis())

    def group(self, name: str) -> Folded | None:
        """A folded group, or an opened one as it would be; None for what is no group."""
        graph = self.session.graph
        if name in self._sheet.groups or name not in graph.groups:
            return self._sheet.groups.get(name)
        known = self._opened
        if known is None or known[0] is not graph or known[1].name != name:
            folded = fold(graph, name, True)
            known = self._opened = graph, Folded(folded, outlook(folded), name)
        known[1].read(self.session.run)
        return known[1]

    def card_of(self, node: str) -> str:
        """The card that shows a node."""
        return outlook(self.session.graph).owner[node]

    def set_fonts(self, fonts: Type) -> None:
        """Show the same in larger or smaller text; cards are sized and placed anew."""
        self.canvas.set_theme(self.canvas.theme, fonts)
        self._key = None
        self.show_graph()

    def set_theme(self, theme: Theme) -> None:
        """Show the same in other colours."""
        if theme is self.canvas.theme:
            return
        self.canvas.set_theme(theme)

    def _take(
        self, outline: Figure, *, key: Hashable | None = None, keep_view: bool = False
    ) -> None:
        if key is not None:
            self._layouts.keep(key, outline)
        self._outline = outline
        self.canvas.set_hint(_EMPTY)
        self._show(keep_view=keep_view)

    def _show(self, *, keep_view: bool) -> None:
        """The cards at their full size first, then what is written on them now."""
        if self._outline is None:
            return
        follows = not self.canvas.approach.is_expected
        self.canvas.show_figure(self._outline, keep_view=keep_view)
        self._read()
        self._paint(follows=follows)

    def _read(self) -> None:
        session = self.session
        self.problems = problem_texts(session.graph, session.problems, with_unfed=session.has_tried)
        for name, told in unfit_values(session.run).items():
            self.problems.setdefault(name, told)
        sheet = self._sheet
        if self._outline is None:
            return  # it is being laid out, and read when it is shown
        if len(sheet.cards) + len(sheet.links) <= _MANY_LABELS:
            sheet.read(session.run, self.problems)
            return
        sheet.show_unread()
        self._awaited = []
        twin, run, problems = sheet.twin(), session.run.copy(), dict(self.problems)

        def read() -> Sheet:
            twin.read(run, problems)
            return twin

        self.background.start(read, self._catch_up)

    def _catch_up(self, read: Sheet) -> None:
        """Show what was read, and the steps that were taken meanwhile."""
        read.graph, self._sheet = self._sheet.graph, read
        steps, self._awaited = self._awaited or [], None
        for step, is_taken in steps:
            read.read_step(self.session.run, step, self.problems, is_taken=is_taken)
        self._paint(follows=False)
        self.caught_up.emit()

    def _judge(self, name: str) -> None:
        """Renew what is wrong with the value of one node that was computed or forgotten."""
        told = unfit_value(self.session.run, name)
        self.problems.pop(name, None)
        if told:
            self.problems[name] = told

    def _paint(self, *, follows: bool = True) -> None:
        if self._outline is None:
            return
        outline = self._outline
        self.canvas.update_labels(self._sheet.figure(outline.positions, outline.routes))
        self._light(follows=follows)

    def _light(self, *, follows: bool = True) -> None:
        """Light what is active, unless something else is lit."""
        if self._outline is None:
            return
        if self._lit is not None:
            self.canvas.emphasise(self._lit)
            return
        lit = self._emphasis()
        self.canvas.emphasise(lit)
        if follows:
            self._follow(lit)

    def _emphasis(self) -> Emphasis:
        session = self.session
        return emphasis(session.graph, session.step, is_last=session.position.is_done)

    def _follow(self, lit: Emphasis) -> None:
        """Bring what is active into view, so near that its numbers can be read; later all of it."""
        outline, bundles, places = self._outline, self._sheet.outlook.bundles, self.canvas.places
        links = [bundles[key] for key in lit.links if isinstance(key, InPort)]
        active = {*lit.cards, *(k.head for k in links), *(k.tail for k in links)}
        if self._has_followed and not active:
            self._has_followed = False
            self.canvas.begin()
        if outline is None or not active:
            return
        corners = np.array([outline.positions[name] for name in active])  # where cards glide to
        sizes = places.cards[[places.index[name] for name in active], 2:]
        left, top, width, height = bounds(np.hstack([corners, sizes]))
        area = QRectF(left, top, width, height)
        self._bring_to(area)

    def _bring_to(self, area: QRectF) -> None:
        """Show an area so near that its numbers can be read, with room for the words about it.

        From farther away only where nobody has chosen how near.
        """
        canvas, zoom = self.canvas, self.canvas.coming_zoom
        is_small, seen = zoom < NUMBERS, canvas.visible()
        is_shown = not is_small and seen.contains(area)
        words = QSizeF(*map(scaled, _WORDS))
        if is_shown and (not self.has_words() or has_room(area, seen, zoom, words)):
            return
        near, view = _READABLE if is_small else zoom, QSizeF(canvas.viewport().size())
        is_own = is_small or canvas.is_fitted or zoom == self._own_zoom
        lowest = NUMBERS if is_own else near
        place = clear_view(area, view, near, words, lowest) if self.has_words() else None
        if place is None and is_shown:
            return
        canvas.look_at(*(place or (left_in(area, view, near), near)))
        self._own_zoom = canvas.coming_zoom
        self._has_followed = True
