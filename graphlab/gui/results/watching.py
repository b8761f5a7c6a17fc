"""Asking the process that trains for a view again and again, while somebody looks at it.

One who asks for a view gives it to all who look; it is asked for no oftener than it takes little of
the training's time.
"""

from __future__ import annotations

from collections.abc import Mapping
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal

from graphlab.gui.training.session import TrainingSession

Arrays = Mapping[str, NDArray[Any]]

_MOVING = frozenset({"steps", "epoch", "paused", "edited", "stopped", "ready"})
"""Events after which a view may be another."""

_SHARE = 20
"""A view takes at most one part in so many of the time that passes."""

_OF_DATA = frozenset({"split", "true", "predicted"})
"""Settings that name a part of the data: they mean nothing for other data."""

IDLE = "Nothing has been trained yet: press Start, and what the network has learned is shown here."


class Watcher(QObject):
    """One view of one training session, renewed while anyone wants it."""

    came = Signal(object)  # arrays by name
    refused = Signal(str)  # why this training has none, in a sentence
    emptied = Signal()  # nothing is known yet, or any more

    def __init__(self, training: TrainingSession, view: str, pace: float) -> None:
        super().__init__(training)
        self.setObjectName(f"view:{view}")
        self.training, self.view, self.pace = training, view, pace
        self.settings: dict[str, Any] = {}
        self.arrays: Arrays | None = None
        self._wanted_by: set[int] = set()
        self._known: set[int] = set()
        self._asked_at = 0.0
        self._took = 0.0
        self._is_waiting = self._is_due = False
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._ask)
        training.told.connect(self._on_told)
        training.began.connect(self._forget)

    def want(self, who: QObject, *, is_wanted: bool) -> None:
        """Keep the view new for somebody, or no longer."""
        key = id(who)
        if not is_wanted:
            self._wanted_by.discard(key)
            return
        if key not in self._known:
            self._known.add(key)
            who.destroyed.connect(lambda: self._lose(key))
        self._wanted_by.add(key)
        self.renew()

    def _lose(self, key: int) -> None:
        """Somebody is gone; another may get the same number."""
        self._wanted_by.discard(key)
        self._known.discard(key)

    def change(self, **settings: Any) -> None:
        """Look at it otherwise from now on."""
        self.settings.update(settings)
        self._is_waiting = False  # what was asked for before is not handed on any more
        self._ask()

    def renew(self) -> None:
        """Ask for it soon, if anyone wants it."""
        if not self._wanted_by:
            return
        if self._is_waiting:
            self._is_due = True
        elif not self._timer.isActive():
            passed = perf_counter() - self._asked_at
            rest = max(self.pace, _SHARE * self._took) - passed
            self._timer.start(max(0, round(1000 * rest)))

    def _ask(self) -> None:
        self._timer.stop()
        if not self._wanted_by or self._is_waiting:
            return
        if not self.training.is_alive:
            if self.arrays is None:
                self.emptied.emit()
            return
        self._asked_at, self._is_waiting, self._is_due = perf_counter(), True, False
        self.training.ask(self.view, self.settings, self._take, self._refuse)

    def _take(self, arrays: Arrays) -> None:
        self._end()
        self.arrays = arrays
        self.came.emit(arrays)

    def _refuse(self, message: str) -> None:
        self._end()
        if self.arrays is None:
            sentence = message[:1].upper() + message[1:]
            self.refused.emit(sentence if sentence.endswith(".") else sentence + ".")

    def _end(self) -> None:
        self._took, self._is_waiting = perf_counter() - self._asked_at, False
        if self._is_due:
            self.renew()

    def _on_told(self, event: Mapping[str, Any]) -> None:
        if event.get("event") in _MOVING:
            self.renew()

    def _forget(self) -> None:
        """A new run: what was seen is of an earlier one."""
        self.arrays, self._is_waiting, self._took = None, False, 0.0
        self.settings = {k: v for k, v in self.settings.items() if k not in _OF_DATA}
        self.emptied.emit()


def watcher(training: TrainingSession, view: str, pace: float = 1.0) -> Watcher:
    """The one who watches a view of this session, made when first asked for."""
    known: Watcher | None = training.findChild(Watcher, f"view:{view}")
    return known if known is not None else Watcher(training, view, pace)


def lines(array: NDArray[Any]) -> list[str]:
    """Lines of text from their bytes."""
    return bytes(np.asarray(array, np.uint8)).decode().split("\n")


def scope(arrays: Arrays) -> str:
    """Which examples were looked at, in words."""
    seen, total = int(arrays["seen"][0]), int(arrays["total"][0])
    split = lines(arrays["split"])[0]
    if seen < total:
        return f"{seen:,} of {total:,} {split} examples, drawn by a seed"
    return f"{total:,} {split} example{'' if total == 1 else 's'}"
