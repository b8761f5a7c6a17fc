"""What a training run tells while it goes on: one JSON object a line, in the run's folder."""

from __future__ import annotations

import contextlib
import json
import math
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

import msgspec

from graphlab.errors import FileError


@dataclass(frozen=True)
class Event:
    """Something that happened after ``step`` steps in all."""

    kind: ClassVar[str] = ""
    step: int


@dataclass(frozen=True)
class Started(Event):
    """A run begins, or goes on where a checkpoint left it."""

    kind: ClassVar[str] = "started"
    revision: str
    data: str
    splits: Mapping[str, int]
    parameters: int
    epochs: int
    steps_per_epoch: int
    augment: str = ""
    left_out: int = 0
    """What in the data could not be read."""


@dataclass(frozen=True)
class Changed(Event):
    """From here on the run has other learning rates, by objective: before, and now."""

    kind: ClassVar[str] = "changed"
    revision: str
    before: Mapping[str, float]
    rates: Mapping[str, float]

    @property
    def in_words(self) -> str:
        """The change in a sentence."""
        now, was = (rates_in_words(each.values()) for each in (self.rates, self.before))
        return f"The learning rate is {now} from here on, and was {was}."


def rates_in_words(rates: Iterable[float]) -> str:
    """One number where all objectives have the same learning rate."""
    return ", ".join(f"{rate:.12g}" for rate in dict.fromkeys(rates))


@dataclass(frozen=True)
class Steps(Event):
    """The losses of the steps up to this one, by objective, with its rate and its penalty."""

    kind: ClassVar[str] = "steps"
    losses: Mapping[str, list[float]]
    penalties: Mapping[str, float]
    rates: Mapping[str, float]


@dataclass(frozen=True)
class Health(Event):
    """By parameter: the norms of gradient and weight, and the update's as a share of that."""

    kind: ClassVar[str] = "health"
    gradients: Mapping[str, float]
    weights: Mapping[str, float]
    updates: Mapping[str, float]


@dataclass(frozen=True)
class Units(Event):
    """By rectifier: how many units gave 0 for every example looked at, and how many there are."""

    kind: ClassVar[str] = "units"
    dead: Mapping[str, int]
    of: Mapping[str, int]


@dataclass(frozen=True)
class Epoch(Event):
    """An epoch is over: the mean loss of its examples, and the metrics on a split held back."""

    kind: ClassVar[str] = "epoch"
    epoch: int
    losses: Mapping[str, float]
    penalties: Mapping[str, float]
    split: str
    metrics: Mapping[str, Any]
    seconds: float


@dataclass(frozen=True)
class Stopped(Event):
    """The run ended: done, paused or diverged."""

    kind: ClassVar[str] = "stopped"
    why: str
    message: str = ""
    node: str = ""


def record_of(event: Event) -> dict[str, Any]:
    """The event as JSON has it; a number that is not finite is named."""
    record: dict[str, Any] = _plain({"event": event.kind, **asdict(event)})
    return record


class Log:
    """The events file of a run; appended to, once what it tells of further steps is cut off.

    ``step`` is how many have been taken, of which no event is lost, whatever a hand has changed in
    the file; ``size`` is what this process knows to be in it.
    """

    def __init__(self, path: Path, step: int = 0, size: int = 0) -> None:
        self.path, self._is_kept = path, step > 0
        try:
            self._stream = path.open("r+b" if path.exists() else "w+b")
            if os.fstat(self._stream.fileno()).st_size != size or not step:
                self._cut(step)
            self._stream.seek(0, os.SEEK_END)
        except OSError as error:
            raise FileError(
                f"{path} cannot be written: {(error.strerror or str(error)).lower()}"
            ) from None

    def _cut(self, step: int) -> None:
        """Keep all up to the last event of the steps taken, which ends a line then."""
        place, end, is_ended = 0, 0, True
        for line in self._stream if step else ():
            place += len(line)
            if _is_of(line, step):
                end, is_ended = place, line.endswith(b"\n")
        self._stream.truncate(end)
        if not is_ended:
            self._stream.seek(end)
            self._stream.write(b"\n")

    def write(self, event: Event) -> None:
        """Add one event; raises ``FileError`` where the disk takes no more."""
        try:
            self._stream.write(json.dumps(record_of(event), allow_nan=False).encode() + b"\n")
            self._stream.flush()
        except OSError as error:
            raise self._unwritten(error) from None

    def _unwritten(self, error: OSError) -> FileError:
        reason = (error.strerror or str(error)).lower()
        rest = "the last checkpoint stands" if self._is_kept else "nothing has been kept"
        return FileError(f"{self.path} cannot be written: {reason}; {rest}")

    def size(self) -> int:
        """The bytes written so far, safely on the disk."""
        try:
            os.fsync(self._stream.fileno())
        except OSError as error:
            raise self._unwritten(error) from None
        self._is_kept = True  # a checkpoint follows, which tells itself where it fails
        return self._stream.tell()

    def close(self) -> None:
        """End the file; a line that the disk did not take was told of when it was written."""
        with contextlib.suppress(OSError):
            self._stream.close()


class _Told(msgspec.Struct):
    event: str
    step: int


def _is_of(line: bytes, step: int) -> bool:
    """Whether a line tells of a step taken; how a run ended is no more so once it goes on."""
    try:
        told = msgspec.json.decode(line, type=_Told)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return told.step <= step and told.event != Stopped.kind


def read_events(path: Path) -> Iterator[dict[str, Any]]:
    """The events of a run, oldest first; a last line that was cut off is left out."""
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise FileError(f"{path} cannot be read: {(error.strerror or '').lower()}") from None
    for number, line in enumerate(lines[:-1], 1):
        try:
            found = json.loads(line)
        except ValueError:
            raise FileError(f"{path.name}, line {number} is no event: it is damaged") from None
        if isinstance(found, dict):
            yield found


def newest_events(path: Path, most: int) -> Iterator[dict[str, Any]]:
    """The events in the last ``most`` bytes, oldest first; lines that hold none are left out.

    Raises ``FileError`` where the file cannot be read.
    """
    try:
        with path.open("rb") as stream:
            size = stream.seek(0, os.SEEK_END)
            stream.seek(max(0, size - most))
            lines = stream.read(most).split(b"\n")
    except OSError as error:
        raise FileError(f"{path} cannot be read: {(error.strerror or '').lower()}") from None
    for line in lines[int(size > most) : -1]:
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict):
            yield found


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value
