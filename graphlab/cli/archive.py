"""Arrays from a ``.npz`` file, whose sizes are read before anything is allocated."""

from __future__ import annotations

import math
import zipfile
import zlib
from collections import Counter
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from graphlab.errors import FileError
from graphlab.graph.file import check_regular
from graphlab.ops.attributes import MAX_AXES

MAX_BYTES = 2**30
"""All arrays of one file together; a compressed file may claim any size in a few bytes."""

_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    ValueError,
    RuntimeError,
    NotImplementedError,  # a password, a packing that zipfile lacks
)


def read_archive(path: str) -> dict[str, NDArray[Any]]:
    """The arrays of a ``.npz`` file by name; nothing in it is ever unpickled.

    Raises ``FileError`` for what is no such file, for arrays of anything but finite real numbers,
    for a name twice, and for more than ``MAX_BYTES``.  ``--set`` takes finite numbers only, too.
    """
    check_regular(path, MAX_BYTES)
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _check_names(path, [member.filename for member in members])
            _check_sizes(path, archive, members)
            return {m.filename.removesuffix(".npy"): _read(path, archive, m) for m in members}
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror or error}") from None
    except _DAMAGED:
        raise FileError(
            f"{path} is no .npz file, or a damaged one: write it with numpy.savez"
        ) from None


def _check_names(path: str, names: list[str]) -> None:
    for name, count in Counter(names).items():
        if not name.endswith(".npy"):
            raise FileError(
                f"{path} holds {name!r:.60}, which is no .npy array: write it with numpy.savez"
            )
        if count > 1:
            raise FileError(f"{path} holds {name!r:.60} {count} times: keep one of them")


def _check_sizes(path: str, archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> None:
    total = 0
    for member in members:
        name = member.filename.removesuffix(".npy")
        with archive.open(member) as file:
            shape, dtype = _header(file)
        if len(shape) > MAX_AXES:
            raise FileError(
                f"{path}: {name} has {len(shape)} axes, and GraphLab holds at most {MAX_AXES}: "
                "use fewer axes"
            )
        if dtype.kind not in "biuf":
            raise FileError(f"{path}: {name} holds {dtype}, and must hold real numbers")
        total += math.prod(shape) * max(dtype.itemsize, 8)
        if total > MAX_BYTES:
            raise FileError(
                f"{path} holds more than {MAX_BYTES / 2**30:.0f} GiB of numbers (up to {name}); "
                "feed smaller arrays"
            )


def _header(file: Any) -> tuple[tuple[int, ...], np.dtype[Any]]:
    version = npy.read_magic(file)
    if version == (1, 0):
        shape, _, dtype = npy.read_array_header_1_0(file)
    elif version == (2, 0):
        shape, _, dtype = npy.read_array_header_2_0(file)
    else:
        raise ValueError(version)
    return shape, dtype


def _read(path: str, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> NDArray[Any]:
    with archive.open(member) as file:
        array: NDArray[Any] = npy.read_array(file, allow_pickle=False)
    if not np.isfinite(array).all():
        name = member.filename.removesuffix(".npy")
        raise FileError(f"{path}: {name} holds NaN or infinity, and must hold finite numbers")
    return array
