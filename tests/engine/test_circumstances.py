"""What a run tells its ops: the mode, and a seed of each node's own; and ports left empty."""

from __future__ import annotations

import numpy as np
import pytest

from graphlab import Run, check_gradients, parse, to_text
from graphlab.graph import edits
from graphlab.graph.qualified import qualified_names

X = np.random.default_rng(0).normal(size=(4, 6))


def test_a_port_that_may_stay_empty() -> None:
    graph = parse("w = parameter(3, 6)\nf = affine(w, x)")
    assert "bias" not in str(Run(graph, {"x": X}).problems())
    run = Run(graph, {"x": X}).forward().backward()
    np.testing.assert_allclose(run.value("f"), X @ run.value("w").T)
    np.testing.assert_allclose(run.grad("w"), np.ones((4, 3)).T @ X)
    assert check_gradients(graph, {"x": X}).agrees
    stepped = Run(graph, {"x": X})
    while stepped.step() is not None:
        pass
    np.testing.assert_array_equal(stepped.grad("w"), run.grad("w"))


def test_a_port_that_has_to_be_fed_is_told() -> None:
    (problem,) = (p for p in Run(parse("f = affine(?, x)"), {"x": X}).problems() if p.node == "f")
    assert "weight" in problem.message
    assert "bias" not in problem.message


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (
            "with group('layer1'):\n"
            "  with group('layer1_0'):\n"
            "    layer1_0_weight = parameter(2)\n    f = layer1_0_weight + x\n",
            {"layer1": "layer1", "layer1_0": "layer1.0", "layer1_0_weight": "layer1.0.weight"},
        ),
        (
            "with group('a'):\n  a_b = x + 1\n  b = a_b + x\n",
            {"a": "a", "a_b": "a.a_b", "b": "a.b", "x": "x"},
        ),
    ],
)
def test_names_as_torch_writes_them(text: str, names: dict[str, str]) -> None:
    found = qualified_names(parse(text))
    assert len(set(found.values())) == len(found)
    assert {name: found[name] for name in names} == names


def test_empty_ports_in_formulas() -> None:
    for text in ("f = affine(w, x)", "f = affine(w, x, b)", "f = affine(w, x=?, bias=b)"):
        graph = parse(text)
        assert parse(to_text(graph)) == graph


def test_one_mask_forward_and_backward_and_another_for_each_node_and_seed() -> None:
    graph = parse("a = dropout(x, p=0.5)\nb = dropout(x, p=0.5)\nf = sum(a) + sum(b)")
    ones = np.ones(200)
    run = Run(graph, {"x": ones}, seed=3, training=True).forward().backward()
    a, b = run.value("a"), run.value("b")
    np.testing.assert_array_equal(run.grad("x"), a + b)
    assert set(np.unique(a)) == {0.0, 2.0}
    assert (a != b).any()
    assert (Run(graph, {"x": ones}, seed=4, training=True).forward().value("a") != a).any()
    again = Run(graph, {"x": ones}, seed=3, training=True)
    while again.step() is not None:
        pass
    np.testing.assert_array_equal(again.value("a"), a)
    assert check_gradients(graph, {"x": ones}, seed=3, training=True).agrees


def test_the_other_mode_forgets_exactly_what_depends_on_it() -> None:
    run = Run(parse("h = relu(x)\nd = dropout(h)\nf = sum(d)"), {"x": X}, training=True)
    run.forward().backward()
    run.set_training(False)
    assert run.value("h") is not None
    assert [run.value(name) for name in ("d", "f")] == [None, None]
    assert run.grad("x") is None
    np.testing.assert_array_equal(run.forward().value("d"), run.value("h"))


def test_running_statistics_follow_torch() -> None:
    import torch

    x = np.random.default_rng(1).normal(size=(5, 3, 4, 4))
    text = "m = buffer()\nv = buffer(init='ones')\nf = batch_norm(x, running_mean=m, running_var=v)"
    run = Run(parse(text), {"x": x}, training=True).forward()
    layer = torch.nn.BatchNorm2d(3, affine=False).double()
    np.testing.assert_allclose(run.value("f"), layer(torch.tensor(x)), atol=1e-12)
    found = run.updates()
    np.testing.assert_allclose(found["m"], layer.running_mean, atol=1e-12)
    np.testing.assert_allclose(found["v"], layer.running_var, atol=1e-12)
    run.set_training(False)
    assert run.updates() == {}
    fed = Run(run.graph, {"x": x, **found}).forward()
    np.testing.assert_allclose(fed.value("f"), layer.eval()(torch.tensor(x)), atol=1e-12)


def test_what_was_drawn_is_not_drawn_again_for_an_edit() -> None:
    graph = parse("w = parameter(None, 6)\nb = parameter(4)\nf = affine(w, x, b)")
    run = Run(graph, {"x": X}).forward()
    w = run.value("w")
    run.move_to(edits.add_node(graph, "g", "input"))
    assert np.shares_memory(run.value("w"), w)
    run.move_to(edits.set_attributes(run.graph, "b", shape=(3,)))
    assert run.value("w").shape == (3, 6)
    run.move_to(edits.set_attributes(run.graph, "w", scale=2.0, init="normal"))
    fresh = Run(run.graph, {"x": X}).forward()
    np.testing.assert_array_equal(run.forward().value("w"), fresh.value("w"))


def test_a_large_parameter_is_drawn_when_something_runs() -> None:
    run = Run(parse("w = parameter(2000, 2000)\nf = sum(w)"))
    assert run.value("w") is None
    assert run.with_value() == set()
    assert run.forward().value("w").shape == (2000, 2000)
