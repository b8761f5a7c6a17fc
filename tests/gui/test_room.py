"""Groups made, folded and opened by keys leave no card over another, and nothing out of place."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QLabel, QLineEdit, QPushButton, QScrollArea
from pytestqt.qtbot import QtBot

from graphlab import parse
from graphlab.graph import Graph
from graphlab.graph.edits import add_group, fold
from graphlab.graph.gallery import gallery
from graphlab.graph.room import apart, aside, free_place
from graphlab.gui.canvas.camera import FARTHEST
from graphlab.gui.canvas.figure import Frame
from graphlab.gui.canvas.painter import NUMBERS, SYMBOLS
from graphlab.gui.window import Window
from tests.graph.test_folding import grouped_graphs

NEURON = "s = sigmoid(w1*x + w2*y + b)"
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
QUICK = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
Rect = tuple[float, float, float, float]

boxes = st.tuples(*[st.integers(-300, 300)] * 2, *[st.integers(8, 200)] * 2)


def meets(one: Any, other: Any) -> bool:
    return all(one[i] < other[i] + other[i + 2] and other[i] < one[i] + one[i + 2] for i in (0, 1))


@given(boxes, st.lists(boxes, max_size=8))
@settings(max_examples=200, deadline=None)
def test_a_free_place_is_free_and_is_the_nearest_where_nothing_is_in_the_way(
    box: Rect, others: list[Rect]
) -> None:
    place = free_place(box, {str(i): other for i, other in enumerate(others)})
    assert not any(meets((*place, *box[2:]), other) for other in others)
    assert place == box[:2] or any(meets(box, other) for other in others)


def test_a_free_place_is_within_its_bounds_though_very_many_others_are_nearer_to_the_box() -> None:
    others = {str(i): (10.0 * i, 0.0, 8.0, 8.0) for i in range(200)}
    x, _ = free_place((1000.0, 0.0, 8.0, 8.0), others, (-400.0, -300.0))
    assert -400 <= x <= -308


@given(st.integers(0, 3), st.integers(0, 3), st.floats(1, 9))
def test_a_grown_box_pushes_rows_and_columns_as_a_whole(row: int, column: int, by: float) -> None:
    others = {f"{i} {j}": (100.0 * j, 100.0 * i, 80.0, 80.0) for i in range(4) for j in range(4)}
    was = others.pop(f"{row} {column}")
    grown = (was[0] - 25 * by, was[1] - 25 * by, was[2] + 50 * by, was[3] + 50 * by)
    shifts = aside(grown, was, others)
    moved = {
        n: (b[0] + shifts.get(n, (0, 0))[0], b[1] + shifts.get(n, (0, 0))[1], 80.0, 80.0)
        for n, b in others.items()
    }
    names = list(moved)
    assert not any(meets(moved[name], grown) for name in names)
    assert not any(meets(moved[a], moved[b]) for i, a in enumerate(names) for b in names[:i])


@given(st.lists(boxes, max_size=12), boxes, st.none() | boxes)
def test_what_moves_aside_meets_nothing(others: list[Rect], grown: Rect, was: Rect | None) -> None:
    known = {str(i): box for i, box in enumerate(others)}
    shifts = aside(grown, was, known)
    moved = {
        n: (b[0] + shifts.get(n, (0, 0))[0], b[1] + shifts.get(n, (0, 0))[1], *b[2:])
        for n, b in known.items()
    }
    assert not any(meets(box, grown) for box in moved.values())
    for name in shifts:
        assert not any(meets(moved[name], box) for n, box in moved.items() if n != name)


@given(st.lists(boxes, max_size=12, unique=True), st.sets(st.integers(0, 11)))
@settings(max_examples=300, deadline=None)
def test_what_makes_room_covers_nothing_and_what_is_firm_or_apart_stays(
    found: list[Rect], firm: set[int]
) -> None:
    known, held = {str(i): box for i, box in enumerate(found)}, set(map(str, firm))
    shifts = apart(known, held, 24)
    after = {n: (x, y + shifts.get(n, 0.0), w, h) for n, (x, y, w, h) in known.items()}
    assert not shifts.keys() & held
    for a, b in combinations(known, 2):
        assert {a, b} <= held or not meets(after[a], after[b])
    if not any(meets(known[a], known[b]) for a, b in combinations(known, 2)):
        assert shifts == {}


@given(st.integers(0, 4), st.integers(1, 200))
def test_below_a_box_that_grows_a_column_goes_down_in_its_order(row: int, by: int) -> None:
    known = {str(i): (0.0, 100.0 * i, 80.0, 76.0) for i in range(6)}
    known["beside"] = (100.0, 150.0, 80.0, 76.0)
    x, y, width, height = known[str(row)]
    shifts = apart({**known, str(row): (x, y, width, height + by)}, (), 24)
    below = [str(i) for i in range(row + 1, 6)]
    down = 0.0 if by <= 24 else float(by)
    assert shifts == (dict.fromkeys(below, down) if down else {})


@given(st.integers(0, 8), st.integers(0, 8), st.integers(400, 900))
def test_very_many_boxes_make_way_to_both_sides_and_stand_as_they_stood(
    row: int, column: int, size: int
) -> None:
    others = {f"{i} {j}": (100.0 * j, 100.0 * i, 80.0, 80.0) for i in range(20) for j in range(20)}
    grown = (100.0 * column, 100.0 * row, float(size), float(size) * 2)
    met = [name for name, box in others.items() if meets(box, grown)]
    shifts = aside(grown, None, others)
    assume(len(met) > 40)
    assert len(set(shifts.values())) <= 2
    assert all(down == 0 for _, down in shifts.values())
    assert set(met) <= shifts.keys()


def crossing(window: Window, *, cards: set[str]) -> list[tuple[str, str]]:
    """What these cards lie over: other cards, numbers on edges, frames that they are not in."""
    geometry, figure = window.canvas.places, window.canvas.figure
    found = dict(zip(geometry.index, geometry.cards.tolist(), strict=True))
    told = [(n, o) for n in cards for o in found if n != o and meets(found[n], found[o])]
    for kind in geometry.labels:
        for link, label in zip(figure.links, kind.tolist(), strict=True):
            own = cards & {link.source, link.target}
            is_ahead = found[link.source][0] < found[link.target][0]  # else no room is kept for it
            over = [n for n in (found if own and is_ahead else cards) if meets(found[n], label)]
            told += [(name, f"label of {link.id}") for name in over if label[2]]
    inside: dict[str, set[str]] = {frame.id: set(frame.cards) for frame in figure.frames}
    for frame in reversed(figure.frames):
        if frame.parent is not None:
            inside[frame.parent] |= inside[frame.id]
    for frame, box in zip(figure.frames, geometry.frames.tolist(), strict=True):
        told += [(n, frame.id) for n in found if meets(found[n], box) and n not in inside[frame.id]]
    return told


def press(window: Window, key: Qt.Key) -> None:
    QTest.keyClick(window.canvas, key, CONTROL)


@given(st.data())
@QUICK
def test_a_group_made_folded_and_opened_covers_nothing_and_restores_the_picture(
    window: Window, data: st.DataObject
) -> None:
    graph: Graph = data.draw(grouped_graphs())
    window.session.recover(graph, None)
    window.house.leave_welcome()
    drawn = sorted(window.canvas.places.index)
    chosen = data.draw(st.lists(st.sampled_from(drawn), min_size=2, unique=True, max_size=5)
                       if len(drawn) > 1 else st.just(drawn))  # fmt: skip
    window.canvas.setFocus()
    window.canvas.select_cards(chosen)
    press(window, Qt.Key.Key_G)
    assert crossing(window, cards=set()) == []
    before = dict(window.canvas.figure.positions)
    new = window.session.graph.groups.keys() - graph.groups.keys()
    assume(new)  # a part of a group with something outside is refused
    group = new.pop()
    window.editor.cards.fold(group)
    assert crossing(window, cards={group}) == []
    window.canvas.select_cards([group])
    press(window, Qt.Key.Key_F)
    assert window.canvas.figure.positions == before
    assert crossing(window, cards=set()) == []


ARRAY = "[[1, 2, 3], [4, 5, 6], [7, 8, 9]]"


@pytest.mark.parametrize("text", [NEURON, "f = x*y + z", "f = sum(relu(x)*tanh(x)) + y"])
@pytest.mark.parametrize("dragged", ["output", "input"])
def test_cards_that_grow_cover_none_and_those_that_a_hand_has_placed_stay(
    window: Window, text: str, dragged: str
) -> None:
    window.enter_formula(text)
    canvas, session = window.canvas, window.session
    inputs = session.graph.inputs
    card = inputs[1] if dragged == "input" else session.graph.outputs[0]
    x, y, width, height = window.editor.hand.box(card)
    start = canvas.mapFromScene(QPointF(x + width / 2, y + height / 2))
    view = canvas.viewport()
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=start)
    for down in (10, 20):
        QTest.mouseMove(view, start + QPoint(0, down))
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=start + QPoint(0, 20))
    put, count = dict(canvas.figure.positions), session.undo_stack.count()
    assert put[card] != (x, y)
    for name in inputs:
        field = window.findChild(QLineEdit, f"value:{name}")
        field.setFocus()
        field.selectAll()
        QTest.keyClicks(field, ARRAY)
        QTest.keyClick(field, Qt.Key.Key_Return)
        boxes = window.editor.hand.boxes()
        assert not any(meets(boxes[a], boxes[b]) for a, b in combinations(boxes, 2))
        assert boxes[card][:2] == put[card]
    assert boxes[inputs[0]][3] > height + 20  # it has grown
    for _ in range(session.undo_stack.count() - count):
        session.undo_stack.undo()
    assert canvas.figure.positions == put


def test_cards_that_a_hand_has_put_over_each_other_stay_there(window: Window) -> None:
    window.enter_formula("f = x*y + z")
    canvas = window.canvas
    for name, down in (("x", 40), ("y", -40)):
        canvas.select_cards([name])
        canvas.shift_selection(0, down)
    put = dict(canvas.figure.positions)
    boxes = window.editor.hand.boxes()
    assert meets(boxes["x"], boxes["y"])
    window.session.set_values({name: [[1.0, 2.0], [3.0, 4.0]] for name in "xyz"})
    assert {n: canvas.figure.positions[n] for n in "xy"} == {n: put[n] for n in "xy"}


def test_what_a_hand_has_dragged_and_folded_stays_when_a_line_is_typed(window: Window) -> None:
    window.enter_formula(NEURON)
    canvas, session, field = window.canvas, window.session, window.formula
    view = canvas.viewport()
    x, y, width, height = window.editor.hand.box("b")
    start = canvas.mapFromScene(QPointF(x + width / 2, y + height / 2))
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(view, start + QPoint(0, 60))
    QTest.mouseMove(view, start + QPoint(0, 120))
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=start + QPoint(0, 120))
    canvas.setFocus()
    canvas.select_cards(["multiply1", "multiply2", "add1"])
    press(window, Qt.Key.Key_G)
    press(window, Qt.Key.Key_F)
    before, seen = dict(canvas.figure.positions), session.graph.view
    assert before["b"][1] > y + 60
    assert seen.folded == {"group1"}
    field.setFocus()
    QTest.keyClick(field, Qt.Key.Key_End, CONTROL)
    QTest.keyClick(field, Qt.Key.Key_Return, SHIFT)
    QTest.keyClicks(field, "g = s * s")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert session.graph.view == seen
    assert canvas.figure.positions.items() - before.items() == {("g", canvas.figure.positions["g"])}
    assert crossing(window, cards={"g"}) == []
    canvas.setFocus()
    press(window, Qt.Key.Key_Z)
    assert (session.graph.view, dict(canvas.figure.positions)) == (seen, before)


@pytest.mark.parametrize(
    "text",
    [
        "h = W1 @ x\nL = sum(h*h)",
        "f = a*b + c",
        'with group("lin"):\n    z = a*b + c\nf = relu(z)',
    ],
)
@pytest.mark.parametrize("is_folded", [False, True])
def test_a_formula_of_another_graph_is_laid_out_as_in_an_empty_window(
    window: Window, text: str, is_folded: bool
) -> None:
    window.enter_formula(text)
    fresh = dict(window.canvas.figure.positions)
    window.session.new()
    window.enter_formula(NEURON)
    window.canvas.setFocus()
    window.canvas.select_cards(["multiply1", "multiply2", "add1"] if is_folded else ["b"])
    if is_folded:
        press(window, Qt.Key.Key_F)
    else:
        QTest.keyClick(window.canvas, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    stood = dict(window.canvas.figure.positions)
    assert window.session.graph.view.positions
    window.enter_formula(text)
    assert dict(window.canvas.figure.positions) == fresh
    window.canvas.setFocus()
    press(window, Qt.Key.Key_Z)
    assert dict(window.canvas.figure.positions) == stood


@pytest.mark.parametrize(
    ("added", "in_the_way"),
    [("\nr = relu(z)", set()), ("    q = z*z\nf = sigmoid(q)\nr = sin(q)*z", {"f"})],
)
def test_a_frame_comes_to_hold_what_its_group_gets_and_nothing_else(
    window: Window, added: str, in_the_way: set[str]
) -> None:
    lines = 'with group("lin"):\n    z = w1*x + w2*y + b\n'
    window.enter_formula(f"{lines}f = sigmoid(z)")
    window.canvas.select_cards(["f"])
    window.canvas.shift_selection(0, 48)
    before = dict(window.canvas.figure.positions)
    window.enter_formula(lines + (f"f = sigmoid(z){added}" if added[0] == "\n" else added))
    after = window.canvas.figure.positions
    assert {name for name in before if after[name] != before[name]} == in_the_way
    assert crossing(window, cards=after.keys() - before.keys()) == []


def test_what_stood_in_a_folded_group_stands_there_when_it_is_opened_with_more(
    window: Window,
) -> None:
    lines = 'with group("lin"):\n    z = w1*x + w2*y + b\n'
    window.enter_formula(f"{lines}f = sigmoid(z)")
    canvas = window.canvas
    canvas.select_cards(["multiply1"])
    canvas.shift_selection(0, -48)
    before = dict(canvas.figure.positions)
    window.editor.cards.fold("lin")
    window.enter_formula(f"{lines}    q = z*z\nf = sigmoid(q)")
    assert "lin" in canvas.figure.positions
    window.editor.cards.open(["lin"])
    assert crossing(window, cards={"q"}) == []
    inside = ("multiply1", "multiply2", "add1", "z")
    after = canvas.figure.positions
    assert [after[name] for name in inside] == [before[name] for name in inside]


@given(grouped_graphs(), st.data())
@QUICK
def test_a_line_added_to_the_formula_moves_opens_and_covers_nothing(
    window: Window, graph: Graph, data: st.DataObject
) -> None:
    window.session.recover(graph, None)
    window.house.leave_welcome()
    canvas, session = window.canvas, window.session
    canvas.select_cards([data.draw(st.sampled_from(sorted(canvas.places.index)))])
    canvas.shift_selection(0, 8 * data.draw(st.integers(-40, 40)))
    before, view = dict(canvas.figure.positions), session.graph.view
    frames, known = {frame.id for frame in canvas.figure.frames}, crossing(window, cards=set())
    read = data.draw(st.sampled_from(list(graph.nodes)))
    window.enter_formula(f"{session.formula}\nnew = sin({read})")
    assert session.graph.view == view
    aside = {name for name in before if before[name] != view.positions[name]}
    settled = before.keys() - aside  # a card that made room comes back where that is not needed
    assert {name: canvas.figure.positions[name] for name in settled} == {
        name: before[name] for name in settled
    }
    assert {frame.id for frame in canvas.figure.frames} == frames
    told = {(card, over) for card, over in crossing(window, cards={"new"}) if "label" not in over}
    assert told <= set(known)
    session.undo_stack.undo()
    assert (session.graph.view, dict(canvas.figure.positions)) == (view, before)


@given(grouped_graphs(), st.booleans())
@QUICK
def test_groups_that_came_folded_open_without_running_through_others(
    window: Window, graph: Graph, is_pinned: bool
) -> None:
    window.session.recover(graph, None)
    window.house.leave_welcome()
    if is_pinned:
        window.canvas.select_cards([next(iter(window.canvas.places.index))])
        window.canvas.shift_selection(0, -400)
        assume(crossing(window, cards=set()) == [])
    for group in [n for n in window.canvas.places.index if n in graph.groups]:
        before = dict(window.canvas.figure.positions)
        window.editor.cards.open([group])
        assert crossing(window, cards=set()) == []
        window.editor.cards.fold(group)
        assert window.canvas.figure.positions == before
        window.editor.cards.open([group])


def test_what_an_opened_frame_moved_aside_stays_where_a_hand_puts_it_then(window: Window) -> None:
    window.enter_formula(NEURON)
    window.canvas.select_cards(["multiply1", "multiply2", "add1"])
    press(window, Qt.Key.Key_F)
    press(window, Qt.Key.Key_F)
    places = window.canvas.figure.positions
    frame: Frame = window.canvas.figure.frames[0]
    assert crossing(window, cards=set()) == []
    window.canvas.select_cards(["b"])
    window.canvas.shift_selection(0, 160)
    put = window.canvas.figure.positions["b"]
    window.editor.cards.fold(frame.id)
    assert window.canvas.figure.positions["b"] == put == (places["b"][0], places["b"][1] + 160)


def test_stepping_inside_tells_the_way_and_each_crumb_leads_back(window: Window) -> None:
    window.enter_formula(NEURON)
    linear = [n for n, node in window.session.graph.nodes.items() if node.inputs and n != "s"]
    graph = add_group(window.session.graph, "linear", linear)
    graph = add_group(graph, "neuron", ["s"], groups=["linear"])
    window.session.edit("group", fold(fold(graph, "linear", True), "neuron", True))
    crumbs, folded = window.editor.inside.crumbs, {"linear", "neuron"}
    places = dict(window.canvas.figure.positions)
    for name in ("neuron", "linear"):
        window.canvas.select_cards([name])
        QTest.keyClick(window.canvas, Qt.Key.Key_Down, CONTROL | SHIFT)
    assert crumbs.accessibleName() == "Inside graph › neuron › linear"
    QTest.keyClick(window.canvas, Qt.Key.Key_Up, CONTROL | SHIFT)
    assert window.session.graph.view.folded == {"linear"}
    assert crumbs.accessibleName() == "Inside graph › neuron"
    window.canvas.setFocus()
    while not crumbs.buttons[0].hasFocus():
        QTest.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
        assert window.focusWidget() is not window.formula
    QTest.keyClick(crumbs.buttons[0], Qt.Key.Key_Space)
    assert window.session.graph.view.folded == folded
    assert not crumbs.isVisible()
    assert window.canvas.figure.positions == places
    assert window.canvas.hasFocus()


def test_the_crumbs_go_where_their_group_is_renamed_or_gone_or_all_is_shown(window: Window) -> None:
    window.enter_formula(NEURON)
    graph = add_group(window.session.graph, "linear", ["add1", "add2"])
    window.session.edit("group", graph)
    crumbs = window.editor.inside.crumbs
    window.canvas.select_cards(["add1"])
    window.actions_["enter"].trigger()
    window.editor.cards.rename("linear", "total")
    assert crumbs.accessibleName() == "Inside graph › total"
    window.actions_["fit"].trigger()
    assert not crumbs.isVisible()
    assert not window.session.graph.view.folded
    window.canvas.select_cards(["add1"])
    window.actions_["enter"].trigger()
    window.actions_["ungroup"].trigger()
    assert not crumbs.isVisible()


def test_a_view_of_all_stays_one_of_all_when_a_panel_takes_room(window: Window) -> None:
    window.enter_formula(NEURON)
    window.fold_side()
    window.canvas.select_cards(["b"])
    window.canvas.shift_selection(0, 24)  # so that a hand works on it, and nothing fits it anew
    canvas, whole = window.canvas, window.canvas.bounds
    assert canvas.visible().contains(QRectF(*whole))
    window.fold_side()
    assert canvas.visible().contains(QRectF(*whole))
    canvas.zoom_by(3.0)
    zoom = canvas.zoom
    window.fold_side()
    assert canvas.zoom == zoom


def test_what_is_selected_gets_the_room_and_the_values_have_it_else(window: Window) -> None:
    window.enter_formula("f = " + "*".join(f"x{i}" for i in range(30)))
    usual = window.inputs.height()
    window.canvas.select_cards(["f"])
    QTest.qWait(0)
    assert window.side.height() / 4 < window.inputs.height() < usual
    assert window.details.height() > window.side.height() / 2
    window.canvas.select_cards([])
    QTest.qWait(0)
    assert window.inputs.height() == usual


def frame_of(window: Window, group: str) -> QRectF:
    canvas = window.canvas
    names = [frame.id for frame in canvas.figure.frames]
    return QRectF(*canvas.places.frames[names.index(group)].tolist())


@pytest.mark.parametrize("is_begun", [False, True])
def test_what_a_double_click_opens_is_what_is_seen_then(
    window: Window, qtbot: QtBot, is_begun: bool
) -> None:
    window.session.recover(gallery("resnet-152"), None)
    window.house.leave_welcome()
    canvas = window.canvas
    if is_begun:
        window.session.fill_inputs()
        window.session.next()
    for group in ("layer1", "layer1_1", "layer4", "layer4_2", "layer2"):
        canvas.select(group)
        x, y, width, height = window.editor.hand.box(group)
        place = canvas.mapFromScene(QPointF(x + width / 2, y + height / 2))
        QTest.mouseDClick(canvas.viewport(), Qt.MouseButton.LeftButton, pos=place)
        qtbot.waitUntil(lambda g=group: g in {f.id for f in canvas.figure.frames}, timeout=20_000)
        area, seen = frame_of(window, group), canvas.visible()
        assert canvas.zoom >= SYMBOLS
        if not seen.contains(area):
            assert canvas.zoom == NUMBERS
            assert seen.contains(area.topLeft())
            assert seen.intersected(area).width() > min(area.width(), 0.9 * seen.width()) - 1


@pytest.mark.parametrize("is_placed", [False, True])
def test_a_group_made_in_a_view_of_all_leaves_one_of_all(window: Window, is_placed: bool) -> None:
    window.enter_formula(NEURON)
    canvas = window.canvas
    if is_placed:
        canvas.select_cards(["b"])
        canvas.shift_selection(0, 24)
    left, top, width, height = canvas.bounds
    zoom = min(canvas.viewport().width() / (width + 4), canvas.viewport().height() / (height + 4))
    canvas.look_at(QPointF(left + width / 2, top + height / 2), zoom)
    assert canvas.visible().contains(QRectF(*canvas.bounds))
    canvas.select_all()
    canvas.setFocus()
    QTest.keyClick(window.windowHandle(), Qt.Key.Key_G, CONTROL)
    assert len(canvas.figure.frames) == 1
    assert canvas.visible().contains(QRectF(*canvas.bounds))
    assert canvas.visible().contains(frame_of(window, canvas.figure.frames[0].id))


def test_all_that_is_selected_is_grouped_around_an_opened_group(window: Window) -> None:
    window.enter_formula('with group("lin"):\n    z = w1*x + w2*y + b\nf = sigmoid(z)')
    canvas, session = window.canvas, window.session
    before, text = session.graph, session.formula
    canvas.setFocus()
    press(window, Qt.Key.Key_A)
    press(window, Qt.Key.Key_G)
    graph = session.graph
    assert (graph.groups["lin"].parent, graph.groups["group1"].parent) == ("group1", None)
    assert [frame.id for frame in canvas.figure.frames] == ["group1", "lin"]
    assert crossing(window, cards=set()) == []
    assert canvas.selected_group == "group1"
    assert parse(session.formula) == graph
    press(window, Qt.Key.Key_Z)
    assert (session.graph, session.formula) == (before, text)
    canvas.select_cards(["z", "f"])
    press(window, Qt.Key.Key_G)
    assert "lin would be torn apart" in window.statusBar().currentMessage()
    assert session.graph == before
    canvas.select_cards([name for name, node in before.nodes.items() if node.group])
    QTest.keyClick(canvas, Qt.Key.Key_Delete)
    assert not session.graph.groups


def test_a_click_on_the_title_of_an_opened_group_selects_it(window: Window) -> None:
    graph = parse(NEURON)
    graph = fold(add_group(graph, "products", ["multiply1", "multiply2"]), "products", True)
    window.session.recover(add_group(graph, "linear", ["add1", "add2"], groups=["products"]), None)
    window.house.leave_welcome()
    canvas = window.canvas
    assert [frame.id for frame in canvas.figure.frames] == ["linear"]

    def title() -> QPoint:
        return canvas.mapFromScene(frame_of(window, "linear").topLeft() + QPointF(24, 12))

    QTest.mouseClick(canvas.viewport(), Qt.MouseButton.LeftButton, pos=title())
    assert canvas.selected_group == "linear"
    assert window.details.isVisible()
    assert "linear" in window.details.title.text()
    assert window.details.group.open.text() == "Fold"
    QTest.keyClick(window.windowHandle(), Qt.Key.Key_F, CONTROL)
    assert window.session.graph.view.folded == {"products", "linear"}
    QTest.keyClick(window.windowHandle(), Qt.Key.Key_F, CONTROL)
    assert window.session.graph.view.folded == {"products"}
    QTest.mouseClick(canvas.viewport(), Qt.MouseButton.LeftButton, pos=title())
    QTest.mouseDClick(canvas.viewport(), Qt.MouseButton.LeftButton, pos=title())
    assert window.session.graph.view.folded == {"products", "linear"}
    QTest.keyClick(window.windowHandle(), Qt.Key.Key_F, CONTROL)
    QTest.mouseClick(canvas.viewport(), Qt.MouseButton.LeftButton, pos=title())
    assert window.editor.cards.rename("linear", "before") == ""
    assert canvas.selected_group == "before"
    canvas.click_card("add1")
    assert canvas.selected_group is None


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_key_is_seen_at_once_in_a_usual_window(window: Window, theme: str) -> None:
    window.appearance.choose(theme)
    window.show_shortcuts()
    dialog = window.findChild(QDialog)
    QTest.qWait(0)
    area = dialog.findChild(QScrollArea)
    assert area.verticalScrollBar().maximum() == area.horizontalScrollBar().maximum() == 0
    assert all(button.icon().isNull() for button in dialog.findChildren(QPushButton))
    dialog.close()


def test_long_names_leave_their_middle_out_and_nothing_is_scrolled(window: Window) -> None:
    name = "a_name_that_is_much_longer_than_any_line_of_a_card_has_room_for_"
    window.enter_formula(f"s = sigmoid({name}1 + {name}2)")
    window.session.fill_inputs()
    for _ in range(3):
        window.session.next()
        words = window.words
        area = words.findChild(QScrollArea)
        assert area.verticalScrollBar().maximum() == 0
        if window.session.step is not None and name in words.toolTip():
            assert name not in words.sentence.text()
            assert "…" in words.sentence.text() + words.title.text()
    shown = [label.text() for label in window.inputs.findChildren(QLabel) if "…" in label.text()]
    assert len(set(shown)) == len(shown) == 2


@pytest.mark.parametrize("count", [3, 60, 700])
def test_a_drawing_opens_where_it_can_be_read(window: Window, qtbot: QtBot, count: int) -> None:
    text = "x0 = x\n" + "".join(f"x{i + 1} = sin(x{i})\n" for i in range(count))
    window.session.recover(parse(text), None)
    window.house.leave_welcome()
    canvas = window.canvas
    qtbot.waitUntil(lambda: bool(canvas.places.index), timeout=20_000)
    first = QRectF(*window.editor.hand.box("x"))
    for size in ((1280, 800), (900, 600)):
        window.resize(*size)
        assert canvas.zoom >= SYMBOLS
        assert canvas.visible().contains(first)
        is_whole = canvas.visible().contains(QRectF(*canvas.bounds))
        assert is_whole == (count == 60 or (count, size[0]) == (3, 1280))  # rows, and a row
        assert is_whole or canvas.zoom >= NUMBERS
        assert canvas.minimap.isVisible() != is_whole
    window.fit()
    assert canvas.visible().contains(QRectF(*canvas.bounds)) or canvas.zoom == FARTHEST


_PLACED = """p = w1 * x
q = w2 * y
r = p + q
t = r + b
s = sigmoid(t)"""


_REST = "\nt = r + b\ns = sigmoid(t)"
_TYPED = {
    "two": "with group('g'):\n    p = w1 * x\n    q = w2 * y\nr = p + q" + _REST,
    "three": "p = w1 * x\nq = w2 * y\nwith group('g'):\n    r = p + q"
    + _REST.replace("\n", "\n    "),
    "new ones": "with group('g'):\n    p = w1 * x\n    q = w2 * y\n    z = tanh(q)\n"
    "r = p + q * z" + _REST,
    "nested": "with group('g'):\n    with group('h'):\n        p = w1 * x\n        q = w2 * y\n"
    "    r = p + q" + _REST,
}


@pytest.mark.parametrize("text", _TYPED.values(), ids=_TYPED)
def test_a_group_that_is_typed_has_no_strangers_in_its_frame(window: Window, text: str) -> None:
    window.enter_formula(_PLACED)
    stood = dict(window.canvas.figure.positions)
    window.canvas.select_cards(["x"])
    window.canvas.shift_selection(304, -40)
    before = dict(window.canvas.figure.positions)
    graph = window.session.graph
    window.enter_formula(text)
    assert window.session.formula == text
    assert window.canvas.figure.frames
    assert crossing(window, cards=set()) == []
    held = [window.session.graph.members(name) for name in window.session.graph.groups]
    now = window.canvas.figure.positions
    assert all(now[name] == stood[name] for one in held for name in one if name in before)
    window.session.undo_stack.undo()
    assert window.session.graph is graph
    assert window.canvas.figure.positions == before


def test_a_group_that_is_typed_where_the_layout_places_all_pins_nothing(window: Window) -> None:
    window.enter_formula(_PLACED)
    window.enter_formula("with group('g'):\n    p = w1 * x\n" + _PLACED.partition("\n")[2])
    assert not window.session.graph.view.positions
    assert crossing(window, cards=set()) == []


def test_a_group_that_gets_more_by_typing_has_no_strangers_in_its_frame(window: Window) -> None:
    window.enter_formula(_TYPED["two"])
    window.canvas.select_cards(["x"])
    window.canvas.shift_selection(-96, 40)
    frame = window.canvas.places.frames[0].tolist()
    window.enter_formula(_TYPED["nested"].replace("r = p + q", "r = p + q\n    k = tanh(r)"))
    assert window.session.graph.members("g")
    assert max(window.canvas.places.frames[:, 2]) > frame[2]
    assert crossing(window, cards=set()) == []
