"""One TIFF of many pages: every page an example, with the labels of a file beside it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from graphlab.data.columns import Array, column
from graphlab.data.data_set import Found
from graphlab.data.reading.arrays import add_masks
from graphlab.data.reading.images import decode, look
from graphlab.errors import DataError

_ENDINGS = ("_labels", "_label", "_masks", "_mask")


def read_stack(path: Path) -> Found:
    """The pages of a TIFF as examples (N, C, H, W); ``NAME_labels.tif`` or ``NAME_mask.tif``
    beside it holds their masks, page by page."""
    pages = _pages(path, is_mask=False)
    divisor = 1.0 if pages.dtype.kind == "f" else float(np.iinfo(pages.dtype).max)
    found = Found(path.stem, "plain", {"x": column(pages, divisor)}, source=str(path))
    if divisor != 1:
        found.notes.append(f"pixels were divided by {divisor:g}")
    beside = (path.with_name(f"{path.stem}{ending}{path.suffix}") for ending in _ENDINGS)
    labels = next((file for file in beside if file.is_file()), None)
    if labels is not None:
        stored = _pages(labels, is_mask=True)
        if (len(stored), *stored.shape[2:]) != (len(pages), *pages.shape[2:]):
            raise DataError(
                f"{path} has {len(pages)} pages of {pages.shape[2]}×{pages.shape[3]} and {labels} "
                f"{len(stored)} of {stored.shape[2]}×{stored.shape[3]}: give both the same"
            )
        found.task = "masks"
        add_masks(found.fields, stored)
    return found


def _pages(path: Path, *, is_mask: bool) -> Array:
    header = look(path)
    pixels = decode(path, header, is_mask=is_mask)
    return np.moveaxis(pixels, 1, 0) if len(header.shape) == 3 else pixels[None]
