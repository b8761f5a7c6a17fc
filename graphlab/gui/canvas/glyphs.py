"""Text painted many times: shaped once, then drawn from the shaped glyphs, three times quicker."""

from __future__ import annotations

from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QGlyphRun, QPainter, QPainterPath, QTextLayout

from graphlab.gui.theme import Face

_REMEMBERED = 20_000  # strings per font; forgotten all at once when exceeded


class Glyphs:
    """Shaped strings by font.  ``outlines`` paints letters as shapes, which need no font."""

    def __init__(self, *, outlines: bool = False) -> None:
        self.outlines = outlines
        self._runs: dict[Face, dict[str, list[QGlyphRun]]] = {}

    def draw(self, painter: QPainter, x: float, baseline: float, text: str, face: Face) -> None:
        """Draw one line in the painter's pen, its left end at ``x``."""
        if self.outlines:
            path = QPainterPath()
            path.addText(QPointF(x, baseline), face.font, text)
            painter.fillPath(path, painter.pen().color())
            return
        point = QPointF(x, baseline - face.ascent)
        for run in self._shaped(text, face):
            painter.drawGlyphRun(point, run)

    def _shaped(self, text: str, face: Face) -> list[QGlyphRun]:
        runs = self._runs.setdefault(face, {})
        try:
            return runs[text]
        except KeyError:
            if len(runs) >= _REMEMBERED:
                runs.clear()
        layout = QTextLayout(text, face.font)
        layout.beginLayout()
        layout.createLine()
        layout.endLayout()
        runs[text] = layout.glyphRuns()
        return runs[text]


def pen_colour(painter: QPainter, colour: str) -> None:
    """Set the pen's colour only, which text takes."""
    painter.setPen(QColor(colour))
