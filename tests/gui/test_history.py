"""What is set by hand in a run and what stops it: kept through edits, and undone with them.

The judge of a value is a run of the same graph that the window knows nothing of.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from graphlab.engine.run import Run
from graphlab.errors import GraphLabError
from graphlab.graph.edits import add_node, remove_nodes, rename_node
from graphlab.graph.grouping import group_selection
from graphlab.gui.session import Session
from graphlab.gui.window import Window

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier

TEXT = "f = (x + y)*z + tanh(x)\ng = f*f"

Edit = Callable[[Session], object]


def typed(text: str) -> Edit:
    return lambda session: session.set_formula(text)


def deleted(name: str) -> Edit:
    return lambda session: session.edit("delete", remove_nodes(session.graph, [name]))


def renamed(name: str, new: str) -> Edit:
    return lambda session: session.edit("rename", rename_node(session.graph, name, new))


def grouped(name: str) -> Edit:
    return lambda session: session.edit("group", group_selection(session.graph, [name])[0])


EDITS: Mapping[str, tuple[Edit, str]] = {  # and what the product, set by hand, is called after it
    "a line more": (typed(TEXT + "\nh = x*2"), "multiply1"),
    "a line in front": (typed("h = 2*x\nk = x*y\n" + TEXT), "multiply1"),
    "a term in front": (typed(TEXT.replace("(x", "h*y + (x")), "multiply2"),
    "its line taken away": (typed("g = x*x"), ""),
    "another op in its place": (typed(TEXT.replace(")*z", ")/z")), ""),
    "a card more": (lambda s: s.edit("add", add_node(s.graph, "q", "sin", "x")), "multiply1"),
    "the card deleted": (deleted("multiply1"), ""),
    "another card deleted": (deleted("g"), "multiply1"),
    "renamed": (renamed("multiply1", "product"), "product"),
    "another renamed": (renamed("g", "end"), "multiply1"),
    "grouped": (grouped("tanh1"), "multiply1"),
    "a value": (lambda s: s.set_values({"x": 7.0}), "multiply1"),
}


def stood(session: Session) -> tuple[Any, ...]:
    return session.graph, session.values_by_hand, session.breakpoints, session.start


def press(window: Window, key: Qt.Key, modifiers: Any = CONTROL) -> None:
    window.canvas.setFocus()
    QTest.keyClick(window.canvas, key, modifiers)


@pytest.mark.parametrize(("edit", "name"), EDITS.values(), ids=EDITS)
def test_an_edit_keeps_what_still_has_its_node_and_undo_brings_the_rest_back(
    window: Window, edit: Edit, name: str
) -> None:
    session = window.session
    session.set_formula(TEXT)
    session.set_values({"x": 1.0, "y": 2.0, "z": 3.0})
    session.forward()
    session.set_inner("multiply1", 10.0)
    session.toggle_breakpoint("multiply1")
    session.forward()
    before = stood(session)
    edit(session)
    after = stood(session)
    assert session.values_by_hand == ({name: 10.0} if name else {})
    if name:
        assert session.breakpoints == {name}
    for _ in range(2):
        press(window, Qt.Key.Key_Z)
        assert stood(session) == before
        press(window, Qt.Key.Key_Z, CONTROL | SHIFT)
        assert stood(session) == after
    session.clear_breakpoints()
    session.forward()
    judge = Run(session.graph, session.values_by_hand).forward()
    for node in session.graph.nodes:
        assert session.run.value(node) == judge.value(node)


def test_a_line_more_in_the_formula_leaves_all_that_was_computed(window: Window) -> None:
    session = window.session
    session.set_formula(TEXT)
    session.set_values({"x": 1.0, "y": 2.0, "z": 3.0})
    session.forward()
    values = {name: session.run.value(name) for name in session.graph.nodes}
    session.set_formula(TEXT + "\nh = sin(x)")
    assert {name: session.run.value(name) for name in values} == values
    assert session.run.value("h") is None


def test_setting_by_hand_and_letting_go_are_steps_of_their_own_and_no_change_of_the_file(
    window: Window,
) -> None:
    session, stack = window.session, window.session.undo_stack
    session.set_formula(TEXT)
    session.set_values({"x": 1.0, "y": 2.0, "z": 3.0})
    stack.setClean()
    for value in (4.0, 5.0):
        session.set_inner("f", value)
    session.set_inner("tanh1", 0.5)
    session.release("f")
    window.actions_["release"].trigger()
    assert (session.is_saved, window.isWindowModified()) == (True, False)
    told = [{}, {"tanh1": 0.5}, {"f": 5.0, "tanh1": 0.5}, {"f": 5.0}, {"f": 4.0}, {}]
    for expected in told[1:]:
        press(window, Qt.Key.Key_Z)
        assert session.values_by_hand == expected
    for expected in reversed(told[:-1]):
        press(window, Qt.Key.Key_Y)
        assert session.values_by_hand == expected
    session.set_values({"x": 2.0})
    assert (session.is_saved, window.isWindowModified()) == (False, True)
    press(window, Qt.Key.Key_Z)
    assert (session.is_saved, window.isWindowModified()) == (True, False)


def test_a_value_set_by_hand_is_undone_from_the_field_it_was_typed_in(window: Window) -> None:
    session, field = window.session, window.details.hand.field
    session.set_formula(TEXT)
    session.set_values({"x": 1.0, "y": 2.0, "z": 3.0})
    window.canvas.select("f")
    window.canvas.card_clicked.emit("f")
    field.setFocus()
    for text in ("10", "[1, 2]", "5"):  # the second does not fit and stays in the field
        field.selectAll()
        QTest.keyClicks(field, text)
        QTest.keyClick(field, Qt.Key.Key_Return)
        assert field.text() == text
    for text in ("10", ""):
        QTest.keyClick(field, Qt.Key.Key_Z, CONTROL)
        assert (field.text(), session.values_by_hand) == (text, {"f": 10.0} if text else {})
    QTest.keyClick(field, Qt.Key.Key_Y, CONTROL)
    assert (field.text(), session.values_by_hand) == ("10", {"f": 10.0})


def test_a_breakpoint_set_since_stays_when_an_edit_is_undone(window: Window) -> None:
    session = window.session
    session.set_formula(TEXT)
    session.toggle_breakpoint("g")
    deleted("multiply1")(session)
    session.toggle_breakpoint("f")
    session.toggle_breakpoint("g")
    press(window, Qt.Key.Key_Z)
    assert session.breakpoints == {"f"}


@pytest.mark.parametrize("seed", range(6))
def test_a_walk_of_edits_and_values_by_hand_is_undone_step_by_step(seed: int) -> None:
    draw, session = random.Random(seed), Session()
    session.set_formula(TEXT)
    session.set_values({"x": 1.0, "y": 2.0, "z": 3.0})
    stack, edits = session.undo_stack, [edit for edit, _ in EDITS.values()]
    history = [(session.graph, session.values_by_hand)]
    while len(history) < 120:
        inner = [n for n, node in session.graph.nodes.items() if node.op.category != "Source"]
        turn = draw.randrange(6)
        if turn == 0 and len(history) > 1:
            stack.undo()
            assert (session.graph, session.values_by_hand) == history[stack.index() - 2]
            stack.redo()
            continue
        if turn < 3 and inner:
            session.set_inner(draw.choice(inner), draw.uniform(-2, 2))
        elif turn == 3:
            session.release_all()
        elif turn == 4:
            session.forward()
        else:
            with suppress(GraphLabError):  # what it edits is not always there
                draw.choice(edits)(session)
        if stack.count() - 1 > len(history):
            history.append((session.graph, session.values_by_hand))
    for state in reversed(history[:-1]):
        stack.undo()
        assert (session.graph, session.values_by_hand) == state
    for state in history[1:]:
        stack.redo()
        assert (session.graph, session.values_by_hand) == state
    judge = Run(session.graph, session.values_by_hand).forward()
    session.forward()
    assert {n: session.run.value(n) for n in session.graph.nodes} == {
        n: judge.value(n) for n in session.graph.nodes
    }
