"""Whether every layer learns: gradients, weights, updates, dead units, by depth and over time."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from graphlab.engine.numbers import show
from graphlab.gui.lenses.parts import Choice
from graphlab.gui.lenses.rows import Rows, RowTable
from graphlab.gui.lettering import scaled
from graphlab.gui.plots.style import FORWARD_WIDTH
from graphlab.gui.theme import GRID, LIGHT, Theme, blend
from graphlab.gui.training.history import History
from graphlab.gui.training.lines import Line, LinePlot

QUANTITIES: Mapping[str, str] = {
    "Gradient norm": "gradients",
    "Weight norm": "weights",
    "Update / weight": "updates",
}

VANISHING, EXPLODING = 1e-4, 1e3
"""A gradient so many times smaller than the largest of all, or as large as this, is told of."""

STILL, WILD = 1e-6, 1e-1
"""An update that is a smaller share of its weight than this moves nothing, a larger one too far."""

HEADINGS = ("Layer", "Health", "Gradient", "Weight", "Update/weight")
_HEALTH, _FIGURES = 1, (2, 3, 4)  # what is told first is seen where numbers have to be scrolled to
_NAMED = 8  # lines that are all named
_LINES = 40  # lines of one plot; of a deeper network these are spread over its depth
_WIDE, _WIDEST = 30, 100  # in GRIDs, of the table


class Row(NamedTuple):
    """One parameter or rectifier: NaN where there is no such number, and what is wrong."""

    name: str  # PyTorch's, by which numbers are told
    node: str  # the one that is shown, as everywhere in the window
    gradient: float = math.nan
    weight: float = math.nan
    update: float = math.nan
    dead: str = ""
    verdict: str = ""


class LayersTab(QWidget):
    """A table by depth and one quantity over time; ``chosen`` carries the node of a row."""

    chosen = Signal(str)

    def __init__(self, history: History, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.history = history
        self.layers: Sequence[Mapping[str, str]] = ()
        self.found: list[Row] = []
        self._theme = LIGHT
        self.plot = LinePlot(LIGHT, "Layers over the steps")
        self.which = Choice("What is drawn over time")
        self.which.offer(list(QUANTITIES))
        self.rows = Rows(HEADINGS, _FIGURES)
        self.table = RowTable(self.rows, "Layers by depth", spare=_HEALTH)
        self.table.setMinimumWidth(_WIDE * GRID)
        self.table.setMaximumWidth(_WIDEST * GRID)
        self.table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.which.setMinimumContentsLength(12)
        self.which.setToolTip("Norms of each layer, from blue for the first to orange for the last")
        head = QHBoxLayout()
        head.setSpacing(GRID)
        head.addWidget(self.which)
        head.addStretch()
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.plot, 1)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, GRID // 2, 0, 0)
        whole.setSpacing(2 * GRID)
        whole.addWidget(self.table, 3)
        whole.addLayout(column, 2)
        self.which.activated.connect(self.refresh)
        self.table.row_chosen.connect(self._choose)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        self.rows.set_theme(theme)
        self.plot.set_theme(theme)
        self.refresh()

    # --- showing --------------------------------------------------------------------------------
    def refresh(self) -> None:
        """Show what is known by now; the row chosen stays chosen."""
        if not self.isVisible():
            return
        self.found = judge(self.layers, self.history)
        at = self.table.currentIndex().row()
        wrong = [i for i, row in enumerate(self.found) if row.verdict]
        place = self.table.verticalScrollBar().value()
        self.table.blockSignals(True)
        self.rows.show_cells([_cells(row) for row in self.found], wrong)
        if 0 <= at < len(self.found):
            self.table.selectRow(at)
        self.table.blockSignals(False)
        self.table.verticalScrollBar().setValue(place)
        self.table.fit_columns(scaled(20 * GRID))
        self.plot.show_lines(self._lines(at), is_log=True)

    def _lines(self, at: int) -> list[Line]:
        """A line a layer, from blue to orange by depth; the row chosen is thick and named."""
        theme, curves = self._theme, self.history.of(QUANTITIES[self.which.currentText()])
        rows = [(i, row) for i, row in enumerate(self.found) if row.name in curves]
        every = max(1, math.ceil(len(rows) / _LINES))
        lines = []
        for place, (i, row) in enumerate(rows):
            if place % every and i != at:
                continue
            is_end = place in (0, len(rows) - 1)
            is_chosen = i == at
            share = place / max(len(rows) - 1, 1)
            colour = theme.text if is_chosen else _by_depth(share, theme)
            is_named = is_chosen or len(rows) <= _NAMED or (is_end and at < 0)
            name = row.node if is_named else ""
            width = FORWARD_WIDTH * 1.5 if is_chosen else FORWARD_WIDTH * 0.75
            lines.append((is_chosen, Line(*curves[row.name].points, colour, name, width)))
        return [line for _, line in sorted(lines, key=lambda each: each[0])]

    def _choose(self, row: int) -> None:
        if row < len(self.found):
            self.chosen.emit(self.found[row].node)
            self.refresh()


def judge(layers: Sequence[Mapping[str, str]], history: History) -> list[Row]:
    """Every parameter and rectifier by depth, with what is wrong with it."""
    gradients, weights, updates = (history.of(kind) for kind in QUANTITIES.values())
    largest = max((x.last for x in gradients.values() if math.isfinite(x.last)), default=0.0)
    rows = []
    for layer in layers:
        told, node = layer["told"], layer["node"]
        if layer["kind"] == "rectifier":
            dead, of = history.dead.get(node), history.units.get(node)
            if dead is not None and of is not None:
                verdict = "▲ most of them" if dead * 2 > of else ""
                rows.append(Row(told, node, dead=f"{dead:,} of {of:,} dead", verdict=verdict))
        elif told in gradients:
            gradient, weight, update = (x[told].last for x in (gradients, weights, updates))
            verdict = _verdict(gradient, weight, update, largest)
            rows.append(Row(told, node, gradient, weight, update, verdict=verdict))
        else:
            rows.append(Row(told, node))
    return rows


def _by_depth(share: float, theme: Theme) -> str:
    """A colour for a layer this far down the network, from 0 to 1."""
    first, last = (theme.forward, theme.accent) if share < 0.5 else (theme.accent, theme.backward)
    return blend(last, first, 2 * share if share < 0.5 else 2 * share - 1)


def _verdict(gradient: float, weight: float, update: float, largest: float) -> str:
    if not math.isfinite(gradient):
        return "▲ not a finite number"
    if gradient >= EXPLODING:
        return "▲ exploding"
    if gradient <= VANISHING * largest:
        return "▼ vanishing"
    if weight > 0 and update >= WILD:
        return "▲ moves too far"
    return "▼ hardly moves" if weight > 0 and update <= STILL else ""


def _cells(row: Row) -> tuple[str, ...]:
    numbers = ("" if math.isnan(x) else show(x) for x in (row.gradient, row.weight, row.update))
    return (row.node, "  ".join(filter(None, (row.dead, row.verdict))), *numbers)
