"""Many small pictures in rows, each with a line or two below; a click or an arrow chooses one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
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
from PySide6.QtWidgets import QFrame, QScrollArea, QToolTip, QWidget

from graphlab.gui.lenses.keys import keep_key
from graphlab.gui.theme import GRID, LIGHT, Theme, font

_LINE = 2 * GRID
_GAP = GRID
_LETTERS = 11
_WORDS = 5 * GRID  # the height of tiles without a picture
_LEAST = 6 * GRID  # a picture is not smaller


class Tile(NamedTuple):
    """A picture, or words in its place, and what stands below it; ``is_wrong`` marks a mistake."""

    image: QImage | None
    caption: str
    more: str = ""
    tip: str = ""
    is_wrong: bool = False
    words: str = ""
    is_smooth: bool = False


class Pictures(QScrollArea):
    """Tiles of one height, as many in a row as there is room for; ``chosen`` carries which."""

    chosen = Signal(int)

    def __init__(self, name: str, side: int = 9 * GRID, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sheet = _Sheet(self, side)
        self.setWidget(self.sheet)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.sheet.setAccessibleName(name)

    @property
    def tiles(self) -> tuple[Tile, ...]:
        """What is shown."""
        return self.sheet.tiles

    def show_tiles(self, tiles: Sequence[Tile], theme: Theme = LIGHT) -> None:
        """Show other tiles; which place is chosen stays."""
        self.sheet.tiles, self.sheet.theme = tuple(tiles), theme
        if self.sheet.current >= len(tiles):
            self.sheet.current = -1
        self.sheet.arrange(self.viewport().size())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.sheet.arrange(self.viewport().size())

    def sizeHint(self) -> QSize:
        return QSize(40 * GRID, 16 * GRID)

    def minimumSizeHint(self) -> QSize:
        return QSize(12 * GRID, 8 * GRID)


class _Sheet(QWidget):
    """What is scrolled: all tiles."""

    def __init__(self, owner: Pictures, side: int) -> None:
        super().__init__()
        self._owner, self.side = owner, side
        self.tiles: tuple[Tile, ...] = ()
        self.theme: Theme = LIGHT
        self.current = -1
        self._high = side
        self._columns = 1
        self._wide = side
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def arrange(self, room: QSize) -> None:
        """Find how many go in a row, each so small that what stands below it is seen too."""
        width = room.width()
        has_images = not self.tiles or any(tile.image is not None for tile in self.tiles)
        side = max(min(self.side, room.height() - self._below), _LEAST)
        self._high = side if has_images else _WORDS
        ratio = max((t.image.width() / t.image.height() for t in self.tiles if t.image), default=1)
        self._wide = round(max(side, min(side * ratio, 3.0 * side)))
        self._columns = max(1, (width + _GAP) // (self._wide + _GAP))
        rows = math.ceil(len(self.tiles) / self._columns)
        self.setFixedSize(max(width, self._wide), max(1, rows * self._step))
        self.update()

    @property
    def _step(self) -> int:
        """From one row to the next."""
        return self._high + self._below + _GAP

    @property
    def _below(self) -> int:
        """The height of the lines below a tile."""
        return _LINE * (2 if any(tile.more for tile in self.tiles) else 1)

    def place(self, index: int) -> QRect:
        """Where a tile is, its lines included."""
        row, column = divmod(index, self._columns)
        left, top = column * (self._wide + _GAP), row * self._step
        return QRect(left, top, self._wide, self._step - _GAP)

    def _at(self, point: QPointF) -> int:
        return next(
            (i for i in range(len(self.tiles)) if self.place(i).contains(point.toPoint())), -1
        )

    # --- the hand -------------------------------------------------------------------------------
    def mousePressEvent(self, event: QMouseEvent) -> None:
        found = self._at(event.position())
        if found >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self._choose(found)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {
            Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: -self._columns, Qt.Key.Key_Down: self._columns,
        }  # fmt: skip
        step = steps.get(Qt.Key(event.key()))
        if step is None or not self.tiles:
            super().keyPressEvent(event)
            return
        self._choose(min(max(self.current + step, 0), len(self.tiles) - 1))

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            found = self._at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), self.tiles[found].tip if found >= 0 else "", self)
            return True
        return keep_key(event, is_wide=True) or super().event(event)

    def _choose(self, index: int) -> None:
        self.current = index
        place = self.place(index)
        self._owner.ensureVisible(place.center().x(), place.center().y(), 0, place.height() // 2)
        self.update()
        self._owner.chosen.emit(index)

    # --- painting -------------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(font(_LETTERS))
        for index, tile in enumerate(self.tiles):
            place = self.place(index)
            if place.intersects(event.rect()):
                self._paint(painter, tile, place, is_current=index == self.current)

    def _paint(self, painter: QPainter, tile: Tile, place: QRect, *, is_current: bool) -> None:
        theme, room = self.theme, QRectF(place.left(), place.top(), self._wide, self._high)
        painter.setPen(QColor(theme.text))
        if tile.image is not None:
            scale = min(room.width() / tile.image.width(), room.height() / tile.image.height())
            wide, high = tile.image.width() * scale, tile.image.height() * scale
            there = QRectF(room.center().x() - wide / 2, room.center().y() - high / 2, wide, high)
            is_smaller = scale < 1 or tile.is_smooth
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, is_smaller)
            painter.drawImage(there, tile.image)
        else:
            there = room
            painter.fillRect(room, QColor(theme.card))
            painter.drawText(room.adjusted(6, 4, -4, -4), Qt.TextFlag.TextWordWrap, tile.words)
        if is_current:
            painter.setPen(QPen(QColor(theme.accent), 2))
            painter.drawRect(there.adjusted(1, 1, -1, -1))
        below = QRectF(place.left(), place.top() + self._high + 1, self._wide, _LINE)
        metrics = painter.fontMetrics()
        for line, colour in (
            (tile.caption, theme.problem if tile.is_wrong else theme.text),
            (tile.more, theme.muted),
        ):
            painter.setPen(QColor(colour))
            shown = metrics.elidedText(line, Qt.TextElideMode.ElideRight, self._wide)
            sides = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(below, sides, shown)
            below.translate(0, _LINE)
