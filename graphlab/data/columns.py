"""Where the numbers of a data set lie: in memory, on disk, or in one file an example.

All three are asked alike: a column is indexed by an array of rows and answers with float32.
"""

from __future__ import annotations

import mmap
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, overload

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Rows = NDArray[np.intp]

RESIDENT_BYTES = 2**29
"""A column of fewer bytes as float32 is held as such; a larger one is converted batch by batch."""

MAPPED_BYTES = 2**26
"""How much of a file may stay mapped before it is given back to the system."""

WORKERS = 4
"""Threads that decode images: Pillow and tifffile decode outside Python's lock."""

_FAULT_BYTES = 2**16  # Linux maps this much around each page that is touched


class Column(Protocol):
    """One field of every example; ``shape`` begins with their number."""

    @property
    def shape(self) -> tuple[int, ...]: ...

    def __len__(self) -> int: ...

    def __getitem__(self, rows: Any, /) -> Any: ...


@dataclass(frozen=True)
class Scaled:
    """``(stored − shift) / divisor`` as float32, computed for the rows that are asked for."""

    stored: Column
    divisor: Any = 1.0
    shift: Any = 0.0

    @property
    def shape(self) -> tuple[int, ...]:
        return self.stored.shape

    def __len__(self) -> int:
        return len(self.stored)

    def __getitem__(self, rows: Any, /) -> Array:
        return scaled(self.stored[rows], self.divisor, self.shift)


class OnDisk:
    """Equal records of a file, mapped: any number of examples, a bounded number of bytes held."""

    def __init__(
        self, path: Path, shape: tuple[int, ...], dtype: Any, *, offset: int, step: int
    ) -> None:
        """``step`` bytes lie between one example's start and the next, ``offset`` before all."""
        with path.open("rb") as file:
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._view: Array = np.ndarray(
            shape, dtype, self._map, offset, (step, *np.empty(shape[1:], dtype).strides)
        )
        self._cost = max(step, _FAULT_BYTES)
        self._touched = 0

    def viewed(self, shape: tuple[int, ...]) -> OnDisk:
        """The same examples in another shape, which begins with their number."""
        other = copy(self)
        other._view = self._view.reshape(shape)
        return other

    @property
    def shape(self) -> tuple[int, ...]:
        return self._view.shape

    def __len__(self) -> int:
        return len(self._view)

    def __getitem__(self, rows: Any, /) -> Array:
        found = np.array(self._view[rows])
        self._touched += self._cost * (len(found) if found.ndim == self._view.ndim else 1)
        if self._touched > MAPPED_BYTES and hasattr(self._map, "madvise"):
            self._map.madvise(mmap.MADV_DONTNEED)
            self._touched = 0
        return found


class Joined:
    """Columns of one kind of example, one after another."""

    def __init__(self, parts: Sequence[Column]) -> None:
        self._parts = parts
        self._ends = np.cumsum([len(part) for part in parts])

    @property
    def shape(self) -> tuple[int, ...]:
        return (int(self._ends[-1]), *self._parts[0].shape[1:])

    def __len__(self) -> int:
        return int(self._ends[-1])

    def __getitem__(self, rows: Any, /) -> Array:
        chosen = np.arange(len(self))[rows]
        if chosen.ndim == 0:
            alone: Array = self[chosen[None]][0]
            return alone
        part = np.searchsorted(self._ends, chosen, side="right")
        starts = self._ends - [len(each) for each in self._parts]
        found = [each[chosen[part == i] - starts[i]] for i, each in enumerate(self._parts)]
        joined = np.empty((len(chosen), *self.shape[1:]), np.result_type(*found))
        for i, values in enumerate(found):
            joined[part == i] = values
        return joined


