"""Edits: whatever is asked for, the answer is a sound graph or one sentence."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

import graphlab
from graphlab.errors import GraphError, GraphLabError
from graphlab.graph import Dag, Draft, Graph, OutPort, View, check, dag_of, difference, edits
from graphlab.graph.node import Node, port_index
from graphlab.ops import op_named

NODES = ["a", "b", "c", "d", "e", "f", "split_1"]
GROUPS = ["g", "h", "k"]
ANY = [*NODES, *GROUPS, "zz", "2x", ""]
PORTS = ["x", "y", "x1", "x2", "x3", "x4", "prediction", "zz"]
OUTPUTS = [*NODES, "a.1", "b.0", "split_1.1", "split_1.2", "zz.1", "a.zz"]
OPS: list[tuple[str, dict[str, Any]]] = [
    ("input", {}), ("input", {"value": 2}), ("input", {"shape": (2, None)}),
    ("parameter", {"value": [1.0, -0.0]}), ("parameter", {"shape": (None, 3)}), ("add", {}),
    ("divide", {}), ("exp", {}), ("sum", {"axis": 0}), ("concatenate", {}), ("stack", {"axis": 1}),
    ("split", {"parts": 3}), ("squared_error", {"reduction": "none"}), ("constant", {}),
    ("clip", {"low": 1}), ("nonsense", {}), ("broadcast", {"shape": (10**6, 10**6)}),
]
SETTINGS: list[dict[str, Any]] = [
    {"value": 3}, {"value": None}, {"value": np.arange(100.0)}, {"shape": (2, 3)}, {"axis": -1},
    {"parts": 1}, {"parts": 4}, {"parts": 0}, {"low": -0.5}, {"zz": 1}, {"value": "three"},
]
PLACES = [(0, 0), (-1.5, 1e9), (float("nan"), 0), (0, float("inf")), (1e300, 0)]

node_names, group_names, any_names = map(st.sampled_from, (NODES, GROUPS, ANY))
some_groups = st.sampled_from([*GROUPS, None, "zz"])


def deep(graph: Graph) -> Any:
    """Everything in a graph as a value of its own, order included."""
    return (
        [
            (name, node.op.name, list(node.inputs.items()), node.group, attributes(node))
            for name, node in graph.nodes.items()
        ],
        list(graph.groups.items()), graph.marked, dict(graph.view.positions),
        dict(graph.view.notes), set(graph.view.folded),
    )


def attributes(node: Node) -> list[tuple[str, Any]]:
    return [
        (k, (v.dtype.str, v.shape, v.tobytes()) if isinstance(v, np.ndarray) else repr(v))
        for k, v in node.attributes.items()
    ]


def assert_sound(graph: Graph) -> None:
    """What every edit must leave true."""
    for name, node in graph.nodes.items():
        indices = [port_index(node.op, port) for port in node.inputs]
        assert None not in indices
        assert indices == sorted(set(indices), key=lambda i: i or 0)
        assert node.inputs.keys() <= set(node.ports)
        assert node.group is None or node.group in graph.groups
        for source in node.inputs.values():
            assert graph.port(str(source)) == source
        assert name not in graph.groups
    for name in graph.groups:
        assert set(graph.members(name)) == {
            n for n, node in graph.nodes.items() if is_inside(graph, node.group, name)
        }
    assert {*graph.view.positions, *graph.view.notes} <= {*graph.nodes, *graph.groups}
    assert graph.view.folded <= graph.groups.keys()
    assert [graph.port(name) for name in graph.outputs] == list(
        graph.marked or [graph.port(name) for name in graph.outputs]
    )
    assert sum(map(len, graph.consumers.values())) == len(graph.edges)


def is_inside(graph: Graph, group: str | None, outer: str) -> bool:
    return group is not None and (
        group == outer or is_inside(graph, graph.groups[group].parent, outer)
    )


def assert_up_to_date(dag: Dag, graph: Graph) -> None:
    """The patched dag is the one built afresh, and its order is topological."""
    fresh = Dag(graph)
    assert set(dag.nx) == set(fresh.nx)
    assert set(dag.nx.edges) == set(fresh.nx.edges)
    assert sorted(dag.order) == sorted(graph.nodes)
    position = {name: i for i, name in enumerate(dag.order)}
    assert all(position[source] < position[target] for source, target in dag.nx.edges)


class Editing(RuleBasedStateMachine):
    """A student who tries everything, right and wrong, and undoes much of it."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self.graph = Graph()
        self.past = [self.graph]

    def attempt(self, edit: Callable[..., Graph], *args: Any, **kwargs: Any) -> None:
        before, old = deep(self.graph), self.graph
        try:
            new = edit(old, *args, **kwargs)
        except GraphLabError as error:
            message = str(error)
        else:
            message = "fine"
            self.graph = new
            self.past.append(new)
            self.assert_difference(old, new)
        assert deep(old) == before
        assert message
        assert "\n" not in message
        assert len(message) < 500

    def assert_difference(self, old: Graph, new: Graph) -> None:
        change = difference(old, new)
        assert change.added == new.nodes.keys() - old.nodes.keys()
        assert change.removed == old.nodes.keys() - new.nodes.keys()
        both = old.nodes.keys() & new.nodes.keys()
        assert change.altered == {n for n in both if old.nodes[n] != new.nodes[n]}
        assert change.is_moved == (old.view != new.view)

    # --- nodes and edges
    @rule(name=any_names, op=st.sampled_from(OPS), group=some_groups,
          inputs=st.lists(st.sampled_from(OUTPUTS), max_size=3))
    def add(self, name: str, op: Any, group: str | None, inputs: list[str]) -> None:
        self.attempt(edits.add_node, name, op[0], *inputs, group=group, **op[1])

    @rule(name=node_names, op=st.sampled_from(OPS))
    def add_alone(self, name: str, op: Any) -> None:
        self.attempt(edits.add_node, name, op[0], **op[1])

    @rule(source=st.sampled_from(OUTPUTS), name=any_names, port=st.sampled_from(PORTS))
    def connect(self, source: str, name: str, port: str) -> None:
        self.attempt(edits.connect, source, name, port)

    @rule(name=any_names, port=st.sampled_from(PORTS))
    def disconnect(self, name: str, port: str) -> None:
        self.attempt(edits.disconnect, name, port)

    @rule(names=st.lists(any_names, max_size=2))
    def remove(self, names: list[str]) -> None:
        self.attempt(edits.remove_nodes, names)

    @rule(old=any_names, new=any_names)
    def rename(self, old: str, new: str) -> None:
        self.attempt(edits.rename_node, old, new)

    @precondition(lambda self: self.graph.nodes)
    @rule(data=st.data())
    def rename_there_and_back(self, data: Any) -> None:
        name = data.draw(st.sampled_from(list(self.graph.nodes)))
        there = edits.rename_node(self.graph, name, "elsewhere")
        assert deep(edits.rename_node(there, "elsewhere", name)) == deep(self.graph)

    @rule(name=any_names, values=st.sampled_from(SETTINGS))
    def set_attributes(self, name: str, values: dict[str, Any]) -> None:
        self.attempt(edits.set_attributes, name, **values)

    @rule(names=st.lists(st.sampled_from(OUTPUTS), max_size=2))
    def mark(self, names: list[str]) -> None:
        self.attempt(edits.mark_outputs, names)

    # --- groups and the view
    @rule(name=any_names, nodes=st.lists(any_names, max_size=2), parent=some_groups,
          groups=st.lists(group_names, max_size=1))
    def add_group(self, name: str, nodes: Any, parent: str | None, groups: Any) -> None:
        self.attempt(edits.add_group, name, nodes, title=name, parent=parent, groups=groups)

    @rule(nodes=st.lists(any_names, max_size=2), group=some_groups)
    def move_to_group(self, nodes: list[str], group: str | None) -> None:
        self.attempt(edits.move_to_group, nodes, group)

    @rule(name=group_names, parent=some_groups)
    def nest(self, name: str, parent: str | None) -> None:
        self.attempt(edits.nest_group, name, parent)

    @rule(name=any_names)
    def ungroup(self, name: str) -> None:
        self.attempt(edits.ungroup, name)

    @rule(name=any_names, text=st.sampled_from(["", "why"]), place=st.sampled_from(PLACES),
          fold=st.booleans())
    def decorate(self, name: str, text: str, place: Any, fold: bool) -> None:
        self.attempt(edits.set_group_title, name, text)
        self.attempt(edits.set_note, name, text)
        self.attempt(edits.move, {name: place})
        self.attempt(edits.fold, name, fold)

    # --- time
    @rule(data=st.data())
    def go_back(self, data: Any) -> None:
        self.graph = data.draw(st.sampled_from(self.past))

    @rule()
    def look(self) -> None:
        check(self.graph)
        check(self.graph, {"a": (2, 3), "b": ()})

    @rule()
    def save_and_load(self) -> None:
        path = self.folder / "a.graph.json"
        graphlab.save(self.graph, path)
        assert deep(graphlab.load(path)) == deep(self.graph)

    @invariant()
    def is_sound(self) -> None:
        assert_sound(self.graph)
        assert_up_to_date(dag_of(self.graph), self.graph)


