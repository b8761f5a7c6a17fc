"""Edits: whatever is asked for, the answer is a sound graph or one sentence."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterable
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
from graphlab.graph import Dag, Graph, OutPort, check, dag_of, difference, edits
from graphlab.graph.graph import out_ports
from graphlab.graph.node import Node, port_index
from graphlab.ops import REGISTRY, op_named

NEW = ["a", "b", "d", "e", "w", "k", "h", "2x", "f.1"]
WRONG = ["zz", "", "f.9", "1"]
OPS: list[tuple[str, dict[str, Any]]] = [
    ("input", {}),
    ("input", {"value": 2}),
    ("input", {"shape": (2, None)}),
    ("parameter", {"value": [1.0, -0.0]}),
    ("parameter", {"shape": (None, 3)}),
    ("add", {}),
    ("divide", {}),
    ("exp", {}),
    ("sum", {"axis": 0}),
    ("concatenate", {}),
    ("stack", {"axis": 1}),
    ("split", {"parts": 3}),
    ("squared_error", {"reduction": "none"}),
    ("constant", {}),
    ("clip", {"low": 1}),
    ("nonsense", {}),
    ("broadcast", {"shape": (10**6, 10**6)}),
]
SETTINGS: list[dict[str, Any]] = [
    {"value": 3},
    {"value": None},
    {"value": np.arange(100.0)},
    {"shape": (2, 3)},
    {"axis": -1},
    {"parts": 1},
    {"parts": 4},
    {"parts": 0},
    {"low": -0.5},
    {"zz": 1},
    {"value": "three"},
]
PLACES = [(0, 0), (-1.5, 1e9), (float("nan"), 0), (0, float("inf")), (1e300, 0)]


def drawn() -> Graph:
    graph = graphlab.parse(
        "q = x + y\nf = q * z\ns = split(f, parts=2)\nc = concatenate(s, s[1])\nr = relu(x)"
    )
    graph = edits.add_group(graph, "outer", ["q"])
    return edits.add_group(graph, "inner", ["f"], parent="outer")


def deep(graph: Graph) -> Any:
    """Everything in a graph as a value of its own, order included."""
    return (
        [
            (name, node.op.name, list(node.inputs.items()), node.group, attributes(node))
            for name, node in graph.nodes.items()
        ],
        list(graph.groups.items()),
        graph.marked,
        dict(graph.view.positions),
        dict(graph.view.notes),
        set(graph.view.folded),
        set(graph.view.placed),
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
    assert graph.view.placed <= graph.view.positions.keys()
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
        self.graph = drawn()
        self.past = [Graph(), self.graph]

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

    def one_of(self, data: Any, *known: Iterable[Any]) -> Any:
        """Mostly something that is there, and sometimes a name that is not."""
        names = [name for group in known for name in group]
        return data.draw(st.sampled_from([*names * 4, *WRONG]))

    def some_of(self, data: Any, *known: Iterable[Any], most: int = 2) -> list[Any]:
        return [self.one_of(data, *known) for _ in range(data.draw(st.integers(0, most)))]

    @property
    def outputs(self) -> list[str]:
        return [str(port) for n, node in self.graph.nodes.items() for port in out_ports(n, node)]

    # --- nodes and edges
    @rule(name=st.sampled_from(NEW), op=st.sampled_from(OPS), data=st.data())
    def add(self, name: str, op: Any, data: Any) -> None:
        count = len(op_named(op[0]).ports) if op[0] in REGISTRY else 2
        inputs = self.some_of(data, self.outputs, most=count or 3)
        group = self.one_of(data, self.graph.groups, [None])
        self.attempt(edits.add_node, name, op[0], *inputs, group=group, **op[1])

    @rule(data=st.data())
    def connect(self, data: Any) -> None:
        source, name = self.one_of(data, self.outputs), self.one_of(data, self.graph.nodes)
        ports = self.graph.nodes[name].ports if name in self.graph.nodes else ()
        self.attempt(edits.connect, source, name, self.one_of(data, ports, ["x4"]))

    @precondition(lambda self: self.graph.edges)
    @rule(data=st.data())
    def move_an_edge(self, data: Any) -> None:
        name, port = data.draw(st.sampled_from(list(self.graph.edges)))
        self.attempt(edits.disconnect, name, port)
        self.attempt(edits.connect, self.one_of(data, self.outputs), name, port)

    @rule(data=st.data())
    def disconnect(self, data: Any) -> None:
        target = self.one_of(data, self.graph.edges)
        name, port = target if isinstance(target, tuple) else (target, "x")
        self.attempt(edits.disconnect, name, port)

    @rule(data=st.data())
    def remove(self, data: Any) -> None:
        self.attempt(edits.remove_nodes, self.some_of(data, self.graph.nodes))

    @rule(new=st.sampled_from(NEW), data=st.data())
    def rename(self, new: str, data: Any) -> None:
        self.attempt(edits.rename_node, self.one_of(data, self.graph.nodes), new)

    @precondition(lambda self: self.graph.nodes)
    @rule(data=st.data())
    def rename_there_and_back(self, data: Any) -> None:
        name = data.draw(st.sampled_from(list(self.graph.nodes)))
        there = edits.rename_node(self.graph, name, "elsewhere")
        assert deep(edits.rename_node(there, "elsewhere", name)) == deep(self.graph)

    @precondition(lambda self: self.graph.nodes)
    @rule(data=st.data())
    def set_attributes(self, data: Any) -> None:
        name = data.draw(st.sampled_from(list(self.graph.nodes)))
        known = self.graph.nodes[name].op.attributes
        fitting = [values for values in SETTINGS if values.keys() <= known.keys()]
        values = data.draw(st.sampled_from([*fitting * 3, *SETTINGS]))
        self.attempt(edits.set_attributes, name, **values)

    @rule(data=st.data())
    def mark(self, data: Any) -> None:
        self.attempt(edits.mark_outputs, self.some_of(data, self.outputs))

    # --- groups and the view
    @rule(name=st.sampled_from(NEW), data=st.data())
    def add_group(self, name: str, data: Any) -> None:
        groups = self.graph.groups
        self.attempt(
            edits.add_group,
            name,
            self.some_of(data, self.graph.nodes),
            title=name,
            parent=self.one_of(data, groups, [None]),
            groups=self.some_of(data, groups, most=1),
        )

    @rule(data=st.data())
    def regroup(self, data: Any) -> None:
        groups = self.graph.groups
        target = self.one_of(data, groups, [None])
        self.attempt(edits.move_to_group, self.some_of(data, self.graph.nodes), target)
        self.attempt(edits.nest_group, self.one_of(data, groups), target)

    @rule(data=st.data())
    def ungroup(self, data: Any) -> None:
        self.attempt(edits.ungroup, self.one_of(data, self.graph.groups))

    @rule(data=st.data(), text=st.sampled_from(["", "why"]), place=st.sampled_from(PLACES))
    def decorate(self, data: Any, text: str, place: Any) -> None:
        name = self.one_of(data, self.graph.nodes, self.graph.groups)
        self.attempt(edits.set_note, name, text)
        self.attempt(edits.move, {name: place}, by_hand=data.draw(st.booleans()))
        group = self.one_of(data, self.graph.groups)
        self.attempt(edits.set_group_title, group, text)
        self.attempt(edits.fold, group, data.draw(st.booleans()))

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
        settings=settings(max_examples=40, stateful_step_count=40, deadline=None),
    )


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
