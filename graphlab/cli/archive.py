"""What an input is fed from a ``.npz`` file: finite numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from graphlab.data.columns import Array
from graphlab.data.reading.archive import NUMBERS, read_arrays
from graphlab.errors import FileError
from graphlab.graph.file import check_regular

MAX_BYTES = 2**30
"""All arrays of one file together, as the 64-bit numbers that they become."""

_WIDTH = 8


def read_archive(path: str) -> dict[str, Array]:
    """The arrays of a ``.npz`` file by name; nothing in it is ever unpickled.

    Raises ``FileError`` or ``DataError`` for what is no such file, for arrays of anything but
    finite real numbers, for a name twice, and for more than ``MAX_BYTES``.  ``--set`` takes finite
    numbers only, too.
    """
    check_regular(path, MAX_BYTES)
    try:
        arrays = read_arrays(Path(path), kinds=NUMBERS, most=MAX_BYTES, width=_WIDTH)
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror or error}") from None
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            raise FileError(f"{path}: {name} holds NaN or infinity, and must hold finite numbers")
    return arrays
