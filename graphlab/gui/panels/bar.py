"""The bar on top: the formula, what is wrong with it, the buttons, what gradients are taken of."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from graphlab.gui.panels.formula import FormulaField
from graphlab.gui.theme import GRID


class Bar(QWidget):
    """One row, and a sentence under it while the formula is wrong."""

    start_chosen = Signal(str)

    def __init__(self, buttons: Sequence[QToolButton], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("bar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.formula = FormulaField()
        self.complaint = QLabel()
        self.pending = QLabel()
        self.start = QComboBox()
        self._start_label = QLabel("Gradient of")
        row = QHBoxLayout()
        row.setSpacing(2)
        row.addWidget(self.formula, 1)
        row.addSpacing(GRID)
        for button in buttons:
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        self.start.setAccessibleName("Gradient of")
        self.start.setToolTip("The output that gradients are taken of")
        self.start.setMaximumWidth(120)
        self.start.activated.connect(lambda i: self.start_chosen.emit(self.start.itemText(i)))
        self._start_label.setObjectName("muted")
        self._start_label.setBuddy(self.start)
        self._start_label.setContentsMargins(GRID, 0, GRID, 0)
        for widget in (self._start_label, self.start):
            widget.setFixedHeight(4 * GRID)
            row.addWidget(widget, 0, Qt.AlignmentFlag.AlignTop)
        self.complaint.setObjectName("problem")
        self.complaint.setWordWrap(True)
        self.complaint.setContentsMargins(GRID, GRID // 2, GRID, GRID // 2)
        self.complaint.hide()
        self.pending.setObjectName("pending")
        self.pending.setContentsMargins(GRID, GRID // 2, GRID, GRID // 2)
        self.pending.hide()
        rows = QVBoxLayout(self)
        rows.setContentsMargins(GRID, GRID // 2, GRID, GRID // 2)
        rows.setSpacing(0)
        rows.addLayout(row)
        rows.addWidget(self.complaint)
        rows.addWidget(self.pending)
        self.formula.textChanged.connect(self.clear_complaint)
        self.formula.pending_changed.connect(self._show_pending)

    def _show_pending(self, is_pending: bool) -> None:
        more = "." if self.formula.is_first else "; the picture shows the last one."
        self.pending.setText("Press Enter to draw this formula" + more)
        self.pending.setVisible(is_pending)

    def complain(self, message: str) -> None:
        """Say what is wrong with the formula."""
        self.complaint.setText(message[:1].upper() + message[1:])
        self.complaint.show()
        self.formula.setAccessibleDescription(message)

    def clear_complaint(self) -> None:
        """Take it back."""
        self.complaint.hide()
        self.formula.setAccessibleDescription("")

    def show_outputs(self, outputs: Sequence[str]) -> None:
        """Let the person choose among several outputs; one needs no choice."""
        for widget in (self.start, self._start_label):
            widget.setVisible(len(outputs) > 1)
        self.start.clear()
        self.start.addItems(list(outputs))
