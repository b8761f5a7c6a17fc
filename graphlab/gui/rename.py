"""A name is changed where it stands: a field over the card, and a sentence under it if refused."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLabel, QLineEdit, QWidget

from graphlab.gui.theme import GRID

_WIDEST = 30 * GRID


class RenameField(QLineEdit):
    """Return takes the name, Escape leaves the old one."""

    closed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._within = parent
        self._take: Callable[[str], str] | None = None
        self.told = QLabel(parent)
        self.told.setObjectName("renameProblem")
        self.told.setWordWrap(True)
        self.told.hide()
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setObjectName("rename")
        self.setAccessibleName("New name")
        self.textEdited.connect(lambda _text: self.told.hide())
        self.hide()

    def ask(self, name: str, area: QRect, take: Callable[[str], str]) -> None:
        """Open over a rectangle of the parent; ``take`` returns why a name cannot be taken."""
        self._take = take
        self.setText(name)
        width = min(max(area.width(), 14 * GRID), _WIDEST)
        room = self._within.rect()
        left = area.center().x() - width // 2
        self.setGeometry(
            min(max(left, 0), max(room.width() - width, 0)),
            min(max(area.top(), 0), max(room.height() - 4 * GRID, 0)),
            width,
            4 * GRID,
        )
        self.told.hide()
        self.show()
        self.raise_()
        self.setFocus()
        self.selectAll()

    def dismiss(self) -> None:
        """Close and leave the old name."""
        self._take = None
        self.told.hide()
        if self.isVisible():
            self.closed.emit()  # a field that hides with the focus hands it to the next card
            self.hide()

    def _try(self) -> None:
        if self._take is None:
            return
        reason = self._take(self.text())
        if not reason:
            self.dismiss()
            return
        self.told.setText(reason if reason.endswith(".") else reason + ".")
        width = min(_WIDEST + 10 * GRID, self._within.width())
        self.told.setFixedWidth(width)
        self.told.setFixedHeight(self.told.heightForWidth(width))
        place = self.geometry().bottomLeft() + QPoint(0, GRID // 2)
        room = self._within.rect()
        left = min(place.x(), room.width() - width)
        top = min(place.y(), room.height() - self.told.height())
        self.told.move(max(left, 0), max(top, 0))
        self.told.show()
        self.told.raise_()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """A hand that goes elsewhere takes the name if it can be taken."""
        super().focusOutEvent(event)
        take = self._take
        if take is not None and event.reason() != Qt.FocusReason.PopupFocusReason:
            take(self.text())
            self.dismiss()

    def event(self, event: QEvent) -> bool:
        """Return and Escape are the field's own, and nothing of what it lies over hears them."""
        keys = {
            Qt.Key.Key_Escape: self.dismiss,
            Qt.Key.Key_Return: self._try,
            Qt.Key.Key_Enter: self._try,
        }
        if isinstance(event, QKeyEvent) and event.key() in keys:
            event.accept()
            if event.type() == QEvent.Type.KeyPress:
                keys[Qt.Key(event.key())]()
            return True
        return super().event(event)
