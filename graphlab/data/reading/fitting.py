"""Whether columns go with their examples; rows that do not are left out by their numbers."""

from __future__ import annotations

import numpy as np

from graphlab.data.columns import Array, chosen, shown
from graphlab.data.data_set import Found
from graphlab.errors import DataError

MOST_CLASSES = 2**16
"""Where nothing names them."""

_CHUNK = 4096
_SLACK = 1e-4  # of a box that ends with its image, in float32


def check_columns(found: Found) -> None:
    """Raise ``DataError`` for a column whose rows are not shaped as ``x`` or a further one asks."""
    x = found.fields["x"].shape
    if 0 in x:
        raise DataError(f"{found.source} holds no number: x is {shown(x)}")
    boxes = found.fields["boxes"].shape if "boxes" in found.fields else (0, 0, 4)
    wanted: dict[str, tuple[int | None, ...]] = {
        **dict.fromkeys(("mask", "labels", "density"), (1, *x[2:])),
        "boxes": (None, 4),
        "box_classes": (boxes[1],),
        "points": (None, 2),
        "count": (),
    }
    for key, shape in wanted.items():
        if key not in found.fields:
            continue
        told = found.fields[key].shape[1:]
        is_alike = len(told) == len(shape) and all(
            want in (None, have) for want, have in zip(shape, told, strict=True)
        )
        if not is_alike:
            sizes = "×".join("K" if size is None else str(size) for size in shape) or "one number"
            name = "the mask" if key in ("mask", "labels") else key
            raise DataError(
                f"{found.source}: an example of {name} is {shown(told)}, and with x of "
                f"{shown(x[1:])} it is {sizes}: save {name} so"
            )
    if len(found.classes) != len(set(found.classes)):
        raise DataError(f"{found.source} names a class twice: {', '.join(found.classes):.80}")


def check_classes(where: str, values: Array, count: int) -> None:
    """Raise ``DataError`` where a value is no class, a whole number from 0 to ``count`` − 1.

    Those that are not finite are none of its business: their rows are left out.
    """
    finite = values[np.isfinite(values)]
    bad = finite[~_are_classes(finite, count)]
    if len(bad):
        raise DataError(
            f"{where} holds {float(bad[0]):.10g}, and classes are whole numbers from 0 to "
            f"{count - 1}"
        )


def _are_classes(values: Array, count: int) -> Array:
    return np.asarray((values >= 0) & (values < count) & (values % 1 == 0))


def leave_out_unsound(found: Found) -> None:
    """Leave out rows with values that no example can have; ``DataError`` where all have some."""
    _leave_out(found, _nonfinite(found), "it holds NaN, infinity or more than float32 can")
    if "boxes" in found.fields:
        why = "it has a box that is not x0 < x1 and y0 < y1, as shares of its sides from 0 to 1"
        _leave_out(found, _outside(np.asarray(found.fields["boxes"][:])), why)
    if "box_classes" in found.fields:
        ids, most = np.asarray(found.fields["box_classes"][:]), len(found.classes) or MOST_CLASSES
        bad = ~(_are_classes(ids, most) | (ids == -1)).all(1)
        _leave_out(found, bad, f"a class of its boxes is no whole number from 0 to {most - 1}")


def _nonfinite(found: Found) -> Array:
    count = len(found.fields["x"])
    bad = np.zeros(count, bool)
    for values in found.fields.values():
        for start in range(0, count, _CHUNK):
            part = np.asarray(values[start : start + _CHUNK])
            bad[start : start + _CHUNK] |= ~np.isfinite(part).all(tuple(range(1, part.ndim)))
    return bad


def _outside(boxes: Array) -> Array:
    """Which rows (N, K, 4) have a box that is none; one of −1 stands for none on purpose."""
    low, high = boxes[..., :2], boxes[..., 2:]
    is_sound = ((low >= -_SLACK) & (low < high) & (high <= 1 + _SLACK)).all(-1)
    return np.asarray(~(is_sound | (boxes == -1).all(-1)).all(1))


def _leave_out(found: Found, bad: Array, why: str) -> None:
    if not bad.any():
        return
    for row in np.flatnonzero(bad):
        found.left_out.add(f"row {row} of {found.source}", why)
    kept = np.flatnonzero(~bad)
    if not len(kept):
        raise DataError(f"{found.source} has no row that is sound: {found.left_out.sentences()[0]}")
    found.fields = {key: chosen(values, kept) for key, values in found.fields.items()}
    place = np.cumsum(~bad) - 1
    found.given = {key: place[rows[~bad[rows]]] for key, rows in found.given.items()}
