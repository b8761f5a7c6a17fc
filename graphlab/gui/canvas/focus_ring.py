"""A line around the canvas where the keyboard has led to it: what is typed then goes there."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QFocusEvent, QRegion
from PySide6.QtWidgets import QFrame

from graphlab.gui.canvas.camera import Camera

_BY_KEYS = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
_WIDTH = 2


class FocusRing(QFrame):
    """Lies over the edge of a view, and lets every event through."""

    def __init__(self, view: Camera) -> None:
        super().__init__(view)
        self.setObjectName("ring")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()
        view.installEventFilter(self)  # not in its viewport: each frame would pass through it
        self._view = view

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """The view gets or loses the focus, or another size."""
        if isinstance(event, QFocusEvent):
            self.setVisible(event.gotFocus() and event.reason() in _BY_KEYS)
        if event.type() in (QEvent.Type.Resize, QEvent.Type.FocusIn):
            self._surround()
        return False

    def _surround(self) -> None:
        area = self._view.rect()
        self.setGeometry(area)
        inside = area.adjusted(_WIDTH, _WIDTH, -_WIDTH, -_WIDTH)
        self.setMask(QRegion(area).subtracted(QRegion(inside)))  # what it leaves is not repainted
        self.raise_()
