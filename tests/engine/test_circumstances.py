"""What a run tells its ops: the mode, and a seed of each node's own; and ports left empty."""

from __future__ import annotations

import numpy as np
import pytest

from graphlab import Run, check_gradients, parse, to_text
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
