"""The counts lens: what every group and operation costs, from shapes alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from graphlab.graph import Graph, Node
from graphlab.graph.counting import Count, Counts, count
from graphlab.graph.grouping import chain_of
from graphlab.graph.node import OutPort
from graphlab.graph.templates import TEMPLATES
from graphlab.gui.background import Background
from graphlab.gui.lenses.parts import LensNotice
from graphlab.gui.lenses.rows import Rows, RowTable
from graphlab.gui.notes import listed
from graphlab.gui.phrases import told_bytes, told_field
from graphlab.gui.session import Session
from graphlab.gui.sizes import Sizes, sizes
from graphlab.gui.theme import GRID, Theme

_HEADINGS = (
    "Name", "What", "Output", "Parameters", "share", "Matrix multiply-adds", "share", "Memory",
    "share", "  Receptive field",
)  # fmt: skip
_FIGURES = (3, 4, 5, 6, 7, 8)
_KEYS: Mapping[int, Callable[[Count], float]] = {
    3: lambda cost: cost.parameters,
    4: lambda cost: cost.parameters,
    5: lambda cost: cost.multiply_adds,
    6: lambda cost: cost.multiply_adds,
    7: lambda cost: cost.memory,
    8: lambda cost: cost.memory,
    9: lambda cost: max(cost.field.size, default=0) if cost.field else -1,
}
_WIDEST = 36 * GRID  # of a column
_LARGE = 200  # nodes from which they are counted in the background
_EMPTY = "There is nothing to count yet: draw a graph, or open one from the gallery."


class Line(NamedTuple):
    """One group or operation, or with an empty name the whole graph."""

    name: str
    depth: int
    told: str  # what it is called
    what: str
    shape: str
    cost: Count


class CountsLens(QWidget):
    """A table of costs; a heading sorts by it, and ``chosen`` carries what a row is about."""

    chosen = Signal(str)  # the name of a node or a group

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.background = Background(self)
        self.lines: list[Line] = []
        self._order: int | None = None  # the column sorted by; None as the graph goes
        self._is_rising = False
        self._is_open = False
        self._counted: Mapping[str, Node] | None = None  # what the lines were found for
        self._groups: Any = None
        self.summary = LensNotice()
        self.rows = Rows(_HEADINGS, _FIGURES)
        self.table = RowTable(self.rows, "Counts")
        heading = self.table.horizontalHeader()
        heading.setSectionsClickable(True)
        heading.setToolTip(
            "Click to sort, largest first; again for smallest first, and again "
            "for the graph's own order"
        )
        heading.sectionClicked.connect(self.sort)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID)
        column.addWidget(self.summary)
        column.addWidget(self.table, 1)
        column.addStretch()
        self.table.row_chosen.connect(self._choose)
        session.changed.connect(self._renew)

    # --- opened, closed, coloured -------------------------------------------------------------
    def turn(self, *, is_open: bool) -> None:
        """On opening it counts, unless it has counted this graph already."""
        self._is_open = is_open
        if is_open:
            self._renew()
        else:
            self.background.drop()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self.rows.set_theme(theme)

    # --- counting -----------------------------------------------------------------------------
    def _renew(self) -> None:
        graph = self.session.graph
        is_same = self._counted is graph.nodes and self._groups is graph.groups
        if not self._is_open or is_same:
            return
        self._counted, self._groups = graph.nodes, graph.groups
        found = sizes(graph)

        def work() -> tuple[Counts, list[Line]]:
            counts = count(graph)
            return counts, lines(graph, counts, found)

        if len(graph.nodes) < _LARGE:
            self.background.drop()
            self._take(work())
        else:
            self.summary.say(f"Counting {len(graph.nodes):,} nodes…")
            self.background.start(work, self._take)

    def _take(self, answer: tuple[Counts, list[Line]]) -> None:
        counts, self.lines = answer
        self._show()
        self.table.fit_columns(_WIDEST)
        self.table.setVisible(bool(self.lines))
        self.summary.say(self._told(counts), is_problem=bool(counts.unknown))

    def _told(self, counts: Counts) -> str:
        if not self.lines:
            return _EMPTY
        if counts.unknown:
            return (
                f"The shape of {listed([*counts.unknown])} follows from nothing yet, so it counts "
                "as nothing: feed what it reads, or give it a shape."
            )
        return (
            "For one example in 32-bit numbers; multiply-adds are those of products of matrices "
            "and filters."
        )

    # --- rows ---------------------------------------------------------------------------------
    def sort(self, column: int) -> None:
        """Largest first by a column of numbers, then smallest first, then as the graph goes."""
        is_again = column == self._order
        if column not in _KEYS or (is_again and self._is_rising):
            self._order, self._is_rising = None, False
        else:
            self._order, self._is_rising = column, is_again
        self.rows.mark_sorted(self._order, is_rising=self._is_rising)
        self._show()
        self.table.fit_columns(_WIDEST)

    @property
    def shown(self) -> list[Line]:
        """The lines in the order of the rows; the whole graph stays first."""
        if self._order is None:
            return self.lines
        key, sign = _KEYS[self._order], 1 if self._is_rising else -1
        return [*self.lines[:1], *sorted(self.lines[1:], key=lambda line: sign * key(line.cost))]

    def _show(self) -> None:
        is_tree = self._order is None
        total = self.lines[0].cost if self.lines else Count()
        self.rows.show_cells([_cells(line, total, is_tree=is_tree) for line in self.shown])

    def _choose(self, row: int) -> None:
        name = self.shown[row].name
        if name in self.session.graph.nodes or name in self.session.graph.groups:
            self.chosen.emit(name)


def lines(graph: Graph, counts: Counts, found: Sizes) -> list[Line]:
    """The whole graph, then each group before what it holds; arrays are told by their groups."""
    if not graph.nodes:
        return []
    return [Line("", 0, "All", "", "", counts.total), *_parts(graph, counts, found)]


def _parts(graph: Graph, counts: Counts, found: Sizes) -> Iterator[Line]:
    known: set[str] = set()
    for name, node in graph.nodes.items():
        chain = list(reversed(list(chain_of(graph, node.group))))
        for depth, group in enumerate(chain):
            if group not in known:
                known.add(group)
                recipe = TEMPLATES.get(graph.groups[group].template)
                ports = counts.outputs[group]
                shape = found.told(ports[-1]) if ports else ""
                what = "group" if recipe is None else recipe.title
                yield Line(group, depth + 1, group, what, shape, counts.groups[group])
        cost = counts.nodes[name]
        if node.op.category != "Source" or (node.group is None and cost.parameters):
            depth, shape = len(chain) + 1, found.told(OutPort(name))
            yield Line(name, depth, name, node.op.name, shape, cost)


def _cells(line: Line, total: Count, *, is_tree: bool) -> tuple[str, ...]:
    cost = line.cost
    return (
        "   " * line.depth + line.told.rpartition(".")[2] if is_tree else line.told,
        line.what,
        line.shape,
        *_figure(cost.parameters, total.parameters),
        *_figure(cost.multiply_adds, total.multiply_adds),
        told_bytes(cost.memory) if cost.memory else "",
        _share(cost.memory, total.memory),
        "  " + told_field(cost.field) if cost.field else "",
    )


def _figure(number: int, total: int) -> tuple[str, str]:
    return (f"{number:,}" if number else ""), _share(number, total)


def _share(number: int, total: int) -> str:
    return f"{number / total:.1%}" if number else ""
