"""The list an op is chosen from: a category's bar, the symbol, the name and a line about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QMimeData,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from graphlab.gui.choices import OP_MIME, Choice
from graphlab.gui.lettering import scaled
from graphlab.gui.theme import GRID, LIGHT, Theme, blend, font

ROW = 4 * GRID
_SYMBOL = 7 * GRID
_Index = QModelIndex | QPersistentModelIndex
_CHOICE = Qt.ItemDataRole.UserRole


class _Rows(QAbstractListModel):
    """Choices and, between them, the headings of their categories."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.rows: list[Choice | str] = []

    def show(self, rows: Sequence[Choice | str]) -> None:
        self.beginResetModel()
        self.rows = list(rows)
        self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.rows[index.row()]
        if role == _CHOICE:
            return row
        if isinstance(row, str):
            return row if role == Qt.ItemDataRole.DisplayRole else None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{row.title}: {row.tip}"
        return row.tip if role == Qt.ItemDataRole.ToolTipRole else None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        if not index.isValid() or isinstance(self.rows[index.row()], str):
            return Qt.ItemFlag.NoItemFlags
        flag = Qt.ItemFlag
        return flag.ItemIsEnabled | flag.ItemIsSelectable | flag.ItemIsDragEnabled

    def mimeTypes(self) -> list[str]:
        return [OP_MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        data = QMimeData()
        row = self.rows[indexes[0].row()] if indexes else ""
        if isinstance(row, Choice):
            data.setData(OP_MIME, row.op.name.encode())
        return data


class _Face(QStyledItemDelegate):
    """Paints one row on one line."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme: Theme = LIGHT
        self.tells_tips = True

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(scaled(8 * GRID), scaled(ROW))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        area: QRect = option.rect
        state: QStyle.StateFlag = option.state
        row, theme = index.data(_CHOICE), self.theme
        painter.save()
        if isinstance(row, str):
            painter.setFont(font(12, bold=True))
            painter.setPen(QColor(theme.muted))
            flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom
            painter.drawText(area.adjusted(GRID, 0, 0, -GRID // 2), flags, row)
            painter.restore()
            return
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(area, QColor(blend(theme.accent, theme.card, 0.16)))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(area, QColor(blend(theme.text, theme.card, 0.05)))
        bar = QRect(area.left() + GRID // 2, area.top() + 6, 3, area.height() - 12)
        painter.fillRect(bar, QColor(theme.category(row.op.category)))
        self._write(painter, area.adjusted(2 * GRID, 0, -GRID, 0), row)
        painter.restore()

    def _write(self, painter: QPainter, area: QRect, row: Choice) -> None:
        centre, left = Qt.AlignmentFlag.AlignCenter, Qt.AlignmentFlag.AlignLeft
        middle, elide = Qt.AlignmentFlag.AlignVCenter, Qt.TextElideMode.ElideRight
        wide = scaled(_SYMBOL)
        symbol = QRect(area.left(), area.top(), wide, area.height())
        is_word = len(row.symbol) > 3
        painter.setFont(font(11 if is_word else 16))
        painter.setPen(QColor(self.theme.text))
        shown = painter.fontMetrics().elidedText(row.symbol, elide, wide)
        painter.drawText(symbol, centre, "" if row.symbol == row.title else shown)
        rest = area.adjusted(wide + GRID, 0, 0, 0) if row.symbol else QRect(area)
        painter.setFont(font(13, bold=True))
        metrics = painter.fontMetrics()
        painter.drawText(rest, left | middle, metrics.elidedText(row.title, elide, rest.width()))
        rest.setLeft(rest.left() + metrics.horizontalAdvance(row.title) + 2 * GRID)
        if self.tells_tips and rest.width() > 8 * GRID:
            painter.setFont(font(12))
            painter.setPen(QColor(self.theme.muted))
            tip = painter.fontMetrics().elidedText(row.tip, elide, rest.width())
            painter.drawText(rest, left | middle, tip)


class ChoiceList(QListView):
    """Choices, one of them current; ``chosen`` when it is taken by Return or the mouse."""

    chosen = Signal(object)
    turned = Signal(object)  # the current Choice, or None

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows, self._face = _Rows(self), _Face(self)
        self.setModel(self._rows)
        self.setItemDelegate(self._face)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Operations")
        self.selectionModel().currentChanged.connect(lambda: self.turned.emit(self.current))

    @property
    def current(self) -> Choice | None:
        """The choice that is marked."""
        row = self.currentIndex().data(_CHOICE)
        return row if isinstance(row, Choice) else None

    @property
    def shown(self) -> list[Choice]:
        """The choices there are, in order."""
        return [row for row in self._rows.rows if isinstance(row, Choice)]

    def show_choices(self, found: Iterable[Choice], *, by_category: bool) -> None:
        """List these, under the headings of their categories or as they come."""
        rows: list[Choice | str] = []
        for category, members in groupby(found, key=lambda choice: choice.op.category):
            rows += [category] if by_category else []
            rows += members
        self._rows.show(rows)
        self.scrollToTop()
        self.go(1)

    def go(self, step: int) -> None:
        """Mark the next choice in a direction, over headings; at the end it stays."""
        row = self.currentIndex().row() + step if self.currentIndex().isValid() else 0
        last = len(self._rows.rows) - 1
        row = min(max(row, 0), last)
        while 0 <= row <= last and isinstance(self._rows.rows[row], str):
            row += 1 if step > 0 else -1
        if 0 <= row <= last:
            self.setCurrentIndex(self._rows.index(row))
            if row == 1 and isinstance(self._rows.rows[0], str):
                self.scrollToTop()

    def take(self) -> None:
        """Choose what is marked."""
        if self.current is not None:
            self.chosen.emit(self.current)

    def set_theme(self, theme: Theme) -> None:
        """Paint in other colours."""
        self._face.theme = theme
        self.viewport().update()

    def set_tips(self, *, is_shown: bool) -> None:
        """Whether each name is followed by a line about it."""
        self._face.tells_tips = is_shown
