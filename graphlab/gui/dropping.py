"""A file that is dragged into the window is the window's, whatever part of it is underneath.

A field would take the file for its address in letters, and the canvas would forbid what only its
cards make sense of, so drags of files are met before any part of the window sees them.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication, QWidget

from graphlab.gui.files import dropped

_DRAGGED = (QEvent.Type.DragEnter, QEvent.Type.DragMove, QEvent.Type.Drop)


class Dropping(QObject):
    """Accepts the one file that can be opened, and refuses all others."""

    let_go = Signal(object)  # the Path of the file

    def watch(self, window: QWidget) -> None:
        """Meet what is dragged into a window that is shown."""
        window.windowHandle().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QDropEvent) or event.type() not in _DRAGGED:
            return super().eventFilter(watched, event)
        if not any(url.isLocalFile() for url in event.mimeData().urls()):
            return super().eventFilter(watched, event)
        path = dropped(event)
        if path is None or QApplication.activeModalWidget() is not None:
            event.ignore()
            return True
        event.setDropAction(Qt.DropAction.CopyAction)  # after a move its source would delete it
        event.accept()
        if event.type() == QEvent.Type.Drop:
            self.let_go.emit(path)
        return True
