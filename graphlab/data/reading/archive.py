"""``.npz`` archives: sizes are read before anything is allocated, and nothing is unpickled."""

from __future__ import annotations

import math
import struct
import zipfile
import zlib
from collections import Counter
from io import BytesIO
from pathlib import Path
from tokenize import TokenError

from numpy.lib import format as npy

from graphlab.data.columns import Array
from graphlab.errors import DataError
from graphlab.ops.attributes import MAX_AXES

MAX_BYTES = 2**32
"""All arrays of one archive together; a compressed file may claim any size in a few bytes."""

NUMBERS, TEXTS = "biuf", "U"
"""Kinds of arrays, as NumPy's ``dtype.kind`` has them."""

_LENGTHS = {(1, 0): "<H", (2, 0): "<I"}
"""By version of the format, how the length of an array's header is written (numpy.lib.format)."""

_LONGEST_HEADER = 10_000  # what NumPy reads at most, too

_DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, EOFError, ValueError),
    *(RuntimeError, NotImplementedError),  # a password, a packing that zipfile lacks
    *(SyntaxError, TokenError, struct.error, OverflowError),  # a header that is no header
)


def read_arrays(
    path: Path, *, kinds: str = NUMBERS + TEXTS, most: int = MAX_BYTES, width: int = 1
) -> dict[str, Array]:
    """Every array of an archive by name: numbers, or texts such as the names of classes.

    All together may take ``most`` bytes, a number being counted as ``width`` of them at least.
    Raises ``DataError`` for more, for what is no such archive, for a name twice and for arrays of
    other ``kinds``; ``OSError`` where the file cannot be read.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _check_names(path, [member.filename for member in members])
            total = 0
            for member in members:
                total += _claimed(path, archive, member, kinds, width)
                if total > most:
                    raise DataError(
                        f"{path} holds more than {most >> 30} GiB (up to {member.filename}): take "
                        "fewer or smaller arrays"
                    )
            return {m.filename.removesuffix(".npy"): _read(archive, m) for m in members}
    except _DAMAGED:
        raise DataError(
            f"{path} is no .npz file of plain arrays, or a damaged one: write it with numpy.savez"
        ) from None


def is_pixels(stored: Array) -> bool:
    """Whether these are images of whole numbers from 0 to the largest of their kind."""
    return stored.ndim > 2 and stored.dtype.kind == "u"


def _check_names(path: Path, names: list[str]) -> None:
    for name, count in Counter(names).items():
        if not name.endswith(".npy"):
            raise DataError(
                f"{path} holds {name!r:.60}, which is no .npy array: write it with numpy.savez"
            )
        if count > 1:
            raise DataError(f"{path} holds {name!r:.60} {count} times: keep one of them")


def _claimed(
    path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo, kinds: str, width: int
) -> int:
    with archive.open(member) as file:
        version = npy.read_magic(file)
        if version not in _LENGTHS:
            raise ValueError(version)
        told = file.read(struct.calcsize(_LENGTHS[version]))
        (length,) = struct.unpack(_LENGTHS[version], told)
        if length > _LONGEST_HEADER:  # of which NumPy would tell only once all of it is in memory
            raise ValueError(length)
        header = BytesIO(told + file.read(length))
    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, _, dtype = read(header)
    size = math.prod(shape) * dtype.itemsize
    if min(shape, default=0) < 0 or (dtype.kind in kinds and size > member.file_size):
        raise ValueError(shape)
    if len(shape) > MAX_AXES:
        raise DataError(
            f"{path}: {member.filename} has {len(shape)} axes, and GraphLab holds at most "
            f"{MAX_AXES}: use fewer axes"
        )
    if dtype.kind not in kinds:
        raise DataError(
            f"{path}: {member.filename} holds {dtype}, and must hold real numbers: nothing in a "
            "file is ever unpickled"
        )
    return max(size, math.prod(shape) * width)


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Array:
    with archive.open(member) as file:
        array: Array = npy.read_array(file, allow_pickle=False)
    return array
