"""A quiet table of text: rows are chosen by mouse or arrow keys, any number of them at once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from graphlab.gui.lenses.keys import keep_key
from graphlab.gui.lettering import scaled
from graphlab.gui.theme import GRID, LIGHT, Theme

_NOWHERE = QModelIndex()
_Index = QModelIndex | QPersistentModelIndex


class Rows(QAbstractTableModel):
    """Cells of text under headings; ``figures`` are the columns of numbers, aligned right."""

    def __init__(self, headings: Sequence[str], figures: Collection[int] = ()) -> None:
        super().__init__()
        self._headings, self._figures = tuple(headings), frozenset(figures)
        self._cells: list[tuple[str, ...]] = []
        self._wrong: frozenset[int] = frozenset()
        self._theme = LIGHT
        self._sorted: int | None = None
        self._mark = ""

    def mark_sorted(self, column: int | None, *, is_rising: bool = False) -> None:
        """Show by which column the rows are sorted, the largest first or the smallest."""
        self._sorted, self._mark = column, " ↑" if is_rising else " ↓"
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(self._headings) - 1)

    def show_cells(self, cells: Sequence[tuple[str, ...]], wrong: Collection[int] = ()) -> None:
        """Show other rows; those in ``wrong`` stand in the colour of problems."""
        self.beginResetModel()
        self._cells, self._wrong = list(cells), frozenset(wrong)
        self.endResetModel()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme

    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._cells)

    def columnCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._headings)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        text = self._cells[index.row()][index.column()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return text
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._alignment(index.column())
        if role == Qt.ItemDataRole.ForegroundRole and index.row() in self._wrong:
            return QColor(self._theme.problem)
        return None

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        if orientation == Qt.Orientation.Horizontal and 0 <= section < len(self._headings):
            if role == Qt.ItemDataRole.DisplayRole:
                return self._headings[section] + self._mark * (section == self._sorted)
            if role == Qt.ItemDataRole.TextAlignmentRole:
                return self._alignment(section)
        return None

    def _alignment(self, column: int) -> Qt.AlignmentFlag:
        side = (
            Qt.AlignmentFlag.AlignRight if column in self._figures else Qt.AlignmentFlag.AlignLeft
        )
        return side | Qt.AlignmentFlag.AlignVCenter


class RowTable(QTableView):
    """Shows ``Rows``; ``row_chosen`` carries the row that is current now.

    One column has the room that the others leave: ``spare``, the last if it is not told.
    """

    row_chosen = Signal(int)

    def __init__(
        self, rows: Rows, name: str, parent: QWidget | None = None, *, spare: int | None = None
    ) -> None:
        super().__init__(parent)
        last = rows.columnCount() - 1
        self._spare, self._least = last if spare is None else spare, 0
        self.setObjectName("rows")
        self.setAccessibleName(name)
        self.setModel(rows)
        self.setShowGrid(False)
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setWordWrap(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self._set_height()
        heading = self.horizontalHeader()
        heading.setHighlightSections(False)
        heading.setSectionsClickable(False)
        heading.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.selectionModel().currentRowChanged.connect(self._tell)

    def event(self, event: QEvent) -> bool:
        """Home, Down and letters go to a row here."""
        return keep_key(event) or super().event(event)

    def changeEvent(self, event: QEvent) -> None:
        """In larger text the rows are higher."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._set_height()

    def _set_height(self) -> None:
        self.verticalHeader().setMinimumSectionSize(scaled(3 * GRID))
        self.verticalHeader().setDefaultSectionSize(scaled(3 * GRID))

    def stand(self, most: int) -> None:
        """Be so high that all rows are seen without scrolling, of more than ``most`` so many."""
        rows = min(self.model().rowCount(), most)
        heading = self.horizontalHeader().sizeHint().height()
        self.setMinimumHeight(heading + rows * self.verticalHeader().defaultSectionSize() + 2)

    def fit_columns(self, widest: int) -> None:
        """Give every column the room its text needs, none more than ``widest`` pixels."""
        last = self.model().columnCount() - 1
        for column in range(last + 1):
            heading = self.horizontalHeader().sectionSizeHint(column)
            hint = max(self.sizeHintForColumn(column), heading)
            if column != self._spare:
                self.setColumnWidth(column, min(hint + GRID, widest))
            else:  # what stands last may be long: it is elided
                self._least = heading if column == last else min(hint + GRID, widest)
        self._share()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share()

    def _share(self) -> None:
        """One column has the rest, and what it needs where the rest is too little."""
        others = (i for i in range(self.model().columnCount()) if i != self._spare)
        rest = self.viewport().width() - sum(map(self.columnWidth, others))
        least = max(self._least, self.horizontalHeader().sectionSizeHint(self._spare))
        self.setColumnWidth(self._spare, max(rest, least))

    def _tell(self, current: QModelIndex, _before: QModelIndex) -> None:
        if current.isValid():
            self.row_chosen.emit(current.row())
