"""Images with boxes, whoever tells of them: COCO's JSON (``coco.py``) or VOC's XML (``voc.py``).

An image's path may not lead out of its folder.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from graphlab.data.columns import shown
from graphlab.data.data_set import SPLITS, Found, LeftOut
from graphlab.data.density import padded
from graphlab.data.reading.folders import Size, set_images
from graphlab.data.reading.images import look
from graphlab.data.reading.many import read_images
from graphlab.errors import DataError

MAX_BYTES = 2**29
"""The largest annotation file; that of COCO's training images has 448 MiB."""

MAX_BOXES = 2**24
"""All boxes together, the empty rows counted that pad each image to the fullest."""


class Box(NamedTuple):
    """Corners in pixels, and the name of what is inside."""

    x0: float
    y0: float
    x1: float
    y1: float
    kind: str


class Told(NamedTuple):
    """An image by its name in a folder, its boxes, and its split where the publisher made one."""

    folder: Path
    name: str
    boxes: list[Box]
    part: str = ""


def inside(home: str, name: str) -> str | None:
    """Where an image of the folder ``home`` lies, itself without links; None if not below it."""
    try:
        path = os.path.realpath(os.path.join(home, name))
    except ValueError:  # no path can have such a name
        return None
    return path if os.path.join(path, "").startswith(os.path.join(home, "")) else None


def boxed(found: Found, named: Sequence[Told], size: Size) -> Found:
    """Fill a set with the images that are there and their boxes of its classes.

    Raises ``DataError`` where there is no image, or none has a box.
    """
    there: list[tuple[Path, Told]] = []
    left_out, seen = found.left_out, set[str]()
    homes = {folder: os.path.realpath(folder) for folder in {told.folder for told in named}}
    for told in named:
        path = inside(homes[told.folder], told.name)
        if path is None:
            left_out.add(f"the image {told.name!r:.80}", f"its path leads out of {told.folder}")
        elif path in seen:
            left_out.add(f"the image {told.name!r:.80}", "it is named before, with other boxes")
        elif not os.path.isfile(path):
            where = f"there is no such file in {told.folder}"
            left_out.add(f"the image {told.name!r:.80}", where)
        else:
            seen.add(path)
            there.append((told.folder / told.name, told))
    if not there:
        why = (*left_out.sentences(), "it names none")[0]
        raise DataError(f"{found.source} has no image that is there: {why}")
    images = read_images([path for path, _ in there], left_out, size)
    set_images(found, images, size)
    kept = [there[i] for i in images.kept]
    boxes = [_shares(path, told.boxes, left_out) for path, told in kept]
    if not any(boxes):
        why = (*left_out.sentences(), "its images have none")[0]
        raise DataError(f"{found.source} tells of no box that can be read: {why}")
    parts = np.array([told.part for _, told in kept])
    found.given = {part: np.flatnonzero(parts == part) for part in SPLITS if part in parts}
    _add_boxes(found, boxes, {kind: i for i, kind in enumerate(found.classes)})
    return found


def _shares(path: Path, boxes: list[Box], left_out: LeftOut) -> list[Box]:
    """Boxes as shares of the image's size; those that are empty or reach out are left out."""
    height, width = look(path).shape[-2:]
    kept = []
    for index, box in enumerate(boxes):
        is_sound = all(map(math.isfinite, box[:4])) and (
            0 <= box.x0 < box.x1 <= width + 0.5 and 0 <= box.y0 < box.y1 <= height + 0.5
        )
        if is_sound:
            x1, y1 = min(box.x1, width), min(box.y1, height)
            kept.append(Box(box.x0 / width, box.y0 / height, x1 / width, y1 / height, box.kind))
        else:
            left_out.add(
                f"box {index} of {path.name}",
                f"x = {box.x0:g} to {box.x1:g} and y = {box.y0:g} to {box.y1:g} is no box within "
                f"{shown((height, width))}",
            )
    return kept


def _add_boxes(found: Found, boxes: list[list[Box]], place: Mapping[str, int]) -> None:
    counts = [len(each) for each in boxes]
    if max(counts, default=0) * len(counts) > MAX_BOXES:
        raise DataError(
            f"{found.title} has an image of {max(counts)} boxes among {len(counts)} images, more "
            f"than {MAX_BOXES} rows in all: take fewer images at a time"
        )
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.intp)
    flat = [box for each in boxes for box in each]
    corners = np.array([box[:4] for box in flat], np.float32).reshape(-1, 4)
    kinds = np.array([place[box.kind] for box in flat], np.float32)
    found.fields["boxes"] = padded(corners, offsets)
    found.fields["box_classes"] = padded(kinds, offsets)
    if counts and set(counts) == {1}:
        found.fields["y"] = corners
