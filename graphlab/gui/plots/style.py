"""One look for every plot, and the plotting library loaded when a plot is first wanted.

The library takes 0.4 s to import.  Another thread is no place for that: most of it is touching all
of Qt's classes, which come into being on first use while the window is using them too.  So they are
touched here a few at a time between events, and the import itself is then short.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from itertools import chain
from time import perf_counter
from typing import Any

from PySide6 import QtCore, QtGui, QtWidgets
from PySide6.QtCore import QMargins, QObject, Qt, QTimer
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QFrame
from shiboken6 import isValid

from graphlab.gui.theme import GRID, Theme, font

_LIBRARY = "pyqtgraph"
_TEXT_SIZE = 11
_LEFT_WIDTH = 5 * GRID
_TURN = 0.008  # seconds of making classes between events

FORWARD_WIDTH, BACKWARD_WIDTH = 2.0, 1.6


def is_loaded() -> bool:
    """Whether a plot can be made at once."""
    return _LIBRARY in sys.modules


def load_plotting(owner: QObject, then: Callable[[], None]) -> None:
    """Call ``then`` when plots can be made; at once if they can already.

    All who ask while the library is on its way are called when it has come, but for those whose
    ``owner`` went with its window meanwhile.
    """
    if is_loaded():
        then()
        return
    _WAITING.append((owner, then))
    if len(_WAITING) == 1:
        QTimer.singleShot(0, lambda: _go_on(_made_classes()))


_WAITING: list[tuple[QObject, Callable[[], None]]] = []


def _made_classes() -> Iterator[object]:
    modules = (QtCore, QtGui, QtWidgets)
    return chain.from_iterable(
        (getattr(module, name, None) for name in dir(module)) for module in modules
    )


def _go_on(classes: Iterator[object]) -> None:
    """Make classes for a moment; when all are made, import the library."""
    end = perf_counter() + _TURN
    for _ in classes:
        if perf_counter() > end:
            QTimer.singleShot(0, lambda: _go_on(classes))
            return
    _load()
    waiting = _WAITING.copy()
    _WAITING.clear()
    for owner, then in waiting:
        if isValid(owner):
            then()


def _load() -> None:
    import pyqtgraph

    pyqtgraph.setConfigOption("antialias", True)


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
