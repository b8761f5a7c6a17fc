"""Pascal VOC's XML, read without document types or entities, and the splits that it lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml import ElementTree as Xml

from graphlab.data.data_set import SPLIT_NAMES, Found, LeftOut
from graphlab.data.reading.boxes import MAX_BYTES, Box, Told, boxed
from graphlab.data.reading.folders import Size, images_folder, subfolder
from graphlab.data.reading.images import image_files
from graphlab.errors import DataError

_LISTS = {"trainval": "train", **SPLIT_NAMES}


def voc_files(folder: Path) -> list[Path]:
    """The XML files of a VOC set: in ``Annotations``, or beside the images."""
    return sorted((subfolder(folder, ("annotations",)) or folder).glob("*.xml"))


def read_voc(folder: Path, size: Size = None) -> Found:
    """The images of a Pascal VOC folder and the boxes that an XML file each tells of.

    VOC counts pixels from 1 and means the last one to be inside, so a box is
    xmin − 1, ymin − 1, xmax, ymax here.  Where ``ImageSets/Main`` lists splits, they stand, and an
    image in no list is left out.
    """
    found = Found(folder.name, "boxes", {}, source=str(folder))
    images = images_folder(folder)
    by_stem = {path.stem: path.name for path in image_files(images)}
    files = {path.stem: path for path in voc_files(folder)}
    parts = _parts(folder, found, files)
    told: list[Told] = []
    bare = 0
    for stem, path in files.items():
        if parts and stem not in parts:
            found.left_out.add(str(path), "no list in ImageSets/Main names it")
            continue
        try:
            name, boxes = _voc_boxes(path, found.left_out)
        except DefusedXmlException:
            why = "it declares document types or entities, which are not read"
            found.left_out.add(str(path), why)
            continue
        except (ParseError, ValueError, OSError) as error:
            why = type(error).__name__ if isinstance(error, OSError) else str(error)
            found.left_out.add(str(path), f"it is no VOC annotation ({why:.80})")
            continue
        is_bare = name in by_stem and by_stem[name] != name
        bare += is_bare
        told.append(Told(images, by_stem[name] if is_bare else name, boxes, parts.get(stem, "")))
    if bare:
        found.notes.append(f"{bare:,} images were found by their names without an ending")
    found.classes = tuple(sorted({box.kind for one in told for box in one.boxes}))
    return boxed(found, told, size)


def _parts(folder: Path, found: Found, files: Mapping[str, Path]) -> dict[str, str]:
    """By an image's name the split that ``ImageSets/Main`` lists it in; of several, the last."""
    sets = subfolder(folder, ("imagesets",))
    main = subfolder(sets, ("main",)) if sets else None
    parts: dict[str, str] = {}
    for name, part in _LISTS.items():
        for stem in _listed(main / f"{name}.txt") if main else ():
            if stem in files:
                parts[stem] = part
            else:
                found.left_out.add(f"{stem!r:.80} of {name}.txt", "there is no annotation of it")
    return parts


def _listed(path: Path) -> Iterator[str]:
    if not path.is_file():
        return
    if path.stat().st_size > MAX_BYTES:
        raise DataError(f"{path} is larger than {MAX_BYTES >> 20} MiB: split it")
    for line in path.read_text("utf-8-sig", errors="replace").splitlines():
        if line.strip():
            yield line.split()[0]


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