def test_any_sequence_of_edits(tmp_path: Path) -> None:
    run_state_machine_as_test(
        lambda: Editing(tmp_path),
        settings=settings(max_examples=60, stateful_step_count=40, deadline=None),
    )


# --- what is refused, and in which words ---------------------------------------------------------
def drawn() -> Graph:
    graph = graphlab.parse(
        "q = x + y\nf = q * z\ns = split(f, parts=2)\nc = concatenate(s, s[1])\nr = relu(x)"
    )
    graph = edits.add_group(graph, "outer", ["q"])
    return edits.add_group(graph, "inner", ["f"], parent="outer")


REFUSED: dict[str, tuple[Callable[[Graph], Graph], str]] = {
    "a name twice": (lambda g: edits.add_node(g, "q", "add"), "already a node q; choose another"),
    "a group's name": (lambda g: edits.add_node(g, "inner", "add"), "already a group inner"),
    "no name": (lambda g: edits.add_node(g, "", "add"), "cannot be a name"),
    "a name with a dot": (lambda g: edits.add_node(g, "w.1", "add"), "'w.1' cannot be a name"),
    "a name that is too long": (lambda g: edits.add_node(g, "w" * 201, "add"), "201 letters; 200"),
    "no such op": (lambda g: edits.add_node(g, "w", "sigmiod"), "sigmiod: did you mean sigmoid"),
    "no such attribute": (lambda g: edits.add_node(g, "w", "exp", base=2), "w: exp has no .* base"),
    "an attribute's type": (lambda g: edits.set_attributes(g, "s", parts=1.5), "s: split's parts"),
    "no parts": (lambda g: edits.set_attributes(g, "s", parts=0), "s: parts is 0"),
    "an output in use": (lambda g: edits.set_attributes(g, "s", parts=1), r"s\.1 is in use"),
    "too many inputs": (lambda g: edits.add_node(g, "w", "add", "x", "y", "z"), "inputs x, y, .*3"),
    "inputs of a source": (lambda g: edits.add_node(g, "w", "input", "x"), "no inputs, .* given 1"),
    "an edge from nowhere": (lambda g: edits.connect(g, "qq", "r", "x"), "no node qq: did you"),
    "an edge to nowhere": (lambda g: edits.connect(g, "q", "rr", "x"), "no node rr: did you"),
    "an output that is not": (lambda g: edits.connect(g, "s.2", "r", "x"), "2 outputs, .* no s.2"),
    "a port that is not": (lambda g: edits.connect(g, "q", "r", "logits"), "no input logits; .*x"),
    "a port further on": (lambda g: edits.connect(g, "q", "c", "x4"), "no input x4"),
    "a taken port": (lambda g: edits.connect(g, "x", "f", "x"), "f's x is already fed by q: disc"),
    "a circle": (
        lambda g: edits.connect(edits.disconnect(g, "q", "x"), "c", "q", "x"),
        "from c to q would close a circle",
    ),
    "a node to itself": (
        lambda g: edits.connect(edits.disconnect(g, "r", "x"), "r", "r", "x"), "close a circle",
    ),
    "no edge there": (lambda g: edits.disconnect(g, "c", "x3"), "c's x3 has no edge to remove"),
    "removing what is not": (lambda g: edits.remove_nodes(g, ["q", "w"]), "no node w"),
    "renaming to what is": (lambda g: edits.rename_node(g, "q", "f"), "already a node f"),
    "an output twice": (lambda g: edits.mark_outputs(g, ["f", "f.0"]), "f is marked .* twice"),
    "a group in its own": (lambda g: edits.nest_group(g, "outer", "inner"), "inside itself"),
    "a group twice": (lambda g: edits.add_group(g, "inner"), "already a group inner"),
    "no such group": (lambda g: edits.move_to_group(g, ["q"], "iner"), "iner: did you mean inner"),
    "no such card": (lambda g: edits.move(g, {"w": (0, 0)}), "no node w"),
    "no such place": (lambda g: edits.move(g, {"q": (0, float("nan"))}), "q cannot be placed"),
    "no such thing to note": (lambda g: edits.set_note(g, "w", "why"), "no node w"),
    "folding a node": (lambda g: edits.fold(g, "q", True), "no group q"),
    "NaN as a value": (lambda g: edits.set_attributes(g, "x", value=float("nan")), "x: .*finite"),
    "a trillion": (lambda g: edits.set_attributes(g, "x", shape=(10**6, 10**6)), "1e.12 elements"),
}


