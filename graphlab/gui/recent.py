"""The files that were open last, newest first, remembered in the person's settings."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QSettings, Signal

from graphlab.gui.offers import is_shipped

MOST = 10
_KEY = "recent"


class Recent(QObject):
    """At most ten paths; GraphLab's own files are not among them."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = QSettings()

    @property
    def paths(self) -> list[Path]:
        """The files, newest first; they may be gone by now."""
        kept = self._settings.value(_KEY, [])
        texts = [kept] if isinstance(kept, str) else kept if isinstance(kept, list) else []
        paths = [
            Path(text) for text in texts if isinstance(text, str) and text and "\0" not in text
        ]
        return [path for path in paths if path.is_absolute()][:MOST]

    def add(self, path: Path) -> None:
        """Put a file at the top."""
        path = path.absolute()
        if not is_shipped(path) and self.paths[:1] != [path]:
            self._keep([path, *(other for other in self.paths if other != path)])

    def remove(self, path: Path) -> None:
        """Forget a file."""
        self._keep([other for other in self.paths if other != path])

    def clear(self) -> None:
        """Forget them all."""
        self._keep([])

    def _keep(self, paths: list[Path]) -> None:
        self._settings.setValue(_KEY, [str(path) for path in paths[:MOST]])
        self.changed.emit()
