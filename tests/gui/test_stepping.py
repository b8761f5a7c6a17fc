"""Stepping as a person does it: keys, the timeline, breakpoints, groups, values set by hand.

The judge is a run of the same graph that the window knows nothing of.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QScrollArea
from pytestqt.qtbot import QtBot

from graphlab.engine.explain import explain
from graphlab.engine.numbers import show
from graphlab.engine.rules import bracketed
from graphlab.engine.run import Run
from graphlab.errors import RunError
from graphlab.graph import InPort
from graphlab.graph.edits import fold, remove_nodes, rename_node
from graphlab.graph.folding import outlook
from graphlab.graph.formula import parse
from graphlab.graph.grouping import group_selection
from graphlab.gui.panels.timeline import tick_pitch
from graphlab.gui.phrases import value_text
from graphlab.gui.player import PACES
from graphlab.gui.products import awaited, product_lines
from graphlab.gui.stepping import HEAVY
from graphlab.gui.strides import gradient_is_complete
from graphlab.gui.window import Window

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
PLAIN = Qt.KeyboardModifier.NoModifier
WHOLE = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier

GRAPHS = {
    "product": "f = (x + y) * z",
    "fan": "f = (x + y) * x * x",
    "neuron": "s = sigmoid(w1*x + w2*y + b)",
    "long": "the_result_of_all = tanh(quite_a_long_name * w) + quite_a_long_name / another_name",
    "chain": "f = exp(sin(tanh(relu(x * y) + 1) * 2) - x)",
}


def draw(window: Window, text: str) -> Run:
    """Show the graph of a formula with a number at every input; returns a run to judge by."""
    window.session.set_formula(text)
    window.session.fill_inputs()
    return Run(window.session.graph)


def press(window: Window, key: Qt.Key, modifiers: Any = PLAIN) -> None:
    window.canvas.setFocus()
    QTest.keyClick(window.canvas, key, modifiers)


def taken(window: Window) -> int:
    return len(window.session.run.steps())


def totals(run: Run) -> list[tuple[str, float | None]]:
    return [(step.node, step.total) for step in run.steps()]


def inner(run: Run, op: str) -> str:
    return next(name for name, node in run.graph.nodes.items() if node.op.name == op)


# --- the timeline ---------------------------------------------------------------------------------
@pytest.mark.parametrize("text", [GRAPHS["product"], GRAPHS["neuron"]])
def test_a_dragged_timeline_shows_the_run_at_every_count(window: Window, text: str) -> None:
    judge, track = draw(window, text), window.timeline.track
    total = window.session.position.total
    at = {
        count: QPoint(round(track.x_of(count)), track.height() // 2) for count in range(total + 1)
    }
    QTest.mousePress(track, Qt.MouseButton.LeftButton, PLAIN, at[total])
    for count in [*range(total, -1, -1), *range(total + 1)]:
        QTest.mouseMove(track, at[count])
        judge.go_to(count, window.session.start)
        assert totals(window.session.run) == totals(judge)
        assert track.place.taken == count
        assert (
            window.timeline.forward.text() == f"forward {min(count, track.place.forward_total)}/"
            f"{track.place.forward_total}"
        )
    QTest.mouseRelease(track, Qt.MouseButton.LeftButton, PLAIN, at[total])
    last = window.session.run.steps()[-1]
    assert track.title_of(total) == explain(last).title == window.words.title.text()


def test_the_timeline_is_moved_by_keys_and_folded(window: Window) -> None:
    draw(window, GRAPHS["product"])
    track = window.timeline.track
    track.setFocus()
    QTest.keyClick(track, Qt.Key.Key_End)
    assert window.session.position.is_done
    QTest.keyClick(track, Qt.Key.Key_Left)
    assert taken(window) == window.session.position.total - 1
    QTest.keyClick(track, Qt.Key.Key_Home)
    assert taken(window) == 0
    press(window, Qt.Key.Key_F6)
    assert not window.timeline.isVisible()


@pytest.mark.parametrize("total", [1, 3, 60, 100_000])
def test_ticks_stay_apart_however_many_steps_there_are(total: int) -> None:
    pitch = tick_pitch(total, 600.0)
    assert 600.0 * pitch / total >= 6
    assert str(pitch).rstrip("0") in ("1", "2", "5")
    assert total / pitch <= 100


@pytest.mark.parametrize("width", [0, 1, 15, 16, 17])
def test_a_track_that_nothing_is_left_of_is_painted(window: Window, width: int) -> None:
    draw(window, GRAPHS["fan"])
    track = window.timeline.track
    track.resize(width, track.height())
    assert track.grab().width() == width


def test_the_phase_is_gone_back_to_its_beginning(window: Window) -> None:
    judge = draw(window, GRAPHS["fan"]).forward()
    press(window, Qt.Key.Key_Right, CONTROL | SHIFT)
    press(window, Qt.Key.Key_Right)
    press(window, Qt.Key.Key_Right)
    press(window, Qt.Key.Key_Left, SHIFT)
    assert totals(window.session.run) == totals(judge)
    press(window, Qt.Key.Key_Left, SHIFT)
    assert taken(window) == 0


# --- playing --------------------------------------------------------------------------------------
def play_to_the_end(window: Window, qtbot: QtBot) -> None:
    player = window.conductor.player
    with qtbot.waitSignal(player.turned, timeout=20_000, check_params_cb=lambda on: not on):
        press(window, Qt.Key.Key_Space)


def test_a_tap_on_space_plays_every_step_and_stops_at_breakpoints(
    window: Window, qtbot: QtBot
) -> None:
    judge = draw(window, GRAPHS["product"])
    for _ in PACES:
        press(window, Qt.Key.Key_BracketRight, CONTROL)
    assert window.timeline.pace.text() == "8/s"
    name = inner(judge, "add")
    window.canvas.select(name)
    press(window, Qt.Key.Key_B, CONTROL)
    assert window.session.breakpoints == {name}
    seen = []
    window.session.stepped.connect(lambda step: seen.append(step.index))
    for wanted in ("forward", "backward"):
        play_to_the_end(window, qtbot)
        step = window.session.step
        assert step is not None
        assert step.phase == wanted
        at = step.node if step.edge is None else step.edge.source.node
        assert at == name
    play_to_the_end(window, qtbot)
    assert window.session.position.is_done
    assert seen == list(range(window.session.position.total))


def test_an_edit_stops_the_player_and_a_moved_card_does_not(window: Window, qtbot: QtBot) -> None:
    draw(window, GRAPHS["chain"])
    player = window.conductor.player
    press(window, Qt.Key.Key_Space)
    graph = window.session.graph
    window.session.edit("group", group_selection(graph, [inner(Run(graph), "tanh")])[0])
    assert player.is_playing
    window.session.set_values({"x": 7.0})
    assert not player.is_playing


def test_a_number_that_is_none_stops_the_player(window: Window, qtbot: QtBot) -> None:
    draw(window, "f = log(x) * 2")
    window.session.set_values({"x": -1.0})
    play_to_the_end(window, qtbot)
    assert window.session.step is not None
    assert window.session.step.op.name == "log"


# --- to a node ------------------------------------------------------------------------------------
@pytest.mark.parametrize("text", GRAPHS.values(), ids=GRAPHS)
def test_run_to_here_stops_when_the_value_and_then_the_gradient_is_there(
    window: Window, text: str
) -> None:
    judge = draw(window, text)
    start = window.session.start
    for name in judge.graph.nodes:
        window.session.reset()
        window.canvas.select(name)
        if judge.graph.nodes[name].inputs:
            press(window, Qt.Key.Key_T, CONTROL)
            assert window.session.run.value(name) is not None
            assert window.session.run.steps()[-1].node == name
        press(window, Qt.Key.Key_T, CONTROL)
        whole = Run(judge.graph).forward().backward(start)
        assert window.session.run.grad(name) == whole.grad(name)
        assert window.session.position.forward == window.session.position.forward_total
        last = window.session.run.steps()[-1]
        assert last.is_last
        assert name == (start if last.edge is None else last.edge.source.node)


def test_what_is_told_on_the_way_back_does_not_say_that_the_way_begins(window: Window) -> None:
    run = draw(window, GRAPHS["neuron"])
    half = (len(run.forward().steps()) + len(run.backward().steps())) // 2 + 1
    window.session.go_to(half)
    done = next(n for n in run.graph.nodes if gradient_is_complete(window.session.run, n))
    window.canvas.select(done)
    press(window, Qt.Key.Key_T, CONTROL)
    assert window.words.title.text() == f"{half} steps taken"
    assert window.words.sentence.text().endswith("whole gradient already. Press → to go on.")


def test_breakpoints_follow_names_and_go_with_their_nodes(window: Window) -> None:
    judge = draw(window, GRAPHS["product"])
    name = inner(judge, "add")
    window.session.toggle_breakpoint(name)
    window.session.edit("rename", rename_node(window.session.graph, name, "q"))
    assert window.session.breakpoints == {"q"}
    press(window, Qt.Key.Key_Right, SHIFT)
    assert window.session.step is not None
    assert window.session.step.node == "q"
    window.session.edit("remove", remove_nodes(window.session.graph, ["q"]))
    assert window.session.breakpoints == frozenset()


# --- groups ---------------------------------------------------------------------------------------
def folded_neuron(window: Window) -> str:
    judge = draw(window, "s = sigmoid(a * x + b) * c")
    graph = judge.graph
    inside = [n for n in graph.nodes if graph.nodes[n].op.name in ("multiply", "add", "sigmoid")]
    inside.remove("s")
    graph, group = group_selection(graph, inside)
    window.session.edit("group", fold(graph, group, True))
    return group


def test_a_folded_group_is_stepped_over_and_back(window: Window) -> None:
    group = folded_neuron(window)
    shows = window.session.shows
    counts = [0]
    while not window.session.position.is_done:
        press(window, Qt.Key.Key_Right)
        assert window.session.step is not None
        assert shows(window.session.step)
        counts.append(taken(window))
    whole = Run(window.session.graph).forward().backward("s")
    assert totals(window.session.run) == totals(whole)
    assert len(counts) - 1 == sum(map(shows, whole.steps())) < len(whole.steps())
    for count in reversed(counts[:-1]):
        press(window, Qt.Key.Key_Left)
        assert taken(window) == count
    assert group in {card.id for card in window.canvas.figure.cards}


def test_stepping_into_a_group_opens_it_and_takes_one_step(window: Window) -> None:
    group = folded_neuron(window)
    press(window, Qt.Key.Key_Down, CONTROL)
    assert taken(window) == 1
    assert group not in window.session.graph.view.folded
    step = window.session.step
    assert step is not None
    assert step.node in {card.id for card in window.canvas.figure.cards}
    assert window.words.title.text() == explain(step).title
    window.session.undo_stack.undo()
    assert group in window.session.graph.view.folded
    assert taken(window) == 1


# --- the mode -------------------------------------------------------------------------------------
def test_the_mode_is_told_and_changed_where_the_graph_depends_on_it(window: Window) -> None:
    draw(window, "f = sum(dropout(relu(x)))")
    mode = window.conductor.timeline.mode
    assert (mode.isVisible(), mode.text()) == (True, "Evaluation mode")
    window.session.forward()
    before = window.session.run.value("relu1")
    QTest.mouseClick(mode, Qt.MouseButton.LeftButton)
    assert mode.text() == "Training mode"
    run = window.session.run
    assert (run.training, run.value("relu1"), run.value("f")) == (True, before, None)
    press(window, Qt.Key.Key_M, CONTROL | Qt.KeyboardModifier.ShiftModifier)
    assert not window.session.run.training
    draw(window, "f = x * y")
    assert not mode.isVisible()


# --- values set by hand ---------------------------------------------------------------------------
@pytest.mark.parametrize(
    "text",
    [
        "x = 2\nA = [1, 2]\ny = [1, 2, 3]\ns = A*x\ng = s + y",
        "A = [1, 2]\nB = [[1, 2]]\nf = B @ B\nL = A*A",
        "x = 2\nf = x*x",
    ],
)
@pytest.mark.parametrize("before", ["", "next", "forward", "backward"])
def test_a_button_that_is_lit_takes_a_step(window: Window, text: str, before: str) -> None:
    for button in ("next", "forward", "backward"):
        draw(window, text)
        if before and window.buttons[before].isEnabled():
            QTest.mouseClick(window.buttons[before], Qt.MouseButton.LeftButton)
        known, is_lit = taken(window), window.buttons[button].isEnabled()
        QTest.mouseClick(window.buttons[button], Qt.MouseButton.LeftButton)
        assert (taken(window) > known) == is_lit
        if not is_lit:
            keys = {"next": PLAIN, "forward": WHOLE, "backward": WHOLE}[button]
            way = Qt.Key.Key_Left if button == "backward" else Qt.Key.Key_Right
            press(window, way, keys)
            place = window.session.position
            told = window.words.title.text(), window.words.sentence.text()
            stuck = "Nothing more can be computed", window.session.complaint()
            assert (told == stuck) is not place.is_complete


def test_an_inner_value_changed_midway_keeps_what_still_holds(window: Window) -> None:
    judge = draw(window, "f = (x + y) * (y + z)")
    press(window, Qt.Key.Key_Left, CONTROL | SHIFT)
    left, right = [n for n, node in judge.graph.nodes.items() if node.op.name == "add"]
    window.session.set_inner(left, 10.0)
    judge.forward().backward("f")
    judge.set(left, 10.0)
    for name in judge.graph.nodes:
        assert window.session.run.value(name) == judge.value(name)
        assert window.session.run.grad(name) == judge.grad(name)
    cards = {card.id: card for card in window.canvas.figure.cards}
    assert (cards[left].value, cards["f"].value) == ("set 10", "–")
    assert "Release or Undo ends it" in window.words.sentence.text()
    press(window, Qt.Key.Key_Left, CONTROL | SHIFT)
    judge.forward().backward("f")
    assert window.session.run.grad("z") == judge.grad("z")
    assert window.session.run.grad("x") is None
    assert window.session.position.is_done
    with pytest.raises(RunError, match="same shape"):
        window.session.set_inner(right, [1.0, 2.0])
    window.actions_["release"].trigger()
    assert window.session.by_hand == frozenset()
    assert window.session.run.value(left) is None


# --- the rule card --------------------------------------------------------------------------------
def explained(window: Window) -> list[QRectF]:
    """The boxes of what is lit, and of the cards that a lit link joins, in pixels."""
    canvas, places = window.canvas, window.canvas.places
    lit = [places.link_index[key] for key in canvas.emphasis.links]
    cards = {places.index[card] for card in canvas.emphasis.cards}
    cards |= {int(ends[i]) for i in lit for ends in (places.sources, places.targets)}
    boxes = [places.cards[i] for i in cards]
    boxes += [places.labels[kind, i] for kind in range(4) for i in lit]
    for k, i in enumerate(places.owners):
        if i in lit:
            x, y, to_x, to_y = places.pieces[k]
            boxes.append(np.array([x, min(y, to_y), to_x - x, abs(to_y - y) + 1]))
    shown = [QRectF(*box) for box in boxes if box[2] > 0 and box[3] > 0]
    return [QRectF(canvas.mapFromScene(box).boundingRect()) for box in shown]


@pytest.mark.parametrize("size", [(1280, 800), (900, 600)])
@pytest.mark.parametrize("text", GRAPHS.values(), ids=GRAPHS)
def test_the_rule_card_never_covers_what_it_explains(
    window: Window, text: str, size: tuple[int, int]
) -> None:
    window.resize(*size)
    draw(window, text)
    while not window.session.position.is_done:
        press(window, Qt.Key.Key_Right)
        card = QRect(window.words.pos(), window.words.size())
        assert window.canvas.viewport().rect().contains(card)
        assert card.width() <= 420
        assert card.height() <= 290
        assert not any(QRectF(card).intersects(box) for box in explained(window))


def test_the_rule_card_is_read_without_scrolling_though_rows_leave_little_ground(
    window: Window,
) -> None:
    """It takes another form before it hides words, or more than the edge of a card."""
    draw(window, "h1 = tanh(w1*x + b1); h2 = tanh(w2*h1 + b2); L = (h2 - t)**2")
    canvas, words = window.canvas, window.words
    assert canvas.places.is_in_rows
    while not window.session.position.is_done:
        press(window, Qt.Key.Key_Right)
        assert words.findChild(QScrollArea).verticalScrollBar().maximum() == 0
        card = QRectF(words.geometry())
        hidden = [card & QRectF(canvas.pixels(QRectF(*box))) for box in canvas.places.cards]
        assert sum(part.width() * part.height() for part in hidden if not part.isEmpty()) < 1500


SIXTEEN = "; ".join(
    f"a_rather_long_variable_name_of_forty_{i} = sigmoid(an_input_{i % 7} * w_{i})"
    for i in range(16)
)


@pytest.mark.parametrize("text", [GRAPHS["product"], GRAPHS["neuron"], SIXTEEN])
def test_the_rule_card_lies_on_nothing_while_there_is_room_and_stays(
    window: Window, text: str
) -> None:
    draw(window, text)
    canvas, words = window.canvas, window.words
    for _ in range(24):
        press(window, Qt.Key.Key_Right)
        canvas.fit(at_once=True)
        where = words.geometry()
        covered = canvas.under(where)
        for rect in (*canvas.places.cards.tolist(), *canvas.places.labels.reshape(-1, 4).tolist()):
            assert not rect[2] or not covered.intersects(QRectF(*rect))
        words.place()
        assert words.geometry() == where


def test_the_card_tells_product_and_running_sum(window: Window) -> None:
    draw(window, "f = (x + y) * x")
    window.session.set_values({"x": -2.0, "y": 5.0})
    told = []
    while not window.session.position.is_done:
        press(window, Qt.Key.Key_Right)
        told += window.words.result.text().splitlines()
    sums = [line for line in told if line.startswith("gradient ∂f/∂x")]
    run = Run(window.session.graph).forward().backward("f")
    arriving = [s for s in run.steps() if s.edge and s.edge.source.node == "x"]
    assert [awaited(run, step) for step in arriving] == [2, 2]
    assert sums == [product_lines(step, explain(step), 2)[1] for step in arriving]
    assert sums == [
        "gradient ∂f/∂x: 3 so far, 1 of 2 edges",
        "gradient ∂f/∂x: 3 + (−2) = 1, all 2 edges",
    ]
    assert "upstream 1 × local 3 = 3" in told


def test_a_step_out_of_a_folded_group_is_told_with_the_partial_on_the_picture(
    window: Window,
) -> None:
    draw(window, 'with group("n", title="neuron"):\n    a = w*x + b\n    s = sigmoid(a)')
    window.session.set_values({"w": 2.0, "x": -1.0, "b": 0.5})
    window.session.edit("fold", fold(window.session.graph, "n", True))
    judge = Run(window.session.graph).forward().backward("s")
    told = {}
    while not window.session.position.is_done:
        press(window, Qt.Key.Key_Right)
        if window.words.title.text().startswith("Backward: through neuron"):
            told[window.words.title.text().rpartition(" ")[2]] = window.words.result.text()
    links = {link.source: link for link in window.canvas.figure.links}
    assert told.keys() == {"w", "x", "b"}
    for name, line in told.items():
        gradient = show(judge.grad(name))
        assert links[name].partial == gradient
        local = f"({gradient})" if gradient.startswith("−") else gradient
        assert line == f"upstream 1 × local {local} = {gradient}"


_NESTED = """with group("net", title="network"):
    with group("n", title="neuron"):
        s = sigmoid(w1*x + w2*y + b)
    u = s * 2
