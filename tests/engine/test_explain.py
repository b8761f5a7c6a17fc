"""Steps in words: the lecture's own lines, and something true and complete for every op."""

from __future__ import annotations

import json
import math
import re
from typing import Any

import numpy as np
import pytest

from graphlab.engine import Run, Step
from graphlab.engine.explain import explain
from graphlab.engine.numbers import latex, show
from graphlab.graph.formula import parse
from graphlab.latex import fault
from graphlab.ops import REGISTRY, Source
from graphlab.ops.expression import Expression
from tests.engine.graphs import Grower

OPS = [op for op in REGISTRY.values() if not issubclass(op, Source)]


def steps(text: str, node: str | None = None, **feeds: Any) -> list[Step]:
    run = Run(parse(text), feeds)
    while run.step(node):
        pass
    return list(run.steps())


def lines(text: str, node: str | None = None, **feeds: Any) -> list[str]:
    return [explain(step).line for step in steps(text, node, **feeds)]


def test_the_first_lecture_reads_as_on_the_slide() -> None:
    assert lines("q = x + y; f = q * z", x=-2, y=5, z=-4) == [
        "q = x + y = −2 + 5 = 3",
        "f = q·z = 3 × −4 = −12",
        "∂f/∂f = 1",
        "∂f/∂q = z = −4, upstream 1, contribution 1 × −4 = −4",
        "∂f/∂z = q = 3, upstream 1, contribution 1 × 3 = 3",
        "∂q/∂x = 1, upstream −4, contribution −4 × 1 = −4",
        "∂q/∂y = 1, upstream −4, contribution −4 × 1 = −4",
    ]


def test_contributions_add_up_where_a_value_fans_out() -> None:
    told = [explain(step) for step in steps("f = x * x", x=3)]
    first, second = told[2:]
    assert first.line == "∂f/∂x (by x) = x = 3, upstream 1, contribution 1 × 3 = 3"
    assert "more will arrive at x" in first.sentence
    assert second.line.endswith("contribution 1 × 3 = 3, total 3 + 3 = 6")
    assert "adds to the 3 already there: ∂f/∂x = 6." in second.sentence


def test_signs_and_powers_are_set_by_one_rule() -> None:
    assert lines("f = x ** 2 + y", x=-3, y=-1)[:2] == [
        "square1 = x² = (−3)² = 9",
        "f = square1 + y = 9 + (−1) = 8",
    ]
    assert lines("f = square(x)", x=-2e-7)[0] == "f = x² = (−2×10⁻⁷)² = 4×10⁻¹⁴"
    assert lines("s = sigmoid(x)", x=0)[2] == (
        "∂s/∂x = s·(1 − s) = 0.5 × (1 − 0.5) = 0.25, upstream 1, contribution 1 × 0.25 = 0.25"
    )


@pytest.mark.parametrize(
    ("text", "feeds", "index", "line"),
    [
        ("f = -x", {"x": 2}, 0, "f = −x = −2"),
        ("f = -x", {"x": 2}, -1, "∂f/∂x = −1, upstream 1, contribution 1 × −1 = −1"),
        ("f = gelu(x)", {"x": 0}, 0, "f = 0.5·x·(1 + erf(0.707107·x)) = 0.5 × 0 × "
         "(1 + erf(0.707107 × 0)) = 0"),
        ("v = variance(in0)", {"in0": [1, 3]}, 0, "v = (Σ (in0 − mean(in0))²) / (n − correction), "
         "with in0 = [1, 3], v = 1"),
        ("d = dot(in0, w_1)", {"in0": [1, 2], "w_1": [3, 4]}, 0,
         "d = Σ_i in0_i w_1_i = in0ᵀ w_1, with in0 = [1, 2] and w_1 = [3, 4], d = 11"),
        ("p = softmax(in0); L = sum(p)", {"in0": [5, 5]}, -1, "∂p/∂in0 = p_i ([i = j] − p_j), "
         "matrix 2×2, upstream [1, 1], contribution [0, 0]"),
        ("y = affine(W, x, b); L = sum(y)", {"W": np.eye(2), "x": [1, 2], "b": [3, 4]}, -1,
         "∂y/∂b = 1, selection 2×2, upstream [1, 1], contribution [1, 1]"),
    ],
)  # fmt: skip
def test_a_rule_is_told_in_the_graphs_own_names(
    text: str, feeds: dict[str, Any], index: int, line: str
) -> None:
    assert lines(text, **feeds)[index] == line


