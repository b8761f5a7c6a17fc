"""While a network of two features trains: in each card its map over the plane, on links weights.

The maps lie over the cards and the lines under them, so that without them nothing is painted that
was not painted before.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF

from graphlab.gui.canvas.bends import bend
from graphlab.gui.canvas.boxes import Floats, Rect, meeting_segments
from graphlab.gui.canvas.geometry import Geometry
from graphlab.gui.canvas.heat import signed_map
from graphlab.gui.canvas.metrics import BAR
from graphlab.gui.theme import Theme, typography

Values = NDArray[np.floating[Any]]

REACH = 14.0
"""How far from a link's own line its strands may be."""

_INSET = 3.0
_GAP = 2.0
_READABLE = 0.45  # a zoom from which the line above the maps can be read
_THINNEST, _THICKEST = 0.7, 6.0
_MOST_STRANDS = 16
_PITCH = 4.5  # from strand to strand, where there is room
_SEGMENTS = 16


class CardMaps(NamedTuple):
    """What one card shows: its maps one below the other, how many, and the line above them."""

    image: QImage
    units: int
    title: str
    told: str


def card_maps(values: Values, title: str, told: str, limit: float) -> CardMaps:
    """Maps (units, rows, columns), rows from the lowest up; ``limit`` is the strongest colour."""
    units, rows, columns = values.shape
    image = signed_map(values[:, ::-1].reshape(units * rows, columns), limit)
    return CardMaps(image, units, title, told)


