"""Fixed-size records: the idx files of MNIST and the binary version of CIFAR-10.

Large plain files are mapped, so that any number of examples streams from disk; ``.gz`` files are
unpacked in memory, up to a bound.
"""

from __future__ import annotations

import gzip
import math
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

import numpy as np

from graphlab.data.columns import (
    RESIDENT_BYTES,
    Array,
    Column,
    OnDisk,
    column,
    joined,
    shown,
)
from graphlab.data.data_set import SPLITS, Found, LeftOut
from graphlab.data.reading.fitting import MOST_CLASSES, check_classes, leave_out_unsound
from graphlab.data.reading.folders import split_named
from graphlab.errors import DataError

MAX_UNPACKED = 2**31
"""The most that a packed file may hold; a plain one may be of any size."""

CIFAR_SHAPE = (3, 32, 32)
CIFAR_CLASSES = (
    *("airplane", "automobile", "bird", "cat", "deer"),
    *("dog", "frog", "horse", "ship", "truck"),
)

_DTYPES = {8: "u1", 9: "i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}
_RECORD = 1 + math.prod(CIFAR_SHAPE)


# --- idx ----------------------------------------------------------------------------------------
def idx_files(folder: Path) -> list[Path]:
    """The idx files of a folder that hold examples rather than labels; of one that is there
    packed and plain, the plain one."""
    files = {f.name.removesuffix(".gz"): f for f in sorted(folder.iterdir(), reverse=True)}
    return sorted(f for name, f in files.items() if "idx" in name and "idx1" not in name)


def read_idx(path: Path) -> Found:
    """One idx file, with its labels where a file beside it is named like MNIST's."""
    return _idx_set(path, [(path, "")])


def read_idx_folder(folder: Path) -> Found:
    """The training and test files of a folder, named like MNIST's."""
    files: dict[str, Path] = {}
    for path in idx_files(folder):
        part = "test" if "t10k" in path.name else split_named(path.name) or "train"
        if part in files:
            raise DataError(
                f"{files[part].name} and {path.name} in {folder} are both for {part}: name one of "
                "them test-…, or open one file"
            )
        files[part] = path
    return _idx_set(folder, [(files[part], part) for part in SPLITS if part in files])


def read_idx_array(path: Path) -> Column:
    """The array of an idx file (yann.lecun.com/exdb/mnist), examples first: big-endian sizes
    after a magic number that tells type and axes.

    Raises ``DataError`` where the file is longer or shorter than it says.
    """
    try:
        with _opened(path) as file:
            shape, dtype, header = _idx_header(path, file)
            size = math.prod(shape) * dtype.itemsize
            if path.suffix != ".gz":
                return _plain_array(path, shape, dtype, header, size)
            if size > MAX_UNPACKED:
                raise DataError(
                    f"{path} would unpack to {size} bytes: unpack it with gunzip, and it is "
                    "streamed from disk"
                )
            content = file.read(size + 1)
    except (gzip.BadGzipFile, zlib.error, EOFError):
        raise DataError(f"{path} is no .gz file, or a damaged one: fetch it again") from None
    _check_size(path, shape, size, len(content))
    return np.frombuffer(content, dtype).reshape(shape)


def _idx_header(
    path: Path, file: gzip.GzipFile | BinaryIO
) -> tuple[tuple[int, ...], np.dtype[np.generic], int]:
    magic = file.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in _DTYPES or not 1 <= magic[3] <= 5:
        raise DataError(f"{path} is no idx file: it does not begin with an idx magic number")
    sizes = file.read(4 * magic[3])
    if len(sizes) < 4 * magic[3]:
        raise DataError(f"{path} ends within its header: fetch it again")
    shape = tuple(int(n) for n in np.frombuffer(sizes, ">u4"))
    return shape, np.dtype(_DTYPES[magic[2]]), 4 + len(sizes)


def _plain_array(
    path: Path, shape: tuple[int, ...], dtype: np.dtype[np.generic], header: int, size: int
) -> Column:
    _check_size(path, shape, size, path.stat().st_size - header)
    if 4 * math.prod(shape) <= RESIDENT_BYTES:
        return np.fromfile(path, dtype, offset=header).reshape(shape)
    return OnDisk(path, shape, dtype, offset=header, step=size // shape[0])


def _check_size(path: Path, shape: tuple[int, ...], size: int, there: int) -> None:
    if there != size or size == 0:
        held = "more" if there > size else f"{there}"
        raise DataError(
            f"{path} says {shown(shape)}, which is {size} bytes, and holds {held}: fetch it again"
        )


def _idx_set(source: Path, files: list[tuple[Path, str]]) -> Found:
    parts = [_with_channel(read_idx_array(path)) for path, _ in files]
    for (path, _), part in zip(files, parts, strict=True):
        if part.shape[1:] != parts[0].shape[1:]:
            raise DataError(
                f"an example of {path} is {shown(part.shape[1:])} and one of {files[0][0]} "
                f"{shown(parts[0].shape[1:])}: keep files of one shape together"
            )
    stored = joined(parts)
    is_pixels = len(stored.shape) > 2 and stored[:1].dtype == np.uint8
    found = Found(source.name, "plain", {}, source=str(source))
    found.fields["x"] = column(stored, 255.0 if is_pixels else 1.0)
    if is_pixels:
        found.notes.append("pixels were divided by 255")
    labels = [_idx_labels(path, len(part)) for (path, _), part in zip(files, parts, strict=True)]
    known = [ids for ids in labels if ids is not None]
    if len(known) == len(files):
        _add_classes(found, np.concatenate(known))
    ends = np.cumsum([0, *map(len, parts)])
    spans = [np.arange(*ends[i : i + 2]) for i in range(len(files))]
    found.given = {name: span for (_, name), span in zip(files, spans, strict=True) if name}
    if "f" in {stored[:1].dtype.kind, *(ids.dtype.kind for ids in known)}:
        leave_out_unsound(found)
    return found


def _with_channel(stored: Column) -> Column:
    if len(stored.shape) == 1:
        return _viewed(stored, (len(stored), 1))
    if len(stored.shape) == 3:
        return _viewed(stored, (len(stored), 1, *stored.shape[1:]))
    return stored


def _viewed(stored: Column, shape: tuple[int, ...]) -> Column:
    return stored.viewed(shape) if isinstance(stored, OnDisk) else stored[:].reshape(shape)


def _add_classes(found: Found, ids: Array) -> None:
    found.task, found.fields["y"] = "classes", column(ids)
    found.classes = tuple(map(str, range(int(ids[np.isfinite(ids)].max(initial=0)) + 1)))


def _idx_labels(images: Path, count: int) -> Array | None:
    stem = images.name.removesuffix(".gz").replace("images", "labels")
    for axes in "2345":
        stem = stem.replace(f"idx{axes}", "idx1")
    beside = (images.with_name(stem), images.with_name(f"{stem}.gz"))
    labels = next((p for p in beside if p != images and p.is_file()), None)
    if labels is None:
        return None
    ids: Array = read_idx_array(labels)[:]
    if ids.ndim != 1 or len(ids) != count:
        raise DataError(
            f"{images} holds {count} examples and {labels} {len(ids)} labels: fetch both again"
        )
    check_classes(str(labels), ids, MOST_CLASSES)
    return ids


def _opened(path: Path) -> gzip.GzipFile | BinaryIO:
    return gzip.open(path) if path.suffix == ".gz" else path.open("rb")


# --- CIFAR-10 -----------------------------------------------------------------------------------
def cifar_files(folder: Path) -> list[Path]:
    """The batches of CIFAR-10's binary version in a folder."""
    return [*sorted(folder.glob("data_batch_*.bin")), *sorted(folder.glob("test_batch.bin"))]


def read_cifar(files: Iterable[Path], names: tuple[str, ...] = CIFAR_CLASSES) -> Found:
    """CIFAR-10's binary version (cs.toronto.edu/~kriz/cifar.html): records of one byte of class
    and 32×32 pixels of red, of green and of blue.

    A record with a class beyond the ten is left out by its number, and so is a record cut short.
    """
    kept: list[tuple[str, Column, Array]] = []
    found = Found("CIFAR-10", "classes", {}, names, notes=["pixels were divided by 255"])
    for path in files:
        if not path.is_file():
            found.left_out.add(str(path), "it is no file, or leads to none")
            continue
        size = path.stat().st_size
        whole = size // _RECORD
        if not whole:
            found.left_out.add(str(path), f"it has {size} bytes, and a record has {_RECORD}")
            continue
        classes = OnDisk(path, (whole,), np.uint8, offset=0, step=_RECORD)
        images = OnDisk(path, (whole, *CIFAR_SHAPE), np.uint8, offset=1, step=_RECORD)
        part = "test" if path.name.startswith("test") else "train"
        kept.append((part, *_good_records(path, classes, images, found.left_out)))
        if size % _RECORD:
            found.left_out.add(f"{path.name}, record {whole}", "the file ends within it")
    return cifar_set(found, kept)


def cifar_set(found: Found, kept: list[tuple[str, Column, Array]]) -> Found:
    """Fill a set from parts: the split, the images and the classes of each."""
    if not kept:
        raise DataError(f"{found.title}: no whole record was found; fetch the files again")
    found.fields["x"] = column(joined([images for _, images, _ in kept]), 255.0)
    found.fields["y"] = column(np.concatenate([ids for _, _, ids in kept]))
    parts = np.repeat([part for part, _, _ in kept], [len(ids) for _, _, ids in kept])
    found.given = {part: np.flatnonzero(parts == part) for part in ("train", "test")}
    return found


def _good_records(
    path: Path, classes: OnDisk, images: OnDisk, left_out: LeftOut
) -> tuple[Column, Array]:
    ids = classes[:]
    bad = np.flatnonzero(ids >= len(CIFAR_CLASSES))
    for record in bad:
        left_out.add(
            f"{path.name}, record {record}",
            f"its class is {ids[record]}, and there are {len(CIFAR_CLASSES)}",
        )
    if not len(bad) and 4 * math.prod(images.shape) > RESIDENT_BYTES:
        return images, ids
    good = np.flatnonzero(ids < len(CIFAR_CLASSES))
    return images[good], ids[good]
