"""The weights of one link, to be changed by hand while the network trains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from graphlab.gui.lenses.parts import Choice
from graphlab.gui.plots.planes import PlanesView, tiles_of
from graphlab.gui.theme import GRID, Theme
from graphlab.gui.values import comma_told, number_of
from graphlab.ops import show_shape

Weights = Mapping[str, NDArray[Any]]

_STEP, _LEAP = 0.1, 1.0
_SIDE, _ASPECT = 3 * GRID, 1.8  # a cell of few columns is so much wider, for its number
_FEW = 8
_MOST_CELLS = 256  # of a matrix that is shown whole; of a larger one the chosen number alone


class WeightField(QLineEdit):
    """A number: Enter sends it, the arrows and the wheel change it by a tenth, with Shift by 1."""

    sent = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Weight")
        self.setMinimumWidth(12 * GRID)
        self.setToolTip("Enter sets it; ↑ and ↓ change it by 0.1, with Shift by 1")
        self.returnPressed.connect(self._send)
        self.textEdited.connect(lambda _text: self._mark(is_wrong=False))

    def show_number(self, value: float) -> None:
        """Show what the weight is now, unless something else is being typed."""
        if not self.isModified():
            self.setText(f"{value:.6g}".replace("-", "−"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        self._move(step, is_leap=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))

    def wheelEvent(self, event: QWheelEvent) -> None:
        notches = event.angleDelta().y() // 120
        is_leap = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if self.hasFocus() and notches:
            self._move(notches, is_leap=is_leap)
        event.accept()

    def _move(self, steps: int, *, is_leap: bool) -> None:
        value = self.value
        if value is not None:
            self.setText(f"{value + steps * (_LEAP if is_leap else _STEP):.6g}".replace("-", "−"))
            self._send()

    @property
    def value(self) -> float | None:
        """The number typed, if it is a finite one."""
        return number_of(self.text())

    def _send(self) -> None:
        value = self.value
        self._mark(is_wrong=value is None)
        if value is not None:
            self.setModified(False)
            self.sent.emit(value)

    def _mark(self, *, is_wrong: bool) -> None:
        """Say that what is typed is no number."""
        name = "problem" if is_wrong else ""
        self.setToolTip(
            comma_told(self.text()) or "Give a number, as in −0.5" if is_wrong else
            "Enter sets it; ↑ and ↓ change it by 0.1, with Shift by 1"
        )  # fmt: skip
        if self.objectName() != name:
            self.setObjectName(name)
            self.setStyleSheet("QLineEdit { border: 2px solid palette(bright-text); }" * is_wrong)


class WeightEditor(QFrame):
    """Floats over the canvas; ``changed`` carries the parameter, the position and the number."""

    changed = Signal(str, tuple, float)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._within = parent
        self.setObjectName("floating")
        self.setAccessibleName("Weights of a link")
        self.names: tuple[str, ...] = ()
        self._weights: Weights = {}
        self._position: tuple[int, ...] = ()
        self.title = QLabel()
        self.which = Choice("Parameter")
        self.field = WeightField()
        self.cells = PlanesView(theme, "Weights")
        self.close_button = QToolButton()
        self.close_button.setText("×")
        self.close_button.setAccessibleName("Close")
        self.close_button.clicked.connect(self.hide)
        line, head = QHBoxLayout(), QVBoxLayout()
        for layout in (line, head):
            layout.setSpacing(GRID // 2)
        line.addWidget(self.title, 1)
        line.addWidget(self.close_button)
        head.addLayout(line)
        head.addWidget(self.which)
        head.addWidget(self.field)
        head.addStretch()
        self._whole = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self._whole.setContentsMargins(GRID, GRID // 2, GRID // 2, GRID)
        self._whole.setSpacing(GRID // 2)
        self._whole.addLayout(head)
        self._whole.addWidget(self.cells)
        self.which.activated.connect(lambda _i: self._choose(()))
        self.cells.chosen.connect(self._choose)
        self.field.sent.connect(self._send)
        self.hide()

    @property
    def name(self) -> str:
        """The parameter that is edited."""
        return self.which.currentText()

    def open(
        self,
        names: tuple[str, ...],
        weights: Weights,
        place: QPoint,
        spared: Sequence[QRect] = (),
    ) -> None:
        """Edit parameters by name, beside a place in the parent, off what is to be spared."""
        self.names = names
        self.which.offer(list(names), names[0])
        self.which.setVisible(len(names) > 1)
        self.field.setModified(False)
        self._weights = weights
        self._choose(())
        self.adjustSize()
        self.move(self._free(place, spared))
        self.show()
        self.raise_()
        self.field.setFocus()
        self.field.selectAll()

    def _free(self, place: QPoint, spared: Sequence[QRect]) -> QPoint:
        """The corner that covers least of what is spared, and of those the nearest."""
        room = self._within.rect()
        right, low = (max(0, n - GRID) for n in (
            room.width() - self.width(), room.height() - self.height()
        ))  # fmt: skip
        edges = [x for r in spared for x in (r.right() + GRID, r.left() - self.width() - GRID)]
        levels = [y for r in spared for y in (r.bottom() + GRID, r.top() - self.height() - GRID)]
        corners = [
            QPoint(min(max(0, x), right), min(max(0, y), low))
            for x in (place.x() + GRID, place.x() - self.width() // 2, 0, right, *edges)
            for y in (place.y() + GRID, place.y() - self.height() - GRID, 0, low, *levels)
        ]

        def cost(corner: QPoint) -> tuple[int, int]:
            mine = QRect(corner, self.size())
            common = (mine.intersected(each).size() for each in spared)
            covered = sum(size.width() * size.height() for size in common if size.isValid())
            return covered, (mine.center() - place).manhattanLength()

        return min(corners, key=cost)

    def show_weights(self, weights: Weights) -> None:
        """Show what they are now."""
        self._weights = weights
        if self.name in weights:
            self._show()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self.cells.set_theme(theme)

    def _choose(self, position: tuple[int, ...]) -> None:
        array = self._weights[self.name]
        is_inside = len(position) == array.ndim
        self._position = tuple(position) if is_inside else (0,) * array.ndim
        self.field.setModified(False)
        self._show()
        self.adjustSize()

    def _show(self) -> None:
        array = self._weights[self.name]
        is_matrix = 1 < array.size <= _MOST_CELLS and array.ndim <= 2
        where = f"[{', '.join(map(str, self._position))}]" if array.ndim else ""
        self.title.setText(f"{self.name}{where}" + (f" of {show_shape(array.shape)}" * is_matrix))
        self.field.show_number(float(array[self._position]))
        self.cells.setVisible(is_matrix)
        if is_matrix:
            tiles, _ = tiles_of(array, np.zeros(array.shape, bool), self._position)
            rows = tiles[0].cells.shape[0]
            is_tall = rows > tiles[0].cells.shape[1]
            self._whole.setDirection(
                QBoxLayout.Direction.RightToLeft if is_tall else QBoxLayout.Direction.TopToBottom
            )
            self.cells.aspect = _ASPECT if tiles[0].cells.shape[1] <= _FEW else 1.0
            self.cells.setFixedHeight(rows * _SIDE + 2 * GRID + 5)
            self.cells.show_tiles(tiles, array.ndim, self._position)

    def _send(self, value: float) -> None:
        if self.name:
            self.changed.emit(self.name, self._position, value)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
            self._within.setFocus()
            return
        super().keyPressEvent(event)
