"""The figure on the screen: a plain QGraphicsView whose background is the whole of it.

There are no items; the figure is one batched layer, and only the rectangles that changed repaint.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import cast

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QRegion, QResizeEvent
from PySide6.QtWidgets import QFrame, QGraphicsScene, QGraphicsView, QWidget

from graphlab.gui.canvas.figure import Emphasis, Figure
from graphlab.gui.canvas.geometry import Rect
from graphlab.gui.canvas.painter import FigurePainter
from graphlab.gui.theme import LIGHT, Theme, Type, typography

CLOSEST, FARTHEST = 4.0, 0.005
"""The limits of the zoom."""

_MARGIN = 32  # pixels left around a figure that is fitted
_LARGEST_FIT = 1.25  # a small figure is not blown up beyond this
_MANY = 60  # with more rectangles than this to repaint, the whole view is quicker


class Stage(QGraphicsView):
    """Shows one figure, from where it is told to."""

    zoomed = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._fonts = LIGHT, typography()
        self._hint = ""
        self._figure = Figure()
        self._painter = FigurePainter(self._figure, self._theme, self._fonts)
        self._emphasis = Emphasis()
        self._is_fitted = True
        # the point of the figure under a point of the view that zooming keeps, so that rounding
        # to whole pixels does not add up over many notches
        self._anchor: tuple[QPointF, QPointF] | None = None
        self._exposed: list[QRect] = []
        self.setScene(QGraphicsScene(self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.MinimalViewportUpdate)

    # --- what is shown ------------------------------------------------------------------------
    def show_figure(self, figure: Figure, *, keep_view: bool = False) -> None:
        """Show another figure, all of it in view or, with ``keep_view``, from where it was."""
        selected = self.selected
        self._figure = figure
        self._painter = FigurePainter(figure, self._theme, self._fonts)
        self._painter.emphasise(self._emphasis)
        self._painter.selected = self._painter.geometry.index.get(selected or "")
        self._update_limits()
        if not keep_view:
            self.fit()
        self.viewport().update()

    def update_labels(self, figure: Figure) -> None:
        """Show new strings on the same cards and links; repaints only what changed."""
        self._figure = figure
        self._repaint(*self._painter.update(figure, _sides(self._visible())))

    def emphasise(self, emphasis: Emphasis) -> None:
        """Mark what is active and let the rest step back; an empty one ends that."""
        self._emphasis = emphasis
        cards, links = self._painter.emphasise(emphasis)
        self._repaint(cards.tolist(), links.tolist())

    def set_hint(self, text: str) -> None:
        """The sentence shown in the middle while there is no card."""
        self._hint = text
        self.viewport().update()

    def set_theme(self, theme: Theme, fonts: Type | None = None) -> None:
        """Show the same figure in other colours or sizes of type."""
        self._theme, self._fonts = theme, fonts or self._fonts
        self.show_figure(self._figure, keep_view=True)

    @property
    def figure(self) -> Figure:
        """What is shown."""
        return self._figure

    @property
    def selected(self) -> str | None:
        """The selected card."""
        i = self._painter.selected
        return None if i is None else self._painter.figure.cards[i].id

    def select(self, card: str | None) -> None:
        """Select a card, or none; it is brought into view."""
        before = self._painter.selected
        after = None if card is None else self._painter.geometry.index.get(card)
        self._painter.selected = after
        self._repaint([i for i in (before, after) if i is not None and before != after], [])
        if after is not None:
            self._bring_into_view(after)

    # --- where it is seen from ------------------------------------------------------------------
    @property
    def zoom(self) -> float:
        """Pixels per unit of the figure."""
        return self.transform().m11()

    def fit(self) -> None:
        """Bring the whole figure into view, small ones not larger than they read well."""
        x, y, width, height = self._painter.geometry.bounds
        room = self.viewport().rect().adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
        if width > 0 and room.width() > 0 and room.height() > 0:
            zoom = min(room.width() / width, room.height() / height, _LARGEST_FIT)
            self._set_zoom(max(zoom, FARTHEST))
            self.centerOn(x + width / 2, y + height / 2)
        self._is_fitted, self._anchor = True, None

    def zoom_by(self, factor: float, around: QPointF | None = None) -> None:
        """Zoom, keeping the point of the viewport ``around`` (its middle if None) where it is."""
        place = QPointF(self.viewport().rect().center()) if around is None else around
        if self._anchor is None or self._anchor[0] != place:
            self._anchor = (place, self.mapToScene(place.toPoint()))
        fixed = self._anchor[1]
        zoom = min(max(self.zoom * factor, FARTHEST), CLOSEST)
        if zoom == self.zoom:
            return
        self._set_zoom(zoom)
        middle = QPointF(self.viewport().rect().center())
        self.centerOn(fixed + (middle - place) / zoom)
        self._is_fitted = False
        self.zoomed.emit(zoom)

    def pan_by(self, x: int, y: int) -> None:
        """Move the view over the figure by pixels."""
        across, down = self.horizontalScrollBar(), self.verticalScrollBar()
        across.setValue(across.value() + x)
        down.setValue(down.value() + y)
        self._is_fitted, self._anchor = False, None

    def _set_zoom(self, zoom: float) -> None:
        self.resetTransform()
        self.scale(zoom, zoom)
        self._update_limits()

    def _update_limits(self) -> None:
        """Let every part of the figure be moved to the middle of the view."""
        x, y, width, height = self._painter.geometry.bounds
        zoom = self.zoom or 1.0
        across, down = self.viewport().width() / zoom, self.viewport().height() / zoom
        self.setSceneRect(x - across, y - down, width + 2 * across, height + 2 * down)

    def _bring_into_view(self, i: int) -> None:
        box = QRectF(*self._painter.geometry.card_box(i))
        if not self._visible().contains(box):
            self.ensureVisible(box, _MARGIN, _MARGIN)

    def _visible(self) -> QRectF:
        return self.mapToScene(self.viewport().rect()).boundingRect()

    # --- painting -----------------------------------------------------------------------------
    def _repaint(self, cards: Sequence[int], links: Sequence[int]) -> None:
        if len(cards) + len(links) > _MANY:
            self.viewport().update()
            return
        geometry, visible = self._painter.geometry, self._visible()
        boxes: list[Rect] = [geometry.card_box(i) for i in cards]
        for i in links:
            boxes += geometry.link_boxes(i)
        shown = [r for box in boxes if (r := QRectF(*box)).intersects(visible)]
        if len(shown) > _MANY:
            self.viewport().update()
            return
        region = QRegion()
        for rect in shown:
            region += self.mapFromScene(rect).boundingRect().adjusted(-2, -2, 2, 2)
        self.viewport().update(region)

    def paintEvent(self, event: QPaintEvent) -> None:
        region = event.region()
        parts = cast(Iterable[QRect], region) if region.rectCount() <= 8 else ()
        self._exposed = list(parts) or [region.boundingRect()]
        super().paintEvent(event)

    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        """Paint the figure where the view is exposed."""
        painter.fillRect(rect, QColor(self._theme.ground))
        if not self._figure.cards:
            self._paint_hint(painter)
            return
        for part in self._exposed:
            area = self.mapToScene(part.adjusted(-1, -1, 1, 1)).boundingRect()
            painter.save()
            if len(self._exposed) > 1:
                painter.setClipRect(self.mapToScene(part).boundingRect())
            self._painter.paint(painter, _sides(area), ratio=self.devicePixelRatioF())
            painter.restore()

    def _paint_hint(self, painter: QPainter) -> None:
        painter.save()
        painter.resetTransform()
        painter.setPen(QColor(self._theme.muted))
        painter.setFont(self._fonts.normal.font)
        room = self.viewport().rect().adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(room, flags, self._hint)
        painter.restore()

    def resizeEvent(self, event: QResizeEvent) -> None:
        middle = self.mapToScene(QRect(QPoint(0, 0), event.oldSize()).center())
        super().resizeEvent(event)
        self._update_limits()
        if self._is_fitted:
            self.fit()
        else:
            self.centerOn(middle)

    def at(self, place: QPoint) -> tuple[str | None, int | None]:
        """The card at a place of the viewport, or the link."""
        point = self.mapToScene(place)
        geometry = self._painter.geometry
        card = geometry.card_at((point.x(), point.y()))
        if card is not None:
            return self._figure.cards[card].id, None
        return None, geometry.link_at((point.x(), point.y()), 5 / self.zoom)


def _sides(rect: QRectF) -> Rect:
    return (rect.x(), rect.y(), rect.width(), rect.height())
