"""Keys that belong to the field they are typed into, though the window has a command for them."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QTabBar

_WALKING = frozenset(
    {Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Space}
)
_SIDEWAYS = frozenset({Qt.Key.Key_Left, Qt.Key.Key_Right})
_TURNS = {
    Qt.Key.Key_Tab: 1, Qt.Key.Key_PageDown: 1, Qt.Key.Key_Backtab: -1, Qt.Key.Key_PageUp: -1,
}  # fmt: skip


def keep_key(event: QEvent, *, is_wide: bool = False) -> bool:
    """Take a key that walks or searches a list before a command of the window does.

    ``is_wide``: it is walked sideways too.
    """
    if event.type() != QEvent.Type.ShortcutOverride or not isinstance(event, QKeyEvent):
        return False
    is_plain = event.modifiers() in (
        Qt.KeyboardModifier.NoModifier,
        Qt.KeyboardModifier.ShiftModifier,
        Qt.KeyboardModifier.KeypadModifier,
    )
    is_sideways = is_wide and event.key() in _SIDEWAYS
    if is_plain and (is_sideways or event.key() in _WALKING or event.text().isalnum()):
        event.accept()
        return True
    return False


def turning(event: QKeyEvent) -> int:
    """How many tabs further a key goes: 1, -1, or 0 for one that turns no tabs."""
    held = event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier
    return _TURNS.get(Qt.Key(event.key()), 0) if held == Qt.KeyboardModifier.ControlModifier else 0


class TabRow(QTabBar):
    """Tabs that the arrows go through, whatever else the window does with them."""

    def event(self, event: QEvent) -> bool:
        return keep_key(event, is_wide=True) or super().event(event)
