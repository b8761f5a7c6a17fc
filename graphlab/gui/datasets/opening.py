"""A data set is opened away from the window's thread, with progress, and can be given up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from graphlab.data import DataSet, open_data
from graphlab.data.samples import Samples, sampled
from graphlab.errors import GraphLabError
from graphlab.gui.background import Background, Report

_KILO = 1024


@dataclass(frozen=True)
class Opened:
    """A data set, what it was opened by, and what is shown of it."""

    spec: str
    seed: int
    data: DataSet
    samples: Mapping[str, Samples]


@dataclass(frozen=True)
class Fetched:
    """How much of a file is here, in bytes; ``size`` is 0 where nobody states it."""

    file: str
    here: int
    size: int


class Opener(QObject):
    """Opens one data set at a time; asking for another gives the earlier one up."""

    opened = Signal(object)  # Opened
    refused = Signal(str)  # why a data set cannot be opened, in a sentence
    fetching = Signal(object)  # Fetched: how far the file is that comes over the network
    is_busy_changed = Signal(bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = Background(self)
        self._background.is_busy_changed.connect(self.is_busy_changed)
        self._background.progressed.connect(self._tell)
        self._fetched = Fetched("", 0, 0)

    @property
    def is_busy(self) -> bool:
        """Whether a data set is being opened."""
        return self._background.is_busy

    def open(self, spec: str, seed: int = 0, first: Callable[[], object] = lambda: None) -> None:
        """Begin to open what a name or path with its settings says, once ``first`` is done."""
        self._fetched = Fetched("", 0, 0)

        def work(report: Report) -> Opened | str:
            def tell(file: str, here: int, size: int) -> None:
                self._fetched = Fetched(file, here, size)
                report(here // _KILO)

            try:
                first()
                data = open_data(spec, seed=seed, progress=tell)
                return Opened(spec, seed, data, sampled(data))
            except GraphLabError as error:
                return str(error)

        self._background.start_reporting(work, self._take)

    def give_up(self) -> None:
        """Wait for it no longer; what was fetched in part is fetched anew another time."""
        self._background.drop()

    def _take(self, answer: Opened | str) -> None:
        if isinstance(answer, str):
            self.refused.emit(answer)
        else:
            self.opened.emit(answer)

    def _tell(self) -> None:
        self.fetching.emit(self._fetched)
