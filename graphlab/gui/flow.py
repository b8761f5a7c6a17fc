"""Widgets in lines, or in as many columns as there is room for."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget, QWidgetItem

_Hints = list[tuple[QLayoutItem, QSize]]
_Places = list[tuple[QLayoutItem, QRect]]


class Flow(QLayout):
    """Items from left to right and line by line, each as large as it wants to be.

    With ``in_columns`` they stand below each other in columns, as many as fit.  Hidden items take
    no room, and no item is ever cut while the layout is as wide as its widest item.
    """

    def __init__(self, across: int, down: int, *, in_columns: bool = False) -> None:
        super().__init__()
        self._items: list[QLayoutItem] = []
        self._across, self._down = across, down
        self._in_columns = in_columns
        self.setContentsMargins(0, 0, 0, 0)

    def addWidget(self, widget: QWidget) -> None:
        # with an item that Python made: one made by Qt was lost to Python, though Qt still had it,
        # once the layout of another page was deleted
        self.addChildWidget(widget)
        self.addItem(QWidgetItem(widget))
        self.invalidate()

    # --- what a layout must answer ----------------------------------------------------------------
    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return _height(self._places(width))

    def minimumSize(self) -> QSize:
        widest = max((hint.width() for _, hint in self._seen()), default=0)
        return QSize(widest, max((hint.height() for _, hint in self._seen()), default=0))

    def sizeHint(self) -> QSize:
        """All of them on one line."""
        hints = [hint for _, hint in self._seen()]
        wide = sum(hint.width() + self._across for hint in hints) - self._across
        return QSize(max(wide, 0), max((hint.height() for hint in hints), default=0))

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        for item, place in self._places(rect.width()):
            item.setGeometry(place.translated(rect.topLeft()))

    # --- places -----------------------------------------------------------------------------------
    def _seen(self) -> _Hints:
        return [(item, item.sizeHint()) for item in self._items if not item.isEmpty()]

    def _places(self, width: int) -> _Places:
        return self._columns(width) if self._in_columns else self._lines(width)

    def _lines(self, width: int) -> _Places:
        """Each line as high as its highest item, in the middle of which the others stand."""
        lines: list[_Hints] = []
        left = 0
        for item, hint in self._seen():
            if not left or left + hint.width() > width:
                lines.append([])
                left = 0
            lines[-1].append((item, hint))
            left += hint.width() + self._across
        places: _Places = []
        top = 0
        for line in lines:
            high, left = max(hint.height() for _, hint in line), 0
            for item, hint in line:
                places.append((item, QRect(left, top, hint.width(), high)))
                left += hint.width() + self._across
            top += high + self._down
        return places

    def _columns(self, width: int) -> _Places:
        """The most columns that fit, each as wide as its widest item."""
        seen = self._seen()
        hints = [hint for _, hint in seen]
        count = next((n for n in range(len(hints), 1, -1) if self._width(hints, n) <= width), 1)
        lefts = [0]
        for wide in _widths(hints, count):
            lefts.append(lefts[-1] + wide + self._across)
        widths = [b - a - self._across for a, b in pairwise(lefts)]
        places: _Places = []
        top = 0
        for start in range(0, len(seen), count):
            line = seen[start : start + count]
            high = max(hint.height() for _, hint in line)
            for column, (item, _) in enumerate(line):
                places.append((item, QRect(lefts[column], top, widths[column], high)))
            top += high + self._down
        return places

    def _width(self, hints: list[QSize], count: int) -> int:
        return sum(_widths(hints, count)) + (count - 1) * self._across


def _widths(hints: list[QSize], count: int) -> list[int]:
    """The widths of so many columns."""
    return [max(hint.width() for hint in hints[i::count]) for i in range(min(count, len(hints)))]


def _height(places: _Places) -> int:
    return max((place.bottom() + 1 for _, place in places), default=0)
