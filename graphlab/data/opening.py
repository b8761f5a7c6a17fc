"""``open_data``: a name or a path becomes a data set, split and, if asked, standardised."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

import graphlab.data.plane
import graphlab.data.synthetic  # noqa: F401  both enter their generators into the table
from graphlab.data.catalogue import CATALOGUE, Progress, open_entry
from graphlab.data.columns import Array, is_resident
from graphlab.data.data_set import DataSet, Found, Task, as_task, standardised
from graphlab.data.generated import GENERATED
from graphlab.data.reading.arrays import read_npz
from graphlab.data.reading.coco import coco_files, read_coco, read_coco_files
from graphlab.data.reading.folders import read_folder
from graphlab.data.reading.records import (
    cifar_files,
    idx_files,
    read_cifar,
    read_idx,
    read_idx_folder,
)
from graphlab.data.reading.stacks import read_stack
from graphlab.data.reading.table import read_csv
from graphlab.data.reading.voc import read_voc, voc_files
from graphlab.data.shipped import ALIASES, SHIPPED
from graphlab.data.splitting import DEFAULT, checked, split_rows
from graphlab.errors import DataError
from graphlab.listing import listed
from graphlab.suggest import did_you_mean

LARGEST_SEED = 2**63 - 1


@dataclass(frozen=True)
class Options:
    """What may follow a name or path after a colon, as in ``spiral:examples=500,noise=0.1``."""

    examples: int | None = None
    noise: float | None = None
    task: str | None = None
    target: str | None = None
    size: tuple[int, int] | None = None
    split: tuple[float, ...] | None = None
    standardise: bool | None = None


def open_data(
    spec: str,
    *,
    seed: int = 0,
    split: Sequence[float] = DEFAULT,
    standardise: bool = False,
    progress: Progress | None = None,
) -> DataSet:
    """The data set of a name or path, split by a seed.

    A name is generated, shipped or of the catalogue; a path is an idx, ``.npz``, CSV, JSON (COCO)
    or TIFF file or a folder.  Settings may follow after a colon: ``examples`` and ``noise`` of a
    generated set, ``target`` and ``task`` of a table, ``size=64x64`` to have images resized,
    ``split=80/10/10`` and ``standardise=yes``.  Where the publisher made a test split, it stands.
    Raises ``DataError``, in one sentence.
    """
    if not 0 <= seed <= LARGEST_SEED:
        raise DataError(f"a seed is a whole number from 0 to 2⁶³ − 1, and {seed} was given")
    if _as_text(spec) != spec:
        raise DataError(f"{_as_text(spec)} has a name that is no UTF-8: give it another")
    name, options = parsed(spec)
    shares = checked(options.split if options.split is not None else split)
    found = _found(name, options, seed, progress)
    data = as_data_set(found, name, seed=seed, split=shares, task=options.task)
    wanted = standardise if options.standardise is None else options.standardise
    return standardised(data) if wanted else data


def as_data_set(
    found: Found,
    name: str,
    *,
    seed: int = 0,
    split: Sequence[float] = DEFAULT,
    task: str | None = None,
) -> DataSet:
    """Split what was found; classes are spread over the splits in proportion."""
    chosen: Task = as_task(found, task)
    y = found.fields.get("y")
    classes = np.asarray(y) if chosen == "classes" and y is not None and is_resident(y) else None
    spelt, count = tuple(map(_as_text, found.classes)), len(found.fields["x"])
    splits = split_rows(count, split, seed, classes=classes, given=found.given)
    return DataSet(
        name=name,
        title=found.title,
        task=chosen,
        fields=found.fields,
        splits=splits,
        classes=spelt,
        features=found.features,
        licence=found.licence,
        source=found.source,
        notes=(*map(_as_text, found.notes), *_without_example(spelt, classes)),
        left_out=tuple(map(_as_text, found.left_out.sentences())),
        left_out_count=found.left_out.count,
    )


def _without_example(names: Sequence[str], ids: Array | None) -> Iterator[str]:
    lacking = [] if ids is None else sorted({*range(len(names))} - {*map(int, np.unique(ids))})
    if lacking:
        yield f"no example is of the class {listed([names[i] for i in lacking])}"


def _as_text(words: str) -> str:
    """Words whose names of files may hold bytes that are no UTF-8, and arrays halves of signs."""
    try:
        content = words.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        content = words.encode("utf-8", "surrogatepass")
    return content.decode("utf-8", "backslashreplace")


def names() -> tuple[str, ...]:
    """Every name that ``open_data`` knows: generated, shipped, then of the catalogue."""
    return (*GENERATED, *SHIPPED, *CATALOGUE)


# --- the settings after the colon ---------------------------------------------------------------
def parsed(spec: str) -> tuple[str, Options]:
    """A spec's name or path, and its settings."""
    name, colon, settings = spec.rpartition(":")
    is_whole = not colon or "=" not in settings or spec in names() or Path(spec).exists()
    if is_whole:
        return ALIASES.get(spec, spec), Options()
    values: dict[str, Any] = {}
    for setting in settings.split(","):
        key, _, value = setting.partition("=")
        key = key.strip()
        if key not in _READ:
            known = _settings_of(ALIASES.get(name, name))
            hint = did_you_mean(key, known) or f": choose {', '.join(known)}"
            raise DataError(f"{name} has no setting {key!r:.40}{hint}")
        values[key] = read_setting(key, value.strip())
    return ALIASES.get(name, name), Options(**values)


