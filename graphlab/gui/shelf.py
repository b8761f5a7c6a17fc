"""A place at an edge of the window where one of several panels is open, or none."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from graphlab.gui.lettering import scaled
from graphlab.gui.panels.heading import Heading
from graphlab.gui.theme import GRID


class Shelf(QWidget):
    """Panels by key, each with a title; the open one has a title line with a button to close it.

    A panel is made when it is first opened.
    Where none is open the shelf is hidden, so that nothing in it can be reached.
    """

    turned = Signal(str)  # the key of the panel that is open now; empty where none is

    def __init__(self, name: str, least_height: int = 0) -> None:
        """``least_height`` is that of any panel, in text of the usual size."""
        super().__init__()
        self._least_height = least_height
        self.setObjectName("shelf")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(name)
        self._titles: dict[str, str] = {}
        self._makers: dict[str, Callable[[], QWidget]] = {}
        self._panels: dict[str, QWidget] = {}  # those that were opened
        self._stack = QStackedWidget()
        self.heading = Heading()
        self.close_button = QToolButton()
        self.close_button.setText("×")
        self.close_button.setAccessibleName("Close this panel")
        self.close_button.setToolTip("Close this panel")
        self.close_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.close_button.clicked.connect(self.close_panel)
        line = QHBoxLayout()
        line.addWidget(self.heading, 1)
        line.addWidget(self.close_button)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(2 * GRID, GRID, GRID, GRID)
        rows.setSpacing(GRID)
        rows.addLayout(line)
        rows.addWidget(self._stack, 1)
        self.hide()

    def minimumSizeHint(self) -> QSize:
        return super().minimumSizeHint().expandedTo(QSize(0, scaled(self._least_height)))

    def add(self, key: str, title: str, make: Callable[[], QWidget]) -> None:
        """Keep a place here for a panel, and what makes it."""
        self._titles[key], self._makers[key] = title, make

    @property
    def current(self) -> str | None:
        """The key of the panel that is open."""
        if self.isHidden():
            return None
        shown = self._stack.currentWidget()
        return next((key for key, panel in self._panels.items() if panel is shown), None)

    def open(self, key: str) -> None:
        """Open a panel; another that was open is closed."""
        is_other = self.current != key
        if key not in self._panels:
            panel = self._panels[key] = self._makers[key]()
            self._stack.addWidget(panel)
        self._stack.setCurrentWidget(self._panels[key])
        self.heading.setText(self._titles[key])
        self.show()
        if is_other:
            self.turned.emit(key)

    def close_panel(self) -> None:
        """Close the open panel."""
        if not self.isHidden():
            self.hide()
            self.turned.emit("")

    def toggle(self, key: str) -> None:
        """Open a panel, or close it where it is open."""
        if self.current == key:
            self.close_panel()
        else:
            self.open(key)

    def set_title(self, key: str, title: str) -> None:
        """Give a panel another title."""
        self._titles[key] = title
        if self.current == key:
            self.heading.setText(title)
