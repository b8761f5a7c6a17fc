"""How wide and how high a label is with what it shows, and what holds one that is too high."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QScrollArea, QWidget


def natural_width(label: QLabel) -> int:
    """How wide it is where no line is broken, in pixels."""
    if not label.pixmap().isNull():
        return label.sizeHint().width()
    lines = label.text().split("\n")
    return max(label.fontMetrics().horizontalAdvance(line) for line in lines)


def height_at(label: QLabel, width: int) -> int:
    """How high it is at a width, in pixels."""
    high = label.heightForWidth(width) if label.wordWrap() else -1
    return high if high >= 0 else label.sizeHint().height()


def scrolled(widget: QWidget) -> QScrollArea:
    """What is too long is scrolled, never cut off."""
    area = QScrollArea()
    area.setWidget(widget)
    area.setWidgetResizable(True)
    area.setFrameShape(QScrollArea.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return area
