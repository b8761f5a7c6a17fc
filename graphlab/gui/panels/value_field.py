"""A field for one value, which the document takes when Enter is pressed or the field is left."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QLineEdit, QWidget


class ValueField(QLineEdit):
    """One value; Enter or leaving the field applies it, Escape takes the typing back."""

    applied = Signal(str, str)  # the node, what was typed

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

    def _left(self) -> None:
        if self.text() != self._shown and not self.hasFocus():
            self.applied.emit(self.name, self.text())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text() != self._shown:
            self.setText(self._shown)
            return
        super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Leave undo to the document when there is no typing to undo."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            undoes, redoes = QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo
            if (event.matches(undoes) or event.matches(redoes)) and self.text() == self._shown:
                event.ignore()
                return False
        return super().event(event)
