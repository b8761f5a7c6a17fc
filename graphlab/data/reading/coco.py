"""COCO's JSON (cocodataset.org), read against a strict schema: one file, or one for each split."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TypeVar

import msgspec

from graphlab.data.data_set import Found
from graphlab.data.reading.boxes import MAX_BYTES, Box, Told, boxed, inside
from graphlab.data.reading.folders import Size, images_folder, split_named, subfolder
from graphlab.errors import DataError

_TRIED = 20  # images of a file that tell which folder they lie in
_CORNERS = 3  # of a polygon at least


class _Image(msgspec.Struct):
    id: int
    file_name: str


class _Annotation(msgspec.Struct):
    image_id: int
    category_id: int
    bbox: tuple[float, float, float, float] | None = None
    segmentation: msgspec.Raw = msgspec.Raw()
    iscrowd: bool | float | None = None


class _Category(msgspec.Struct):
    id: int
    name: str


_Kind = TypeVar("_Kind", _Image, _Category)

_NEEDED = "it needs whole numbers image_id and category_id, and a bbox of four numbers"


class _Coco(msgspec.Struct):
    images: list[msgspec.Raw]
    categories: list[msgspec.Raw]
    annotations: list[msgspec.Raw] = []


def coco_files(folder: Path) -> list[Path]:
    """The JSON files that speak of images and categories as COCO's do: in a folder or in its
    ``annotations``, or else in its folders of splits."""
    inside = subfolder(folder, ("annotations",))
    parts = [f for f in sorted(folder.iterdir()) if f.is_dir() and split_named(f.name)]
    for places in ([folder, *([inside] if inside else [])], parts):
        files = [file for place in places for file in sorted(place.glob("*.json"))]
        found = [file for file in files if _is_like_coco(file)]
        if found:
            return found
    return []


def _is_like_coco(path: Path) -> bool:
    if path.stat().st_size > MAX_BYTES:
        return True  # reading it will tell
    content = path.read_bytes()
    return b'"images"' in content and b'"categories"' in content


def read_coco(path: Path, size: Size = None) -> Found:
    """The images that a COCO file names and their boxes: x, y, width and height in pixels, or
    else drawn round polygons.

    Raises ``DataError`` where the file is no such JSON.
    """
    found = Found(_home(path).name, "boxes", {}, source=str(path))
    return boxed(found, _told(found, path, ""), size)


def read_coco_files(folder: Path, files: Sequence[Path], size: Size = None) -> Found:
    """One file for each split that names or folders say, as instances_val2017.json does; where
    none is said, the first alone."""
    parts: dict[str, Path] = {}
    for file in sorted(files, key=lambda file: not file.name.startswith("instances")):
        parts.setdefault(_part(file, folder), file)
    if len(parts) > 1:
        parts.pop("", None)
    found = Found(folder.name, "boxes", {}, source=str(folder))
    told = {part: _told(found, file, part) for part, file in parts.items()}
    with_boxes = [part for part, images in told.items() if any(image.boxes for image in images)]
    for file in files:
        if file not in parts.values():
            read = " and ".join(other.name for other in parts.values())
            found.left_out.add(str(file), f"{read} are read: name it alone to have it read")
        elif with_boxes and not any(parts[part] == file for part in with_boxes):
            found.left_out.add(str(file), "it tells of no box")
    named = [image for part in with_boxes or told for image in told[part]]
    if len(with_boxes) < 2:  # one file alone is to be split
        named = [image._replace(part="") for image in named]
    return boxed(found, named, size)


def _part(file: Path, folder: Path) -> str:
    return split_named(file.stem) or split_named(file.parent.relative_to(folder).name)


def _home(path: Path) -> Path:
    return path.parent.parent if path.parent.name.lower() == "annotations" else path.parent


def _told(found: Found, path: Path, part: str) -> list[Told]:
    """The images of a file with their boxes; its kinds become classes of the set."""
    if path.stat().st_size > MAX_BYTES:
        raise DataError(f"{path} is larger than {MAX_BYTES >> 20} MiB: split it")
    try:
        document = msgspec.json.decode(path.read_bytes(), type=_Coco)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise DataError(f"{path} is no COCO file: {error}") from None
    images = _sound(found, path, "image", document.images, _Image)
    categories = _sound(found, path, "category", document.categories, _Category)
    kinds = {category.id: category.name for category in categories}
    found.classes = tuple(dict.fromkeys((*found.classes, *(kinds[i] for i in sorted(kinds)))))
    boxes: dict[int, list[Box]] = {image.id: [] for image in images}
    drawn = 0
    for index, raw in enumerate(document.annotations):
        try:
            one = msgspec.json.decode(raw, type=_Annotation)
            box = _box(one, boxes, kinds)
        except (ValueError, RecursionError) as error:
            why = _NEEDED if isinstance(error, msgspec.ValidationError) else str(error)
            found.left_out.add(f"annotation {index} of {path.name}", why)
            continue
        drawn += one.bbox is None
        boxes[one.image_id].append(box)
    if drawn:
        found.notes.append(f"{drawn:,} boxes were drawn round polygons, since they have no bbox")
    folder = _images_of(path, part, images)
    return [Told(folder, image.file_name, boxes[image.id], part) for image in images]


def _sound(
    found: Found, path: Path, what: str, raws: Sequence[msgspec.Raw], kind: type[_Kind]
) -> list[_Kind]:
    """The entries of a list that are what they should be, each with a number of its own."""
    sound: dict[int, _Kind] = {}
    for index, raw in enumerate(raws):
        try:
            one = msgspec.json.decode(raw, type=kind)
        except (ValueError, RecursionError):
            text = msgspec.structs.fields(kind)[1].name
            why = f"it needs a whole number id, and a text {text}"
        else:
            why = f"one before it has the id {one.id}, too" if one.id in sound else ""
            sound.setdefault(one.id, one)
        if why:
            found.left_out.add(f"{what} {index} of {path.name}", why)
    return list(sound.values())


def _box(one: _Annotation, images: Mapping[int, object], kinds: Mapping[int, str]) -> Box:
    """The box of an annotation; ``ValueError`` says why there is none."""
    if one.image_id not in images:
        raise ValueError(f"there is no image {one.image_id}")
    if one.category_id not in kinds:
        raise ValueError(f"there is no category {one.category_id}")
    if one.iscrowd:
        raise ValueError("it is a crowd (iscrowd), and no single object")
    kind = kinds[one.category_id]
    if one.bbox is not None:
        x, y, width, height = one.bbox
        return Box(x, y, x + width, y + height, kind)
    try:
        polygons = msgspec.json.decode(one.segmentation or b"[]", type=list[list[float]])
    except msgspec.ValidationError:
        polygons = []
    if not polygons or any(len(p) < 2 * _CORNERS or len(p) % 2 for p in polygons):
        raise ValueError("it has no bbox, and its segmentation is no polygon")
    xs, ys = ([at for p in polygons for at in p[axis::2]] for axis in (0, 1))
    return Box(min(xs), min(ys), max(xs), max(ys), kind)


def _images_of(path: Path, part: str, images: Sequence[_Image]) -> Path:
    """Where a file's images lie: in a folder that the file is named after, as train2017, or that
    is of its split; in images; or beside."""
    home, words = _home(path), set(re.split(r"[^a-z0-9]+", path.stem.lower()))
    usual = images_folder(home)
    near = [f for place in dict.fromkeys((home, usual)) for f in place.iterdir()]
    named = sorted(f for f in near if f.name.lower() in words and f.is_dir())
    split = sorted(f for f in near if part and split_named(f.name) == part and f.is_dir())
    for folder in (*named, *split, usual, home):
        place = os.path.realpath(folder)
        tried = (inside(place, image.file_name) for image in islice(images, _TRIED))
        if any(path is not None and os.path.isfile(path) for path in tried):
            return folder
    return usual
