"""The mouse on the canvas, as a hand moves it."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from graphlab.gui.window import Window

_LEFT, _NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def drag(window: Window, start: QPoint, end: QPoint) -> None:
    """Press, move in three steps, and let go."""
    view = window.canvas.viewport()
    QTest.mousePress(view, _LEFT, _NONE, start)
    for k in (1, 2, 3):
        QTest.mouseMove(view, start + (end - start) * k / 3)
    QTest.mouseRelease(view, _LEFT, _NONE, end)