L = (u - t)**2"""


@pytest.mark.parametrize(
    ("folded", "told"),
    [
        ((), "multiply1 multiply2 add1 add2 s u subtract1 L"),
        (("n",), "neuron u subtract1 L"),
        (("n", "net"), "network subtract1 L"),
        (("net",), "network subtract1 L"),
    ],
)
def test_a_folded_group_is_computed_in_one_step(
    window: Window, folded: tuple[str, ...], told: str
) -> None:
    draw(window, _NESTED)
    session, canvas = window.session, window.canvas
    session.set_values({"w1": 0.5, "x": -2.0, "w2": 3.0, "y": 1.5, "b": -0.25, "t": 1.0})
    for name in folded:
        session.edit("fold", fold(session.graph, name, True))
    judge, seen = Run(session.graph).forward(), outlook(session.graph)
    titles, back = [], []
    while not session.position.is_complete:
        back.append(len(session.run.steps()))
        press(window, Qt.Key.Key_Right)
        step = session.step
        assert step is not None
        titles.append(window.words.title.text())
        card = seen.owner[step.node]
        assert canvas.emphasis.cards == {card}
        assert canvas.emphasis.links == {link.id for link in seen.links if link.head == card}
        words = (window.words.result, window.words.numbers)
        (shown,) = (c for c in canvas.figure.cards if c.id == card)
        assert shown.value == show(judge.value(step.node))
        if seen.is_group(card):
            assert words[0].text() == f"{step.node} = {shown.value}"
            right = words[1].text().removeprefix("= ").replace("−", "-")
            assert Run(parse(f"f = {right}")).forward().value("f") == judge.value(step.node)
            mine = [k for k in canvas.figure.links if k.target == card]
            assert len(mine) == len(seen.inputs[card]) == 5
            for link in mine:
                partial = judge.copy().backward(step.node).grad(str(link.source))
                assert link.partial == show(partial)
    assert titles == [f"Forward: compute {name}" for name in told.split()]
    while back:
        press(window, Qt.Key.Key_Left)
        assert len(session.run.steps()) == back.pop()


def test_a_stop_inside_a_folded_group_is_told_as_one_and_an_input_that_lacks_is_named(
    window: Window,
) -> None:
    draw(window, 'with group("n", title="two"):\n    a = x * 2\n    c = a + y\nf = c * 3')
    session, title = window.session, window.words.title
    session.set_values({"x": 0.5, "y": None})
    session.edit("fold", fold(session.graph, "n", True))
    press(window, Qt.Key.Key_Right)
    assert "y has no value yet" in window.words.sentence.text()
    session.set_values({"y": 1.0})
    session.reset()
    session.toggle_breakpoint("a")
    press(window, Qt.Key.Key_Right)
    assert (title.text(), window.words.result.text()) == ("Forward: inside two", "a = 1")
    press(window, Qt.Key.Key_Right)
    assert (title.text(), window.words.result.text()) == ("Forward: compute two", "c = 2")


@pytest.mark.parametrize("value", [2.0, [1.0, -2.0, 0.5]])
def test_each_output_of_a_folded_group_is_a_step(window: Window, value: object) -> None:
    draw(window, 'with group("n", title="pair"):\n    a = x * 3\n    c = tanh(a)\nf = a * c')
    window.session.set_values({"x": value})
    window.session.edit("fold", fold(window.session.graph, "n", True))
    judge = Run(window.session.graph).forward()
    for name in "ac":
        press(window, Qt.Key.Key_Right)
        assert window.words.title.text() == f"Forward: compute {name} of pair"
        assert window.words.result.text() == f"{name} = {show(judge.value(name))}"


def test_the_ways_into_a_folded_group_are_told_as_one_edge_and_summed(window: Window) -> None:
    draw(window, 'with group("n", title="twice"):\n    s = sigmoid(x) * x + tanh(x)\nf = s + y')
    window.session.set_values({"x": 0.5, "y": 1.0})
    window.session.edit("fold", fold(window.session.graph, "n", True))
    judge = Run(window.session.graph).forward().backward("f")
    parts = [
        step.contribution for step in judge.steps() if step.edge and step.edge.source.node == "x"
    ]
    told = []
    while not window.session.position.is_done:
        press(window, Qt.Key.Key_Right)
        if window.words.title.text() == "Backward: through twice to x":
            told.append(window.words.result.text().splitlines())
    whole = show(judge.grad("x"))
    (link,) = (k for k in window.canvas.figure.links if k.source == "x")
    assert link.partial == whole
    assert [lines[0] for lines in told] == [f"upstream 1 × local {whole} = {whole}"] * 3
    assert told[0][1:] == [f"{show(parts[0])} so far, by 1 of 3 ways inside"]
    assert told[1][1:] == [f"{show(sum(parts[:2]))} so far, by 2 of 3 ways inside"]
    assert told[2][1].endswith(f" = {whole}, by 3 of 3 ways inside")
    assert all(show(part) in told[2][1] for part in parts)


def _told_through(window: Window, group: str, source: str) -> list[list[str]]:
    """The lines of every backward step through a folded group to a source."""
    told = []
    while not window.session.position.is_done:
        press(window, Qt.Key.Key_Right)
        if window.words.title.text() == f"Backward: through {group} to {source}":
            told.append(window.words.result.text().splitlines())
    return told


_ARRAYS = """with group("n", title="layer"):
    h = tanh(W @ x)
    k = h * x
