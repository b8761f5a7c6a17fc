"""The bar on top: the formula and the buttons; what is wrong floats under it and moves nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from graphlab.gui.panels.formula import FormulaField
from graphlab.gui.theme import GRID

_MOST_LINES = 2  # of a sentence under the formula
_MOST_WIDE = 90 * GRID
_LEAST_SHARE = 0.42  # of the bar, for the formula, whatever the size of text
_WORDLESS = (  # whose words give way first, where there is little room: their pictures say as much
    (),
    ("reset", "back"),
    ("reset", "back", "next", "forward", "backward"),
)


class Bar(QWidget):
    """One row of a height that never changes, and a sentence over the top of what is below."""

    start_chosen = Signal(str)

    def __init__(
        self,
        buttons: Mapping[str, QToolButton],
        small: Mapping[str, QToolButton],
        parent: QWidget | None = None,
    ) -> None:
        """``buttons`` have words as far as there is room, ``small`` ones never."""
        super().__init__(parent)
        self.setObjectName("bar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.formula = FormulaField()
        row = QHBoxLayout(self)
        row.setContentsMargins(GRID, GRID // 2, GRID, GRID // 2)
        row.setSpacing(2)
        row.addWidget(self.formula, 1)
        row.addSpacing(GRID)
        self._buttons, self._small = buttons, small
        for button in (*buttons.values(), *small.values()):
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
        for button in small.values():
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        self._make_choice()
        self._make_words()
        self.formula.textChanged.connect(self.clear_complaint)
        self.formula.pending_changed.connect(self._show_words)

    def _make_choice(self) -> None:
        """The choice among outputs; it stands where it pushes nothing aside when it comes."""
        self.start, self.start_label = QComboBox(), QLabel("Gradient of")
        self.start.setAccessibleName("Gradient of")
        self.start.setToolTip("The output that gradients are taken of")
        self.start.activated.connect(lambda i: self.start_chosen.emit(self.start.itemText(i)))
        self.start_label.setBuddy(self.start)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share()

    def changeEvent(self, event: QEvent) -> None:
        """In larger text the buttons take more room."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._share()

    def _share(self) -> None:
        """Let the buttons have words as long as the formula keeps its share of the bar."""
        row = self.layout()
        if row is None:
            return
        room = self.width() * (1 - _LEAST_SHARE)
        style = Qt.ToolButtonStyle
        for wordless in (*_WORDLESS, tuple(self._buttons)):
            for key, button in self._buttons.items():
                button.setToolButtonStyle(
                    style.ToolButtonIconOnly if key in wordless else style.ToolButtonTextBesideIcon
                )
            if row.sizeHint().width() - self.formula.sizeHint().width() <= room:
                return

    def _make_words(self) -> None:
        self.problem = ""
        self.words, self._ground = QFrame(), QWidget()
        self.words.setObjectName("floating")
        self.complaint, self.pending = QLabel(), QLabel()
        self.complaint.setObjectName("problem")
        self.complaint.setWordWrap(True)
        self.complaint.setTextFormat(Qt.TextFormat.PlainText)
        self.pending.setObjectName("pending")
        rows = QVBoxLayout(self.words)
        rows.setContentsMargins(GRID, GRID // 2, GRID, GRID // 2)
        rows.setSpacing(0)
        for label in (self.complaint, self.pending):
            rows.addWidget(label)
            label.hide()

    def float_over(self, ground: QWidget) -> None:
        """Say what is to be said over the top of this widget."""
        self._ground = ground
        self.words.setParent(ground)
        self.words.hide()
        ground.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """What is below has another width."""
        if watched is self._ground and isinstance(event, QResizeEvent):
            self._show_words()
        return False

    def _show_words(self) -> None:
        """The complaint; while there is none, what Enter would do."""
        more = "." if self.formula.is_first else "; the picture shows the last one."
        self.pending.setText("Press Enter to draw this formula" + more)
        self.complaint.setVisible(bool(self.problem))
        self.pending.setVisible(self.formula.is_pending and not self.problem)
        self.words.setVisible(bool(self.problem) or self.formula.is_pending)
        if not self.words.isHidden():
            self._place()

    def _place(self) -> None:
        room = min(self._ground.width() - 2 * GRID, _MOST_WIDE) - 2 * GRID - 2
        label = self.complaint if self.problem else self.pending
        if self.problem:
            self._shorten(room)
        wide = min(label.fontMetrics().horizontalAdvance(label.text()) + 2, room)
        high = label.heightForWidth(wide) if self.problem else label.sizeHint().height()
        self.words.setGeometry(GRID, GRID // 2, wide + 2 * GRID + 2, high + GRID + 2)
        self.words.raise_()

    def _shorten(self, room: int) -> None:
        """What does not fit into a few lines ends in …; the tool tip has it all."""
        label, words = self.complaint, self.problem.split()
        most = _MOST_LINES * label.fontMetrics().lineSpacing() + 2
        label.setText(self.problem)
        while len(words) > 1 and label.heightForWidth(room) > most:
            words.pop()
            label.setText(" ".join(words) + " …")
        label.setToolTip(self.problem if label.text() != self.problem else "")

    def complain(self, message: str) -> None:
        """Say what is wrong with the formula."""
        self.problem = message[:1].upper() + message[1:]
        self.formula.setAccessibleDescription(message)
        self._show_words()

    def clear_complaint(self) -> None:
        """Take it back."""
        self.problem = ""
        self.formula.setAccessibleDescription("")
        self._show_words()

    def show_outputs(self, outputs: Sequence[str]) -> None:
        """Let the person choose among several outputs; one needs no choice."""
        for widget in (self.start, self.start_label):
            widget.setVisible(len(outputs) > 1)
        self.start.clear()
        self.start.addItems(list(outputs))
