"""Waits for work that must be done before anything else is, while the window stays alive.

What is quick shows nothing; what takes longer is told in a small dialog, with a button to give it
up where that is possible.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from graphlab.gui.background import Background
from graphlab.gui.theme import GRID

_PATIENCE = 150
"""Milliseconds of work before it is told of."""


def wait_for(
    parent: QWidget, told: str, work: Callable[[], Any], *, can_stop: bool = True
) -> tuple[Any, bool]:
    """What ``work``, done in a thread, returns, and True; or None and False if it was given up.

    What it raises is raised here.  Meanwhile the person can do nothing else in this window.
    """
    job = _Wait(parent, told, work, can_stop=can_stop)
    return job.run()


class _Wait:
    def __init__(
        self, parent: QWidget, told: str, work: Callable[[], Any], *, can_stop: bool
    ) -> None:
        self._parent, self._told, self._can_stop = parent, told, can_stop
        self._work = work
        self._background = Background(parent)
        self._answer: Any = None
        self._failure: Exception | None = None
        self._is_done = False
        self._end: Callable[[], object] = lambda: None

    def run(self) -> tuple[Any, bool]:
        self._background.start(self._guarded, self._take)
        try:
            self._wait_quietly()
            if not self._is_done:
                self._wait_in_dialog()
        finally:
            self._end = lambda: None  # a thread that is still at work holds no window's parts
            self._background.drop()
            self._background.deleteLater()
        if self._failure is not None:
            raise self._failure
        return self._answer, self._is_done

    def _guarded(self) -> tuple[Any, Exception | None]:
        try:
            return self._work(), None
        except Exception as error:  # raised where the answer is awaited
            return None, error

    def _take(self, found: tuple[Any, Exception | None]) -> None:
        (self._answer, self._failure), self._is_done = found, True
        self._end()

    def _wait_quietly(self) -> None:
        """Let what is pressed now wait as well."""
        loop = QEventLoop()
        self._end = loop.quit
        timer = QTimer(singleShot=True, interval=_PATIENCE)
        timer.timeout.connect(loop.quit)
        timer.start()
        loop.exec(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)

    def _wait_in_dialog(self) -> None:
        dialog = WaitDialog(self._parent, self._told, can_stop=self._can_stop)
        self._end = dialog.accept
        dialog.exec()
        dialog.deleteLater()
        self._parent.activateWindow()  # so that its keys work again at once


class WaitDialog(QDialog):
    """Tells what is awaited; Escape and the button give it up, where that is possible."""

    def __init__(self, parent: QWidget, told: str, *, can_stop: bool) -> None:
        super().__init__(parent)
        self._can_stop = can_stop
        self.setWindowTitle("GraphLab")
        self.setAccessibleName(told)
        label, bar = QLabel(told), QProgressBar()
        bar.setRange(0, 0)
        bar.setTextVisible(False)
        bar.setAccessibleName("At work")
        bar.setMinimumWidth(40 * GRID)
        self.stop = QPushButton("Stop")
        self.stop.clicked.connect(self.reject)
        row = QHBoxLayout()
        row.setSpacing(2 * GRID)
        row.addWidget(bar, 1)
        row.addWidget(self.stop)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * GRID, 2 * GRID, 3 * GRID, 2 * GRID)
        column.setSpacing(GRID)
        column.addWidget(label)
        column.addLayout(row)
        self.stop.setVisible(can_stop)

    def reject(self) -> None:
        """Give it up; what must be finished is not given up."""
        if self._can_stop:
            super().reject()
