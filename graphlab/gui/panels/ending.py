"""What stands at a lesson's end once Finish was pressed: what is missing, or where to go on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from graphlab.gui.theme import GRID


class Ending(QWidget):
    """A few words, and the ways out of the lesson below each other."""

    def __init__(self, text: str, ways: Sequence[tuple[str, Callable[[], object]]]) -> None:
        super().__init__()
        self.setObjectName("exercise")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.words = QLabel(text)
        self.words.setWordWrap(True)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.buttons: list[QPushButton] = []
        rows = QVBoxLayout(self)
        rows.setContentsMargins(2 * GRID, GRID, GRID, GRID)
        rows.setSpacing(GRID)
        rows.addWidget(self.words)
        for title, go in ways:
            button = _Way(title)
            button.clicked.connect(lambda _checked=False, go=go: go())
            self.buttons.append(button)
            rows.addWidget(button)


class _Way(QPushButton):
    """A button as wide as there is room; what is too long for it ends in … and in its tool tip."""

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self._title = title
        self.setAccessibleName(title)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        room = self.width() - 4 * GRID
        shown = self.fontMetrics().elidedText(self._title, Qt.TextElideMode.ElideRight, room)
        self.setText(shown)
        self.setToolTip(self._title if shown != self._title else "")
