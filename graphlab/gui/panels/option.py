"""One option of a question of choice."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QRadioButton, QWidget

from graphlab.gui.panels.prose import Prose
from graphlab.gui.theme import GRID
from graphlab.latex import is_loaded
from graphlab.tutor.wording import plain


class Option(QWidget):
    """A radio button whose text may have several lines; a click on the text chooses it too."""

    def __init__(self, text: str, make_prose: Callable[[str], Prose]) -> None:
        super().__init__()
        self._text = text
        self.button, self._prose = QRadioButton(), make_prose(text)
        prose = self._prose
        prose.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        prose.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID)
        row.addWidget(self.button, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(prose, 1, Qt.AlignmentFlag.AlignTop)
        prose.textChanged.connect(self._follow)
        self._follow()

    def _follow(self) -> None:
        """Stand beside the first line, and be read aloud once its formulas can be."""
        self.button.setFixedHeight(round(2 * self._prose.middle_of_first_line()))
        may_wait = "$" in self._text and not is_loaded()
        self.button.setAccessibleName(self._text if may_wait else plain(self._text))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self.button.isEnabled() and self.rect().contains(event.position().toPoint()):
            self.button.setChecked(True)
            self.button.setFocus()
