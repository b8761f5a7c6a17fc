"""An array of any size as a table: two of its axes at a time, and a page of those where they are
long.  Only the cells in view are ever asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QBrush, QColor, QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from graphlab.engine.numbers import show_all_digits, show_number
from graphlab.engine.partial import Partial
from graphlab.gui.panels.heading import Heading
from graphlab.gui.plots.jacobian import place
from graphlab.gui.theme import GRID, Theme
from graphlab.gui.tooltips import shape_text

PAGE = 50_000
"""Rows or columns of a table at a time."""

MOST_COPIED = 1_000_000
"""Cells put on the clipboard at once."""

_REMEMBERED = 512  # lines of a table
_COLUMN_WIDTH = 11 * GRID
_Index = QModelIndex | QPersistentModelIndex

Line = Callable[[tuple[int, ...]], Any]
"""The numbers along an array's last axis, at a position on all others."""


class ArrayModel(QAbstractTableModel):
    """The last two axes of an array, at a place on the others that can be moved."""

    def __init__(self, shape: Sequence[int], line: Line, theme: Theme) -> None:
        super().__init__()
        self.shape = tuple(shape)
        self._line = lru_cache(_REMEMBERED)(line)
        self._none = QBrush(QColor(theme.problem), Qt.BrushStyle.BDiagPattern)
        self.leading: tuple[int, ...] = (0,) * max(len(self.shape) - 2, 0)
        self.first = (0, 0)

    @property
    def lengths(self) -> tuple[int, int]:
        """Rows and columns of the slice, whatever part of it the page shows."""
        if len(self.shape) < 2:
            return (self.shape[0] if self.shape else 1), 1
        return self.shape[-2], self.shape[-1]

    def show_slice(self, leading: Sequence[int], first: tuple[int, int]) -> None:
        """Show another place on the leading axes, from another first row and column."""
        self.beginResetModel()
        self.leading, self.first = tuple(leading), first
        self.endResetModel()

    def number(self, row: int, column: int) -> float:
        """The number in a cell."""
        row, column = row + self.first[0], column + self.first[1]
        if len(self.shape) < 2:
            return float(self._line(())[row])
        return float(self._line((*self.leading, row))[column])

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  # Qt's own default
        return 0 if parent.isValid() else min(self.lengths[0] - self.first[0], PAGE)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  # Qt's own default
        return 0 if parent.isValid() else min(self.lengths[1] - self.first[1], PAGE)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        roles = Qt.ItemDataRole
        if role == roles.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role not in (roles.DisplayRole, roles.ToolTipRole, roles.BackgroundRole):
            return None
        number = self.number(index.row(), index.column())
        if role == roles.BackgroundRole:
            return None if np.isfinite(number) else self._none
        if np.isnan(number):
            return "NaN" if role == roles.DisplayRole else "not a number"
        return show_number(number) if role == roles.DisplayRole else show_all_digits(number)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        return str(section + self.first[orientation == Qt.Orientation.Horizontal])


class ArrayDialog(QDialog):
    """The table, a spin box for each leading axis, and a button that copies."""

    def __init__(
        self, title: str, shape: Sequence[int], line: Line, theme: Theme, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.model = ArrayModel(shape, line, theme)
        self.table = QTableView()
        self.table.setModel(self.model)
        self.table.setAccessibleName(title)
        self.table.horizontalHeader().setDefaultSectionSize(_COLUMN_WIDTH)
        heading = Heading()
        heading.setText(title)
        told = QLabel(f"{shape_text(tuple(shape)) if shape else 'a number'}, counted from 0")
        told.setObjectName("muted")
        self.axes = [self._box(f"axis {i}", size) for i, size in enumerate(self.model.shape[:-2])]
        rows, columns = self.model.lengths
        self.first_row = self._box("from row", rows - PAGE + 1)
        self.first_column = self._box("from column", columns - PAGE + 1)
        self.copy_button = QPushButton("Copy")
        self.copy_button.setToolTip("The cells chosen, or all of this table, to the clipboard")
        self.copy_button.setAutoDefault(False)
        self.copy_button.clicked.connect(self.copy)
        QShortcut(QKeySequence.StandardKey.Copy, self.table, self.copy)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GRID, GRID, 2 * GRID, 2 * GRID)
        column.setSpacing(GRID)
        for widget in (heading, told):
            column.addWidget(widget)
        column.addLayout(self._bar([*self.axes, self.first_row, self.first_column]))
        column.addWidget(self.table, 1)
        self.resize(80 * GRID, 60 * GRID)

    def _box(self, name: str, size: int) -> QSpinBox:
        box = QSpinBox()
        box.setPrefix(f"{name}: ")
        box.setAccessibleName(name)
        box.setRange(0, max(size - 1, 0))
        box.setVisible(False)
        box.valueChanged.connect(self._turn)
        return box

    def _bar(self, boxes: Sequence[QSpinBox]) -> QHBoxLayout:
        bar = QHBoxLayout()
        bar.setSpacing(GRID)
        for box in boxes:
            bar.addWidget(box)
            box.setVisible(box.maximum() > 0)
        bar.addStretch(1)
        bar.addWidget(self.copy_button)
        return bar

    def _turn(self) -> None:
        first = (self.first_row.value(), self.first_column.value())
        self.model.show_slice([box.value() for box in self.axes], first)

    def copy(self) -> None:
        """Put the chosen cells, or the whole table, on the clipboard, tabs between the numbers."""
        chosen = self.table.selectionModel().selection()
        if chosen.isEmpty():
            top = left = 0
            rows, columns = self.model.rowCount(), self.model.columnCount()
        else:
            parts = [chosen.at(i) for i in range(chosen.size())]
            top = min(part.top() for part in parts)
            left = min(part.left() for part in parts)
            rows = max(part.bottom() for part in parts) - top + 1
            columns = max(part.right() for part in parts) - left + 1
        columns = min(columns, MOST_COPIED)
        rows = min(rows, max(MOST_COPIED // max(columns, 1), 1))
        number = self.model.number
        lines = (
            "\t".join(repr(number(top + i, left + j)) for j in range(columns)) for i in range(rows)
        )
        QGuiApplication.clipboard().setText("\n".join(lines))


def array_dialog(title: str, array: Any, theme: Theme, parent: QWidget) -> ArrayDialog:
    """A table of an array that is there."""
    held = np.asarray(array)
    whole = held.reshape(1) if held.ndim == 0 else held
    return ArrayDialog(title, whole.shape, lambda at: whole[at], theme, parent)


def partial_dialog(title: str, partial: Partial, theme: Theme, parent: QWidget) -> ArrayDialog:
    """A table of a Jacobian, whose rows are computed when they come into view."""
    rows, columns = (int(np.prod(shape)) for shape in (partial.output_shape, partial.input_shape))

    def line(at: tuple[int, ...]) -> Any:
        return partial.row(place(at[0], partial.output_shape)).reshape(-1)

    return ArrayDialog(title, (rows, columns), line, theme, parent)
