"""The three lenses, driven by keys and clicks.

Judges: paths found by walking every one of them, closed forms of descent, and the engine called
apart from the window.
"""

from __future__ import annotations

import itertools
import math
import re
import threading
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel
from pytestqt.qtbot import QtBot

from graphlab.api import check_gradients
from graphlab.engine.descent import descend
from graphlab.engine.numbers import show, show_count
from graphlab.engine.paths import count_paths
from graphlab.engine.run import Run
from graphlab.graph import Graph, InPort
from graphlab.graph.formula import parse
from graphlab.gui.lenses import check, descent, paths
from graphlab.gui.lenses.parts import Choice
from graphlab.gui.lenses.rows import Rows
from graphlab.gui.lenses.ways import SHOWN
from graphlab.gui.plots.trajectory import REACH
from graphlab.gui.window import Window

LOSS = "s = sigmoid(w*x + b)\nL = (s - 1)**2 + 0.1*s*x"
FEEDS = {"x": 2.0, "w": 0.5, "b": -0.25}
DIAMONDS = "\n".join(["a0 = x + 0", *(f"a{i + 1} = 0.4*a{i} + 0.6*a{i}" for i in range(100))])


def draw(window: Window, text: str, feeds: dict[str, Any]) -> None:
    window.enter_formula(text)
    window.session.set_values(feeds)


def press(window: Window, key: Qt.Key) -> None:
    """The keys of a lens; those of descent have Shift, as Ctrl+D makes copies."""
    held = Qt.KeyboardModifier.ControlModifier
    if key == Qt.Key.Key_D:
        held |= Qt.KeyboardModifier.ShiftModifier
    window.canvas.setFocus()
    QTest.keyClick(window.canvas, key, held)


def click(button: QAbstractButton) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def cell(rows: Rows, row: int, column: int) -> str:
    return str(rows.data(rows.index(row, column)))


def every_path(graph: Graph, start: str, end: str) -> list[tuple[InPort, ...]]:
    """All ways, one by one."""
    if start == end:
        return [()]
    return [
        (edge.target, *rest)
        for edge in graph.consumers[start]
        for rest in every_path(graph, edge.target.node, end)
    ]


# --- paths ----------------------------------------------------------------------------------------
def open_paths(qtbot: QtBot, window: Window, source: str) -> paths.PathLens:
    lens = window.lenses.paths
    press(window, Qt.Key.Key_P)
    lens.source.setFocus()
    names = [lens.source.itemText(i) for i in range(lens.source.count())]
    QTest.keyClick(lens.source, Qt.Key.Key_Home)
    for _ in range(names.index(source)):
        QTest.keyClick(lens.source, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: lens.ways is not None and lens.ways.source == source)
    return lens


@pytest.mark.parametrize(
    ("text", "feeds", "source"),
    [
        *((LOSS, FEEDS, source) for source in ("w", "x", "b")),
        ("b = a + a\nc = b + b\nL = c*c + sin(c)", {"a": 3.0}, "a"),
    ],
)
def test_every_path_is_listed_lit_and_adds_up(
    qtbot: QtBot, window: Window, text: str, feeds: dict[str, Any], source: str
) -> None:
    draw(window, text, feeds)
    window.session.backward()
    lens, run = open_paths(qtbot, window, source), window.session.run
    graph = window.session.graph

    def product(way: tuple[InPort, ...]) -> float:
        return math.prod(
            float(run.partial(str(graph.edges[port]), port.node, port.port)) for port in way
        )

    ways = sorted(every_path(graph, source, "L"), key=lambda way: -abs(product(way)))
    assert lens.ways is not None
    assert [path.product for path in lens.ways.paths] == pytest.approx(list(map(product, ways)))
    assert lens.ways.total == pytest.approx(float(run.grad(source)))
    assert "they agree" in lens.sum.text
    lens.table.setFocus()
    found = {window.canvas._emphasis.links}  # the first row is current once the list is entered
    for _ in ways[1:]:
        QTest.keyClick(lens.table, Qt.Key.Key_Down)
        found.add(window.canvas._emphasis.links)
    assert found == {frozenset(way) for way in ways}
    click(window.below.close_button)
    assert window.canvas._emphasis.links not in found


def test_paths_are_counted_where_they_are_too_many(qtbot: QtBot, window: Window) -> None:
    draw(window, DIAMONDS, {"x": 1.0})
    window.session.forward()
    lens = open_paths(qtbot, window, "x")
    assert f"{2**100:,}" in lens.counted.text()
    assert lens.rows.rowCount() == SHOWN
    assert lens.ways is not None
    assert lens.ways.paths[0].product == pytest.approx(0.6**100)
    assert lens.ways.total == pytest.approx(1.0)


