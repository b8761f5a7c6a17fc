"""Text that stands still at one zoom: each string is drawn once, then stamped with all others.

Strings have numbers, so that a frame is arrays of numbers and places and goes to Qt in one call.
The first frame at another zoom draws them directly, unless they repeat much, since while zooming
each would be stamped only once.
"""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtGui import QColor, QPainter, QPixmap

from graphlab.gui.canvas.boxes import Floats, Ints, distinct
from graphlab.gui.canvas.glyphs import Glyphs
from graphlab.gui.canvas.sprites import draw_fragments, grown, joined, wipe
from graphlab.gui.theme import Face

_WIDTH, _FIRST_HEIGHT, _HEIGHT = 2048, 128, 1024
_REPEATS = 4  # strings that come so often in a frame are stamped while zooming too
_FREE = 2  # pixels kept free around each string
_REMEMBERED = 50_000  # strings; forgotten all at once when exceeded


class Letters:
    """Numbered strings, an atlas of them for one zoom, and what one frame writes.

    ``widths`` are by number.  The numbers hold while ``age`` stays the same.
    """

    def __init__(self, glyphs: Glyphs) -> None:
        self.glyphs = glyphs
        self.age = 0
        self._scale, self._ratio = 0.0, 1.0
        self._is_standing = False
        self._atlas = QPixmap()
        self._x = self._y = self._row = 0
        self._numbers: dict[tuple[Face, str], tuple[int, dict[str, int]]] = {}
        self._styles: list[tuple[Face, str]] = []
        self._begin()

    def _begin(self) -> None:
        """Know no string."""
        self.age += 1
        self._numbers.clear()
        self._styles.clear()
        self._texts: list[str] = []
        self._styled = np.zeros(1024, dtype=np.int16)
        self.widths: Floats = np.zeros(1024)
        # in the atlas x, y, width (0 where a string is not in it), height, and the baseline's y
        self._sources: Floats = np.zeros((1024, 5))
        self._frame: list[tuple[Floats, Floats, Ints, Floats]] = []

    @property
    def count(self) -> int:
        """How many strings are known."""
        return len(self._texts)

    def open(self) -> None:
        """Take the room that the first strings need."""
        if self._atlas.isNull():
            self._widen()

    def shape(self, first: int) -> None:
        """Find the glyphs of the strings from this number on, before they are first written."""
        for text, style in zip(self._texts[first:], self._styled[first:].tolist(), strict=False):
            self.glyphs.know(text, self._styles[style][0])

    def number(self, text: str, face: Face, colour: str) -> int:
        """The number of a string in a face and a colour."""
        known = self._numbers.get((face, colour))
        if known is None:
            known = self._numbers[face, colour] = (len(self._styles), {})
            self._styles.append((face, colour))
        style, numbers = known
        found = numbers.get(text)
        if found is None:
            found = numbers[text] = len(self._texts)
            self._texts.append(text)
            if found == len(self.widths):
                self._grow()
            self._styled[found] = style
            self.widths[found] = face.width(text)
        return found

    def _grow(self) -> None:
        """Make room for twice as many strings."""
        self._styled = np.concatenate([self._styled, np.zeros_like(self._styled)])
        self.widths = np.concatenate([self.widths, np.zeros_like(self.widths)])
        self._sources = np.concatenate([self._sources, np.zeros_like(self._sources)])

    def at(self, scale: float, ratio: float) -> None:
        """Begin a frame at this zoom and device pixel ratio."""
        self._is_standing = (scale, ratio) == (self._scale, self._ratio)
        self._frame.clear()
        if len(self._texts) > _REMEMBERED:
            self._forget()
            self._begin()
        if not self._is_standing:
            self._scale, self._ratio = scale, ratio
            self._forget()

    def _forget(self) -> None:
        """Empty the atlas."""
        wipe(self._atlas, min(self._y + self._row, _HEIGHT))
        self._sources[: len(self._texts)] = 0.0
        self._x = self._y = self._row = 0

    def add(self, x: Floats, baseline: Floats, which: Ints, strength: Floats) -> None:
        """Write lines with their left ends at ``x``, when the frame is shown."""
        if len(which):
            self._frame.append((x, baseline, which, strength))

    def show(self, painter: QPainter, *, is_vector: bool = False) -> None:
        """Write the lines that wait over everything that is there."""
        if not self._frame:
            return
        x, baseline, which, strength = joined(self._frame)
        self._frame.clear()
        if is_vector:
            self._draw(painter, x, baseline, which, strength)
            return
        pays = self._is_standing or _REPEATS * len(distinct(which)) < len(which)
        if not pays or not self._fill(which):
            self._draw_on_pixels(painter, x, baseline, which, strength)
            return
        world, ratio = painter.worldTransform(), self._ratio
        sources = self._sources.take(which, axis=0)
        corners = np.empty((len(which), 2))
        corners[:, 0] = np.rint((x * self._scale + world.dx()) * ratio) - _FREE
        corners[:, 1] = np.rint((baseline * self._scale + world.dy()) * ratio) - sources[:, 4]
        painter.setOpacity(1.0)
        draw_fragments(painter, world, corners / ratio, sources, ratio, strength, self._atlas)

    def _draw_on_pixels(
        self, painter: QPainter, x: Floats, baseline: Floats, which: Ints, strength: Floats
    ) -> None:
        """Each line by itself, on whole pixels as a stamp is."""
        world, ratio = painter.worldTransform(), self._ratio
        dx, dy, whole = world.dx(), world.dy(), self._scale * ratio
        lefts = (np.rint((x * self._scale + dx) * ratio) - dx * ratio) / whole
        bases = (np.rint((baseline * self._scale + dy) * ratio) - dy * ratio) / whole
        self._draw(painter, lefts, bases, which, strength)

    def _draw(
        self, painter: QPainter, lefts: Floats, bases: Floats, which: Ints, strength: Floats
    ) -> None:
        styles = self._styled[which]
        for style in dict.fromkeys(styles.tolist()):  # what comes first is below, as with stamps
            has_style, (face, colour) = styles == style, self._styles[style]
            painter.setPen(QColor(colour))
            for opacity in sorted(set(strength[has_style].tolist())):
                painter.setOpacity(opacity)
                chosen = has_style & (strength == opacity)
                self.glyphs.draw_all(
                    painter,
                    lefts[chosen].tolist(),
                    bases[chosen].tolist(),
                    [self._texts[i] for i in which[chosen].tolist()],
                    face,
                )

    def _fill(self, which: Ints) -> bool:
        """Draw the strings that are not in the atlas; False if it cannot hold the frame."""
        missing = which[self._sources[which, 2] == 0]
        if not len(missing) or self._put(distinct(missing)):
            return True
        self._forget()
        return self._put(distinct(which))

    def _put(self, which: Ints) -> bool:
        """Draw strings into the atlas, which grows as far as it may; False if it is full."""
        scale, waiting = self._scale * self._ratio, which.tolist()[::-1]
        while waiting:
            painter = QPainter(self._atlas) if not self._atlas.isNull() else None
            if painter is not None:
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                while waiting and self._place(painter, waiting[-1], scale):
                    waiting.pop()
                painter.end()
            if waiting and not self._widen():
                return False
        return True

    def _widen(self) -> bool:
        """Give the atlas more rows; False if it has as many as it may."""
        height = max(_FIRST_HEIGHT, 2 * self._atlas.height())
        if height > _HEIGHT:
            return False
        self._atlas = grown(self._atlas, _WIDTH, height)
        return True

    def _place(self, painter: QPainter, i: int, scale: float) -> bool:
        text, (face, colour) = self._texts[i], self._styles[self._styled[i]]
        width = math.ceil(face.width(text) * scale) + 2 * _FREE
        up = math.ceil(face.ascent * scale)
        height = up + math.ceil((face.height - face.ascent) * scale) + 2 * _FREE
        if self._x + width > _WIDTH:
            self._x, self._y, self._row = 0, self._y + self._row, 0
        if self._y + height > self._atlas.height() or width > _WIDTH:
            return False
        painter.resetTransform()
        painter.translate(self._x + _FREE, self._y + _FREE + up)
        painter.scale(scale, scale)
        painter.setPen(QColor(colour))
        self.glyphs.draw(painter, 0.0, 0.0, text, face)
        self._sources[i] = (self._x, self._y, width, height, up + _FREE)
        self._x += width
        self._row = max(self._row, height)
        return True
