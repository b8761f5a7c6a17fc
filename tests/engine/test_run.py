"""Running whole and step by step, against torch autograd on random graphs of every op."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphlab.engine import Partial, Run
from graphlab.errors import GraphLabError, RunError
from graphlab.graph import Draft, Graph, edits
from graphlab.graph.formula import parse
from graphlab.ops import REGISTRY, op_named
from tests.engine.graphs import OPS, Grower, random_graph

SEEDS = st.integers(0, 10**6)
few = settings(max_examples=25, deadline=None, derandomize=True)


def torch_reference(graph: Graph, run: Run, start: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Values and gradients of every node by torch autograd, in float64."""
    import torch

    tensors: dict[Any, Any] = {}
    for name, node in graph.nodes.items():
        if node.op.category == "Source":
            tensor = torch.tensor(np.asarray(run.value(name)), requires_grad=True)
            outs = (tensor,)
        else:
            fed = {port: tensors[source] for port, source in node.inputs.items()}
            fed.update((p, fed[p].detach().clone()) for p in node.op.undifferentiated & fed.keys())
            inputs = [fed.get(port) for port in node.ports]
            out = node.op.lower(torch, *inputs, **node.attributes)
            outs = out if isinstance(out, tuple | list) else (out,)
        for index, tensor in enumerate(outs):
            if (
                not tensor.requires_grad
            ):  # a comparison: what comes after depends on it all the same
                tensor.requires_grad_()
            elif not tensor.is_leaf:
                tensor.retain_grad()
            tensors[graph.port(name)._replace(output=index)] = tensor
    tensors[graph.port(start)].sum().backward()
    values = {str(port): t.detach().numpy() for port, t in tensors.items()}
    grads = {str(port): None if t.grad is None else t.grad.numpy() for port, t in tensors.items()}
    return values, grads


def snapshot(run: Run) -> dict[str, Any]:
    return {name: (run.value(name), run.grad(name)) for name in run.graph.nodes}


def assert_same(a: dict[str, Any], b: dict[str, Any]) -> None:
    for name, pair in a.items():
        for x, y in zip(pair, b[name], strict=True):
            assert (x is None) == (y is None), name
            if x is not None:
                np.testing.assert_array_equal(x, y, err_msg=name)


@given(seed=SEEDS, size=st.integers(1, 25))
@settings(few, max_examples=60)
def test_random_graphs_agree_with_torch(seed: int, size: int) -> None:
    graph = random_graph(seed, size)
    start = graph.outputs[-1]
    run = Run(graph).forward()
    assert not [p for p in run.problems() if p.kind != "unreachable"]
    run.backward(start)
    values, grads = torch_reference(graph, run, start)
    for name in values:
        np.testing.assert_allclose(run.value(name), values[name], rtol=1e-9, atol=1e-12)
        ours, theirs = run.grad(name), grads[name]
        if ours is None or theirs is None:  # torch leaves out what cannot matter; we may say 0
            assert not np.any(ours if theirs is None else theirs), name
        else:
            np.testing.assert_allclose(ours, theirs, rtol=1e-7, atol=1e-9, err_msg=name)


@pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)
def test_stepping_ends_where_running_whole_does(op: Any) -> None:
    grower = Grower(1)
    for other in (op, op_named("multiply"), op):
        grower.grow(other)
    graph = grower.graph()
    start = graph.outputs[-1]
    whole, stepped = Run(graph).forward().backward(start), Run(graph)
    states = [snapshot(stepped)]
    while stepped.step(start):
        states.append(snapshot(stepped))
    assert_same(snapshot(whole), snapshot(stepped))
    taken = len(stepped.steps())
    assert len(states) == taken + 1 == len(whole.steps()) + 1
    for expected in reversed(states[:-1]):  # and every step can be taken back
        assert stepped.step_back() is not None
        assert_same(expected, snapshot(stepped))
    assert stepped.step_back() is None
    whole.go_to(taken // 2, start)
    assert_same(states[taken // 2], snapshot(whole))
    whole.go_to(taken, start)
    assert_same(states[-1], snapshot(whole))


@given(seed=SEEDS)
@few
def test_contributions_are_upstream_times_partial_and_add_up(seed: int) -> None:
    graph = random_graph(seed, 12)
    start = graph.outputs[-1]
    run = Run(graph).forward().backward(start)
    sums: dict[str, Any] = {start: 1.0}
    for step in run.steps():
        if step.edge is None or step.contribution is None:
            continue
        if isinstance(step.partial, Partial):
            product = step.partial.vjp(step.upstream)
        else:
            product = step.upstream * step.partial
        np.testing.assert_allclose(product, step.contribution, rtol=1e-12, atol=1e-300)
        source = str(step.edge.source)
        sums[source] = sums.get(source, 0) + step.contribution
        np.testing.assert_array_equal(sums[source], step.total)
        if step.is_last:
            # One edge alone may be computed in another order than all of an op's together.
            np.testing.assert_allclose(step.total, run.grad(source), rtol=1e-12, atol=1e-300)


@given(seed=SEEDS, data=st.data())
@few
def test_a_change_forgets_exactly_what_depends_on_it(seed: int, data: st.DataObject) -> None:
    graph = random_graph(seed, 10)
    start = graph.outputs[-1]
    run = Run(graph).forward().backward(start)
    before = snapshot(run)
    name = data.draw(st.sampled_from([n for n, node in graph.nodes.items() if not node.op.several]))
    changed = np.asarray(run.value(name)) * 0.9375  # exact in binary, and integral ids stay so
    if any(
        graph.nodes[edge.target.node].op.draw.__func__ is not op_named("add").draw.__func__
        for edge in graph.consumers[name]
    ):
        return  # not every value will do there
    run.set(name, changed)
    lost = {n for n in graph.nodes if run.value(n) is None}
    followers: set[str] = set()
    waiting = [name]
    while waiting:
        for edge in graph.consumers[waiting.pop()]:
            if edge.target.node not in followers:
                followers.add(edge.target.node)
                waiting.append(edge.target.node)
    assert lost == followers
    for other in graph.nodes.keys() - lost - {name}:
        np.testing.assert_array_equal(run.value(other), before[other][0])
    run.forward().backward(start)
    fresh = Run(graph, {name: changed}).forward().backward(start)
    assert_same(snapshot(fresh), snapshot(run))
    run.release(name)
    run.forward().backward(start)
    assert_same(before, snapshot(run))


def test_what_a_change_does_not_touch_keeps_its_gradient() -> None:
    run = Run(parse("a = x * x; b = y * y; c = a + b; d = exp(c)"), {"x": 2, "y": 3})
    run.forward().backward("c")
    run.set("x", 5)
    assert run.value("a") is None
    assert run.value("c") is None
    assert run.value("b") == 9
    assert run.grad("c") is None
    assert run.grad("y") is None
    run.forward().backward("b")
    run.set("x", 7)
    assert run.grad("y") == 6
    assert run.grad("b") == 1


def test_a_step_taken_back_and_a_changed_value_leave_nothing_stale() -> None:
    run = Run(parse("a = x * y; f = a * x"), {"x": 2, "y": 3})
    while run.step():
        pass
    for _ in range(3):
        run.step_back()
    run.set("x", 5)
    while run.step():
        pass
    assert_same(snapshot(Run(run.graph, run.feeds).forward().backward()), snapshot(run))


def test_gradients_from_several_outputs_come_back_as_one_product() -> None:
    graph = parse("s = split(x, parts=2); f = sum(s[0] * s[1]) + sum(s[1])")
    run = Run(graph, {"x": [1.0, 2, 3, 4]}).forward().backward()
    step = run.steps()[-1]
    np.testing.assert_array_equal(step.upstream, [3, 4, 2, 3])
    np.testing.assert_array_equal(step.partial.vjp(step.upstream), step.contribution)
    np.testing.assert_array_equal(step.partial.dense(), np.eye(4))
    np.testing.assert_array_equal(step.partial.jvp([1, 0, 0, 2]), [1, 0, 0, 2])


def test_not_computed_is_none_and_never_zero() -> None:
    run = Run(parse("q = x + y; f = q * z"), {"x": -2, "y": 5})
    assert run.value("q") is None
    assert run.grad("q") is None
    assert run.partial("x", "q") is None
    run.forward()
    assert run.value("q") == 3
    assert run.value("f") is None
    assert run.partial("q", "f") is None
    with pytest.raises(RunError, match="z has no value"):
        run.backward()
    run.set("z", -4)
    assert run.forward().value("f") == -12
    run.backward("q")
    assert run.grad("f") is None
    assert run.grad("z") is None
    assert run.grad("x") == 1


def test_a_value_set_by_hand_no_longer_depends_on_its_inputs() -> None:
    run = Run(parse("q = x + y; f = q * z"), {"x": -2, "y": 5, "z": -4, "q": 10})
    run.forward().backward()
    assert run.value("f") == -40
    assert run.grad("q") == -4
    assert run.grad("x") is None
    run.release("q")
    run.forward().backward()
    assert run.value("f") == -12
    assert run.grad("x") == -4


def test_an_upstream_may_be_given_where_the_start_is_no_number() -> None:
    graph = parse("f = x * w")
    run = Run(graph, {"x": [1.0, 2.0], "w": [3.0, 5.0]}).forward()
    np.testing.assert_array_equal(run.backward().grad("w"), [1, 2])
    np.testing.assert_array_equal(run.backward("f", [10, 0]).grad("w"), [10, 0])
    with pytest.raises(RunError, match="same shape"):
        run.backward("f", [1, 2, 3])


def test_float32_is_kept_when_fed_and_numbers_have_no_say() -> None:
    graph = parse("f = mean(sigmoid(w * x + b) * 2)")
    feeds = {"x": np.ones((4, 3), np.float32), "w": 0.5, "b": np.zeros(3, np.float32)}
    run = Run(graph, feeds).forward().backward()
    for name in graph.nodes:
        assert np.asarray(run.value(name)).dtype == np.float32, name
        assert np.asarray(run.grad(name)).dtype == np.float32, name
    mixed = Run(graph, {**feeds, "b": np.zeros(3)}).forward()
    assert mixed.value("f").dtype == np.float64


def test_open_parameter_shapes_follow_from_what_arrives() -> None:
    graph = parse(
        "W1 = parameter(5, None); b1 = parameter(); h = relu(affine(W1, x, b1))\n"
        "W2 = parameter(2, None); b2 = parameter(); y = affine(W2, h, b2)"
    )
    run = Run(graph, {"x": np.ones((7, 3))}).forward()
    shapes = {name: np.shape(run.value(name)) for name in ("W1", "b1", "W2", "b2", "y")}
    assert shapes == {"W1": (5, 3), "b1": (5,), "W2": (2, 5), "b2": (2,), "y": (7, 2)}
    again = Run(graph, {"x": np.ones((7, 3))}).forward()
    np.testing.assert_array_equal(run.value("W1"), again.value("W1"))
    other = Run(graph, {"x": np.ones((7, 3))}, seed=1).forward()
    assert np.any(run.value("W1") != other.value("W1"))


def test_open_parameters_wait_for_a_shape_and_follow_another() -> None:
    run = Run(parse("W = parameter(2, None); b = parameter(); y = affine(W, x, b)")).forward()
    assert run.value("W") is None
    assert run.value("y") is None
    for features in (3, 4):
        run.set("x", np.ones((5, features)))
        run.forward().backward("y")
        assert np.shape(run.value("W")) == np.shape(run.grad("W")) == (2, features)
        assert run.value("y").shape == (5, 2)
        assert not run.problems()
    run.move_to(edits.add_node(run.graph, "p", "l2_penalty", "W"))
    run.forward()
    run.release("x")
    run.move_to(edits.set_attributes(run.graph, "x", value=np.ones((5, 7))))
    run.forward()
    assert run.value("p") == np.sum(np.square(run.value("W")))
    run.set("W", np.zeros((2, 4)))
    run.set("x", np.ones((5, 3)))
    run.forward()
    assert [problem.node for problem in run.problems()] == ["y"]  # what was fed is not redrawn


def test_the_memory_of_a_run_is_bounded_before_it_is_taken(monkeypatch: Any) -> None:
    monkeypatch.setattr("graphlab.engine.gate.MAX_BYTES", 8 * 1000 * 3)
    run = Run(parse("a = exp(x); b = exp(a); c = exp(b); d = exp(c)"), {"x": np.zeros(1000)})
    run.forward()
    assert run.value("c") is not None
    assert run.value("d") is None
    (problem,) = run.problems()
    assert problem.node == "d"
    assert "GiB" in problem.message


def test_what_can_be_computed_is_in_spite_of_problems() -> None:
    graph = parse("a = x + y; b = matmul(x, y); c = exp(x); d = b * c")
    run = Run(graph, {"x": np.ones((2, 3)), "y": np.ones((2, 3))}).forward()
    assert run.value("a") is not None
    assert run.value("c") is not None
    assert run.value("b") is None
    assert run.value("d") is None
    (problem,) = run.problems()
    assert problem.node == "b"
    assert "3" in problem.message
    assert "2" in problem.message


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda r: r.value("g"), "no node g"),
        (lambda r: r.partial("x", "f"), "no edge from x to f"),
        (lambda r: r.partial("q", "q2"), "port='x'"),
        (lambda r: r.partial("x", "y"), "source"),
        (lambda r: r.set("x", "two"), "number"),
        (lambda r: r.set("x", [[1], [2, 3]]), "different lengths"),
        (lambda r: r.set("x", 10**400), "too large for 64 bits"),
        (lambda r: r.set("x", np.ones((1,) * 33)), "more than 32 axes"),
        (lambda r: r.backward(), "say which"),
        (lambda r: Run(r.graph, {"zz": 1}), "no node zz"),
        (lambda r: Run(r.graph, seed=-1), "0 or more"),
        (lambda r: Run(parse("s = split(x, parts=2)"), {"s": 1}), "several outputs"),
    ],
)
def test_a_wrong_question_gets_one_sentence(ask: Any, words: str) -> None:
    run = Run(parse("q = x + y; f = q * z; q2 = q * q"), {"x": 1, "y": 2, "z": 3}).forward()
    with pytest.raises(GraphLabError, match=words):
        ask(run)