def test_the_upstream_is_named_after_what_is_differentiated() -> None:
    told = explain(steps("h = W @ x; L = sum(h)", W=np.eye(2), x=[1, 2])[-2])
    assert told.rule == "∂L/∂W = (∂L/∂h) xᵀ"
    assert r"\frac{\partial L}{\partial h}" in told.rule_latex
    assert "∂L/∂h" in told.sentence


def test_arrays_are_told_by_structure_and_spelled_out_where_small() -> None:
    small = explain(steps("f = sigmoid(x); L = sum(f)", x=[0, 0])[3 + 1])
    assert small.line == (
        "∂f/∂x = f·(1 − f) = [0.25, 0.25] (its diagonal), upstream [1, 1], "
        "contribution [1, 1] ⊙ [0.25, 0.25] = [0.25, 0.25]"
    )
    large = explain(steps("f = exp(x); L = sum(f)", x=np.zeros((3, 4)))[-1])
    assert "diagonal 12×12" in large.line
    assert "contribution 3×4: all 1" in large.line


@pytest.mark.parametrize(
    ("text", "shapes", "is_plugged"),
    [
        ("y = a @ b", [(2, 3), (3,)], (True, True)),
        ("y = a @ b", [(2, 3), (3, 2)], (True, True)),
        ("y = a @ b", [(3,), (3, 2)], (False, False)),  # these vectors are rows
        ("y = a @ b", [(2,), (2,)], (False, False)),
        ("y = a @ b", [(1, 2, 2), (2, 2)], (False, False)),
        ("y = a @ b", [(2, 4), (4, 2)], (False, False)),  # more than is written out
        ("y = outer(a, b)", [(2,), (3,)], (True, True)),
        ("y = affine(a, b)", [(2, 3), (3,)], (True, True)),
        ("y = affine(a, b)", [(2, 3), (1, 3)], (False, False)),  # a batch has examples as rows
    ],
)
def test_a_contribution_with_numbers_is_their_product(
    text: str, shapes: list[tuple[int, ...]], is_plugged: tuple[bool, bool]
) -> None:
    random = np.random.default_rng(5)
    feeds: dict[str, Any] = {
        name: random.integers(-9, 9, s) for name, s in zip("ab", shapes, strict=True)
    }
    taken = steps(f"{text}; L = sum(y**2)", **feeds)
    by_port = {step.edge.target.port: step for step in taken if step.edge and step.node == "y"}
    found = []
    for step in by_port.values():
        told = explain(step)
        found.append(told.numbers.startswith("= "))
        if not found[-1]:
            assert told.numbers == f"local: {step.partial}"
            continue
        left, right = re.split(r"(?<=[\]ᵀ]) (?=\[)", told.numbers.removeprefix("= "))
        expected = np.reshape(step.contribution, (len(step.contribution), -1))
        np.testing.assert_array_equal(as_columns(left) @ as_columns(right), expected)
        assert r"\begin{pmatrix}" in told.numbers_latex
        assert not fault(told.numbers_latex)
    assert tuple(found) == is_plugged


def as_columns(told: str) -> Any:
    """What is written as an array, a vector as a column, and turned where a sign says so."""
    array = np.array(json.loads(told.replace("−", "-").removesuffix("ᵀ")))
    array = array.reshape(len(array), -1)
    return array.T if told.endswith("ᵀ") else array


