"""What lies over the figure while a hand is at it: the rubber band, and words at the pointer."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QLabel, QWidget

from graphlab.gui.canvas.geometry import Rect
from graphlab.gui.theme import GRID, Theme


class Mark(Protocol):
    """Something painted over the figure; ``pixel`` is a pixel's side in the figure's units."""

    def boxes(self, pixel: float) -> list[Rect]:
        """What it covers."""

    def paint(self, painter: QPainter, theme: Theme, pixel: float) -> None:
        """Paint it."""


class RubberBand:
    """The rectangle that is drawn to select what it meets."""

    def __init__(self, area: QRectF) -> None:
        self.area = area

    def boxes(self, pixel: float) -> list[Rect]:
        """Its four sides and what they enclose."""
        area = self.area.adjusted(-2 * pixel, -2 * pixel, 2 * pixel, 2 * pixel)
        return [(area.x(), area.y(), area.width(), area.height())]

    def paint(self, painter: QPainter, theme: Theme, pixel: float) -> None:
        """Paint it."""
        fill = QColor(theme.accent)
        fill.setAlphaF(0.10)
        painter.setPen(QPen(QColor(theme.accent), pixel))
        painter.setBrush(fill)
        painter.drawRect(self.area)


class Bubble(QLabel):
    """A sentence beside the pointer; it lets every event through."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._within = parent
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.hide()

    def tell(self, text: str, place: QPoint, theme: Theme) -> None:
        """Show a sentence below and right of a place, within the parent; hide for none."""
        if not text:
            self.hide()
            return
        if text != self.text() or not self.isVisible():
            self.setStyleSheet(
                f"background: {theme.card}; color: {theme.text}; padding: 5px 8px;"
                f"border: 1px solid {theme.border}; border-radius: 6px;"
            )
            self.setText(text)
            self.setAccessibleName(text)
            self.setMaximumWidth(40 * GRID)
            plain = self.fontMetrics().horizontalAdvance(text) + 3 * GRID
            self.setFixedWidth(min(plain, 40 * GRID))
            self.setFixedHeight(self.heightForWidth(self.width()))
        room = self._within.rect()
        x, y = place.x() + 2 * GRID, place.y() + 2 * GRID
        if x + self.width() > room.right():
            x = place.x() - GRID - self.width()
        if y + self.height() > room.bottom():
            y = place.y() - GRID - self.height()
        self.move(max(0, x), max(0, y))
        self.show()
        self.raise_()