@pytest.mark.parametrize("whole", [10**20, [10**20, -(2**70)], [2**63, -1]])
def test_whole_numbers_of_any_length_are_numbers(whole: Any) -> None:
    fed = Run(parse("f = x + 0"), {"x": whole}).forward().value("f")
    np.testing.assert_array_equal(fed, np.array(whole, float), strict=True)


def test_a_picture_that_changes_leaves_a_run_as_it_is_whatever_ran_meanwhile() -> None:
    graph = parse("b = a + a; c = b + b; add1 = c + ?")
    run = Run(graph, {"a": 3})
    renamed = edits.rename_node(graph, "add1", "d")
    run.step()
    run.move_to(renamed)
    Run(graph, {"a": 3})  # makes the lineage's plan that of the old graph again
    moved = edits.move(renamed, {"d": (1.0, 2.0)})
    run.move_to(moved)
    assert (run.value("b"), run.value("c"), run.value("d")) == (6, None, None)
    assert run.forward().value("c") == 12


@given(seed=SEEDS, data=st.data())
@few
def test_moving_to_an_edited_graph_is_running_it_anew(seed: int, data: st.DataObject) -> None:
    """Whatever other runs of the lineage, a judge's say, have made of its plans meanwhile."""
    first = graph = random_graph(seed, 10)
    run = Run(graph).forward().backward(graph.outputs[-1])
    for turn in range(4):
        graph = run.graph
        if data.draw(st.booleans()):
            Run(edits.remove_nodes(first, list(first.nodes)[1:]))
            Run(graph)
        action = data.draw(st.sampled_from(["remove", "add", "value", "move"]))
        name = data.draw(st.sampled_from(list(graph.nodes)))
        if action == "remove" and len(graph.nodes) > 1:
            graph = edits.remove_nodes(graph, [name])
        elif action == "add":
            node = graph.nodes[name]
            last = len(node.op.output_names(**node.attributes)) - 1
            graph = edits.add_node(graph, f"new{turn}", "tanh", f"{name}.{last}")
        elif action == "value" and graph.nodes[name].op.name == "input":
            graph = edits.set_attributes(graph, name, value=np.asarray(run.value(name)) * 0.5)
        else:
            graph = edits.move(graph, {name: (1.0, 2.0)})
        run.move_to(graph)
        run.forward()
        fresh = Run(graph).forward()
        for node in graph.nodes:
            ours, theirs = run.value(node), fresh.value(node)
            assert (ours is None) == (theirs is None), node
            if ours is not None:
                np.testing.assert_array_equal(ours, theirs)
    if len(graph.outputs):
        start = graph.outputs[-1]
        if run.value(start) is not None:
            assert_same(snapshot(fresh.backward(start)), snapshot(run.backward(start)))


