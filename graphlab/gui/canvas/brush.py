"""One painter with what a figure needs of it: stamped shapes, shaped text, batches of lines."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from graphlab.gui.canvas.boxes import Boxes, Floats, Rect
from graphlab.gui.canvas.geometry import bend, lines
from graphlab.gui.canvas.letters import Letters
from graphlab.gui.canvas.shapes import DASH_LENGTH, Shape
from graphlab.gui.canvas.sprites import Sprites, draw_lines, draw_rects
from graphlab.gui.theme import FAR, Face, Theme

FAR_OFF, NEAR, ACTIVE = 0, 1, 2
"""How strongly something is drawn: stepped back, as usual, with the accent."""


class Brush:
    """Paints parts of a figure with a QPainter whose world transform is a zoom and a shift.

    ``sprites`` is None for a vector picture, which gets the shapes and curves themselves.
    """

    def __init__(
        self, painter: QPainter, theme: Theme, letters: Letters, sprites: Sprites | None
    ) -> None:
        self.painter, self.theme = painter, theme
        self._letters, self._sprites = letters, sprites
        self._opacity = 1.0
        self._state = NEAR
        painter.setOpacity(1.0)

    def strength(self, state: int) -> None:
        """Draw from here on in full or, for what steps back, weaker."""
        if (state == FAR_OFF) != (self._state == FAR_OFF):
            self._opacity = FAR if state == FAR_OFF else 1.0
            self.painter.setOpacity(self._opacity)
        self._state = state

    def repeat(self, shapes: Sequence[Shape], origins: Floats) -> None:
        """Draw shapes with their origins at these points."""
        if not shapes:
            return
        if self._sprites is None:
            for shape, (x, y) in zip(shapes, origins.tolist(), strict=True):
                self.painter.save()
                self.painter.translate(x, y)
                shape.paint(self.painter)
                self.painter.restore()
            return
        self._sprites.stamp(self.painter, shapes, origins)

    def curves(self, pieces: Floats, pen: QPen, segments: int, area: Rect) -> None:
        """Draw pieces of links, each bend in so many segments, as far as they meet ``area``."""
        self._use(pen)
        level = pieces[:, 1] == pieces[:, 3]
        bends = pieces[~level]
        if self._sprites is None:
            draw_lines(self.painter, pieces[level])
            for points in bend(bends, segments):
                self.painter.drawPolyline(QPolygonF([QPointF(*p) for p in points.tolist()]))
            return
        bent = bends
        if segments > 1:
            bent = lines(bend(bends, segments))
            bent = bent[Boxes.around(bent).meeting(area, 4.0)]
        draw_lines(self.painter, np.concatenate([pieces[level], bent]))

    def blocks(self, boxes: Floats, colour: str) -> None:
        """Fill rectangles."""
        self.painter.setPen(Qt.PenStyle.NoPen)
        self.painter.setBrush(QColor(colour))
        draw_rects(self.painter, boxes)

    def text(self, x: float, baseline: float, text: str, face: Face, colour: str) -> None:
        """Write one line with its left end at ``x``; on a raster it comes over all else."""
        if self._sprites is not None:
            self._letters.add(x, baseline, text, face, colour, self._opacity)
            return
        self.painter.setPen(QColor(colour))
        self._letters.glyphs.draw(self.painter, x, baseline, text, face)

    def finish(self) -> None:
        """Show what was written."""
        self._letters.show(self.painter)

    def dashes(self, points: Floats) -> None:
        """Draw "not computed" with the left ends at these points."""
        if not len(points):
            return
        x, y = points[:, 0], np.round(points[:, 1])
        strokes = np.stack([x, y, x + DASH_LENGTH, y], axis=1)
        self._use(QPen(QColor(self.theme.ground), 4))
        draw_lines(self.painter, strokes)
        self._use(QPen(QColor(self.theme.muted), 1.4))
        draw_lines(self.painter, strokes)

    def _use(self, pen: QPen) -> None:
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        self.painter.setPen(pen)
