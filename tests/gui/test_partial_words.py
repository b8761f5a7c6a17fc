"""What the inspector says of a partial's structure, judged by finite differences of the op."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from graphlab.engine.numbers import show
from graphlab.engine.partial import Partial
from graphlab.engine.run import Run
from graphlab.graph import InPort
from graphlab.graph.formula import parse
from graphlab.gui.panels.inspector_rules import edge_rule
from graphlab.gui.phrases import partial_text
from graphlab.gui.plots.jacobian import structure_words
from graphlab.gui.window import Window
from graphlab.ops import REGISTRY, Op

WITH_INPUTS = sorted(name for name, op in REGISTRY.items() if op.partials)
STEP = 1e-5


def uses(op: type[Op]) -> Iterator[Partial]:
    """Every input that gets a gradient, of every sample of an op."""
    for sample in op.samples:
        inputs = op.draw(np.random.default_rng(3), sample.shapes, **sample.attributes)
        out = op.forward(*inputs, **sample.attributes)
        for index, port in enumerate(op.port_names(len(inputs))):
            if inputs[index] is not None and port not in op.undifferentiated:
                partial = Partial(op, sample.attributes, inputs, out, index)
                if 0 not in partial.shape and partial.is_differentiable:
                    yield partial


def differences(partial: Partial) -> NDArray[np.float64]:
    """The Jacobian, a row an output, by central differences."""
    x = np.array(partial.inputs[partial.index], dtype=float)
    columns = []
    for place in np.ndindex(x.shape):
        ends = []
        for step in (STEP, -STEP):
            moved = x.copy()
            moved[place] += step
            inputs = [*partial.inputs]
            inputs[partial.index] = moved
            found = partial.op.forward(*inputs, **partial.attributes)
            ends.append(np.ravel(found[0] if isinstance(found, tuple) else found))
        columns.append((ends[0] - ends[1]) / (2 * STEP))
    return np.array(columns).T


def is_true(words: str, jacobian: NDArray[np.float64], shape: tuple[int, ...]) -> bool:
    """Whether a sentence about structure agrees with where a Jacobian is 0."""
    met = abs(jacobian) > 1e-9
    per_output, per_input = met.sum(axis=1), met.sum(axis=0)
    if "full matrix" in words:
        return bool(met.all())
    if "single row" in words:
        return len(met) == 1
    if "diagonal" in words:
        return not (met & ~np.eye(len(met), dtype=bool)).any()
    if "outputs are made of separate inputs" in words:
        return bool(per_input.max() <= 1)
    if "It picks entries" in words:
        return per_output.max() <= 1 and bool(np.isclose(jacobian[met], 1).all())
    if "depends on one input" in words:
        return bool(per_output.max() <= 1)
    if "every entry is 0" in words:
        return not met.any()
    if "its own filter" in words:
        masks = (mask.reshape(shape) for mask in met if mask.any())
        return all(any(len(set(axis)) == 1 for axis in np.nonzero(mask)) for mask in masks)
    if "below its window" in words:
        return len(met) == 1 or bool(per_output.max() <= met.shape[1])
    return _is_true_count(words, met, shape)


def _is_true_count(words: str, met: NDArray[np.bool_], shape: tuple[int, ...]) -> bool:
    """``An output depends on 1 to 4 of the 6 inputs``."""
    found = re.search(r"on ([\d,]+)(?: to ([\d,]+))? of the ([\d,]+) inputs", words)
    assert found is not None, words
    least, most, columns = (int((n or found[1]).replace(",", "")) for n in found.groups())
    per_output = met.sum(axis=1)
    is_counted = (columns, least, most) == (met.shape[1], per_output.min(), per_output.max())
    if "one row" in words or "one column" in words:
        axis = 0 if "one row" in words else 1
        is_counted &= all(len(set(np.nonzero(m.reshape(shape))[axis])) == 1 for m in met)
    if "blocks" in words:
        is_counted &= (np.unique(met, axis=0).sum(axis=0) <= 1).all()
    return bool(is_counted)


@pytest.mark.parametrize("name", WITH_INPUTS)
def test_words_about_structure_agree_with_the_zeros_of_the_jacobian(name: str) -> None:
    for partial in uses(REGISTRY[name]):
        words = structure_words(partial)
        assert is_true(words, differences(partial), partial.input_shape), (words, partial.shape)


@pytest.mark.parametrize("name", WITH_INPUTS)
def test_a_partial_has_one_name_wherever_it_is_shown(name: str) -> None:
    for partial in uses(REGISTRY[name]):
        if partial.shape:
            pill = partial_text(partial)
            assert pill == str(partial)
            assert pill.split() == [partial.word, "×".join(map(str, differences(partial).shape))]
            assert show(partial).split(" ")[0] == partial.word != "dense"


@pytest.mark.parametrize(
    ("text", "gives"),
    [
        ("y = W @ x", "contribution: ∂L/∂x"),
        ("y = W * x", "local: ∂y/∂x"),
        ("y = tanh(x)", "local: ∂y/∂x"),
    ],
)
def test_the_card_says_whether_its_rule_is_of_the_partial_or_of_the_contribution(
    window: Window, text: str, gives: str
) -> None:
    session, words = window.session, window.words
    session.set_formula(f"{text}\nL = sum(y)")
    values = {"W": [[1.0, 2.0], [3.0, 4.0]], "x": [5.0, 6.0]}
    session.set_values({name: values[name] for name in session.graph.inputs})
    window.canvas.setFocus()
    while session.run.grad("x") is None:
        QTest.keyClick(window.canvas, Qt.Key.Key_Right)
    step = session.run.steps()[-1]
    assert words.rule.accessibleName().startswith(f"{gives} = ")
    assert f" local {show(step.partial)} = {show(step.contribution)}" in words.result.text()


@pytest.mark.parametrize("name", WITH_INPUTS)
def test_every_input_with_a_gradient_has_a_typeset_rule(name: str) -> None:
    op = REGISTRY[name]
    stem = f"{op.variadic}i" if op.variadic else None
    for port in (stem,) if stem else op.ports:
        if port not in op.undifferentiated:
            assert op.partials[port].latex()
            assert op.partials[port].text()


def test_zeros_among_the_values_make_no_structure() -> None:
    run = Run(parse("y = W @ x"), {"W": np.ones((2, 3)), "x": [1.0, 0.0, 3.0]}).forward()
    assert "3 of the 6 inputs only, one row" in structure_words(run.partial("W", "y"))
    assert "full matrix" in structure_words(run.partial("x", "y"))


@pytest.mark.parametrize("is_begun", [False, True])
def test_a_product_of_matrices_has_the_rules_of_the_lecture(is_begun: bool) -> None:
    run = Run(parse("y = W @ x\nL = sum(y)"), {"W": np.ones((2, 3)), "x": [1.0, 2.0, 3.0]})
    run.forward()
    if is_begun:
        run.backward()
    (of_w, latex_w), (of_x, latex_x) = (edge_rule(run, InPort("y", port)) for port in ("a", "b"))
    assert (of_w, of_x) == ("∂L/∂W = (∂L/∂y) xᵀ", "∂L/∂x = Wᵀ (∂L/∂y)")
    upstream = r"\frac{\partial L}{\partial y}"
    assert latex_w.startswith(r"\frac{\partial L}{\partial W} = ")
    assert latex_w.index(upstream) < latex_w.index(r"x^\top")
    assert latex_x.index(r"W^\top") < latex_x.index(upstream)