@pytest.mark.parametrize("power", [1, 35, 36, 37, 400, 5000])
@pytest.mark.parametrize("shift", [-1, 0, 1])
def test_a_count_is_exact_or_rounded(power: int, shift: int) -> None:
    count = 10**power + shift
    told = show_count(count)
    if power < 36 or (power, shift) == (36, -1):
        assert int(told.replace(",", "")) == count
    else:
        exponents = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
        mantissa, exponent = told.removeprefix("about ").translate(exponents).split("×10")
        assert abs(float(mantissa) - 1) < 0.002 or abs(float(mantissa) - 10) < 0.002
        assert abs(int(exponent) - power) <= (float(mantissa) > 9)


def test_what_keeps_products_away_is_told_with_a_way_out(qtbot: QtBot, window: Window) -> None:
    draw(window, "f = (x + y) * z", {"x": -2.0, "y": 5.0, "z": -4.0})
    lens = open_paths(qtbot, window, "x")
    assert not lens.table.isVisible()
    click(lens.notice.button)
    assert lens.table.isVisible()
    assert cell(lens.rows, 0, 1) == "1 · −4 = −4"
    click(lens.sum.button)
    assert "they agree" in lens.sum.text
    draw(window, "f = sum(v * v)", {"v": np.array([1.0, 2.0])})
    window.session.forward()
    qtbot.waitUntil(lambda: lens.ways is not None and lens.ways.source == "v")
    assert "v is a vector of 2 numbers" in lens.notice.text
    assert "2 paths" in lens.counted.text()


