"""A folded group in the inspector: as one op, with its own inputs, outputs and partials."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from graphlab.engine.numbers import show
from graphlab.engine.rules import d
from graphlab.engine.run import Run
from graphlab.graph import Graph, Node, OutPort
from graphlab.graph.counting import Count, count_group
from graphlab.gui.canvas.figure import DASH
from graphlab.gui.folded import Folded
from graphlab.gui.panels.inspector_edits import Edits
from graphlab.gui.panels.inspector_fields import NAME, AttributeField
from graphlab.gui.panels.inspector_parts import breakable, stacked, words
from graphlab.gui.panels.inspector_template import TemplateView
from graphlab.gui.phrases import brief, told_bytes, told_field
from graphlab.gui.sizes import sizes
from graphlab.gui.theme import GRID, Theme
from graphlab.gui.typeset import Typesetter
from graphlab.listing import listed

_MOST = 12  # rows of one table, and names of nodes
_COLUMN = 8 * GRID
_LONGEST = 14  # characters in a cell of numbers


class GroupView(QWidget):
    """Its title in a field, what it computes, its tables of numbers, and what can be done."""

    def __init__(
        self, edits: Edits, typesetter: Typesetter, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._edits, self._name = edits, ""
        self._counted: tuple[Mapping[str, Node], str, Count | None] | None = None
        self.template = TemplateView(edits, typesetter, theme)
        self.field, self.error = AttributeField(NAME), words("problem")
        self.field.setAccessibleName("Title of the group")
        self.field.setToolTip("How this group is headed")
        self.field.applied.connect(lambda _, text: self._rename(self._name, text))
        self.formula, self.holds = words(), words("muted")
        self.costs = Table("Costs")
        self.inputs, self.outputs = Table("Inputs"), Table("Outputs")
        self.partials, self.nodes = Table("Partials through it"), words("muted")
        self.open, self.ungroup = QPushButton("Open"), QPushButton("Ungroup")
        self.ungroup.setToolTip("Take the group away, keep what is in it")
        self._is_open = False
        self.open.clicked.connect(self._turn)
        self.ungroup.clicked.connect(self._edits.ungroup)
        buttons = QHBoxLayout()
        buttons.setSpacing(GRID)
        for button in (self.open, self.ungroup):
            button.setAutoDefault(False)
            buttons.addWidget(button)
        buttons.addStretch(1)
        column = stacked(self, GRID)
        above: tuple[QWidget, ...] = (
            self.field, self.error, self.formula, self.holds, self.costs
        )  # fmt: skip
        below: tuple[QWidget, ...] = (
            self.template, self.outputs, self.inputs, self.partials, self.nodes
        )  # fmt: skip
        for widget in above:
            column.addWidget(widget)
        column.addLayout(buttons)
        for widget in below:
            column.addWidget(widget)

    def show_group(self, run: Run, group: Folded, *, is_open: bool = False) -> None:
        """Show a group as the run has it."""
        self._is_open = is_open
        self.open.setText("Fold" if is_open else "Open")
        self.open.setToolTip("Show it as one card" if is_open else "Show what is in it, in place")
        if group.name != self._name:
            self._tell("")
        self._name = group.name
        self.field.show_value(group.title)
        output = group.output
        formula = f"{output} = {group.formula}" if output and group.formula else ""
        self.template.setVisible(group.template is not None)
        if group.template is not None:
            self.template.show_template(run.graph, group.name, group.template)
            formula = ""
        self.formula.setText(breakable(formula))
        self.formula.setVisible(bool(formula))
        count = len(group.members)
        nodes = f"{count:,} {'node' if count == 1 else 'nodes'}"
        self.holds.setText(nodes)
        cost, held = self._cost(run.graph), sizes(run.graph).parameters(group.members)
        costs = [] if cost is None else _costs(cost)
        parameters = [("parameters", held.split()[0])] if held else []
        self.costs.show_rows([*_shape_row(run.graph, output), *parameters, *costs])
        self.outputs.show_rows(_ports(run, group.outputs), _headings(run))
        self.inputs.show_rows(_ports(run, group.inputs), _headings(run))
        self.partials.show_rows(_through(run, group))
        self.nodes.setText("Nodes: " + breakable(listed(group.members, _MOST)))

    def text(self) -> str:
        """Everything told, as text."""
        labels = (self.formula, self.holds, self.nodes)
        tables = (self.costs, self.outputs, self.inputs, self.partials)
        told = [label.text() for label in labels]
        told += [self.template.text()] if self.template.isVisibleTo(self) else []
        return "\n".join([*told, *(table.text() for table in tables)])

    def _cost(self, graph: Graph) -> Count | None:
        """What the group costs; it is the same until a node is another."""
        known = self._counted
        if known is None or known[0] is not graph.nodes or known[1] != self._name:
            known = self._counted = graph.nodes, self._name, count_group(graph, self._name)
        return known[2]

    def _turn(self) -> None:
        """Open a folded group, fold an opened one."""
        (self._edits.fold if self._is_open else self._edits.open)(self._name)

    def _rename(self, name: str, text: str) -> None:
        wrong = self._edits.change(name, NAME, text)
        if name == self._name:
            self._tell(wrong)

    def _tell(self, message: str) -> None:
        self.error.setText(message)
        self.error.setVisible(bool(message))


class Table(QWidget):
    """A heading and rows of short texts; hidden where it has none."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = title
        self._cells: list[QLabel] = []
        self._said: object = None
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(GRID)
        self._grid.setVerticalSpacing(GRID // 2)
        self._grid.setColumnStretch(0, 1)

    def show_rows(self, rows: list[tuple[str, ...]], headings: tuple[str, ...] = ("",)) -> None:
        """Show other rows under the title and the headings of the columns beside it."""
        self.setVisible(bool(rows))
        if self._said == (rows, headings):
            return
        self._said = (rows, headings)
        left_out = len(rows) - _MOST
        lines = [(self._title, *headings), *rows[:_MOST]]
        if left_out > 0:
            lines.append((f"and {left_out:,} more",))
        for cell in self._cells:
            self._grid.removeWidget(cell)
            cell.hide()
            cell.deleteLater()
        self._cells = []
        for row, line in enumerate(lines):
            for column, text in enumerate(line):
                self._grid.addWidget(self._cell(text, row, column), row, column)

    def text(self) -> str:
        """What the rows say."""
        return "\n".join(cell.text().replace("\u200b", "") for cell in self._cells)

    def _cell(self, text: str, row: int, column: int) -> QLabel:
        cell = words("" if row else "muted")
        cell.setText(text if column else breakable(text))
        cell.setToolTip(text)
        if column:
            cell.setWordWrap(False)
            cell.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
            cell.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Preferred)
            cell.setMinimumWidth(_COLUMN)
        elif not row:  # a heading is read whole
            cell.setMinimumWidth(cell.fontMetrics().horizontalAdvance(text) + 2)
        self._cells.append(cell)
        return cell


