"""Which theme the window wears: the one that was chosen, or the system's."""

from __future__ import annotations

from PySide6.QtCore import QObject, QSettings, Qt, Signal
from PySide6.QtGui import QGuiApplication

from graphlab.gui.theme import DARK, LIGHT, Theme


class Appearance(QObject):
    """The choice ``light``, ``dark`` or ``system``, remembered in the person's settings."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = QSettings()
        QGuiApplication.styleHints().colorSchemeChanged.connect(self.changed)

    @property
    def chosen(self) -> str:
        """What was chosen."""
        return str(self._settings.value("theme", "system"))

    def choose(self, name: str) -> None:
        """Choose, and remember it."""
        self._settings.setValue("theme", name)
        self.changed.emit()

    @property
    def theme(self) -> Theme:
        """The theme that follows."""
        is_system_dark = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
        is_dark = self.chosen == "dark" or (self.chosen == "system" and is_system_dark)
        return DARK if is_dark else LIGHT