def test_playing_lights_every_path_and_can_pause(
    qtbot: QtBot, window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw(window, LOSS, FEEDS)
    window.session.forward()
    monkeypatch.setattr(window.canvas, "is_animated", True)
    lens = open_paths(qtbot, window, "x")
    lens.timer.setInterval(1)
    lit: list[object] = []
    lens.lit.connect(lambda _nodes, edges: lit.append(edges))
    with qtbot.waitSignal(lens.lit):
        click(lens.play)
    click(lens.play)
    assert not lens.timer.isActive()
    click(lens.play)
    qtbot.waitUntil(lambda: not lens.timer.isActive())
    assert lit == [frozenset(way) for way in _by_strength(lens)]
    monkeypatch.setattr(window.canvas, "is_animated", False)
    press(window, Qt.Key.Key_P)
    press(window, Qt.Key.Key_P)
    assert not lens.play.isVisible()


def _by_strength(lens: paths.PathLens) -> list[list[InPort]]:
    assert lens.ways is not None
    return [[edge.target for edge in path.edges] for path in lens.ways.paths]


def test_a_card_that_is_clicked_is_looked_from(qtbot: QtBot, window: Window) -> None:
    draw(window, LOSS, FEEDS)
    window.session.forward()
    lens = open_paths(qtbot, window, "w")
    window.canvas.card_clicked.emit("s")
    qtbot.waitUntil(lambda: lens.ways is not None and lens.ways.source == "s")
    assert lens.ways is not None
    assert lens.ways.count == count_paths(window.session.graph, "s", "L")


# --- the gradient check ---------------------------------------------------------------------------
def test_the_judges_verdicts_are_shown_and_lead_to_their_cards(
    qtbot: QtBot, window: Window
) -> None:
    draw(window, "f = relu(x) * y + abs(z) * y", {"x": 0.0, "y": 2.0, "z": -3.0})
    lens = window.lenses.check
    click(window.small_buttons["check"])
    qtbot.waitUntil(lambda: lens.report is not None, timeout=20_000)
    report = check_gradients(window.session.graph)
    assert lens.report is not None
    assert lens.report.rows == report.rows
    shown = [cell(lens.rows, i, 0) for i in range(lens.rows.rowCount())]
    assert [text.split(" ", 1)[1] for text in shown] == [row.verdict for row in report.rows]
    assert all(text.split(" ", 1)[0] == check.SIGNS[text.split(" ", 1)[1]] for text in shown)
    for i, row in enumerate(report.rows):
        place = lens.table.visualRect(lens.rows.index(i, 1)).center()
        QTest.mouseClick(lens.table.viewport(), Qt.MouseButton.LeftButton, pos=place)
        assert window.canvas.selected == row.node
    window.session.set_values({"x": 1.0})
    assert lens.summary.text == "▲ The graph has changed since: check again."
    window.session.undo_stack.undo()
    assert "changed" not in lens.summary.text
    window.session.undo_stack.redo()
    click(lens.check)
    qtbot.waitUntil(lambda: lens.report is not None, timeout=20_000)
    assert lens.summary.text.startswith("✓")


@pytest.mark.parametrize(("formula", "at"), [("f = 1 / x", 0.0), ("f = exp(exp(x))", 8.0)])
def test_where_nothing_can_be_judged_no_mark_says_that_it_agrees(
    qtbot: QtBot, window: Window, formula: str, at: float
) -> None:
    draw(window, formula, {"x": at})
    window.session.backward()
    lens = window.lenses.check
    click(window.small_buttons["check"])
    qtbot.waitUntil(lambda: lens.report is not None, timeout=20_000)
    ways = open_paths(qtbot, window, "x")
    for told in (lens.summary.text, ways.sum.text):
        assert told
        assert not set(told) & set("✓✗")


@pytest.mark.parametrize("change", ["edit", "stop"])
def test_a_check_of_another_graph_is_dropped(
    qtbot: QtBot, window: Window, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    begun, may_end = threading.Event(), threading.Event()
    ended = threading.Event()
    report = check_gradients(parse("f = x * y"), {"x": 1.0, "y": 2.0})

    def slow(graph: Graph, feeds: Any, **rest: Any) -> Any:
        begun.set()
        may_end.wait(10)
        ended.set()
        return report

    monkeypatch.setattr(check, "check_gradients", slow)
    draw(window, "f = x * y", {"x": 1.0, "y": 2.0})
    press(window, Qt.Key.Key_K)
    lens = window.lenses.check
    assert begun.wait(10)
    assert lens.progress.isVisible()
    if change == "edit":
        window.session.set_values({"x": 3.0})
    else:
        QApplication.processEvents()  # the button gets its place
        click(lens.stop)
    may_end.set()
    qtbot.waitUntil(ended.is_set)
    assert not lens.progress.isVisible()
    qtbot.wait(50)
    assert lens.report is None
    assert lens.rows.rowCount() == 0


def test_rows_are_a_sound_model(qtmodeltester: Any) -> None:
    rows = Rows(("a", "b"), (1,))
    rows.show_cells([("x", "1"), ("y", "2")], wrong=(1,))
    qtmodeltester.check(rows)


# --- descent --------------------------------------------------------------------------------------
def open_descent(qtbot: QtBot, window: Window, rate: float) -> Any:
    lens = window.lenses.descent
    press(window, Qt.Key.Key_D)
    lens.rate.setFocus()
    lens.rate.selectAll()
    QTest.keyClicks(lens.rate, repr(rate))
    qtbot.waitUntil(lambda: bool(lens.trail.points) and not lens.background.is_busy)
    qtbot.waitUntil(lambda: lens.plot is not None)
    return lens


def settle(qtbot: QtBot, lens: Any) -> None:
    qtbot.waitUntil(
        lambda: lens.run.text() == "Run" and not lens.background.is_busy, timeout=20_000
    )


def value(window: Window, name: str) -> Any:
    return window.session.graph.nodes[name].attributes["value"]


@pytest.mark.parametrize("rate", [0.1, 0.45, 0.75, 1.0, 1.1])
def test_descent_on_a_parabola_goes_as_it_must(qtbot: QtBot, window: Window, rate: float) -> None:
    draw(window, "L = theta**2", {"theta": 1.0})
    lens = open_descent(qtbot, window, rate)
    assert f"= {1 - 2 * rate:.4g}".replace("-", "−") in lens.rule.text()
    count = window.session.undo_stack.count()
    click(lens.one)
    settle(qtbot, lens)
    click(lens.more)
    settle(qtbot, lens)
    expected = [(1 - 2 * rate) ** k for k in range(12)]
    assert [p.values["theta"] for p in lens.trail.points] == pytest.approx(expected)
    assert [p.loss for p in lens.trail.points] == pytest.approx([v * v for v in expected])
    assert value(window, "theta") == pytest.approx(expected[-1])
    is_back = rate == 1  # ten steps to and fro end where they began, which is no edit
    assert window.session.undo_stack.count() == count + 2 - is_back
    assert ("diverges" in lens.told.text) == (rate > 1)
    assert lens.told.text.startswith("▲") == (rate > 1)
    assert ("to and fro" in lens.told.text) == (rate == 1)
    QTest.keyClick(window.canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    settle(qtbot, lens)
    assert value(window, "theta") == pytest.approx(expected[1 - is_back])
    assert (lens.trail.at, len(lens.trail.points)) == (1 - is_back, 12)
    click(lens.reset)
    settle(qtbot, lens)
    assert value(window, "theta") == 1.0
    assert len(lens.trail.points) == 1


@pytest.mark.parametrize("is_open", [True, False])
@pytest.mark.parametrize("begin", ["nothing", "forward", "backward", "breakpoint"])
def test_the_loss_that_descent_leads_to_is_on_its_card(
    qtbot: QtBot, window: Window, begin: str, is_open: bool
) -> None:
    def is_shown(theta: float) -> bool:
        card = next(c for c in window.canvas.figure.cards if c.id == "L")
        has_gradient = window.session.run.grad("theta") is not None
        return card.value == show(theta * theta + 1) and has_gradient == (begin == "backward")

    draw(window, "sq = theta**2; L = sq + 1", {"theta": 1.0})
    if begin == "breakpoint":
        window.session.toggle_breakpoint("sq")
    elif begin != "nothing":
        getattr(window.session, begin)()
    lens = open_descent(qtbot, window, 0.25)
    click(lens.one)
    settle(qtbot, lens)
    assert is_shown(0.5)
    stack = window.session.undo_stack
    if not is_open:
        press(window, Qt.Key.Key_D)
    stack.undo()
    qtbot.waitUntil(lambda: is_shown(1.0))
    stack.redo()
    qtbot.waitUntil(lambda: is_shown(0.5))
    if is_open:
        settle(qtbot, lens)
        click(lens.reset)
        settle(qtbot, lens)
        assert is_shown(1.0)


@pytest.mark.parametrize("rate", [1.1, 3.0, 1e6, 1e300])
@pytest.mark.parametrize("is_log", [False, True])
def test_what_diverges_is_cut_off_and_said_to(
    qtbot: QtBot, window: Window, rate: float, is_log: bool
) -> None:
    draw(window, "L = theta**2 + exp(theta)", {"theta": 1.0})
    lens = open_descent(qtbot, window, rate)
    lens.log.setChecked(is_log)
    click(lens.run)
    settle(qtbot, lens)
    assert lens.told.text.startswith("▲")
    assert "diverges" in lens.told.text
    assert math.isfinite(value(window, "theta"))
    for plot in (lens.plot.left, lens.plot.right):
        for curve in plot.listDataItems():
            assert np.all(np.isfinite(curve.getData()[1] if curve.getData()[1] is not None else 0))
    low, high = lens.plot.right.viewRange()[1]
    assert high - low < 3 * REACH
    assert lens.rate.isEnabled()
    click(lens.reset)
    settle(qtbot, lens)
    assert value(window, "theta") == 1.0


def test_arrays_move_as_the_engine_moves_them(qtbot: QtBot, window: Window) -> None:
    text = "W = parameter(2, 2)\nb = parameter(2)\nL = mean((W @ x + b - t)**2)"
    start = {"W": np.array([[0.3, -0.2], [0.1, 0.4]]), "b": np.array([0.0, 0.5])}
    draw(window, text, {**start, "x": np.array([1.0, -2.0]), "t": np.array([1.0, 0.0])})
    run = Run(window.session.graph)
    other = descend(run, rate=0.05, steps=10)
    window.session.backward()
    lens = open_descent(qtbot, window, 0.05)
    click(lens.more)
    settle(qtbot, lens)
    for name in start:
        assert value(window, name) == pytest.approx(run.value(name))
    assert [p.loss for p in lens.trail.points] == pytest.approx(other.losses)
    assert lens.trail.points[-1].values["W"] == pytest.approx(np.linalg.norm(run.value("W")))
    assert window.session.position.is_done, "what was computed before is computed again"


@pytest.mark.parametrize("way_out", ["stop", "edit"])
def test_a_long_run_can_be_stopped_or_dropped(
    qtbot: QtBot, window: Window, monkeypatch: pytest.MonkeyPatch, way_out: str
) -> None:
    monkeypatch.setattr(descent, "MOST_STEPS", 10**9)
    draw(window, DIAMONDS + "\nL = (a100 - 3)**2 + 0.0*x", {"x": 1.0})
    lens = open_descent(qtbot, window, 1e-9)
    count = window.session.undo_stack.count()
    click(lens.run)
    qtbot.waitUntil(lambda: len(lens.trail.points) > 2, timeout=10_000)
    if way_out == "stop":
        click(lens.run)
        settle(qtbot, lens)
        steps = lens.trail.at
        assert steps >= 2
        assert window.session.undo_stack.undoText() == f"descend {steps} steps"
        assert value(window, "x") == pytest.approx(3 - 2 * (1 - 2e-9) ** steps, rel=1e-9)
    else:
        window.session.set_values({"x": 2.0})
        settle(qtbot, lens)
        assert value(window, "x") == 2.0
        assert len(lens.trail.points) == 1
    assert window.session.undo_stack.count() == count + 1


@pytest.mark.parametrize("typed", ["", "abc", "-1", "0", "inf", "nan", "1,1", ",5"])
def test_a_step_size_that_is_none_is_told(qtbot: QtBot, window: Window, typed: str) -> None:
    draw(window, "L = theta**2", {"theta": 1.0})
    lens = open_descent(qtbot, window, 0.1)
    lens.rate.selectAll()
    QTest.keyClick(lens.rate, Qt.Key.Key_Delete)
    QTest.keyClicks(lens.rate, typed)
    assert ("with a point" if "," in typed else "positive number") in lens.told.text
    assert not lens.one.isEnabled()


def test_what_moves_can_be_chosen(qtbot: QtBot, window: Window) -> None:
    draw(window, "w = parameter()\nL = (w*x - 1)**2", {"w": 0.5, "x": 3.0})
    lens = open_descent(qtbot, window, 0.01)
    assert lens.moves.moved == ("w",)
    {action.text(): action for action in lens.moves.names.actions()}["x"].trigger()
    settle(qtbot, lens)
    click(lens.one)
    settle(qtbot, lens)
    gap = 0.5 * 3 - 1
    assert value(window, "w") == pytest.approx(0.5 - 0.01 * 2 * gap * 3)
    assert value(window, "x") == pytest.approx(3.0 - 0.01 * 2 * gap * 0.5)


def test_where_nothing_moves_the_words_beside_its_button_are_named(
    qtbot: QtBot, window: Window
) -> None:
    draw(window, "w = parameter()\nL = (w*x - 1)**2", {"w": 0.5, "x": 3.0})
    lens = open_descent(qtbot, window, 0.01)
    {action.text(): action for action in lens.moves.names.actions()}["w"].trigger()
    settle(qtbot, lens)
    (told,) = re.findall("“(.*)”", lens.told.text)
    assert told in [label.text() for label in lens.findChildren(QLabel) if label.isVisible()]


# --- the shelf ------------------------------------------------------------------------------------
def test_keys_open_and_close_each_lens(qtbot: QtBot, window: Window) -> None:
    draw(window, "f = x * y", {"x": 1.0, "y": 2.0})
    keys = {Qt.Key.Key_P: "paths", Qt.Key.Key_K: "check", Qt.Key.Key_D: "descent"}
    for key, name in keys.items():
        press(window, key)
        assert window.below.current == name
        assert window.actions_[name].isChecked()
        assert window.below.height() <= 240
    for key, other in itertools.pairwise((*keys, Qt.Key.Key_D)):
        if key != other:
            press(window, other)
    press(window, Qt.Key.Key_D)
    assert window.below.current is None
    assert not window.lenses.descent.isVisible()
    assert window.formula.width() >= 0.4 * window.bar.width()


def test_nothing_is_asked_of_an_empty_graph(qtbot: QtBot, window: Window) -> None:
    for key in (Qt.Key.Key_P, Qt.Key.Key_K, Qt.Key.Key_D):
        press(window, key)
    window.enter_formula("f = x * y")
    for key in (Qt.Key.Key_P, Qt.Key.Key_K, Qt.Key.Key_D):
        press(window, key)
    lens = window.lenses
    assert "no value yet" in lens.check.summary.text
    assert "no value yet" in lens.descent.told.text
    assert parse("f = x * y").outputs == window.session.graph.outputs


def test_a_descent_ends_where_another_value_is_set_by_hand(qtbot: QtBot, window: Window) -> None:
    draw(window, "e = w * x\nL = e ** 2", {"x": 1.0, "w": 3.0})
    lens = open_descent(qtbot, window, 1e-9)
    click(lens.run)
    qtbot.waitUntil(lambda: len(lens.trail.points) > 1)
    window.session.set_inner("e", 5.0)
    settle(qtbot, lens)
    assert value(window, "w") == 3.0


def test_a_choice_of_long_names_is_read_whole(qtbot: QtBot) -> None:
    choice = Choice("Parameter")
    qtbot.addWidget(choice)
    choice.offer(["x"])
    choice.show()
    narrow = choice.sizeHint().width()
    choice.offer(["x", "conv1_weight"], "x")
    choice.choose("conv1_weight")
    room = choice.fontMetrics().horizontalAdvance("conv1_weight")
    assert narrow < choice.sizeHint().width() <= choice.maximumWidth()
    assert choice.sizeHint().width() > room
    assert "conv1_weight" in choice.toolTip()
