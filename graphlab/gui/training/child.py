"""The process that trains: records go in and out as JSON lines, and its end is told in words."""

from __future__ import annotations

import json
import os
import sys
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, QTimer, Signal

from graphlab.errors import BUG

_TURN = 0.01  # seconds of reading between two events of the window
_TOLD = 20  # lines of what it complained about

PATIENCE = 3.0
"""Seconds that all processes together have to end by themselves when the window closes."""

_PACKAGES = Path(__file__).parents[3]


class Child(QObject):
    """``python -m graphlab`` with these arguments; it ends when its commands do."""

    told = Signal(object)  # a record, as a dictionary
    ended = Signal(str, bool)  # why, in words (empty: as asked), and whether by a mistake in it

    def __init__(self, arguments: Sequence[str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._process = QProcess(self)
        self._process.setProcessEnvironment(_environment())
        self.arguments = tuple(arguments)
        self._half = b""  # of a line that has not come whole
        self._lines: deque[bytes] = deque()
        self._complaints: deque[str] = deque(maxlen=_TOLD)
        self._end: tuple[str, bool] | None = None
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._hand_on)
        self._process.readyReadStandardOutput.connect(self._read)
        self._process.readyReadStandardError.connect(self._hear)
        self._process.finished.connect(self._on_finished)
        self._process.errorOccurred.connect(self._on_error)
        # -P: a torch.py in the folder the window was started from is not what is meant
        self._process.start(sys.executable, ["-P", "-m", "graphlab", *arguments])

    @property
    def id(self) -> int:
        """The process id."""
        return int(self._process.processId())

    @property
    def is_alive(self) -> bool:
        """Whether it runs, or is about to."""
        return self._process.state() != QProcess.ProcessState.NotRunning

    def send(self, command: Mapping[str, Any]) -> None:
        """Hand it a command."""
        if self.is_alive:
            self._process.write(json.dumps(command).encode() + b"\n")

    def let_go(self) -> None:
        """Let it end by itself, after the step at hand; nothing more is told."""
        self.blockSignals(True)
        self._timer.stop()
        if self.is_alive:
            self.send({"do": "stop"})
            self._process.closeWriteChannel()

    def end(self, until: float) -> None:
        """Let it end, wait for that until ``perf_counter`` is there, and do not leave it behind."""
        self.let_go()
        rest = max(1, round(1000 * (until - perf_counter())))
        if self.is_alive and not self._process.waitForFinished(rest):
            self._process.kill()
            self._process.waitForFinished(round(1000 * PATIENCE))

    # --- what it tells --------------------------------------------------------------------------
    def _read(self) -> None:
        *whole, self._half = (self._half + _all(self._process.readAllStandardOutput())).split(b"\n")
        self._lines.extend(whole)
        self._timer.start()

    def _hear(self) -> None:
        text = _all(self._process.readAllStandardError()).decode(errors="replace")
        self._complaints.extend(line for line in text.splitlines() if line.strip())

    def _hand_on(self) -> None:
        """Tell what came, for a moment; the rest waits until the window has had its turn."""
        until = perf_counter() + _TURN
        while self._lines and perf_counter() < until:
            try:
                record = json.loads(self._lines.popleft())
            except ValueError:
                continue  # a library printed something
            if isinstance(record, dict):
                self.told.emit(record)
        if not self._lines:
            self._timer.stop()
            if self._end is not None:
                end, self._end = self._end, None
                self.ended.emit(*end)

    # --- its end --------------------------------------------------------------------------------
    def _on_finished(self, code: int, status: QProcess.ExitStatus) -> None:
        self._read()
        self._hear()
        is_crash = status == QProcess.ExitStatus.CrashExit
        if is_crash:
            why = f"it was ended by signal {code}" if code else "it crashed"
        else:
            why = self._complaint() or (f"its exit status was {code}" if code else "")
        self._end = why, code == BUG and not is_crash
        self._timer.start()

    def _on_error(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self._end = f"{sys.executable} could not be started", False
            self._timer.start()

    def _complaint(self) -> str:
        """The sentence that the command line gave, if it gave one."""
        said = [line for line in self._complaints if line.startswith("graphlab: ")]
        return said[-1].removeprefix("graphlab: ") if said else ""


def _environment() -> QProcessEnvironment:
    """This process's own, and the way to the same GraphLab."""
    made = QProcessEnvironment.systemEnvironment()
    paths = [str(_PACKAGES), *filter(None, [os.environ.get("PYTHONPATH")])]
    made.insert("PYTHONPATH", os.pathsep.join(paths))
    made.insert("PYTHONIOENCODING", "utf-8")
    return made


def _all(content: Any) -> bytes:
    return bytes(content.data())