def test_no_gradient_kinks_and_averages_are_told() -> None:
    loss = steps("L = cross_entropy(s, t)", s=[[1, 2], [0, 0]], t=[1, 0])
    assert explain(loss[-1]).rule == "∂L/∂t is not defined"
    assert "The mean of 2 losses is taken" in explain(loss[0]).sentence
    assert "no derivative" in explain(steps("f = relu(x)", x=0)[0]).sentence
    assert "no derivative" not in explain(steps("f = relu(x)", x=1e-6)[0]).sentence
    start = explain(steps("f = exp(x)", x=[1, 2])[1])
    assert "1 for each" in start.sentence


@pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)
def test_every_op_explains_every_step(op: Any) -> None:
    for seed in range(len(op.samples)):
        grower = Grower(seed)
        grower.grow(op)
        run = Run(grower.draft.graph())
        name = next((n for n in run.graph.nodes if run.graph.node(n).op is op), None)
        if name is None:
            continue
        while run.step(name):
            pass
        for step in run.steps():
            told = explain(step)
            for text in (told.title, told.rule, told.sentence, told.rule_latex):
                assert text
                assert "None" not in text
                assert "array(" not in text
            assert told.sentence.endswith(".")
            assert name in told.line
            assert "-" not in told.result


WRITTEN = {
    "arcsin": math.asin,
    "arccos": math.acos,
    "arctan": math.atan,
    "arsinh": math.asinh,
    "arcosh": math.acosh,
    "artanh": math.atanh,
    "is_nan": math.isnan,
    "is_inf": math.isinf,
}
"""What a person writes otherwise than Python does."""


@pytest.mark.parametrize("op", [o for o in OPS if isinstance(o.formula, Expression)])
def test_numbers_plugged_in_do_give_the_result(op: Any) -> None:
    """What is shown is read back as Python and computed."""
    ports = op.port_names(len(op.ports))
    inputs = op.draw(np.random.default_rng(3), [()] * len(ports))
    names = [f"v{i}" for i in range(len(ports))]
    feeds = dict(zip(names, map(float, inputs), strict=True))
    told = explain(steps(f"f = {op.name}({', '.join(names)})", "f", **feeds)[0])
    shown = (told.numbers or told.result).removeprefix("= ")
    for sign, python in {
        "−": "-",
        "×": "*",
        "²": "**2",
        "³": "**3",
        "^": "**",
        "ln": "log",
        "√": "sqrt",
        "·": "*",
        "≤": "<=",
        "≥": ">=",
        "∞": "inf",
        "⌊": "floor(",
        "⌈": "ceil(",
        "⌋": ")",
        "⌉": ")",
    }.items():
        shown = shown.replace(sign, python)
    if " if " in shown or "|" in shown or " = " in shown:
        return  # a choice or a bar is no Python; the formula itself is tested with the ops
    value = eval(shown, {**vars(math), **WRITTEN, "max": max, "min": min, "sign": np.sign})
    wanted = float(op.forward(*inputs))
    assert value == pytest.approx(wanted, rel=2e-3, abs=2e-3)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (-12.0, "−12"),
        (0.731058, "0.7311"),
        (5.04e-7, "5.04×10⁻⁷"),
        (-0.0, "0"),
        (123456.0, "123456"),
        (1234567.0, "1.235×10⁶"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
        (math.nan, "not a number"),
        (np.array([1, -2.5]), "[1, −2.5]"),
        (np.eye(2), "[[1, 0], [0, 1]]"),
        (np.arange(12.0).reshape(3, 4) - 3, "3×4: −3 … 8"),
        (np.zeros(9), "9 numbers: all 0"),
        (np.array([np.nan] * 6 + [1]), "7 numbers: all 1, some not a number"),
        (np.zeros((0, 3)), "0×3: no elements"),
        ((1.0, None), "1; –"),
    ],
)
def test_numbers_have_one_look(value: Any, text: str) -> None:
    assert show(value) == text
    assert "−" not in latex(value) or r"\text" in latex(value)
