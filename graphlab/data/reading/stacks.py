"""One TIFF of many pages: every page an example, with the labels of a file beside it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from graphlab.data.columns import Array, column, shown
from graphlab.data.data_set import Found, LeftOut
from graphlab.data.reading.arrays import add_masks
from graphlab.data.reading.many import done_to, reason
from graphlab.data.reading.pixels import careful, check_kind
from graphlab.data.reading.tiff import Pages, decode_pages, look_pages
from graphlab.errors import DataError

_ENDINGS = ("_labels", "_label", "_masks", "_mask")


def read_stack(path: Path) -> Found:
    """The pages of a TIFF as examples (N, C, H, W); ``NAME_labels.tif`` or ``NAME_mask.tif``
    beside it holds their masks, page by page.

    A page that is damaged, missing or of another size is left out by its number, and so is what
    belongs to it.  Raises ``DataError`` where none is left.
    """
    found = Found(path.stem, "plain", {}, source=str(path))
    pages = look_pages(path)
    kept, pixels = _decoded(path, pages, found.left_out, is_mask=False)
    beside = (path.with_name(f"{path.stem}{ending}{path.suffix}") for ending in _ENDINGS)
    labels = next((file for file in beside if file.is_file()), None)
    if labels is not None:
        kept, pixels, stored = _with_masks(path, pages, kept, pixels, labels, found.left_out)
    divisor = 1.0 if pixels.dtype.kind == "f" else float(np.iinfo(pixels.dtype).max)
    found.fields["x"] = column(pixels, divisor)
    if divisor != 1:
        found.notes.append(f"pixels were divided by {divisor:g}")
    headers = [header for i in kept if not isinstance(header := pages.headers[i], str)]
    found.notes += done_to(headers, "page")
    if labels is not None:
        found.task = "masks"
        add_masks(found.fields, stored)
    return found


def _with_masks(
    path: Path, pages: Pages, kept: list[int], pixels: Array, labels: Path, left_out: LeftOut
) -> tuple[list[int], Array, Array]:
    """The places, pixels and masks of the pages whose image and mask are both sound."""
    masks = look_pages(labels)
    there, stored = _decoded(labels, masks, left_out, is_mask=True)
    is_cut = bool(pages.missing or masks.missing)
    counts = len(pages.headers), len(masks.headers)
    if pixels.shape[2:] != stored.shape[2:] or (counts[0] != counts[1] and not is_cut):
        raise DataError(
            f"{path} has {counts[0]} pages of {shown(pixels.shape[2:])} and {labels} {counts[1]} "
            f"of {shown(stored.shape[2:])}: give both the same"
        )
    both = sorted({*kept} & {*there})
    lonely = (path, {*kept} - {*there}, labels), (labels, {*there} - {*kept}, path)
    for file, places, other in lonely:
        for place in sorted(places):
            left_out.add(_named(file, place), f"{other.name} has no sound page {place + 1}")
    if not both:
        raise DataError(f"no page of {path} has its mask in {labels}: give each page one")
    return both, pixels[np.isin(kept, both)], stored[np.isin(there, both)]


def _decoded(
    path: Path, pages: Pages, left_out: LeftOut, *, is_mask: bool
) -> tuple[list[int], Array]:
    """The places of the sound pages, and their pixels (N, C, H, W)."""
    reasons = pages.reasons()
    for place, why in enumerate(reasons):
        if why:
            left_out.add(_named(path, place), f"it {why}")
    if all(reasons):
        which = "" if len(reasons) == 1 else ": page 1"
        raise DataError(f"{path}{which} {reasons[0]}")
    header, places = pages.common(), [i for i, why in enumerate(reasons) if not why]
    check_kind(path, header, is_mask=is_mask)
    planes = careful(path, lambda _: decode_pages(path, places, header, is_mask=is_mask))
    made, kept = [], []
    for place, plane in zip(places, planes, strict=True):
        if isinstance(plane, DataError):
            left_out.add(_named(path, place), reason(plane, path))
        else:
            kept.append(place)
            made.append(plane)
    if pages.missing:
        left_out.add(f"the rest of {path.name}", f"it {pages.missing}")
    if not kept:
        raise DataError(f"no page of {path} can be read: {left_out.sentences()[0]}")
    return kept, np.stack(made)


def _named(path: Path, place: int) -> str:
    return f"page {place + 1} of {path.name}"
