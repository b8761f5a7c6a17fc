"""What is open: the document, its text and its file; its undo stack is ``history.py``'s.

No widgets: views subscribe to the signals and ask for changes by the methods.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np
from PySide6.QtCore import QObject, Signal

from graphlab.engine.steps import Step
from graphlab.errors import GraphError
from graphlab.graph import Graph, Node
from graphlab.graph.edits import fold, set_attributes
from graphlab.graph.folding import outlook
from graphlab.graph.formula import to_text
from graphlab.graph.graph import Lineage, difference
from graphlab.graph.keeping import parse_over, renamed, succeeding
from graphlab.gui.background import Background
from graphlab.gui.filling import starting_values
from graphlab.gui.history import History
from graphlab.gui.later import later
from graphlab.gui.notes import listed
from graphlab.gui.undo import Standing

if TYPE_CHECKING:
    from graphlab.graph import file as graph_file
else:
    graph_file = later("graphlab.graph.file")

_LONG = 200  # the text of a graph of more nodes is written in the background
_VALUED = ("input", "target", "parameter", "buffer")  # whose values no text has

Typed = tuple[str, Graph]
"""What was typed, and the graph that was made of it."""

FileState = tuple[int, int]
"""When a file was written, and its size."""


class Session(History):
    """One document and its run."""

    replaced = Signal()  # another document is about to be opened in place of this one
    saved = Signal(str)  # the name of the file written

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.path: Path | None = None
        self._written: FileState | None = None  # of its file, as it was read or written here
        self.opened: Callable[[Graph, str], Graph] = lambda graph, name: fold(graph, name, False)
        self.typed: Callable[[Graph], Graph] = lambda graph: graph  # with room for its groups
        # whatever is folded, the text is the same
        self._text: tuple[Graph, str] | None = None
        self._writing = Background(self)
        self._typed: WeakKeyDictionary[Lineage, Typed] = WeakKeyDictionary()

    # --- the document -------------------------------------------------------------------------
    @property
    def formula(self) -> str:
        """The text the graph was typed as, or its own without the values of inputs and parameters.

        Those are kept by name when a text is entered.  Empty where the graph has no text.
        """
        known = self._known_formula()
        return self._keep_formula(self.graph, self._formula_writer()()) if known is None else known

    def tell_formula(self, then: Callable[[str], None]) -> bool:
        """Hand the formula on, at once or, of a large graph, when it is written; False if later."""
        graph = self.graph
        self._writing.drop()
        if is_known := len(graph.nodes) <= _LONG or self._known_formula() is not None:
            then(self.formula)
        else:
            writer = self._formula_writer()
            self._writing.start(writer, lambda text: then(self._keep_formula(graph, text)))
        return is_known

    def _known_formula(self) -> str | None:
        """The formula where it was found before; None where it is yet to be written."""
        graph, known = self.graph, self._text
        if known is None or not _reads_alike(known[0], graph, self._typed.get(graph.lineage)):
            return None
        return self._keep_formula(graph, known[1])

    def _keep_formula(self, graph: Graph, text: str) -> str:
        self._text = graph, text
        return text

    def _formula_writer(self) -> Callable[[], str]:
        """Writes the text of the graph as it is now, in any thread."""
        return partial(_as_text, self.graph, self._typed.get(self.graph.lineage))

    def set_formula(self, text: str) -> None:
        """Make the graph that ``text`` describes; what stays of the old one keeps what it had.

        Raises ``FormulaError``, and the old graph stays.
        """
        parsed, is_whole = parse_over(self.graph, text)
        graph, kept = succeeding(self.graph, parsed)
        names = renamed(self.graph, parsed)
        if is_whole:  # else it is written anew, with a line for each name
            # under its own lineage a graph would hold the key it is kept by, and both would stay
            as_typed = replace(parsed, lineage=Lineage(), recipe=graph.recipe)
            self._typed[graph.lineage] = text, as_typed
            self._keep_formula(graph, text)
        self._push("formula", self.typed(graph), names)
        if kept:
            owns = "keeps its value" if len(kept) == 1 else "keep their values"
            self.noted.emit(f"{listed(kept)} {owns} from the formula before.")

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
        self.set_values(starting_values(self.graph, self.missing()))

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
        state = file_state(path)
        self.adopt(graph_file.load(path), path, state)

    def adopt(self, graph: Graph, path: Path, state: FileState | None) -> None:
        """Have the graph open that was read from a file, which was in this state before."""
        self._replace(graph, path)
        self._written = state

    def begin_with(self, graph: Graph) -> None:
        """A document that begins as a graph of no file; as it is there is nothing in it to save."""
        self._replace(graph, None)

    def recover(self, graph: Graph, path: Path | None) -> None:
        """Go on with a graph that was not saved, of the file it was opened from."""
        self._replace(graph, path)
        self.undo_stack.resetClean()

    def save(self, path: Path) -> None:
        """Write the document to a file; raises ``FileError``."""
        graph_file.save(self.graph, path)
        self.mark_saved(path)

    def mark_saved(self, path: Path) -> None:
        """The document is in this file as it is now."""
        self.path, self._written = path, file_state(path)
        self.undo_stack.setClean()
        self.named.emit()
        self.saved.emit(path.name)

    @property
    def is_overtaken(self) -> bool:
        """Whether the document's file was written elsewhere since it was read or written here."""
        now = None if self.path is None else file_state(self.path)
        return now is not None and now != self._written

    def _replace(self, graph: Graph, path: Path | None) -> None:
        self.replaced.emit()
        self.undo_stack.clear()
        self.path, self._written = path, None if path is None else file_state(path)
        self._exchange(Standing(graph))
        self.named.emit()


def file_state(path: Path) -> FileState | None:
    """By what it can be told that a file was written again; None where there is none."""
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_mtime_ns, state.st_size


def _as_text(graph: Graph, typed: Typed | None) -> str:
    """The text that a graph was typed as where that still holds, or else its own."""
    bare = _without_values(graph)
    if typed is not None and _without_values(typed[1]) == bare and _keeps(typed[1], graph):
        return typed[0]
    try:
        return to_text(bare).strip()
    except GraphError:  # groups nest deeper than text indents
        return ""


def _reads_alike(before: Graph, graph: Graph, typed: Typed | None) -> bool:
    """Whether an edit changed nothing that is written in the text of a graph."""
    if before is graph:
        return True
    change = difference(before, graph)
    if before.lineage is not graph.lineage or change[:2] != (frozenset(), frozenset()):
        return False
    old, new = before.nodes, graph.nodes
    stated = {} if typed is None else typed[1].nodes
    return not (change.is_regrouped or change.is_remarked) and all(
        new[name].op.name in _VALUED
        and not (name in stated and "value" in stated[name].attributes)
        and _without_value(old[name]) == _without_value(new[name])
        for name in change.altered
    )


def _without_value(node: Node) -> Node:
    kept = {key: value for key, value in node.attributes.items() if key != "value"}
    return Node(node.op, node.inputs, kept, node.group)


def _without_values(graph: Graph) -> Graph:
    """The graph as a formula has it: nothing in the inputs, targets, parameters and buffers."""
    nodes = graph.node_table()
    for name in (*graph.inputs, *graph.parameters, *graph.buffers):
        node = nodes[name]
        if node.attributes.get("value") is not None:
            nodes[name] = _without_value(node)
    return graph.with_(nodes=nodes)


def _keeps(typed: Graph, now: Graph) -> bool:
    """Whether every value that the text states is still there."""
    stated = (name for name in typed.nodes if "value" in typed.nodes[name].attributes)
    return all(typed.nodes[name] == now.nodes[name] for name in stated)
