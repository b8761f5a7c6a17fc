"""A calm bar under the menu: one sentence, and what may be done about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from graphlab.gui.theme import GRID


class Notice(QWidget):
    """Hidden until something is to be said; choosing a button hides it again."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.text = QLabel()
        self.text.setWordWrap(True)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.buttons: list[QPushButton] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(2 * GRID, GRID, 2 * GRID, GRID)
        self._row.setSpacing(GRID)
        self._row.addWidget(self.text, 1)
        self.hide()

    def say(self, sentence: str, ways: Sequence[tuple[str, Callable[[], object]]]) -> None:
        """Show a sentence, with a button for each way to go on."""
        for button in self.buttons:
            self._row.removeWidget(button)
            button.deleteLater()
        self.buttons = []
        self.text.setText(sentence)
        self.setAccessibleName(sentence)
        for title, run in ways:
            button = QPushButton(title)
            button.clicked.connect(lambda _checked=False, run=run: self._choose(run))
            self._row.addWidget(button)
            self.buttons.append(button)
        self.show()

    def _choose(self, run: Callable[[], object]) -> None:
        self.hide()
        run()
