"""Images with boxes: COCO's JSON and Pascal VOC's XML.

The JSON is read against a strict schema, the XML without document types or entities.  An image's
path may not lead out of its folder.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple
from xml.etree.ElementTree import Element, ParseError

import msgspec
import numpy as np
from defusedxml import DefusedXmlException
from defusedxml import ElementTree as Xml

from graphlab.data.columns import shown
from graphlab.data.data_set import Found, LeftOut
from graphlab.data.density import padded
from graphlab.data.reading.folders import Size, images_folder, set_images, subfolder
from graphlab.data.reading.images import look
from graphlab.data.reading.many import read_images
from graphlab.errors import DataError

MAX_BYTES = 2**28
"""The largest annotation file."""

MAX_BOXES = 2**24
"""All boxes together, the empty rows counted that pad each image to the fullest."""


class Box(NamedTuple):
    """Corners in pixels, and the name of what is inside."""

    x0: float
    y0: float
    x1: float
    y1: float
    kind: str


class _Image(msgspec.Struct):
    id: int
    file_name: str


class _Annotation(msgspec.Struct):
    image_id: int
    category_id: int
    bbox: tuple[float, float, float, float]


class _Category(msgspec.Struct):
    id: int
    name: str


class _Coco(msgspec.Struct):
    images: list[_Image]
    categories: list[_Category]
    annotations: list[msgspec.Raw] = []


def coco_files(folder: Path) -> list[Path]:
    """The JSON files in a folder, or in its ``annotations``, that speak of images and categories
    as COCO's do."""
    inside = subfolder(folder, ("annotations",))
    places = [folder, *([inside] if inside else [])]
    files = [file for place in places for file in sorted(place.glob("*.json"))]
    return [file for file in files if _is_like_coco(file)]


def _is_like_coco(path: Path) -> bool:
    if path.stat().st_size > MAX_BYTES:
        return True  # reading it will tell
    content = path.read_bytes()
    return b'"images"' in content and b'"categories"' in content


def voc_files(folder: Path) -> list[Path]:
    """The XML files of a VOC set: in ``Annotations``, or beside the images."""
    return sorted((subfolder(folder, ("annotations",)) or folder).glob("*.xml"))


# --- COCO ---------------------------------------------------------------------------------------
def read_coco(path: Path, size: Size = None) -> Found:
    """The images that a COCO file names, in the folder images beside it, or beside it.

    A box is x, y, width and height in pixels (cocodataset.org).  Raises ``DataError`` where the
    file is no such JSON.
    """
    if path.stat().st_size > MAX_BYTES:
        raise DataError(f"{path} is larger than {MAX_BYTES >> 20} MiB: split it")
    home = path.parent.parent if path.parent.name.lower() == "annotations" else path.parent
    left_out = LeftOut()
    try:
        document = msgspec.json.decode(path.read_bytes(), type=_Coco)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise DataError(f"{path} is no COCO file: {error}") from None
    kinds = {category.id: category.name for category in document.categories}
    boxes: dict[int, list[Box]] = {image.id: [] for image in document.images}
    for index, raw in enumerate(document.annotations):
        where = f"annotation {index} of {path.name}"
        try:
            one = msgspec.json.decode(raw, type=_Annotation)
        except msgspec.ValidationError as error:
            left_out.add(where, str(error))
            continue
        if one.image_id not in boxes or one.category_id not in kinds:
            known = one.image_id in boxes
            what = f"category {one.category_id}" if known else f"image {one.image_id}"
            left_out.add(where, f"there is no {what}")
            continue
        x, y, width, height = one.bbox
        boxes[one.image_id].append(Box(x, y, x + width, y + height, kinds[one.category_id]))
    named = [(image.file_name, boxes[image.id]) for image in document.images]
    order = tuple(dict.fromkeys(kinds[i] for i in sorted(kinds)))
    found = Found(home.name, "boxes", {}, order, source=str(path), left_out=left_out)
    return _boxed(found, images_folder(home), named, size)


# --- VOC ----------------------------------------------------------------------------------------
def read_voc(folder: Path, size: Size = None) -> Found:
    """The images of a Pascal VOC folder and the boxes that an XML file each tells of.

    VOC counts pixels from 1 and means the last one to be inside, so a box is
    xmin − 1, ymin − 1, xmax, ymax here.
    """
    left_out = LeftOut()
    named: list[tuple[str, list[Box]]] = []
    for path in voc_files(folder):
        try:
            named.append(_voc_boxes(path, left_out))
        except DefusedXmlException:
            left_out.add(str(path), "it declares document types or entities, which are not read")
        except (ParseError, ValueError, OSError) as error:
            why = type(error).__name__ if isinstance(error, OSError) else str(error)
            left_out.add(str(path), f"it is no VOC annotation ({why:.80})")
    kinds = sorted({box.kind for _, boxes in named for box in boxes})
    title, source = folder.name, str(folder)
    found = Found(title, "boxes", {}, tuple(kinds), source=source, left_out=left_out)
    return _boxed(found, images_folder(folder), named, size)


def _voc_boxes(path: Path, left_out: LeftOut) -> tuple[str, list[Box]]:
    if path.stat().st_size > MAX_BYTES:
        raise ValueError(f"it is larger than {MAX_BYTES >> 20} MiB")
    root = Xml.parse(path, forbid_dtd=True).getroot()
    name = _text(root, "filename")
    things = [] if root is None else root.iter("object")
    boxes = []
    for index, thing in enumerate(things):
        try:
            ends = [float(_text(thing, f"bndbox/{k}")) for k in ("xmin", "ymin", "xmax", "ymax")]
            boxes.append(Box(ends[0] - 1, ends[1] - 1, ends[2], ends[3], _text(thing, "name")))
        except ValueError as error:
            left_out.add(f"object {index} of {path.name}", str(error))
    return name, boxes


def _text(element: Element | None, tag: str) -> str:
    text = None if element is None else element.findtext(tag)
    if text is None or not text.strip():
        raise ValueError(f"it has no {tag}")
    return text.strip()


# --- both ---------------------------------------------------------------------------------------
def _boxed(found: Found, folder: Path, named: Sequence[tuple[str, list[Box]]], size: Size) -> Found:
    there: list[tuple[Path, list[Box]]] = []
    root, left_out = folder.resolve(), found.left_out
    for name, boxes in named:
        path = folder / name.replace("\0", "/../..")
        if not path.resolve().is_relative_to(root):
            left_out.add(f"the image {name!r:.80}", f"its path leads out of {folder}")
        elif not path.is_file():
            left_out.add(f"the image {name!r:.80}", f"there is no such file in {folder}")
        else:
            there.append((path, boxes))
    if not there:
        told = (*left_out.sentences(), "it names none")[0]
        raise DataError(f"{found.source} has no image that is there: {told}")
    images = read_images([path for path, _ in there], left_out, size)
    set_images(found, images, size)
    place = {kind: i for i, kind in enumerate(found.classes)}
    kept = [there[i] for i in images.kept]
    _add_boxes(found, [_inside(path, boxes, left_out) for path, boxes in kept], place)
    return found


def _inside(path: Path, boxes: list[Box], left_out: LeftOut) -> list[Box]:
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
