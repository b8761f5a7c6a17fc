"""Values for all inputs at once: whatever was drawn can be computed with them."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from graphlab import Run, parse
from graphlab.graph.edits import set_attributes
from graphlab.gui.filling import starting_values
from graphlab.gui.window import Window
from graphlab.ops import REGISTRY

FORMULAS = (
    "h = W1 @ x\nL = sum(h*h)",
    "y = relu(W @ x + b)",
    "L = sum((W2 @ relu(W1 @ x) - t)**2)",
    "y = A @ B @ c",
    "y = W @ x + U @ h",
    "S = softmax(Q @ transpose(K)) @ V",
    "f = transpose(x) @ A @ x",
    "d = squared_error(x @ W, t)",
    "p = softmax(W @ x)\nL = cross_entropy(p, t)",
    "p = sigmoid(w @ x + b)\nL = binary_cross_entropy(p, t)",
    "h = conv2d(x, w, b)\ny = softmax(affine(W, flatten(relu(h)), c))",
    "e = embedding(ids, table) @ W",
    "X = input(None, 3)\ny = X @ W",
    "A = [[1, 2, 3], [4, 5, 6]]\ny = B @ A @ x",
)


def type_formula(window: Window, text: str) -> None:
    window.formula.setFocus()
    QTest.keyClicks(window.formula, text)
    QTest.keyClick(window.formula, Qt.Key.Key_Return)


def use_of(name: str) -> str:
    """The op with the attributes of its first sample, every port that must be fed an input."""
    op = REGISTRY[name]
    ports = [f"{port}_" for port in op.ports if port not in op.optional]
    given = [f"{key}={value!r}" for key, value in op.samples[0].attributes.items()]
    return f"f = {name}({', '.join([*(['x', 'y'] if op.variadic else ports), *given])})"


@pytest.mark.parametrize(
    "text",
    [*FORMULAS, *(use_of(n) for n in REGISTRY if REGISTRY[n].category not in ("Source", "Opaque"))],
)
def test_what_all_inputs_are_given_can_be_computed(text: str) -> None:
    graph = parse(text)
    missing = [n for n in graph.inputs if "value" not in graph.nodes[n].attributes]
    values = starting_values(graph, missing)
    assert list(values) == missing
    for name, value in values.items():
        graph = set_attributes(graph, name, value=value)
    run = Run(graph).forward()
    assert [problem.message for problem in run.problems()] == []
    assert all(run.value(name) is not None for name in graph.nodes)


def test_a_length_typed_by_hand_is_met_by_what_the_others_are_given(window: Window) -> None:
    type_formula(window, "y = W @ x + b")
    weight = np.arange(12.0).reshape(3, 4)
    window.session.set_values({"W": weight})
    assert window.inputs.fields["x"].placeholderText() == "a vector, e.g. 4"
    QTest.mouseClick(window.inputs.fill, Qt.MouseButton.LeftButton)
    values = {n: window.session.graph.nodes[n].attributes["value"] for n in ("x", "b")}
    QTest.mouseClick(window.buttons["forward"], Qt.MouseButton.LeftButton)
    assert not window.session.problems
    assert np.allclose(window.session.run.value("y"), weight @ values["x"] + values["b"])


@pytest.mark.parametrize(
    ("text", "words", "shapes"),
    [
        ("y = W @ x", "Give all inputs a matrix or a vector", {"W": (2, 2), "x": (2,)}),
        ("y = W @ x + b", "Give all inputs a value", {"W": (2, 2), "x": (2,), "b": ()}),
        ("y = A @ B", "Give all inputs a matrix", {"A": (2, 2), "B": (2, 2)}),
        ("c = conv2d(x, w)", "", {"x": (1, 1, 28, 28), "w": (3, 1, 3, 3)}),
    ],
)
def test_the_button_says_what_it_gives(
    window: Window, text: str, words: str, shapes: dict[str, tuple[int, ...]]
) -> None:
    type_formula(window, text)
    assert words in window.inputs.fill.text()
    QTest.keyClick(window.canvas, Qt.Key.Key_Right)
    told = window.words.sentence.text()
    assert f": press “{window.inputs.fill.text()}”, or double-click" in told
    QTest.mouseClick(window.inputs.fill, Qt.MouseButton.LeftButton)
    nodes = window.session.graph.nodes
    assert {n: np.shape(nodes[n].attributes["value"]) for n in shapes} == shapes
    QTest.mouseClick(window.buttons["forward"], Qt.MouseButton.LeftButton)
    assert not window.session.complaint()
    assert all(window.session.run.value(name) is not None for name in nodes)
