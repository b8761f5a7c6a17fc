"""The formula field: two lines that scroll, so that nothing under it moves; a mistake is marked."""

from __future__ import annotations

from PySide6 import QtGui
from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QPlainTextEdit, QSizePolicy, QTextEdit, QWidget

from graphlab.gui.theme import GRID, Theme, font

_LINES = 2
_MOST = 30_000  # letters; a longer text is not read in two lines
_ASK = "Type a formula, e.g. f = (x + y) * z"


class FormulaField(QPlainTextEdit):
    """Enter makes the graph, Shift+Enter starts another line, Tab leaves the field."""

    entered = Signal(str)
    pending_changed = Signal(bool)  # whether what is typed is not drawn

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("formula")
        self.setAccessibleName("Formula")
        self.setPlaceholderText(_ASK)
        self.left_out = ""  # why the formula of the graph is not shown
        self.setToolTip("Enter makes the graph, Shift+Enter starts another line")
        self.setFont(font(15))
        self.setTabChangesFocus(True)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.document().setDocumentMargin(GRID * 0.75)
        self.setViewportMargins(0, 0, 0, round(GRID * 0.75))  # where a third line would peep in
        self._theme: Theme | None = None
        self._marked: tuple[int, int] | None = None
        self._drawn = ""
        self._was_pending = False
        self.textChanged.connect(self.clear_mark)
        self.textChanged.connect(self._tell_pending)
        self._fit()

    def set_theme(self, theme: Theme) -> None:
        """Take over the colour a mistake is marked in."""
        self._theme = theme
        if self._marked is not None:
            self.mark(*self._marked)

    def show_text(self, text: str) -> None:
        """Show the text of the graph; what is typed and not drawn stays while that is the same."""
        self.setReadOnly(False)
        self.left_out = "" if len(text) <= _MOST else _left_out(text)
        self.setPlaceholderText(self.left_out or _ASK)
        text = "" if self.left_out else text
        is_new, self._drawn = text != self._drawn, text
        if is_new and text != self.toPlainText():
            self.setPlainText(text)
        self._tell_pending()

    def await_text(self) -> None:
        """Take nothing until ``show_text`` tells what the graph is that is drawn now."""
        self.setReadOnly(True)

    @property
    def is_pending(self) -> bool:
        """Whether another text stands here than the one that is drawn."""
        return self.toPlainText().strip() != self._drawn.strip()

    @property
    def is_first(self) -> bool:
        """Whether nothing is drawn yet."""
        return not self._drawn and not self.left_out

    def revert(self) -> None:
        """Put the text of the graph back."""
        self.setPlainText(self._drawn)

    def _tell_pending(self) -> None:
        if self.is_pending != self._was_pending:
            self._was_pending = self.is_pending
            self.setProperty("pending", self._was_pending)
            self.style().unpolish(self)
            self.style().polish(self)
            self.pending_changed.emit(self._was_pending)

    def mark(self, line: int, column: int) -> None:
        """Underline the place of a mistake, counted from 1, and put the cursor there."""
        self._marked = (line, column)
        block = self.document().findBlockByNumber(line - 1)
        if not block.isValid():
            block = self.document().lastBlock()
        last = max(len(block.text()) - 1, 0)
        place = block.position() + min(column - 1, last)
        cursor = QtGui.QTextCursor(self.document())
        cursor.setPosition(place)
        step, keep = QtGui.QTextCursor.MoveOperation, QtGui.QTextCursor.MoveMode.KeepAnchor
        cursor.movePosition(step.EndOfWord, keep)
        if not cursor.hasSelection():
            cursor.movePosition(step.Right, keep)
        underlined = QtGui.QTextCharFormat()
        underlined.setUnderlineStyle(QtGui.QTextCharFormat.UnderlineStyle.WaveUnderline)
        if self._theme is not None:
            underlined.setUnderlineColor(QColor(self._theme.problem))
            underlined.setForeground(QColor(self._theme.problem))
        selection = QTextEdit.ExtraSelection()
        selection.cursor, selection.format = cursor, underlined
        self.setExtraSelections([selection])
        caret = self.textCursor()
        caret.setPosition(min(place, self.document().characterCount() - 1))
        self.setTextCursor(caret)

    def clear_mark(self) -> None:
        """Take the mark of a mistake away."""
        if self._marked is not None:
            self._marked = None
            self.setExtraSelections([])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not self.isReadOnly()
        if is_enter and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.entered.emit(self.toPlainText())
        elif is_enter:
            self.insertPlainText("\n")
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Leave undo to the document when there is no typing to undo."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            undoes, redoes = QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo
            if (event.matches(undoes) and not self.document().isUndoAvailable()) or (
                event.matches(redoes) and not self.document().isRedoAvailable()
            ):
                event.ignore()
                return False
        return super().event(event)

    def sizeHint(self) -> QSize:
        return QSize(400, self.height())

    def changeEvent(self, event: QEvent) -> None:
        """In larger text the field is higher."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit()

    def _fit(self) -> None:
        """As high as its lines, however much stands in it."""
        margin = 2 * self.document().documentMargin() + 2 * self.frameWidth()
        self.setFixedHeight(round(_LINES * self.fontMetrics().lineSpacing() + margin) + 2)


def _left_out(text: str) -> str:
    """Why a text is not shown, and where it can be had."""
    return (
        f"This graph is {text.count(chr(10)) + 1:,} lines as a formula, too many for this field: "
        "Copy as formula in the menu File takes all of them along."
    )
