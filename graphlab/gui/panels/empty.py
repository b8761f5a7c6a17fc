"""What the canvas says while there is no graph: what to do, and examples that do it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from graphlab.gui.theme import GRID, font

EXAMPLES = (
    ("f = (x + y) * z", "three inputs, two operations"),
    ("f = sigmoid(w1*x + w2*y + b)", "a neuron"),
    ("x = [1, -2, 3]; W = parameter(2, 3); f = sum(sigmoid(W @ x))", "a layer, on arrays"),
)


class EmptyState(QWidget):
    """A heading, a line, and a button for each example."""

    example_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        heading = QLabel("Type a formula above, or begin with one of these")
        heading.setFont(font(16))
        heading.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout = QVBoxLayout(self)
        layout.setSpacing(GRID)
        layout.addStretch(2)
        layout.addWidget(heading)
        layout.addSpacing(GRID)
        self.buttons: list[QPushButton] = []
        for text, about in EXAMPLES:
            button = QPushButton(text)
            button.setObjectName("example")
            button.setToolTip(about)
            button.setAccessibleName(f"Example: {text}, {about}")
            button.setCursor(Qt.CursorShape.PointingHandCursor)
            button.setMinimumWidth(480)
            button.clicked.connect(lambda _checked=False, text=text: self._choose(text))
            layout.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
            self.buttons.append(button)
        layout.addStretch(3)

    def _choose(self, text: str) -> None:
        self.example_chosen.emit(text)
