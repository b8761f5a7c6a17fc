"""Image files, through Pillow and tifffile: what a header says is judged before a pixel is read.

Every image becomes an array (C, H, W), and a TIFF of several pages (1, D, H, W), of 8-bit, 16-bit
or float values.  Nothing is scaled here.  An image is turned as its EXIF orientation says, so that
masks, points and boxes are taken to be given on the image as programs show it; a mask is turned by
its own orientation, of which it has mostly none.
"""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from graphlab.data.columns import Array, Paths
from graphlab.data.reading.pixels import (
    ORIENTATION,
    Header,
    as_channels,
    as_stored,
    careful,
    check_bounds,
    check_kind,
    is_turned,
    shown_shape,
    upright,
)
from graphlab.data.reading.tiff import decode_volume, volume_header
from graphlab.errors import DataError

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".ppm", ".pgm")
_FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM")
_GRAY = {"1": "u1", "L": "u1", "LA": "u1", "I;16": "u2", "I;16B": "u2", "I": "u2", "F": "f4"}
_COLOUR = {"P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "LAB", "HSV"}
_ALPHA = {"LA", "PA", "RGBA"}
_STORED_AS = {
    **dict.fromkeys(("P", "PA"), "with a palette"),
    "CMYK": "as CMYK",
    "LAB": "as Lab",
    "HSV": "as HSV",
}
_TIFF = (".tif", ".tiff")


def image_files(folder: Path, deep: bool = False) -> Paths:
    """The images of a folder by their suffix, in order; those that begin with a dot are not.

    A link that leads nowhere is one, of which reading tells; links to folders are followed once.
    """
    return Paths(_files(folder, deep, are_images=True))


def other_files(folder: Path) -> Paths:
    """The files of a folder that are no images."""
    return Paths(_files(folder, False, are_images=False))


def _files(folder: Path, deep: bool, are_images: bool) -> list[str]:
    found = []
    folders, seen = [str(folder)], set[tuple[int, int]]()
    while folders:
        place = folders.pop()
        told = os.stat(place)
        if (told.st_dev, told.st_ino) in seen:
            continue
        seen.add((told.st_dev, told.st_ino))
        with os.scandir(place) as entries:
            for entry in entries:
                if entry.name[0] == ".":
                    continue
                if os.path.isdir(entry.path):
                    folders += [entry.path] if deep else []
                elif entry.name.lower().endswith(SUFFIXES) == are_images and _is_file(entry):
                    found.append(entry.path)
    return sorted(found)


def _is_file(entry: os.DirEntry[str]) -> bool:
    return os.path.isfile(entry.path) or (entry.is_symlink() and not os.path.exists(entry.path))


def look(path: Path, *, is_mask: bool = False) -> Header:
    """Read a header; ``DataError`` where it is damaged, claims too much, or is of labels and no
    mask."""
    header = careful(path, _look)
    check_kind(path, header, is_mask=is_mask)
    return header


def decode(path: Path, header: Header, *, is_mask: bool = False) -> Array:
    """The pixels, (C, H, W) or (1, D, H, W), as colour where the header says so.

    A mask keeps its values: a palette's places, not its colours.  Raises ``DataError`` where the
    pixels are damaged.
    """
    return careful(path, partial(_decode, header=header, is_mask=is_mask))


def resized(pixels: Array, size: tuple[int, int], *, is_mask: bool = False) -> Array:
    """Pixels at another height and width: bilinear, and nearest neighbours for a mask."""
    method = Image.Resampling.NEAREST if is_mask else Image.Resampling.BILINEAR
    planes = pixels.reshape(-1, *pixels.shape[-2:]).astype(np.float32)
    made = [Image.fromarray(plane).resize(size[::-1], method) for plane in planes]
    values = np.stack([np.asarray(image) for image in made])
    values = values if pixels.dtype.kind == "f" else values.round()
    return values.astype(pixels.dtype).reshape(*pixels.shape[:-2], *size)


# --- one file -----------------------------------------------------------------------------------
def _look(path: Path) -> Header:
    if path.suffix.lower() in _TIFF:
        return volume_header(path)
    with Image.open(path, formats=_FORMATS) as image:
        orientation, mode = _orientation(image), image.mode
        shape = shown_shape(image.size[::-1], orientation)
        check_bounds(path, shape)
        if mode not in _GRAY and mode not in _COLOUR:
            raise DataError(f"{path} has pixels of the kind {mode}: save it as PNG")
        if mode in _COLOUR and any("16" in str(tile[3]) for tile in image.tile):
            raise DataError(f"{path} has colours of 16 bits, which are read from TIFF alone")
        frames = getattr(image, "n_frames", 1)
        if frames > 1:
            raise DataError(f"{path} has {frames} frames: save it as a TIFF stack")
        has_alpha = mode in _ALPHA or "transparency" in image.info
        return Header(
            shape,
            mode in _COLOUR,
            _GRAY.get(mode, "u1"),
            has_alpha,
            is_turned(orientation),
            _STORED_AS.get(mode, ""),
        )


def _orientation(image: Image.Image) -> int:
    """As the header has it: a PNG is not read to its end for one, and a TIFF turned by Pillow."""
    told = 1 if image.format == "TIFF" else Image.Image.getexif(image).get(ORIENTATION)
    return told if isinstance(told, int) else 1


def _decode(path: Path, header: Header, is_mask: bool) -> Array:
    if path.suffix.lower() in _TIFF:
        return decode_volume(path, header, is_mask=is_mask)
    with Image.open(path, formats=_FORMATS) as image:
        orientation = _orientation(image)
        check_bounds(path, image.size[::-1])
        plane = upright(as_stored(image, header, is_mask=is_mask), orientation)
    return as_channels(path, plane, header, is_mask=is_mask)
