"""What is open: the document, its file and its undo stack; the run of it is ``stepping.py``'s.

No widgets: views subscribe to the signals and ask for changes by the methods.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from graphlab.engine.steps import Step
from graphlab.errors import GraphError, GraphLabError
from graphlab.graph import Graph, Node
from graphlab.graph.edits import fold, set_attributes
from graphlab.graph.file import load, save
from graphlab.graph.folding import outlook
from graphlab.graph.formula import parse, to_text
from graphlab.graph.graph import Lineage, difference
from graphlab.graph.offering import offered_shape
from graphlab.gui.notes import listed
from graphlab.gui.stepping import Stepping
from graphlab.gui.undo import GraphEdit
from graphlab.gui.values import starting_value

_FIRST_NUMBERS = (2.0, -1.0, 0.5, 1.0, -0.5, 1.5, -1.5)  # few, small: a sigmoid stays readable


class Session(Stepping):
    """One document and its run."""

    changed = Signal(object)  # Change: the document is another graph
    replaced = Signal()  # another document is about to be opened in place of this one
    saved = Signal(str)  # the name of the file written
    named = Signal()  # the file's name or whether it is saved

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.path: Path | None = None
        self.opened: Callable[[Graph, str], Graph] = lambda graph, name: fold(graph, name, False)
        self.undo_stack = QUndoStack(self)
        self.undo_stack.cleanChanged.connect(self.named)
        # whatever is folded, the text is the same
        self._text: tuple[tuple[object, ...], str] | None = None
        self._typed: WeakKeyDictionary[Lineage, tuple[str, Graph]] = WeakKeyDictionary()

    # --- the document -------------------------------------------------------------------------
    @property
    def formula(self) -> str:
        """The text the graph was typed as, or its own without the values of inputs and parameters.

        Those are kept by name when a text is entered.  Empty where the graph has no text.
        """
        graph, known = self.graph, self._text
        parts = (graph.nodes, graph.groups, graph.marked)
        if known is None or any(a is not b for a, b in zip(known[0], parts, strict=True)):
            known = self._text = parts, self._as_text()
        return known[1]

    def _as_text(self) -> str:
        text, typed = self._typed.get(self.graph.lineage, ("", None))
        bare = _without_values(self.graph)
        if typed is not None and _without_values(typed) == bare and _keeps(typed, self.graph):
            return text
        try:
            return to_text(bare).strip()
        except GraphError:  # groups nest deeper than text indents
            return ""

    def set_formula(self, text: str) -> None:
        """Make the graph that ``text`` describes; inputs of the same name keep their values.

        Raises ``FormulaError``, and the old graph stays.
        """
        graph, kept = (parsed := parse(text)), []
        for name, node in self.graph.nodes.items():
            value, new = node.attributes.get("value"), graph.nodes.get(name)
            is_same = new is not None and new.op is node.op and node.op.name != "constant"
            if is_same and value is not None and "value" not in graph.nodes[name].attributes:
                try:
                    graph = set_attributes(graph, name, value=value)
                except GraphLabError:
                    continue  # the text now says a shape that the old value does not have
                kept.append(name)
        # under its own lineage a graph would hold the key it is kept by, and both would stay
        self._typed[graph.lineage] = (text, replace(parsed, lineage=Lineage()))
        self._push("formula", graph)
        if kept:
            owns = "keeps its value" if len(kept) == 1 else "keep their values"
            self.noted.emit(f"{listed(kept)} {owns} from the formula before.")

    def edit(self, text: str, graph: Graph) -> bool:
        """Make ``graph`` the document as one undo step called ``text``; False if it is the same."""
        if graph is self.graph or not any(difference(self.graph, graph)):
            return False
        self._push(text, graph)
        return True

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Give sources a value (None: none), as one edit; raises ``GraphLabError``.

        Where a float32 array stood, the new one is of float32 too: what was trained stays so.
        """
        graph = self.graph
        for name, value in values.items():
            before = graph.nodes[name].attributes.get("value")
            is_single = isinstance(before, np.ndarray) and before.dtype == np.float32
            kept = value if value is None or not is_single else np.asarray(value, np.float32)
            graph = set_attributes(graph, name, value=kept)
        self.edit("value of " + ", ".join(list(values)[:3]), graph)

    def fill_inputs(self) -> None:
        """Give every input and target without a value small numbers."""
        values = {
            name: starting_value(_FIRST_NUMBERS, i, offered_shape(self.graph, name))
            for i, name in enumerate(self.missing())
        }
        self.set_values(values)

    def step_into(self) -> None:
        """One step; a folded group that would hide it is opened in its place."""
        start = self.start
        self._take(lambda run: run.step(start), self._open_group)

    def _open_group(self, step: Step | None, failure: str) -> None:
        """Open the group in which a step was taken, then show the step."""
        card = None if step is None else outlook(self.graph).owner[step.node]
        if card is not None and card in self.graph.groups:
            self.edit(f"open {card}", self.opened(self.graph, card))
        self._show_step(step, failure)

    def new(self) -> None:
        """An empty document."""
        self.begin_with(Graph())

    def open(self, path: Path) -> None:
        """Read a graph file; raises ``FileError``, and the old document stays."""
        self.adopt(load(path), path)

    def adopt(self, graph: Graph, path: Path) -> None:
        """Have the graph open that was read from a file."""
        self._replace(graph, path)

    def begin_with(self, graph: Graph) -> None:
        """A document that begins as a graph of no file; as it is there is nothing in it to save."""
        self._replace(graph, None)

    def recover(self, graph: Graph, path: Path | None) -> None:
        """Go on with a graph that was not saved, of the file it was opened from."""
        self._replace(graph, path)
        self.undo_stack.resetClean()

    def save(self, path: Path) -> None:
        """Write the document to a file; raises ``FileError``."""
        save(self.graph, path)
        self.mark_saved(path)

    def mark_saved(self, path: Path) -> None:
        """The document is in this file as it is now."""
        self.path = path
        self.undo_stack.setClean()
        self.named.emit()
        self.saved.emit(path.name)

    @property
    def is_saved(self) -> bool:
        """Whether closing would lose nothing."""
        return self.undo_stack.isClean()

    def _replace(self, graph: Graph, path: Path | None) -> None:
        self.replaced.emit()
        self.undo_stack.clear()
        self.path = path
        self._show(graph)
        self.named.emit()

    def _push(self, text: str, graph: Graph) -> None:
        self.undo_stack.push(GraphEdit(text, self.graph, graph, self._show))

    def _show(self, graph: Graph) -> None:
        """Make a graph the document; only this does."""
        before = self.graph
        note = self._take_graph(graph)
        self.told.emit("")
        self.changed.emit(difference(before, graph))
        if note:
            self.noted.emit(note)


def _without_values(graph: Graph) -> Graph:
    """The graph as a formula has it: nothing in the inputs, targets, parameters and buffers."""
    nodes = graph.node_table()
    for name in (*graph.inputs, *graph.parameters, *graph.buffers):
        node = nodes[name]
        if node.attributes.get("value") is not None:
            kept = {key: v for key, v in node.attributes.items() if key != "value"}
            nodes[name] = Node(node.op, node.inputs, kept, node.group)
    return graph.with_(nodes=nodes)


def _keeps(typed: Graph, now: Graph) -> bool:
    """Whether every value that the text states is still there."""
    stated = (name for name in typed.nodes if "value" in typed.nodes[name].attributes)
    return all(typed.nodes[name] == now.nodes[name] for name in stated)
