"""Arrays in a graph file: small ones stand in it, large ones in a safetensors file beside it.

The file beside is named after its content, ``lenet.graph.3fa9c1d25b7e8a04.safetensors``: a new one
never overwrites the one that the graph file still names, so a crash between the two writes leaves
the old pair whole.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import safetensors
import safetensors.numpy

from graphlab.errors import FileError, OpError
from graphlab.graph.file_format import ArrayRecord
from graphlab.graph.file_told import spelt
from graphlab.graph.misfits import misfit
from graphlab.ops import show_shape
from graphlab.ops.attributes import MAX_ELEMENTS, Value, as_value, check_size
from graphlab.ops.contract import Array

MAX_INLINE = 64
"""An array with more elements goes to the file beside."""

MAX_ARRAYS_BYTES = 8 * MAX_ELEMENTS
"""The file beside has at most so many bytes."""

_MAX_HEADER = 16 * 2**20
_DTYPES = {"float32": "F32", "float64": "F64"}


# --- writing ------------------------------------------------------------------------------------
def is_beside(value: Array) -> bool:
    """Whether an array is too large to stand in the graph file."""
    return value.size > MAX_INLINE


def inline(value: Array) -> Any:
    """What stands in the graph file for an array; a description alone if it is large or empty."""
    dtype: Any = value.dtype.name
    if is_beside(value) or (value.size == 0 and value.ndim > 1):
        return _fields(ArrayRecord(dtype, shape=list(value.shape)))
    if dtype == "float64":
        return value.tolist()
    shortest = np.array([float(str(x)) for x in value.flat]).reshape(value.shape)
    is_exact = np.array_equal(shortest.astype(np.float32), value)
    return _fields(ArrayRecord(dtype, values=(shortest if is_exact else value).tolist()))


def _fields(record: ArrayRecord) -> dict[str, Any]:
    return {k: v for k, v in msgspec.structs.asdict(record).items() if v is not None}


def pack(arrays: Mapping[str, Array]) -> bytes:
    """The content of a safetensors file; the same arrays give the same bytes."""
    return safetensors.numpy.save({k: np.ascontiguousarray(v) for k, v in sorted(arrays.items())})


def beside_name(file: Path, content: bytes) -> str:
    """How the arrays file of a graph file is called."""
    digest = hashlib.sha256(content).hexdigest()[:16]
    return f"{file.name.removesuffix('.json')}.{digest}.safetensors"


def stale(file: Path, kept: str | None) -> list[Path]:
    """Arrays files that earlier saves of ``file`` left, and that no graph file beside names.

    A copy of the graph file made by hand keeps the arrays it needs.
    """
    stem = re.escape(file.name.removesuffix(".json"))
    own = re.compile(stem + r"\.[0-9a-f]{16}\.safetensors")
    found = [p for p in file.parent.iterdir() if own.fullmatch(p.name) and p.name != kept]
    if not found:
        return []
    heads = b""
    for other in file.parent.glob("*.json"):
        if other.is_file():
            with other.open("rb") as stream:
                heads += stream.read(4096)  # ``arrays`` is among the first lines
    return [p for p in found if p.stem[-16:].encode() not in heads]


# --- reading ------------------------------------------------------------------------------------
class Beside:
    """The arrays file of a graph file, opened and checked when the first array is asked for."""

    def __init__(self, file: Path, name: str | None) -> None:
        self.folder = file.parent
        self.name = name
        self._shapes: dict[str, tuple[str, tuple[int, ...]]] | None = None

    def read(self, given: Any, what: str, key: str) -> Value:
        """The number or array that ``given`` (from JSON) stands for; raises ``OpError``."""
        if not isinstance(given, dict):
            return _values(given, what)
        try:
            record = msgspec.convert(given, ArrayRecord)
        except msgspec.ValidationError as error:
            found = misfit(error, given, ArrayRecord)
            where = f"{spelt(found.place)}: " if found.place else ""
            raise OpError(f"{what} is not an array: {where}{found.sentence}") from None
        if (record.shape is None) == (record.values is None):
            raise OpError(f"{what} must have either values or a shape")
        if record.shape is not None:
            return self._described(tuple(record.shape), record.dtype, what, key)
        values = _values(record.values, what)
        if record.dtype == "float64":
            return values
        with np.errstate(over="ignore"):  # as_value refuses what became infinite
            return as_value(np.asarray(values).astype(np.float32), what)

    def _described(self, shape: tuple[int, ...], dtype: str, what: str, key: str) -> Value:
        check_size(tuple(size or 1 for size in shape), what)
        if 0 in shape:
            return as_value(np.zeros(shape, dtype), what)
        path = self._checked()
        found = (self._shapes or {}).get(key)
        if found is None:
            raise OpError(f"{what} should be in {self.name} as {key}, which is not there")
        if found != (_DTYPES[dtype], shape):
            raise OpError(
                f"{what} should be {show_shape(shape)} of {dtype}, and {self.name} has "
                f"{show_shape(found[1])} of {found[0]} as {key}; the two files are not a pair"
            )
        with safetensors.safe_open(path, framework="numpy") as arrays:
            return as_value(arrays.get_tensor(key), what)

    def _checked(self) -> Path:
        """The path, once the file is known to be whole and where it should be."""
        if self.name is None:
            raise FileError("large arrays are described, and no arrays file is named for them")
        path = self.folder / self.name
        if self._shapes is not None:
            return path
        if not _is_plain_name(self.name) or not _stays(path, self.folder):
            raise FileError(
                f"the arrays file {self.name[:80]!r} is not in the graph's own folder; put it there"
            )
        try:
            _check_regular(path)
            with safetensors.safe_open(path, framework="numpy") as arrays:
                slices = {key: arrays.get_slice(key) for key in arrays.keys()}  # noqa: SIM118  its keys() alone iterates
                self._shapes = {
                    key: (part.get_dtype(), tuple(part.get_shape())) for key, part in slices.items()
                }
        except safetensors.SafetensorError:
            raise FileError(f"{self.name}, which holds its arrays, is damaged or cut off") from None
        except OSError as error:
            raise FileError(
                f"{self.name}, which holds its arrays, cannot be read: "
                f"{(error.strerror or str(error)).lower()}; keep both files together"
            ) from None
        return path


def _check_regular(path: Path) -> None:
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise FileError(f"{path.name}, which should hold its arrays, is not a regular file")
    if status.st_size > MAX_ARRAYS_BYTES:
        raise FileError(
            f"{path.name} has {status.st_size:,} bytes, and an arrays file has at most "
            f"{MAX_ARRAYS_BYTES:,}"
        )
    with path.open("rb") as stream:
        if int.from_bytes(stream.read(8), "little") > _MAX_HEADER:
            raise FileError(f"{path.name}, which holds its arrays, is damaged: its header is huge")


def _is_plain_name(name: str) -> bool:
    return not set(name) & set("/\\:\0") and name not in ("", ".", "..") and len(name) <= 255


def _stays(path: Path, folder: Path) -> bool:
    return os.path.dirname(os.path.realpath(path)) == os.path.realpath(folder)


def _values(given: Any, what: str) -> Value:
    """JSON's own numbers only: NumPy would take ``"1"`` and ``true`` for numbers too."""
    waiting = [given]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting += item
        elif type(item) not in (int, float):
            raise OpError(f"{what} is not a number or a rectangular list of numbers")
    return as_value(given, what)
