"""Archives with arrays for each split, as Keras publishes them: ``x_train`` and ``y_train``, and so
on for ``val`` and ``test``, of which either may be missing."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from graphlab.data.columns import Array, Rows, shown
from graphlab.data.data_set import SPLIT_NAMES
from graphlab.data.reading.archive import is_pixels
from graphlab.errors import DataError


def split_arrays(path: Path, arrays: dict[str, Array]) -> tuple[Array, Array, dict[str, Rows]]:
    """x and y of all splits, taken out of an archive's arrays, and the rows of each split.

    Raises ``DataError`` where the arrays of a split are missing or cannot follow the others.
    """
    parts = {
        part: name
        for name, part in SPLIT_NAMES.items()
        if f"x_{name}" in arrays or f"y_{name}" in arrays
    }
    x, y = (_taken(path, [f"{which}_{name}" for name in parts.values()], arrays) for which in "xy")
    for name, examples, targets in zip(parts.values(), x, y, strict=True):
        if len(examples) != len(targets):
            raise DataError(
                f"{path} holds {len(examples)} examples in x_{name} and {len(targets)} rows of "
                f"y_{name}: give one for each"
            )
    ends = np.cumsum([0, *map(len, x)])
    rows = {part: np.arange(*ends[i : i + 2]) for i, part in enumerate(parts)}
    return np.concatenate(x), np.concatenate(y), rows


def _taken(path: Path, keys: list[str], arrays: dict[str, Array]) -> list[Array]:
    for key in keys:
        if key not in arrays or arrays[key].ndim == 0:
            raise DataError(f"{path} holds no rows of {key}: save x and y of every split")
        first, one = arrays[keys[0]], arrays[key]
        if first.shape[1:] != one.shape[1:] or _scale(first) != _scale(one):
            raise DataError(
                f"{path}: an example of {keys[0]} is {shown(first.shape[1:])} of {first.dtype} and "
                f"one of {key} {shown(one.shape[1:])} of {one.dtype}: give both one shape and kind"
            )
    return [arrays.pop(key) for key in keys]


def _scale(stored: Array) -> str:
    """What arrays that follow each other must share, lest one is scaled as another is."""
    return stored.dtype.name if is_pixels(stored) else "text" if stored.dtype.kind == "U" else ""
