"""What stands at a lesson's end once Finish was pressed: what is missing, or where to go on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from graphlab.gui.panels.elided_button import ElidedButton
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
            button = ElidedButton(title)
            button.clicked.connect(lambda _checked=False, go=go: go())
            self.buttons.append(button)
            rows.addWidget(button)
