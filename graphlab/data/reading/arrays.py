"""What the arrays of an ``.npz`` archive are to each other, and writing one.

The keys decide: ``x`` or ``images`` with ``y``, ``labels``, ``mask`` or ``dots``
and ``offsets``, or Keras's ``x_train``, ``y_train``, ``x_test``, ``y_test``.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from graphlab.data.columns import (
    Array,
    Column,
    Foreground,
    Rows,
    chosen,
    column,
    in_memory,
    is_resident,
    scaled,
    shown,
)
from graphlab.data.data_set import SPLITS, DataSet, Found, Task, as_task
from graphlab.data.density import DensityMaps, padded
from graphlab.data.reading.archive import MAX_BYTES, read_arrays
from graphlab.errors import DataError

_CHUNK = 4096
_IMAGES, _CHANNELS = ("x", "images", "image"), (1, 3, 4)
_TARGETS = ("y", "labels", "mask", "masks", "dots", "boxes", "density")


def read_npz(path: Path) -> Found:
    """The data set of an archive; ``DataError`` where it is damaged or its arrays do not fit.

    A row with a value that is no finite float32 is left out by its number.
    """
    arrays = read_arrays(path)
    if "task" in arrays:
        found = _saved(path, arrays)
    elif "x_train" in arrays:
        found = _published(path, arrays)
    else:
        found = _by_keys(path, arrays)
    _check_given(path, found.given, len(found.fields["x"]))
    _leave_out_nonfinite(found)
    return found


def _by_keys(path: Path, arrays: dict[str, Array]) -> Found:
    name = next((key for key in _IMAGES if key in arrays), None)
    if name is None and len(arrays) == 1:
        name = next(iter(arrays))
    if name is None:
        held = f"{', '.join(sorted(arrays)[:12])}, and none is called x or images"
        raise DataError(
            f"{path} holds {held if arrays else 'no array'}: save it with "
            "numpy.savez(path, x=…, y=…)"
        )
    if name == "image":
        arrays = {key: array[None] for key, array in arrays.items()}
    found = _assembled(path, arrays.pop(name), arrays)
    found.given = {key: arrays[key].astype(np.intp) for key in SPLITS if key in arrays}
    return found


def as_examples(stored: Array) -> Column:
    """Stored arrays as columns of x: a channel axis where images have none, 8- and 16-bit pixels
    divided by their largest value, vectors as they are."""
    if stored.ndim == 1:
        stored = stored[:, None]
    if stored.ndim == 3:
        stored = stored[:, None]
    elif stored.ndim == 4 and stored.shape[3] in _CHANNELS and stored.shape[1] not in _CHANNELS:
        stored = np.moveaxis(stored, 3, 1)
    is_image = stored.ndim > 2 and stored.dtype.kind == "u"
    return column(stored, float(np.iinfo(stored.dtype).max) if is_image else 1.0)


# --- what GraphLab wrote itself ---------------------------------------------------------------
def save_data(path: Path, data: DataSet) -> None:
    """Write all fields and splits, so that ``read_npz`` gives the same set back.

    Who reads while it is written sees the old file or the new one.  Raises ``OSError``, and
    ``DataError`` for more than an archive may hold.
    """
    if sum(4 * math.prod(values.shape) for values in data.fields.values()) > MAX_BYTES:
        raise DataError(
            f"{data.name} is larger than {MAX_BYTES >> 30} GiB, too large for one .npz file: keep "
            "it as it is, since it is streamed from there"
        )
    words = {"task": data.task, "title": data.title, "licence": data.licence}
    arrays: dict[str, Any] = {key: np.array(text) for key, text in words.items()}
    arrays.update(data.take(np.arange(len(data))))
    arrays.update(data.splits)
    for key, listed in (("classes", data.classes), ("features", data.features)):
        arrays[key] = np.array(listed, dtype=str)
    beside = path.with_name(f".{path.name}.part")
    try:
        with beside.open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, **arrays)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _saved(path: Path, arrays: dict[str, Array]) -> Found:
    words = {key: str(arrays.pop(key, "")) for key in ("task", "title", "licence")}
    listed = {k: tuple(map(str, np.atleast_1d(arrays.pop(k, [])))) for k in ("classes", "features")}
    given = {key: arrays.pop(key).astype(np.intp) for key in SPLITS if key in arrays}
    if "x" not in arrays or arrays["x"].ndim < 2 or not len(arrays["x"]):
        raise DataError(f"{path} holds no examples: x needs at least one row of numbers")
    for key, array in arrays.items():
        _check_length(path, key, array, len(arrays["x"]))
        if array.dtype.kind == "U":
            raise DataError(f"{path}: {key} holds texts, and must hold numbers")
    fields = {key: column(array) for key, array in arrays.items()}
    found = Found(words["title"] or path.stem, "plain", fields, source=str(path))
    found.classes, found.features, found.given = *listed.values(), given
    found.licence = words["licence"] or found.licence
    found.task = as_task(found, words["task"])
    if found.task == "classes":
        _told(path, arrays["y"].astype(np.int64), found.classes)
    return found


# --- what the arrays say together ---------------------------------------------------------------
def _published(path: Path, arrays: dict[str, Array]) -> Found:
    missing = [key for key in ("y_train", "x_test", "y_test") if key not in arrays]
    if missing:
        raise DataError(f"{path} holds x_train and no {missing[0]}: save all four arrays")
    for part in ("train", "test"):
        _check_length(path, f"y_{part}", arrays[f"y_{part}"], len(arrays[f"x_{part}"]))
    if arrays["x_train"].shape[1:] != arrays["x_test"].shape[1:]:
        raise DataError(
            f"{path}: an example of x_train is {shown(arrays['x_train'].shape[1:])} and one of "
            f"x_test {shown(arrays['x_test'].shape[1:])}: give both one shape"
        )
    x, y = (np.concatenate([arrays[f"{k}_train"], arrays[f"{k}_test"]]) for k in "xy")
    rest = {"classes": arrays["classes"]} if "classes" in arrays else {}
    found = _assembled(path, x, {"y": y, **rest})
    count = len(arrays["x_train"])
    found.given = {"train": np.arange(count), "test": np.arange(count, len(x))}
    return found


def _assembled(path: Path, stored: Array, arrays: dict[str, Array]) -> Found:
    if stored.ndim == 0 or len(stored) == 0 or stored.dtype.kind == "U":
        raise DataError(f"{path} holds no examples: x needs at least one row of numbers")
    for key, array in arrays.items():
        if key in _TARGETS and key != "dots":
            _check_length(path, key, array, len(stored))
    fields: dict[str, Column] = {"x": as_examples(stored)}
    names = tuple(str(name) for name in arrays.get("classes", ()))
    task, classes = _add_targets(path, fields, arrays, names)
    for key in ("mode", "count", "points", "box_classes"):
        if key in arrays and key not in fields and len(arrays[key]) == len(stored):
            fields[key] = column(arrays[key])
    features = tuple(str(name) for name in arrays.get("features", ()))
    found = Found(path.stem, task, fields, classes, features, source=str(path))
    if stored.dtype.kind == "u" and stored.ndim > 2:
        found.notes.append(f"pixels were divided by {np.iinfo(stored.dtype).max}")
    if stored.ndim == 4 and fields["x"].shape != stored.shape:
        found.notes.append("channels were moved from the last axis to the one after the examples")
    return found


def _add_targets(
    path: Path, fields: dict[str, Column], arrays: dict[str, Array], names: tuple[str, ...]
) -> tuple[Task, tuple[str, ...]]:
    task: Task = "plain"
    y = arrays.get("y")
    labels = arrays.get("labels")
    if y is None and labels is not None and labels.ndim == 1:
        y, labels = labels, None
    if y is not None:
        task, told, fields["y"] = _told(path, y, names)
        names = told or names
    masks = next((arrays[key] for key in ("mask", "masks") if key in arrays), labels)
    if masks is not None and masks.ndim > 2:
        task = task if y is not None and names else "masks"
        add_masks(fields, masks if labels is None else labels)
    if "dots" in arrays:
        task = "points"
        _add_dots(path, fields, arrays)
    elif "density" in arrays:
        task = task if masks is not None else "points"
        fields["density"] = column(arrays["density"])
    if "boxes" in arrays:
        task, fields["boxes"] = "boxes", column(arrays["boxes"])
    return task, names


def add_masks(fields: dict[str, Column], stored: Column) -> None:
    """Add ``labels`` as stored and ``mask``, which is 1 where they are not 0."""
    if isinstance(stored, np.ndarray) and stored.ndim == len(fields["x"].shape) - 1:
        stored = stored[:, None]
    fields["labels"] = column(stored)
    is_small = is_resident(fields["labels"])
    fields["mask"] = scaled(stored[:] != 0) if is_small else Foreground(stored)


def add_points(fields: dict[str, Column], points: Array, offsets: Array) -> None:
    """Add ``points``, ``count`` and ``density`` for an image's rows ``offsets[i]:offsets[i + 1]``
    of points as y, x."""
    height, width = fields["x"].shape[-2:]
    fields["density"] = in_memory(DensityMaps(points, offsets, (height, width)))
    fields["count"] = column(np.diff(offsets))
    fields["points"] = padded(points, offsets)


def _add_dots(path: Path, fields: dict[str, Column], arrays: dict[str, Array]) -> None:
    dots, offsets = arrays["dots"], arrays.get("offsets", np.zeros(0))
    count, shape = len(fields["x"]), fields["x"].shape
    fits = (
        dots.ndim == 2
        and dots.shape[1] == 2
        and offsets.shape == (count + 1,)
        and offsets[0] == 0
        and offsets[-1] == len(dots)
        and bool((np.diff(offsets) >= 0).all())
        and len(shape) == 4
    )
    if not fits or not bool(((dots >= 0) & (dots <= np.array(shape[-2:]))).all()):
        raise DataError(
            f"{path}: dots must be rows of y, x inside the images, and offsets say where each of "
            f"the {count} images begins, {count + 1} numbers from 0 to the {len(dots)} dots"
        )
    add_points(fields, dots.astype(np.float64), offsets.astype(np.intp))


def _told(path: Path, y: Array, names: tuple[str, ...]) -> tuple[Task, tuple[str, ...], Column]:
    if y.dtype.kind == "U" and y.ndim == 1:
        words, ids = np.unique(y, return_inverse=True)
        return "classes", tuple(map(str, words)), column(ids)
    if y.ndim == 2 and y.shape[1] == 1 and y.dtype.kind in "biu":
        y = y[:, 0]
    if y.ndim == 1 and (y.dtype.kind in "biu" or names):
        most = int(y.max(initial=0))
        if y.min(initial=0) < 0 or most >= (len(names) or 2**16):
            raise DataError(
                f"{path}: y holds {int(y.min())} to {most}, and classes count from 0 on"
                + (f" to {len(names) - 1}" if names else "")
            )
        return "classes", names or tuple(map(str, range(most + 1))), column(y)
    return "regression", (), column(y.reshape(len(y), -1))


def _leave_out_nonfinite(found: Found) -> None:
    count = len(found.fields["x"])
    bad = np.zeros(count, bool)
    for values in found.fields.values():
        for start in range(0, count, _CHUNK):
            part = np.asarray(values[start : start + _CHUNK])
            bad[start : start + _CHUNK] |= ~np.isfinite(part).all(tuple(range(1, part.ndim)))
    if not bad.any():
        return
    for row in np.flatnonzero(bad):
        found.left_out.add(
            f"row {row} of {found.source}", "it holds NaN, infinity or more than float32 can"
        )
    kept = np.flatnonzero(~bad)
    if not len(kept):
        raise DataError(f"{found.source}: every row holds NaN, infinity or more than float32 can")
    found.fields = {key: chosen(values, kept) for key, values in found.fields.items()}
    place = np.cumsum(~bad) - 1
    found.given = {key: place[rows[~bad[rows]]] for key, rows in found.given.items()}


def _check_length(path: Path, key: str, array: Array, count: int) -> None:
    if array.ndim == 0 or len(array) != count:
        raise DataError(
            f"{path} holds {count} examples and {len(array) if array.ndim else 0} rows of {key}: "
            "give one for each"
        )


def _check_given(path: Path, given: dict[str, Rows], count: int) -> None:
    every = np.concatenate([*given.values(), np.zeros(0, np.intp)])
    if given and not np.array_equal(np.sort(every), np.arange(count)):
        raise DataError(
            f"{path}: {', '.join(given)} do not name each of the {count} rows once: name them so, "
            "or leave the splits out"
        )
