"""Where one is in groups within groups, at the canvas's top: graph › block › neuron."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from graphlab.gui.theme import GRID, font, typography

_WIDEST = 12  # of a name, in base sizes; the tool tip has it all


class Crumbs(QWidget):
    """One button for each group around the one that is shown; hidden where there is none."""

    chosen = Signal(str)  # the group to go to; empty for the whole graph

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("floating")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.buttons: list[QToolButton] = []
        self.here = QLabel()
        self.here.setTextFormat(Qt.TextFormat.PlainText)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(GRID // 2, 0, GRID, 0)
        self._row.setSpacing(0)
        self._row.addWidget(self.here)
        self.hide()

    def show_path(self, path: Sequence[tuple[str, str]]) -> None:
        """Show groups, each with its title, from the outermost to the one that is shown."""
        while item := self._row.takeAt(0):
            widget = item.widget()
            if widget is not None and widget is not self.here:
                widget.hide()
                widget.deleteLater()
        self.buttons = []
        for name, title in (("", "graph"), *path[:-1]):
            self._add(name, title)
        if path:
            title = path[-1][1]
            self.here.setFont(font(13, bold=True))
            self.here.setText(_shortened(title))
            self.here.setToolTip(title)
        self._row.addWidget(self.here)
        self.setAccessibleName("Inside " + " › ".join(["graph", *(title for _, title in path)]))
        self.setVisible(bool(path))
        self._row.activate()
        self.adjustSize()
        self.move(GRID, GRID)

    def _add(self, name: str, title: str) -> None:
        button, sign = QToolButton(), QLabel("›")
        button.setText(_shortened(title))
        button.setToolTip(f"Back to {title}" if name else "Back to the whole graph")
        button.setAccessibleName(button.toolTip())
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(lambda: self.chosen.emit(name))
        sign.setObjectName("muted")
        for widget in (button, sign):
            self._row.addWidget(widget)
            widget.show()  # else it has no size yet
        self._row.addSpacing(GRID // 2)
        self.buttons.append(button)


def _shortened(title: str) -> str:
    fonts = typography()
    return fonts.normal.elided(title, fonts.base * _WIDEST)
