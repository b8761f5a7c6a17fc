"""Whether two data sets are the same examples, told by a few letters."""

from __future__ import annotations

import hashlib

import numpy as np

from graphlab.data.columns import Array, is_resident
from graphlab.data.data_set import DataSet

_WHOLE = 2**26
"""Bytes of a column in memory that are all looked at; of a larger one as many at most."""

_READ = 32  # examples that are read from the disk, where they lie there
_PIECE = 2**22


def fingerprint(data: DataSet) -> str:
    """Twenty-four letters of the columns, the classes and the splits, wherever the data came from.

    Columns in memory are looked at as a whole up to 64 MiB.  Of larger and streamed ones it is the
    shape, the kind of number and examples from all over, so that it takes no longer for more.
    """
    digest = hashlib.sha256(repr((data.task, data.classes)).encode())
    for name, column in sorted(data.fields.items()):
        digest.update(repr((name, tuple(map(int, column.shape)))).encode())
        size = 4 * int(np.prod(column.shape[1:], dtype=np.int64))
        for rows in _sampled(len(column), size, is_resident=is_resident(column)):
            values = np.asarray(column[rows])
            digest.update(values.dtype.str.encode())
            digest.update(np.ascontiguousarray(values).tobytes())
    for name, rows in sorted(data.splits.items()):
        digest.update(repr((name, len(rows))).encode())
        for part in _sampled(len(rows), rows.itemsize, is_resident=True):
            digest.update(np.ascontiguousarray(rows[part], np.int64).tobytes())
    return digest.hexdigest()[:24]


def _sampled(count: int, size: int, *, is_resident: bool) -> list[Array]:
    """Which of so many examples of so many bytes are looked at, the first and last among them; in
    pieces, so that they are never all in memory twice."""
    most = max(2, _WHOLE // max(size, 1))
    stride = max(1, -(-count // (most if is_resident else min(most, _READ))))
    chosen = np.arange(0, count, stride)
    if count and chosen[-1] != count - 1:
        chosen = np.append(chosen, count - 1)
    piece = max(1, _PIECE // max(size, 1))
    return [chosen[i : i + piece] for i in range(0, len(chosen), piece)]
