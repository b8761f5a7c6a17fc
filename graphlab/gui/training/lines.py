"""Lines over the steps of a run, drawn many times a second beside a training that wants the core.

They are painted here, not by the plotting library: that takes ten times as long for the same
picture, most of it in finding out what has not changed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import count
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from graphlab.gui.canvas.sprites import draw_lines
from graphlab.gui.lettering import scaled
from graphlab.gui.plots.style import FORWARD_WIDTH
from graphlab.gui.plots.ticks import decades, round_numbers, told
from graphlab.gui.plots.trajectory import limits
from graphlab.gui.theme import GRID, Theme, font
from graphlab.gui.training.history import Numbers

_NAME, _FIGURE = 12.0, 11.0  # pixels of a name's letters, and of those at an axis
_MOST_ROOM = 0.5  # of the width, at the right for the names
_BESIDE = 8.0  # pixels on either side of a name
_PADDING = 0.12  # of the height, above and below the lines
_FEWEST = -12.0  # what is smaller than 10 to this is as good as nothing on a log scale
_LEFT, _TICK = 5 * GRID, 4  # pixels for the figures at the left; of a tick
_APART = 28.0, 72.0  # pixels that figures at an axis are apart at least, upright and level
_HUGE = 1e300
_DASHES = 160  # points of a dashed line: dashes are costly where a line turns often


class Line(NamedTuple):
    """Values (points,) at steps (points,); a line without a name is only seen."""

    steps: Numbers
    values: Numbers
    colour: str
    name: str = ""
    width: float = FORWARD_WIDTH
    is_dashed: bool = False


class LinePlot(QWidget):
    """One plot of lines, the last on top; a name stands at the end of its line."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setMinimumSize(14 * GRID, 12 * GRID)
        self.lines: Sequence[Line] = ()
        self.is_log = False
        self._theme = theme

    def sizeHint(self) -> QSize:
        return QSize(40 * GRID, 24 * GRID)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme; the lines get theirs when they are next shown."""
        self._theme = theme
        self.update()

    def show_lines(self, lines: Sequence[Line], *, is_log: bool = False) -> None:
        """Show these in place of the others."""
        self.lines, self.is_log = lines, is_log
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(self._theme.ground))
        frame = _Frame(self.lines, QRectF(self.rect()), is_log=self.is_log)
        self._paint_axes(painter, frame)
        painter.save()
        painter.setClipRect(frame.box)
        for line in frame.lines:
            _paint_line(painter, frame, line)
        painter.restore()
        _paint_names(painter, frame)
        painter.end()

    def _paint_axes(self, painter: QPainter, frame: _Frame) -> None:
        """Two sides, and beside each a few round numbers."""
        box, high = frame.box, frame.figures.height()
        painter.setPen(QPen(QColor(self._theme.border), 1))
        painter.drawLine(box.bottomLeft(), box.topLeft())
        painter.drawLine(box.bottomLeft(), box.bottomRight())
        rows = [(text, frame.y(value)) for value, text in frame.upright()]
        columns = [(text, frame.x(step)) for step, text in frame.level()]
        for _, y in rows:
            painter.drawLine(QLineF(box.left(), y, box.left() + _TICK, y))
        for _, x in columns:
            painter.drawLine(QLineF(x, box.bottom(), x, box.bottom() - _TICK))
        painter.setFont(font(_FIGURE))
        painter.setPen(QColor(self._theme.muted))
        at_right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for text, y in rows:
            painter.drawText(QRectF(0, y - high, box.left() - _TICK, 2 * high), at_right, text)
        for text, x in columns:
            wide = frame.figures.horizontalAdvance(text)
            left = min(max(x - wide / 2, 0.0), self.width() - wide)
            painter.drawText(QPointF(left, self.height() - frame.figures.descent() - 1), text)


class _Frame:
    """What is shown where: steps and values, as far as they are shown, to pixels."""

    def __init__(self, lines: Sequence[Line], whole: QRectF, *, is_log: bool) -> None:
        self.is_log = is_log
        shown = [_logarithmic(line) if is_log else _bounded(line) for line in lines]
        self.lines = [line for line in shown if np.isfinite(line.values).any()]
        self.low, self.high = limits([line.values for line in self.lines], is_log=is_log)
        self.last = max((float(line.steps[-1]) for line in self.lines), default=1.0) or 1.0
        self.figures, self.letters = QFontMetricsF(font(_FIGURE)), QFontMetricsF(font(_NAME))
        below = math.ceil(self.figures.height()) + _TICK
        self.box = whole.adjusted(0, _TICK, 0, -below - 0.5)
        figures = (self.figures.horizontalAdvance(text) for _, text in self.upright())
        self.box.setLeft(max(scaled(_LEFT), math.ceil(max(figures, default=0)) + 2 * _TICK) + 0.5)
        names = [line.name for line in self.lines if line.name]
        wide = max(
            (self.letters.horizontalAdvance(name) + 2 * _BESIDE for name in names), default=0
        )
        self.room = min(wide, _MOST_ROOM * self.box.width())
        self._wide = max(self.box.width() - self.room - _BESIDE, 1.0)
        self._high = max(self.box.height() * (1 - 2 * _PADDING), 1.0)

    def x(self, steps: float) -> float:
        return self.box.left() + _BESIDE + steps / self.last * self._wide

    def y(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return self.box.bottom() - self.box.height() * _PADDING - share * self._high

    def points(self, line: Line) -> NDArray[np.float64]:
        """The pixels (points, 2) of a line; what leaves the picture does so close to it."""
        span = self.high - self.low
        values = np.clip(line.values, self.low - span, self.high + span)
        xs = self.box.left() + _BESIDE + line.steps * (self._wide / self.last)
        ys = self.y(0.0) - values * (self._high / span)
        return np.stack((xs, ys), axis=1)

    def upright(self) -> list[tuple[float, str]]:
        """Values at the left, and how they are told."""
        margin = (self.high - self.low) * _PADDING
        low, high = self.low - margin, self.high + margin
        if self.is_log:
            return decades(low, high)
        wish = max(int(self.box.height() / scaled(_APART[0])), 1)
        tried = (round_numbers(low, high, most) for most in count(wish))
        values = next(numbers for numbers in tried if len(numbers) > 1)
        return list(zip(values, told(values), strict=True))

    def level(self) -> list[tuple[float, str]]:
        """Steps below, and how they are told."""
        most = max(int(self._wide / scaled(_APART[1])), 1)
        steps = round_numbers(0.0, self.last, most, whole=True)
        return list(zip(steps, told(steps), strict=True))


def _paint_line(painter: QPainter, frame: _Frame, line: Line) -> None:
    """In pieces of two points: Qt takes a hundred times as long to join them where it is thick."""
    points = frame.points(line)
    style = Qt.PenStyle.DashLine if line.is_dashed else Qt.PenStyle.SolidLine
    painter.setPen(QPen(QColor(line.colour), line.width, style, Qt.PenCapStyle.SquareCap))
    if line.is_dashed:
        points = points[np.isfinite(points[:, 1])]
        kept = np.linspace(0, len(points) - 1, min(len(points), _DASHES)).astype(np.intp)
        painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in points[kept].tolist()]))
        return
    pieces = np.concatenate((points[:-1], points[1:]), axis=1)
    draw_lines(painter, pieces[np.isfinite(pieces).all(axis=1)])


def _paint_names(painter: QPainter, frame: _Frame) -> None:
    """Each name at its line's end, moved where two would overlap or one would be cut."""
    lines = [line for line in frame.lines if line.name]
    high, letters = frame.letters.height(), frame.letters
    sides = frame.box.top() + high / 2, frame.box.bottom() - high / 2
    ends = [frame.y(_end(line, frame.low, frame.high)) for line in lines]
    painter.setFont(font(_NAME))
    left, room = frame.x(frame.last) + _BESIDE, frame.room - 2 * _BESIDE
    for i, y in apart(ends, high, sides).items():
        name = letters.elidedText(lines[i].name, Qt.TextElideMode.ElideMiddle, room + 1)
        painter.setPen(QColor(lines[i].colour))
        painter.drawText(QPointF(left, y + (letters.ascent() - letters.descent()) / 2), name)


