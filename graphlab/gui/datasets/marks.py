"""How classes are told apart on a plane: by colour and by shape, so that either one would do."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap, QPolygonF

from graphlab.gui.theme import Theme

COLOURS = (
    *("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00"),
    *("#f0e442", "#7a7a7a"),
)
"""Of Okabe and Ito, which colour-blind people tell apart, and a grey."""

COLOUR_NAMES = ("blue", "orange", "green", "pink", "sky", "red")
SHAPE_NAMES = ("circles", "squares", "triangles", "diamonds", "wedges", "stars")
SIGNS = ("●", "■", "▲", "◆", "▼", "★")

_CORNERS = {1: (4, 45), 2: (3, -90), 3: (4, 0), 4: (3, 90)}


def class_colour(place: int) -> QColor:
    """The colour of a class by its place."""
    return QColor(COLOURS[place % len(COLOURS)])


def class_sign(place: int) -> str:
    """The shape of a class as a letter; colour and shape together tell 24 classes apart."""
    return SIGNS[_shape(place)]


def draw_mark(pen: QPainter, at: QPointF, place: int, radius: float, ground: QColor) -> None:
    """A point of a class, with a rim in the ground's colour so that none hides another."""
    pen.setPen(QPen(ground, 0.8))
    pen.setBrush(class_colour(place))
    shape = _shape(place)
    if shape == 0:
        pen.drawEllipse(at, radius, radius)
    else:
        pen.drawPolygon(_polygon(at, shape, radius * 1.2))


class Stamps:
    """Marks drawn once each, for plots of many points."""

    def __init__(self, radius: float, ground: QColor, ratio: float) -> None:
        self._radius, self._ground, self._ratio = radius, ground, ratio
        self._drawn: dict[int, QPixmap] = {}

    def draw(self, pen: QPainter, at: QPointF, place: int) -> None:
        """A point of a class."""
        half = 2 * self._radius
        if place not in self._drawn:
            picture = QPixmap(round(2 * half * self._ratio), round(2 * half * self._ratio))
            picture.setDevicePixelRatio(self._ratio)
            picture.fill(Qt.GlobalColor.transparent)
            inner = QPainter(picture)
            inner.setRenderHint(QPainter.RenderHint.Antialiasing)
            draw_mark(inner, QPointF(half, half), place, self._radius, self._ground)
            inner.end()
            self._drawn[place] = picture
        pen.drawPixmap(at - QPointF(half, half), self._drawn[place])


def height_colour(share: float, theme: Theme) -> QColor:
    """The colour of a height between the lowest (0) and the highest (1): blue to orange."""
    low, middle, high = QColor(COLOURS[0]), QColor(theme.pill), QColor(COLOURS[1])
    near, far, part = (low, middle, 2 * share) if share < 0.5 else (middle, high, 2 * share - 1)
    mixed = (
        round(a + (b - a) * part)
        for a, b in (
            (near.red(), far.red()),
            (near.green(), far.green()),
            (near.blue(), far.blue()),
        )
    )
    return QColor(*mixed)


def draw_height(pen: QPainter, at: QPointF, colour: QColor, theme: Theme, radius: float) -> None:
    """A point whose colour says its height."""
    pen.setPen(QPen(QColor(theme.line), 0.8))
    pen.setBrush(colour)
    pen.drawEllipse(at, radius, radius)


def _shape(place: int) -> int:
    return place % len(SIGNS)


def _polygon(at: QPointF, shape: int, radius: float) -> QPolygonF:
    if shape in _CORNERS:
        count, start = _CORNERS[shape]
        turns = [(start + 360 * i / count, radius) for i in range(count)]
    else:
        turns = [(-90 + 36 * i, radius * (1.2 if i % 2 == 0 else 0.5)) for i in range(10)]
    return QPolygonF(
        [
            at + QPointF(r * math.cos(math.radians(angle)), r * math.sin(math.radians(angle)))
            for angle, r in turns
        ]
    )
