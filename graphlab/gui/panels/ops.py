"""Operations and templates to put onto the canvas: a palette that opens at the pointer, a panel."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QLabel,
    QLineEdit,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from graphlab.gui.canvas.figure import Point
from graphlab.gui.choices import Choice, Fits, choices, every_op, every_template
from graphlab.gui.lettering import hold, scaled
from graphlab.gui.panels.choice_list import ROW, ChoiceList
from graphlab.gui.theme import GRID, LIGHT, Theme
from graphlab.gui.typeset import Typesetter

_WIDTH = 56 * GRID
_ROWS = 8  # that are seen at once
_PREVIEW = 6 * GRID
_SIZE = 15
_STEPS = {
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_PageDown: _ROWS - 1,
    Qt.Key.Key_PageUp: 1 - _ROWS,
}


def _all(choice: Choice) -> bool:
    return True


class Rule(QLabel):
    """The formula of an op on one line, typeset once the typesetter is there."""

    def __init__(self, typesetter: Typesetter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._typesetter, self._theme = typesetter, LIGHT
        self._choice: Choice | None = None
        hold(self, fixed_height=_PREVIEW)
        self.setWordWrap(True)
        self.setContentsMargins(GRID, 0, GRID, 0)
        self.setAccessibleName("Formula")
        typesetter.made.connect(self._set)

    def show_choice(self, choice: Choice | None) -> None:
        """Show the formula of a choice, or nothing."""
        self._choice = choice
        self._set()

    def set_theme(self, theme: Theme) -> None:
        """Set it again in other colours."""
        self._theme = theme
        self._set()

    def minimumSizeHint(self) -> QSize:
        return QSize(0, scaled(_PREVIEW))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """What there is room for is known only now."""
        super().resizeEvent(event)
        self._set()

    def _set(self) -> None:
        if self._choice is None:
            self.setText("")
            return
        if self._choice.op.category == "Source":
            self.setText(self._choice.tip)
            return
        rule, ratio = self._choice.op.formula, self.devicePixelRatioF()
        made = self._typesetter.pixmap(rule.latex(), scaled(_SIZE), self._theme.text, ratio)
        size = None if made is None else made.deviceIndependentSize()
        if made is None or size is None or size.width() > self.width() - 2 * GRID:
            self.setText(rule.text())
        else:
            self.setPixmap(made)


class _Search(QLineEdit):
    """Where the name is typed; the keys that walk a list go to the list."""

    def __init__(self, found: ChoiceList, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._list = found
        self.setPlaceholderText("Search operations")
        self.setToolTip("Such as +, sigmoid, conv layer, 2.5, or w1 for a new input")
        self.setAccessibleName("Search operations and templates")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in _STEPS:
            self._list.go(_STEPS[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._list.take()
        else:
            super().keyPressEvent(event)


class QuickPalette(QFrame):
    """Opens over the canvas where something is to be added; ``picked`` says what and where."""

    picked = Signal(object, object)  # Choice, the point asked for
    closed = Signal()

    def __init__(self, typesetter: Typesetter, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("palette")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName("Add to the graph")
        self._within = parent
        self._place: Point = (0.0, 0.0)
        self._fits: Fits = _all
        self.list = ChoiceList()
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.search = _Search(self.list)
        self.rule = Rule(typesetter)
        self.none = QLabel("Nothing is called so.")
        self.none.setObjectName("muted")
        self.none.setContentsMargins(GRID, GRID, GRID, GRID)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(GRID, GRID, GRID, 0)
        rows.setSpacing(GRID // 2)
        for widget in (self.search, self.list, self.none, self.rule):
            rows.addWidget(widget)
        self.search.textChanged.connect(self._find)
        self.list.clicked.connect(lambda _index: self.list.take())
        self.list.chosen.connect(self._pick)
        self.list.turned.connect(self.rule.show_choice)
        self.search.installEventFilter(self)
        self.hide()

    def ask(self, text: str, place: Point, at: QPoint, fits: Fits | None = None) -> None:
        """Open with a text typed already, near a point of the parent; ``place`` is handed on."""
        self._place, self._fits = place, fits or _all
        if self.search.text() == text:
            self._find(text)
        self.search.setText(text)
        self._stand(at)
        self.show()
        self.raise_()
        self.search.setFocus()
        self.search.end(False)

    def dismiss(self) -> None:
        """Close without adding anything."""
        if self.isVisible():
            self.closed.emit()
            self.hide()

    def set_theme(self, theme: Theme) -> None:
        """Put it into other colours."""
        self.list.set_theme(theme)
        self.rule.set_theme(theme)

    def _stand(self, at: QPoint) -> None:
        """As near to the point as it is wholly seen."""
        room = self._within.rect().adjusted(GRID, GRID, -GRID, -GRID)
        width = min(scaled(_WIDTH), room.width())
        rows = scaled(_ROWS * ROW) + scaled(_PREVIEW)
        height = self.search.sizeHint().height() + rows + 2 * GRID + 2
        self.resize(width, min(height, room.height()))
        left = min(max(at.x(), room.left()), room.right() - self.width())
        top = min(max(at.y(), room.top()), room.bottom() - self.height())
        self.move(left, top)

    def _find(self, text: str) -> None:
        found = choices(text, self._fits)
        self.list.show_choices(found, by_category=not text.strip())
        self.list.setVisible(bool(found))
        self.none.setVisible(not found)
        self.rule.show_choice(self.list.current)

    def _pick(self, choice: Choice) -> None:
        self.closed.emit()
        self.hide()
        self.picked.emit(choice, self._place)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Escape, and a focus that goes elsewhere, close it."""
        if event.type() in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress):
            if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
                event.accept()
                if event.type() == QEvent.Type.KeyPress:
                    self.dismiss()
                return True
        elif event.type() == QEvent.Type.FocusOut and self.isVisible():
            now = QApplication.focusWidget()
            if now is not None and not self.isAncestorOf(now) and self.window().isActiveWindow():
                self.hide()
        return super().eventFilter(watched, event)


