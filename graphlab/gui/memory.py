"""How the window stood when it was closed: its place and size, its splitters, what was folded."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QByteArray, QSettings
from PySide6.QtWidgets import QMainWindow, QSplitter, QWidget

_FOLDED = ("side", "words")  # parts of the window a person folds with a key
_REOPENS = "reopens"


class WindowMemory:
    """Reads and writes the person's settings; what makes no sense there is as if it were not."""

    def __init__(self) -> None:
        self._settings = QSettings()

    @property
    def is_first_start(self) -> bool:
        """Whether no window was ever closed under these settings."""
        return not self._settings.contains("window/geometry")

    @property
    def reopens(self) -> bool:
        """Whether a start opens the last file instead of the welcome page."""
        return self._settings.value(_REOPENS, "false") in (True, "true")

    def set_reopens(self, is_wanted: bool) -> None:
        """Choose what a start without a file opens."""
        self._settings.setValue(_REOPENS, "true" if is_wanted else "false")

    def restore(self, window: QMainWindow) -> None:
        """Let the window stand as it did."""
        self._give("geometry", window.restoreGeometry)
        for splitter in _splitters(window):
            self._give(splitter.objectName(), splitter.restoreState)
        for name, part in _parts(window):
            if self._settings.value(f"window/{name}") == "folded":
                part.hide()

    def keep(self, window: QMainWindow) -> None:
        """Remember how the window stands."""
        self._settings.setValue("window/geometry", window.saveGeometry())
        for splitter in _splitters(window):
            self._settings.setValue(f"window/{splitter.objectName()}", splitter.saveState())
        for name, part in _parts(window):
            is_folded = part.isHidden()
            self._settings.setValue(f"window/{name}", "folded" if is_folded else "open")
        self._settings.sync()

    def _give(self, name: str, take: Callable[[QByteArray], bool]) -> None:
        state = self._settings.value(f"window/{name}")
        if isinstance(state, QByteArray):
            take(state)


def _splitters(window: QMainWindow) -> list[QSplitter]:
    return [splitter for splitter in window.findChildren(QSplitter) if splitter.objectName()]


def _parts(window: QMainWindow) -> list[tuple[str, QWidget]]:
    found = [(name, getattr(window, name, None)) for name in _FOLDED]
    return [(name, part) for name, part in found if isinstance(part, QWidget)]
