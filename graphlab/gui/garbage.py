"""Garbage is collected between Qt's events, in the window's thread, and nowhere else.

Python collects in whichever thread and at whichever moment makes it due.  What is left of a closed
panel or window is garbage too: Qt's objects must not die in another thread, nor while Qt holds the
lock under which it connects a signal, which it would wait for without end.
"""

from __future__ import annotations

import gc
from threading import Thread

from PySide6.QtCore import QCoreApplication, QObject, QTimer

_PAUSE = 50  # milliseconds between two looks at what is due


class _Collector(QObject):
    """Collects what Python would have collected by itself."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.threads: list[Thread] = []
        self.timer = QTimer(self, interval=_PAUSE)
        self.timer.timeout.connect(self._look)
        self.timer.start()

    def _look(self) -> None:
        # what a thread was given is let go here too, because it may hold the last of a window
        self.threads = [thread for thread in self.threads if thread.is_alive()]
        due = zip(gc.get_count(), gc.get_threshold(), strict=True)
        oldest = max((i for i, (count, most) in enumerate(due) if count > most), default=None)
        if oldest is not None:
            gc.collect(oldest)


_collector: list[_Collector] = []


def collect_between_events(app: QCoreApplication) -> None:
    """From now on collect nothing at any other time."""
    gc.disable()
    if not _collector:
        _collector.append(_Collector(app))


def start(thread: Thread) -> None:
    """Start a thread, and keep it until it has ended; asked in the window's thread."""
    _collector[0].threads.append(thread)
    thread.start()


def is_any_at_work() -> bool:
    """Whether a thread that was started here has not ended."""
    return any(thread.is_alive() for found in _collector for thread in found.threads)