class PlaneMaps:
    """A mark over the figure: the maps of every card that has some."""

    def __init__(self, places: Callable[[], Geometry], maps: Mapping[str, CardMaps]) -> None:
        self._places, self.maps = places, maps

    def _boxes(self) -> list[tuple[QRectF, CardMaps]]:
        geometry = self._places()
        return [
            (QRectF(*geometry.cards[geometry.index[card]].tolist()), maps)
            for card, maps in self.maps.items()
            if card in geometry.index
        ]

    def boxes(self, pixel: float) -> list[Rect]:
        """The cards."""
        return [(b.x(), b.y(), b.width(), b.height()) for b, _ in self._boxes()]

    def paint(self, painter: QPainter, theme: Theme, pixel: float) -> None:
        """Paint them where they show."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        seen = painter.worldTransform().inverted()[0].mapRect(QRectF(painter.viewport()))
        for box, maps in self._boxes():
            if box.intersects(seen):
                self._paint(painter, theme, box, maps, is_near=pixel < 1 / _READABLE)
        painter.restore()

    def _paint(
        self, painter: QPainter, theme: Theme, box: QRectF, maps: CardMaps, *, is_near: bool
    ) -> None:
        room = box.adjusted(BAR + _INSET, _INSET, -_INSET, -_INSET)
        painter.fillRect(room, QColor(theme.card))
        if is_near:
            small = typography().small
            painter.setFont(small.font)
            told = maps.told if small.width(maps.told) < room.width() * 0.7 else ""
            wide = room.width() - small.width(told) - 4
            base = room.top() + small.ascent
            painter.setPen(QColor(theme.text))
            painter.drawText(QPointF(room.left(), base), small.elided(maps.title, wide))
            painter.setPen(QColor(theme.muted))
            painter.drawText(QPointF(room.right() - small.width(told), base), told)
            room.setTop(room.top() + small.height + 1)
        high = maps.image.height() / maps.units
        for k, place in enumerate(tiled(room, maps.units)):
            painter.drawImage(place, maps.image, QRectF(0, k * high, maps.image.width(), high))


def tiled(room: QRectF, count: int) -> list[QRectF]:
    """Squares in rows, as large as there is room for, in the middle of it."""
    best = max(
        range(1, count + 1),
        key=lambda columns: min(room.width() / columns, room.height() / math.ceil(count / columns)),
    )
    rows = math.ceil(count / best)
    step = min(room.width() / best, room.height() / rows)
    left = room.center().x() - best * step / 2
    top = room.center().y() - rows * step / 2
    gap = _GAP if count > 1 else 0.0
    return [
        QRectF(left + k % best * step, top + k // best * step, step - gap, step - gap)
        for k in range(count)
    ]


# --- weights on links -----------------------------------------------------------------------------
class WeightLines:
    """Painted under the cards: each link as strands, as thick as its weights are large.

    Below 0 a strand is blue and dashed, above it orange and whole.
    """

    def __init__(self, weights: Mapping[Hashable, Values], theme: Theme) -> None:
        self.weights, self.theme = weights, theme
        sizes = [float(np.abs(strands(w)).max()) for w in weights.values() if w.size]
        self._largest = max(sizes, default=0.0) or 1.0

    def paint(self, painter: QPainter, geometry: Geometry, area: Rect) -> None:
        """Paint the links that meet ``area``."""
        painter.save()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for link, values in self.weights.items():
            if link in geometry.link_index:
                self._paint(painter, geometry, geometry.link_index[link], strands(values), area)
        painter.restore()

    def _paint(
        self, painter: QPainter, geometry: Geometry, link: int, values: Values, area: Rect
    ) -> None:
        low, high = np.searchsorted(geometry.owners, [link, link + 1])
        points = way(geometry.pieces[low:high])
        parts = np.hstack([points[:-1], points[1:]])
        if not len(meeting_segments(parts, area, REACH)):
            return
        pitch = min(_PITCH, 2 * (REACH - _THICKEST / 2) / max(len(values) - 1, 1))
        for k, value in enumerate(values.tolist()):
            size = min(abs(value) / self._largest, 1.0) if math.isfinite(value) else 0.0
            colour = self.theme.backward if value > 0 else self.theme.forward
            thickest = min(_THICKEST, max(pitch, 1.5) if len(values) > 1 else _THICKEST)
            pen = QPen(QColor(colour), _THINNEST + (thickest - _THINNEST) * size)
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            if value < 0:
                pen.setDashPattern([14 / pen.widthF(), 3 / pen.widthF()])
            painter.setPen(pen)
            shift = (k - (len(values) - 1) / 2) * pitch
            strand = beside(points, shift).tolist()
            painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in strand]))


def way(pieces: Floats) -> Floats:
    """The points (P, 2) of a link's pieces (N, 4) from its tail to its head.

    A turn is kept in the direction in which it bulges, and may lead back.
    """
    parts = bend(pieces, _SEGMENTS)
    for before, part in pairwise(parts):
        if (part[0] != before[-1]).any():
            part[:] = part[::-1].copy()
    points = parts.reshape(-1, 2)
    return np.asarray(points[np.append(True, (np.diff(points, axis=0) != 0).any(axis=1))])


def beside(points: Floats, shift: float) -> Floats:
    """The polyline so far to the right of another, seen along it.

    A bend that is too narrow for it is a corner there.
    """
    steps = np.diff(points, axis=0)
    ahead = steps / np.linalg.norm(steps, axis=1)[:, None]
    ahead = np.vstack([ahead[:1], ahead[1:] + ahead[:-1], ahead[-1:]])
    ahead /= np.maximum(np.linalg.norm(ahead, axis=1), 1e-9)[:, None]
    moved = points + shift * np.stack([-ahead[:, 1], ahead[:, 0]], axis=1)
    back = np.flatnonzero((np.diff(moved, axis=0) * steps).sum(axis=1) <= 0)
    for run in np.split(back, np.flatnonzero(np.diff(back) > 1) + 1):
        if len(run) and run[0] > 0 and run[-1] + 1 < len(steps):
            first, last = run[0], run[-1] + 1
            corner = _crossing(moved[first], steps[first - 1], moved[last], steps[last])
            moved[first : last + 1] = corner
    return np.asarray(moved)


def _crossing(one: Floats, step: Floats, other: Floats, other_step: Floats) -> Floats:
    """Where two lines meet, each told by a point and its direction; between them if nowhere."""
    across = step[0] * other_step[1] - step[1] * other_step[0]
    if abs(across) < 1e-9:
        return (one + other) / 2
    to_x, to_y = other - one
    return np.asarray(one + (to_x * other_step[1] - to_y * other_step[0]) / across * step)


def strands(weights: Values) -> Values:
    """The numbers that a link shows: each weight, or where they are many one a unit.

    A unit's number is the norm of its weights with the sign of their sum.
    """
    flat = np.asarray(weights, float).ravel()
    if flat.size <= _MOST_STRANDS:
        return flat
    rows = np.asarray(weights, float).reshape(len(weights), -1)
    if len(rows) > _MOST_STRANDS:
        rows = flat[None]
    signs = np.where(rows.sum(1) < 0, -1.0, 1.0)
    return np.asarray(signs * np.sqrt((rows**2).mean(1)))
