"""A small map of a figure that is larger than the view: its cards as blocks, the view as a frame.

It is painted once a figure; while the view moves only the frame on it is drawn anew.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from graphlab.gui.canvas.camera import sides
from graphlab.gui.canvas.sprites import draw_rects
from graphlab.gui.canvas.stage import Stage
from graphlab.gui.theme import GRID

SIZE = (180, 120)
_INSET = GRID


class Minimap(QWidget):
    """The map in the lower right corner of a canvas; dragging on it moves the view."""

    def __init__(self, canvas: Stage) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._is_wanted = True
        self._picture: QPixmap | None = None
        self._scale, self._origin = 1.0, QPointF()
        self.setFixedSize(*SIZE)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName("Map of the graph")
        self.hide()
        canvas.view_changed.connect(self.place)
        canvas.figure_changed.connect(self.renew)

    @property
    def is_wanted(self) -> bool:
        """Whether it is shown where there is need of it."""
        return self._is_wanted

    def want(self, is_wanted: bool) -> None:
        """Show it where there is need of it, or never."""
        self._is_wanted = is_wanted
        self.place()

    def renew(self) -> None:
        """The figure is another."""
        self._picture = None
        self.place()

    def place(self) -> None:
        """Stand in the corner while the figure is larger than the view and other cards show."""
        view = self._canvas.viewport()
        self.move(view.width() - SIZE[0] - 2 * GRID, view.height() - SIZE[1] - 2 * GRID)
        is_needed = self._is_wanted and self._is_larger() and self._leaves_cards()
        self.setVisible(is_needed)
        if is_needed:
            self.update()

    def _is_larger(self) -> bool:
        visible, bounds = self._canvas.visible(), QRectF(*self._canvas.bounds)
        return not bounds.isEmpty() and not visible.contains(bounds)

    def _leaves_cards(self) -> bool:
        """Whether a card shows that is not under the map."""
        view, cards = self._canvas.viewport().rect(), self._canvas.places.card_boxes
        if 3 * SIZE[0] > view.width() or 3 * SIZE[1] > view.height():
            return False
        seen = cards.meeting(sides(self._canvas.visible()), 0.0)
        under = cards.meeting(sides(self._canvas.under(self.geometry())), 0.0)
        return len(seen) == 0 or len(under) < len(seen)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._canvas.theme
        picture = self._picture
        ratio = self.devicePixelRatioF()
        if picture is None or picture.devicePixelRatioF() != ratio:
            picture = self._picture = self._painted(ratio)
        painter = QPainter(self)
        painter.drawPixmap(0, 0, picture)
        area = self._canvas.visible()
        frame = QRectF(self._shown(area.topLeft()), self._shown(area.bottomRight()))
        painter.setPen(QPen(QColor(theme.accent), 1.5))
        painter.drawRect(frame.intersected(QRectF(self.rect()).adjusted(1, 1, -1, -1)))

    def _painted(self, ratio: float) -> QPixmap:
        theme, (x, y, width, height) = self._canvas.theme, self._canvas.bounds
        room = (SIZE[0] - 2 * _INSET, SIZE[1] - 2 * _INSET)
        self._scale = min(room[0] / max(width, 1), room[1] / max(height, 1))
        margin = QPointF(SIZE[0] - width * self._scale, SIZE[1] - height * self._scale) / 2
        self._origin = margin - QPointF(x, y) * self._scale
        picture = QPixmap(round(SIZE[0] * ratio), round(SIZE[1] * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(QColor(theme.card))
        painter = QPainter(picture)
        painter.setPen(QPen(QColor(theme.border), 1))
        painter.drawRect(QRectF(0.5, 0.5, SIZE[0] - 1, SIZE[1] - 1))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.line))
        cards = self._canvas.places.cards * self._scale
        cards[:, 0] += self._origin.x()
        cards[:, 1] += self._origin.y()
        cards[:, 2:] = cards[:, 2:].clip(min=1.5)
        draw_rects(painter, cards)
        painter.end()
        return picture

    def _shown(self, point: QPointF) -> QPointF:
        return point * self._scale + self._origin

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.mouseMoveEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            middle = (event.position() - self._origin) / self._scale
            self._canvas.look_at(middle, at_once=True)
