"""Files dragged into a window, told to it as the window system tells them to Qt."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from graphlab.gui.window import Window

_SOMEWHERE = QPoint(40, 200)


def drag(window: Window, *paths: Path, to: QPoint = _SOMEWHERE) -> bool:
    """Let files go over a place in the window; False where it forbids that."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    actions = Qt.DropAction.CopyAction | Qt.DropAction.MoveAction | Qt.DropAction.LinkAction
    about = (actions, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    handle = window.windowHandle()
    entered = QDragEnterEvent(to - QPoint(3, 3), *about)
    QApplication.sendEvent(handle, entered)
    moved = QDragMoveEvent(to, *about)
    moved.setDropAction(entered.dropAction())
    moved.setAccepted(entered.isAccepted())
    QApplication.sendEvent(handle, moved)
    if not (moved.isAccepted() and moved.dropAction() is Qt.DropAction.CopyAction):
        QApplication.sendEvent(handle, QDragLeaveEvent())
        return False
    let_go = QDropEvent(QPointF(to), *about)
    QApplication.sendEvent(handle, let_go)
    return let_go.isAccepted()