def apart(ends: Sequence[float], gap: float, sides: tuple[float, float]) -> dict[int, float]:
    """Places near ``ends`` that are a gap apart and between the sides; the first have none where
    there is no room for all."""
    low, high = sides
    most = 1 + max(0, math.floor((high - low) / gap + 1e-9)) if gap > 0 else len(ends)
    order = sorted(range(max(0, len(ends) - most), len(ends)), key=lambda i: ends[i])
    places: dict[int, float] = {}
    place = low - gap
    for i in order:
        place = places[i] = max(ends[i], place + gap)
    place = high + gap
    for i in reversed(order):
        place = places[i] = min(places[i], place - gap)
    return places


def _end(line: Line, low: float, high: float) -> float:
    known = line.values[np.isfinite(line.values)]
    return min(max(float(known[-1]), low), high)


def _bounded(line: Line) -> Line:
    """The line without what is no number, or so large that the height of the plot would be none."""
    with np.errstate(invalid="ignore"):
        return line._replace(values=np.where(np.abs(line.values) < _HUGE, line.values, np.nan))


def _logarithmic(line: Line) -> Line:
    with np.errstate(all="ignore"):
        values = np.where(line.values > 0, np.log10(line.values), np.nan)
    return line._replace(values=np.maximum(values, _FEWEST))
