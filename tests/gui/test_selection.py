"""What is selected on the canvas is what the inspector shows and what every command means."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from graphlab.engine.numbers import show
from graphlab.engine.run import Run
from graphlab.engine.through import partials_through
from graphlab.graph import InPort
from graphlab.graph.edits import add_group, fold
from graphlab.graph.formula import parse
from graphlab.gui.choices import every_op
from graphlab.gui.panels.inspector_fields import AttributeField
from graphlab.gui.window import Window

NEURON = "s = sigmoid(w*x + b)\nL = (s - 1)**2"
FEEDS = {"x": 2.0, "w": 0.5, "b": -0.25}
INSIDE = ("multiply1", "add1", "s")


@pytest.fixture
def window(window: Window) -> Window:
    """A window with the neuron in it."""
    window.enter_formula(NEURON)
    window.session.set_values(FEEDS)
    return window


def folded(window: Window) -> None:
    """The neuron as one card, selected."""
    graph = add_group(window.session.graph, "neuron", INSIDE, title="A neuron")
    window.session.edit("fold", fold(graph, "neuron", True))
    window.canvas.select("neuron")


def key(window: Window, code: Qt.Key, held: Qt.KeyboardModifier) -> None:
    window.canvas.setFocus()
    QTest.keyClick(window.canvas, code, held)


def _click(window: Window) -> str:
    x, y = window.canvas.figure.positions["s"]
    place = window.canvas.mapFromScene(x + 20, y + 20)
    QTest.mouseClick(window.canvas.viewport(), Qt.MouseButton.LeftButton, pos=place)
    return "s —"


def _tab(window: Window) -> str:
    window.canvas.select(None)
    key(window, Qt.Key.Key_Tab, Qt.KeyboardModifier.NoModifier)
    return f"{window.canvas.selected} —"


def _all(window: Window) -> str:
    key(window, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    return f"{len(window.canvas.figure.cards)} cards"


def _paste(window: Window) -> str:
    window.canvas.select("s")
    key(window, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    key(window, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert window.canvas.selected not in (None, "s")
    return f"{window.canvas.selected} —"


def _add(window: Window) -> str:
    window.editor.panel.picked.emit(next(c for c in every_op() if c.op.name == "relu"))
    return "relu1 — relu"


def _edge(window: Window) -> str:
    window.canvas.select_link(InPort("add1", "x"))
    return "multiply1 → add1"


def _row(window: Window) -> str:
    window.lenses.check.chosen.emit("w")
    return "w —"


def _undone_name(window: Window) -> str:
    window.canvas.select("s")
    window.editor.cards.rename("s", "t")
    assert window.details.title.text().startswith("t —")
    window.session.undo_stack.undo()
    return "s —"


@pytest.mark.parametrize("select", [_click, _tab, _all, _paste, _add, _edge, _row, _undone_name])
def test_whatever_selects_is_followed_by_the_inspector(
    window: Window, select: Callable[[Window], str]
) -> None:
    expected = select(window)
    assert window.details.isVisible()
    assert window.details.title.text().startswith(expected)
    window.canvas.select(None)
    assert window.details.isHidden()


def test_a_folded_group_is_shown_as_one_op_of_its_own(window: Window) -> None:
    window.canvas.select("s")
    folded(window)
    window.session.backward()
    details, judge = window.details, Run(parse(NEURON), FEEDS).forward().backward()
    assert not any(part.isVisible() for part in (details.form, details.page, details.value))
    assert details.group.isVisible()
    text = details.text()
    for name in ("s", "w", "x", "b"):
        assert show(judge.value(name)) in text
        assert show(judge.grad(name)) in text
    port = judge.graph.port("s")
    for source, partial in partials_through(judge, INSIDE, port).items():
        assert f"∂s/∂{source}\n{show(partial)}" in text
    for name in INSIDE:
        assert name in details.group.nodes.text().replace("\u200b", "")


def test_a_group_is_renamed_opened_and_taken_apart_from_the_inspector(window: Window) -> None:
    folded(window)
    view, places = window.details.group, dict(window.canvas.figure.positions)
    view.field.setFocus()
    view.field.selectAll()
    QTest.keyClicks(view.field, "My neuron")
    QTest.keyClick(view.field, Qt.Key.Key_Return)
    assert window.session.graph.groups["neuron"].title == "My neuron"
    assert window.details.title.text().startswith("My neuron")
    assert dict(window.canvas.figure.positions) == places
    QTest.mouseClick(view.open, Qt.MouseButton.LeftButton)
    assert window.canvas.selection == frozenset(INSIDE)
    assert window.details.title.text() == f"{len(INSIDE)} cards selected"
    window.session.undo_stack.undo()
    window.canvas.select("neuron")
    QTest.mouseClick(view.ungroup, Qt.MouseButton.LeftButton)
    assert not window.session.graph.groups


def test_every_command_of_a_node_means_the_output_of_a_folded_group(window: Window) -> None:
    folded(window)
    assert window.conductor.chosen == "s"
    for command in ("run-to", "breakpoint", "mark"):
        assert window.actions_[command].isEnabled()
        window.actions_[command].trigger()
    assert window.session.run.value("s") is not None
    assert window.session.breakpoints == {"s"}
    assert "s" in window.session.graph.outputs
    assert window.actions_["mark"].isChecked()
    window.canvas.select("neuron")
    field = window.details.hand.field
    field.setFocus()
    QTest.keyClicks(field, "3")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert window.session.run.value("s") == 3


@pytest.mark.parametrize(("key", "text"), [("name", "a_much_longer_name"), ("axis", "1")])
def test_an_edit_in_the_inspector_moves_no_card(window: Window, key: str, text: str) -> None:
    window.enter_formula("a = sum(x, axis=0)\nb = a * y + z * longer_name")
    places = list(window.canvas.figure.positions.values())
    window.canvas.select("a")
    QApplication.processEvents()
    editor, before = window.details.form.editors[key], window.session.graph
    assert isinstance(editor, AttributeField)
    QTest.mouseClick(editor, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    editor.selectAll()
    QTest.keyClicks(editor, text)
    QTest.keyClick(editor, Qt.Key.Key_Return)
    assert window.session.graph is not before
    assert list(window.canvas.figure.positions.values()) == places


def test_shift_and_the_arrows_take_one_card_after_another_to_what_is_selected(
    window: Window,
) -> None:
    window.enter_formula("f = x * y + z")
    canvas, held = window.canvas, Qt.KeyboardModifier.ShiftModifier
    canvas.setFocus()
    canvas.select("x")
    for count in (2, 3):
        before = canvas.selection
        QTest.keyClick(canvas, Qt.Key.Key_Down, held)
        assert before < canvas.selection
        assert len(canvas.selection) == count
        assert canvas.selected not in before
    QTest.keyClick(canvas, Qt.Key.Key_Up, held)
    chosen, nodes = canvas.selection, {*window.session.graph.nodes}
    assert len(chosen) >= 3
    QTest.keyClick(canvas, Qt.Key.Key_Delete)
    assert {*window.session.graph.nodes} == nodes - chosen
    QTest.keyClick(canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    canvas.select("x")
    QTest.keyClick(canvas, Qt.Key.Key_Down)
    assert len(canvas.selection) == 1
