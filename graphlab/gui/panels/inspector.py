"""What is selected, in full: a node with its numbers, attributes, curve and page, an edge with
its value, local partial and contribution, or a folded group as one op."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QScrollArea, QWidget

from graphlab.engine.numbers import show
from graphlab.engine.partial import Partial
from graphlab.engine.rules import d
from graphlab.engine.run import Run
from graphlab.graph import InPort, Node, OutPort
from graphlab.gui.folded import Folded
from graphlab.gui.hand import Hand
from graphlab.gui.later import later
from graphlab.gui.panels.heading import Heading
from graphlab.gui.panels.inspector_edits import Edits
from graphlab.gui.panels.inspector_fields import AttributesForm
from graphlab.gui.panels.inspector_group import GroupView
from graphlab.gui.panels.inspector_page import OpPage
from graphlab.gui.panels.inspector_partial import PartialView
from graphlab.gui.panels.inspector_parts import Formula, Quantity, stacked, words
from graphlab.gui.panels.inspector_rules import edge_rule, node_rule, product, upstream_of
from graphlab.gui.panels.value_field import ValueField
from graphlab.gui.plots.curve import CurvePlot, can_be_held, has_curve
from graphlab.gui.theme import GRID, Theme
from graphlab.gui.tooltips import mode_text
from graphlab.gui.typeset import Typesetter
from graphlab.gui.values import write_value

if TYPE_CHECKING:
    from graphlab.gui.panels import table
else:
    table = later("graphlab.gui.panels.table")


class Inspector(QScrollArea):
    """One title, then what belongs to what is selected; the rest is hidden."""

    def __init__(
        self, hand: Hand, typesetter: Typesetter, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Details")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._edits, self._theme = Edits(hand), theme
        self.title, self.problem, self.told = Heading(), words("problem"), words("muted")
        self.group = GroupView(self._edits, typesetter, theme)
        self.rule = Formula(typesetter, theme)
        self.value = Quantity(theme, "The value")
        self.grad = Quantity(theme, "The gradient")
        self.form = AttributesForm(self._edits.change)
        self.hand = _HandValue(self._edits)
        self.curve = CurvePlot(theme)
        self.page = OpPage(typesetter, theme)
        self.local = Quantity(theme, "The local partial")
        self.partial = PartialView(theme)
        self.upstream = Quantity(theme, "The upstream gradient")
        self.contribution = Quantity(theme, "The contribution")
        self.product = words()
        self._themed = (
            self.group.template, self.rule, self.value, self.grad, self.curve, self.page,
            self.local, self.partial, self.upstream, self.contribution,
        )  # fmt: skip
        self._parts: tuple[QWidget, ...] = (
            self.told, self.group, self.rule, self.local, self.partial, self.value, self.grad,
            self.upstream, self.contribution, self.product, self.form, self.hand, self.curve,
            self.page,
        )  # fmt: skip
        self._arrange()

    def _arrange(self) -> None:
        body = QWidget()
        column = stacked(body, GRID)
        column.setContentsMargins(0, 0, GRID, GRID)
        for widget in (self.title, self.problem, *self._parts):
            column.addWidget(widget)
        column.addStretch(1)
        self.setWidget(body)
        for quantity in (self.value, self.grad, self.upstream, self.contribution):
            quantity.table_asked.connect(self._open_table)
        self.partial.table_asked.connect(self._open_partial)

    def set_theme(self, theme: Theme) -> None:
        """Draw everything in the theme's colours."""
        self._theme = theme
        for part in self._themed:
            part.set_theme(theme)

    def text(self) -> str:
        """Everything told of what is selected, as text."""
        parts = (self.title, self.problem, self.told, self.group, self.value, self.grad,
                 self.local, self.partial, self.upstream, self.contribution,
                 self.product)  # fmt: skip
        return "\n".join(part.text() for part in parts if part.isVisibleTo(self))

    # --- a node -------------------------------------------------------------------------------
    def show_node(self, run: Run, name: str, problem: str) -> None:
        """A node's rule, value, gradient, attributes, curve and page."""
        node = run.graph.nodes[name]
        self._begin(f"{name} — {node.op.name}", problem, self.value, self.form, self.page)
        self.rule.show_rule(*node_rule(run, name))
        in_mode = mode_text(node, run)
        self.told.setText(in_mode[:1].upper() + in_mode[1:])
        self.told.setVisible(bool(in_mode))
        self.value.show_value("value", "value", run.value(name))
        self.grad.setVisible(run.start is not None)
        if run.start is not None:
            self.grad.show_value(d(run.start, name), "gradient", run.grad(name))
        self.form.show_node(name, node)
        is_source = node.op.category == "Source"
        self.hand.setVisible(not is_source)
        self.hand.show_node(name, None if is_source else run.feeds.get(name))
        self._show_curve(run, name, node)
        self.page.show_op(node.op)

    def _show_curve(self, run: Run, name: str, node: Node) -> None:
        """The op as a function of its first input; others are held where each is one number."""
        sources = [node.inputs.get(port) for port in node.ports]
        unused = name in run.feeds  # the value was set by hand: it is on no curve
        values = [None if s is None or unused else run.value(str(s)) for s in sources]
        can_hold = can_be_held(node.op, values[1:]) and sources[0] not in sources[1:]
        is_drawn = has_curve(node.op) or can_hold
        self.curve.setVisible(is_drawn)
        if not is_drawn:
            self.curve.clear()
            return
        into, *others = (
            port if source is None else str(source)
            for port, source in zip(node.ports, sources, strict=True)
        )
        held = dict(zip(others, values[1:], strict=True))
        self.curve.show_op(node.op, node.attributes, values[0], (name, into), held)

    # --- a folded group, several cards --------------------------------------------------------
    def show_group(self, run: Run, group: Folded, node: str, problem: str) -> None:
        """A group as one op; ``node`` is the one inside that it stands for, none if opened."""
        self._begin(f"{group.title} — {'folded' if node else 'opened'} group", problem, self.group)
        self.group.show_group(run, group, is_open=not node)
        if not node:
            return
        is_source = run.graph.nodes[node].op.category == "Source"
        self.hand.setVisible(not is_source)
        self.hand.show_node(node, None if is_source else run.feeds.get(node))

    def show_several(self, count: int, folded: int) -> None:
        """How many cards are selected, ``folded`` of them, and what can be done with them."""
        self._begin(f"{count:,} cards selected", "", self.told)
        group, fold = (
            QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
            for keys in ("Ctrl+G", "Ctrl+F")
        )
        folding = f"opens the {folded:,} that are folded" if folded else "folds them into one card"
        self.told.setText(f"{group} groups them, {fold} {folding}; a right click aligns them.")

    # --- an edge ------------------------------------------------------------------------------
    def show_edge(self, run: Run, target: InPort, contribution: Any, problem: str = "") -> None:
        """An edge's value, local partial and contribution."""
        source = run.graph.edges[target]
        self._begin(f"{source} → {target.node}", problem, self.value, self.local)
        self.rule.show_rule(*edge_rule(run, target))
        self.value.show_value(f"value of {source}", "value", run.value(str(source)))
        partial = run.partial(str(source), target.node, target.port)
        upstream = upstream_of(run, target)
        self._show_partial(partial, upstream, (target.node, str(source)))
        has_begun = run.start is not None
        self.upstream.setVisible(has_begun and upstream is not None)
        self.contribution.setVisible(has_begun)
        self.upstream.show_value(f"upstream {d(str(run.start), target.node)}", "upstream", upstream)
        self.contribution.show_value("contribution", "contribution", contribution)
        told = product(upstream, partial, contribution) if has_begun else ""
        self.product.setText(f"upstream × local = contribution\n{told}")
        self.product.setVisible(bool(told))

    def _show_partial(self, partial: Any, upstream: Any, names: tuple[str, str]) -> None:
        is_array = isinstance(partial, Partial)
        self.partial.setVisible(is_array)
        self.local.show_value(f"local partial {d(*names)}", "local partial",
                              None if is_array else partial)  # fmt: skip
        self.local.number.setVisible(not is_array)
        if isinstance(partial, Partial):
            fits = upstream is not None and np.shape(upstream) == partial.output_shape
            self.partial.show_partial(partial, upstream if fits else None, names)

    def show_link(self, run: Run, source: OutPort, group: Folded, contribution: Any) -> None:
        """An edge into a folded group: its value, the partials through it, its contribution."""
        self._begin(f"{source} → {group.title}", "", self.value, self.told)
        self.value.show_value(f"value of {source}", "value", run.value(str(source)))
        found = group.partials(source)
        told = [f"{d(str(port), str(source))} = {show(partial)}" for port, partial in found]
        self.told.setText("\n".join([f"Partials through {group.title}:", *told]))
        self.told.setVisible(bool(told))
        self.contribution.setVisible(run.start is not None)
        self.contribution.show_value("contribution", "contribution", contribution)

    def _begin(self, title: str, problem: str, *shown: QWidget) -> None:
        if self.title.text() != title:
            self.verticalScrollBar().setValue(0)
        self.title.setText(title)
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        for widget in self._parts:
            widget.setVisible(widget in shown)

    # --- tables -------------------------------------------------------------------------------
    def _open_table(self, symbol: str, array: Any) -> None:
        title = f"{self.title.text()}: {symbol}"
        self._open(table.array_dialog(title, array, self._theme, self.window()))

    def _open_partial(self, partial: Partial) -> None:
        title = f"{self.title.text()}: local partial"
        self._open(table.partial_dialog(title, partial, self._theme, self.window()))

    @staticmethod
    def _open(dialog: table.ArrayDialog) -> None:
        dialog.show()


