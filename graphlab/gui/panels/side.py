"""The panel at the right: the values on top, below them all about what is selected."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from graphlab.gui.lettering import hold
from graphlab.gui.panels.inputs import InputsPanel
from graphlab.gui.theme import GRID

_SHARE = 0.45  # of the height, for values that need as much while something is selected
_LEAST_WIDTH = 180
_ANY = 16_777_215  # Qt's own bound


class Side(QWidget):
    """While something is selected the values take what they need, less than half."""

    def __init__(self, inputs: InputsPanel) -> None:
        super().__init__()
        self.setObjectName("side")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        hold(self, minimum_width=_LEAST_WIDTH)
        self._inputs = inputs
        self._details: QWidget | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GRID, GRID, GRID, GRID)
        column.setSpacing(2 * GRID)
        column.addWidget(inputs)
        self._column = column
        inputs.resized.connect(self._share)

    def hold(self, details: QWidget) -> None:
        """Keep room below the values for all about what is selected, while it is shown."""
        self._details = details
        details.hide()
        self._column.addWidget(details, 1)
        details.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Something is selected, or nothing any more."""
        if event.type() in (QEvent.Type.ShowToParent, QEvent.Type.HideToParent):
            self._share()
        return False

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share()

    def _share(self) -> None:
        is_shared = self._details is not None and not self._details.isHidden()
        height = min(self._inputs.needed(), round(self.height() * _SHARE))
        self._inputs.setMinimumHeight(height if is_shared else 0)
        self._inputs.setMaximumHeight(height if is_shared else _ANY)
