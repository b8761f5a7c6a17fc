"""Keys that belong to the field they are typed into, though the window has a command for them."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent

_WALKING = frozenset(
    {Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Space}
)


def keep_key(event: QEvent) -> bool:
    """Take a key that walks or searches a list before a command of the window does."""
    if event.type() != QEvent.Type.ShortcutOverride or not isinstance(event, QKeyEvent):
        return False
    is_plain = event.modifiers() in (
        Qt.KeyboardModifier.NoModifier,
        Qt.KeyboardModifier.ShiftModifier,
        Qt.KeyboardModifier.KeypadModifier,
    )
    if is_plain and (event.key() in _WALKING or event.text().isalnum()):
        event.accept()
        return True
    return False