@pytest.mark.parametrize("edit", REFUSED)
def test_refused_edits_say_why(edit: str) -> None:
    attempt, words = REFUSED[edit]
    graph = drawn()
    before = deep(graph)
    with pytest.raises(GraphLabError, match=words):
        attempt(graph)
    assert deep(graph) == before


def test_removing_and_ungrouping_take_their_cards_along() -> None:
    graph = edits.mark_outputs(drawn(), ["f", "c"])
    for name in ("f", "inner"):
        graph = edits.set_note(edits.move(graph, {name: (1, 2)}), name, "why")
    graph = edits.ungroup(edits.fold(graph, "inner", True), "inner")
    assert graph.nodes["f"].group == "outer"
    graph = edits.remove_nodes(graph, ["f"])
    assert graph.view == View()
    assert graph.marked == (OutPort("c"),)
    assert not graph.nodes["s"].inputs


def test_what_is_added_to_a_draft_later_is_not_in_its_graph() -> None:
    draft = Draft()
    draft.add(op_named("input"), name="x")
    graph = draft.graph()
    draft.add(op_named("input"), name="y")
    assert list(graph.nodes) == ["x"]
    with pytest.raises(GraphError, match="one input, x, and was given 2"):
        draft.add(op_named("exp"), [OutPort("x"), OutPort("y")])


