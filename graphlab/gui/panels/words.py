"""The step in words: what it did, its rule, and the rule with the numbers plugged in."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from graphlab.engine.explain import Explanation, explain
from graphlab.engine.numbers import latex
from graphlab.engine.steps import Step
from graphlab.gui.panels.heading import Heading
from graphlab.gui.theme import GRID, Theme
from graphlab.gui.typeset import Typesetter

HEIGHT = 13 * GRID
_SIZES = (18.0, 14.0)  # of the symbols, the smaller where the larger does not fit
_TALLEST = 7 * GRID


class WordsPanel(QWidget):
    """Words at the left, symbols at the right, below the canvas; its height never changes."""

    def __init__(self, typesetter: Typesetter, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("words")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName("The step in words")
        self.setFixedHeight(HEIGHT)
        self._typesetter, self._theme = typesetter, theme
        self._explanation: Explanation | None = None
        self._latex = self._plain = self._result = ""
        self.title, self.sentence = Heading(), QLabel()
        self.rule, self.result = QLabel(), QLabel()
        for label in (self.sentence, self.rule, self.result):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            label.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            label.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        words = QVBoxLayout()
        words.setSpacing(GRID // 2)
        words.addWidget(self.title)
        words.addWidget(_scrolled(self.sentence), 1)
        self._symbols = QWidget()
        right = QVBoxLayout(self._symbols)
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(GRID // 2)
        right.addStretch(1)
        right.addWidget(self.rule)
        right.addWidget(self.result)
        right.addStretch(1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(2 * GRID, GRID, 2 * GRID, GRID)
        layout.setSpacing(4 * GRID)
        layout.addLayout(words, 1)
        self._right = _scrolled(self._symbols)
        layout.addWidget(self._right, 1)
        typesetter.ready.connect(self._set)

    def set_theme(self, theme: Theme) -> None:
        """Set the symbols again in the theme's colours."""
        self._theme = theme
        self._set()

    def explain(self, step: Step, problem: str = "") -> None:
        """Show a step, and first what is wrong with its result."""
        told = self._explanation = explain(step)
        self.title.setText(told.title)
        self.sentence.setText(f"{problem}. {told.sentence}" if problem else told.sentence)
        self._latex = told.rule_latex
        if told.numbers_latex:
            joint = r" \; " if told.numbers_latex.startswith("=") else r" ,\quad "
            self._latex += joint + told.numbers_latex
        self._plain = f"{told.rule} {told.numbers}".strip()
        self._result = told.result
        if told.result.startswith("="):
            self._latex += rf" \; = {latex(step.value)}"
            self._plain, self._result = f"{self._plain} {told.result}", ""
        self._set()

    def say(self, title: str, sentence: str = "") -> None:
        """Show a message instead of a step."""
        self._explanation = None
        self.title.setText(title)
        self.sentence.setText(sentence)
        self._set()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._set()

    def _set(self) -> None:
        """The symbols: typeset where that is ready and fits, in plain text otherwise."""
        self._right.setVisible(self._explanation is not None)
        if self._explanation is None:
            return
        pixmap = self._fitting()
        self.rule.setWordWrap(pixmap is None)
        if pixmap is None:
            self.rule.setText(self._plain)
        else:
            self.rule.setPixmap(pixmap)
        self.result.setText(self._result)
        self.result.setVisible(bool(self._result))

    def _fitting(self) -> QPixmap | None:
        room = self.width() // 2 - 5 * GRID
        for size in _SIZES:
            pixmap = self._typesetter.pixmap(
                self._latex, size, self._theme.text, self.devicePixelRatioF()
            )
            if pixmap is not None:
                extent = pixmap.deviceIndependentSize()
                if extent.width() <= room and extent.height() <= _TALLEST:
                    return pixmap
        return None


def _scrolled(widget: QWidget) -> QScrollArea:
    """What is too long is scrolled, never cut off."""
    area = QScrollArea()
    area.setWidget(widget)
    area.setWidgetResizable(True)
    area.setFrameShape(QScrollArea.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return area
