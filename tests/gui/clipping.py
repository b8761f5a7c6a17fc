"""Finds text that there is no room for, in any widget: its measures against the font's.

Text that ends in … is elided by intent where its tool tip tells the whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import (
    QAbstractButton,
    QCheckBox,
    QComboBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QScrollArea,
    QSpinBox,
    QStyle,
    QStyleOptionComboBox,
    QTabBar,
    QTableView,
    QToolButton,
    QWidget,
)

from graphlab.gui.panels.heading import Heading

_WITH_TEXT = (QLabel, QAbstractButton, QLineEdit, QComboBox, QSpinBox)
_BORDERS = 6  # of a line of text in its field, left and right


def clipped(window: QWidget) -> list[str]:
    """A line for each visible widget of a window whose text is cut off."""
    told = []
    for widget in window.findChildren(QWidget):
        if widget.isVisible() and not widget.visibleRegion().isEmpty():
            told += [f"{_named(widget)}: {fault}" for fault in _faults(widget)]
            told += [f"{_named(widget)}: {fault}" for fault in _overlaps(widget)]
    return told


def _overlaps(page: QWidget) -> Iterator[str]:
    """Widgets of one page's layout that lie on each other."""
    nearest = Qt.FindChildOption.FindDirectChildrenOnly
    if page.layout() is None:
        return
    shown = [w for w in page.findChildren(QWidget, options=nearest) if w.isVisible()]
    shown = [w for w in shown if isinstance(w, _WITH_TEXT) and not w.isWindow()]
    for one, other in combinations(shown, 2):
        both = one.geometry() & other.geometry()
        if min(both.width(), both.height()) > 2:
            yield f"{_named(one)} and {_named(other)} lie on each other"


def _faults(widget: QWidget) -> Iterator[str]:
    if _is_beside_its_page(widget):
        yield "stands beside the page that is scrolled up and down alone"
    if isinstance(widget, QLabel):
        yield from _label(widget)
    elif isinstance(widget, QPushButton | QToolButton | QCheckBox | QRadioButton):
        yield from _button(widget)
    elif isinstance(widget, QTabBar):
        yield from _tabs(widget)
    elif isinstance(widget, QComboBox):
        yield from _choice(widget)
    elif isinstance(widget, QLineEdit):
        yield from _line(widget)
    elif isinstance(widget, QTableView):
        yield from _table(widget)


def _label(label: QLabel) -> Iterator[str]:
    text, metrics = label.text(), label.fontMetrics()
    if not text or not label.pixmap().isNull() or text in label.toolTip():
        return
    if isinstance(label, Heading):
        yield from () if label.shown() == text else [f"{text!r} has no tip"]
        return
    if "</" in text and label.textFormat() != Qt.TextFormat.PlainText:
        wanted = label.minimumSizeHint()
        if wanted.width() > label.width():
            yield f"{text!r} is wider than {label.width()}"
        return
    parts = text.replace("\u200b", " ").split() if label.wordWrap() else text.split("\n")
    wide = max((metrics.horizontalAdvance(part) for part in parts), default=0)
    if wide > label.contentsRect().width() + 1:
        yield f"{text!r} takes {wide} of {label.contentsRect().width()}"
    high = label.heightForWidth(label.width()) if label.wordWrap() else metrics.height()
    if high > label.height() + 2:
        yield f"{text!r} is {high} high in {label.height()}"


def _button(button: QAbstractButton) -> Iterator[str]:
    if isinstance(button.parent(), QTabBar):
        return  # it scrolls the tabs
    wanted = button.sizeHint()
    is_told = button.text().replace("&", "") in button.toolTip()
    if wanted.width() > button.width() + 1 and not (is_told and button.text().endswith("…")):
        yield f"{button.text()!r} takes {wanted.width()} of {button.width()}"
    if button.text() and button.fontMetrics().height() > button.height() + 1:
        yield f"{button.text()!r} is {button.fontMetrics().height()} high in {button.height()}"


def _tabs(bar: QTabBar) -> Iterator[str]:
    for i in range(bar.count()):
        place, text = bar.tabRect(i), bar.tabText(i)
        if not bar.isTabVisible(i):
            continue
        if bar.fontMetrics().horizontalAdvance(text) > place.width():
            yield f"the tab {text!r} takes more than {place.width()}"
        if place.right() > bar.width() and not bar.usesScrollButtons():
            yield f"the tab {text!r} ends at {place.right()} of {bar.width()}"


def _choice(choice: QComboBox) -> Iterator[str]:
    option = QStyleOptionComboBox()
    choice.initStyleOption(option)
    field = choice.style().subControlRect(
        QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, choice
    )
    yield from _in_field(choice, choice.currentText(), field, 0)


def _line(line: QLineEdit) -> Iterator[str]:
    inside = line.contentsRect()
    text = line.placeholderText() if not line.text() else ""  # what is typed scrolls
    if isinstance(line.parent(), QSpinBox):
        text = line.text()
    yield from _in_field(line, text, inside, _BORDERS)


def _in_field(widget: QWidget, text: str, inside: QRect, borders: int) -> Iterator[str]:
    metrics: QFontMetrics = widget.fontMetrics()
    wide = metrics.horizontalAdvance(text) + borders
    if wide > inside.width() + 1 and text not in widget.toolTip():
        yield f"{text!r} takes {wide} of {inside.width()}"
    if metrics.height() > inside.height() + 2:
        yield f"{text!r} is {metrics.height()} high in {inside.height()}"


def _table(table: QTableView) -> Iterator[str]:
    model, metrics = table.model(), table.fontMetrics()
    if model is None or not model.rowCount():
        return
    if metrics.height() > table.rowHeight(0):
        yield f"rows of {table.rowHeight(0)} for text of {metrics.height()}"
    yield from _header(table.horizontalHeader(), model.columnCount())


def _header(header: QHeaderView, count: int) -> Iterator[str]:
    model = header.model()
    if not header.isVisible():
        return
    for i in range(count):
        text = str(model.headerData(i, header.orientation()) or "")
        wide = header.fontMetrics().horizontalAdvance(text)
        if not header.isSectionHidden(i) and wide > header.sectionSize(i):
            yield f"the heading {text!r} takes {wide} of {header.sectionSize(i)}"


def _is_beside_its_page(widget: QWidget) -> bool:
    """Whether it reaches out of a page that cannot be scrolled sideways."""
    if isinstance(widget.parent(), QScrollArea) or not isinstance(widget, _WITH_TEXT):
        return False
    area = widget.parent()
    while area is not None and not isinstance(area, QScrollArea):
        area = area.parent()
    if area is None:
        return False
    view = area.viewport()
    right = widget.mapTo(view, QPoint(widget.width(), 0)).x()
    is_fixed = area.horizontalScrollBarPolicy() == Qt.ScrollBarPolicy.ScrollBarAlwaysOff
    return is_fixed and right > view.width() + 1


def _named(widget: QWidget) -> str:
    names: list[str] = []
    at = widget
    while at is not None and not at.isWindow() and len(names) < 4:
        names.append(at.objectName() or at.accessibleName() or type(at).__name__)
        parent = at.parentWidget()
        if parent is None:
            break
        at = parent
    return " in ".join(names)