# --- the order that follows the edits ------------------------------------------------------------
SIZE = 48
rows = st.integers(0, SIZE - 1)
wirings = st.dictionaries(rows, st.lists(rows, max_size=2), max_size=9)


def wired(sources: dict[int, list[int]]) -> dict[str, Node]:
    add = op_named("add")
    return {
        f"n{i}": Node(add, {p: OutPort(f"n{s}") for p, s in zip("xy", found, strict=False)})
        for i, found in sources.items()
    }


@settings(deadline=None)
@given(st.randoms(use_true_random=False), st.lists(wirings, min_size=1, max_size=4))
def test_the_order_follows_many_edges_at_once(random: Any, changes: list[Any]) -> None:
    """Several nodes rewired, added and removed between two looks, circles included."""
    ranks = random.sample(range(SIZE), SIZE)
    earlier = {i: [j for j in range(SIZE) if ranks[j] < ranks[i]] for i in range(SIZE)}
    sources = {i: random.sample(earlier[i], min(2, len(earlier[i]))) for i in range(SIZE)}
    graph = Graph(wired(sources))
    assert_up_to_date(dag_of(graph), graph)
    for change in changes:
        changed = {**sources, **change}
        if random.random() < 0.3:  # one node goes, with its edges
            gone = random.choice(list(changed))
            del changed[gone]
        changed = {i: [s for s in found if s in changed] for i, found in changed.items()}
        new = graph.with_(nodes=wired(changed))
        flow = nx.DiGraph((s, i) for i, found in changed.items() for s in found)
        if nx.is_directed_acyclic_graph(flow):
            assert_up_to_date(dag_of(new), new)
            graph, sources = new, changed
        else:
            with pytest.raises(GraphError, match="in a circle"):
                dag_of(new)
            assert_up_to_date(dag_of(graph), graph)


def test_a_dag_goes_with_its_graph_and_is_one_per_thread() -> None:

    def ask() -> weakref.ref[Dag]:
        graph = drawn()
        mine = dag_of(graph)
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(dag_of, graph).result() is not mine
        assert dag_of(graph) is mine
        return weakref.ref(mine)

    watched = ask()
    gc.collect()
    assert watched() is None


def test_members_of_deep_groups_are_found_without_recursion() -> None:
    graph = edits.add_node(Graph(), "x", "input")
    for i in range(3000):
        graph = edits.add_group(graph, f"g{i}", parent=f"g{i - 1}" if i else None)
    graph = edits.move_to_group(graph, ["x"], "g2999")
    assert list(graph.members("g0")) == ["x"]
    with pytest.raises(GraphError, match="no group h"):
        graph.members("h")
