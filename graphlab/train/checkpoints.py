"""Checkpoints of a run: each a folder that is there as a whole or not at all.

``checkpoints/step-000000120`` holds ``weights.safetensors`` (as a state dict), what the optimizers
and the generator keep in ``optimizer.safetensors``, and ``state.json`` with the progress and the
checksums of the others.  A training whose weights were spread over processes also has a folder
``parts`` with what its optimizers keep.  It is written under another name, brought safely to the
disk and renamed, so a run that is killed at any moment leaves the last whole one.  Nothing in it is
executed.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np
import safetensors
import safetensors.numpy

from graphlab.data.columns import Array
from graphlab.errors import FileError
from graphlab.graph.file import check_regular, replace_file
from graphlab.graph.file_arrays import MAX_ARRAYS_BYTES

FORMAT = "graphlab.checkpoint"

_MAX_STATE, _MAX_POINTER = 2**24, 200
_NAME = re.compile(r"step-(\d{9,15})")
_ARRAYS = ("weights", "optimizer")
_ASIDE = ".aside-"
_PARTS = "parts"


_Count = Annotated[int, msgspec.Meta(ge=0, le=10**15)]


class Progress(msgspec.Struct, forbid_unknown_fields=True):
    """How far a run has come."""

    step: _Count = 0
    epoch: _Count = 0
    batch: _Count = 0
    sums: dict[str, float] = {}
    """The losses of this epoch so far by objective, each times its batch's share of a full one."""
    best: float | None = None
    """What the best checkpoint is worth; of equal ones that is the newest."""
    first: dict[str, float] = {}
    """The losses of the very first step."""
    seconds: float = 0.0


@dataclass
class Checkpoint:
    """All that a run needs to go on bit for bit."""

    progress: Progress
    revision: str
    weights: Mapping[str, Array]
    optimizer: Mapping[str, Array] = field(default_factory=dict)
    parts: Path | None = None
    """A folder with what several processes had parts of in ``optimizer``."""
    note: str = ""
    """Which newer ones are damaged, so that this was taken; not kept."""


class _State(msgspec.Struct):
    """``state.json``; runs of some time ago have the size of the events file in it too."""

    format: str
    version: int
    revision: str
    progress: Progress
    checksums: dict[str, str]


class Checkpoints:
    """The checkpoints of one run: the newest ``keep``, and the best."""

    def __init__(self, folder: Path, keep: int = 3) -> None:
        self.folder, self.keep = folder, keep
        self._known = self._marks()

    def save(self, made: Checkpoint, *, is_best: bool = False) -> Path:
        """Write one; raises ``FileError``, and leaves all that were there."""
        place = self.folder / f"step-{made.progress.step:09d}"
        draft = self.folder / f".draft-{secrets.token_hex(8)}"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._clear()
            draft.mkdir()
            _write(draft, made)
            aside = self.folder / f"{_ASIDE}{place.name}"
            if place.exists():
                place.rename(aside)
            draft.rename(place)
            _sync(self.folder)
            shutil.rmtree(aside, ignore_errors=True)
            self._known |= self._marks()
            if is_best:
                replace_file(self.folder / "best.json", json.dumps(place.name).encode())
        except OSError as error:
            shutil.rmtree(draft, ignore_errors=True)
            reason = (error.strerror or str(error)).lower()
            rest = "the last one before it stands" if self._has_any() else "nothing has been kept"
            raise FileError(
                f"the checkpoint of step {made.progress.step} cannot be written to {self.folder}: "
                f"{reason}; {rest}"
            ) from None
        self._prune()
        return place

    def steps(self) -> list[Path]:
        """All checkpoints, oldest first."""
        found = self.folder.glob("step-*") if self.folder.is_dir() else ()
        return sorted((p for p in found if _NAME.fullmatch(p.name)), key=lambda p: int(p.name[5:]))

    def accept(self) -> None:
        """Take those that are there for what is gone on from."""
        self._known = self._marks()

    def check_own(self) -> None:
        """Raise ``FileError`` where there are new ones, which were not saved by this."""
        if not self._marks() <= self._known:
            raise FileError(
                f"another training has gone on in {self.folder.parent} meanwhile: resume that, or "
                "choose another folder"
            )

    def _marks(self) -> set[tuple[str, int, int]]:
        """What tells these checkpoints from others of the same names."""
        found = set()
        for path in self.steps():
            with contextlib.suppress(OSError):
                told = (path / "state.json").stat()
                found.add((path.name, told.st_ino, told.st_mtime_ns))
        return found

    def best(self) -> Path | None:
        """The one with the best metric so far."""
        pointer = self.folder / "best.json"
        try:
            check_regular(pointer, _MAX_POINTER)
            name = json.loads(pointer.read_bytes())
        except (OSError, FileError, ValueError, RecursionError):
            return None
        is_name = isinstance(name, str) and _NAME.fullmatch(name) is not None
        return self.folder / name if is_name and (self.folder / name).is_dir() else None

    def newest(self) -> Checkpoint | None:
        """The newest that is whole, which notes what was passed over; None where there is none."""
        with contextlib.suppress(OSError):
            self._mend()
        damaged: list[str] = []
        for path in reversed(self.steps()):
            try:
                found = read_checkpoint(path)
            except FileError:
                damaged.append(path.name)
                continue
            if damaged:
                verb = "is" if len(damaged) == 1 else "are"
                found.note = (
                    f"{', '.join(damaged)} in {self.folder} {verb} damaged, so {path.name} is used"
                )
            return found
        return None

    def check_any(self) -> None:
        """Raise ``FileError`` where there are checkpoints, and ``newest`` found none whole."""
        steps = self.steps()
        if steps:
            raise FileError(
                f"every checkpoint in {self.folder} is damaged, and the newest of them is "
                f"{steps[-1].name}: choose another folder"
            )

    def _has_any(self) -> bool:
        return bool(self.steps()) or any(self.folder.glob(f"{_ASIDE}step-*"))

    def _mend(self) -> None:
        """Put back what a run that was killed had put aside for another of the same step."""
        for aside in self.folder.glob(f"{_ASIDE}step-*"):
            place = self.folder / aside.name.removeprefix(_ASIDE)
            if place.exists():
                shutil.rmtree(aside, ignore_errors=True)
            else:
                aside.rename(place)

    def _clear(self) -> None:
        """Remove what a killed run left half written."""
        self._mend()
        for leftover in self.folder.glob(".draft-*"):
            shutil.rmtree(leftover, ignore_errors=True)

    def _prune(self) -> None:
        best = self.best()
        for old in self.steps()[: -self.keep]:
            if old != best:
                shutil.rmtree(old, ignore_errors=True)


