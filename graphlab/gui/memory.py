"""How the window stood when it was closed: its place and size, its splitters, its switches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from PySide6.QtCore import QByteArray, QSettings
from PySide6.QtWidgets import QMainWindow, QSplitter

from graphlab.gui.actions import Command

_REOPENS = "reopens"
_WORDS = ("folded", "open")  # what is written of a switch, off and on


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

    def restore(self, window: QMainWindow, commands: Iterable[Command]) -> None:
        """Let the window stand as it did."""
        self._give("geometry", window.restoreGeometry)
        for splitter in _splitters(window):
            self._give(splitter.objectName(), splitter.restoreState)
        for command, is_on in _switches(commands):
            if self._settings.value(f"window/{command.id}") == _WORDS[not is_on]:
                command.run()

    def keep(self, window: QMainWindow, commands: Iterable[Command]) -> None:
        """Remember how the window stands."""
        self._settings.setValue("window/geometry", window.saveGeometry())
        for splitter in _splitters(window):
            self._settings.setValue(f"window/{splitter.objectName()}", splitter.saveState())
        for command, is_on in _switches(commands):
            self._settings.setValue(f"window/{command.id}", _WORDS[is_on])
        self._settings.sync()

    def _give(self, name: str, take: Callable[[QByteArray], bool]) -> None:
        state = self._settings.value(f"window/{name}")
        if isinstance(state, QByteArray):
            take(state)


def _splitters(window: QMainWindow) -> list[QSplitter]:
    return [splitter for splitter in window.findChildren(QSplitter) if splitter.objectName()]


def _switches(commands: Iterable[Command]) -> Iterator[tuple[Command, bool]]:
    """Those that stand as they stood, and how each stands now."""
    for command in commands:
        if command.is_kept and command.is_checked is not None:
            yield command, command.is_checked()
