"""Ten thousand edits, undos, redos, folds, saves and loads end where their replay ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

import graphlab
from graphlab.engine import Run
from graphlab.errors import GraphLabError
from graphlab.graph import Graph, edits
from graphlab.graph.aligning import ALIGNMENTS, align
from graphlab.graph.clipping import clip, from_clipboard_text, paste, to_clipboard_text
from graphlab.graph.document import Document
from graphlab.graph.folding import outlook
from graphlab.graph.graph import Lineage
from graphlab.ops import op_named

WALKS, LENGTH = 40, 500
START = "w1 = parameter(value=2.0)\nq = w1*x + b\ns = sigmoid(q)"
OPS = (
    "input",
    "parameter",
    "constant",
    "add",
    "multiply",
    "tanh",
    "sin",
    "concatenate",
    "split",
    "mean",
)
LARGEST = 40  # nodes; then some go

Edit = Callable[[Graph], Graph]
Picks = Sequence[int]

picks = st.tuples(*[st.integers(0, 99)] * 4)


def everything(graph: Graph) -> Any:
    """Order, mathematics and view."""
    return list(graph.nodes), list(graph.groups), graph, graph.view


def fresh(graph: Graph) -> Graph:
    """The same graph as one that was just read: it shares no cache with any other."""
    return graph.with_(lineage=Lineage())


def pick(names: Sequence[Any], number: int) -> Any:
    return names[number % len(names)] if names else None


def some(names: Sequence[str], numbers: Picks) -> list[str]:
    return list(dict.fromkeys(pick(names, number) for number in numbers)) if names else []


class Walk(RuleBasedStateMachine):
    """A document that is edited at random, and the log of what was done to it."""

    taken = 0

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.file = folder / "walk.graph.json"
        self.document = Document(graphlab.parse(START))
        self.start = fresh(self.document.graph)
        self.past: list[Graph] = []
        self.future: list[Graph] = []
        self.log: list[Edit | str] = []
        self.run = Run(self.document.graph, {"x": 1.5, "b": -1.0}).forward()

    @property
    def graph(self) -> Graph:
        return self.document.graph

    @property
    def cards(self) -> list[str]:
        return [*self.graph.nodes, *self.graph.groups]

    def do(self, edit: Edit) -> None:
        """One undo step; an edit that is refused leaves everything as it is."""
        before = self.graph
        try:
            after = edit(before)
        except GraphLabError:
            return
        self.past.append(before)
        self.future.clear()
        self.log.append(edit)
        self.show(after)

    def show(self, graph: Graph) -> None:
        self.document.graph = graph
        self.run.move_to(graph)

    # --- nodes and edges ----------------------------------------------------------------------
    @rule(p=picks)
    def add(self, p: Picks) -> None:
        op, ports = pick(OPS, p[0]), list(self.graph.nodes)
        name = f"n{p[1]}"
        sources = some(ports, p[2:])[: len(op_named(op).ports) or 2]
        inputs = [] if op_named(op).category == "Source" else sources
        group = pick([None, *self.graph.groups], p[3])
        self.do(lambda graph: edits.add_node(graph, name, op, *inputs, group=group))

    @rule(p=picks)
    def remove(self, p: Picks) -> None:
        names = some(self.cards, p if len(self.graph.nodes) > LARGEST else p[:1])
        self.do(lambda graph: edits.remove_cards(graph, names))

    @rule(p=picks)
    def connect(self, p: Picks) -> None:
        source, target = pick(list(self.graph.nodes), p[0]), pick(list(self.graph.nodes), p[1])
        if target is not None:
            port = pick([*self.graph.nodes[target].ports, "x1", "x2"], p[2])
            self.do(lambda graph: edits.connect(graph, source, target, port))

    @rule(p=picks)
    def disconnect(self, p: Picks) -> None:
        edge = pick(list(self.graph.edges), p[0])
        if edge is not None:
            self.do(lambda graph: edits.disconnect(graph, edge.node, edge.port))

    @rule(p=picks)
    def rename(self, p: Picks) -> None:
        old, new = pick(self.cards, p[0]), f"m{p[1]}"
        if old in self.graph.groups:
            self.do(lambda graph: edits.rename_group(graph, old, new))
        elif old is not None:
            self.do(lambda graph: edits.rename_node(graph, old, new))

    @rule(p=picks)
    def set_attributes(self, p: Picks) -> None:
        name = pick(list(self.graph.nodes), p[0])
        values: dict[str, Any] = pick(
            [{"value": p[1] / 4}, {"value": [1.0, p[1]]}, {"parts": 1 + p[1] % 3}, {"axis": 0}],
            p[2],
        )
        if name is not None:
            self.do(lambda graph: edits.set_attributes(graph, name, **values))

    @rule(p=picks)
    def mark(self, p: Picks) -> None:
        names = some(list(self.graph.nodes), p[1 : 1 + p[0] % 3])
        self.do(lambda graph: edits.mark_outputs(graph, names))

    # --- groups and the picture ---------------------------------------------------------------
    @rule(p=picks)
    def group(self, p: Picks) -> None:
        names = some(self.cards, p[: 1 + p[3] % 4])
        self.do(lambda graph: edits.group_selection(graph, names, f"Group {p[0]}")[0])

    @rule(p=picks)
    def regroup(self, p: Picks) -> None:
        name = pick(self.cards, p[0])
        target = pick([None, *self.graph.groups], p[1])
        if name in self.graph.groups:
            self.do(lambda graph: edits.nest_group(graph, name, target))
        elif name is not None:
            self.do(lambda graph: edits.move_to_group(graph, [name], target))

    @rule(p=picks)
    def ungroup(self, p: Picks) -> None:
        name = pick(list(self.graph.groups), p[0])
        if name is not None:
            self.do(lambda graph: edits.ungroup(graph, name))

    @rule(p=picks)
    def fold(self, p: Picks) -> None:
        name = pick(list(self.graph.groups), p[0])
        if name is not None:
            self.do(lambda graph: edits.fold(graph, name, bool(p[1] % 2)))

    @rule(p=picks)
    def entitle(self, p: Picks) -> None:
        name, title = pick(list(self.graph.groups), p[0]), pick(["", "Layer", "σ"], p[1])
        if name is not None:
            self.do(lambda graph: edits.set_group_title(graph, name, title))

    @rule(p=picks)
    def move(self, p: Picks) -> None:
        places = dict.fromkeys(some(self.cards, p[:2]), (8.0 * p[1], -8.0 * p[2]))
        self.do(lambda graph: edits.move(graph, places))

    @rule(p=picks)
    def align(self, p: Picks) -> None:
        names, how = some(self.cards, p), pick(ALIGNMENTS, p[3])
        places = {name: (16.0 * i, 8.0 * (i % 3), 88.0, 64.0) for i, name in enumerate(names)}
        self.do(lambda graph: align(graph, names, places, how))

    @rule(p=picks)
    def note(self, p: Picks) -> None:
        name, text = pick(self.cards, p[0]), pick(["", "why", "größer"], p[1])
        if name is not None:
            self.do(lambda graph: edits.set_note(graph, name, text))

    @rule(p=picks, keep=st.booleans())
    def copy(self, p: Picks, keep: bool) -> None:
        names = some(self.cards, p[: 1 + p[3] % 2])
        if len(self.graph.nodes) > LARGEST:
            return
        part = from_clipboard_text(to_clipboard_text(clip(self.graph, names)))
        self.do(lambda graph: paste(graph, part, keep_inputs=keep)[0])

    # --- time ---------------------------------------------------------------------------------
    @rule()
    def undo(self) -> None:
        if self.past:
            self.future.append(self.graph)
            self.show(self.past.pop())
            self.log.append("undo")

    @rule()
    def redo(self) -> None:
        if self.future:
            self.past.append(self.graph)
            self.show(self.future.pop())
            self.log.append("redo")

    @rule()
    def save_and_load(self) -> None:
        self.document.save(self.file)
        assert not self.document.is_modified
        loaded = Document.open(self.file)
        assert everything(loaded.graph) == everything(self.graph)
        self.document = loaded
        self.run.move_to(loaded.graph)

    @invariant()
    def is_whole(self) -> None:
        Walk.taken += 1
        assert set(outlook(self.graph).owner) == set(self.graph.nodes)

    # --- the end ------------------------------------------------------------------------------
    def teardown(self) -> None:
        graph, past, future = self.start, list[Graph](), list[Graph]()
        for entry in self.log:
            if entry == "undo":
                future.append(graph)
                graph = past.pop()
            elif entry == "redo":
                past.append(graph)
                graph = future.pop()
            elif callable(entry):
                past.append(graph)
                future.clear()
                graph = entry(graph)
        assert everything(graph) == everything(self.graph)
        anew = Run(fresh(graph), {n: v for n, v in self.run.feeds.items() if n in graph.nodes})
        self.run.forward()
        anew.forward()
        for name in graph.nodes:
            found, wanted = self.run.value(name), anew.value(name)
            assert (found is None) == (wanted is None)
            if wanted is not None:  # NumPy adds up a view and its copy in different orders
                np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-12)


def test_ten_thousand_edits_end_where_their_replay_ends(tmp_path: Path) -> None:
    Walk.taken = 0
    run_state_machine_as_test(
        lambda: Walk(tmp_path),
        settings=settings(
            max_examples=WALKS,
            phases=[Phase.generate],  # to shrink a walk of 500 rules takes hours
            stateful_step_count=LENGTH,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert Walk.taken >= 10_000
