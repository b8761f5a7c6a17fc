"""Text that stands still at one zoom: each string is drawn once, then stamped with all others.

A frame's strings go to Qt in one call.  The first frame at another zoom draws them directly, unless
they repeat much, since while zooming each would be stamped only once.
"""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPixmap

from graphlab.gui.canvas.glyphs import Glyphs
from graphlab.gui.canvas.sprites import draw_fragments, wipe
from graphlab.gui.theme import Face

_WIDTH, _HEIGHT = 2048, 1024
_REPEATS = 4  # strings that come so often in a frame are stamped while zooming too
_FREE = 2  # pixels kept free around each string

_Key = tuple[str, Face, str]


class Letters:
    """An atlas of strings for one zoom, and the strings of one frame."""

    def __init__(self, glyphs: Glyphs) -> None:
        self.glyphs = glyphs
        self._scale, self._ratio = 0.0, 1.0
        self._is_standing = False
        self._atlas = QPixmap()
        self._places: dict[_Key, int] = {}
        self._sources: list[tuple[float, float, float, float]] = []
        self._x = self._y = self._row = 0
        self._keys: list[_Key] = []
        self._points: list[tuple[float, float, float]] = []

    def at(self, scale: float, ratio: float) -> None:
        """Begin a frame at this zoom and device pixel ratio."""
        self._is_standing = (scale, ratio) == (self._scale, self._ratio)
        self._keys.clear()
        self._points.clear()
        if not self._is_standing:
            self._scale, self._ratio = scale, ratio
            self._forget()

    def _forget(self) -> None:
        wipe(self._atlas, min(self._y + self._row, _HEIGHT))
        self._places.clear()
        self._sources.clear()
        self._x = self._y = self._row = 0

    def add(
        self, x: float, baseline: float, text: str, face: Face, colour: str, strength: float
    ) -> None:
        """Write one line, when the frame is shown."""
        self._keys.append((text, face, colour))
        self._points.append((x, baseline, strength))

    def show(self, painter: QPainter) -> None:
        """Write the frame's lines over everything else."""
        if not self._keys:
            return
        pays = self._is_standing or _REPEATS * len(set(self._keys)) < len(self._keys)
        if not pays or not self._fill():
            self._draw(painter)
            return
        get = self._places.__getitem__
        which = list(map(get, self._keys))
        source = np.array(self._sources)[which]
        spots = np.array(self._points)
        ascents = np.array([key[1].ascent for key in self._keys])
        world, ratio = painter.worldTransform(), self._ratio
        spots[:, 0] = spots[:, 0] * self._scale + world.dx()
        spots[:, 1] = spots[:, 1] * self._scale + world.dy()
        left = np.round(spots[:, 0] * ratio) - _FREE
        top = np.round(spots[:, 1] * ratio) - np.ceil(ascents * self._scale * ratio) - _FREE
        corners = np.stack([left, top], axis=1) / ratio
        painter.setOpacity(1.0)
        draw_fragments(painter, corners, source, ratio, spots[:, 2], self._atlas)

    def _draw(self, painter: QPainter) -> None:
        """Each line by itself, on whole pixels as a stamp is."""
        world = painter.worldTransform()
        scale, dx, dy, ratio = self._scale, world.dx(), world.dy(), self._ratio
        whole = scale * ratio
        shown, strength = "", -1.0
        for (text, face, colour), (x, y, opacity) in zip(self._keys, self._points, strict=True):
            if opacity != strength:
                painter.setOpacity(opacity)
                strength = opacity
            if colour != shown:
                painter.setPen(QColor(colour))
                shown = colour
            left = (round((x * scale + dx) * ratio) - dx * ratio) / whole
            base = (round((y * scale + dy) * ratio) - dy * ratio) / whole
            self.glyphs.draw(painter, left, base, text, face)

    def _fill(self) -> bool:
        """Draw the strings that are not in the atlas; False if it cannot hold the frame."""
        missing = list(dict.fromkeys(key for key in self._keys if key not in self._places))
        if not missing:
            return True
        if self._put(missing):
            return True
        self._forget()
        return self._put(list(dict.fromkeys(self._keys)))

    def _put(self, keys: list[_Key]) -> bool:
        if self._atlas.isNull():
            self._atlas = QPixmap(_WIDTH, _HEIGHT)
            self._atlas.fill(Qt.GlobalColor.transparent)
        scale = self._scale * self._ratio
        painter = QPainter(self._atlas)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fits = all(self._place(painter, key, scale) for key in keys)
        painter.end()
        return fits

    def _place(self, painter: QPainter, key: _Key, scale: float) -> bool:
        text, face, colour = key
        width = math.ceil(face.width(text) * scale) + 2 * _FREE
        up = math.ceil(face.ascent * scale)
        height = up + math.ceil((face.height - face.ascent) * scale) + 2 * _FREE
        if self._x + width > _WIDTH:
            self._x, self._y, self._row = 0, self._y + self._row, 0
        if self._y + height > _HEIGHT or width > _WIDTH:
            return False
        painter.resetTransform()
        painter.translate(self._x + _FREE, self._y + _FREE + up)
        painter.scale(scale, scale)
        painter.setPen(QColor(colour))
        self.glyphs.draw(painter, 0.0, 0.0, text, face)
        self._places[key] = len(self._sources)
        self._sources.append((float(self._x), float(self._y), float(width), float(height)))
        self._x += width
        self._row = max(self._row, height)
        return True
