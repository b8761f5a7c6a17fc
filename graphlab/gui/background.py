"""Work away from the window's thread; an answer nobody waits for any more is dropped.

A thread here knows nothing of Qt, so that it may outlive the window that began it: it writes into
its job, and the window's thread looks there.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from graphlab.gui import garbage

Report = Callable[[int], object]
"""Told by a job how much of it is done; raises where nobody waits for the rest."""

_LOOK = 8  # milliseconds between two looks at a job


class DroppedError(Exception):
    """Nobody waits for the answer any more."""


class _Job(Thread):
    """A thread, and what has come of it."""

    def __init__(self, work: Callable[[Report], Any]) -> None:
        super().__init__(name="graphlab-work", daemon=True)
        self._work = work
        self.is_awaited = True
        self.done: int | None = None
        self.answer: Any = None
        self.failure: Exception | None = None

    def run(self) -> None:
        """Do the work, and keep what it returns or raises."""
        try:
            self.answer = self._work(self._report)
        except DroppedError:
            return
        except Exception as error:  # carried over and raised where the answer is awaited
            self.failure = error

    def _report(self, done: int) -> None:
        if not self.is_awaited:
            raise DroppedError
        self.done = done


class Background(QObject):
    """One job at a time.  Starting another, or ``drop``, makes the earlier one's answer void.

    A job gets frozen values and returns one.  A thread cannot be stopped: a dropped job that
    reports ends at its next report, any other goes on to its end unseen.
    """

    is_busy_changed = Signal(bool)
    progressed = Signal(int)  # how much of the job that is awaited is done

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._job: _Job | None = None
        self._then: Callable[[Any], None] | None = None
        self._told: int | None = None
        self._timer = QTimer(self, interval=_LOOK)
        self._timer.timeout.connect(self._look)

    @property
    def is_busy(self) -> bool:
        """Whether an answer is awaited."""
        return self._job is not None

    def start(self, work: Callable[[], Any], then: Callable[[Any], None]) -> None:
        """Do ``work`` in a thread; its answer goes to ``then`` in this object's thread."""
        self.start_reporting(lambda _report: work(), then)

    def start_reporting(self, work: Callable[[Report], Any], then: Callable[[Any], None]) -> None:
        """The same for a job that tells how far it is."""
        self._let_go()
        self._job, self._then = _Job(work), then
        garbage.start(self._job)
        self._timer.start()
        self.is_busy_changed.emit(True)

    def drop(self) -> None:
        """Wait for nothing any more."""
        if self._job is not None:
            self._let_go()
            self.is_busy_changed.emit(False)

    def finish(self) -> None:
        """Wait until the job is done, and hand on its answer; for what must not be left undone."""
        if self._job is not None:
            self._job.join()
            self._look()

    def _let_go(self) -> None:
        if self._job is not None:
            self._job.is_awaited = False
        self._job = self._then = self._told = None
        self._timer.stop()

    def _look(self) -> None:
        job, then = self._job, self._then
        if job is None or then is None:
            return
        if not job.is_alive():
            self._let_go()
            self.is_busy_changed.emit(False)
            if job.failure is not None:
                raise job.failure
            then(job.answer)
        elif job.done is not None and job.done != self._told:
            self._told = job.done
            self.progressed.emit(job.done)
