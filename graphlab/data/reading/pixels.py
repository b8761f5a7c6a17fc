"""What the readers of images share: a header, its bounds, and a plane brought into one order."""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from PIL import Image

from graphlab.data.columns import Array, shown
from graphlab.errors import DataError

MAX_PIXELS = 2**26
"""One image, or all pages of a stack together, hold at most this many pixels."""

ORIENTATION = 274
"""The tag of EXIF and TIFF that says how the stored rows and columns lie (TIFF 6.0, page 36)."""

_EXCHANGED, _UPSIDE_DOWN, _MIRRORED = (5, 6, 7, 8), (3, 4, 7, 8), (2, 3, 6, 7)

_PIXELS = ("u1", "u2", "f4")

A = TypeVar("A")


@dataclass(frozen=True)
class Header:
    """What an image's header says; ``shape`` is (H, W), or (D, H, W) for a stack, upright.

    ``is_turned`` tells of pixels that are stored otherwise than they are shown, ``stored_as`` of
    colours that are not stored as red, green and blue.
    """

    shape: tuple[int, ...]
    is_colour: bool
    dtype: str
    has_alpha: bool = False
    is_turned: bool = False
    stored_as: str = ""


class _Reading(threading.local):
    """Whether this thread reads an image; what libraries log of that is in our sentences."""

    is_on = False

    def admits(self, _record: logging.LogRecord) -> bool:
        return not self.is_on


_reading = _Reading()
for _library in ("tifffile", "PIL.TiffImagePlugin"):
    logging.getLogger(_library).addFilter(_reading.admits)


def careful(path: Path, read: Callable[[Path], A]) -> A:
    """Pillow and tifffile raise and log whatever their parsers meet; here it is one sentence."""
    was_on, _reading.is_on = _reading.is_on, True
    try:
        return read(path)
    except DataError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise DataError(f"{path} has more than {MAX_PIXELS} pixels: cut it into tiles") from None
    except Exception as error:
        why = " ".join(str(error).split()) or type(error).__name__
        raise DataError(f"{path} cannot be read as an image ({why:.120})") from None
    finally:
        _reading.is_on = was_on


def check_bounds(path: Path, shape: tuple[int, ...]) -> None:
    """Raise ``DataError`` for an image without pixels or of too many."""
    if math.prod(shape) > MAX_PIXELS or 0 in shape:
        raise DataError(
            f"{path} says it is {shown(shape)}, and an image has 1 to {MAX_PIXELS} pixels: cut it "
            "into tiles"
        )


def check_kind(path: Path, header: Header, *, is_mask: bool) -> None:
    """Raise ``DataError`` for an image of whole numbers as masks hold them, as labels: by which
    number they are to be divided is not known."""
    if not is_mask and header.dtype not in _PIXELS:
        raise DataError(
            f"{path} holds {np.dtype(header.dtype)}, which is read as a mask's labels alone: save "
            "it as uint8, uint16 or float32"
        )


def upright(pixels: Array, orientation: int) -> Array:
    """Stored pixels (H, W, …) as they are shown."""
    if orientation in _EXCHANGED:
        pixels = pixels.swapaxes(0, 1)
    rows = -1 if orientation in _UPSIDE_DOWN else 1
    return pixels[::rows, :: -1 if orientation in _MIRRORED else 1]


def shown_shape(shape: tuple[int, ...], orientation: int) -> tuple[int, ...]:
    """Height and width as they are shown."""
    return shape[::-1] if orientation in _EXCHANGED else shape


def is_turned(orientation: int) -> bool:
    """Whether pixels are stored otherwise than they are shown."""
    return orientation in (*_EXCHANGED, *_UPSIDE_DOWN, *_MIRRORED)


def as_stored(image: Image.Image, header: Header, *, is_mask: bool) -> Array:
    """What Pillow decodes, (H, W) or (H, W, channels); a mask's numbers stay as they are."""
    if header.dtype != "u1" or (is_mask and image.mode in ("P", "L", "1")):
        return np.asarray(image).astype(header.dtype)
    if is_mask and image.mode in ("RGB", "RGBA", "LA"):
        return np.asarray(image)
    return np.asarray(image.convert("RGB" if header.is_colour else "L"))


def as_channels(path: Path, plane: Array, header: Header, *, is_mask: bool) -> Array:
    """A plane (H, W) or (H, W, channels) as (C, H, W), in colour where the header says so.

    A mask in colours is one where its colours are equal; ``DataError`` where they are not.
    """
    if plane.ndim == 3:
        plane = np.moveaxis(plane, -1, 0)[:3]
        if not is_mask:
            return plane
        if (plane != plane[:1]).any():
            raise DataError(f"{path} is a mask in colours: save it in grey, a number for each kind")
        return plane[:1]
    plane = plane[None].astype(header.dtype, copy=False)
    return np.repeat(plane, 3, 0) if header.is_colour and not is_mask else plane
