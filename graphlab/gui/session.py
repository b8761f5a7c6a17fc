"""What is open: the document, its undo stack, the run of it, and where the stepping is.

No widgets: views subscribe to the signals and ask for changes by the methods.  Four states have
four homes; here are the document (saved, undoable) and the run (recomputed at will).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from graphlab.engine.run import Run
from graphlab.engine.steps import Step
from graphlab.errors import GraphError, GraphLabError, RunError
from graphlab.graph import Graph, Problem
from graphlab.graph.edits import set_attributes
from graphlab.graph.file import load, save
from graphlab.graph.formula import parse, to_text
from graphlab.graph.graph import Lineage, difference
from graphlab.gui.background import Background
from graphlab.gui.notes import change_note, computed, listed
from graphlab.gui.position import Position, position
from graphlab.gui.undo import GraphEdit
from graphlab.gui.values import starting_value

HEAVY = 20_000
"""Nodes × thousands of elements from which a whole phase is run in the background."""

_FIRST_NUMBERS = (2.0, -1.0, 3.0, -2.0, 1.0, 4.0, -3.0)


class Session(QObject):
    """One document and its run."""

    changed = Signal(object)  # Change: the document is another graph
    stepped = Signal(object)  # the Step taken or taken back; None where much is new
    told = Signal(str)  # a sentence for the person; empty takes it back
    noted = Signal(str)  # what an edit kept and what it made void
    saved = Signal(str)  # the name of the file written
    named = Signal()  # the file's name or whether it is saved

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.graph = Graph()
        self.run = Run(self.graph)
        self.step: Step | None = None
        self.path: Path | None = None
        self.undo_stack = QUndoStack(self)
        self.undo_stack.cleanChanged.connect(self.named)
        self.background = Background(self)
        self._typed: WeakKeyDictionary[Lineage, str] = WeakKeyDictionary()
        self._start: str | None = None
        self._position: Position | None = None  # both found when they are asked for
        self._problems: tuple[Problem, ...] | None = None
        self.has_tried = False  # whether a step was asked for, so that what is missing is told

    # --- the document -------------------------------------------------------------------------
    @property
    def formula(self) -> str:
        """The text the graph was typed as, or its own if it was not; empty where it has none."""
        typed = self._typed.get(self.graph.lineage)
        if typed is not None:
            return typed
        try:
            return to_text(self.graph).strip()
        except GraphError:  # groups nest deeper than text indents
            return ""

    def set_formula(self, text: str) -> None:
        """Make the graph that ``text`` describes; inputs of the same name keep their values.

        Raises ``FormulaError``, and the old graph stays.
        """
        graph, kept = parse(text), []
        for name, node in self.graph.nodes.items():
            value, new = node.attributes.get("value"), graph.nodes.get(name)
            is_same = new is not None and new.op is node.op and node.op.name != "constant"
            if is_same and value is not None and "value" not in graph.nodes[name].attributes:
                try:
                    graph = set_attributes(graph, name, value=value)
                except GraphLabError:
                    continue  # the text now says a shape that the old value does not have
                kept.append(name)
        self._typed[graph.lineage] = text
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
        """Give sources a value (None: none), as one edit; raises ``GraphLabError``."""
        graph = self.graph
        for name, value in values.items():
            graph = set_attributes(graph, name, value=value)
        self.edit("value of " + ", ".join(list(values)[:3]), graph)

    def fill_inputs(self) -> None:
        """Give every input and target without a value small whole numbers."""
        values = {
            name: starting_value(_FIRST_NUMBERS, i, self.graph.nodes[name].attributes.get("shape"))
            for i, name in enumerate(self.missing())
        }
        self.set_values(values)

    def missing(self) -> list[str]:
        """Inputs and targets that have no value."""
        nodes = self.graph.nodes
        return [n for n in self.graph.inputs if nodes[n].attributes.get("value") is None]

    def new(self) -> None:
        """An empty document."""
        self._replace(Graph(), None)

    def open(self, path: Path) -> None:
        """Read a graph file; raises ``FileError``, and the old document stays."""
        self._replace(load(path), path)

    def save(self, path: Path) -> None:
        """Write the document to a file; raises ``FileError``."""
        save(self.graph, path)
        self.path = path
        self.undo_stack.setClean()
        self.named.emit()
        self.saved.emit(path.name)

    @property
    def is_saved(self) -> bool:
        """Whether closing would lose nothing."""
        return self.undo_stack.isClean()

    def _replace(self, graph: Graph, path: Path | None) -> None:
        self.undo_stack.clear()
        self.path = path
        self._show(graph)
        self.named.emit()

    def _push(self, text: str, graph: Graph) -> None:
        self.undo_stack.push(GraphEdit(text, self.graph, graph, self._show))

    def _show(self, graph: Graph) -> None:
        """Go over to a graph; only this sets it.  Values that still hold are kept."""
        before, self.graph = self.graph, graph
        self.background.drop()
        note = ""
        if graph.lineage is before.lineage:
            known, had_gradients = computed(self.run), self.run.start is not None
            self.run.move_to(graph)
            note = change_note(before, self.run, known, had_gradients=had_gradients)
        else:
            self.run, self.has_tried = Run(graph), False
        if self._start not in graph.outputs:
            self._start = None
        self._renew()
        self.told.emit("")
        self.changed.emit(difference(before, graph))
        if note:
            self.noted.emit(note)

    # --- stepping -----------------------------------------------------------------------------
    @property
    def start(self) -> str | None:
        """The output that gradients are taken of."""
        return self._start or next(iter(self.graph.outputs), None)

    def set_start(self, name: str) -> None:
        """Take the gradients of another output; what was shown of the old one goes."""
        if name == self.start:
            return
        self._start, running = name, self.run.start
        was_done = self.position.is_done
        self._position = None
        if running is not None and running != name:
            self._attempt(lambda: self.run.step_backward(name))
            if was_done:
                self.backward()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the graph or went wrong in the run."""
        if self._problems is None:
            self._problems = self.run.problems()
        return self._problems

    @property
    def position(self) -> Position:
        """How far both phases are; found once per step."""
        if self._position is None:
            self._position = position(self.run, self.start, {p.node for p in self.problems})
        return self._position

    def next(self) -> None:
        """One step: forward while anything can be computed, then backward."""
        self._attempt(lambda: self.run.step(self.start))

    def step_forward(self) -> None:
        """One node forward."""
        self._attempt(self.run.step_forward)

    def step_backward(self) -> None:
        """One edge backward."""
        self._attempt(lambda: self.run.step_backward(self.start))

    def step_back(self) -> None:
        """Take the last step back."""
        undone = self.run.step_back()
        steps = self.run.steps()
        self.step, self._position = steps[-1] if len(steps) else None, None
        self._tell_step(undone, "")

    def forward(self) -> None:
        """The rest of the forward phase at once."""
        self._whole(lambda run: run.forward())

    def backward(self) -> None:
        """The whole of both phases at once."""
        start = self.start
        if start is None:
            self.told.emit(self.complaint())
            return
        self._whole(lambda run: run.forward().backward(start))

    def to_end(self) -> None:
        """To the end of the phase that is under way."""
        if self.position.can_go_forward:
            self.forward()
        else:
            self.backward()

    def reset(self) -> None:
        """Take every step back."""
        self.background.drop()
        self.run.reset()
        self._renew()
        self._tell_step(None, "")

    def complaint(self) -> str:
        """Why nothing more can be computed, in one sentence; empty where nothing is missing."""
        if not self.graph.nodes:
            return "There is no graph yet: type a formula first."
        missing = self.missing()
        if missing:
            has, where = ("has", "field") if len(missing) == 1 else ("have", "fields")
            return (
                f"{listed(missing)} {has} no value yet: type a number, or an array such as "
                f"[1, 2], in the {where} at the right."
            )
        return _sentence(self.problems[0].message) if self.problems else ""

    def _attempt(self, take: Callable[[], Step | None]) -> None:
        self.has_tried = True
        try:
            step = take() if self.graph.nodes else None
        except RunError as error:
            self._renew()
            self._tell_step(None, self.complaint() or _sentence(str(error)))
            return
        if step is None or self.step is None or step.phase != self.step.phase:
            self._problems = None
        self.step, self._position = step, None
        self._tell_step(step, "" if step or self.position.is_done else self.complaint())

    def _whole(self, work: Callable[[Run], Run]) -> None:
        self.has_tried = True
        if self._weight() < HEAVY:
            self._settle(self.run, work)
            return
        graph, feeds = self.graph, self.run.feeds

        def compute() -> Run:
            run = work(Run(graph, feeds))
            run.contributions()  # kept by the run, so that showing them is quick
            return run

        self.background.start(compute, self._take_over)

    def _settle(self, run: Run, work: Callable[[Run], Run]) -> None:
        try:
            work(run)
        except RunError as error:
            self._finish(self.complaint() or _sentence(str(error)))
            return
        self._finish("")

    def _take_over(self, run: Run) -> None:
        self.run = run
        self._finish("")

    def _finish(self, message: str) -> None:
        self._renew()
        self._tell_step(None, message or ("" if self.position.is_complete else self.complaint()))

    def _renew(self) -> None:
        """No single step is shown, and what is known of the run is to be found anew."""
        self.step, self._position, self._problems = None, None, None

    def _tell_step(self, step: Step | None, message: str) -> None:
        self.stepped.emit(step)
        self.told.emit(message)

    def _weight(self) -> float:
        """About how much there is to compute."""
        sizes = [
            getattr(node.attributes.get("value"), "size", 1)
            for node in self.graph.nodes.values()
            if node.op.category == "Source"
        ]
        return len(self.graph.nodes) * max([1.0, max(sizes, default=1) / 1000])


def _sentence(text: str) -> str:
    return text if text.endswith(".") else text + "."
