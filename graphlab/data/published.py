"""How the files of the catalogue are packed: CIFAR's tar, Broad's zips, PatchCamelyon's HDF5."""

from __future__ import annotations

import gzip
import shutil
import tarfile
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from graphlab.data.columns import Array, column, joined
from graphlab.data.components import centroids, components
from graphlab.data.data_set import Found
from graphlab.data.reading.arrays import add_masks, add_points
from graphlab.data.reading.images import decode, image_files, look
from graphlab.data.reading.many import read_images
from graphlab.data.reading.records import cifar_files, read_cifar
from graphlab.errors import DataError

MAX_UNPACKED = 2**31
_CHUNK = 2**20

_DAMAGED = (tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError, gzip.BadGzipFile)


# --- CIFAR-10 -----------------------------------------------------------------------------------
def read_cifar_archive(folder: Path) -> Found:
    """The batches in ``cifar-10-binary.tar.gz``, unpacked beside it the first time."""
    archive, inside = folder / "cifar-10-binary.tar.gz", folder / "cifar-10-batches-bin"
    if not cifar_files(inside):
        try:
            with tarfile.open(archive) as tar:
                inside.mkdir(exist_ok=True)
                for member in tar:
                    name = Path(member.name).name
                    if member.isfile() and name.endswith(".bin") and member.size <= MAX_UNPACKED:
                        content = tar.extractfile(member)
                        if content is not None:
                            _write(content, inside / name)
        except _DAMAGED as error:
            raise DataError(f"{archive} cannot be unpacked ({error}): delete it") from None
    return read_cifar(cifar_files(inside))


# --- BBBC039 ------------------------------------------------------------------------------------
def read_bbbc039(folder: Path) -> Found:
    """Images with their nuclei as ``labels``, ``mask`` and ``points`` (centroids).

    The first channel of a mask numbers its nuclei so that no two that touch have one number; a
    nucleus is a region of one number that hangs together.
    """
    for name in ("images", "masks"):
        _unzip(folder / f"{name}.zip", folder / name)
    masks = {path.stem: path for path in image_files(folder / "masks", deep=True)}
    found = Found("BBBC039", "points", {})
    pairs = []
    for path in image_files(folder / "images", deep=True):
        if path.stem in masks:
            pairs.append((path, masks[path.stem]))
        else:
            found.left_out.add(path.name, "it has no mask")
    images = read_images([path for path, _ in pairs], found.left_out)
    found.fields["x"] = column(images.column, images.divisor)
    found.notes.append(f"pixels were divided by {images.divisor:g}")
    labels = np.stack([components(_first_channel(pairs[i][1])) for i in images.kept])
    dots = [centroids(each) for each in labels]
    offsets = np.concatenate([[0], np.cumsum([len(each) for each in dots])])
    add_masks(found.fields, labels)
    add_points(found.fields, np.concatenate(dots), offsets)
    return found


def _first_channel(path: Path) -> Array:
    header = look(path)
    first: Array = decode(path, header)[0]
    return first


def _unzip(archive: Path, folder: Path) -> None:
    if folder.is_dir():
        return
    part = folder.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    try:
        with zipfile.ZipFile(archive) as packed:
            members = [m for m in packed.infolist() if not m.is_dir()]
            if sum(m.file_size for m in members) > MAX_UNPACKED:
                raise DataError(f"{archive} would unpack to more than {MAX_UNPACKED >> 30} GiB")
            for member in members:
                with packed.open(member) as content:
                    _write(content, part / Path(member.filename).name)
    except _DAMAGED as error:
        raise DataError(f"{archive} cannot be unpacked ({error}): delete it") from None
    part.replace(folder)


# --- PatchCamelyon ------------------------------------------------------------------------------
_NAMES = (("train", "train"), ("valid", "validation"), ("test", "test"))


def read_patch_camelyon(folder: Path) -> Found:
    """The three splits of PatchCamelyon, streamed from their HDF5 files.

    Raises ``DataError`` where h5py is not installed.
    """
    try:
        import h5py
    except ImportError:
        raise DataError(
            "PatchCamelyon is published as HDF5, and h5py is not installed: pip install h5py"
        ) from None
    images, ids = [], []
    given: dict[str, Array] = {}
    start = 0
    for word, split in _NAMES:
        stem = f"camelyonpatch_level_2_split_{word}"
        x = h5py.File(_gunzipped(folder / f"{stem}_x.h5.gz"), "r")["x"]
        y = h5py.File(_gunzipped(folder / f"{stem}_y.h5.gz"), "r")["y"]
        images.append(Hdf5Images(x))
        ids.append(np.asarray(y[:]).reshape(-1))
        given[split] = np.arange(start, start := start + len(x))
    fields = {"x": column(joined(images), 255.0), "y": column(np.concatenate(ids))}
    found = Found("PatchCamelyon", "classes", fields, ("normal", "tumour"), given=given)
    found.notes.append("pixels were divided by 255")
    return found


class Hdf5Images:
    """Images (N, H, W, C) of an HDF5 file as a column (N, C, H, W)."""

    def __init__(self, stored: Any) -> None:
        self._stored = stored
        count, height, width, channels = stored.shape
        self.shape: tuple[int, ...] = (count, channels, height, width)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: Any, /) -> Array:
        """HDF5 reads rows in ascending order, each of them once."""
        chosen = np.arange(len(self))[rows]
        ascending, places = np.unique(chosen, return_inverse=True)
        images = np.asarray(self._stored[ascending])[places.reshape(np.shape(chosen))]
        return np.moveaxis(images, -1, -3)


def _gunzipped(packed: Path) -> Path:
    plain = packed.with_suffix("")
    if not plain.is_file():
        try:
            with gzip.open(packed) as content:
                _write(content, plain)
        except _DAMAGED as error:
            raise DataError(f"{packed} cannot be unpacked ({error}): delete it") from None
    return plain


def _write(content: Any, path: Path) -> None:
    """Copy a stream into a file that is either whole or not there."""
    part = path.with_name(f"{path.name}.part")
    with part.open("wb") as file:
        shutil.copyfileobj(content, file, _CHUNK)
    part.replace(path)
