"""Small parts that the lenses share: a labelled choice, and a sentence with a way out."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from graphlab.gui.lenses.keys import keep_key
from graphlab.gui.lettering import hold, scaled
from graphlab.gui.theme import GRID

_WIDEST = 24 * GRID  # of a choice, in text of the usual size
_NOTICE = 32 * GRID  # for a sentence beside buttons


class Choice(QComboBox):
    """One of several names; offering the same ones again keeps the choice."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setToolTip(name)
        hold(self, fixed_height=4 * GRID, maximum_width=_WIDEST)
        self.setMinimumContentsLength(6)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.currentTextChanged.connect(lambda text: self.setToolTip(f"{name}: {text}"))

    def event(self, event: QEvent) -> bool:
        """Home, Down and letters choose a name here."""
        return keep_key(event) or super().event(event)

    def offer(self, names: Sequence[str], preferred: str | None = None) -> None:
        """Offer these names; the choice stays where it can, else it is ``preferred``."""
        chosen = self.currentText()
        if names != [self.itemText(i) for i in range(self.count())]:
            self.blockSignals(True)
            self.clear()
            self.addItems(list(names))
            self.blockSignals(False)
        for name in (chosen, preferred):
            if name in names:
                self.choose(str(name))
                return
        self.setCurrentIndex(0 if names else -1)

    def choose(self, name: str) -> None:
        """Choose a name without telling that a person did."""
        self.setCurrentIndex(self.findText(name, Qt.MatchFlag.MatchExactly))


class MenuButton(QToolButton):
    """A button that says what is chosen, and opens the menu ``names`` to choose in."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName("moves")
        self.setAccessibleName(name)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        hold(self, fixed_height=4 * GRID)
        self.names = QMenu(self)
        self.setMenu(self.names)


class LensNotice(QWidget):
    """A sentence, in the colour of problems where it tells of one, and perhaps a button."""

    def __init__(self, button: str = "") -> None:
        super().__init__()
        self.label = QLabel()
        self.label.setWordWrap(True)
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        self.label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.label.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.button = QPushButton(button)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * GRID)
        row.addWidget(self.label, 1)
        row.addWidget(self.button)
        self.button.setVisible(bool(button))

    @property
    def text(self) -> str:
        """What it says."""
        return self.label.text()

    def say(self, text: str, *, is_problem: bool = False, has_button: bool = False) -> None:
        """Say another sentence; the button is there only where it helps."""
        sign = "▲ " if is_problem else ""
        self.label.setText(sign + text)
        name = "problem" if is_problem else "muted"
        if self.label.objectName() != name:
            self.label.setObjectName(name)
            self.label.style().polish(self.label)
        self.button.setVisible(has_button)


class NoticeRow(QWidget):
    """Widgets in a row with a notice beside them, or on a line of its own where that is narrow."""

    def __init__(self, widgets: Sequence[QWidget], notice: LensNotice) -> None:
        super().__init__()
        self._row = QHBoxLayout()
        self._row.setSpacing(GRID)
        for widget in widgets:
            self._row.addWidget(widget)
        self._row.addStretch()
        self._both = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._both.setContentsMargins(0, 0, 0, 0)
        self._both.setSpacing(GRID)
        self._both.addLayout(self._row)
        self._both.addWidget(notice, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._turn()

    def event(self, event: QEvent) -> bool:
        """Buttons come and go."""
        if event.type() == QEvent.Type.LayoutRequest:
            self._turn()
        return super().event(event)

    def _turn(self) -> None:
        is_narrow = self.width() - self._row.sizeHint().width() < scaled(_NOTICE)
        way = QBoxLayout.Direction
        self._both.setDirection(way.TopToBottom if is_narrow else way.LeftToRight)


def named(text: str, widget: QWidget) -> QLabel:
    """A quiet word before a field."""
    label = QLabel(text)
    label.setObjectName("muted")
    label.setBuddy(widget)
    return label
