"""One look for every plot, and the plotting library loaded when a plot is first wanted.

The library takes 0.4 s to import, so it is imported away from the window's thread, and what waits
for it is called when it is there.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QMargins, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QFrame

from graphlab.gui.background import Background
from graphlab.gui.theme import GRID, Theme, font

_LIBRARY = "pyqtgraph"
_TEXT_SIZE = 11
_LEFT_WIDTH = 5 * GRID
_WAITING: list[Callable[[], None]] = []
_loaders: list[Background] = []

FORWARD_WIDTH, BACKWARD_WIDTH = 2.0, 1.6


def is_loaded() -> bool:
    """Whether a plot can be made at once."""
    return _LIBRARY in sys.modules and not _loaders


def load_plotting(then: Callable[[], None]) -> None:
    """Call ``then`` in the window's thread when plots can be made; at once if they can already.

    All who ask while the library is on its way are called when it has come.
    """
    if is_loaded():
        then()
        return
    _WAITING.append(then)
    if not _loaders:
        _loaders.append(Background())
        _loaders[0].start(_load, _loaded)


def _load() -> Any:
    import pyqtgraph

    return pyqtgraph


def _loaded(_: Any) -> None:
    _loaders.clear()
    waiting = _WAITING.copy()
    _WAITING.clear()
    for then in waiting:
        then()


def styled_plot(theme: Theme) -> Any:
    """A ``pyqtgraph.PlotWidget`` without boxes or buttons, few ticks, in the theme's colours.

    The library must have been loaded.
    """
    import pyqtgraph

    plot = pyqtgraph.PlotWidget()
    plot.setFrameShape(QFrame.Shape.NoFrame)
    plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    plot.setAntialiasing(True)
    plot.setMenuEnabled(False)
    plot.hideButtons()
    plot.setMouseEnabled(x=False, y=False)
    plot.viewport().setContentsMargins(QMargins(0, 0, 0, 0))
    for side in ("left", "bottom"):
        axis = plot.getAxis(side)
        axis.setStyle(
            tickFont=font(_TEXT_SIZE), tickLength=-4, tickTextOffset=4, maxTickLevel=0,
            textFillLimits=[(0, 0.6)], hideOverlappingLabels=True,
        )  # fmt: skip
        axis.enableAutoSIPrefix(False)
        axis.tickStrings = _with_true_minus(axis.tickStrings)
    plot.getAxis("left").setWidth(_LEFT_WIDTH)
    recolour(plot, theme)
    return plot


def recolour(plot: Any, theme: Theme) -> None:
    """Put the ground, the axes and the grid of a styled plot into a theme's colours.

    The curves are its owner's to colour anew.
    """
    plot.setBackground(QColor(theme.ground))
    for side in ("left", "bottom"):
        axis = plot.getAxis(side)
        axis.setPen(QColor(theme.border))
        axis.setTextPen(QColor(theme.muted))
        axis.label.setDefaultTextColor(QColor(theme.muted))
        axis.label.setFont(font(_TEXT_SIZE))


def _with_true_minus(strings: Callable[..., list[str]]) -> Callable[..., list[str]]:
    return lambda *ticks: [text.replace("-", "−") for text in strings(*ticks)]


def forward_pen(theme: Theme) -> Any:
    """What goes forward, a value or a function: blue and solid."""
    import pyqtgraph

    return pyqtgraph.mkPen(theme.forward, width=FORWARD_WIDTH)


def backward_pen(theme: Theme) -> Any:
    """What goes backward, a derivative or a gradient: orange and dashed."""
    import pyqtgraph

    return pyqtgraph.mkPen(theme.backward, width=BACKWARD_WIDTH, style=Qt.PenStyle.DashLine)
