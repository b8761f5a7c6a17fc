"""Puts what is on the screen already into larger or smaller text; what comes later is made so."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QApplication, QToolButton, QWidget

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
    for widget in window.findChildren(QWidget):
        _set_lengths(widget)
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


def hold(widget: QWidget, **lengths: int) -> None:
    """Give a widget lengths that it keeps in text of any size: ``fixed_height=32``.

    They are told for the usual size, by the names of Qt's setters.
    """
    widget.setProperty(_LENGTHS, lengths)
    _set_lengths(widget)


def _set_lengths(widget: QWidget) -> None:
    lengths: dict[str, int] = widget.property(_LENGTHS) or {}
    for name, length in lengths.items():
        _SETTERS[name](widget, scaled(length))


_ICON = 16
_SETTERS = {
    "fixed_width": QWidget.setFixedWidth,
    "fixed_height": QWidget.setFixedHeight,
    "minimum_width": QWidget.setMinimumWidth,
    "minimum_height": QWidget.setMinimumHeight,
    "maximum_width": QWidget.setMaximumWidth,
    "maximum_height": QWidget.setMaximumHeight,
}
_LENGTHS = "graphlab-lengths"
_HAS_OWN_FONT = Qt.WidgetAttribute.WA_SetFont
_USUAL = "graphlab-usual-size"  # in parts of the application's size, so that rounding never adds up
_PARTS = 1000
