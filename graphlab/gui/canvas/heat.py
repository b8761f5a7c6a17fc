"""Heat maps: blue–white–orange around zero for signed arrays, one hue for magnitudes, grey images.

The ramps are straight lines in OKLab, so that equal steps look equal.  NaN is hatched.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage, qRgb

from graphlab.gui.canvas.figure import PictureKind

BLUE, WHITE, ORANGE = "#2166ac", "#f7f7f5", "#c25a00"

_STEPS = 127


def heat_image(array: NDArray[np.floating[Any]], kind: PictureKind, neutral: str = WHITE) -> QImage:
    """One pixel per element; ``NaN`` in a checkerboard of greys, to be scaled without smoothing.

    ``neutral`` is the colour of zero.
    """
    values = np.asarray(array, dtype=float)
    finite = np.isfinite(values)
    largest = heat_limit(values)
    share = np.where(finite, values, 0.0) / (largest or 1.0)
    if kind == "signed":
        colours = _diverging(neutral)[np.rint((share + 1) * _STEPS).astype(int).clip(0, 2 * _STEPS)]
    elif kind == "magnitude":
        colours = _diverging(neutral)[
            np.rint((1 - abs(share)) * _STEPS).astype(int).clip(0, _STEPS)
        ]
    else:
        colours = np.repeat((share.clip(0, 1) * 255)[..., None], 3, axis=2)
    hatch = np.where((np.indices(values.shape).sum(axis=0) % 2)[..., None] == 0, 120, 200)
    pixels = np.full((*values.shape, 4), 255, dtype=np.uint8)
    pixels[..., :3] = np.where(finite[..., None], colours, hatch)
    height, width = values.shape
    return QImage(pixels.tobytes(), width, height, 4 * width, QImage.Format.Format_RGBX8888).copy()


def signed_map(values: NDArray[np.floating[Any]], limit: float) -> QImage:
    """The same for signed arrays (rows, columns), by a table of colours: many a second.

    ``limit`` is the strongest colour, and what is no number has the colour of zero.
    """
    share = np.nan_to_num(values / (limit or 1.0))
    index = np.rint((share + 1) * _STEPS).clip(0, 2 * _STEPS).astype(np.uint8)
    rows, columns = index.shape
    image = QImage(index.tobytes(), columns, rows, columns, QImage.Format.Format_Indexed8)
    image.setColorTable(_table())
    return image.convertToFormat(QImage.Format.Format_RGB32)


@cache
def _table() -> list[int]:
    return [qRgb(*colour) for colour in _diverging(WHITE).astype(np.uint8).tolist()]


def heat_limit(array: NDArray[np.floating[Any]]) -> float:
    """The magnitude the strongest colour stands for."""
    finite = np.asarray(array)[np.isfinite(array)]
    return float(abs(finite).max()) if finite.size else 0.0


def _diverging(neutral: str) -> NDArray[np.float64]:
    """Colours from blue (−) over a neutral one to orange (+): (2 steps + 1, 3) in 0…255."""
    t = np.linspace(0, 1, _STEPS + 1)[:, None]
    blue, white, orange = (_to_oklab(c) for c in (BLUE, neutral, ORANGE))
    ramp = np.vstack([blue + (white - blue) * t, (white + (orange - white) * t)[1:]])
    return _from_oklab(ramp)


# Björn Ottosson's OKLab: linear sRGB to cone responses, and their cube roots to L, a, b.
_TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def _to_oklab(colour: str) -> NDArray[np.float64]:
    c = QColor(colour)
    share = np.array([c.redF(), c.greenF(), c.blueF()])
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return np.asarray(_TO_LAB @ np.cbrt(_TO_CONES @ linear))


def _from_oklab(lab: NDArray[np.float64]) -> NDArray[np.float64]:
    cones = (lab @ np.linalg.inv(_TO_LAB).T) ** 3
    linear = (cones @ np.linalg.inv(_TO_CONES).T).clip(0, 1)
    share = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.asarray(share * 255)
