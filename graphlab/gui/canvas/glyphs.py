"""Text painted many times: glyphs are looked up once a character, then drawn without shaping.

Drawing a finished run takes a third of the time of ``drawText``, and making one from known glyphs a
third of the time of shaping it.  Kerning is left out, as in ``Face.width``.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate

from PySide6.QtCore import QPointF
from PySide6.QtGui import QGlyphRun, QPainter, QPainterPath, QTextLayout

from graphlab.gui.theme import Face

_REMEMBERED = 20_000  # strings per font; forgotten all at once when exceeded
_ONE_FIGURE = str.maketrans("123456789", "000000000")


class Glyphs:
    """Runs of glyphs by font.  ``outlines`` paints letters as shapes, which need no font."""

    def __init__(self, *, outlines: bool = False) -> None:
        self.outlines = outlines
        self._faces: dict[Face, _Runs] = {}

    def draw(self, painter: QPainter, x: float, baseline: float, text: str, face: Face) -> None:
        """Draw one line in the painter's pen, its left end at ``x``."""
        self.draw_all(painter, [x], [baseline], [text], face)

    def draw_all(
        self,
        painter: QPainter,
        lefts: Iterable[float],
        baselines: Iterable[float],
        texts: Iterable[str],
        face: Face,
    ) -> None:
        """Draw lines of one face in the painter's pen."""
        if self.outlines:
            for x, baseline, text in zip(lefts, baselines, texts, strict=True):
                path = QPainterPath()
                path.addText(QPointF(x, baseline), face.font, text)
                painter.fillPath(path, painter.pen().color())
            return
        draw, of = painter.drawGlyphRun, self._runs(face).of
        for x, baseline, text in zip(lefts, baselines, texts, strict=True):
            point = QPointF(x, baseline)
            for run in of(text):
                draw(point, run)

    def know(self, text: str, face: Face) -> None:
        """Look a string up that will soon be drawn."""
        if not self.outlines:
            self._runs(face).of(text)

    def _runs(self, face: Face) -> _Runs:
        runs = self._faces.get(face)
        if runs is None:
            runs = self._faces[face] = _Runs(face)
        return runs


class _Runs:
    """Strings in one font as glyph runs from the left end of the baseline."""

    def __init__(self, face: Face) -> None:
        self._face = face
        self._runs: dict[str, tuple[QGlyphRun, ...]] = {}
        self._glyphs: dict[str, int] = {}
        self._spaced: dict[str, QGlyphRun] = {}  # figures have one width, so places repeat
        self._plain = self._shaped("0")[0]

    def of(self, text: str) -> tuple[QGlyphRun, ...]:
        """The runs of a string: one, unless it takes signs from the second face."""
        found = self._runs.get(text)
        if found is None:
            if len(self._runs) >= _REMEMBERED:
                self._runs.clear()
                self._spaced.clear()
            found = self._runs[text] = self._made(text)
        return found

    def _made(self, text: str) -> tuple[QGlyphRun, ...]:
        known = self._glyphs
        for character in set(text):
            if character not in known and not self._learn(character):
                return self._shaped(text)
        spacing = text.translate(_ONE_FIGURE)
        spaced = self._spaced.get(spacing)
        if spaced is None:
            spaced = self._spaced[spacing] = QGlyphRun(self._plain)
            widths = map(self._face.width, spacing[:-1])
            spaced.setPositions([QPointF(x, 0.0) for x in accumulate(widths, initial=0.0)])
        run = QGlyphRun(spaced)
        run.setGlyphIndexes([known[c] for c in text])
        return (run,)

    def _learn(self, character: str) -> bool:
        """Look a character up; False if it is not one glyph of the first face."""
        runs = self._shaped(character)
        if len(runs) != 1 or runs[0].rawFont() != self._plain.rawFont():
            return False
        glyphs = runs[0].glyphIndexes()
        if len(glyphs) != 1:
            return False
        self._glyphs[character] = glyphs[0]
        return True

    def _shaped(self, text: str) -> tuple[QGlyphRun, ...]:
        """Qt's own shaping, moved from the top of the line to its baseline."""
        layout = QTextLayout(text, self._face.font)
        layout.beginLayout()
        layout.createLine()
        layout.endLayout()
        runs = layout.glyphRuns()
        for run in runs:
            run.setPositions([p - QPointF(0, self._face.ascent) for p in run.positions()])
        return tuple(runs)
