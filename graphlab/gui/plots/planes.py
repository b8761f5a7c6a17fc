"""Planes of an array side by side, as heat maps with numbers where there is room; one cell chosen.

Cells that belong to what is explained are outlined, which tells them apart without colour.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QBrush,
    QColor,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from graphlab.engine.numbers import show_number
from graphlab.gui.canvas.heat import heat_image, heat_limit
from graphlab.gui.theme import GRID, Theme, font, readable

MOST = 16
"""So many planes are shown of a thick array."""

_LARGEST = 5 * GRID
_SMALLEST = 3
_LOWEST, _NARROWEST = 20 * GRID, 40 * GRID  # a plane of many cells is no larger than it must be
_LETTERED = 4 * GRID  # a cell of this size has room for a number
_MARGIN = 6  # pixels in a cell beside its number
_CAPTION = 2 * GRID
_GAP = 2 * GRID

Plane = NDArray[np.floating[Any]]
Mask = NDArray[np.bool_]


class Tile(NamedTuple):
    """One plane: the indices before its two axes, its numbers and the cells to be outlined."""

    at: tuple[int, ...]
    cells: Plane
    mask: Mask


class PlanesView(QWidget):
    """``chosen`` carries the whole position of the cell that was clicked or moved to by arrows."""

    chosen = Signal(tuple)
    aspect = 1.0  # a cell's width for its height

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.tiles: tuple[Tile, ...] = ()
        self.rank = 0
        self.position: tuple[int, ...] | None = None
        self._limit = 0.0
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Expanding)

    def show_tiles(
        self, tiles: Sequence[Tile], rank: int, position: tuple[int, ...] | None
    ) -> None:
        """Show planes of an array with ``rank`` axes; ``position`` is the chosen element."""
        self.tiles, self.rank, self.position = tuple(tiles), rank, position
        self._limit = max((heat_limit(tile.cells) for tile in tiles), default=0.0)
        self.setVisible(bool(tiles))
        self.updateGeometry()
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Draw in the theme's colours."""
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as the planes are at its height, so that the next picture stands close by."""
        return self._size(self._fitting(self.height())) if self.tiles else QSize(0, 0)

    def minimumSizeHint(self) -> QSize:
        return self._size(self._smallest) if self.tiles else QSize(0, 0)

    def _size(self, cell: float) -> QSize:
        rows, columns = self.tiles[0].cells.shape
        wide = len(self.tiles) * (columns * cell * self.aspect + _GAP) - _GAP
        return QSize(math.ceil(max(wide, 8 * GRID)) + 4, math.ceil(rows * cell) + _CAPTION + 5)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().height() != event.oldSize().height():
            self.updateGeometry()

    # --- places -------------------------------------------------------------------------------
    def _fitting(self, high: float) -> float:
        """The side of a cell, so that a plane is no higher than this."""
        rows = self.tiles[0].cells.shape[0]
        return float(min(_LARGEST, max(self._smallest, (high - _CAPTION - 5) / rows)))

    @property
    def _smallest(self) -> float:
        rows, columns = self.tiles[0].cells.shape
        return min(float(_SMALLEST), _LOWEST / float(rows), _NARROWEST / float(columns))

    def rect_of(self, tile: int) -> QRectF:
        """Where a plane's cells are."""
        rows, columns = self.tiles[0].cells.shape
        room = (self.width() - 4 + _GAP) / len(self.tiles) - _GAP
        cell = max(min(self._fitting(self.height()), room / columns / self.aspect), self._smallest)
        wide = columns * cell * self.aspect
        return QRectF(2 + tile * (wide + _GAP), _CAPTION + 2, wide, rows * cell)

    def position_at(self, point: QPointF) -> tuple[int, ...] | None:
        """The element under a point."""
        for number, tile in enumerate(self.tiles):
            place = self.rect_of(number)
            if place.contains(point):
                rows, columns = tile.cells.shape
                row = min(int((point.y() - place.top()) / place.height() * rows), rows - 1)
                column = min(int((point.x() - place.left()) / place.width() * columns), columns - 1)
                return self._whole(tile, row, column)
        return None

    def _whole(self, tile: Tile, row: int, column: int) -> tuple[int, ...]:
        return (*tile.at, row, column)[-self.rank :] if self.rank else ()

    def _cell_of(self, tile: Tile) -> tuple[int, int] | None:
        """The chosen cell, if it lies in this plane."""
        if self.position is None:
            return None
        whole = (0, 0, *self.position)[-max(self.rank, 2) :]
        return (whole[-2], whole[-1]) if whole[:-2] == tile.at else None

    # --- the hand -----------------------------------------------------------------------------
    def mousePressEvent(self, event: QMouseEvent) -> None:
        found = self.position_at(event.position())
        if found is not None and event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(found)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows go to the next cell of the plane."""
        steps = {
            Qt.Key.Key_Left: (0, -1),
            Qt.Key.Key_Right: (0, 1),
            Qt.Key.Key_Up: (-1, 0),
            Qt.Key.Key_Down: (1, 0),
        }
        step = steps.get(Qt.Key(event.key()))
        found = ((tile, self._cell_of(tile)) for tile in self.tiles)
        here = next(((tile, cell) for tile, cell in found if cell is not None), None)
        if step is None or here is None:
            super().keyPressEvent(event)
            return
        tile, (row, column) = here
        rows, columns = tile.cells.shape
        row = min(max(row + step[0], 0), rows - 1)
        column = min(max(column + step[1], 0), columns - 1)
        self.chosen.emit(self._whole(tile, row, column))

    def event(self, event: Any) -> bool:
        """The number under the pointer is told in full."""
        if isinstance(event, QHelpEvent) and event.type() == QHelpEvent.Type.ToolTip:
            found = self.position_at(QPointF(event.pos()))
            text = "" if found is None else self._told(found)
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return bool(super().event(event))

    def _told(self, position: tuple[int, ...]) -> str:
        whole = (0, 0, *position)[-max(self.rank, 2) :]
        tile = next(t for t in self.tiles if t.at == whole[:-2])
        return f"[{', '.join(map(str, position))}] = {float(tile.cells[whole[-2:]])!r}"

    # --- painting -----------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        for number, tile in enumerate(self.tiles):
            self._paint_tile(painter, tile, self.rect_of(number))
        if self.hasFocus() and self.tiles:
            painter.setPen(QPen(QColor(self._theme.accent), 1, Qt.PenStyle.DotLine))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def _paint_tile(self, painter: QPainter, tile: Tile, place: QRectF) -> None:
        theme = self._theme
        painter.setFont(font(11))
        painter.setPen(QColor(theme.muted))
        caption = f"[{', '.join([*map(str, tile.at), ':', ':'])}]" if tile.at else ""
        over = QRectF(place.left(), 0, max(place.width(), 8 * GRID), _CAPTION)
        painter.drawText(over, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, caption)
        scaled = tile.cells / (self._limit or 1.0)
        framed = np.pad(scaled, ((0, 0), (0, 1)), constant_values=1.0)  # one scale for all planes
        image = heat_image(framed, "signed").copy(0, 0, scaled.shape[1], scaled.shape[0])
        painter.drawImage(place, image)
        painter.setPen(QPen(QColor(theme.border), 1))
        painter.setBrush(QBrush(Qt.BrushStyle.NoBrush))
        painter.drawRect(place)
        self._paint_numbers(painter, tile, place, image)
        self._paint_outline(painter, tile.mask, place)
        cell = self._cell_of(tile)
        if cell is not None:
            painter.setPen(QPen(QColor(theme.accent), 3))
            painter.drawRect(_cell_rect(place, tile.cells.shape, *cell))

    def _paint_numbers(self, painter: QPainter, tile: Tile, place: QRectF, image: QImage) -> None:
        """Each number as exactly as its cell has room for."""
        rows, columns = tile.cells.shape
        if place.width() / columns < _LETTERED:
            return
        painter.setFont(font(11))
        metrics = painter.fontMetrics()
        for row, column in np.ndindex(rows, columns):
            where = _cell_rect(place, tile.cells.shape, row, column)
            number = float(tile.cells[row, column])
            for text in (show_number(number), f"{number:.2g}", f"{number:.1g}", f"{number:.2f}"):
                if metrics.horizontalAdvance(text) + _MARGIN <= where.width():
                    painter.setPen(QColor(readable(image.pixelColor(column, row).name())))
                    painter.drawText(where, Qt.AlignmentFlag.AlignCenter, text.replace("-", "−"))
                    break

    def _paint_outline(self, painter: QPainter, mask: Mask, place: QRectF) -> None:
        """The border between cells that belong to it and those that do not."""
        if not mask.any():
            return
        painter.setPen(QPen(QColor(self._theme.accent), 2))
        padded = np.pad(mask, 1)
        rows, columns = mask.shape
        wide, high = place.width() / columns, place.height() / rows
        lines = [
            QLineF(place.left() + j * wide, place.top() + i * high,
                   place.left() + j * wide, place.top() + (i + 1) * high)
            for i, j in np.argwhere(padded[1:-1, 1:] != padded[1:-1, :-1])
        ] + [
            QLineF(place.left() + j * wide, place.top() + i * high,
                   place.left() + (j + 1) * wide, place.top() + i * high)
            for i, j in np.argwhere(padded[1:, 1:-1] != padded[:-1, 1:-1])
        ]  # fmt: skip
        painter.drawLines(lines)


def tiles_of(array: Plane, mask: Mask, near: tuple[int, ...]) -> tuple[list[Tile], int]:
    """The planes that hold marked cells, or else that of ``near``; and how many there are.

    A vector is one row, a number one cell.
    """
    whole = np.asarray(array, dtype=float)
    shape = (1, 1, *whole.shape)[-max(whole.ndim, 2) :]
    cells, marked = whole.reshape(shape), np.asarray(mask).reshape(shape)
    leading = shape[:-2]
    held = [index for index in np.ndindex(leading) if marked[index].any()]
    if not held:
        whole_near = (0, 0, *near)[-max(whole.ndim, 2) :]
        held = [tuple(whole_near[:-2]) if near else (0,) * len(leading)]
    return [Tile(index, cells[index], marked[index]) for index in held[:MOST]], len(held)


def _cell_rect(place: QRectF, shape: tuple[int, ...], row: int, column: int) -> QRectF:
    wide, high = place.width() / shape[1], place.height() / shape[0]
    return QRectF(place.left() + column * wide, place.top() + row * high, wide, high)
