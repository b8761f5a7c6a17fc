"""An op of single elements as a curve: its value, its derivative, and where the run is on both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from graphlab.engine.numbers import show_number
from graphlab.gui.alike import is_same
from graphlab.gui.plots.style import (
    backward_pen,
    forward_pen,
    is_loaded,
    load_plotting,
    recolour,
    styled_plot,
)
from graphlab.gui.theme import GRID, Theme
from graphlab.ops import Op
from graphlab.ops.contract import Domain
from graphlab.ops.families import Elementwise

SAMPLES = 401
MOST_POINTS = 200
"""Operating points drawn; of more, evenly many of those in order."""

_MARGIN = 0.25  # of the domain's width, beyond its ends
_JUMP = 0.2  # of the height shown, between two samples
_HEIGHT = 20 * GRID
_Line = NDArray[np.float64]


class Curve(Struct, frozen=True, eq=False):
    """A function and its derivative along its input, and the same at the operating points."""

    x: _Line
    y: _Line
    slope: _Line
    at: _Line
    at_y: _Line
    at_slope: _Line
    is_scalar: bool


def has_curve(op: type[Op]) -> bool:
    """Whether an op is a function of one number."""
    return issubclass(op, Elementwise) and len(op.ports) == 1


def can_be_held(op: type[Op], others: Sequence[Any]) -> bool:
    """Whether an op of single elements is a function of its first input, the others held."""
    is_one_of_several = issubclass(op, Elementwise) and len(op.ports) == len(others) + 1 > 1
    return is_one_of_several and all(v is not None and not np.ndim(v) for v in others)


def curve(
    op: type[Op], attributes: Mapping[str, Any], operating: Any, held: Sequence[Any] = ()
) -> Curve:
    """Sample an op over its declared domain and wherever it is used; ``operating`` may be None.

    ``held`` are the numbers of all inputs but the first.
    """
    given = np.asarray([] if operating is None else operating, dtype=float)
    points = np.sort(given[np.isfinite(given)], axis=None)
    if points.size > MOST_POINTS:
        points = points[np.linspace(0, points.size - 1, MOST_POINTS).round().astype(int)]
    domain = op.domains.get(op.ports[0], Domain())
    ends = [domain.low, domain.high, *points[:1], *points[-1:]]
    margin = _MARGIN * (max(ends) - min(ends))
    x = np.linspace(min(ends) - margin, max(ends) + margin, SAMPLES)
    is_scalar = operating is not None and given.ndim == 0 and points.size == 1
    return Curve(
        x,
        *_sampled(op, attributes, x, held),
        points,
        *_sampled(op, attributes, points, held),
        is_scalar,
    )


def _sampled(
    op: type[Op], attributes: Mapping[str, Any], x: _Line, held: Sequence[Any]
) -> tuple[_Line, _Line]:
    """The op's own forward and vjp; what is not a finite number there is left out as NaN."""
    others = [np.asarray(number, dtype=float) for number in held]
    with np.errstate(all="ignore"):
        y = np.asarray(op.forward(x, *others, **attributes), dtype=float)
        slope = op.vjp(np.ones_like(y), y, x, *others, **attributes)[0]
    slope = np.broadcast_to(np.asarray(slope, dtype=float), x.shape)
    has_value = np.isfinite(y)
    return np.where(has_value, y, np.nan), np.where(has_value & np.isfinite(slope), slope, np.nan)


