"""A field for one value, which the document takes when Enter is pressed or the field is left."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QLineEdit, QWidget

_ERASING = (Qt.Key.Key_Backspace, Qt.Key.Key_Delete)


class ValueField(QLineEdit):
    """One value; Enter or leaving the field applies it, Escape takes the typing back.

    Emptied, it takes the value away; where an array is too long to be written, Backspace does.
    """

    applied = Signal(str, str)  # the node, what was typed
    emptied = Signal(str)  # the node whose array, too long to be written out, is to go

    def __init__(self, name: str, kind: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = name
        self._shown = ""
        self.setObjectName(f"value:{name}")
        self.setAccessibleName(f"Value of {kind} {name}")
        self.returnPressed.connect(lambda: self.applied.emit(self.name, self.text()))
        self.editingFinished.connect(self._left)

    def show_value(self, text: str) -> None:
        """What the document holds."""
        self._shown = text
        if text != self.text():
            self.setText(text)
            self.setCursorPosition(0)

    @property
    def is_written(self) -> bool:
        """Whether the field shows what the document holds, so that emptying it takes that away."""
        return bool(self._shown)

    def _left(self) -> None:
        if self.text() != self._shown and not self.hasFocus():
            self.applied.emit(self.name, self.text())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text() != self._shown:
            self.setText(self._shown)
            return
        if not (self.text() or self._shown) and event.key() in _ERASING:
            self.emptied.emit(self.name)
            return
        super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Leave undo to the document when there is no typing to undo."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            undoes, redoes = QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo
            if (event.matches(undoes) or event.matches(redoes)) and self.text() == self._shown:
                event.ignore()
                return False
        return super().event(event)
