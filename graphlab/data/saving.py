"""Writing a data set as an ``.npz`` archive that ``read_npz`` gives back."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from graphlab.data.data_set import DataSet
from graphlab.data.reading.archive import MAX_BYTES
from graphlab.errors import DataError


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