class CurvePlot(QWidget):
    """The plot with a line of words under it; empty until the plotting library is there."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._asked: tuple[type[Op], dict[str, Any], Any, list[Any]] | None = None
        self._drawn: list[Any] = []  # what the curve that is drawn follows from
        self._names = ("", "")
        self._held: Mapping[str, Any] = {}
        self.plot: Any = None
        self.curve: Curve | None = None
        self.words = QLabel()
        self.words.setWordWrap(True)
        self.words.setTextFormat(Qt.TextFormat.RichText)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(GRID // 2)
        self._column.addWidget(self.words)

    def show_op(
        self,
        op: type[Op],
        attributes: Mapping[str, Any],
        operating: Any,
        names: tuple[str, str],
        held: Mapping[str, Any],
    ) -> None:
        """Draw an op with these attributes; ``names`` are its output's and its first input's.

        ``held`` has the other inputs by name.
        """
        told = (op, names, *attributes.items(), operating, *held.items())
        before, self._drawn = self._drawn, _flat(told)
        if self.curve is not None and _are_same(before, self._drawn):
            return  # as after a step or an edit elsewhere
        self._asked = (op, dict(attributes), operating, list(held.values()))
        self._names, self._held = names, held
        if is_loaded():
            self._draw()
        else:
            load_plotting(self, self._draw)

    def set_theme(self, theme: Theme) -> None:
        """Draw it again in the theme's colours."""
        self._theme = theme
        if self.plot is not None:
            recolour(self.plot, theme)
            self._draw()

    def clear(self) -> None:
        """Ask for nothing any more."""
        self._asked = self.curve = None

    def _draw(self) -> None:
        if self._asked is None:
            return
        if self.plot is None:
            self.plot = styled_plot(self._theme)
            self.plot.setFixedHeight(_HEIGHT)
            self.plot.setAccessibleName("The function and its derivative")
            self._column.insertWidget(0, self.plot)
        found = self.curve = curve(*self._asked)
        self.plot.clear()
        jump = _JUMP * float(np.ptp(_range(found)))
        for y, pen in (
            (found.slope, backward_pen(self._theme)),
            (found.y, forward_pen(self._theme)),
        ):
            self.plot.plot(*_broken(found.x, y, jump), pen=pen, connect="finite")
        self._frame(found)
        self._mark(found)
        self.words.setText(self._told(found))

    def _frame(self, found: Curve) -> None:
        """Show the curves and every operating point; a pole does not flatten the rest."""
        low, high = _range(found)
        room = 0.08 * (high - low)
        self.plot.setXRange(found.x[0], found.x[-1], padding=0.02)
        self.plot.setYRange(low - 2 * room, high + room, padding=0)

    def _mark(self, found: Curve) -> None:
        """Filled dots on the function, hollow diamonds on the derivative, a rug at the bottom."""
        import pyqtgraph

        if not found.at.size:
            return
        if found.is_scalar and np.isfinite(found.at_slope).all():
            tangent = found.at_y[0] + found.at_slope[0] * (found.x - found.at[0])
            pen = pyqtgraph.mkPen(self._theme.muted, width=1)
            self.plot.plot(found.x, tangent, pen=pen)
        forward, backward = (pyqtgraph.mkColor(c) for c in (self._theme.forward,
                                                            self._theme.backward))  # fmt: skip
        ground = pyqtgraph.mkColor(self._theme.ground)
        for y, symbol, edge, fill in (
            (found.at_slope, "d", backward, ground),
            (found.at_y, "o", ground, forward),
        ):
            if (known := np.isfinite(y)).any():  # the library warns of an array that is all NaN
                self.plot.plot(found.at[known], y[known], pen=None, symbol=symbol, symbolSize=6,
                               symbolPen=pyqtgraph.mkPen(edge), symbolBrush=fill)  # fmt: skip
        low, high = _range(found)
        bottom = np.full(found.at.size, low - 0.12 * (high - low))
        rug = _stroke(self._theme)
        self.plot.plot(found.at, bottom, pen=None, symbol="|", symbolSize=8, symbolPen=rug)

    def _told(self, found: Curve) -> str:
        forward, backward = self._theme.forward, self._theme.backward
        out, into = self._names
        if found.is_scalar:
            where = f" at {into} = {show_number(found.at[0])}"
            value = f" = {show_number(found.at_y[0])}"
            slope = f" = {show_number(found.at_slope[0])}"
        else:
            where = value = slope = ""
        held = ", ".join(f"{name} = {show_number(v)}" for name, v in self._held.items())
        return (
            f"<span style='color:{forward}'>— {out}{value}</span>{where}<br>"
            f"<span style='color:{backward}'>- - ∂{out}/∂{into}{slope}</span>"
        ) + (f"<br>with {held} held" if held else "")


def _flat(parts: Sequence[Any]) -> list[Any]:
    return [one for part in parts for one in (part if isinstance(part, tuple) else (part,))]


def _are_same(before: Sequence[Any], now: Sequence[Any]) -> bool:
    return len(before) == len(now) and all(map(is_same, before, now))


def _stroke(theme: Theme) -> Any:
    import pyqtgraph

    return pyqtgraph.mkPen(theme.text, width=1)


def _range(found: Curve) -> tuple[float, float]:
    """From the smallest to the largest number shown, but for the outermost of a pole."""
    at = np.concatenate([found.at_y, found.at_slope])
    parts = [_inner(found.y), _inner(found.slope), at[np.isfinite(at)], np.zeros(1)]
    whole = np.concatenate(parts)
    low, high = float(whole.min()), float(whole.max())
    return (low, high) if high > low else (low - 1, high + 1)


def _inner(y: _Line) -> _Line:
    drawn = y[np.isfinite(y)]
    if not drawn.size:
        return drawn
    ends = np.percentile(drawn, (10, 90))
    return np.asarray(drawn[abs(drawn - ends.mean()) <= max(np.ptp(ends), 1.0)])


def _broken(x: _Line, y: _Line, jump: float) -> tuple[_Line, _Line]:
    """The line with a gap wherever it jumps from one sample to the next."""
    change = np.pad(abs(np.diff(y)), 1)
    beside = np.fmax(change[:-2], change[2:])
    is_alone = (change[1:-1] > jump / 4) & (change[1:-1] > 5 * beside)
    gaps = np.flatnonzero(is_alone | (change[1:-1] > jump)) + 1
    return np.insert(x, gaps, x[gaps]), np.insert(y, gaps, np.nan)
