"""The step in words: what it did, its rule, and the rule with the numbers plugged in."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from graphlab.engine.explain import Explanation
from graphlab.gui.theme import GRID, Theme, font
from graphlab.gui.typeset import Typesetter

HEIGHT = 13 * GRID
_SIZE = 17.0


class WordsPanel(QWidget):
    """Words at the left, symbols at the right, below the canvas."""

    def __init__(self, typesetter: Typesetter, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("words")
        self.setAccessibleName("The step in words")
        self.setFixedHeight(HEIGHT)
        self._typesetter, self._theme = typesetter, theme
        self._shown: Explanation | None = None
        self.title, self.sentence = QLabel(), QLabel()
        self.title.setFont(font(14, bold=True))
        self.sentence.setWordWrap(True)
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.sentence.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.rule, self.numbers = QLabel(), QLabel()
        self.result = QLabel()
        words = QVBoxLayout()
        words.setSpacing(GRID // 2)
        words.addWidget(self.title)
        words.addWidget(self.sentence, 1)
        symbols = QHBoxLayout()
        symbols.setSpacing(GRID)
        symbols.addWidget(self.rule)
        symbols.addWidget(self.numbers)
        symbols.addStretch(1)
        right = QVBoxLayout()
        right.setSpacing(GRID // 2)
        right.addStretch(1)
        right.addLayout(symbols)
        right.addWidget(self.result)
        right.addStretch(1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(2 * GRID, GRID, 2 * GRID, GRID)
        layout.setSpacing(3 * GRID)
        layout.addLayout(words, 1)
        layout.addLayout(right, 1)
        typesetter.ready.connect(self._set)

    def set_theme(self, theme: Theme) -> None:
        """Set the symbols again in the theme's colours."""
        self._theme = theme
        self._set()

    def explain(self, explanation: Explanation) -> None:
        """Show a step."""
        self._shown = explanation
        self.title.setText(explanation.title)
        self.sentence.setText(explanation.sentence)
        self.sentence.setToolTip(explanation.sentence if len(explanation.sentence) > 200 else "")
        self._set()

    def say(self, title: str, sentence: str = "") -> None:
        """Show a message instead of a step."""
        self._shown = None
        self.title.setText(title)
        self.sentence.setText(sentence)
        self.sentence.setToolTip("")
        self._set()

    def _set(self) -> None:
        """The symbols: typeset where that is ready and fits, in plain text otherwise."""
        shown = self._shown
        if shown is None:
            for label in (self.rule, self.numbers, self.result):
                label.clear()
            return
        self.result.setText(escape(shown.result))
        room = max(self.width() // 2 - 4 * GRID, 200)
        rule, numbers = (
            self._pixmap(latex) for latex in (shown.rule_latex, shown.numbers_latex)
        )
        widths = [p.deviceIndependentSize().width() for p in (rule, numbers) if p is not None]
        fits = rule is not None and sum(widths) + GRID <= room
        if rule is None or not fits:
            self.rule.setText(shown.rule)
            self.numbers.setText(shown.numbers)
            return
        self.rule.setPixmap(rule)
        if numbers is None:
            self.numbers.setText(shown.numbers)
        else:
            self.numbers.setPixmap(numbers)

    def _pixmap(self, latex: str) -> QPixmap | None:
        if not latex:
            return QPixmap()
        return self._typesetter.pixmap(latex, _SIZE, self._theme.text, self.devicePixelRatioF())
