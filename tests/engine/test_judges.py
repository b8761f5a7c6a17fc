"""The judges agree on right gradients, catch wrong ones, and name kinks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from graphlab.engine import Run
from graphlab.engine.judges import MAX_ELEMENTS, Report, check_gradients
from graphlab.errors import GraphLabError, RunError
from graphlab.graph.formula import parse
from graphlab.ops import op_named
from graphlab.torch_backend.judge import torch_gradients
from tests.engine.graphs import random_graph

RANDOM = np.random.default_rng(7)
MLP = "h = relu(affine(W1, x, b1)); s = affine(W2, h, b2); L = cross_entropy(s, t)"


def judge(text: str, node: str | None = None, **feeds: Any) -> Report:
    return check_gradients(parse(text), feeds, node=node, third=torch_gradients)


def verdicts(report: Report) -> dict[str, str]:
    return {row.node: row.verdict for row in report.rows}


@pytest.mark.parametrize("seed", range(12))
def test_random_graphs_of_all_ops_agree(seed: int) -> None:
    graph = random_graph(seed, 10)
    target = next((n for n in reversed(graph.outputs) if graph.node(n).op.name == "add"), None)
    target = target or next(n for n in graph.outputs if graph.node(n).op.category != "Source")
    report = check_gradients(graph, {}, node=target, third=torch_gradients)
    assert report.agrees, report.rows[0]


def test_every_value_of_a_formula_is_judged_by_three() -> None:
    report = judge("q = x + y; f = q * z", x=-2, y=5, z=-4)
    assert report.agrees
    gradients = {"x": -4, "y": -4, "q": -4, "z": 3, "f": 1}
    assert {row.node: row.torch for row in report.rows} == gradients
    assert all(row.relative_error < 1e-9 for row in report.rows)
    assert "torch agree about the gradient of f at 5 nodes" in report.summary
    alone = check_gradients(parse("f = x * y"), {"x": 2, "y": 3})
    assert alone.agrees
    assert alone.rows[0].torch is None


@pytest.mark.parametrize(
    ("text", "op", "method"),
    [
        ("f = sum(sigmoid(x))", "sigmoid", "local"),
        ("f = sum(x @ x)", "matmul", "vjp"),
        ("f = sum(softmax(x) * x)", "softmax", "vjp"),
    ],
)
def test_a_wrong_gradient_is_found(
    monkeypatch: pytest.MonkeyPatch, text: str, op: str, method: str
) -> None:
    kind = op_named(op)
    right = getattr(kind, method)

    def wrong(*args: Any, **attributes: Any) -> tuple[Any, ...]:
        return tuple(1.001 * gradient for gradient in right(*args, **attributes))

    feeds = {"x": RANDOM.normal(size=(3, 3))}
    assert check_gradients(parse(text), feeds).agrees
    monkeypatch.setattr(kind, method, wrong)
    report = check_gradients(parse(text), feeds)
    assert not report.agrees
    assert report.rows[0].node == "x"
    assert report.rows[0].verdict == "disagrees"
    assert "disagree about x" in report.summary


def test_a_third_judge_is_believed() -> None:
    def silent(*_: Any) -> dict[str, Any]:
        return {"f": 1.0, "x": 2.0, "y": 1.0}

    report = check_gradients(parse("f = x + y"), {"x": 1, "y": 1}, third=silent)
    assert verdicts(report) == {"x": "disagrees", "y": "agrees", "f": "agrees"}


@pytest.mark.parametrize(
    ("text", "x", "kinked"),
    [
        ("f = relu(x) * 3 + x", 0, "relu"),
        ("f = relu(x) - relu(-x)", 0, "relu"),
        ("f = abs(sin(x))", 0, "abs"),
        ("f = sqrt(x)", 0, "sqrt"),
        ("f = step(x)", 0, "step"),
        ("f = maximum(x, 2 * x - 1)", 1, "maximum"),
        ("f = clip(x, low=-1, high=2)", 2, "clip"),
        ("f = max(x)", [1, 3, 3], "max"),
        ("f = binary_hinge(x, 1)", 1, "binary_hinge"),
    ],
)
def test_a_kink_is_named_and_is_no_failure(text: str, x: Any, kinked: str) -> None:
    report = judge(text, x=x)
    assert report.agrees
    row = next(row for row in report.rows if row.node == "x")
    assert row.verdict == "kink"
    assert kinked in row.note
    assert op_named(kinked).convention in row.note


@pytest.mark.parametrize(
    ("text", "x"),
    [
        ("f = relu(x)", 1e-5),
        ("f = abs(x)", -3e-4),
        ("f = elu(x)", 0),
        ("f = huber(x, 0)", 1.0),
        ("f = x ** 3", 1e-9),
        ("f = exp(x)", 300.0),
        ("f = sin(1000 * x)", 0.3),
        ("f = log(x)", 1e-3),
        ("f = (x + 1e8) - 1e8", 2.0),
        ("f = softplus(x)", -40.0),
        ("f = 1 / x", -0.01),
        ("f = step(x)", 2),
        ("f = tanh(50 * x)", 0.3),
    ],
)
def test_smooth_places_hard_for_differences_are_agreed_about(text: str, x: float) -> None:
    report = judge(text, x=x)
    assert {row.verdict for row in report.rows} == {"agrees"}, report.rows[0]


@pytest.mark.parametrize("by_torch", [True, False])
@pytest.mark.parametrize(
    ("text", "x"),
    [
        ("f = log(x)", 1e-7),
        ("f = log(x)", 1e-8),
        ("f = log(x)", 1e-200),
        ("f = 1 / x", 1e-7),
        ("f = 1 / x", -1e-30),
        ("f = sqrt(x)", 1e-7),
        ("f = sqrt(x)", 1e-8),
        ("f = x ** 1.5", 1e-7),
        ("f = log(x * x)", 1e-7),
        ("f = log(x * x)", 1e-12),
        ("f = sqrt(x * x)", 1e-8),
        ("f = sin(x)", 1.3e7),
        ("f = sin(1e9 * x)", 1.3),
        ("f = log(1 + exp(x))", -31),
        ("f = x * x", 1e12),
        ("f = relu(x)", 1e-9),
        ("f = abs(x)", -1e-12),
        ("f = maximum(x, 1)", 1 + 1e-9),
    ],
)
def test_the_step_fits_small_and_large_values(text: str, x: float, by_torch: bool) -> None:
    report = check_gradients(parse(text), {"x": x}, third=torch_gradients if by_torch else None)
    assert {row.verdict for row in report.rows} == {"agrees"}, report.rows[0]
    assert max(row.relative_error for row in report.rows) < 1e-3


@pytest.mark.parametrize("by_torch", [True, False])
@pytest.mark.parametrize(
    ("text", "feeds", "node", "said"),
    [
        ("f = exp(x)", {"x": 1000}, "x", "not a finite number"),
        ("f = x * x", {"x": 1e200}, "x", "not a finite number"),
        ("f = log(x)", {"x": 0}, "x", "not a finite number"),
        ("f = x + y", {"x": 1e12, "y": 1}, "y", "uncertain by"),
        ("f = x + y", {"x": 1e300, "y": 1}, "y", "uncertain by"),
    ],
)
def test_where_differences_cannot_judge_nothing_is_claimed(
    text: str, feeds: dict[str, float], node: str, said: str, by_torch: bool
) -> None:
    report = check_gradients(parse(text), feeds, third=torch_gradients if by_torch else None)
    row = next(row for row in report.rows if row.node == node)
    assert report.agrees
    assert row.verdict == "not judged"
    assert said in row.note
    judged = sum(row.verdict == "agrees" for row in report.rows)
    assert f"{len(report.rows) - judged} node" in report.summary
    assert "no derivative" not in report.summary
    assert all(row.relative_error < 1e-3 for row in report.rows if row.verdict == "agrees")


@pytest.mark.parametrize("off", [1.0001, 0.9999, -1.0, 0.0, 1e6])
@pytest.mark.parametrize("x", [1e-7, 0.3, 1.0, 40.0, 1e6])
@pytest.mark.parametrize("op", ["log", "sqrt", "sin"])
def test_a_slightly_wrong_gradient_is_found_at_every_scale(
    monkeypatch: pytest.MonkeyPatch, op: str, x: float, off: float
) -> None:
    kind = op_named(op)
    right = kind.local
    monkeypatch.setattr(kind, "local", lambda *a, **k: tuple(off * g for g in right(*a, **k)))
    for third in (None, torch_gradients):
        report = check_gradients(parse(f"f = {op}(x)"), {"x": [x]}, third=third)
        assert verdicts(report)["x"] == "disagrees"


@pytest.mark.parametrize("tolerance", [float("nan"), float("inf"), 0.0, -1.0])
def test_a_tolerance_that_tolerates_nothing_or_all_is_refused(tolerance: float) -> None:
    with pytest.raises(GraphLabError, match="positive finite number"):
        check_gradients(parse("f = x * x"), {"x": 1}, tolerance=tolerance)


def test_a_network_is_judged_by_a_sample() -> None:
    feeds = {
        "W1": RANDOM.normal(size=(300, 784)) / 28,
        "b1": np.zeros(300),
        "b2": np.zeros(10),
        "W2": RANDOM.normal(size=(10, 300)) / 17,
        "x": RANDOM.normal(size=(8, 784)),
        "t": RANDOM.integers(0, 10, 8),
    }
    report = judge(MLP, **feeds)
    assert report.agrees, report.rows[0]
    found = {row.node: row for row in report.rows}
    assert found["t"].verdict == "no gradient"

    assert found["W1"].size == 300 * 784
    assert MAX_ELEMENTS <= found["W1"].checked <= MAX_ELEMENTS + 1
    assert f"{MAX_ELEMENTS} elements" in report.summary
    assert judge(MLP, **feeds) == report


def test_what_gets_no_gradient_says_why() -> None:
    report = judge("L = cross_entropy(s, t); aside = 2 * y", node="L", s=[1, 2], t=1, y=3)
    notes = {row.node: row.note for row in report.rows if row.verdict == "no gradient"}
    assert notes == {
        "t": "what it feeds takes no gradient",
        "y": "it does not lead to L",
        "aside": "it does not lead to L",
    }


def test_class_ids_that_also_count_as_numbers_are_held_where_they_are_ids() -> None:
    report = judge("L = cross_entropy(s, t) + 3 * t", s=[1, 2], t=1)
    assert verdicts(report)["t"] == "agrees"
    assert Run(parse("f = 3 * t"), {"t": 1}).forward().backward().grad("t") == 3


def test_arrays_at_the_end_are_summed_and_inner_feeds_are_inputs() -> None:
    report = judge("q = x * 2; f = q * q", x=[1, 2], q=[5, 6])
    assert report.agrees
    assert verdicts(report)["x"] == "no gradient"
    assert {row.node for row in report.rows if row.verdict == "agrees"} == {"q", "f"}


def test_float32_is_judged_in_float64_and_large_graphs_by_a_sample() -> None:
    report = judge("f = exp(x)", x=np.float32([1, 2]))
    assert report.agrees
    assert "float32" in report.summary
    text = "; ".join(["a0 = x * y"] + [f"a{i + 1} = sin(a{i}) + x" for i in range(1500)])
    deep = check_gradients(parse(text), {"x": 0.5, "y": 0.3}, node="a1500")
    assert deep.agrees
    assert "as the graph is large" in deep.summary


def test_where_the_loss_is_no_number_nothing_is_claimed() -> None:
    report = judge("f = sum(log(x))", x=[-1.0, 2.0])
    assert report.agrees
    assert verdicts(report)["x"] == "not judged"
    assert "not a finite number" in report.rows[0].note


def test_what_cannot_be_judged_is_told() -> None:
    with pytest.raises(RunError, match="no value"):
        judge("f = x * y", x=1)
    with pytest.raises(GraphLabError, match="outputs"):
        judge("f = x * y; g = x + y", x=1, y=2)
