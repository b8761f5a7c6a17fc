"""Image files, through Pillow and tifffile: what a header says is judged before a pixel is read.

Every image becomes an array (C, H, W), and a TIFF of several pages (1, D, H, W), of 8-bit, 16-bit
or float values.  Nothing is scaled here.
"""

from __future__ import annotations

import logging
import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
from PIL import Image

from graphlab.data.columns import Array, Paths, shown
from graphlab.errors import DataError

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".ppm", ".pgm")
MAX_PIXELS = 2**26
"""One image, or all pages of a stack together, hold at most this many pixels."""

_FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM")
_GRAY = {"1": "u1", "L": "u1", "LA": "u1", "I;16": "u2", "I;16B": "u2", "I": "u2", "F": "f4"}
_COLOUR = {"P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "LAB", "HSV"}
_ALPHA = {"LA", "PA", "RGBA"}
_UNCOMPRESSED = 1

A = TypeVar("A")

logging.getLogger("tifffile").setLevel(logging.CRITICAL)  # what it would print is told as an error


@dataclass(frozen=True)
class Header:
    """What an image's header says; ``shape`` is (H, W), or (D, H, W) for a stack."""

    shape: tuple[int, ...]
    is_colour: bool
    dtype: str
    has_alpha: bool = False


def image_files(folder: Path, deep: bool = False) -> Paths:
    """The images of a folder by their suffix, in order; those that begin with a dot are not."""
    return Paths(_files(folder, deep, are_images=True))


def other_files(folder: Path) -> Paths:
    """The files of a folder that are no images."""
    return Paths(_files(folder, False, are_images=False))


def _files(folder: Path, deep: bool, are_images: bool) -> list[str]:
    found = []
    folders = [str(folder)]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.name[0] == ".":
                    continue
                if entry.is_dir():
                    folders += [entry.path] if deep else []
                elif entry.name.lower().endswith(SUFFIXES) == are_images and entry.is_file():
                    found.append(entry.path)
    return sorted(found)


def look(path: Path) -> Header:
    """Read a header; ``DataError`` where it is damaged or claims too much."""
    return _careful(path, _look)


def decode(path: Path, header: Header, *, is_mask: bool = False) -> Array:
    """The pixels, (C, H, W) or (1, D, H, W), as colour where the header says so.

    A mask keeps its values: a palette's places, not its colours.  Raises ``DataError`` where the
    pixels are damaged.
    """
    return _careful(path, partial(_decode, header=header, is_mask=is_mask))


def resized(pixels: Array, size: tuple[int, int], *, is_mask: bool = False) -> Array:
    """Pixels at another height and width: bilinear, and nearest neighbours for a mask."""
    method = Image.Resampling.NEAREST if is_mask else Image.Resampling.BILINEAR
    planes = pixels.reshape(-1, *pixels.shape[-2:]).astype(np.float32)
    made = [Image.fromarray(plane).resize(size[::-1], method) for plane in planes]
    values = np.stack([np.asarray(image) for image in made])
    values = values if pixels.dtype.kind == "f" else values.round()
    return values.astype(pixels.dtype).reshape(*pixels.shape[:-2], *size)


# --- one file -----------------------------------------------------------------------------------
def _careful(path: Path, read: Callable[[Path], A]) -> A:
    """Pillow and tifffile raise whatever their parsers meet; here it is one sentence."""
    try:
        return read(path)
    except DataError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise DataError(f"{path} has more than {MAX_PIXELS} pixels: cut it into tiles") from None
    except Exception as error:
        why = " ".join(str(error).split()) or type(error).__name__
        raise DataError(f"{path} cannot be read as an image ({why:.120})") from None


def _look(path: Path) -> Header:
    if path.suffix.lower() in (".tif", ".tiff"):
        return _look_tiff(path)
    with Image.open(path, formats=_FORMATS) as image:
        shape, mode = image.size[::-1], image.mode
        _bound(path, shape)
        if mode not in _GRAY and mode not in _COLOUR:
            raise DataError(f"{path} has pixels of the kind {mode}: save it as PNG")
        if mode in _COLOUR and any("16" in str(tile[3]) for tile in image.tile):
            raise DataError(f"{path} has colours of 16 bits, which are read from TIFF alone")
        frames = getattr(image, "n_frames", 1)
        if frames > 1:
            raise DataError(f"{path} has {frames} frames: save it as a TIFF stack")
        has_alpha = mode in _ALPHA or "transparency" in image.info
        return Header(shape, mode in _COLOUR, _GRAY.get(mode, "u1"), has_alpha)


def _bound(path: Path, shape: tuple[int, ...]) -> None:
    if math.prod(shape) > MAX_PIXELS or 0 in shape:
        raise DataError(
            f"{path} says it is {shown(shape)}, and an image has 1 to {MAX_PIXELS} pixels: cut it "
            "into tiles"
        )


def _decode(path: Path, header: Header, is_mask: bool) -> Array:
    if path.suffix.lower() in (".tif", ".tiff"):
        pixels = _decode_tiff(path)
        if pixels is not None:
            return _with_channels(path, pixels, header, is_mask)
    with Image.open(path, formats=_FORMATS) as image:
        frames = []
        for page in range(header.shape[0] if len(header.shape) == 3 else 1):
            image.seek(page)
            _bound(path, image.size[::-1])
            frames.append(_plane(image, header, is_mask))
    stacked = np.stack(frames) if len(header.shape) == 3 else frames[0]
    return _with_channels(path, stacked, header, is_mask)


def _plane(image: Image.Image, header: Header, is_mask: bool) -> Array:
    if header.dtype != "u1" or (is_mask and image.mode in ("P", "L", "1")):
        return np.asarray(image).astype(header.dtype)
    if is_mask and image.mode in ("RGB", "RGBA", "LA"):
        return np.asarray(image)
    return np.asarray(image.convert("RGB" if header.is_colour else "L"))


def _with_channels(path: Path, pixels: Array, header: Header, is_mask: bool) -> Array:
    """Channels first; a mask in colours is one where its colours are equal."""
    stack = len(header.shape)
    if pixels.ndim == stack + 1:
        pixels = np.moveaxis(pixels, -1, 0)[:3]
        if is_mask:
            if (pixels != pixels[:1]).any():
                raise DataError(
                    f"{path} is a mask in colours: save it in grey, a number for each kind"
                )
            pixels = pixels[:1]
        return pixels
    pixels = pixels[None].astype(header.dtype, copy=False)
    return np.repeat(pixels, 3, 0) if header.is_colour and not is_mask else pixels


# --- TIFF ---------------------------------------------------------------------------------------
def _look_tiff(path: Path) -> Header:
    import tifffile  # loaded with the first TIFF, since it is slow to load

    with tifffile.TiffFile(path) as file:
        series = file.series[0]
        shape, axes, dtype = series.shape, series.axes, series.dtype
        _bound(path, shape)
        if file.pages.first.compression == _UNCOMPRESSED and series.nbytes > path.stat().st_size:
            raise DataError(
                f"{path} says it is {shown(shape)}, {series.nbytes} bytes, and has "
                f"{path.stat().st_size}: it was cut short"
            )
    is_colour = "S" in axes
    plane = tuple(n for n, axis in zip(shape, axes, strict=True) if axis != "S")
    samples = math.prod(shape) // math.prod(plane)
    if len(plane) not in (2, 3) or dtype is None or (is_colour and samples not in (3, 4)):
        raise DataError(
            f"{path} has the axes {axes} ({shown(shape)}): save it as pages of height and width"
        )
    kinds = {"uint8": "u1", "uint16": "u2", "float32": "f4", "bool": "u1"}
    if dtype.name not in kinds:
        raise DataError(f"{path} holds {dtype.name}: save it as uint8, uint16 or float32")
    return Header(plane, is_colour, kinds[dtype.name], samples == 4)


def _decode_tiff(path: Path) -> Array | None:
    """Uncompressed pixels; packed ones are left to Pillow, whose library bounds what it unpacks."""
    import tifffile  # loaded with the first TIFF, since it is slow to load

    with tifffile.TiffFile(path) as file:
        if file.pages.first.compression != _UNCOMPRESSED:
            return None
        series = file.series[0]
        pixels: Array = series.asarray()
        return np.moveaxis(pixels, series.axes.index("S"), -1) if "S" in series.axes else pixels
