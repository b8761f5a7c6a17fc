"""Python source to read and copy: one width for all letters, quiet colours, lines that are marked.

Keywords and definitions stand out, text and comments step back; no colour here means forward or
backward.
"""

from __future__ import annotations

import keyword
import re
from functools import cache

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QKeyEvent,
    QMouseEvent,
    QSyntaxHighlighter,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
)
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QWidget

from graphlab.gui.lenses.keys import keep_key
from graphlab.gui.theme import GRID, LIGHT, Theme, blend, font
from graphlab.paths import shipped

_FACE = "DejaVuSansMono.ttf"
_SIZE = 12.0
_WORDS = re.compile(rf"\b(?:{'|'.join(keyword.kwlist)})\b")
_DEFINED = re.compile(r"(?<=\bdef )\w+|(?<=\bclass )\w+")
_TEXT = re.compile(r'"""|"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'|#.*')
_LONG = '"""'


@cache
def _family() -> str:
    """Register the shipped face with Qt, once."""
    number = QFontDatabase.addApplicationFont(str(shipped("resources") / "fonts" / _FACE))
    if number < 0:
        raise RuntimeError(f"{_FACE} is not a font Qt can read")
    return QFontDatabase.applicationFontFamilies(number)[0]


def code_font() -> QFont:
    """The face of source code, larger in larger text."""
    face = font(_SIZE)
    face.setFamilies([_family()])
    return face


class PythonColours(QSyntaxHighlighter):
    """Quiet colours for Python."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self._word, self._name, self._quiet = (QTextCharFormat() for _ in range(3))
        self._name.setFontWeight(QFont.Weight.Bold)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._word.setForeground(QColor(blend(theme.forward, theme.text, 0.6)))
        self._name.setForeground(QColor(theme.text))
        self._quiet.setForeground(QColor(theme.muted))
        self.rehighlight()

    def highlightBlock(self, text: str) -> None:
        for pattern, look in ((_WORDS, self._word), (_DEFINED, self._name)):
            for match in pattern.finditer(text):
                self.setFormat(match.start(), match.end() - match.start(), look)
        place, is_inside = 0, self.previousBlockState() == 1
        while True:
            if is_inside:
                end = text.find(_LONG, place)
                stop = len(text) if end < 0 else end + len(_LONG)
                self.setFormat(place, stop - place, self._quiet)
                place, is_inside = stop, end < 0
                if is_inside:
                    break
            found = _TEXT.search(text, place)
            if found is None:
                break
            self.setFormat(found.start(), found.end() - found.start(), self._quiet)
            place, is_inside = found.end(), found[0] == _LONG
        self.setCurrentBlockState(int(is_inside))


class SourceView(QPlainTextEdit):
    """Source that cannot be changed; ``line_chosen`` carries a line, counted from 1.

    A click chooses one, and Return the one the cursor is in.
    """

    line_chosen = Signal(int)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("source")
        self.setAccessibleName(name)
        self.setReadOnly(True)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setTabChangesFocus(True)
        self.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        self.document().setDocumentMargin(GRID)
        self.setFont(code_font())
        self._colours = PythonColours(self.document())
        self._theme = LIGHT
        self.marked: tuple[int, int] | None = None

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        self._colours.set_theme(theme)
        self._show_mark()

    def show_source(self, text: str) -> None:
        """Show another source; where one may stay, the view does."""
        if text != self.toPlainText():
            bar = self.verticalScrollBar()
            place = bar.value()
            self.setPlainText(text)
            bar.setValue(place)
        self.mark(None)

    def mark(self, lines: tuple[int, int] | None) -> None:
        """Mark these lines, from the first to the last counted from 1, and bring them into view."""
        self.marked = lines
        self._show_mark()
        if lines is None:
            return
        top = self.firstVisibleBlock().blockNumber() + 1
        shown = max(1, self.viewport().height() // max(1, self.fontMetrics().lineSpacing()) - 1)
        first, last = lines
        if first < top or min(last, first + shown - 1) > top + shown - 1:
            self.verticalScrollBar().setValue(max(0, first - 2))

    def _show_mark(self) -> None:
        marks: list[QTextEdit.ExtraSelection] = []
        if self.marked is not None:
            first, last = self.marked
            for number in range(first - 1, last):
                mark = QTextEdit.ExtraSelection()
                mark.cursor = QTextCursor(self.document().findBlockByNumber(number))
                shade = blend(self._theme.accent, self._theme.card, 0.16)
                mark.format.setBackground(QColor(shade))
                mark.format.setProperty(QTextFormat.Property.FullWidthSelection, True)
                marks.append(mark)
        self.setExtraSelections(marks)

    def event(self, event: QEvent) -> bool:
        """Home, Down and letters belong to the text here."""
        return keep_key(event) or super().event(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        is_left = event.button() == Qt.MouseButton.LeftButton
        if is_left and not self.textCursor().hasSelection() and self.toPlainText():
            place = self.cursorForPosition(event.position().toPoint())
            self.line_chosen.emit(place.blockNumber() + 1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.line_chosen.emit(self.textCursor().blockNumber() + 1)
            return
        super().keyPressEvent(event)
