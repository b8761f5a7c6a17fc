"""Finds a command, a lesson or a recent file by a few of its letters and runs it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPalette, QPen
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from graphlab.gui.matching import likeness
from graphlab.gui.theme import GRID, font

_WIDTH, _ROWS = 72 * GRID, 11
_LINE = Qt.ItemDataRole.UserRole


@dataclass(frozen=True)
class Line:
    """What can be run: ``note`` is its menu or its kind, ``keys`` its shortcut.

    ``reason`` says why it cannot be run now; ``is_extra`` ones are shown once something is typed.
    """

    title: str
    run: Callable[[], object]
    note: str = ""
    keys: str = ""
    reason: str = ""
    is_enabled: bool = True
    is_extra: bool = False
    other_names: tuple[str, ...] = ()


class CommandPalette(QFrame):
    """A field and a list over the window, there until something is chosen or it loses the focus."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self.setObjectName("palette")
        self.setAccessibleName("Command palette")
        self.field = QLineEdit()
        self.field.setPlaceholderText("Type a command, a lesson or a file")
        self.field.setAccessibleName("Find a command")
        self.field.installEventFilter(self)
        self.field.textEdited.connect(self._filter)
        self.list = QListWidget()
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setItemDelegate(_Rows(self.list))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.itemClicked.connect(self._run)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(GRID, GRID, GRID, GRID)
        rows.setSpacing(GRID // 2)
        rows.addWidget(self.field)
        rows.addWidget(self.list)
        self._lines: Sequence[Line] = ()
        self._with_extras = False
        self._before: QWidget | None = None
        self.hide()

    def ask(self, lines: Sequence[Line], *, with_extras: bool = False) -> None:
        """Show these lines to choose from."""
        self._lines, self._before = lines, QApplication.focusWidget()
        self._with_extras = with_extras
        self.field.setFont(font(15))
        self.field.clear()
        self._filter("")
        window = self._window
        width = min(round(_WIDTH * font(100).pixelSize() / 100), window.width() - 4 * GRID)
        height = min(self._height(), window.height() - 12 * GRID)
        self.setGeometry((window.width() - width) // 2, 6 * GRID, width, height)
        self.show()
        self.raise_()
        self.field.setFocus()

    def _height(self) -> int:
        row = self.list.sizeHintForRow(0) if self.list.count() else 4 * GRID
        return self.field.sizeHint().height() + _ROWS * row + 3 * GRID

    def leave(self) -> None:
        """Go away, and give the focus back."""
        if self.isHidden():
            return
        self.hide()
        if self._before is not None and isValid(self._before):
            self._before.setFocus()

    def _filter(self, text: str) -> None:
        scored = [
            ((found[0], line.is_extra, not line.is_enabled, found[1], i), line)
            for i, line in enumerate(self._lines)
            if (text.strip() or self._with_extras or not line.is_extra)
            and (found := likeness(text, line.title, line.note, line.other_names)) is not None
        ]
        self.list.clear()
        for _, line in sorted(scored, key=lambda pair: pair[0]):
            item = QListWidgetItem(line.title, self.list)
            item.setData(_LINE, line)
            item.setToolTip(line.reason)
            if not line.is_enabled:
                item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsEnabled)
        if not scored:
            nothing = QListWidgetItem("Nothing is called so: try fewer letters.", self.list)
            nothing.setData(_LINE, Line(nothing.text(), self.leave, is_enabled=False))
            nothing.setFlags(Qt.ItemFlag.NoItemFlags)
        self.list.setCurrentRow(0)

    def _run(self, item: QListWidgetItem | None) -> None:
        line = None if item is None else item.data(_LINE)
        if isinstance(line, Line) and line.is_enabled:
            self.leave()
            line.run()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys of the field that are the list's; without the focus there is no palette."""
        if event.type() == QEvent.Type.FocusOut:
            self.hide()
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return super().eventFilter(watched, event)
        key = Qt.Key(event.key())
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_Tab: 1, Qt.Key.Key_Backtab: -1}
        steps |= {Qt.Key.Key_PageDown: _ROWS - 1, Qt.Key.Key_PageUp: 1 - _ROWS}
        if key in steps:
            row, last = self.list.currentRow() + steps[key], self.list.count() - 1
            self.list.setCurrentRow(min(max(row, 0), last))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._run(self.list.currentItem())
        elif key == Qt.Key.Key_Escape:
            self.leave()
        else:
            return super().eventFilter(watched, event)
        return True


class _Rows(QStyledItemDelegate):
    """A title at the left, its keys or the reason why it cannot be run at the right."""

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        return QSize(0, round(font(100).pixelSize() / 100 * 30))

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        line = index.data(_LINE)
        view = self.parent()
        if not isinstance(line, Line) or not isinstance(view, QListWidget):
            return
        palette, roles = view.palette(), QPalette.ColorRole
        faint, full = palette.color(roles.PlaceholderText), palette.color(roles.WindowText)
        box = QRect(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if view.currentIndex() == index:
            painter.setPen(QPen(palette.color(roles.Highlight), 1.5))
            painter.setBrush(palette.color(roles.Midlight))
            painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), 6, 6)
        room = box.adjusted(GRID, 0, -GRID, 0)
        flags = Qt.AlignmentFlag.AlignVCenter
        side = line.keys or line.note if line.is_enabled else line.reason or line.note
        painter.setFont(font(12))
        painter.setPen(faint)
        wide = min(painter.fontMetrics().horizontalAdvance(side), room.width() * 3 // 5)
        side = painter.fontMetrics().elidedText(side, Qt.TextElideMode.ElideRight, wide + 1)
        painter.drawText(room, int(flags | Qt.AlignmentFlag.AlignRight), side)
        painter.setFont(font(14))
        painter.setPen(full if line.is_enabled else faint)
        room.setRight(room.right() - wide - GRID)
        title = painter.fontMetrics().elidedText(
            line.title, Qt.TextElideMode.ElideRight, room.width()
        )
        painter.drawText(room, int(flags | Qt.AlignmentFlag.AlignLeft), title)
        painter.restore()