class _HandValue(QWidget):
    """A field for a value set by hand, and a button that takes it back."""

    def __init__(self, edits: Edits, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._edits, self._name, self._text = edits, "", ""
        self.told, self.error = words("muted"), words("problem")
        self.field = ValueField("by hand", "node")
        self.field.setAccessibleName("Set the value by hand")
        self.field.applied.connect(lambda _, text: self._apply(self._name, text))
        self.release = QPushButton("Release")
        self.release.setAutoDefault(False)
        self.release.setToolTip("Compute the value from the inputs again")
        self.release.clicked.connect(lambda: self._edits.release(self._name))
        row = QHBoxLayout()
        row.setSpacing(GRID)
        row.addWidget(self.field, 1)
        row.addWidget(self.release)
        column = stacked(self)
        column.addWidget(self.told)
        column.addLayout(row)
        column.addWidget(self.error)
        self._tell("")

    def show_node(self, name: str, by_hand: Any) -> None:
        """Be the field of a node, with the value that was set (None: none was)."""
        is_by_hand = by_hand is not None
        text = write_value(by_hand) if is_by_hand else ""
        if name != self._name:
            self._tell("")
        if (name, text) != (self._name, self._text):
            self.field.show_value(text)
        self._name, self._text = name, text
        self.field.setPlaceholderText(f"set {name} by hand")
        self.told.setText(
            "Set by hand: its rule is not applied, and its inputs get no gradient from it."
        )
        self.told.setVisible(is_by_hand)
        self.release.setVisible(is_by_hand)

    def _apply(self, name: str, text: str) -> None:
        if not text.strip():
            self._tell("")
            return
        wrong = self._edits.set_inner(name, text)
        self._tell(wrong)
        if not wrong:
            self.field.show_value(text)

    def _tell(self, message: str) -> None:
        self.error.setText(message)
        self.error.setVisible(bool(message))
