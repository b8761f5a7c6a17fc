"""A button as wide as there is room: what is too long for it ends in … and in its tool tip."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy

from graphlab.gui.theme import GRID


class ElidedButton(QPushButton):
    """Its accessible name is the whole title."""

    _title = _tip = ""

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.tell(title)

    def tell(self, title: str, tip: str = "") -> None:
        """Show another title; ``tip`` is told by the tool tip after what is left out of it."""
        self._title, self._tip = title, tip
        self.setAccessibleName(title)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit()

    def _fit(self) -> None:
        room = self.width() - 4 * GRID
        shown = self.fontMetrics().elidedText(self._title, Qt.TextElideMode.ElideRight, room)
        self.setText(shown)
        whole = self._title if shown != self._title else ""
        self.setToolTip("\n".join(filter(None, (whole, self._tip))))
