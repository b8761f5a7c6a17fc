"""Arrays as pictures: images in grey, what is laid over them, signals as lines.

Blue stands for what should be and orange for what the network gives, a pair that colour-blind
people can tell apart; the one is drawn whole and the other dashed or filled.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF

from graphlab.gui.datasets.marks import COLOURS
from graphlab.gui.theme import Theme

Array = NDArray[Any]

TRUE, GIVEN = "#5aa2ff", "#ff9d3c"
"""On an image, which may be dark or light: what should be, and what the network gives."""

_FILL = 0.55
_WAVE = (192, 96)


def grey(pixels: Array) -> QImage:
    """(H, W) or (H, W, 3) bytes as a picture."""
    colours = np.repeat(pixels[..., None], 3, 2) if pixels.ndim == 2 else pixels
    return picture(colours)


def picture(colours: Array) -> QImage:
    """(H, W, 3) bytes as a picture."""
    whole = np.ascontiguousarray(colours, np.uint8)
    height, width = whole.shape[:2]
    return QImage(whole.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def masked(pixels: Array, true: Array, predicted: Array) -> QImage:
    """An image with what was missed in blue, found wrongly in orange, the true mask outlined.

    Masks hold the class of each pixel: one taken for another is found wrongly.
    """
    colours = np.repeat(pixels[..., None], 3, 2) if pixels.ndim == 2 else pixels
    mixed = colours.astype(float)
    true, predicted = (fitted(each, mixed.shape[:2]) for each in (true, predicted))
    is_wrong = true != predicted
    for place, colour in ((is_wrong & (true > 0), TRUE), (is_wrong & (predicted > 0), GIVEN)):
        mixed[place] = (1 - _FILL) * mixed[place] + _FILL * _rgb(colour)
    mixed[_border(true)] = 255
    return picture(mixed.round())


def dense(pixels: Array, plane: Array, points: Array | None) -> QImage:
    """An image with a map over it in orange, stronger where it is larger, and true dots in blue."""
    colours = np.repeat(pixels[..., None], 3, 2) if pixels.ndim == 2 else pixels
    strength = fitted(np.nan_to_num(plane).clip(0), colours.shape[:2])
    most = float(strength.max())
    share = (strength / most if most > 0 else strength)[..., None] * 0.85
    made = picture((colours * (1 - share) + _rgb(GIVEN) * share).round())
    if points is None:
        return made
    large = made.scaled(
        made.size() * _zoom(made), Qt.AspectRatioMode.KeepAspectRatio,
        Qt.TransformationMode.FastTransformation,
    )  # fmt: skip
    painter = QPainter(large)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(TRUE), 1.5))
    for y, x in points[points[:, 0] >= 0].tolist():
        painter.drawEllipse(QPointF(x * large.width(), y * large.height()), 3, 3)
    painter.end()
    return large


def boxed(pixels: Array, true: Array, predicted: Array) -> QImage:
    """An image with the true boxes in blue and the predicted ones in dashed orange."""
    made = grey(pixels)
    large = made.scaled(made.size() * _zoom(made))
    painter = QPainter(large)
    for boxes, colour, style in (
        (true, TRUE, Qt.PenStyle.SolidLine),
        (predicted, GIVEN, Qt.PenStyle.DashLine),
    ):
        painter.setPen(QPen(QColor(colour), 2, style))
        for x0, y0, x1, y1 in boxes[boxes[:, 2] >= 0].clip(-1, 2).tolist():
            wide, high = large.width(), large.height()
            painter.drawRect(QRectF(x0 * wide, y0 * high, (x1 - x0) * wide, (y1 - y0) * high))
    painter.end()
    return large


def wave(channels: Array, theme: Theme) -> QImage:
    """A signal (channels, length) as lines, each channel on its own level."""
    wide, high = _WAVE
    made = QImage(wide, high, QImage.Format.Format_RGB888)
    made.fill(QColor(theme.card))
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(theme.text), 1.5))
    low, high_value = float(channels.min()), float(channels.max())
    room = high / len(channels)
    for k, values in enumerate(channels):
        across = np.linspace(3, wide - 3, len(values))
        down = (high_value - values) / max(high_value - low, 1e-12) * (room - 8) + 4 + k * room
        points = zip(across.tolist(), down.tolist(), strict=True)
        painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in points]))
    painter.end()
    return made


def fitted(plane: Array, size: tuple[int, ...]) -> Array:
    """A plane with as many rows and columns as an image, each taken from the nearest one."""
    rows, columns = (np.arange(n) * m // n for n, m in zip(size, plane.shape, strict=True))
    return np.asarray(plane[rows][:, columns])


def _zoom(made: QImage) -> int:
    """How often a small picture is enlarged before lines are drawn on it."""
    return max(1, -(-160 // max(made.width(), made.height(), 1)))


def _border(classes: Array) -> Array:
    """The cells of a mask that have a neighbour of another class, but for those of 0."""
    padded = np.pad(classes, 1, mode="edge")
    beside = (padded[:-2, 1:-1], padded[2:, 1:-1], padded[1:-1, :-2], padded[1:-1, 2:])
    return np.asarray((classes > 0) & np.any([classes != each for each in beside], 0))


def _rgb(colour: str) -> Array:
    found = QColor(colour)
    return np.array([found.red(), found.green(), found.blue()], float)


def class_colours(count: int) -> list[str]:
    """A colour a class, as where data is chosen."""
    return [COLOURS[i % len(COLOURS)] for i in range(count)]
