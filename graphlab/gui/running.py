"""The run of a graph, how far it is, what was set in it by hand, and where it shall stop.

Nothing here edits the document or takes a step: ``stepping.py`` does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal

from graphlab.engine.run import Run
from graphlab.engine.steps import Step
from graphlab.graph import Graph, Problem, difference
from graphlab.graph.graph import rewritten
from graphlab.graph.offering import offered_shape
from graphlab.gui.background import Background
from graphlab.gui.notes import by_hand_note, change_note, computed, listed, sentence
from graphlab.gui.panels.hints import filling
from graphlab.gui.position import Position, position, set_by_hand
from graphlab.gui.starts import followed
from graphlab.gui.undo import Standing
from graphlab.gui.weight import Weight, weight


class Running(QObject):
    """A graph and one run of it; views subscribe to the signals."""

    stepped = Signal(object)  # the Step taken or taken back; None where much is new
    told = Signal(str)  # a sentence for the person; empty takes it back
    noted = Signal(str)  # what an edit kept and what it made void
    upset = Signal()  # the graph is another in more than its looks
    marked = Signal()  # the breakpoints are others

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.graph = Graph()
        self.run = Run(self.graph)
        self.step: Step | None = None
        self.breakpoints: frozenset[str] = frozenset()
        self.background = Background(self)
        self.has_tried = False  # whether a step was asked for that lacks a value
        self.prepared: Run | None = None
        """A run of the graph that is opened next, made elsewhere because it copies its weights."""
        self._start: str | None = None
        self._position: Position | None = None  # both found when they are asked for
        self._problems: tuple[Problem, ...] | None = None
        self._weight: Weight | None = None

    # --- where it is --------------------------------------------------------------------------
    @property
    def start(self) -> str | None:
        """The output that gradients are taken of."""
        return self._start

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

    def missing(self) -> list[str]:
        """Inputs and targets that have no value."""
        nodes = self.graph.nodes
        return [n for n in self.graph.inputs if nodes[n].attributes.get("value") is None]

    def complaint(self) -> str:
        """Why nothing more can be computed, in one sentence; empty where nothing is missing."""
        if not self.graph.nodes:
            return "There is no graph yet: type a formula first."
        missing = self.missing()
        if missing:
            has, which = ("has", "its") if len(missing) == 1 else ("have", "each")
            told, card = f"{listed(missing)} {has} no value yet", f"double-click {which} card"
            shapes = [offered_shape(self.graph, name) for name in missing]
            if any(shapes):
                return f"{told}: press “{filling(shapes)[0]}”, or {card} and type an array."
            return f"{told}: {card} and type a number, or an array such as [1, 2]."
        return sentence(self.problems[0].message) if self.problems else ""

    @property
    def weight(self) -> Weight:
        """About how much a forward pass has to compute."""
        if self._weight is None:
            self._weight = weight(self.run)
        return self._weight

    # --- values set by hand -------------------------------------------------------------------
    @property
    def by_hand(self) -> AbstractSet[str]:
        """The nodes that compute a value and have another one, set by hand."""
        return set_by_hand(self.run)

    @property
    def values_by_hand(self) -> dict[str, Any]:
        """What those nodes have instead."""
        fed = self.run.feeds
        return {name: fed[name] for name in fed if name in self.by_hand}

    def _put_by_hand(self, to: Standing) -> Standing:
        """Let exactly these values stand by hand; returns what stood."""
        values, before = dict(to.by_hand or {}), self.values_by_hand
        new = {n: v for n, v in values.items() if n not in before or not _is_same(v, before[n])}
        gone = sorted(before.keys() - values.keys())

        def change() -> None:
            for name in gone:
                self.run.release(name)
            for name, value in new.items():
                self.run.set(name, value)

        self._change(change, by_hand_note(new, gone))
        return Standing(self.graph, by_hand=before)

    def _change(self, change: Callable[[], None], note: str) -> None:
        self.background.drop()
        known, had_gradients = set(computed(self.run)), self.run.start is not None
        change()
        gone = known.difference(computed(self.run))
        lost = [name for name in self.graph.nodes if name in gone]
        void = lost + (["all gradients"] if had_gradients and self.run.start is None else [])
        self._renew()
        self._tell_step(None, "")
        self.noted.emit(note + (f" {listed(void)} must be computed again." if void else ""))

    # --- the mode -----------------------------------------------------------------------------
    @property
    def depends_on_mode(self) -> bool:
        """Whether training and evaluation differ for anything in the graph."""
        return any("training" in node.op.circumstances for node in self.graph.nodes.values())

    def set_training(self, training: bool) -> None:
        """Go over to training or to evaluation; what does not depend on it stays."""
        mode = "Training" if training else "Evaluation"
        self._change(lambda: self.run.set_training(training), f"{mode} mode.")

    # --- breakpoints --------------------------------------------------------------------------
    def toggle_breakpoint(self, name: str) -> None:
        """Let every run of several steps stop at a node, or not any more."""
        self.breakpoints ^= {name}
        self.marked.emit()

    def clear_breakpoints(self) -> None:
        """Let nothing stop a run any more."""
        self.breakpoints = frozenset()
        self.marked.emit()

    # --- inner workings -----------------------------------------------------------------------
    def _go_over(self, to: Standing) -> tuple[Standing, str]:
        """Go over to a graph; values that still hold are kept.

        Returns what stood, and what was lost, in words.
        """
        before, graph, self.graph = self.graph, to.graph, to.graph
        stood = Standing(before, None, self.values_by_hand, self.breakpoints)
        is_kin = graph.lineage is before.lineage
        self.has_tried = self.has_tried and is_kin and bool(self.missing())
        if is_kin and not _is_another(before, graph):
            self.run.move_to(graph)  # it only looks different
            return stood, ""
        self.background.drop()
        self.upset.emit()
        names, note = to.names, ""
        if is_kin and names is None:
            names = _renamed(before, graph)
        if names is not None:
            note = self._move_run(to, names)
            stood = stood._replace(names={now: was for was, now in names.items()})
        else:
            self.run = self._first_run(graph)
            for name, value in (to.by_hand or {}).items():
                self.run.set(name, value)
        self._keep_breakpoints(before, to, names or {})
        stood = stood._replace(start=self._follow_start(to, names))
        self._renew()
        return stood, note

    def _move_run(self, to: Standing, names: Mapping[str, str]) -> str:
        """Take the run over; returns what was lost, in words."""
        before, graph, run = self.run.graph, to.graph, self.run
        known, had_gradients = computed(run), run.start is not None
        old = self.values_by_hand
        new = _carried(old, before, graph, names) if to.by_hand is None else to.by_hand
        for name in old:
            if name in graph.nodes and not (name in new and _is_same(old[name], new[name])):
                run.release(name)
        run.move_to(graph)
        fed = run.feeds
        for name, value in new.items():
            if name not in fed:
                run.set(name, value)
        return change_note(before, run, known, had_gradients=had_gradients)

    def _follow_start(self, to: Standing, names: Mapping[str, str] | None) -> str | None:
        """Take the start over; returns what it was where it is another node now."""
        was = self._start
        kept = None if names is None else names.get(was or "", was)
        self._start = followed(to.graph, to.start or kept)
        return None if self._start == kept else was

    def _keep_breakpoints(self, before: Graph, to: Standing, names: Mapping[str, str]) -> None:
        """Let those stand that still have a node, and those that the graph before had none for."""
        back = to.breakpoints - before.nodes.keys() - set(names.values())
        marks = {names.get(name, name) for name in self.breakpoints} | back
        if (kept := frozenset(marks & to.graph.nodes.keys())) != self.breakpoints:
            self.breakpoints = kept
            self.marked.emit()

    def _first_run(self, graph: Graph) -> Run:
        """A run of a graph that was just opened."""
        found, self.prepared = self.prepared, None
        if found is not None and found.graph is graph and found.training == self.run.training:
            return found
        return Run(graph, training=self.run.training)

    def _renew(self) -> None:
        """No single step is shown, and what is known of the run is to be found anew."""
        self.step = self._position = self._problems = self._weight = None

    def _tell_step(self, step: Step | None, message: str) -> None:
        self.stepped.emit(step)
        self.told.emit(message)


def _renamed(before: Graph, after: Graph) -> Mapping[str, str]:
    """The nodes of one graph that have another name in the next: they are the same objects."""
    added = {id(after.nodes[name]): name for name in after.nodes.keys() - before.nodes.keys()}
    if not added:
        return {}
    gone = before.nodes.keys() - after.nodes.keys()
    return {old: added[id(n)] for old in gone if id(n := before.nodes[old]) in added}


def _carried(
    values: Mapping[str, Any], before: Graph, after: Graph, names: Mapping[str, str]
) -> dict[str, Any]:
    """What was set by hand, by the names it has now; not where another node or op stands now."""
    taken = set(names.values())
    moved = {old: names.get(old, old) for old in values if old in names or old not in taken}
    return {
        new: values[old]
        for old, new in moved.items()
        if new in after.nodes and after.nodes[new].op is before.nodes[old].op
    }


def _is_same(one: Any, other: Any) -> bool:
    return one is other or np.array_equal(one, other, equal_nan=True)


def _is_another(before: Graph, after: Graph) -> bool:
    """Whether anything but the picture, groups included, is different."""
    change = difference(before, after)
    return bool(change.added or change.removed or change.is_remarked or rewritten(before, after))
