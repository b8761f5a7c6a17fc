"""Work away from the window's thread; an answer nobody waits for any more is dropped."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal


class Background(QObject):
    """One job at a time.  Starting another, or ``drop``, makes the earlier one's answer void.

    A job gets frozen values and returns one; a thread cannot be stopped, so a dropped job goes on
    to its end unseen.
    """

    is_busy_changed = Signal(bool)
    _finished = Signal(int, object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ticket = 0
        self._then: Callable[[Any], None] | None = None
        self._finished.connect(self._deliver)

    @property
    def is_busy(self) -> bool:
        """Whether an answer is awaited."""
        return self._then is not None

    def start(self, work: Callable[[], Any], then: Callable[[Any], None]) -> None:
        """Do ``work`` in a thread; its answer goes to ``then`` in this object's thread."""
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

    def _work(self, ticket: int, work: Callable[[], Any]) -> None:
        answer, failure = None, None
        try:
            answer = work()
        except Exception as error:  # carried over and raised where the answer is awaited
            failure = error
        try:
            self._finished.emit(ticket, answer, failure)
        except RuntimeError:  # the window is gone, and nobody waits
            return

    def _deliver(self, ticket: int, answer: object, failure: Exception | None) -> None:
        if ticket != self._ticket or self._then is None:
            return
        then, self._then = self._then, None
        self.is_busy_changed.emit(False)
        if failure is not None:
            raise failure
        then(answer)
