"""How the window looks: the theme, chosen or the system's, and the size of text."""

from __future__ import annotations

from PySide6.QtCore import QObject, QSettings, Qt, Signal
from PySide6.QtGui import QGuiApplication

from graphlab.gui.theme import DARK, LIGHT, USUAL, Theme

SCALES = (1.0, 1.15, 1.3, 1.5, 1.75, 2.0)
"""How much larger than usual text can be; the last is for the last row of a lecture hall."""


class Appearance(QObject):
    """The choice ``light``, ``dark`` or ``system``, remembered in the person's settings."""

    changed = Signal()
    scaled = Signal()  # another size of text was chosen

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
    def has_motion(self) -> bool:
        """Whether the view and the cards may glide."""
        return str(self._settings.value("motion", "on")) != "off"

    def toggle_motion(self) -> None:
        """Let nothing glide, or let it again."""
        self._settings.setValue("motion", "off" if self.has_motion else "on")
        self.changed.emit()

    @property
    def scale(self) -> float:
        """How much larger than usual text is to be."""
        try:
            kept = float(str(self._settings.value("scale", 1.0)))
        except ValueError:
            return 1.0
        return min(SCALES, key=lambda scale: abs(scale - kept))

    @property
    def base(self) -> float:
        """The base size of text in pixels."""
        return USUAL * self.scale

    def enlarge(self, steps: int) -> None:
        """Make text larger by so many steps, smaller by negative ones; 0 makes it as usual."""
        place = SCALES.index(self.scale) + steps if steps else 0
        self._settings.setValue("scale", SCALES[min(max(place, 0), len(SCALES) - 1)])
        self.scaled.emit()

    @property
    def theme(self) -> Theme:
        """The theme that follows."""
        is_system_dark = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
        is_dark = self.chosen == "dark" or (self.chosen == "system" and is_system_dark)
        return DARK if is_dark else LIGHT
