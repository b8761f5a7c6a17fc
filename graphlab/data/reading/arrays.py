"""What the arrays of an ``.npz`` archive are to each other.

The keys decide: ``x`` or ``images`` with ``y``, ``labels``, ``mask`` or ``dots`` and ``offsets``,
or Keras's ``x_train`` and so on.  An array that is used is taken out; what is left at the end is
told of.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from graphlab.data.columns import (
    Array,
    Column,
    Foreground,
    Rows,
    column,
    in_memory,
    is_resident,
    scaled,
    shown,
)
from graphlab.data.data_set import SPLITS, Found, Task, as_task
from graphlab.data.density import DensityMaps, padded
from graphlab.data.reading.archive import is_pixels, read_arrays
from graphlab.data.reading.fitting import (
    MOST_CLASSES,
    check_classes,
    check_columns,
    leave_out_unsound,
)
from graphlab.data.reading.parts import split_arrays
from graphlab.errors import DataError

_IMAGES, _CHANNELS = ("x", "images", "image"), (1, 3, 4)
_TARGETS = ("y", "labels", "mask", "masks", "dots", "boxes", "density")
_BESIDE = ("mode", "count", "points", "box_classes")
_NUMBERS = ("mask", "masks", "dots", "offsets", "boxes", "density", *_BESIDE)


def read_npz(path: Path) -> Found:
    """The data set of an archive; ``DataError`` where it is damaged or its arrays do not fit.

    A row with a value that is no finite float32 is left out by its number.
    """
    arrays = read_arrays(path)
    for key in (*_IMAGES, *_NUMBERS):
        if key in arrays and arrays[key].dtype.kind == "U":
            raise DataError(f"{path}: {key} holds texts, and must hold numbers")
    if "task" in arrays:
        found = _saved(path, arrays)
    elif "x_train" in arrays:
        x, y, given = split_arrays(path, arrays)
        found = _assembled(path, x, {**arrays, "y": y})
        found.given = given
    else:
        found = _by_keys(path, arrays)
    _check_given(path, found.given, len(found.fields["x"]))
    check_columns(found)
    leave_out_unsound(found)
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
    given = _given(path, arrays)
    found = _assembled(path, arrays.pop(name), arrays)
    found.given = given
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
    return column(stored, float(np.iinfo(stored.dtype).max) if is_pixels(stored) else 1.0)


# --- what GraphLab wrote itself ---------------------------------------------------------------
def _saved(path: Path, arrays: dict[str, Array]) -> Found:
    words = {key: str(arrays.pop(key, "")) for key in ("task", "title", "licence")}
    listed = {k: tuple(map(str, np.atleast_1d(arrays.pop(k, [])))) for k in ("classes", "features")}
    given = _given(path, arrays)
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
        check_classes(f"{path}: y", arrays["y"], len(found.classes))
    return found


# --- what the arrays say together ---------------------------------------------------------------
def _assembled(path: Path, stored: Array, arrays: dict[str, Array]) -> Found:
    if stored.ndim == 0 or len(stored) == 0 or stored.dtype.kind == "U":
        raise DataError(f"{path} holds no examples: x needs at least one row of numbers")
    for key, array in arrays.items():
        if key in _TARGETS and key != "dots":
            _check_length(path, key, array, len(stored))
    found = Found(path.stem, "plain", {"x": as_examples(stored)}, source=str(path))
    found.classes, found.features = (
        tuple(map(str, np.atleast_1d(arrays.pop(key, [])))) for key in ("classes", "features")
    )
    if is_pixels(stored):
        found.notes.append(f"pixels were divided by {np.iinfo(stored.dtype).max}")
    if stored.ndim == 4 and found.fields["x"].shape != stored.shape:
        found.notes.append("channels were moved from the last axis to the one after the examples")
    _add_targets(path, found, arrays)
    for key in _BESIDE:
        if key in arrays and key not in found.fields and arrays[key].shape[:1] == (len(stored),):
            found.fields[key] = column(arrays.pop(key))
    if arrays:
        found.notes.append(f"the archive holds more, which was left away: {', '.join(arrays):.200}")
    return found


def _add_targets(path: Path, found: Found, arrays: dict[str, Array]) -> None:
    fields = found.fields
    is_named = "y" not in arrays and "labels" in arrays and arrays["labels"].ndim == 1
    y = arrays.pop("labels" if is_named else "y", None)
    if y is not None:
        found.task, told, fields["y"] = _told(path, y, found.classes)
        found.classes = told or found.classes
    masks = _masks(arrays)
    if masks is not None:
        found.task = found.task if y is not None and found.classes else "masks"
        add_masks(fields, _channel_first(found, "the masks", masks))
    if "dots" in arrays:
        found.task = "points"
        _add_dots(path, fields, arrays.pop("dots"), arrays.pop("offsets", np.zeros(0)))
    elif "density" in arrays:
        found.task = found.task if masks is not None else "points"
        fields["density"] = column(_channel_first(found, "density", arrays.pop("density")))
    if "boxes" in arrays:
        boxes = arrays.pop("boxes")
        found.task = "boxes"
        fields["boxes"] = column(boxes[:, None] if boxes.ndim == 2 else boxes)


def _masks(arrays: dict[str, Array]) -> Array | None:
    """Labels or masks, of which the second are not needed where they tell only where labels are."""
    held = [key for key in ("labels", "mask", "masks") if key in arrays and arrays[key].ndim > 2]
    if not held:
        return None
    stored = arrays.pop(held[0])
    for key in held[1:]:
        if np.array_equal(arrays[key] != 0, stored != 0):
            del arrays[key]
    return stored


def _channel_first(found: Found, what: str, stored: Array) -> Array:
    """Maps over images, with the one channel behind the examples as the images' channels are."""
    size = found.fields["x"].shape[2:]
    if stored.shape[1:] != (*size, 1) or stored.shape[1:] == (1, *size):
        return stored
    found.notes.append(f"the channel of {what} was moved from the last axis to the second")
    return np.ascontiguousarray(np.moveaxis(stored, -1, 1))


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


