"""Lines over the steps of a run, drawn many times a second without making anything anew."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QColor, QFontMetricsF
from PySide6.QtWidgets import QVBoxLayout, QWidget

from graphlab.gui.plots.style import FORWARD_WIDTH, recolour, styled_plot
from graphlab.gui.plots.trajectory import limits
from graphlab.gui.theme import GRID, Theme, font
from graphlab.gui.training.history import Numbers

_NAME = 12.0  # pixels of a name's letters
_MOST_ROOM = 0.5  # of the width, at the right for the names
_BESIDE = 16.0  # pixels beside a name
_PADDING = 0.16  # of the height, above and below the lines
_FEWEST = -12.0  # what is smaller than 10 to this is as good as nothing on a log scale


class Line(NamedTuple):
    """Values (points,) at steps (points,); a line without a name is only seen."""

    steps: Numbers
    values: Numbers
    colour: str
    name: str = ""
    width: float = FORWARD_WIDTH
    is_dashed: bool = False


class LinePlot(QWidget):
    """One plot; the plotting library must have been loaded."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self._theme = theme
        self.plot = styled_plot(theme)
        self._items: list[Any] = []
        self._labels: list[Any] = []
        self._shown: tuple[Sequence[Line], bool] = ((), False)
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._fit)
        self.plot.getViewBox().sigResized.connect(lambda _box: self._soon.start())
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(self.plot)
        self.setMinimumSize(14 * GRID, 8 * GRID)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme; the lines get theirs when they are next shown."""
        self._theme = theme
        recolour(self.plot, theme)

    def _fit(self) -> None:
        """Place the names in the room that there is now."""
        lines, is_log = self._shown
        if lines:
            self.show_lines(lines, is_log=is_log)

    def show_lines(self, lines: Sequence[Line], *, is_log: bool = False) -> None:
        """Show these, the last on top; a name stands at the end of its line."""
        self._shown = lines, is_log
        shown = [_logarithmic(line) if is_log else line for line in lines]
        shown = [line for line in shown if np.isfinite(line.values).any()]
        self.plot.getAxis("left").setLogMode(is_log)
        self._need(len(shown))
        low, high = limits([line.values for line in shown], is_log=is_log)
        last = max((float(line.steps[-1]) for line in shown), default=1.0)
        for item, line in zip(self._items, shown, strict=False):
            self._draw(item, line, (low, high))
        for item in self._items[len(shown) :]:
            item.hide()
        self.plot.setXRange(0, max(last, 1.0) * (1 + self._room(shown)), padding=0.02)
        self.plot.setYRange(low, high, padding=_PADDING)
        self.plot.getAxis("left").setTicks([_decades(low, high)] if is_log else None)
        self._name([line for line in shown if line.name], last, (low, high))

    def _room(self, lines: Sequence[Line]) -> float:
        """What the names at the right need, as a share of the room for the lines."""
        metrics = QFontMetricsF(font(_NAME))
        need = max((metrics.horizontalAdvance(line.name) for line in lines if line.name), default=0)
        share = min((need + _BESIDE) / self._wide, _MOST_ROOM) if need else 0.0
        return share / (1 - share)

    @property
    def _wide(self) -> float:
        """Pixels between the axis and the right edge."""
        return max(float(self.plot.getViewBox().width()), 1.0)

    def _need(self, count: int) -> None:
        import pyqtgraph

        while len(self._items) < count:
            self._items.append(pyqtgraph.PlotCurveItem(connect="finite"))
            self.plot.addItem(self._items[-1], ignoreBounds=True)

    def _draw(self, item: Any, line: Line, sides: tuple[float, float]) -> None:
        import pyqtgraph

        low, high = sides
        span = high - low
        style = Qt.PenStyle.DashLine if line.is_dashed else Qt.PenStyle.SolidLine
        item.setPen(pyqtgraph.mkPen(line.colour, width=line.width, style=style))
        item.setData(line.steps, np.clip(line.values, low - span, high + span))
        item.show()

    def _name(self, lines: Sequence[Line], last: float, sides: tuple[float, float]) -> None:
        """Each name at its line's end, moved where two would overlap or one would be cut."""
        import pyqtgraph

        low, high = sides
        while len(self._labels) < len(lines):
            label = pyqtgraph.TextItem("", anchor=(0, 0.5))
            self._labels.append(label)
            self.plot.addItem(label, ignoreBounds=True)
        metrics = QFontMetricsF(font(_NAME))
        seen = (high - low) * (1 + 2 * _PADDING)
        gap = seen * metrics.height() / max(self.plot.getViewBox().height(), metrics.height())
        middle = (low + high) / 2
        sides = middle - (seen - gap) / 2, middle + (seen - gap) / 2
        places = apart([_end(line, low, high) for line in lines], gap, sides)
        for label in self._labels:
            label.hide()
        for i, place in places.items():
            label = self._labels[i]
            room = self._wide * _MOST_ROOM - _BESIDE
            name = metrics.elidedText(lines[i].name, Qt.TextElideMode.ElideMiddle, room)
            label.setText(name, color=QColor(lines[i].colour))
            label.setFont(font(_NAME))
            label.setPos(last * 1.01, place)
            label.show()


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


def _logarithmic(line: Line) -> Line:
    with np.errstate(all="ignore"):
        values = np.where(line.values > 0, np.log10(line.values), np.nan)
    return line._replace(values=np.maximum(values, _FEWEST))


def _decades(low: float, high: float) -> list[tuple[float, str]]:
    """Ticks of a log scale: powers of ten, with what lies between where there are few."""
    between = (1, 2, 5) if high - low < 1.5 else (1,)
    every = max(1, math.ceil((high - low) / 5))
    powers = range(math.floor(low), math.ceil(high) + 1, every)
    ticks = [(p + math.log10(m), f"{m * 10.0**p:g}") for p in powers for m in between]
    return [(place, text.replace("-", "−")) for place, text in ticks if low <= place <= high]
