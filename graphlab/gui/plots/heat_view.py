"""A matrix as a picture with its scale: one cell a number, a cell or a row chosen by a click."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from graphlab.engine.numbers import show_number
from graphlab.gui.canvas.heat import heat_image, heat_limit
from graphlab.gui.plots.jacobian import MOST_CELLS, blocks
from graphlab.gui.theme import GRID, Theme, font

_LARGEST_CELL = 2 * GRID
_TALLEST = 18 * GRID
_SCALE = GRID  # the height of the strip that shows the colours
_CAPTION = 2 * GRID


class HeatView(QWidget):
    """Blue below 0, orange above it; numbers that are none are hatched."""

    row_chosen = Signal(int)

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._cells: Any = None
        self._image: Any = None
        self._row: int | None = None
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def cells(self) -> Any:
        """The matrix drawn."""
        return self._cells

    def show_matrix(self, matrix: Any, row: int | None = None) -> None:
        """Draw a matrix, or the largest entries of its blocks; ``row`` is framed."""
        self._cells = blocks(np.asarray(matrix, dtype=float), MOST_CELLS)
        self._image = heat_image(self._cells, "signed") if self._cells.size else None
        self._row = row
        self.setFixedHeight(self._room())
        self.update()

    def choose_row(self, row: int) -> None:
        """Frame a row."""
        self._row = row
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Draw the frame and the scale in the theme's colours."""
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(26 * GRID, self._room())

    def _place(self) -> QRectF:
        """Where the cells are: square, and no larger than they need to be."""
        rows, columns = self._cells.shape
        cell = min(_LARGEST_CELL, (self.width() - 1) / columns, _TALLEST / rows)
        wide, high = columns * cell, rows * cell
        if columns == 1 or rows == 1 or cell < 2:  # a long thin picture may be stretched
            wide = min(self.width() - 1.0, columns * _LARGEST_CELL)
            high = min(float(_TALLEST), rows * _LARGEST_CELL)
        return QRectF(0.5, 0.5, wide, high)

    def _room(self) -> int:
        if self._cells is None or not self._cells.size:
            return 0
        return round(self._place().height()) + GRID + _SCALE + _CAPTION

    def resizeEvent(self, event: Any) -> None:
        super().resizeEvent(event)
        self.setFixedHeight(self._room())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._cells is None or not self._cells.size:
            return
        row = self._row_under(event.position().toPoint())
        if row is not None and event.button() == Qt.MouseButton.LeftButton:
            self.row_chosen.emit(row)

    def _row_under(self, point: QPoint) -> int | None:
        place = self._place()
        if not place.contains(point):
            return None
        rows = self._cells.shape[0]
        down = int((point.y() - place.top()) / place.height() * rows)
        return min(down, int(rows) - 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._image is None:
            return
        painter = QPainter(self)
        place = self._place()
        painter.drawImage(place, self._image)
        self._hatch(painter, place)
        painter.setPen(QPen(QColor(self._theme.border), 1))
        painter.drawRect(place)
        if self._row is not None:
            high = place.height() / self._cells.shape[0]
            line = QRectF(place.left(), place.top() + self._row * high, place.width(), high)
            painter.setPen(QPen(QColor(self._theme.accent), 2))
            painter.drawRect(line)
        self._draw_scale(painter, place.bottom() + GRID)

    def _hatch(self, painter: QPainter, place: QRectF) -> None:
        rows, columns = self._cells.shape
        wide, high = place.width() / columns, place.height() / rows
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QBrush(QColor(self._theme.problem), Qt.BrushStyle.BDiagPattern))
        for i, j in np.argwhere(~np.isfinite(self._cells)):
            painter.drawRect(QRectF(place.left() + j * wide, place.top() + i * high, wide, high))
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _draw_scale(self, painter: QPainter, top: float) -> None:
        limit = heat_limit(self._cells)
        wide = min(self.width() - 1.0, 20.0 * GRID)
        strip = heat_image(np.linspace(-1, 1, 127)[None, :], "signed")
        painter.drawImage(QRectF(0.5, top, wide, _SCALE), strip)
        painter.setFont(font(11))
        painter.setPen(QColor(self._theme.muted))
        under = QRectF(0, top + _SCALE, wide, _CAPTION)
        sides = Qt.AlignmentFlag
        for text, side in (
            (show_number(-limit), sides.AlignLeft),
            ("0", sides.AlignHCenter),
            (show_number(limit), sides.AlignRight),
        ):
            painter.drawText(under, side | sides.AlignVCenter, text)
