"""Whatever was done to a run, what it shows is what a fresh run shows, and no more is lost."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphlab.engine import Run
from graphlab.engine.plan import plan_of
from graphlab.errors import GraphLabError
from graphlab.graph import Graph, edits
from graphlab.graph.formula import parse
from tests.engine.graphs import random_graph

NUMBERS = (
    "q = x + y; f = q * z; g = exp(q) * f / (z * z + 1)",
    "m = binary_hinge(x * y, t) * z; l = m * m",
    "a = relu(x) * y; b = a / x; d = log(x * x + 1) * maximum(a, b) - sqrt(z)",
)
CLASSES = "f = cross_entropy(x, relu(t))"


def shown(run: Run) -> dict[str, tuple[Any, Any]]:
    ports = [
        f"{name}.{i}" if i else name
        for name, node in run.graph.nodes.items()
        for i in range(len(node.op.output_names(**node.attributes)))
    ]
    return {port: (run.value(port), run.grad(port)) for port in ports}


def assert_same(one: Any, other: Any, what: str) -> None:
    assert (one is None) == (other is None), what
    if one is not None:
        assert np.asarray(one).dtype == np.asarray(other).dtype, what
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12, err_msg=what)


def edited(draw: Any, graph: Graph, turn: int) -> Graph:
    name = draw(st.sampled_from(list(graph.nodes)))
    node = graph.nodes[name]
    match draw(st.sampled_from(["remove", "add", "group", "move", "cut", "join"])):
        case "remove":
            return edits.remove_nodes(graph, [name]) if len(graph.nodes) > 2 else graph
        case "add":
            return edits.add_node(graph, f"new{turn}", "multiply", name, name)
        case "group":
            return edits.add_group(graph, f"group{turn}", [name])
        case "move":
            return edits.move(graph, {name: (turn, 1.0)})
        case "cut":
            port = next(iter(node.inputs), None)
            return graph if port is None else edits.disconnect(graph, name, port)
    free = [port for port in node.ports if port not in node.inputs]
    source = draw(st.sampled_from(list(graph.nodes)))
    return edits.connect(graph, source, name, free[0]) if free else graph


def act(draw: Any, run: Run, turn: int, past: list[Graph]) -> None:
    graph, outputs = run.graph, run.graph.outputs
    count = draw(st.integers(1, 8))
    match draw(st.sampled_from(["step", "back", "go", "all", "read", "set", "edit", "undo"])):
        case "step":
            for _ in range(count):
                run.step(None if run.start else draw(st.sampled_from(outputs)))
        case "back":
            for _ in range(count):
                run.step_back()
        case "go":
            run.go_to(count, draw(st.sampled_from(outputs)))
        case "all":
            run.forward().backward(draw(st.sampled_from(outputs)))
        case "read":
            assert len(list(run.steps())) == len(run.steps())
            run.contributions()
        case "set":
            name = draw(st.sampled_from(list(graph.nodes)))
            value = run.value(name)
            run.set(name, 1.0 if value is None else np.asarray(value) * 1.0)
        case "edit":
            run.move_to(edited(draw, graph, turn))
            past.append(run.graph)
        case "undo":
            run.move_to(draw(st.sampled_from(past)))


@given(seed=st.integers(0, 10**6), data=st.data())
@settings(deadline=None, derandomize=True, max_examples=120)
def test_any_history_ends_where_a_fresh_run_does(seed: int, data: st.DataObject) -> None:
    text = data.draw(st.sampled_from([*NUMBERS, None, None]))
    graph = random_graph(seed, 6) if text is None else parse(text)
    numbers = st.sampled_from([0.0, 1.0, -1.0, 2.5])
    run = Run(graph, {} if text is None else {n: data.draw(numbers) for n in graph.inputs})
    past = [graph]
    for turn in range(10):
        if not run.graph.outputs:
            return
        with suppress(GraphLabError):  # refused, as a gradient of what has no value is
            act(data.draw, run, turn, past)
        fresh = Run(run.graph, run.feeds).forward()
        for port, (value, _) in shown(run).items():
            if value is not None:
                assert_same(value, fresh.value(port), port)
    if run.start is None or fresh.value(run.start) is None:
        return
    while run.step():
        pass
    fresh.backward(run.start)
    for port, pair in shown(fresh).items():
        for ours, theirs in zip(shown(run)[port], pair, strict=True):
            assert_same(ours, theirs, port)
    assert len(run.steps()) == len(fresh.steps())


@pytest.mark.parametrize("value", [2.0, [1.0, 2.0]])
def test_a_new_picture_and_new_groups_lose_nothing(value: Any) -> None:
    run = Run(parse("f = x * y; s = sum(exp(f))"), {"x": value, "y": 3}).forward().backward("s")
    before = shown(run)
    graph = edits.add_group(edits.move(run.graph, {"x": (5, 5)}), "neuron", ["f"])
    run.move_to(graph)
    for port, pair in shown(run).items():
        for ours, theirs in zip(pair, before[port], strict=True):
            assert_same(ours, theirs, port)
    assert run.grad("x") is not None


def test_nothing_goes_back_through_class_ids_however_it_is_asked() -> None:
    feeds = {"x": np.ones((3, 4)), "t": np.arange(3.0)}
    whole = Run(parse(CLASSES), feeds).forward().backward()
    stepped = Run(parse(CLASSES), feeds)
    while stepped.step():
        pass
    assert len(whole.steps()) == len(stepped.steps()) == len(list(whole.steps()))
    assert whole.contributions().keys() == stepped.contributions().keys()
    for run in (whole, stepped, Run(parse("f = binary_hinge(x, relu(t))"), {"x": 1, "t": 1})):
        assert run.forward().backward().grad("t") is None


def test_a_number_that_an_op_refuses_is_a_problem_and_no_more() -> None:
    run = Run(parse("l = binary_hinge(p, t); f = l * 2; g = p * p"), {"p": 3, "t": 0.5}).forward()
    (problem,) = run.problems()
    assert problem.node == "l"
    assert (run.value("f"), run.value("g")) == (None, 9)
    run.set("t", -1)
    assert run.forward().value("f") == 8
    assert run.backward("f").grad("p") == 2


def test_what_is_fed_later_has_the_same_say_on_precision() -> None:
    graph, single, double = parse("f = w * x"), np.ones(3, np.float32), np.full(3, 0.1)
    run = Run(graph, {"w": single})
    run.set("x", single)
    assert run.forward().backward().value("f").dtype == run.grad("x").dtype == np.float32
    run.set("x", double)
    assert run.value("f") is None
    np.testing.assert_array_equal(run.forward().value("f"), double)
    run.set("x", single)
    assert run.forward().value("f").dtype == np.float32


def test_a_value_set_by_hand_does_away_with_what_kept_the_node_from_one() -> None:
    run = Run(parse("y = x @ w; f = sum(y)"), {"x": np.ones((2, 3)), "w": np.ones((2, 3))})
    assert [problem.node for problem in run.forward().problems()] == ["y"]
    run.set("y", np.ones(3))
    assert run.forward().value("f") == 3
    assert not run.problems()
    cut = Run(edits.disconnect(parse("y = x + w"), "y", "y"), {"x": 1, "w": 1, "y": 5})
    assert {problem.kind for problem in cut.problems()} == {"unreachable"}  # w feeds nothing


@pytest.mark.parametrize(
    ("text", "shapes"),
    [
        (
            "W = parameter(); p = l2_penalty(W); b = parameter(3); y = affine(W, x, b)",
            [(3, 4), (3,)],
        ),
        (
            "b = parameter(); t = tanh(b); W = parameter(3, None); y = affine(W, x, b)",
            [(3,), (3, 4)],
        ),
        ("w = parameter(); p = l2_penalty(w); y = dot(w, v)", [(4,)]),
        ("w = parameter(); p = l2_penalty(w); y = w * x", [()]),
    ],
)
def test_an_open_shape_follows_from_the_reader_that_knows(text: str, shapes: list[Any]) -> None:
    graph = parse(text)
    given = {"x": np.ones((2, 4)), "v": np.ones(4)}
    run = Run(graph, {name: given[name] for name in graph.inputs}).forward()
    assert [np.shape(run.value(name)) for name in graph.parameters] == shapes
    assert not run.problems()


def test_names_may_come_back_with_other_kinds() -> None:
    run = Run(parse("x = input(value=2); a = input(value=3); b = tanh(x); f = a * b")).forward()
    graph = edits.remove_nodes(run.graph, ["a", "b"])
    graph = edits.add_node(edits.add_node(graph, "a", "tanh", "x"), "b", "input", value=3.0)
    run.move_to(edits.connect(edits.connect(graph, "a", "f", "x"), "b", "f", "y"))
    assert run.forward().value("f") == 3 * np.tanh(2)


def test_coming_and_going_nodes_do_not_pile_up() -> None:
    full = random_graph(1, 40)
    bare = edits.remove_nodes(full, list(full.nodes)[:-5])
    sizes = [plan_of(graph).size for _ in range(20) for graph in (full, bare)]
    assert max(sizes) <= 2 * sizes[0]


def test_arrays_handed_in_are_not_looked_at_again() -> None:
    x, upstream = np.ones(3), np.ones(3)
    run = Run(parse("f = x * x"), {"x": x}).forward().backward("f", upstream)
    x[:] = upstream[:] = 9.0
    np.testing.assert_array_equal(run.grad("f"), 1)
    np.testing.assert_array_equal(run.grad("x"), 2)


@pytest.mark.parametrize("op", ["sum", "mean", "max", "min", "variance", "norm", "logsumexp"])
def test_an_empty_batch_has_empty_gradients(op: str) -> None:
    run = Run(parse(f"r = {op}(x, axis=1); s = sum(r)"), {"x": np.ones((0, 3))})
    assert run.forward().backward().value("s") == 0
    assert run.grad("x").shape == (0, 3)
