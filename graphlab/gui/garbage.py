"""Garbage is collected in the window's thread alone while other threads work.

Python collects in whichever thread makes it due, and a library's import makes it due often.  What
is left of a closed window is garbage too, and Qt's objects must not die in another thread.
"""

from __future__ import annotations

import gc
from threading import Thread

from PySide6.QtCore import QCoreApplication, QObject, QTimer

_PAUSE = 50  # milliseconds between two collections


class _Collector(QObject):
    """Collects by itself for as long as any of the threads works, and then lets Python do it."""

    def __init__(self, parent: QObject | None) -> None:
        super().__init__(parent)
        self.threads: list[Thread] = []
        self.timer = QTimer(self, interval=_PAUSE)
        self.timer.timeout.connect(self._look)

    def _look(self) -> None:
        # what a thread was given is let go here too, because it may hold the last of a window
        self.threads = [thread for thread in self.threads if thread.is_alive()]
        if not self.threads:
            self.timer.stop()
            gc.enable()
            return
        due = zip(gc.get_count(), gc.get_threshold(), strict=True)
        oldest = max((i for i, (count, most) in enumerate(due) if count > most), default=None)
        if oldest is not None:
            gc.collect(oldest)


_collector: list[_Collector] = []


def start(thread: Thread) -> None:
    """Start a thread that makes no garbage collection; asked in the window's thread."""
    if not _collector:
        _collector.append(_Collector(QCoreApplication.instance()))
    collector = _collector[0]
    collector.threads.append(thread)
    collector.timer.start()
    gc.disable()
    thread.start()


def is_any_at_work() -> bool:
    """Whether a thread that was started here has not ended."""
    return any(thread.is_alive() for found in _collector for thread in found.threads)


def resume() -> None:
    """Let Python collect again, at once or when the last thread has ended."""
    if not is_any_at_work():
        gc.enable()