class OpsPanel(QWidget):
    """All operations, or all templates, by category; what is typed is searched for in both.

    Double click, Return or dragging one out adds it.
    """

    picked = Signal(object)  # Choice

    def __init__(self, typesetter: Typesetter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.list = ChoiceList()
        self.list.setDragEnabled(True)
        self.list.set_tips(is_shown=False)
        self.search = _Search(self.list)
        self.rule = Rule(typesetter)
        self.tabs = QTabBar()
        self.tabs.setDrawBase(False)
        self.tabs.setAccessibleName("What is listed")
        for title in ("Operations", "Templates"):
            self.tabs.addTab(title)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(GRID)
        for widget in (self.search, self.tabs, self.list, self.rule):
            rows.addWidget(widget)
        self.setFocusProxy(self.search)
        self.tabs.currentChanged.connect(lambda _index: self._find(self.search.text()))
        self.search.textChanged.connect(self._find)
        self.list.doubleClicked.connect(lambda _index: self.list.take())
        self.list.chosen.connect(self.picked)
        self.list.turned.connect(self.rule.show_choice)
        self.list.installEventFilter(self)
        self._find("")

    def set_theme(self, theme: Theme) -> None:
        """Put it into other colours."""
        self.list.set_theme(theme)
        self.rule.set_theme(theme)

    def _find(self, text: str) -> None:
        is_searched = bool(text.strip())
        offered = every_template() if self.tabs.currentIndex() else every_op()
        self.tabs.setVisible(not is_searched)
        self.list.show_choices(
            choices(text) if is_searched else offered, by_category=not is_searched
        )
        self.rule.show_choice(self.list.current)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Return in the list adds what is marked."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        ):
            self.list.take()
            return True
        return super().eventFilter(watched, event)
