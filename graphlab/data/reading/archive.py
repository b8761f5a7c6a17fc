"""``.npz`` archives: sizes are read before anything is allocated, and nothing is unpickled."""

from __future__ import annotations

import math
import struct
import zipfile
import zlib
from pathlib import Path
from tokenize import TokenError

from numpy.lib import format as npy

from graphlab.data.columns import Array
from graphlab.errors import DataError

MAX_BYTES = 2**32
"""All arrays of one archive together; a compressed file may claim any size in a few bytes."""

_DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, EOFError, ValueError),
    *(RuntimeError, NotImplementedError),  # a password, a packing that zipfile lacks
    *(SyntaxError, TokenError, struct.error, OverflowError),  # a header that is no header
)


def read_arrays(path: Path) -> dict[str, Array]:
    """Every array of an archive by name: numbers, or texts such as the names of classes."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            total = 0
            for member in members:
                total += _claimed(path, archive, member)
                if total > MAX_BYTES:
                    raise DataError(
                        f"{path} holds more than {MAX_BYTES >> 30} GiB (up to {member.filename}): "
                        "save it as idx files or a folder of images, which are streamed"
                    )
            return {m.filename.removesuffix(".npy"): _read(archive, m) for m in members}
    except _DAMAGED:
        raise DataError(
            f"{path} is no .npz file of plain arrays, or a damaged one: write it with numpy.savez"
        ) from None


def _claimed(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> int:
    with archive.open(member) as file:
        version = npy.read_magic(file)
        if version not in ((1, 0), (2, 0)):
            raise ValueError(version)
        read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, _, dtype = read(file)
    if min(shape, default=0) < 0:
        raise ValueError(shape)
    if dtype.kind not in "biufU":
        raise DataError(
            f"{path}: {member.filename} holds {dtype}, and must hold real numbers: nothing in a "
            "file is ever unpickled"
        )
    return math.prod(shape) * dtype.itemsize


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Array:
    with archive.open(member) as file:
        array: Array = npy.read_array(file, allow_pickle=False)
    return array