f = sum(k)"""


@pytest.mark.parametrize("source", ["x", "W"])
def test_arrays_go_back_through_a_folded_group_as_one_product(window: Window, source: str) -> None:
    draw(window, _ARRAYS)
    values = {"W": [[1.0, -2.0], [0.5, 1.5]], "x": [1.0, 0.25]}
    window.session.set_values(values)
    window.session.edit("fold", fold(window.session.graph, "n", True))
    judge = Run(window.session.graph).forward().backward("f")
    told = _told_through(window, "layer", source)
    upstream, gradient = judge.grad("k"), judge.grad(source)

    def out(value: Any) -> Any:
        return Run(window.session.graph, {**values, source: value}).forward().value("k")

    at, step = np.array(values[source]), 1e-6
    slopes = []
    for place in np.ndindex(at.shape):
        moved = np.zeros(at.shape)
        moved[place] = step
        slopes.append((out(at + moved) - out(at - moved)) / (2 * step))
    partial = np.stack(slopes, axis=-1).reshape(*upstream.shape, *at.shape).round(9)
    assert told
    for lines in told:
        assert lines[0].startswith(f"upstream {show(upstream)} · local ")
        assert lines[0].endswith(f" = {show(gradient)}")
        assert show(np.tensordot(upstream, partial, 1)) == show(gradient)
    if source == "x":
        assert len(told) == 2
        assert told[0][1].endswith(" so far, by 1 of 2 ways inside")
        assert told[1][1].endswith(f" = {show(gradient)}, by 2 of 2 ways inside")
    else:
        assert len(told) == len(told[0]) == 1


def test_a_group_with_several_outputs_tells_what_goes_back_by_each(window: Window) -> None:
    draw(window, 'with group("n", title="pair"):\n    a = x * x\n    c = tanh(x)\nf = a * y + c')
    window.session.set_values({"x": 0.5, "y": -3.0})
    window.session.edit("fold", fold(window.session.graph, "n", True))
    judge = Run(window.session.graph).forward().backward("f")
    *_, lines = _told_through(window, "pair", "x")
    slope = 1 - np.tanh(0.5) ** 2
    assert sorted(lines[:2]) == [
        f"by a: upstream {show(-3.0)} × local 1 = {show(-3.0)}",
        f"by c: upstream 1 × local {show(slope)} = {show(slope)}",
    ]
    assert lines[2].endswith(f" = {show(judge.grad('x'))}, by 2 outputs")


_FEEDING = {  # what stands in front is in a group, whose outputs feed each other there
    "one the other": (" u = x*y\n v = u + x\np = u*2\nq = v*p", "uv"),
    "a chain": (" u = x*y\n v = tanh(u)\n t = v*u\nq = u*v*t", "uvt"),
    "the start inside": (" u = x*y\n q = u + x*x\nk = u*3", "q"),
}


@pytest.mark.parametrize(("text", "outputs"), _FEEDING.values(), ids=_FEEDING)
@pytest.mark.parametrize("values", [(2.0, 3.0), (-0.5, 1.5)])
def test_what_came_to_an_output_is_counted_without_what_the_others_send_inside(
    window: Window, text: str, outputs: str, values: tuple[float, float]
) -> None:
    lines = text.splitlines()
    inside = "\n".join(line.strip() for line in lines if line[0] == " ")
    outside = "\n".join(line for line in lines if line[0] != " ")
    draw(window, "\n".join(f'with group("n"):\n{k}' if k[0] == " " else k for k in lines))
    session = window.session
    session.set_values(dict(zip("xy", values, strict=True)))
    session.edit("fold", fold(session.graph, "n", True))
    session.set_start("q")
    whole = Run(session.graph).forward().backward("q")

    def alone(text: str, start: str) -> Run:
        """A part of the graph, with what the whole has in the place of what is not in it."""
        graph = parse(text)
        return Run(graph, {n: whole.value(n) for n in graph.inputs}).forward().backward(start)

    for source in "xy":
        session.reset()
        *_, lines = _told_through(window, "n", source)
        products = []
        for name in outputs:
            upstream = 1.0 if name == "q" else alone(outside, "q").grad(name)
            local = alone(inside, name).grad(source)
            products.append(upstream * local)
            told = f"upstream {show(upstream)} × local {bracketed(show(local))} = "
            assert any(line.endswith(told + show(products[-1])) for line in lines)
        assert sum(products) == pytest.approx(whole.grad(source))
        if len(outputs) > 1:
            terms = [show(products[0]), *(bracketed(show(p)) for p in products[1:])]
            total = show(whole.grad(source))
            assert lines[-1] == f"{' + '.join(terms)} = {total}, by {len(outputs)} outputs"


def test_where_a_partial_is_too_large_the_ways_inside_are_told_with_their_numbers(
    window: Window,
) -> None:
    draw(window, 'with group("n", title="wide"):\n    k = sum(x * v) + sum(x * x)\nf = k * k')
    window.session.set_values({"x": np.linspace(-1, 1, 100), "v": np.ones(100)})
    window.session.edit("fold", fold(window.session.graph, "n", True))
    judge = Run(window.session.graph).forward().backward("f")
    told = _told_through(window, "wide", "x")
    assert [lines[0].rpartition(", ")[2] for lines in told] == [
        f"by {k} of 3 ways inside" for k in (1, 2, 3)
    ]
    assert f" = {show(judge.grad('x'))}, by 3 of 3 ways inside" in told[-1][0]
    window.session.reset()
    (line,) = _told_through(window, "wide", "v")
    assert line == [f"{show(judge.grad('v'))}, by the one way inside"]
    assert not window.words.rule.isVisible()  # it would be called the local partial


def test_the_upstream_stays_lit(window: Window) -> None:
    draw(window, GRAPHS["product"])
    press(window, Qt.Key.Key_Right, CONTROL | SHIFT)
    for _ in range(4):
        press(window, Qt.Key.Key_Right)
    step = window.session.step
    assert step is not None
    assert step.edge is not None
    assert step.node != "f"
    assert InPort("f", "x") in window.canvas.emphasis.near_links


# --- what takes long ------------------------------------------------------------------------------
def test_a_heavy_chain_never_stalls_and_an_answer_for_another_graph_is_dropped(
    window: Window, qtbot: QtBot
) -> None:
    session = window.session
    session.set_formula("h = W @ x\nk = W @ h\nf = sum(k)")
    side = 700
    session.set_values({"W": np.full((side, side), 1e-3), "x": np.ones((side, side))})
    assert session.weight.whole >= HEAVY
    done: list[int] = []
    session.background.progressed.connect(done.append)
    press(window, Qt.Key.Key_Right, SHIFT)
    assert session.background.is_busy
    assert window.progress.isVisible()
    assert taken(window) == 0
    session.set_values({"x": np.zeros((side, side))})
    assert not session.background.is_busy
    press(window, Qt.Key.Key_Right, SHIFT)
    with qtbot.waitSignal(session.stepped, timeout=60_000):
        pass
    assert float(session.run.value("f")) == 0.0
    assert taken(window) == 3
    assert done


@pytest.mark.parametrize("formula", ["f = x @ y", "f = x * y", "f = x * y\ng = tanh(f)"])
def test_a_number_gives_way_to_an_array_and_the_canvas_tells_it(
    window: Window, formula: str
) -> None:
    session = window.session
    session.set_formula(formula)
    session.set_values({"x": 2.0, "y": 3.0})
    session.forward()
    session.set_values({"x": np.array([1.0, 2.0])})
    session.set_values({"y": np.array([3.0, 4.0])})
    session.forward()
    told = {card.id: card.value for card in window.canvas.figure.cards}
    judge = Run(session.graph).forward()
    assert told == {name: value_text(judge.value(name)) for name in told}


def test_a_copied_run_goes_on_by_itself() -> None:
    judge = Run(parse("f = x * x"), {"x": 3.0})
    copied = judge.copy()
    while copied.step() is not None:
        pass
    assert totals(judge) == []
    assert copied.grad("x") == 6.0


@pytest.mark.parametrize("is_folded", [False, True])
@pytest.mark.parametrize("is_chosen", [False, True])
def test_stepping_keeps_the_zoom_that_was_chosen_and_its_own_as_long_as_it_can(
    window: Window, is_folded: bool, is_chosen: bool
) -> None:
    window.resize(900, 520)
    window.enter_formula("f = a*x + b*y + c*z")
    window.fill_inputs()
    if is_folded:
        window.words.fold()
    window.fit()
    canvas = window.canvas
    if is_chosen:
        canvas.zoom_by(1.1)
    zooms = [canvas.coming_zoom]
    while not window.session.position.is_done:
        window.actions_["next"].trigger()
        canvas.arrive()
        zooms.append(canvas.coming_zoom)
    if is_chosen or is_folded:
        assert len(set(zooms[:-1])) == 1
    assert zooms[:-1] == sorted(zooms[:-1], reverse=True), "it does not go to and fro"