def path_in(spec: str) -> str:
    """The path that a spec begins with; empty where it is a name."""
    with contextlib.suppress(DataError):
        name, _ = parsed(spec)
        return "" if name in names() else name
    return ""


def _settings_of(name: str) -> list[str]:
    """The settings that a name or path takes; all of them where there is nothing of that name."""
    path = Path(name).expanduser()
    if name in names() or path.exists():
        is_table = path.suffix.lower() in (".csv", ".tsv")
        has_images = path.is_dir() or path.suffix.lower() == ".json"
        refused = {
            "examples": name not in GENERATED,
            "noise": name not in GENERATED,
            "target": name in names() or not is_table,
            "size": name in names() or not has_images,
        }
        return [key for key in _READ if not refused.get(key)]
    return list(_READ)


def spelled(name: str, options: Options) -> str:
    """The spec that ``parsed`` reads as this name with these settings."""
    told = {
        each.name: _WRITTEN.get(each.name, str)(getattr(options, each.name))
        for each in fields(Options)
        if getattr(options, each.name) is not None
    }
    return f"{name}:{','.join(f'{key}={value}' for key, value in told.items())}" if told else name


def read_setting(key: str, text: str) -> object:
    """The value of a setting as it is written; ``DataError`` where it cannot be read."""
    try:
        return _READ[key](text)
    except (ValueError, KeyError):
        raise DataError(f"{key}={text:.40} cannot be read: {_EXAMPLES[key]}") from None


def _size(text: str) -> tuple[int, int]:
    height, _, width = text.lower().replace("×", "x").partition("x")
    size = int(height), int(width or height)
    if not 1 <= min(size) <= max(size) <= 2**13:
        raise ValueError(text)
    return size


def _shares(text: str) -> tuple[float, ...]:
    return checked([float(share) for share in text.split("/")])


_YES = {"yes": True, "no": False}
_READ: dict[str, Callable[[str], object]] = {
    "examples": int,
    "noise": float,
    "task": str,
    "target": str,
    "size": _size,
    "split": _shares,
    "standardise": lambda text: _YES[text.lower()],
}
_WRITTEN: dict[str, Callable[[Any], str]] = {
    "noise": repr,
    "size": lambda size: "x".join(map(str, size)),
    "split": lambda shares: "/".join(f"{100 * share:.12g}" for share in shares),
    "standardise": lambda wanted: "yes" if wanted else "no",
}
_EXAMPLES = {
    "examples": "say how many, as in examples=500",
    "noise": "give a number, as in noise=0.1",
    "size": "give height and width, as in size=64x64",
    "split": "give shares for training, validation and test, as in split=80/10/10",
    "standardise": "say standardise=yes or standardise=no",
}


# --- where it comes from ------------------------------------------------------------------------
def _found(name: str, options: Options, seed: int, progress: Progress | None) -> Found:
    if name in GENERATED:
        _refuse(name, options, "target", "size")
        return GENERATED[name].generate(seed, options.examples, options.noise)
    _refuse(name, options, "examples", "noise")
    if name in SHIPPED or name in CATALOGUE:
        _refuse(name, options, "target", "size")
        return SHIPPED[name].open() if name in SHIPPED else open_entry(name, progress)
    path = Path(name).expanduser()
    try:
        if path.is_dir():
            _refuse(name, options, "target")
            return _read_folder(path, options)
        if path.is_file():
            return _read_file(path, options)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from None
    except MemoryError:
        raise DataError(f"{path} does not fit into memory: take fewer examples") from None
    raise DataError(_unknown(name, path))


def _unknown(name: str, path: Path) -> str:
    if path.exists():
        return f"{name} is neither a file nor a folder: give a data set's name or path"
    hint = did_you_mean(name, (*names(), *ALIASES)) or (
        ": give a path that exists, or a name that graphlab data lists"
    )
    return f"there is no data set {name!r:.80}{hint}"


def _refuse(name: str, options: Options, *keys: str) -> None:
    for key in keys:
        if getattr(options, key) is not None:
            raise DataError(f"{key} is no setting of {name}: leave it out")


def _read_folder(path: Path, options: Options) -> Found:
    if cifar_files(path):
        return read_cifar(cifar_files(path))
    if idx_files(path):
        return read_idx_folder(path)
    coco = coco_files(path)
    if coco:
        return read_coco_files(path, coco, options.size)
    if voc_files(path):
        return read_voc(path, options.size)
    return read_folder(path, options.size)


def _read_file(path: Path, options: Options) -> Found:
    suffix = path.suffix.lower()
    if suffix in (".csv", ".tsv"):
        _refuse(str(path), options, "size")
        return read_csv(path, options.target, options.task)
    _refuse(str(path), options, "target")
    if suffix == ".json":
        return read_coco(path, options.size)
    _refuse(str(path), options, "size")
    if suffix == ".npz":
        return read_npz(path)
    if suffix in (".tif", ".tiff"):
        return read_stack(path)
    if suffix == ".bin":
        return read_cifar([path])
    if suffix in (".gz", ".idx") or "idx" in path.name or suffix == "":
        return read_idx(path)
    raise DataError(
        f"{path} is of a kind that is not known: give .npz, .csv, .tif, idx, CIFAR-10's .bin, a "
        "COCO .json or a folder"
    )
