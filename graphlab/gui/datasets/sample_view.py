"""Samples as they are looked at: thumbnails, small curves, a scatter plot or rows of numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QWidget

from graphlab.data.columns import Array
from graphlab.data.samples import Example, Samples
from graphlab.gui.datasets.marks import (
    Stamps,
    class_colour,
    class_sign,
    draw_height,
    height_colour,
)
from graphlab.gui.datasets.plane import Plane, number_text
from graphlab.gui.lettering import scaled
from graphlab.gui.theme import GRID, LIGHT, Theme, font

_TILE, _WIDE_TILE, _LOW = 13 * GRID, 24 * GRID, 8 * GRID
_GAP = GRID
_DOT = 2.2
_SMALL = 11
_MARK = 3.6


class SampleGallery(QScrollArea):
    """One split's samples, as many in a row as there is room for."""

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Samples")
        self.page = _Page()
        self.setWidget(self.page)

    def show_samples(self, samples: Samples | None, classes: Sequence[str] = ()) -> None:
        """Show other samples, or none."""
        self.page.samples, self.page.classes = samples, tuple(classes)
        self.page.prepare()
        self.setAccessibleDescription(_told(samples, classes))
        self.verticalScrollBar().setValue(0)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self.page.theme = theme
        self.page.update()


class _Page(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.theme = LIGHT
        self.samples: Samples | None = None
        self.classes: tuple[str, ...] = ()
        self._images: list[QImage | None] = []
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def prepare(self) -> None:
        """Make pictures of what is to be shown now."""
        examples = () if self.samples is None else self.samples.examples
        self._images = [_picture(each.pixels) for each in examples]
        self.updateGeometry()
        self.update()

    # --- places ---------------------------------------------------------------------------------
    def sizeHint(self) -> QSize:
        return QSize(4 * (_TILE + _GAP), self.heightForWidth(4 * (_TILE + _GAP)))

    def heightForWidth(self, width: int) -> int:
        """What all rows take."""
        samples = self.samples
        if samples is None:
            return 0
        if samples.points is not None:
            return min(width, 44 * GRID)
        if samples.kind == "rows":
            return self._line * (len(samples.examples) + 1)
        across, size = self._layout(width)
        down = -(-len(samples.examples) // across)
        return int(down * (size.height() + self._line + _GAP))

    @property
    def _line(self) -> int:
        return round(QFontMetricsF(font(_SMALL)).height() + 4)

    def _layout(self, width: int) -> tuple[int, QSize]:
        is_wide = self.samples is not None and self.samples.kind == "signals"
        least = scaled(_WIDE_TILE if is_wide else _TILE)
        across = max(1, (width + _GAP) // (least + _GAP))
        room = max(least, (width + _GAP) // across - _GAP)
        return across, QSize(room, scaled(_LOW) if is_wide else room)

    def _tiles(self, count: int) -> list[QRectF]:
        across, size = self._layout(self.width())
        step, line = size.width() + _GAP, self._line
        return [
            QRectF(
                i % across * step,
                i // across * (size.height() + line + _GAP),
                size.width(),
                size.height(),
            )
            for i in range(count)
        ]

    # --- painting -------------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        if self.samples is None:
            return
        pen = QPainter(self)
        pen.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen.setFont(font(_SMALL))
        draw: dict[str, Callable[[QPainter, Samples], None]] = {
            "points": self._points,
            "curve": self._points,
            "rows": self._rows,
        }
        draw.get(self.samples.kind, self._grid)(pen, self.samples)

    def _grid(self, pen: QPainter, samples: Samples) -> None:
        tiles = self._tiles(len(samples.examples))
        for example, image, tile in zip(samples.examples, self._images, tiles, strict=True):
            if image is not None:
                _draw_image(pen, example, image, tile)
            elif example.signal is not None:
                self._signal(pen, example.signal, tile)
            pen.setPen(QColor(self.theme.text))
            below = QRectF(tile.left(), tile.bottom() + 1, tile.width(), self._line)
            words = pen.fontMetrics().elidedText(
                example.label, Qt.TextElideMode.ElideRight, int(tile.width())
            )
            pen.drawText(below, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, words)

    def _signal(self, pen: QPainter, signal: Array, tile: QRectF) -> None:
        pen.setPen(QPen(QColor(self.theme.border), 1))
        pen.setBrush(QColor(self.theme.card))
        pen.drawRect(tile)
        low, high = float(signal.min()), float(signal.max())
        inner = tile.adjusted(3, 4, -3, -4)
        across = np.linspace(inner.left(), inner.right(), signal.shape[1])
        pen.setBrush(Qt.BrushStyle.NoBrush)
        for place, channel in enumerate(signal):
            colour = QColor(self.theme.forward if place == 0 else self.theme.muted)
            heights = inner.bottom() - (channel - low) / max(high - low, 1e-12) * inner.height()
            pen.setPen(QPen(colour, 1.3))
            pen.drawPolyline(QPolygonF(list(map(QPointF, across, heights))))

    def _rows(self, pen: QPainter, samples: Samples) -> None:
        heads = (*samples.names, "")
        width = min(self.width() / len(heads), scaled(16 * GRID))
        lines = [[(name, True) for name in heads[:-1]] + [("target", True)]]
        for example in samples.examples:
            numbers = () if example.numbers is None else example.numbers
            cells = [(f"{value:.4g}".replace("-", "−"), False) for value in numbers]
            lines.append([*cells, (example.label, False)])
        align = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for down, line in enumerate(lines):
            for i, (text, is_head) in enumerate(line):
                pen.setPen(QColor(self.theme.muted if is_head else self.theme.text))
                cell = QRectF(i * width, down * self._line, width - GRID, self._line)
                room = pen.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(width))
                pen.drawText(cell, align, room)

    def _points(self, pen: QPainter, samples: Samples) -> None:
        points, values = samples.points, samples.values
        if points is None:
            return
        plane = Plane.around(points, QRectF(self.rect()), is_square=samples.kind == "points")
        plane.draw_axes(pen, self.theme, samples.names)
        stamps = Stamps(_MARK, QColor(self.theme.card), self.devicePixelRatioF())
        whole = values is not None and not samples.is_whole
        low = float(values.min()) if values is not None else 0.0
        reach = max(float(np.ptp(values)), 1e-12) if values is not None else 1.0
        for i, (x, y) in enumerate(points):
            at = plane.place(float(x), float(y))
            if values is not None and whole:
                colour = height_colour((float(values[i]) - low) / reach, self.theme)
                draw_height(pen, at, colour, self.theme, _MARK)
            else:
                stamps.draw(pen, at, 0 if values is None else int(values[i]))
        if values is not None and whole:
            ends = ((class_colour(0), values.min()), (class_colour(1), values.max()))
            plane.draw_legend(pen, self.theme, [(c, "●", number_text(float(v))) for c, v in ends])
        if samples.is_whole and self.classes:
            legend = [(class_colour(i), class_sign(i), n) for i, n in enumerate(self.classes)]
            plane.draw_legend(pen, self.theme, legend)


def _picture(pixels: Array | None) -> QImage | None:
    if pixels is None:
        return None
    height, width = pixels.shape[:2]
    kept = np.ascontiguousarray(pixels)
    image = QImage(kept.data, width, height, 3 * width, QImage.Format.Format_RGB888)
    return image.copy()  # which needs the array no longer


def _draw_image(pen: QPainter, example: Example, image: QImage, tile: QRectF) -> None:
    """The image as large as it goes, its dots and boxes on it."""
    scale = min(tile.width() / image.width(), tile.height() / image.height())
    size = QSize(round(image.width() * scale), round(image.height() * scale))
    place = QRectF(
        tile.left() + (tile.width() - size.width()) / 2,
        tile.top() + (tile.height() - size.height()) / 2,
        size.width(),
        size.height(),
    )
    pen.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    pen.drawImage(place, image)
    for x, y in () if example.dots is None else example.dots:
        at = place.topLeft() + QPointF(float(x) * place.width(), float(y) * place.height())
        pen.setPen(QPen(QColor("black"), 0.8))
        pen.setBrush(QColor("#e69f00"))
        pen.drawEllipse(at, _DOT, _DOT)
    pen.setBrush(Qt.BrushStyle.NoBrush)
    for x0, y0, x1, y1 in () if example.boxes is None else example.boxes:
        corner = place.topLeft() + QPointF(float(x0) * place.width(), float(y0) * place.height())
        box = QRectF(
            corner.x(),
            corner.y(),
            float(x1 - x0) * place.width(),
            float(y1 - y0) * place.height(),
        )
        pen.setPen(QPen(QColor("#e69f00"), 1.5))
        pen.drawRect(box)


def _told(samples: Samples | None, classes: Sequence[str]) -> str:
    """The samples in words, for who does not see them."""
    if samples is None:
        return "nothing to show yet"
    if samples.points is not None:
        among = f" of {', '.join(classes)}" if classes else ""
        return f"{len(samples.points)} points{among}"
    labels = [example.label for example in samples.examples if example.label]
    return f"{len(samples.examples)} examples" + (f": {', '.join(labels)}" if labels else "")
