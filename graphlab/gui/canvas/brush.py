"""One painter with what a figure needs of it: stamped shapes, shaped text, batches of lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from graphlab.gui.canvas.bends import bend, lines
from graphlab.gui.canvas.boxes import Bools, Floats, Ints, Rect, meeting_segments
from graphlab.gui.canvas.letters import Letters
from graphlab.gui.canvas.shapes import DASH_LENGTH, Shape
from graphlab.gui.canvas.sprites import Sprites, draw_lines, draw_rects
from graphlab.gui.theme import FAR, Face, Theme

_FEW = 64  # segments: to find which of them are seen takes longer than to draw them all

FAR_OFF, NEAR, ACTIVE = 0, 1, 2
"""How strongly something is drawn: stepped back, as usual, with the accent."""

STRENGTHS = np.array([FAR, 1.0, 1.0])
"""The opacity of each."""


class Brush:
    """Paints parts of a figure with a QPainter whose world transform is a zoom and a shift.

    ``sprites`` is None for a vector picture, which gets the shapes and curves themselves.
    """

    def __init__(
        self, painter: QPainter, theme: Theme, letters: Letters, sprites: Sprites | None
    ) -> None:
        self.painter, self.theme = painter, theme
        self.letters, self._sprites = letters, sprites

    def strength(self, state: int) -> None:
        """Draw from here on in full or, for what steps back, weaker."""
        self._show_shapes()
        self.painter.setOpacity(FAR if state == FAR_OFF else 1.0)

    def repeat(
        self,
        shapes: Sequence[Shape],
        which: Ints,
        origins: Floats,
        is_far: Bools | None = None,
    ) -> None:
        """Draw ``shapes[which[k]]`` with its origin at point k, weaker where it steps back."""
        if not len(which):
            return
        if self._sprites is not None:  # with what comes next, in one call
            self._sprites.add(shapes, which, origins, is_far)
            return
        opacities = np.where(False if is_far is None else is_far, FAR, np.ones(len(which))).tolist()
        for i, (x, y), opacity in zip(which.tolist(), origins.tolist(), opacities, strict=True):
            self.painter.save()
            self.painter.setOpacity(opacity)
            self.painter.translate(x, y)
            shapes[i].paint(self.painter)
            self.painter.restore()

    def curves(
        self, pieces: Floats, pens: Sequence[tuple[Bools | None, QPen]], segments: int, area: Rect
    ) -> None:
        """Draw pieces of links, each bend in so many segments, as far as they meet ``area``.

        One pen after the other draws the pieces it is for, all where it tells none.
        """
        if self._sprites is None:
            for chosen, pen in pens:
                self._draw_curves(pieces if chosen is None else pieces[chosen], pen, segments)
            return
        strokes, owners = pieces, None
        if segments > 1:
            is_level = pieces[:, 1] == pieces[:, 3]
            bends, level = (~is_level).nonzero()[0], is_level.nonzero()[0]
            bent = lines(pieces.take(bends, axis=0), segments)
            seen = np.arange(len(bent))
            if len(bent) > _FEW:
                seen = meeting_segments(bent, area, 4.0)
                bent = bent.take(seen, axis=0)
            strokes = np.concatenate([pieces.take(level, axis=0), bent])
            if any(chosen is not None for chosen, _ in pens):
                owners = np.concatenate([level, bends[seen // segments]])
        for chosen, pen in pens:
            self._use(pen)
            if chosen is not None:
                mine = strokes[chosen if owners is None else chosen[owners]]
            draw_lines(self.painter, strokes if chosen is None else mine)

    def _draw_curves(self, pieces: Floats, pen: QPen, segments: int) -> None:
        """Draw bends as whole lines, for a vector picture."""
        self._use(pen)
        level = pieces[:, 1] == pieces[:, 3]
        draw_lines(self.painter, pieces[level])
        for points in bend(pieces[~level], segments):
            self.painter.drawPolyline(QPolygonF([QPointF(*p) for p in points.tolist()]))

    def blocks(self, boxes: Floats, colour: str) -> None:
        """Fill rectangles."""
        self._show_shapes()
        self.painter.setPen(Qt.PenStyle.NoPen)
        self.painter.setBrush(QColor(colour))
        draw_rects(self.painter, boxes)

    def tiles(self, sides: Floats, looks: Ints, inks: Mapping[int, tuple[int, str]]) -> None:
        """Fill rectangles on whole pixels, each in the strength and colour of its look.

        ``sides`` (4, N) are left, top, right and bottom.
        """
        world = self.painter.worldTransform()
        pixels = sides * world.m11()
        pixels[::2] += world.dx()
        pixels[1::2] += world.dy()
        first, last = np.rint(pixels, out=pixels).reshape(2, 2, -1)
        last -= 1
        np.maximum(first, last, out=last)
        corners = np.empty((sides.shape[1], 4), dtype=np.int32)
        corners[:] = pixels.T
        self._show_shapes()
        self.painter.save()
        self.painter.resetTransform()
        self.painter.setPen(Qt.PenStyle.NoPen)
        for look, (state, colour) in inks.items():
            self.strength(state)
            self.painter.setBrush(QColor(colour))
            mine = (looks == look).nonzero()[0]
            draw_rects(self.painter, corners.take(mine, axis=0))
        self.painter.restore()

    def text(self, x: float, baseline: float, text: str, face: Face, colour: str) -> None:
        """Write one line with its left end at ``x``; it comes over all else."""
        number = self.letters.number(text, face, colour)
        self.texts(np.array([x]), np.array([baseline]), np.array([number]), np.ones(1))

    def texts(self, x: Floats, baseline: Floats, which: Ints, strength: Floats) -> None:
        """Write many lines by their numbers, each in its strength."""
        self.letters.add(x, baseline, which, strength)

    def finish(self) -> None:
        """Show what was written."""
        self._show_shapes()
        self.letters.show(self.painter, is_vector=self._sprites is None)

    def dashes(self, points: Floats) -> None:
        """Draw "not computed" with the left ends at these points."""
        if not len(points):
            return
        self._show_shapes()
        x, y = points[:, 0], np.rint(points[:, 1])
        strokes = np.stack([x, y, x + DASH_LENGTH, y], axis=1)
        self._use(QPen(QColor(self.theme.ground), 4))
        draw_lines(self.painter, strokes)
        self._use(QPen(QColor(self.theme.muted), 1.4))
        draw_lines(self.painter, strokes)

    def _show_shapes(self) -> None:
        """Show the shapes that go below what is drawn next."""
        if self._sprites is not None:
            self._sprites.show(self.painter)

    def _use(self, pen: QPen) -> None:
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        self.painter.setPen(pen)
