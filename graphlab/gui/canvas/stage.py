"""The figure on the screen: a plain QGraphicsView whose background is the whole of it.

There are no items; the figure is one batched layer, and only the rectangles that changed repaint.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence

import msgspec
from PySide6.QtCore import QPoint, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QRegion
from PySide6.QtWidgets import QWidget

from graphlab.gui.canvas.approach import Approach
from graphlab.gui.canvas.boxes import Rect, beginning
from graphlab.gui.canvas.camera import Camera, sides
from graphlab.gui.canvas.exposure import parts_of, simplified
from graphlab.gui.canvas.figure import Card, Emphasis, Figure, Link
from graphlab.gui.canvas.geometry import Geometry
from graphlab.gui.canvas.overlay import Mark, paint_hint
from graphlab.gui.canvas.painter import FigurePainter
from graphlab.gui.canvas.plane_maps import REACH, WeightLines
from graphlab.gui.canvas.ports import Ports
from graphlab.gui.canvas.reporting import reported
from graphlab.gui.canvas.travel import Travel, is_moved
from graphlab.gui.theme import LIGHT, Theme, Type, typography

_MANY = 60  # with more rectangles than this to repaint, the whole view is quicker


class Stage(Camera):
    """Shows one figure with a selection, from where it is told to."""

    selection_changed = Signal(object)
    figure_changed = Signal()  # other cards, or cards elsewhere

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._fonts = LIGHT, typography()
        self._hint = ""
        self._figure = self._own(Figure())
        self._painter = FigurePainter(self._figure, self._theme, self._fonts)
        self._emphasis = Emphasis()
        self._breakpoints = self._selection = frozenset[str]()
        self._last: str | None = None
        self._marks: dict[str, Mark] = {}
        self._awaiting = QRegion()  # what the next frame will paint
        self.approach = Approach(self)
        self._travel = Travel(self, self._present)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)  # nobody else fills it

    # --- what is shown ------------------------------------------------------------------------
    def show_figure(self, figure: Figure, *, keep_view: bool = False) -> None:
        """Show another figure, all of it in view or, with ``keep_view``, from where it was.

        The same cards in other places glide there where motion is wanted.
        """
        before = self.selection, self.selected_link
        start, bounds = self._painter.figure, self.bounds
        was_whole = keep_view and self.visible().contains(QRectF(*bounds))
        is_regrouped = bool(start.cards) and start.frames != figure.frames
        self._travel.stop()
        if figure is not self._figure:
            self._figure = figure = self._own(figure)
        is_gliding = keep_view and self.is_animated and self.isVisible() and not is_regrouped
        if is_gliding and is_moved(start, figure):
            self._travel.start(start.positions, figure)
        else:
            self._present(figure)
        self._update_limits()
        if not figure.cards:
            self.look_at(self.visible().center(), 1.0, at_once=True)  # for the first card to come
            self._is_fitted = True
        elif not keep_view:
            self.begin(at_once=True)
        elif self.bounds != bounds:
            self._is_fitted = False  # a hand works on it, so that a resize must not fit it anew
            has_more = is_regrouped or len(figure.cards) > len(start.cards)
            if has_more and was_whole and not self.visible().contains(QRectF(*self.bounds)):
                self.begin(at_once=True)  # as where a deletion is undone
        if figure.cards:
            self.approach.end()
        self.figure_changed.emit()
        if (self.selection, self.selected_link) != before:
            self.selection_changed.emit(self.selection)

    def _present(self, figure: Figure) -> None:
        """Paint a figure with the selection and the marks of the one before."""
        before, old = self.selection, self._painter
        link = self.selected_link
        new = self._painter = FigurePainter(figure, self._theme, self._fonts, like=old)
        index = new.geometry.index
        new.emphasise(self._emphasis)
        self._selection = frozenset(card for card in before if card in index)
        new.selected = frozenset(index[card] for card in self._selection)
        new.selected_link = new.geometry.link_index.get(link)
        new.marked = frozenset(index[c] for c in self._breakpoints if c in index)
        new.under = old.under
        self.viewport().update()

    def arrive(self) -> None:
        """End every movement where it leads."""
        self._travel.arrive()

    def update_labels(self, figure: Figure) -> None:
        """Show new strings on the same cards and links; repaints only what changed."""
        self._figure = figure = self._own(figure)
        if self._travel.is_running:
            self._travel.figure = figure  # the next frame has them
            return
        changed = self._painter.update(figure, sides(self.visible()))
        self.repaint_parts(*changed, is_line_same=True)

    def relabel(self, cards: Mapping[str, Card], links: Mapping[Hashable, Link]) -> None:
        """Show new strings on these cards and links alone, however many others there are."""
        geometry = self._painter.geometry
        faces = {geometry.index[name]: card for name, card in cards.items()}
        written = {geometry.link_index[key]: link for key, link in links.items()}
        changed = self._painter.differing(self._painter.figure, faces, written)
        for i, card in faces.items():
            self._cards[i] = card
        for i, link in written.items():
            self._links[i] = link
        self.repaint_parts(*changed, is_line_same=True)

    def _own(self, figure: Figure) -> Figure:
        """The figure with lists that are patched here: who handed it over keeps their own."""
        self._cards, self._links = list(figure.cards), list(figure.links)
        return msgspec.structs.replace(figure, cards=self._cards, links=self._links)

    def emphasise(self, emphasis: Emphasis) -> None:
        """Mark what is active and let the rest step back; an empty one ends that."""
        self._emphasis = emphasis
        self.wear(None)

    def wear(self, emphasis: Emphasis | None) -> None:
        """Wear another emphasis for a while, or None for the one that was told."""
        cards, links = self._painter.emphasise(self._emphasis if emphasis is None else emphasis)
        self.repaint_parts(cards, links)

    def set_marks(self, breakpoints: frozenset[str]) -> None:
        """Put a dot on the cards at which a run stops."""
        index, before = self._painter.geometry.index, self._painter.marked
        self._breakpoints = breakpoints
        self._painter.marked = frozenset(index[c] for c in breakpoints if c in index)
        self.repaint_parts(list(before ^ self._painter.marked), [])

    def lay_under(self, under: WeightLines | None) -> None:
        """Paint something between the links and what stands on them, or nothing."""
        self._painter.under = under
        self.viewport().update()

    def set_hint(self, text: str) -> None:
        """The sentence shown in the middle while there is no card."""
        self._hint = text
        self.viewport().update()

    def set_theme(self, theme: Theme, fonts: Type | None = None) -> None:
        """Show the same figure in other colours, or the next one in another type."""
        self._theme, self._fonts = theme, fonts or self._fonts
        if fonts is None:
            self.show_figure(self._figure, keep_view=True)

    @property
    def figure(self) -> Figure:
        """What is shown."""
        return self._figure

    @property
    def emphasis(self) -> Emphasis:
        """What is marked as active."""
        return self._emphasis

    @property
    def theme(self) -> Theme:
        """The colours it is shown in."""
        return self._theme

    @property
    def fonts(self) -> Type:
        """The type it is set in."""
        return self._fonts

    @property
    def places(self) -> Geometry:
        """Where everything is, in the figure's units."""
        return self._painter.geometry

    @property
    def ports(self) -> Ports:
        """The ports of all cards."""
        return self._painter.ports

    @property
    def bounds(self) -> Rect:
        """The rectangle around all cards."""
        return self._painter.geometry.bounds

    @property
    def beginning(self) -> float:
        """The height at which the figure begins."""
        return beginning(self.places.cards, is_in_rows=self.places.is_in_rows)

    # --- what is selected ---------------------------------------------------------------------
    @property
    def selection(self) -> frozenset[str]:
        """The selected cards."""
        return self._selection

    @property
    def selected(self) -> str | None:
        """The selected card, the one chosen last where there are several."""
        chosen = self.selection
        if self._last in chosen:
            return self._last
        return min(chosen, default=None)

    @property
    def selected_link(self) -> Hashable | None:
        """The selected link."""
        i = self._painter.selected_link
        return None if i is None else self._painter.figure.links[i].id

    def select(self, card: str | None) -> None:
        """Select a card alone, or none; it is brought into view."""
        self.select_cards(() if card is None else (card,))
        i = self._painter.geometry.index.get(card or "")
        if i is not None:
            self.bring_into_view(QRectF(*self._painter.geometry.cards[i].tolist()))

    def select_cards(self, cards: Iterable[str], last: str | None = None) -> None:
        """Select these cards, and no link; ``last`` is the one chosen last."""
        index = self._painter.geometry.index
        chosen = list(dict.fromkeys(card for card in cards if card in index))
        self._last = last if last is not None else (chosen[-1] if chosen else None)
        self._choose(frozenset(index[card] for card in chosen), None)

    def select_link(self, link: Hashable | None) -> None:
        """Select a link alone, or nothing."""
        self._choose(frozenset(), self._painter.geometry.link_index.get(link))

    def _choose(self, cards: frozenset[int], link: int | None) -> None:
        painter = self._painter
        before, link_before = painter.selected, painter.selected_link
        painter.selected, painter.selected_link = cards, link
        self._selection = frozenset(painter.figure.cards[i].id for i in cards)
        changed = [i for i in (link_before, link) if i is not None and link_before != link]
        self.repaint_parts(list(before ^ cards), changed)
        if before != cards or link_before != link:
            self.selection_changed.emit(self.selection)

    # --- painting -----------------------------------------------------------------------------
    def repaint_parts(
        self, cards: Sequence[int], links: Sequence[int], *, is_line_same: bool = False
    ) -> None:
        """Paint these cards and links again, or what is written on these, as far as they show."""
        if len(cards) + len(links) > _MANY:
            self.viewport().update()
            return
        geometry = self.places
        boxes = [geometry.card_box(i, is_told=self._painter.tells(i)) for i in cards]
        for i in links:
            boxes += geometry.label_boxes(i) if is_line_same else geometry.link_boxes(i)
        self.repaint_boxes(boxes)

    def repaint_boxes(self, boxes: Iterable[Rect]) -> None:
        """Paint these rectangles of the figure again."""
        shown = self.pixels_of(boxes, 0.0 if self._painter.under is None else REACH)
        if len(shown) > 2 * _MANY:
            self.viewport().update()
            return
        region = self._awaiting
        for rect in shown:
            region += rect
        self._awaiting = simplified(region)
        self.viewport().update(self._awaiting)

    def put(self, layer: str, mark: Mark | None) -> None:
        """Show something over the figure in place of what that layer had, or nothing."""
        before = self._marks.pop(layer, None)
        if mark is not None:
            self._marks[layer] = mark
        changed = [m for m in (before, mark) if m is not None]
        self.repaint_boxes([box for m in changed for box in m.boxes(1 / self.zoom)])

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the figure, and what the hand is at over it, where they look different.

        There is nothing that QGraphicsView would have to paint.
        """
        self._awaiting = QRegion()
        with reported(), QPainter(self.viewport()) as painter:
            painter.setBackground(QColor(self._theme.ground))
            world, parts = self.viewportTransform(), parts_of(event.region())
            for part in parts:
                painter.eraseRect(part)  # fillRect makes PySide load all there is of gradients
            if not self._figure.cards:
                paint_hint(painter, self._hint, self.viewport().rect(), self._theme, self._fonts)
            for part in parts if self._figure.cards else ():
                area = self.mapToScene(part.adjusted(-1, -1, 1, 1)).boundingRect()
                painter.resetTransform()
                painter.setClipRect(part)  # even one part: Qt draws thin lines 5 times as fast
                painter.setWorldTransform(world)
                self._painter.paint(painter, sides(area), ratio=self.devicePixelRatioF())
            if self._marks:
                painter.setClipping(False)
                painter.setWorldTransform(world)
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                for mark in self._marks.values():
                    mark.paint(painter, self._theme, 1 / self.zoom)

    def at(self, place: QPoint) -> tuple[str | None, int | None]:
        """The card at a place of the viewport, or the link."""
        point = self.mapToScene(place)
        geometry = self._painter.geometry
        card = geometry.card_at((point.x(), point.y()), self._painter.selected)
        if card is not None:
            return self._figure.cards[card].id, None
        return None, geometry.link_at((point.x(), point.y()), 5 / self.zoom)
