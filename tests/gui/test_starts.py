"""The output that gradients are taken of, through edits made with the mouse and their undo.

The judge of a gradient is a run of the same graph, started at the output a student expects.
"""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from graphlab.engine.run import Run
from graphlab.graph import InPort, OutPort
from graphlab.graph.edits import add_node, remove_nodes
from graphlab.graph.formula import parse
from graphlab.gui.starts import starts
from graphlab.gui.window import Window
from tests.gui.mouse import drag

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
NEURON = "f = sigmoid(w*x + b)"
FEEDS = {"w": 1.0, "x": 2.0, "b": 0.5}
EDGES = list(parse(NEURON).edges)


@pytest.fixture
def neuron(window: Window) -> Window:
    window.session.set_formula(NEURON)
    window.session.set_values(FEEDS)
    return window


def port(window: Window, which: InPort | OutPort) -> QPoint:
    inputs, outputs = window.canvas.ports_of(which.node)
    (place,) = (p.place for p in inputs + outputs if p.port == which)
    return window.canvas.mapFromScene(QPointF(*place))


def press(window: Window, key: Qt.Key, modifiers: Qt.KeyboardModifier = CONTROL) -> None:
    window.canvas.setFocus()
    QTest.keyClick(window.canvas, key, modifiers)


def add(window: Window, name: str, op: str, *sources: str) -> None:
    session = window.session
    session.edit(f"add {name}", add_node(session.graph, name, op, *sources))


@pytest.mark.parametrize("edge", EDGES, ids=map(str, EDGES))
def test_pulling_off_an_edge_leaves_the_start(neuron: Window, edge: InPort) -> None:
    drag(neuron, port(neuron, edge), QPoint(20, 20))
    assert edge not in neuron.session.graph.edges
    assert neuron.session.start == "f"
    shown = [neuron.bar.start.itemText(i) for i in range(neuron.bar.start.count())]
    assert not {"w", "x", "b"} & set(shown)
    assert neuron.bar.start.isVisible() == (len(shown) > 1)


@pytest.mark.parametrize("edge", [e for e in EDGES if parse(NEURON).edges[e].node in FEEDS])
def test_a_source_that_lost_its_edge_is_not_what_gradients_are_taken_of(
    neuron: Window, edge: InPort
) -> None:
    session = neuron.session
    add(neuron, "y", "input")
    session.set_values({"y": 3.0})
    drag(neuron, port(neuron, OutPort("y")), port(neuron, edge))
    assert session.graph.edges[edge].node == "y"
    session.backward()
    judge = Run(session.graph, {**FEEDS, "y": 3.0}).forward().backward("f")
    assert {name: session.run.grad(name) for name in judge.graph.nodes} == {
        name: judge.grad(name) for name in judge.graph.nodes
    }


def test_the_start_follows_the_wire_drawn_from_it_and_comes_back_with_undo(window: Window) -> None:
    session = window.session
    window.house.show_empty_canvas()
    seen = []
    for name, op, *sources in (
        ("x", "input"), ("s", "sigmoid", "x"), ("y", "input"), ("other", "exp"), ("t", "tanh"),
    ):  # fmt: skip
        add(window, name, op, *sources)
        seen.append(session.start)
    assert seen == ["x", "s", "s", "s", "s"]  # an input as long as nothing is computed
    drag(window, port(window, OutPort("s")), port(window, InPort("t", "x")))
    for _ in range(2):
        assert session.graph.edges[InPort("t", "x")] == OutPort("s")
        assert session.start == window.bar.start.currentText() == "t"
        press(window, Qt.Key.Key_Z)
        assert session.start == window.bar.start.currentText() == "s"
        press(window, Qt.Key.Key_Z, CONTROL | SHIFT)


def test_a_start_that_was_chosen_stays_and_comes_back_with_its_node(window: Window) -> None:
    session = window.session
    session.set_formula("a = x*y\nb = a + 3\nc = a**2")
    session.set_start("c")
    add(window, "d", "sin", "a")
    assert session.start == "c"
    session.edit("delete c", remove_nodes(session.graph, ["c"]))
    assert session.start == "b"
    press(window, Qt.Key.Key_Z)
    assert session.start == "c"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", ()), ("x = input()", ("x",)), ("x = input()\ny = exp(z)", ("y",)),
     ("s = split(z, parts=2)", ("s", "s.1")), ("a = u*v\nb = u + 1\nc = input()", ("a", "b"))],
)  # fmt: skip
def test_what_is_computed_can_be_a_start(text: str, expected: tuple[str, ...]) -> None:
    assert starts(parse(text)) == expected