class Paths(Sequence[Path]):
    """Paths held as texts, since a million of them take a tenth of the memory so."""

    def __init__(self, texts: list[str]) -> None:
        self._texts = texts

    def __len__(self) -> int:
        return len(self._texts)

    @overload
    def __getitem__(self, index: int) -> Path: ...
    @overload
    def __getitem__(self, index: slice) -> Paths: ...
    def __getitem__(self, index: int | slice) -> Path | Paths:
        found = self._texts[index]
        return Path(found) if isinstance(found, str) else Paths(found)

    def __add__(self, other: Paths) -> Paths:
        return Paths(self._texts + other._texts)

    def take(self, rows: Iterable[int]) -> Paths:
        """Those at some places."""
        return Paths([self._texts[row] for row in rows])


def as_paths(paths: Iterable[Path]) -> Paths:
    """Any paths, held as texts."""
    return paths if isinstance(paths, Paths) else Paths([str(path) for path in paths])


@dataclass(frozen=True)
class ImageFiles:
    """One file an example, decoded by threads when a batch asks for it."""

    paths: Paths
    read: Callable[[Path], Array]
    shape: tuple[int, ...]
    _pool: list[ThreadPoolExecutor] = field(default_factory=list, repr=False, compare=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, rows: Any, /) -> Array:
        """Raises ``DataError`` for a file that has gone bad since its header was read."""
        chosen = np.arange(len(self))[rows]
        if chosen.ndim == 0:
            return self.read(self.paths[int(chosen)])
        with self._lock:
            if not self._pool:
                self._pool.append(ThreadPoolExecutor(WORKERS, "graphlab-images"))
        read = self._pool[0].map(self.read, [self.paths[int(row)] for row in chosen])
        return np.stack(list(read)) if len(chosen) else np.empty((0, *self.shape[1:]))


def scaled(stored: Array, divisor: Any = 1.0, shift: Any = 0.0) -> Array:
    """``(stored − shift) / divisor`` as a float32 array of its own, an example in one stretch."""
    with np.errstate(over="ignore"):  # what float32 cannot hold is infinity, and left out as such
        values = np.asarray(stored).astype(np.float32, order="C")
    if np.any(shift):
        values -= np.asarray(shift, np.float32)
    if np.any(np.not_equal(divisor, 1)):
        values /= np.asarray(divisor, np.float32)
    return values


@dataclass(frozen=True)
class Chosen:
    """Some rows of a column that is not in memory."""

    stored: Column
    rows: Rows

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self.rows), *self.stored.shape[1:])

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, rows: Any, /) -> Array:
        found: Array = self.stored[self.rows[rows]]
        return found


@dataclass(frozen=True)
class Foreground:
    """1 where a stored mask is not 0, computed for the rows that are asked for."""

    stored: Column

    @property
    def shape(self) -> tuple[int, ...]:
        return self.stored.shape

    def __len__(self) -> int:
        return len(self.stored)

    def __getitem__(self, rows: Any, /) -> Array:
        return scaled(self.stored[rows] != 0)


def chosen(stored: Column, rows: Rows) -> Column:
    """Some rows of a column: a copy of an array, a view of anything else."""
    if isinstance(stored, np.ndarray):
        return np.asarray(stored[rows])
    return Chosen(stored, rows)


def joined(parts: Sequence[Column]) -> Column:
    """Columns one after another: an array where all are arrays."""
    arrays = [part for part in parts if isinstance(part, np.ndarray)]
    if len(arrays) < len(parts):
        return Joined(parts)
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)


def column(stored: Column, divisor: float = 1.0) -> Column:
    """``stored / divisor``: float32 in memory where that is small, else converted when read."""
    size = 4 * int(np.prod(stored.shape, dtype=np.int64))
    if isinstance(stored, np.ndarray) and size <= RESIDENT_BYTES:
        return scaled(stored, divisor)
    return Scaled(stored, divisor)


def in_memory(values: Column) -> Column:
    """A float32 column as an array where that is small."""
    size = 4 * int(np.prod(values.shape, dtype=np.int64))
    return scaled(values[:]) if size <= RESIDENT_BYTES else values


def is_resident(values: Column) -> bool:
    """Whether reading a batch of it waits for nothing but memory."""
    return isinstance(values, np.ndarray)


def shown(shape: Sequence[int]) -> str:
    """A shape as people write it: 28×28."""
    return "×".join(map(str, shape)) or "one number"
