"""What lies over the figure while a hand is at it: rubber band, ports, wire, and words."""

from __future__ import annotations

import math
from typing import Protocol

import numpy as np
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QLabel, QWidget

from graphlab.gui.canvas.boxes import Rect
from graphlab.gui.canvas.figure import Point
from graphlab.gui.canvas.shapes import PORT
from graphlab.gui.theme import GRID, Theme, Type

_AWAY = 32  # from the view's sides to a hint, in pixels
_PIECES = 12  # of a wire, each repainted by itself


def paint_hint(painter: QPainter, text: str, room: QRect, theme: Theme, fonts: Type) -> None:
    """Write a sentence in the middle of an empty view."""
    painter.save()
    painter.resetTransform()
    painter.setPen(QColor(theme.muted))
    painter.setFont(fonts.normal.font)
    flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
    painter.drawText(room.adjusted(_AWAY, 0, -_AWAY, 0), flags, text)
    painter.restore()


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


class PortMarks:
    """The ports of the card under the pointer, and the one that a press would take."""

    def __init__(self, inputs: list[Point], outputs: list[Point], taken: Point | None) -> None:
        self._inputs, self._outputs, self._taken = inputs, outputs, taken

    def boxes(self, pixel: float) -> list[Rect]:
        """What they cover."""
        reach = 3 * PORT + 3 * pixel
        return [
            (x - reach, y - reach, 2 * reach, 2 * reach) for x, y in self._inputs + self._outputs
        ]

    def paint(self, painter: QPainter, theme: Theme, pixel: float) -> None:
        """Paint them: open circles for inputs, filled ones for outputs."""
        for places, fill in ((self._inputs, theme.ground), (self._outputs, theme.line)):
            painter.setPen(QPen(QColor(theme.line), 1.4))
            painter.setBrush(QColor(fill))
            for place in places:
                painter.drawEllipse(QPointF(*place), PORT, PORT)
        if self._taken is not None:
            _paint_lit(painter, theme, self._taken, is_chosen=True)


class WireMark:
    """A wire from port to pointer, and the ports that it fits."""

    def __init__(self, tail: Point, head: Point, lit: list[Point], chosen: Point | None) -> None:
        self._tail, self._head, self._lit, self._chosen = tail, head, lit, chosen
        reach = max(abs(head[0] - tail[0]) / 2, 40.0)
        self._bends = ((tail[0] + reach, tail[1]), (head[0] - reach, head[1]))

    def boxes(self, pixel: float) -> list[Rect]:
        """What the wire covers, in short pieces, and the ports at its ends."""
        t = np.linspace(0.0, 1.0, _PIECES + 1)[:, None]
        points = np.array([self._tail, *self._bends, self._head])
        along = np.hstack([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3]) @ points
        reach = 3 * PORT + 3 * pixel
        low = np.minimum(along[:-1], along[1:]) - reach
        high = np.maximum(along[:-1], along[1:]) + reach
        return [(x, y, right - x, bottom - y) for x, y, right, bottom in np.hstack([low, high])]

    def paint(self, painter: QPainter, theme: Theme, pixel: float) -> None:
        """Paint it."""
        for place in self._lit:
            _paint_lit(painter, theme, place, is_chosen=False)
        path = QPainterPath(QPointF(*self._tail))
        path.cubicTo(*(QPointF(*point) for point in (*self._bends, self._head)))
        pen = QPen(QColor(theme.accent), max(2.2, 1.4 * pixel))
        pen.setStyle(Qt.PenStyle.SolidLine if self._chosen else Qt.PenStyle.DashLine)
        painter.strokePath(path, pen)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.accent))
        painter.drawEllipse(QPointF(*self._tail), PORT, PORT)
        if self._chosen is not None:
            _paint_lit(painter, theme, self._chosen, is_chosen=True)
        else:
            painter.drawEllipse(QPointF(*self._head), PORT * 0.8, PORT * 0.8)


def _paint_lit(painter: QPainter, theme: Theme, place: Point, *, is_chosen: bool) -> None:
    """A port in the accent with a ring, a wider and filled one under the hand."""
    accent = QColor(theme.accent)
    glow = QColor(accent)
    glow.setAlphaF(0.35 if is_chosen else 0.2)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(glow)
    ring = PORT * (2.5 if is_chosen else 2.0)
    painter.drawEllipse(QPointF(*place), ring, ring)
    painter.setPen(QPen(accent, 1.8))
    painter.setBrush(accent if is_chosen else QColor(theme.ground))
    painter.drawEllipse(QPointF(*place), PORT, PORT)


class Bubble(QLabel):
    """A sentence beside the pointer; it lets every event through."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._within = parent
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.hide()

    def tell(self, text: str, place: QPoint, theme: Theme, fonts: Type) -> None:
        """Show a sentence below and right of a place, within the parent; hide for none."""
        if not text:
            self.hide()
            return
        if text != self.text() or not self.isVisible():
            self.setStyleSheet(
                f"background: {theme.card}; color: {theme.text}; padding: 5px 8px;"
                f"border: 1px solid {theme.border}; border-radius: 6px;"
            )
            self.setFont(fonts.normal.font)
            self.setText(text)
            self.setAccessibleName(text)
            self.setMaximumWidth(40 * GRID)
            plain = math.ceil(fonts.normal.width(text)) + 3 * GRID
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
