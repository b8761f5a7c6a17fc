"""Puts what is on the screen already into larger or smaller text; what comes later is made so."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QApplication, QComboBox, QStatusBar, QToolButton, QWidget

from graphlab.gui.theme import USUAL, base_size, exact_font


def set_text_size(base: float, window: QWidget) -> bool:
    """Make ``base`` the application's size of text in pixels; False if it is already."""
    before = base_size()
    base = float(round(base))
    if base == before:
        return False
    kept = [w for w in window.findChildren(QWidget) if w.testAttribute(_HAS_OWN_FONT)]
    sizes = [widget.font().pixelSize() for widget in kept]
    QApplication.setFont(exact_font(base))
    for button in window.findChildren(QToolButton):
        button.setIconSize(icon_size())
    for line in window.findChildren(QStatusBar):
        line.setMinimumHeight(scaled(STATUS_HEIGHT))
        for choice in line.findChildren(QComboBox):
            choice.setFixedHeight(scaled(CHOICE_HEIGHT))
    for widget, size in zip(kept, sizes, strict=True):
        if size <= 0:
            continue  # it is in points: none of ours
        usual = widget.property(_USUAL) or round(size / before * _PARTS)
        widget.setProperty(_USUAL, usual)
        face = widget.font()
        face.setPixelSize(max(1, round(usual / _PARTS * base)))
        widget.setFont(face)
    return True


def icon_size() -> QSize:
    """The size of icons beside the application's text."""
    return QSize(scaled(_ICON), scaled(_ICON))


def scaled(length: float) -> int:
    """A length in pixels that grows with the application's text."""
    return round(length * base_size() / USUAL)


_ICON = 16
STATUS_HEIGHT, CHOICE_HEIGHT = 28, 22  # of the status line, and of what is chosen in it
_HAS_OWN_FONT = Qt.WidgetAttribute.WA_SetFont
_USUAL = "graphlab-usual-size"  # in parts of the application's size, so that rounding never adds up
_PARTS = 1000
