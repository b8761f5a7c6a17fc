"""Counting paths and finding the ones that carry the gradient, against listing them all."""

from __future__ import annotations

import math

import networkx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphlab.engine import Run
from graphlab.engine.paths import count_paths, sum_of_paths, top_paths
from graphlab.errors import RunError
from graphlab.graph import Draft, Graph
from graphlab.graph.formula import parse
from graphlab.ops import op_named

UNARY = ("sin", "tanh", "negate", "square", "relu", "sigmoid")
BINARY = ("add", "multiply", "subtract", "maximum")


def scalar_graph(seed: int, size: int) -> Graph:
    """``size`` scalar nodes above two inputs, each fed by any earlier ones."""
    random, draft = np.random.default_rng(seed), Draft()
    values = {"x": 0.7, "y": -0.4}
    made = [draft.add(op_named("input"), (), {"value": v}, name=n) for n, v in values.items()]
    for i in range(size):
        name = random.choice(UNARY + BINARY)
        inputs = [made[random.integers(len(made))] for _ in range(1 + (name in BINARY))]
        made.append(draft.add(op_named(str(name)), inputs, name=f"n{i}"))
    return draft.graph()


def listed(graph: Graph, source: str, target: str) -> int:
    """The number of paths by walking every one of them, multiple edges apart."""
    multi = networkx.MultiDiGraph()
    multi.add_nodes_from(graph.nodes)
    multi.add_edges_from((s.node, t.node) for t, s in graph.edges.items())
    if source == target:
        return 1
    return sum(1 for _ in networkx.all_simple_edge_paths(multi, source, target))


@given(seed=st.integers(0, 10**6), size=st.integers(1, 9))
@settings(max_examples=80, deadline=None, derandomize=True)
def test_all_paths_are_found_and_their_sum_is_the_gradient(seed: int, size: int) -> None:
    graph = scalar_graph(seed, size)
    target = f"n{size - 1}"
    run = Run(graph).forward().backward(target)
    for source in graph.nodes:
        count = count_paths(graph, source, target)
        assert count == listed(graph, source, target)
        paths = top_paths(run, source, target, limit=count + 5)
        assert len(paths) == count
        gradient = run.grad(source)
        wanted = 0.0 if gradient is None else float(gradient)
        assert math.fsum(p.product for p in paths) == pytest.approx(wanted, abs=1e-12)
        assert sum_of_paths(run, source, target) == pytest.approx(wanted, abs=1e-12)
        sizes = [abs(path.product) for path in paths]
        assert sizes == sorted(sizes, reverse=True)
        few = top_paths(run, source, target, limit=3)
        assert [abs(p.product) for p in few] == sizes[:3]
        for path in paths:
            assert path.nodes[0] == source
            assert path.nodes[-1] == target
            factors = [run.partial(str(e.source), e.target.node, e.target.port) for e in path.edges]
            assert math.prod(map(float, factors)) == pytest.approx(path.product, abs=1e-15)


def test_a_number_of_paths_beyond_any_listing_is_exact() -> None:
    draft = Draft()
    port = draft.add(op_named("input"), (), {"value": 1.0}, name="x")
    for _ in range(5_000):
        port = draft.add(op_named("add"), [port, port])
    graph = draft.graph()
    assert count_paths(graph, "x", port.node) == 2**5_000
    top = top_paths(Run(graph).forward(), "x", "add100", limit=4)
    assert [path.product for path in top] == [1.0] * 4


def test_outputs_of_one_node_are_told_apart() -> None:
    graph = parse("s = split(x, parts=2); a = s[0] * s[1]; f = sum(a + s[1])")
    assert count_paths(graph, "x", "f") == 3
    assert count_paths(graph, "s", "f") == 1
    assert count_paths(graph, "s.1", "f") == 2
    assert count_paths(graph, "x", "s.1") == 1
    assert count_paths(graph, "s", "s.1") == 0
    assert count_paths(graph, "f", "x") == 0


def test_zero_and_nan_partials_are_kept_in_sight() -> None:
    run = Run(parse("f = relu(x) + 0 * x + x * 3"), {"x": -1}).forward()
    assert [p.product for p in top_paths(run, "x", "f")] == [3, 0, 0]
    broken = Run(parse("f = 0 * log(y * x) + x"), {"x": 0, "y": 1}).forward()
    products = [p.product for p in top_paths(broken, "x", "f")]
    assert math.isnan(products[0])
    assert products[1:] == [1]
    assert math.isnan(sum_of_paths(broken, "x", "f"))


def test_paths_end_where_a_value_was_set_by_hand() -> None:
    run = Run(parse("q = 2 * x; f = q * x"), {"x": 3, "q": 10}).forward().backward()
    assert sum_of_paths(run, "x", "f") == run.grad("x") == 10


@pytest.mark.parametrize(
    ("feeds", "said"), [({"x": [1, 2]}, "a vector of 2 numbers"), ({}, "run forward before")]
)
def test_paths_without_a_number_are_told(feeds: dict, said: str) -> None:
    run = Run(parse("f = sum(x * x)"), feeds).forward()
    with pytest.raises(RunError, match=said):
        top_paths(run, "x", "f")
    assert count_paths(run.graph, "x", "f") == 2
