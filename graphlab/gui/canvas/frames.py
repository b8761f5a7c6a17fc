"""Opened groups: a quiet frame around the cards and frames in each, with its name above."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPen

from graphlab.gui.canvas.boxes import FRAME_PAD, FRAME_TITLE, Floats, Rect
from graphlab.gui.canvas.brush import NEAR, Brush
from graphlab.gui.canvas.figure import Frame
from graphlab.gui.theme import GRID, Type


def paint_frames(
    brush: Brush, frames: Sequence[Frame], boxes: Floats, area: Rect, fonts: Type, detail: float
) -> None:
    """Paint the frames that meet ``area``, outer ones first; names only where they can be read."""
    if not frames:
        return
    theme, painter = brush.theme, brush.painter
    x, y, width, height = area
    brush.strength(NEAR)
    for frame, box in zip(frames, boxes.tolist(), strict=True):
        left, top, wide, high = box
        if not wide or left > x + width or top > y + height or left + wide < x or top + high < y:
            continue
        painter.setPen(QPen(QColor(theme.border), max(1.2, 1.0 / detail)))
        painter.setBrush(Qt.BrushStyle.NoBrush)  # on a fill the labels' patches would show
        painter.drawRoundedRect(QRectF(left, top, wide, high), GRID, GRID)
        if detail >= 0.4:
            title = fonts.small.elided(frame.title, wide - FRAME_PAD)
            base = top + (FRAME_TITLE - GRID / 2 + fonts.small.capital) / 2
            brush.text(left + FRAME_PAD / 2, base, title, fonts.small, theme.muted)