@given(
    op=st.sampled_from([op for op in OPS if op.exact_as_written]),
    numbers=st.lists(
        st.one_of(
            st.sampled_from([0.0, -0.0, 1.0, -1.0, 1e3, -1e3, 1e-300, 1e300, 745.0]),
            st.floats(-50, 50),
        ),
        min_size=2,
        max_size=2,
    ),
)
@settings(deadline=None, derandomize=True, max_examples=400)
def test_the_loop_of_numbers_agrees_with_the_ops_own_code(op: Any, numbers: list[float]) -> None:
    draft = Draft()
    leaves = [draft.add(op_named("input"), (), {"value": x}) for x in numbers[: len(op.ports)]]
    name = draft.add(op, leaves).node
    run = Run(draft.graph()).forward()
    arrays = [np.asarray(x) for x in numbers[: len(op.ports)]]
    with np.errstate(all="ignore"):
        out = op.forward(*arrays)
        # at the value of the run: where a partial is what little is left of 1 − s², the last
        # digit of s, in which two libraries differ, is all of it
        local = op.local(np.asarray(run.value(name)), *arrays)
    np.testing.assert_allclose(run.value(name), out, rtol=1e-14)
    for leaf, port, partial in zip(leaves, op.ports, local, strict=True):
        found = run.partial(leaf.node, name, port)
        np.testing.assert_allclose(found, partial, rtol=1e-12, atol=1e-300)


def test_every_op_is_in_the_random_graphs() -> None:
    stepped = {n for n, op in REGISTRY.items() if op.category != "Source"} - {"opaque"}
    assert {op.name for op in OPS} == stepped


def test_a_parameter_whose_shape_nothing_settles_is_told_of_when_first_asked() -> None:
    run = Run(parse("x = -1\nh = linear_layer(x, features=6)"))
    first = {problem.node for problem in run.problems()}
    run.forward()
    assert first == {problem.node for problem in run.problems()} == {"h_weight"}
