"""The way a descent went: its loss at the left, what it moved at the right, step by step."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from graphlab.engine.descent import Point
from graphlab.gui.plots.style import FORWARD_WIDTH, recolour, styled_plot
from graphlab.gui.plots.ticks import round_numbers, told
from graphlab.gui.theme import GRID, Theme, font

REACH = 20
"""A curve that goes further than so many times its first value, or 1, is cut off there."""

_DECADES = 4.0  # beside the first value, on a log scale
_ROOM = 0.22  # of the width, at the right for the names
_LINE = 14.0  # pixels between two names
_NARROW = 380  # below this there is room for one plot only
_DASHES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine)

_MOST = 1000  # points drawn of a longer way

_Numbers = NDArray[np.float64]
_Steps = NDArray[np.intp]


class Trajectory(QWidget):
    """Two plots over the steps; the plotting library must have been loaded."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Loss and parameters over the steps")
        self._theme, self._is_log = theme, False
        self._points: Sequence[Point] = ()
        self._at, self._loss = 0, ""
        self.left, self.right = styled_plot(theme), styled_plot(theme)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * GRID)
        for plot in (self.left, self.right):
            plot.setMinimumWidth(10 * GRID)
            row.addWidget(plot, 1)

    def show_points(self, points: Sequence[Point], at: int, loss: str) -> None:
        """Show a way, and where on it the document is."""
        self._points, self._at, self._loss = points, at, loss
        self._draw()

    def set_log(self, is_log: bool) -> None:
        """Put the loss on a logarithmic scale, or back."""
        self._is_log = is_log
        self._draw()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        for plot in (self.left, self.right):
            recolour(plot, theme)
        self._draw()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.right.setVisible(self.width() >= _NARROW)
        self._draw()

    def _draw(self) -> None:
        for plot in (self.left, self.right):
            plot.clear()
        if not self._points:
            return
        steps = _thinned(len(self._points), self._at)
        shown = [self._points[step] for step in steps]
        losses = np.array([point.loss for point in shown], dtype=np.float64)
        if self._is_log:
            losses = _logarithms(losses)
        self.left.getAxis("left").setLogMode(self._is_log)
        theme = self._theme
        self._draw_lines(
            self.left, steps, {self._loss: losses}, [theme.forward], is_log=self._is_log
        )
        moved = {
            name: np.array([point.values[name] for point in shown], dtype=np.float64)
            for name in self._points[0].values
        }
        self._draw_lines(self.right, steps, moved, theme.categories[1:])

    def _draw_lines(
        self,
        plot: Any,
        at: _Steps,
        lines: dict[str, _Numbers],
        colours: Sequence[str],
        *,
        is_log: bool = False,
    ) -> None:
        import pyqtgraph

        low, high = limits(list(lines.values()), is_log=is_log)
        span = high - low
        ends: list[tuple[float, str, str]] = []
        for i, (name, numbers) in enumerate(lines.items()):
            colour = colours[i % len(colours)]
            dash = _DASHES[i // len(colours) % len(_DASHES)]
            is_known = np.isfinite(numbers)
            x, y = at[is_known], np.clip(numbers[is_known], low - span, high + span)
            ahead = x > self._at
            faint = pyqtgraph.mkPen(self._theme.far(colour), width=1, style=Qt.PenStyle.DotLine)
            pen = pyqtgraph.mkPen(colour, width=FORWARD_WIDTH, style=dash)
            plot.plot(x[ahead | (x == self._at)], y[ahead | (x == self._at)], pen=faint)
            plot.plot(x[~ahead], y[~ahead], pen=pen)
            if self._at in x:
                here = float(y[x == self._at][0])
                plot.plot(
                    [self._at], [here], pen=None, symbol="o", symbolSize=7,
                    symbolBrush=self._theme.accent, symbolPen=None,
                )  # fmt: skip
            if len(y):
                ends.append((min(max(float(y[-1]), low), high), name, colour))
        steps = max(len(self._points) - 1, 1)
        plot.setXRange(0, steps * (1 + _ROOM), padding=0.02)
        plot.setYRange(low, high, padding=0.08)
        ticks = round_numbers(0.0, steps, 4, whole=True)
        plot.getAxis("bottom").setTicks([list(zip(ticks, told(ticks), strict=True))])
        self._draw_names(plot, ends, steps, (low, high))

    def _draw_names(
        self,
        plot: Any,
        ends: list[tuple[float, str, str]],
        steps: int,
        sides: tuple[float, float],
    ) -> None:
        """Each line's name at its end, moved up or down where two would overlap."""
        import pyqtgraph

        low, high = sides
        gap = (high - low) * _LINE / max(plot.height() - 3 * GRID, 1)
        place = -math.inf
        for y, name, colour in sorted(ends):
            place = max(y, place + gap)
            label = pyqtgraph.TextItem(name, color=QColor(colour), anchor=(0, 0.5))
            label.setFont(font(12))
            label.setPos(steps * 1.02, place)
            plot.addItem(label, ignoreBounds=True)


def _thinned(count: int, at: int) -> _Steps:
    """The steps that are drawn of so many: both ends, where it stands, and enough between."""
    between = np.linspace(0, count - 1, min(count, _MOST)).astype(np.intp)
    return np.unique(np.append(between, min(at, count - 1)))


def limits(lines: Sequence[_Numbers], *, is_log: bool = False) -> tuple[float, float]:
    """The lowest and the highest that is shown; what leaves them is cut off, not followed."""
    known = [line[np.isfinite(line)] for line in lines]
    known = [line for line in known if len(line)]
    if not known:
        return 0.0, 1.0
    largest = max(abs(float(line[0])) for line in known)
    reach = REACH * max(largest, 1.0)
    low, high = -reach, reach
    if is_log:
        high, low = max(float(line[0]) for line in known) + _DECADES, -300.0
    low = max(low, min(float(line.min()) for line in known))
    high = min(high, max(float(line.max()) for line in known))
    if high - low < 1e-12 * max(abs(high), abs(low), 1e-300):
        room = abs(high) / 2 or 1.0
        return low - room, high + room
    return low, high


def _logarithms(numbers: _Numbers) -> _Numbers:
    """Log 10 of what has one."""
    with np.errstate(all="ignore"):
        return np.where(numbers > 0, np.log10(np.where(numbers > 0, numbers, 1.0)), np.nan)
