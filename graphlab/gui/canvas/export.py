"""A figure as a file: .svg, .png at 300 dots an inch, or .pdf, painted as on the screen.

Letters become shapes in .svg, so that they look right where the font is not installed; a .pdf
brings the font with it, and its text can be searched and copied.
A file appears whole or not at all.
"""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Literal

import msgspec
from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QRectF, QSize, QSizeF
from PySide6.QtGui import QColor, QImage, QPageLayout, QPageSize, QPainter, QPdfWriter
from PySide6.QtSvg import QSvgGenerator

from graphlab.errors import FileError
from graphlab.gui.canvas.boxes import Rect
from graphlab.gui.canvas.figure import Card, Figure, Link
from graphlab.gui.canvas.painter import FigurePainter
from graphlab.gui.canvas.pdf_text import readable
from graphlab.gui.theme import LIGHT, Theme, Type, typography

MARGIN = 24.0
DOTS_PER_INCH = 300

Show = Literal["all", "values", "bare"]

MOST_PIXELS = 40_000_000
"""Of a PNG: 60 nodes have half as many at 300 dots an inch."""

_UNITS_PER_INCH = 96
_LONGEST_SIDE = 32_000  # Qt's painter works to 32,767


def export(
    figure: Figure,
    path: Path | str,
    *,
    theme: Theme = LIGHT,
    fonts: Type | None = None,
    ground: str | None = None,
) -> None:
    """Write the whole figure to ``path``; its ending chooses the format, as in ``drawn``."""
    path = Path(path)
    write(path, drawn(figure, path.name, theme=theme, fonts=fonts, ground=ground)())


def drawn(
    figure: Figure,
    name: str,
    *,
    theme: Theme = LIGHT,
    fonts: Type | None = None,
    ground: str | None = None,
    most_pixels: int = MOST_PIXELS,
) -> Callable[[], bytes]:
    """The whole figure as the content of a file called ``name``; its ending chooses the format.

    It is drawn at once, in the window's thread; what comes back finds the bytes in any
    thread, which takes most of the time of a PNG.

    ``ground`` is the background's colour, "" for none; the theme's if None.  Raises ``FileError``
    for an ending that is not .svg, .png or .pdf.
    """
    ending = Path(name).suffix.lower()
    if ending not in (".svg", ".png", ".pdf"):
        raise FileError(
            f"{name} cannot be a picture, because GraphLab writes .svg, .png and .pdf; "
            "give the file one of these endings"
        )
    painter = FigurePainter(figure, theme, fonts or typography(), outlines=ending == ".svg")
    area = with_margin(painter.geometry.bounds)
    colour = theme.ground if ground is None else ground
    if ending == ".png":
        return partial(_png_bytes, _png(painter, area, colour, dots_per_inch(area, most_pixels)))
    content = (_svg if ending == ".svg" else _pdf)(painter, area, colour, name)
    return lambda: content


def with_margin(bounds: Rect) -> Rect:
    """What is drawn of a figure with these bounds."""
    x, y, width, height = bounds
    return (x - MARGIN, y - MARGIN, width + 2 * MARGIN, height + 2 * MARGIN)


def reduced(
    cards: Iterable[Card], links: Iterable[Link], show: Show
) -> tuple[list[Card], list[Link]]:
    """The same with less on it: ``values`` leaves out what goes back, ``bare`` every number."""
    is_bare = show == "bare"
    if show == "all":
        return list(cards), list(links)
    return [
        msgspec.structs.replace(
            card,
            gradient="",
            value="" if is_bare else card.value,
            picture=None if is_bare else card.picture,
        )
        for card in cards
    ], [
        msgspec.structs.replace(
            link, partial="", gradient="", total="", value="" if is_bare else link.value
        )
        for link in links
    ]


def _svg(painter: FigurePainter, area: Rect, ground: str, name: str) -> bytes:
    buffer = _opened()
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setTitle(name)
    generator.setDescription("Drawn by GraphLab")
    generator.setResolution(_UNITS_PER_INCH)
    generator.setSize(QSize(math.ceil(area[2]), math.ceil(area[3])))
    generator.setViewBox(QRectF(0, 0, area[2], area[3]))
    pen = QPainter(generator)
    _paint(painter, pen, area, ground, is_vector=True)
    pen.end()
    return bytes(buffer.data().data())


def _pdf(painter: FigurePainter, area: Rect, ground: str, name: str) -> bytes:
    buffer = _opened()
    writer = QPdfWriter(buffer)
    writer.setTitle(name)
    writer.setCreator("GraphLab")
    points = 72 / _UNITS_PER_INCH
    size = QSizeF(area[2] * points, area[3] * points)
    page = QPageSize(size, QPageSize.Unit.Point, "", QPageSize.SizeMatchPolicy.ExactMatch)
    writer.setPageLayout(QPageLayout(page, QPageLayout.Orientation.Portrait, QMarginsF()))
    pen = QPainter(writer)
    pen.scale(writer.width() / area[2], writer.height() / area[3])
    _paint(painter, pen, area, ground, is_vector=True)
    pen.end()
    return readable(bytes(buffer.data().data()))


def dots_per_inch(area: Rect, most_pixels: int = MOST_PIXELS) -> int:
    """How fine a PNG of an area is: 300 dots an inch, or fewer where there would be too many."""
    _, _, width, height = area
    most = min(math.sqrt(most_pixels / (width * height)), _LONGEST_SIDE / max(width, height))
    return min(DOTS_PER_INCH, max(1, math.floor(most * _UNITS_PER_INCH)))


def _png(painter: FigurePainter, area: Rect, ground: str, dots: int) -> QImage:
    scale = dots / _UNITS_PER_INCH
    width, height = math.ceil(area[2] * scale), math.ceil(area[3] * scale)
    image = QImage(width, height, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(QColor(0, 0, 0, 0))
    image.setDotsPerMeterX(round(dots / 0.0254))
    image.setDotsPerMeterY(round(dots / 0.0254))
    pen = QPainter(image)
    pen.scale(scale, scale)
    _paint(painter, pen, area, ground, is_vector=False)
    pen.end()
    return image


def _png_bytes(image: QImage) -> bytes:
    buffer = _opened()
    image.save(buffer, "PNG")  # type: ignore[call-overload]  # the stub wants bytes, Qt takes str
    return bytes(buffer.data().data())


def _paint(
    painter: FigurePainter, pen: QPainter, area: Rect, ground: str, *, is_vector: bool
) -> None:
    if ground:
        pen.fillRect(QRectF(0, 0, area[2], area[3]), QColor(ground))
    pen.translate(-area[0], -area[1])
    painter.paint(pen, area, is_vector=is_vector)


def _opened() -> QBuffer:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    return buffer


def write(path: Path, content: bytes) -> None:
    """Write beside the target, then take its place."""
    try:
        handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise _unwritable(path, error) from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(beside, 0o644)  # mkstemp's file is its owner's alone
        os.replace(beside, path)
    except OSError as error:
        Path(beside).unlink(missing_ok=True)
        raise _unwritable(path, error) from None


def _unwritable(path: Path, error: OSError) -> FileError:
    reason = (error.strerror or "the system refused").lower()
    return FileError(f"{path} cannot be written: {reason}; choose a folder you may write to")
