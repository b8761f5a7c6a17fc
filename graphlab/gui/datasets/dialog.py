"""Where a data set is chosen: what there is on the left, the one looked at on the right."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLineEdit, QVBoxLayout, QWidget

from graphlab.gui.datasets.opening import Opener
from graphlab.gui.lenses.parts import LensNotice
from graphlab.gui.session import Session
from graphlab.gui.theme import Theme


class DataDialog(QDialog):
    """``taken`` carries the Opened data set that a person decided for."""

    taken = Signal(object)

    def __init__(
        self, session: Session, parent: QWidget, *, spec: str, seed: int, theme: Theme
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Choose data")
        self._seed = seed
        self.opener = Opener(self)
        self.line = QLineEdit(spec)
        self.line.setAccessibleName("Name or path of the data")
        self.notice = LensNotice()
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        buttons.accepted.connect(lambda: self.opener.open(self.line.text(), seed))
        buttons.rejected.connect(self.reject)
        self.opener.refused.connect(lambda told: self.notice.say(told, is_problem=True))
        self.opener.opened.connect(self._take)
        rows = QVBoxLayout(self)
        for widget in (self.line, self.notice, buttons):
            rows.addWidget(widget)

    def _take(self, opened: object) -> None:
        self.taken.emit(opened)
        self.accept()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
