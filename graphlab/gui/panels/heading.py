"""A heading of one line: what is too long for it is told whole by a tool tip.

Names without their middle get briefer first; what then still is too long ends in ….
"""

from __future__ import annotations

import re

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from graphlab.gui.theme import font

_BRIEF = r"(\w+)…(\w+)"  # a name without its middle
_KEPT = 6, 4  # letters at both ends of it, as it takes


class Heading(QLabel):
    """Its ``text`` is always the whole one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFont(font(14, bold=True))
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def setText(self, text: str) -> None:
        super().setText(text)
        self._tip()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._tip()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        align = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(self.contentsRect(), align, self.shown())

    def shown(self) -> str:
        """What there is room for."""
        width, metrics, whole = self.contentsRect().width(), self.fontMetrics(), self.text()
        shown = (whole, *(_briefer(whole, kept) for kept in _KEPT))
        fitting = (text for text in shown if metrics.horizontalAdvance(text) <= width)
        return next(fitting, metrics.elidedText(shown[-1], Qt.TextElideMode.ElideRight, width))

    def _tip(self) -> None:
        self.setToolTip(self.text() if self.shown() != self.text() else "")


def _briefer(text: str, kept: int) -> str:
    return re.sub(_BRIEF, lambda name: f"{name[1][:kept]}…{name[2][-kept:]}", text)