def _headings(run: Run) -> tuple[str, ...]:
    return ("value",) if run.start is None else ("value", "gradient")


def _ports(run: Run, ports: Iterable[OutPort]) -> list[tuple[str, ...]]:
    """Per port its name, its value and, once there are any, its gradient."""
    rows = []
    for port in ports:
        numbers = (_short(run.value(str(port))), _short(run.grad(str(port))))
        rows.append((str(port), *numbers[: len(_headings(run))]))
    return rows


def _through(run: Run, group: Folded) -> list[tuple[str, ...]]:
    """Per output and input the partial through the group."""
    return [
        (d(str(port), str(source)), _short(partial))
        for source in group.inputs
        for port, partial in group.partials(source)
    ]


def _short(value: Any) -> str:
    """A number or a few of them, else the shape."""
    if value is None:
        return DASH
    told = show(value)
    return told if len(told) <= _LONGEST else brief(value)


def _costs(cost: Count) -> list[tuple[str, ...]]:
    """A row per kind of cost, for one example; what sees no picture has no receptive field."""
    rows: list[tuple[str, ...]] = [
        ("multiply-adds", f"{cost.multiply_adds:,}"),
        ("memory", told_bytes(cost.memory)),
    ]
    return [*rows, ("receptive field", told_field(cost.field))] if cost.field else rows


def _shape_row(graph: Graph, output: OutPort | None) -> list[tuple[str, ...]]:
    told = "" if output is None else sizes(graph).told(output)
    return [("output shape", told)] if told else []
