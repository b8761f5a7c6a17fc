"""Shapes drawn often, rendered once at the exact zoom and stamped in one call.

The stamps go to Qt as one array: ``drawPixmapFragments`` takes a pointer and a count, which saves
making thousands of Python objects a frame.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPixmap, QTransform
from shiboken6 import Shiboken

from graphlab.gui.canvas.boxes import Bools, Floats, Ints, grouped
from graphlab.gui.canvas.shapes import Shape
from graphlab.gui.theme import FAR

_MARGIN = 2  # pixels kept free around each shape in the atlas
_WIDTH = 2048
_FEW = 1024  # rows kept

_Place = tuple[float, float, float, float, float, float]
"""A shape's rectangle in the atlas, then the corner of what it covers from its own origin."""


class Sprites:
    """An atlas of shapes for one zoom, and those that wait to be stamped; a zoom starts it anew."""

    def __init__(self) -> None:
        self._scale = 0.0
        self._ratio = 1.0
        self._atlas = QPixmap()
        self._places: dict[tuple[Shape, bool], _Place] = {}
        self._x = self._y = self._row = 0
        self._waiting: list[tuple[Floats, Floats]] = []

    def at(self, scale: float, ratio: float) -> None:
        """Use this zoom, in device-independent pixels a unit, at this device pixel ratio."""
        if (scale, ratio) != (self._scale, self._ratio):
            self._scale, self._ratio = scale, ratio
            self._forget()

    def open(self) -> None:
        """Take the room that the first shapes need."""
        self._grow(1, 1)

    def _forget(self) -> None:
        wipe(self._atlas, self._y + self._row)
        self._places.clear()
        self._x = self._y = self._row = 0

    def place(self, shape: Shape, *, is_far: bool = False) -> _Place:
        """Where a shape is in the atlas, or one that steps back; drawn if it is not there yet."""
        found = self._places.get((shape, is_far))
        if found is None:
            found = self._places[shape, is_far] = self._render(shape, is_far=is_far)
        return found

    def _render(self, shape: Shape, *, is_far: bool) -> _Place:
        scale, box = self._scale * self._ratio, shape.box
        width, height = math.ceil(box.width() * scale) + 1, math.ceil(box.height() * scale) + 1
        if self._x + width + _MARGIN > max(_WIDTH, self._atlas.width()):
            self._x, self._y, self._row = 0, self._y + self._row + _MARGIN, 0
        self._grow(self._x + width, self._y + height)
        painter = QPainter(self._atlas)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipRect(self._x, self._y, width, height)
        painter.translate(self._x, self._y)
        painter.scale(scale, scale)
        painter.translate(-box.x(), -box.y())
        shape.paint(painter)
        if is_far:  # as a whole, once: Qt weakens large stamps in other threads and waits for them
            painter.resetTransform()
            painter.setOpacity(FAR)
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_DestinationIn)
            painter.fillRect(self._x, self._y, width, height, Qt.GlobalColor.black)
        painter.end()
        place = (float(self._x), float(self._y), float(width), float(height), box.x(), box.y())
        self._x += width + _MARGIN
        self._row = max(self._row, height)
        return place

    def _grow(self, width: int, height: int) -> None:
        """Make the atlas at least this large; what is in it stays."""
        old = self._atlas
        if width <= old.width() and height <= old.height():
            return
        side = max(_WIDTH, width, old.width())
        self._atlas = grown(old, side, max(256, 2 * old.height(), height))

    def add(
        self, shapes: Sequence[Shape], which: Ints, origins: Floats, is_far: Bools | None = None
    ) -> None:
        """Stamp ``shapes[which[k]]`` with its origin at point k (N, 2) at the next ``show``."""
        if is_far is None:
            places = [self.place(shape) for shape in shapes]
        else:
            looks, which = grouped(2 * which + is_far)
            places = [self.place(shapes[k >> 1], is_far=bool(k & 1)) for k in looks]
        self._waiting.append((np.array(places).take(which, axis=0), origins))

    def show(self, painter: QPainter) -> None:
        """Stamp what waits, in the order it came in."""
        if not self._waiting:
            return
        places, origins = joined(self._waiting)
        self._waiting.clear()
        ratio, world = self._ratio, painter.worldTransform()
        pixels = (origins + places[:, 4:]) * (self._scale * ratio)
        pixels[:, 0] += world.dx() * ratio
        pixels[:, 1] += world.dy() * ratio
        np.rint(pixels, out=pixels)
        painter.setOpacity(1.0)
        draw_fragments(painter, world, pixels / ratio, places, ratio, 1.0, self._atlas)