def read_checkpoint(path: Path) -> Checkpoint:
    """Read one; raises ``FileError`` where it is damaged, and never runs anything in it."""
    told = path / "state.json"
    check_regular(told, _MAX_STATE)
    try:
        state = msgspec.json.decode(told.read_bytes(), type=_State)
    except (msgspec.DecodeError, UnicodeDecodeError, OSError):
        raise FileError(f"{told} is damaged: it does not tell how far the run had come") from None
    if state.format != FORMAT or state.version != 1:
        raise FileError(f"{told} is no checkpoint that this GraphLab reads")
    arrays = {}
    for name in _ARRAYS:
        file = path / f"{name}.safetensors"
        check_regular(file, MAX_ARRAYS_BYTES)
        content = file.read_bytes()
        if hashlib.sha256(content).hexdigest() != state.checksums.get(name):
            raise FileError(f"{file} is damaged: its checksum is not the one in state.json")
        try:
            arrays[name] = safetensors.numpy.load(content)
        except (safetensors.SafetensorError, ValueError, TypeError, KeyError):
            raise FileError(f"{file} is no safetensors file, or it is damaged") from None
    told_parts = [name for name in state.checksums if name not in _ARRAYS]
    for name in told_parts:
        part = path / _PARTS / Path(name).name
        check_regular(part, MAX_ARRAYS_BYTES)
        if _checksum(part) != state.checksums[name]:
            raise FileError(f"{part} is damaged: its checksum is not the one in state.json")
    return Checkpoint(
        state.progress,
        state.revision,
        arrays["weights"],
        arrays["optimizer"],
        path / _PARTS if told_parts else None,
    )


def _write(folder: Path, made: Checkpoint) -> None:
    checksums = {}
    for name, table in zip(_ARRAYS, (made.weights, made.optimizer), strict=True):
        arrays = {key: np.array(array, order="C") for key, array in table.items()}
        content = safetensors.numpy.save(dict(sorted(arrays.items())))
        checksums[name] = hashlib.sha256(content).hexdigest()
        _put(folder / f"{name}.safetensors", content)
    if made.parts is not None:
        made.parts.rename(folder / _PARTS)
        made.parts = folder / _PARTS
        for part in sorted(made.parts.iterdir()):
            checksums[f"{_PARTS}/{part.name}"] = _checksum(part)
    state = _State(FORMAT, 1, made.revision, made.progress, checksums)
    _put(folder / "state.json", msgspec.json.format(msgspec.json.encode(state)))
    _sync(folder)


def _checksum(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _put(file: Path, content: bytes) -> None:
    with file.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _sync(folder: Path) -> None:
    """Bring a folder's entries to the disk, on systems that let one."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    except OSError:
        pass  # some file systems do not know it; the rename is atomic all the same
    finally:
        os.close(descriptor)
