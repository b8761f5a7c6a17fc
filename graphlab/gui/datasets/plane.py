"""A small plane with axes: where a point lies on the screen, and what lies where one points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from graphlab.data.columns import Array
from graphlab.gui.lettering import scaled
from graphlab.gui.theme import GRID, Theme

_LEFT, _BELOW, _ABOVE, _RIGHT = 5 * GRID, 3 * GRID, GRID, 2 * GRID
_MARGIN = 0.06
_TICKS = 4


@dataclass(frozen=True)
class Plane:
    """``inside`` is the part of the widget that shows x from ``low[0]`` to ``high[0]``."""

    inside: QRectF
    low: tuple[float, float]
    high: tuple[float, float]

    @classmethod
    def around(cls, points: Array, area: QRectF, *, is_square: bool) -> Plane:
        """The plane that holds all points, with as much on every side; square where both axes
        are measured alike."""
        low, high = points.min(0), points.max(0)
        reach = np.maximum(high - low, 1e-6)
        if is_square:
            reach = np.full(2, reach.max())
        middle = (low + high) / 2
        half = reach * (0.5 + _MARGIN)
        ends = middle - half, middle + half
        (x0, y0), (x1, y1) = (tuple(map(float, end)) for end in ends)
        return cls(inside_of(area, is_square=is_square), (x0, y0), (x1, y1))

    def place(self, x: float, y: float) -> QPointF:
        """Where a point lies."""
        across = (x - self.low[0]) / (self.high[0] - self.low[0])
        up = (y - self.low[1]) / (self.high[1] - self.low[1])
        return QPointF(
            self.inside.left() + across * self.inside.width(),
            self.inside.bottom() - up * self.inside.height(),
        )

    def point(self, at: QPointF) -> tuple[float, float]:
        """What lies there."""
        across = (at.x() - self.inside.left()) / self.inside.width()
        up = (self.inside.bottom() - at.y()) / self.inside.height()
        return (
            self.low[0] + across * (self.high[0] - self.low[0]),
            self.low[1] + up * (self.high[1] - self.low[1]),
        )

    def draw_axes(self, pen: QPainter, theme: Theme, names: Sequence[str]) -> None:
        """The frame, a few numbers at its sides and the names of the axes."""
        pen.setPen(QPen(QColor(theme.border), 1))
        pen.setBrush(QColor(theme.card))
        pen.drawRect(self.inside)
        pen.setPen(QColor(theme.muted))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        centre = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
        line = pen.fontMetrics().height()
        for value in ticks(self.low[0], self.high[0]):
            at = self.place(value, self.low[1])
            pen.drawText(QRectF(at.x() - 50, at.y() + 3, 100, line), centre, number_text(value))
        for value in ticks(self.low[1], self.high[1]):
            at = self.place(self.low[0], value)
            pen.drawText(QRectF(0, at.y() - line / 2, at.x() - 5, line), right, number_text(value))
        inside = self.inside
        pen.drawText(
            QRectF(inside.left(), inside.bottom() - line - 2, inside.width() - 4, line),
            right,
            names[0],
        )
        pen.drawText(QPointF(inside.left() + 5, inside.top() + line), names[1])

    def draw_legend(
        self, pen: QPainter, theme: Theme, lines: Sequence[tuple[QColor, str, str]]
    ) -> None:
        """What the signs mean, at the right of the plane: the colour, the sign and its name."""
        left = self.inside.right() + GRID
        height = pen.fontMetrics().height() + 2
        for i, (colour, sign, name) in enumerate(lines):
            at = QPointF(left, self.inside.top() + (i + 1) * height)
            pen.setPen(colour)
            pen.drawText(at, sign)
            pen.setPen(QColor(theme.text))
            pen.drawText(at + QPointF(scaled(2 * GRID), 0), name)


def inside_of(area: QRectF, *, is_square: bool) -> QRectF:
    """The part of a widget within the numbers at the axes."""
    inside = area.adjusted(scaled(_LEFT), _ABOVE, -_RIGHT, -scaled(_BELOW))
    if is_square:
        side = min(inside.width(), inside.height())
        inside.setWidth(side)
        inside.setHeight(side)
    return inside


def ticks(low: float, high: float) -> list[float]:
    """A few round numbers between two ends."""
    step = 10.0 ** np.floor(np.log10((high - low) / _TICKS))
    step *= next(m for m in (1, 2, 5, 10) if (high - low) / (step * m) <= _TICKS + 1)
    first = np.ceil(low / step)
    return [float(i * step) for i in np.arange(first, np.floor(high / step) + 1)]


def number_text(value: float) -> str:
    """A number at an axis, with a true minus."""
    return f"{value:.4g}".replace("-", "−")
