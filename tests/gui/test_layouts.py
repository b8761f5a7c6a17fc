"""A large graph is laid out in the background; what is known of it stays on the canvas."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from graphlab.graph.formula import parse
from graphlab.gui.canvas.figure import Point
from graphlab.gui.window import Window

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
NONE, LEFT = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
NET = "\n".join(["h0 = tanh(w0 * x)", *(f"h{i} = tanh(w{i} * h{i - 1})" for i in range(1, 100))])


def settle(window: Window, qtbot: QtBot) -> None:
    parts = (window.session.background, window.drawing.background, window.session._writing)
    qtbot.waitUntil(lambda: not any(part.is_busy for part in parts), timeout=60_000)


@pytest.fixture
def large(window: Window, qtbot: QtBot) -> Window:
    """A window that shows 300 cards, seen from near enough to click one."""
    window.house.show_empty_canvas()
    window.canvas.is_animated = False
    window.session.set_formula(NET)
    settle(window, qtbot)
    window.canvas.setFocus()
    return window


def middle(window: Window, card: str) -> QPoint:
    canvas = window.canvas
    x, y, width, height = canvas.places.cards[canvas.places.index[card]].tolist()
    return canvas.mapFromScene(QPointF(x + width / 2, y + height / 2))


def choose(window: Window, *cards: str) -> None:
    window.canvas.select(cards[0])
    for card in cards[1:]:
        QTest.mouseClick(window.canvas.viewport(), LEFT, CTRL, middle(window, card))
    assert window.canvas.selection == {*cards}


def delete(window: Window) -> None:
    choose(window, "h3")
    QTest.keyClick(window.canvas, Qt.Key.Key_Delete)


def duplicate(window: Window) -> None:
    choose(window, "h3")
    QTest.keyClick(window.canvas, Qt.Key.Key_D, CTRL)


def group(window: Window) -> None:
    choose(window, "h3", "multiply4")
    QTest.keyClick(window.canvas, Qt.Key.Key_G, CTRL)


def move(window: Window) -> None:
    choose(window, "h3")
    viewport, place = window.canvas.viewport(), middle(window, "h3")
    QTest.mousePress(viewport, LEFT, NONE, place)
    for k in range(1, 6):
        QTest.mouseMove(viewport, place + QPoint(0, 20 * k))
    QTest.mouseRelease(viewport, LEFT, NONE, place + QPoint(0, 100))


@pytest.mark.parametrize("edit", [delete, duplicate, group, move])
def test_undo_and_redo_of_an_edit_show_every_card_that_stays_all_the_time(
    large: Window, qtbot: QtBot, edit: Callable[[Window], None]
) -> None:
    canvas, shown = large.canvas, list[dict[str, Point]]()
    states = [dict(canvas.figure.positions)]
    edit(large)
    settle(large, qtbot)
    states.append(dict(canvas.figure.positions))
    assert states[0] != states[1] or canvas.figure.frames
    view = canvas.visible()
    canvas.figure_changed.connect(lambda: shown.append(dict(canvas.figure.positions)))
    for k in range(4):
        shown.clear()
        QTest.keyClick(canvas, Qt.Key.Key_Z, CTRL if k % 2 == 0 else CTRL | SHIFT)
        settle(large, qtbot)
        assert dict(canvas.figure.positions) == states[k % 2]
        assert shown
        for places in shown:
            for card in states[0].keys() & states[1].keys():
                assert places[card] in (states[0][card], states[1][card])
        assert canvas.visible() == view


def test_of_a_longer_formula_what_was_there_stays_until_the_rest_has_its_place(
    large: Window, qtbot: QtBot
) -> None:
    canvas, shown = large.canvas, list[set[str]]()
    before, routes = {*canvas.figure.positions}, canvas.figure.routes
    canvas.figure_changed.connect(lambda: shown.append({*canvas.figure.positions}))
    large.session.set_formula(NET + "\nL = (h99 - t) ** 2")
    assert {*canvas.figure.positions} == before
    settle(large, qtbot)
    assert all(before <= names for names in shown)
    assert {*canvas.figure.positions} > before
    QTest.keyClick(canvas, Qt.Key.Key_Z, CTRL)
    assert {*canvas.figure.positions} == before
    assert canvas.figure.routes == routes
    settle(large, qtbot)


def test_of_a_formula_cut_short_only_what_is_left_of_it_is_shown_meanwhile(
    large: Window, qtbot: QtBot
) -> None:
    canvas, before = large.canvas, {*large.session.graph.nodes}
    large.session.set_formula(NET.rpartition("\n")[0] + "\nL = h98 * 2")
    graph = large.session.graph
    assert large.drawing.background.is_busy
    assert {*canvas.figure.positions} == before & {*graph.nodes} != before
    assert all({k.source, k.target} <= canvas.figure.positions.keys() for k in canvas.figure.links)
    settle(large, qtbot)
    assert {*canvas.figure.positions} == {*graph.nodes}


def test_cards_in_larger_text_stand_where_they_did_until_they_have_other_places(
    large: Window, qtbot: QtBot
) -> None:
    canvas, shown = large.canvas, list[dict[str, Point]]()
    before = dict(canvas.figure.positions)
    canvas.figure_changed.connect(lambda: shown.append(dict(canvas.figure.positions)))
    large.appearance.enlarge(2)
    assert canvas.figure.positions == before
    settle(large, qtbot)
    assert canvas.figure.positions != before
    assert all(places.keys() == before.keys() for places in shown)


def test_a_graph_with_other_edges_shows_nothing_of_the_one_before(
    large: Window, qtbot: QtBot
) -> None:
    large.session.begin_with(parse(NET.replace("h", "g").replace("tang", "tanh")))
    assert not large.canvas.figure.cards
    settle(large, qtbot)
    assert large.canvas.figure.positions.keys() == large.session.graph.nodes.keys()
