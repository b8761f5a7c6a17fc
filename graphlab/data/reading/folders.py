"""Folders of images: by class, with masks, with points, or as they are."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from graphlab.data.columns import Array, Paths, chosen, column
from graphlab.data.data_set import SPLIT_NAMES, Found, LeftOut
from graphlab.data.reading.arrays import add_masks, add_points
from graphlab.data.reading.images import image_files, other_files
from graphlab.data.reading.many import Images, read_images
from graphlab.data.reading.table import read_points
from graphlab.errors import DataError

Size = tuple[int, int] | None

_IMAGES = ("images", "image", "imgs", "jpegimages")
_MASKS = ("masks", "mask", "labels", "annotations", "segmentationclass")
_ENDINGS = ("_mask", "_masks", "_label", "_labels", "-mask", "-label", "")


def subfolder(folder: Path, names: Iterable[str]) -> Path | None:
    """The first folder inside that has one of the names, whatever its capitals."""
    inside = {f.name.lower(): f for f in sorted(folder.iterdir()) if f.is_dir()}
    return next((inside[name] for name in names if name in inside), None)


def split_named(name: str) -> str:
    """The split that the first word of a name that is one says, as in instances_val2017."""
    words = re.findall(r"[a-z]+", name.lower())
    return next((SPLIT_NAMES[word] for word in words if word in SPLIT_NAMES), "")


def images_folder(folder: Path) -> Path:
    """Where the images of an annotated set lie: in a folder called images, or beside."""
    return subfolder(folder, _IMAGES) or folder


def read_folder(folder: Path, size: Size = None) -> Found:
    """The data set that a folder of images is; ``DataError`` where it is none.

    ``images`` beside ``masks`` are pairs by name, and so are ``A.png`` and ``A_mask.png`` in one
    folder; beside ``points``, ``points.csv`` or ``A.csv`` they are images with points; folders of
    images are classes, perhaps below train, validation and test; images alone are examples with
    nothing to be learned.
    """
    images = subfolder(folder, _IMAGES)
    masks = subfolder(folder, _MASKS)
    if images and masks and image_files(masks):
        return read_masks(folder, images, masks, size)
    if subfolder(folder, ("points",)) or (folder / "points.csv").is_file():
        return read_dots(folder, images or folder, size)
    inside = [f for f in sorted(folder.iterdir()) if f.is_dir() and f.name[0] != "."]
    if inside and all(f.name.lower() in SPLIT_NAMES for f in inside):
        return read_classes(folder, {SPLIT_NAMES[f.name.lower()]: f for f in inside}, size)
    with_images = [f for f in inside if image_files(f, deep=True)]
    if len(with_images) > 1 or (with_images and not image_files(folder)):
        return read_classes(folder, {"": folder}, size)
    files = image_files(images or folder)
    if not files:
        raise DataError(
            f"{folder} holds no data set that is known: give folders of images by class, images "
            "and masks, images and points.csv, a COCO or VOC set, idx files or CIFAR-10's"
        )
    alone = {path.stem for path in files if not _is_mask(path)}
    if any(_stem(path) in alone for path in files if _is_mask(path)):
        return read_masks(folder, images or folder, images or folder, size)
    if any(table.stem in alone for table in (images or folder).glob("*.csv")):
        return read_dots(images or folder, images or folder, size)
    found = Found(folder.name, "plain", {}, source=str(folder))
    set_images(found, read_images(files, found.left_out, size), size)
    _tell_others(found, images or folder)
    for other in with_images:
        if other != images:
            found.left_out.add(str(other), "one folder beside images makes no classes")
    return found


def read_classes(folder: Path, parts: dict[str, Path], size: Size) -> Found:
    """Images in a folder a class, below a folder a split where there are several."""
    folders = [f for part in parts.values() for f in part.iterdir() if f.is_dir()]
    files = {f: image_files(f, deep=True) for f in sorted(folders) if f.name[0] != "."}
    names = sorted({f.name for f, inside in files.items() if inside})
    paths = Paths([])
    ids: list[int] = []
    split: list[str] = []
    found = Found(folder.name, "classes", {}, tuple(names), source=str(folder))
    for name in sorted({f.name for f in files} - set(names)):
        found.left_out.add(f"the class {name}", "its folder holds no image")
    for part, below in parts.items():
        _tell_others(found, below)
        for path in image_files(below):
            found.left_out.add(str(path), "it is in no folder of a class")
        for i, name in enumerate(names):
            if not (below / name).is_dir():
                continue
            inside = files[below / name]
            _tell_others(found, below / name)
            paths = paths + inside
            ids += [i] * len(inside)
            split += [part] * len(inside)
    if not paths:
        raise DataError(f"{folder} has folders of classes and no image in them")
    images = read_images(paths, found.left_out, size)
    set_images(found, images, size)
    found.fields["y"] = column(np.array(ids)[images.kept])
    kept = np.array(split)[images.kept]
    found.given = {part: np.flatnonzero(kept == part) for part in parts if part}
    return found


def read_masks(folder: Path, images: Path, masks: Path, size: Size) -> Found:
    """Images and masks in pairs by their names; what has no partner is left out."""
    found = Found(folder.name, "masks", {}, source=str(folder))
    is_one = images == masks
    shown = [path for path in image_files(images) if not (is_one and _is_mask(path))]
    hidden = [path for path in image_files(masks) if not is_one or _is_mask(path)]
    pairs = list(_pairs(shown, hidden, found.left_out))
    if not pairs:
        why = (*found.left_out.sentences(), "there is none")[0]
        raise DataError(f"no image of {images} has a mask of its name in {masks}: {why}")
    stored = read_images([path for path, _ in pairs], found.left_out, size)
    kept = [pairs[i] for i in stored.kept]
    labels = read_images([mask for _, mask in kept], found.left_out, size, is_mask=True)
    if labels.column.shape[-2:] != stored.column.shape[-2:]:
        raise DataError(
            f"the images of {folder} are {stored.column.shape[-2:]} in height and width and the "
            f"masks {labels.column.shape[-2:]}: give both one size"
        )
    pictures = chosen(stored.column, np.array(labels.kept))
    set_images(found, Images(pictures, labels.kept, stored.divisor, stored.notes), size)
    add_masks(found.fields, labels.column)
    found.notes.append("mask is 1 where the stored mask is not 0, and labels are its values")
    _tell_others(found, images)
    return found


def _pairs(
    images: Iterable[Path], masks: Iterable[Path], left_out: LeftOut
) -> Iterator[tuple[Path, Path]]:
    """Those of one name; where two images or masks are of it, whose is whose cannot be told."""
    groups: dict[str, tuple[list[Path], list[Path]]] = {}
    for path in images:
        groups.setdefault(path.stem, ([], []))[0].append(path)
    for path in masks:
        groups.setdefault(_stem(path), ([], []))[1].append(path)
    for shown, hidden in groups.values():
        every = (*shown, *hidden)
        if len(shown) == len(hidden) == 1:
            yield shown[0], hidden[0]
            continue
        why = f"there is no {'mask' if shown else 'image'} of its name"
        if shown and hidden:
            why = f"{_named(every)} are of one name: rename them in pairs"
        for path in every:
            left_out.add(str(path), why)


def _named(paths: Sequence[Path]) -> str:
    return f"{', '.join(path.name for path in paths[:-1])} and {paths[-1].name}"


def read_dots(folder: Path, images: Path, size: Size) -> Found:
    """Images and their points: ``points.csv`` with the columns file, x and y, or a table with x
    and y for each image in ``points``.  An image that no table names has no point."""
    if size is not None:
        raise DataError("images with points are not resized: their points would move")
    found = Found(folder.name, "points", {}, source=str(folder))
    points = _points_by_name(folder, found.left_out)
    pointed = _pointed(image_files(images), points, found.left_out)
    for name in points.keys() - set(pointed.values()):
        found.left_out.add(f"every point of {name!r:.60}", f"{images} has no such image")
    files = list(pointed)
    stored = read_images(files, found.left_out)
    set_images(found, stored, size)
    height, width = stored.column.shape[-2:]
    rows = []
    for path in (files[i] for i in stored.kept):
        dots = points.get(pointed[path], np.zeros((0, 2)))
        inside = ((dots >= 0) & (dots <= (height, width))).all(1)
        for y, x in dots[~inside]:
            found.left_out.add(f"the point x = {x:g}, y = {y:g} of {path.name}", "it is outside")
        rows.append(dots[inside])
    offsets = np.concatenate([[0], np.cumsum([len(dots) for dots in rows])])
    add_points(found.fields, np.concatenate(rows), offsets)
    return found


def _pointed(files: Iterable[Path], points: Collection[str], left_out: LeftOut) -> dict[Path, str]:
    """By image the name that its points are told under, its own or one of another ending; images
    that share one are left out."""
    own = {path.name for path in files}
    others = {Path(name).stem: name for name in points if name not in own}
    told: dict[str, list[Path]] = {}
    for path in files:
        name = path.name if path.name in points else others.get(path.stem, path.name)
        told.setdefault(name, []).append(path)
    for name, alike in told.items():
        for path in alike if len(alike) > 1 else ():
            why = f"{_named(alike)} are of one name, and whose the points of {name} are is not told"
            left_out.add(str(path), why)
    return {alike[0]: name for name, alike in told.items() if len(alike) == 1}


def _points_by_name(folder: Path, left_out: LeftOut) -> dict[str, Array]:
    if (folder / "points.csv").is_file():
        named = read_points(folder / "points.csv", left_out)
        if "" in named:
            raise DataError(f"{folder / 'points.csv'} needs a column file beside x and y")
        return named
    tables = sorted((subfolder(folder, ("points",)) or folder).glob("*.csv"))
    return {
        table.stem: np.concatenate([*read_points(table, left_out).values(), np.zeros((0, 2))])
        for table in tables
    }


def _stem(mask: Path) -> str:
    ending = next(e for e in _ENDINGS if mask.stem.lower().endswith(e))
    return mask.stem[: len(mask.stem) - len(ending)]


def _is_mask(path: Path) -> bool:
    """Whether a name says that it is a mask's."""
    return _stem(path) != path.stem


def set_images(found: Found, images: Images, size: Size) -> None:
    """Make the images x, and note what was done to them."""
    found.fields["x"] = column(images.column, images.divisor)
    if images.divisor != 1:
        found.notes.append(f"pixels were divided by {images.divisor:g}")
    found.notes += images.notes
    if size is not None:
        found.notes.append(f"images were resized to {size[0]}×{size[1]} (bilinear)")


def _tell_others(found: Found, folder: Path) -> None:
    for path in other_files(folder):
        found.left_out.add(str(path), "it is no image")
