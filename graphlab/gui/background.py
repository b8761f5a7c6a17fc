"""Work away from the window's thread; an answer nobody waits for any more is dropped."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

Report = Callable[[int], object]
"""Told by a job how much of it is done; raises where nobody waits for the rest."""

_PAUSE = 0.05  # seconds between two signals about progress


class DroppedError(Exception):
    """Nobody waits for the answer any more."""


class Background(QObject):
    """One job at a time.  Starting another, or ``drop``, makes the earlier one's answer void.

    A job gets frozen values and returns one.  A thread cannot be stopped: a dropped job that
    reports ends at its next report, any other goes on to its end unseen.
    """

    is_busy_changed = Signal(bool)
    progressed = Signal(int)  # how much of the job that is awaited is done
    _reported = Signal(int, int)
    _finished = Signal(int, object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ticket = 0
        self._then: Callable[[Any], None] | None = None
        self._finished.connect(self._deliver)
        self._reported.connect(self._pass_on)

    @property
    def is_busy(self) -> bool:
        """Whether an answer is awaited."""
        return self._then is not None

    def start(self, work: Callable[[], Any], then: Callable[[Any], None]) -> None:
        """Do ``work`` in a thread; its answer goes to ``then`` in this object's thread."""
        self.start_reporting(lambda _report: work(), then)

    def start_reporting(self, work: Callable[[Report], Any], then: Callable[[Any], None]) -> None:
        """The same for a job that tells how far it is."""
        self._ticket += 1
        self._then = then
        threading.Thread(
            target=self._work, args=(self._ticket, work), name="graphlab-work", daemon=True
        ).start()
        self.is_busy_changed.emit(True)

    def drop(self) -> None:
        """Wait for nothing any more."""
        self._ticket += 1
        if self._then is not None:
            self._then = None
            self.is_busy_changed.emit(False)

    def _work(self, ticket: int, work: Callable[[Report], Any]) -> None:
        last = 0.0

        def report(done: int) -> None:
            nonlocal last
            if ticket != self._ticket:
                raise DroppedError
            if time.monotonic() - last > _PAUSE:
                last = time.monotonic()
                self._reported.emit(ticket, done)

        answer, failure = None, None
        try:
            answer = work(report)
        except DroppedError:
            return
        except Exception as error:  # carried over and raised where the answer is awaited
            failure = error
        try:
            self._finished.emit(ticket, answer, failure)
        except RuntimeError:  # the window is gone, and nobody waits
            return

    def _pass_on(self, ticket: int, done: int) -> None:
        if ticket == self._ticket:
            self.progressed.emit(done)

    def _deliver(self, ticket: int, answer: object, failure: Exception | None) -> None:
        if ticket != self._ticket or self._then is None:
            return
        then, self._then = self._then, None
        self.is_busy_changed.emit(False)
        if failure is not None:
            raise failure
        then(answer)