class _Rows:
    """Room for many objects of a Qt class, each a row of numbers, handed over in one call."""

    def __init__(self, kind: Any, width: int, number: type = np.float64) -> None:
        self._kind, self._width, self._number = kind, width, number
        self._rows, self._first = self._made(_FEW)

    def room(self, count: int) -> tuple[NDArray[Any], Any]:
        """So many rows to be filled, and the first of them as Qt's object.

        To wrap an array takes longer than to fill a few rows, so one array serves whenever it can.
        """
        if count > _FEW:
            return self._made(count)
        return self._rows[:count], self._first

    def _made(self, count: int) -> tuple[NDArray[Any], Any]:
        rows: NDArray[Any] = np.empty((count, self._width), self._number)
        return rows, Shiboken.wrapInstance(rows.__array_interface__["data"][0], self._kind)


_FRAGMENTS, _LINES, _RECTANGLES, _BLOCKS = (
    _Rows(QPainter.PixmapFragment, 10),
    _Rows(QLineF, 4),
    _Rows(QRectF, 4),
    _Rows(QRect, 4, np.int32),
)


def grown(atlas: QPixmap, width: int, height: int) -> QPixmap:
    """A larger atlas with the same in it."""
    larger = QPixmap(width, height)
    larger.fill(Qt.GlobalColor.transparent)
    if not atlas.isNull():
        painter = QPainter(larger)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
        painter.drawPixmap(0, 0, atlas)
        painter.end()
    return larger


def wipe(atlas: QPixmap, height: int) -> None:
    """Empty an atlas, as far down as it was used."""
    if height and not atlas.isNull():
        painter = QPainter(atlas)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Clear)
        painter.fillRect(0, 0, atlas.width(), height, Qt.GlobalColor.transparent)
        painter.end()


def joined(rows: Sequence[tuple[NDArray[Any], ...]]) -> Iterable[NDArray[Any]]:
    """What came in several parts, column by column."""
    return rows[0] if len(rows) == 1 else map(np.concatenate, zip(*rows, strict=True))


def draw_fragments(
    painter: QPainter,
    world: QTransform,
    corners: Floats,
    sources: Floats,
    ratio: float,
    strength: Floats | float,
    atlas: QPixmap,
) -> None:
    """Stamp parts of an atlas with their corners at these pixels (N, 2), in one call.

    Each row of ``sources`` begins with x, y, width and height of a part.  ``world`` is the
    painter's transform, which it has again afterwards.
    """
    fragments, first = _FRAGMENTS.room(len(corners))
    fragments[:, 0:2] = corners + sources[:, 2:4] / (2 * ratio)
    fragments[:, 2:6] = sources[:, :4]
    fragments[:, 6:8] = 1 / ratio
    fragments[:, 8] = 0.0
    fragments[:, 9] = strength
    painter.resetTransform()
    painter.drawPixmapFragments(first, len(fragments), atlas)
    painter.setWorldTransform(world)


def draw_lines(painter: QPainter, segments: Floats) -> None:
    """Draw many segments (N, 4) in one call."""
    if len(segments):
        rows, first = _LINES.room(len(segments))
        rows[:] = segments
        painter.drawLines(first, len(rows))


def draw_rects(painter: QPainter, boxes: Floats | NDArray[np.int32]) -> None:
    """Draw many rectangles (N, 4) in one call.

    Whole numbers are the first and the last pixel of each; with no transform Qt fills these as they
    are, which took a quarter less time.
    """
    if len(boxes):
        kept = _BLOCKS if boxes.dtype == np.int32 else _RECTANGLES
        rows, first = kept.room(len(boxes))
        rows[:] = boxes
        painter.drawRects(first, len(rows))
