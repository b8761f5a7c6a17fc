"""Graphs of thousands of nodes: an edit looks at what it touches, the rest is done elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from graphlab.engine.run import Run
from graphlab.graph import Graph
from graphlab.graph.draft import Draft
from graphlab.graph.edits import add_node, fold, remove_nodes, set_attributes
from graphlab.graph.formula import parse
from graphlab.graph.grouping import group_selection
from graphlab.gui.canvas.figure import DASH
from graphlab.gui.figures import Sheet
from graphlab.gui.window import Window
from graphlab.ops import op_named


def chain(size: int) -> Graph:
    draft = Draft()
    last = draft.add(op_named("input"), name="x0")
    for i in range(1, size):
        last = draft.add(op_named("tanh"), [last], name=f"x{i}")
    return draft.graph()


def show(window: Window, qtbot: QtBot, graph: Graph) -> None:
    window.house.show_empty_canvas()
    window.session.begin_with(graph)
    settle(window, qtbot)


def settle(window: Window, qtbot: QtBot) -> None:
    """Wait for all that is found in the background."""
    parts = (window.session.background, window.drawing.background, window.session._writing)
    qtbot.waitUntil(lambda: not any(part.is_busy for part in parts), timeout=60_000)


def told(window: Window) -> tuple[list[str], list[str]]:
    figure = window.canvas.figure
    cards = [f"{c.id} {c.value} {c.gradient} {c.problem} {c.tooltip}" for c in figure.cards]
    return cards, [f"{k.id} {k.value} {k.partial} {k.gradient} {k.tooltip}" for k in figure.links]


def read_at_once(window: Window) -> tuple[list[str], list[str]]:
    sheet = Sheet(window.session.graph)
    sheet.read(window.session.run, window.drawing.problems)
    cards = [f"{c.id} {c.value} {c.gradient} {c.problem} {c.tooltip}" for c in sheet.cards.values()]
    return cards, [
        f"{k.id} {k.value} {k.partial} {k.gradient} {k.tooltip}" for k in sheet.links.values()
    ]


def next_step(window: Window) -> None:
    window.session.next()


def run_forward(window: Window) -> None:
    window.session.forward()


def run_both(window: Window) -> None:
    window.session.backward()


def back(window: Window) -> None:
    window.session.step_back()


def another_value(window: Window) -> None:
    window.session.set_values({"x0": 0.25})


def by_hand(window: Window) -> None:
    window.session.set_inner("x200", 3.0)


def undo(window: Window) -> None:
    window.session.undo_stack.undo()


def add(window: Window) -> None:
    window.session.edit("add", add_node(window.session.graph, "more", "tanh", "x399"))


def delete(window: Window) -> None:
    window.session.edit("delete", remove_nodes(window.session.graph, ["x300"]))


def reset(window: Window) -> None:
    window.session.reset()


@pytest.mark.parametrize(
    "actions",
    [
        (run_forward, next_step, next_step, back),
        (run_both, another_value, next_step),
        (next_step, next_step, run_forward, undo),
        (run_both, reset, next_step),
        (run_forward, add, next_step, run_forward, delete, undo),
        (run_forward, by_hand, run_forward, another_value),
    ],
)
def test_whatever_is_done_while_labels_are_found_they_end_as_the_run_is(
    window: Window, qtbot: QtBot, actions: tuple[Callable[[Window], None], ...]
) -> None:
    show(window, qtbot, set_attributes(chain(400), "x0", value=1.0))
    for action in actions:
        action(window)
    settle(window, qtbot)
    assert told(window) == read_at_once(window)


def test_what_was_never_read_says_that_it_is_not_computed(window: Window, qtbot: QtBot) -> None:
    graph = set_attributes(chain(400), "x0", value=1.0)
    seen: list[set[str]] = []
    window.session.begin_with(graph)
    qtbot.waitUntil(lambda: bool(window.canvas.figure.cards))
    seen.append({card.value for card in window.canvas.figure.cards})
    assert seen[0] <= {DASH, "1"}
    settle(window, qtbot)
    assert {card.value for card in window.canvas.figure.cards} == {DASH, "1"}


def test_a_step_through_a_folded_group_is_told_by_what_was_found_meanwhile(
    window: Window, qtbot: QtBot
) -> None:
    lines = ["u = x * x", "v = x * u", "p = v + x", "a0 = tanh(p)"]
    lines += [f"a{i} = tanh(a{i - 1})" for i in range(1, 300)]
    graph = set_attributes(parse("\n".join(lines)), "x", value=0.5)
    graph, group = group_selection(graph, ["u", "v"])
    show(window, qtbot, fold(graph, group, True))
    run = Run(window.session.graph).forward().backward("a299")
    window.session.go_to(len(run.steps()) - 1)
    assert window.drawing.background.is_busy
    settle(window, qtbot)
    assert "by 2 of 3 ways inside" in window.words.result.text()


def test_the_text_of_a_large_graph_comes_later_and_is_that_of_the_last(
    window: Window, qtbot: QtBot
) -> None:
    show(window, qtbot, chain(300))
    assert parse(window.formula.toPlainText()) == window.session.graph
    window.session.edit("add", add_node(window.session.graph, "more", "tanh", "x299"))
    assert window.formula.isReadOnly()
    before = window.session.graph
    QTest.keyClick(window.formula, Qt.Key.Key_Return)
    assert window.session.graph is before, "the text of the graph before is not drawn again"
    window.session.edit("add", add_node(window.session.graph, "last", "tanh", "more"))
    settle(window, qtbot)
    assert not window.formula.isReadOnly()
    assert parse(window.formula.toPlainText()) == window.session.graph
    text = window.formula.toPlainText()
    window.session.set_values({"x0": 2.0})
    assert not window.formula.isReadOnly(), "a value is not in the text"
    assert window.formula.toPlainText() == text


def test_a_text_that_nobody_reads_in_two_lines_is_left_out_and_told(
    window: Window, qtbot: QtBot
) -> None:
    show(window, qtbot, chain(3_000))
    assert window.formula.toPlainText() == ""
    assert not window.formula.is_pending
    assert "2,999 lines" in window.formula.placeholderText()
    window.formula.setFocus()
    QTest.keyClick(window.formula, Qt.Key.Key_Return)
    assert "2,999 lines" in window.bar.problem
    window.files.copy_formula()
    assert parse(window.session.formula) == window.session.graph
    show(window, qtbot, chain(10))
    assert "x9 = tanh" in window.formula.toPlainText()
    assert "3,000" not in window.formula.placeholderText()


def test_ten_thousand_nodes_hold_up_neither_an_edit_of_a_value_nor_a_step(
    window: Window, qtbot: QtBot
) -> None:
    show(window, qtbot, set_attributes(chain(10_000), "x0", value=1.0))
    actions = (next_step, back, run_forward, next_step, another_value, undo, reset)
    for action in actions:
        started = time.thread_time()
        action(window)
        taken = time.thread_time() - started
        settle(window, qtbot)
        assert taken < 0.6, f"{action.__name__} held the window up for {taken:.2f} s"
    judge = Run(window.session.graph).forward()
    run_forward(window)
    settle(window, qtbot)
    assert window.session.run.value("x9999") == judge.value("x9999")