def _add_dots(path: Path, fields: dict[str, Column], dots: Array, offsets: Array) -> None:
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
    if y.dtype.kind == "U":
        raise DataError(f"{path}: y holds {shown(y.shape)} texts: give one word for each example")
    if y.ndim == 2 and y.shape[1] == 1 and y.dtype.kind in "biu":
        y = y[:, 0]
    if y.ndim == 1 and (y.dtype.kind in "biu" or names):
        check_classes(f"{path}: y", y, len(names) or MOST_CLASSES)
        return "classes", names or tuple(map(str, range(int(y.max(initial=0)) + 1))), column(y)
    return "regression", (), column(y.reshape(len(y), -1))


def _check_length(path: Path, key: str, array: Array, count: int) -> None:
    if array.ndim == 0 or len(array) != count:
        raise DataError(
            f"{path} holds {count} examples and {len(array) if array.ndim else 0} rows of {key}: "
            "give one for each"
        )


def _given(path: Path, arrays: dict[str, Array]) -> dict[str, Rows]:
    """The rows of each split, taken out of the arrays."""
    given = {}
    for key in (key for key in SPLITS if key in arrays):
        rows = arrays.pop(key)
        if rows.ndim != 1 or (rows.dtype.kind not in "iu" and len(rows)):
            raise DataError(
                f"{path}: {key} is {shown(rows.shape)} of {rows.dtype}, and must list rows of x by "
                "whole numbers"
            )
        given[key] = rows.astype(np.intp)
    return given


def _check_given(path: Path, given: dict[str, Rows], count: int) -> None:
    every = np.concatenate([*given.values(), np.zeros(0, np.intp)])
    if given and not np.array_equal(np.sort(every), np.arange(count)):
        raise DataError(
            f"{path}: {', '.join(given)} do not name each of the {count} rows once: name them so, "
            "or leave the splits out"
        )
