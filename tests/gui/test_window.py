"""The window, driven as a person drives it: keys typed, buttons clicked, cards clicked.

What the figure says is compared with a run of the same graph that the window knows nothing of.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QMenu, QMessageBox
from pytestqt.qtbot import QtBot

from graphlab.engine.explain import explain
from graphlab.engine.numbers import show
from graphlab.engine.run import Run
from graphlab.graph import InPort
from graphlab.graph.formula import parse
from graphlab.gui.canvas.figure import DASH
from graphlab.gui.canvas.painter import NUMBERS
from graphlab.gui.export_dialog import ExportDialog
from graphlab.gui.offers import FORMULAS
from graphlab.gui.picture import render
from graphlab.gui.stepping import HEAVY
from graphlab.gui.theme import DARK, GRID, LIGHT
from graphlab.gui.values import read_value
from graphlab.gui.window import Window
from tests.gui.dragging import drag

PRODUCT = "f = (x + y) * z"
CTRL_SHIFT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
FEEDS = {"x": -2.0, "y": 5.0, "z": -4.0}


def type_formula(window: Window, text: str) -> None:
    window.formula.setFocus()
    window.formula.selectAll()
    QTest.keyClicks(window.formula, text)
    QTest.keyClick(window.formula, Qt.Key.Key_Return)


def type_value(window: Window, name: str, text: str) -> None:
    field = window.inputs.fields[name]
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)


def type_product(window: Window) -> None:
    type_formula(window, PRODUCT)
    for name, value in FEEDS.items():
        type_value(window, name, f"{value:g}")


def press(window: Window, key: Qt.Key, modifiers: Any = Qt.KeyboardModifier.NoModifier) -> None:
    """A key that reaches the window while the canvas has the focus."""
    window.canvas.setFocus()
    QTest.keyClick(window.canvas, key, modifiers)


def click(window: Window, button: str) -> None:
    QTest.mouseClick(window.buttons[button], Qt.MouseButton.LeftButton)


def labels(window: Window) -> dict[str, Any]:
    """Everything the figure says in numbers."""
    cards = {c.id: (c.value, c.gradient) for c in window.canvas.figure.cards}
    links = {k.id: (k.value, k.partial, k.gradient, k.total) for k in window.canvas.figure.links}
    return {"cards": cards, "links": links}


def expected(run: Run) -> dict[str, Any]:
    """The same for numbers, from a run and the contributions its steps tell."""
    graph, contributions = run.graph, {s.edge.target: s.contribution for s in run.steps() if s.edge}

    def told(value: Any, sign: str = "", missing: str = "") -> str:
        return missing if value is None else sign + show(value)

    cards = {
        name: (
            told(run.value(name), missing=DASH),
            "" if graph.consumers[name] else told(run.grad(name), "∂ "),
        )
        for name in graph.nodes
    }
    links = {
        target: (
            told(run.value(str(source)), missing=DASH),
            told(run.partial(str(source), target.node, target.port)),
            told(contributions.get(target), "∂ "),
            told(run.grad(str(source)), "∂ ") if len(graph.consumers[source.node]) > 1 else "",
        )
        for target, source in graph.edges.items()
    }
    return {"cards": cards, "links": links}


# --- the first minute -----------------------------------------------------------------------------
def test_a_formula_is_typed_fed_and_stepped_with_keys_through_both_phases(window: Window) -> None:
    type_product(window)
    judge = Run(parse(PRODUCT), FEEDS)
    assert labels(window) == expected(judge)
    while (step := judge.step()) is not None:
        press(window, Qt.Key.Key_Right)
        assert labels(window) == expected(judge)
        told = explain(step)
        assert (window.words.title.text(), window.words.sentence.text()) == (
            told.title,
            told.sentence,
        )
    while judge.step_back() is not None:
        press(window, Qt.Key.Key_Left)
        assert labels(window) == expected(judge)
    assert not window.buttons["back"].isEnabled()


def test_the_buttons_do_whole_phases_single_steps_and_the_reset(window: Window) -> None:
    type_product(window)
    judge = Run(parse(PRODUCT), FEEDS)
    fresh = labels(window)
    click(window, "forward")
    assert labels(window) == expected(judge.forward())
    click(window, "backward")
    assert labels(window) == expected(judge.backward())
    click(window, "back")
    judge.step_back()
    assert labels(window) == expected(judge)
    click(window, "next")
    assert labels(window) == expected(judge.backward())
    click(window, "reset")
    assert labels(window) == fresh


def test_what_is_active_is_lit_and_at_the_end_all_is_in_full_strength(window: Window) -> None:
    type_product(window)
    press(window, Qt.Key.Key_Right)
    lit = window.canvas._emphasis
    assert lit.cards == {"add1"}
    assert lit.links == {InPort("add1", "x"), InPort("add1", "y")}
    assert lit.near_cards == {"x", "y"}
    press(window, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    press(window, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert window.session.position.is_done
    assert window.canvas._emphasis.is_empty


@pytest.mark.parametrize(
    ("text", "kind", "shape"),
    [
        ("h = conv_layer(x, filters=4, kernel_size=3)", "a picture", (1, 1, 28, 28)),
        ("h = conv_layer(relu(x), filters=4, kernel_size=3)", "a picture", (1, 1, 28, 28)),
        ("h = max_pool3d(x, kernel_size=2)", "a volume", (1, 1, 16, 16, 16)),
        ("h = conv1d(x, parameter(2, 1, 3))", "a signal", (1, 1, 64)),
        ("h = affine(parameter(2, 5), x)", "a vector", (5,)),
        ("h = layer_norm(x)", "a vector", (1, 2)),
        ("x = input(None, 784); h = affine(parameter(2, 784), x)", "a vector", (1, 784)),
        ("h = x * 2", "a number", ()),
    ],
)
def test_an_input_is_offered_what_its_readers_can_take(
    window: Window, text: str, kind: str, shape: tuple[int, ...]
) -> None:
    type_formula(window, text)
    assert window.inputs.fill.text() == f"Give all inputs {kind}"
    press(window, Qt.Key.Key_Right)
    assert shape == () or window.inputs.fill.text() in window.words.sentence.text()
    QTest.mouseClick(window.inputs.fill, Qt.MouseButton.LeftButton)
    value = window.session.graph.nodes["x"].attributes["value"]
    assert getattr(value, "shape", ()) == shape
    assert not window.session.problems


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_field_writes_numbers_that_it_reads_again(window: Window, dtype: type) -> None:
    rng = np.random.default_rng(0)
    type_formula(window, "f = sum(x)")
    for shape in [(3,), (1,), (2, 3), (2, 1, 3)]:
        value = (rng.standard_normal(shape) * 10.0 ** rng.integers(-9, 9, shape)).astype(dtype)
        window.session.set_values({"x": value})
        field = window.inputs.fields["x"]
        assert np.array_equal(read_value(field.text()).astype(dtype), value)
        field.setFocus()
        field.selectAll()
        QTest.keyClicks(field, "[0.1, 2]")
        QTest.keyClick(field, Qt.Key.Key_Return)
        kept = window.session.graph.nodes["x"].attributes["value"]
        assert (kept.dtype, kept.tolist()) == (dtype, np.array([0.1, 2], dtype).tolist())


@pytest.mark.parametrize("typed", ["2.5", "[1, 2]", "ones(20, 20)"])
def test_emptying_a_field_takes_the_value_away(window: Window, typed: str) -> None:
    type_formula(window, "f = sum(x)")
    value = np.ones((20, 20)) if typed.startswith("ones") else read_value(typed)
    window.session.set_values({"x": value})
    field = window.inputs.fields["x"]
    field.setFocus()
    field.selectAll()
    QTest.keyClick(field, Qt.Key.Key_Backspace)
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert window.session.missing() == ["x"]
    assert field.placeholderText() == "a number"


def test_a_value_changed_midway_forgets_exactly_what_depends_on_it(window: Window) -> None:
    type_product(window)
    press(window, Qt.Key.Key_Right)
    press(window, Qt.Key.Key_Right)
    type_value(window, "z", "3")
    judge = Run(parse(PRODUCT), {**FEEDS, "z": 3.0})
    judge.step_forward()
    assert labels(window) == expected(judge)
    assert labels(window)["cards"]["f"][0] == DASH
    press(window, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    press(window, Qt.Key.Key_Left, Qt.KeyboardModifier.ControlModifier)
    press(window, Qt.Key.Key_Left, Qt.KeyboardModifier.ControlModifier)
    judge.forward()
    judge.step_backward()
    judge.step_backward()
    assert labels(window) == expected(judge)


def test_what_is_missing_is_said_when_a_step_is_asked_for(window: Window) -> None:
    type_formula(window, PRODUCT)
    assert window.inputs.fields["x"].hasFocus()
    assert not any(card.problem for card in window.canvas.figure.cards)
    press(window, Qt.Key.Key_Right)
    assert all(name in window.words.sentence.text() for name in "xyz")
    marked = {card.id for card in window.canvas.figure.cards if card.problem}
    assert marked == {"x", "y", "z"}
    QTest.mouseClick(window.inputs.fill, Qt.MouseButton.LeftButton)
    press(window, Qt.Key.Key_Right)
    assert window.session.step is not None
    assert not window.inputs.fill.isVisible()


@pytest.mark.parametrize("index", range(len(FORMULAS)))
def test_an_example_is_one_click_away_from_its_last_gradient(window: Window, index: int) -> None:
    text, _ = FORMULAS[index]
    entry = next(e for e in window.house.welcome.entries if e.text() == text)
    QTest.mouseClick(entry, Qt.MouseButton.LeftButton)
    assert window.formula.toPlainText() == text
    window.actions_["fill"].trigger()
    for _ in range(len(window.session.graph.nodes) + len(window.session.graph.edges) + 1):
        press(window, Qt.Key.Key_Right)
    assert window.session.position.is_done
    assert window.session.position.is_complete


def test_the_active_part_is_brought_so_near_that_its_numbers_can_be_read(window: Window) -> None:
    window.enter_formula(" + ".join(f"w{i}*x{i}" for i in range(12)))
    window.fill_inputs()
    assert window.canvas.zoom < NUMBERS
    for _ in range(3):
        press(window, Qt.Key.Key_Right)
        assert window.canvas.zoom > NUMBERS
        shown = window.canvas.mapToScene(window.canvas.viewport().rect()).boundingRect()
        step = window.session.step
        assert step is not None
        assert shown.contains(QPointF(*window.canvas.figure.positions[step.node]))
    click(window, "backward")
    shown = window.canvas.mapToScene(window.canvas.viewport().rect()).boundingRect()
    assert all(shown.contains(QPointF(*p)) for p in window.canvas.figure.positions.values())


# --- mistakes -------------------------------------------------------------------------------------
@pytest.mark.parametrize("text", ["f = (x + sigmiod(y)) * z", "f = (x + ", "", "f = x +\nq = $"])
def test_a_wrong_formula_is_told_and_the_graph_stays(window: Window, text: str) -> None:
    type_product(window)
    press(window, Qt.Key.Key_Right)
    before, graph = labels(window), window.session.graph
    window.formula.setPlainText(text)
    QTest.keyClick(window.formula, Qt.Key.Key_Return)
    assert window.bar.complaint.isVisible()
    assert window.session.graph is graph
    assert labels(window) == before
    assert bool(window.formula.extraSelections()) == bool(text)
    QTest.keyClicks(window.formula, "x")
    assert not window.bar.complaint.isVisible()


@pytest.mark.parametrize(
    "text", ["abc", "2,5", "[1, [2, 3]]", "1; y", "2e999", "1/0", "(", "x + 1"]
)
def test_a_wrong_value_is_told_beside_its_field(window: Window, text: str) -> None:
    type_product(window)
    graph = window.session.graph
    type_value(window, "x", text)
    assert window.inputs.errors["x"].isVisible()
    assert window.session.graph is graph
    type_value(window, "x", "1/4")
    assert not window.inputs.errors["x"].isVisible()
    assert window.session.run.value("x") == 0.25


def test_problems_are_on_the_cards_and_the_rest_is_computed(window: Window) -> None:
    type_formula(window, "a = x * y; e = W + Z")
    for name, text in {"x": "2", "y": "3", "W": "[1, 2]", "Z": "[1, 2, 3]"}.items():
        type_value(window, name, text)
    click(window, "forward")
    said = {card.id: card for card in window.canvas.figure.cards}
    assert "broadcast" in said["e"].problem
    assert said["a"].value == "6"
    assert "1 problem" in window.counts.text()
    click(window, "backward")
    assert window.session.position.is_done


# --- the document ---------------------------------------------------------------------------------
def test_undo_and_redo_go_through_values_and_formulas(window: Window) -> None:
    type_product(window)
    graphs = [window.session.graph]
    for _ in range(4):
        press(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        graphs.append(window.session.graph)
    assert not graphs[-1].nodes
    assert not window.session.graph.nodes
    assert window.formula.toPlainText() == ""
    assert not window.actions_["undo"].isEnabled()
    redo = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    for graph in graphs[-2::-1]:
        press(window, Qt.Key.Key_Z, redo)
        assert window.session.graph is graph
    assert window.formula.toPlainText() == PRODUCT
    assert [field.text() for field in window.inputs.fields.values()] == ["−2", "5", "−4"]


def test_a_new_formula_keeps_the_values_of_inputs_of_the_same_name(window: Window) -> None:
    type_product(window)
    type_formula(window, "g = x * z + q")
    assert window.session.missing() == ["q"]
    assert window.inputs.fields["q"].hasFocus()


@pytest.mark.parametrize(("letters", "op"), [("σ", "sigmoid"), ("Σ", "sum"), ("ln", "log")])
def test_a_symbol_typed_on_the_canvas_or_in_the_formula_is_its_op(
    window: Window, letters: str, op: str
) -> None:
    window.house.show_empty_canvas()
    window.formula.insertPlainText(f"f = {letters}(x₁)")
    QTest.keyClick(window.formula, Qt.Key.Key_Return)
    assert window.session.graph == parse(f"f = {op}(x₁)")
    window.canvas.setFocus()
    QTest.keyClicks(window.canvas, "q")
    window.editor.palette.search.setText(letters)
    QTest.keyClick(window.editor.palette.search, Qt.Key.Key_Return)
    (new,) = window.session.graph.nodes.keys() - {"x₁", "f"}
    assert window.session.graph.nodes[new].op.name == op
    window.editor.panel.search.setText(letters)
    assert window.editor.panel.list.shown[0].op.name == op


def test_saving_and_opening_bring_the_same_graph_back(
    window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "product.graph.json"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    type_product(window)
    assert window.isWindowModified()
    window.actions_["save"].trigger()
    assert not window.isWindowModified()
    assert window.windowTitle().startswith("product.graph.json")
    graph = window.session.graph
    window.actions_["new"].trigger()
    assert not window.session.graph.nodes
    window.actions_["open"].trigger()
    assert window.session.graph == graph
    click(window, "backward")
    assert labels(window) == expected(Run(parse(PRODUCT), FEEDS).forward().backward())


@pytest.mark.parametrize("answer", ["Save", "Discard", "Cancel"])
def test_closing_asks_about_unsaved_changes(
    window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    path = tmp_path / "kept.graph.json"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    asked = getattr(QMessageBox.StandardButton, answer)
    monkeypatch.setattr(QMessageBox, "exec", lambda _: asked)
    type_product(window)
    window.actions_["quit"].trigger()
    assert window.isVisible() == (answer == "Cancel")
    assert path.exists() == (answer == "Save")


def test_a_dropped_file_is_opened_and_a_broken_one_is_told(
    window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    closed = QMessageBox.StandardButton.Close
    monkeypatch.setattr(QMessageBox, "exec", lambda box: told.append(box.text()) or closed)
    window.session.set_formula(PRODUCT)
    path = tmp_path / "dropped.graph.json"
    window.session.save(path)
    window.actions_["new"].trigger()
    assert drag(window, path)
    assert set(window.session.graph.nodes) == {"x", "y", "z", "add1", "f"}
    graph = window.session.graph
    path.write_text("{")
    assert drag(window, path)
    assert len(told) == 1
    assert window.session.graph is graph


@pytest.mark.parametrize("ending", ["svg", "png", "pdf"])
@pytest.mark.parametrize("show", ["all", "values", "bare"])
def test_pictures_are_written_without_a_window(
    qapp: QApplication, tmp_path: Path, ending: str, show: Any
) -> None:
    path = tmp_path / f"picture.{ending}"
    render(Run(parse(PRODUCT), FEEDS).forward().backward(), path, theme="dark", show=show)
    heads = {"svg": b"<?xml", "png": b"\x89PNG", "pdf": b"%PDF"}
    assert path.read_bytes().startswith(heads[ending])


def test_the_figure_is_exported_from_the_menu(
    window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = (str(tmp_path / "figure"), "")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: chosen)
    type_product(window)
    window.actions_["export"].trigger()
    dialog = window.findChild(ExportDialog)
    dialog.choose(format_=2)
    QTest.mouseClick(dialog.save, Qt.MouseButton.LeftButton)
    assert (tmp_path / "figure.pdf").stat().st_size > 1_000


# --- commands -------------------------------------------------------------------------------------
def test_every_command_is_in_a_menu_and_no_two_share_a_key(window: Window) -> None:
    shown = {action for menu in window.menuBar().findChildren(QMenu) for action in menu.actions()}
    assert set(window.actions_.by_id.values()) <= shown
    keys = Counter(
        QKeySequence(keys).toString() for c in window.actions_.commands for keys in c.shortcuts
    )
    assert "" not in keys
    assert {k: n for k, n in keys.items() if n > 1} == {}


def _position(window: Window) -> object:
    return window.session.position


def _zoom(window: Window) -> object:
    return window.canvas.zoom


def _theme(window: Window) -> object:
    return window.theme


def _dialogs(window: Window) -> object:
    return [d.windowTitle() for d in window.findChildren(QDialog)]


@pytest.mark.parametrize(
    ("command", "reading"),
    [
        ("next", _position),
        ("back", _position),
        ("end", _position),
        ("step-forward", _position),
        ("step-backward", _position),
        ("forward", _position),
        ("backward", _position),
        ("reset", _position),
        ("zoom-in", _zoom),
        ("zoom-out", _zoom),
        ("side", lambda w: w.side.isVisible()),
        ("words", lambda w: w.words.isVisible()),
        ("theme-dark", _theme),
        ("formula", lambda w: w.formula.hasFocus()),
        ("shortcuts", _dialogs),
        ("about", _dialogs),
        ("undo", lambda w: w.session.graph),
    ],
)
def test_a_command_changes_something(
    window: Window, command: str, reading: Callable[[Window], object]
) -> None:
    type_product(window)
    press(window, Qt.Key.Key_Right)
    if command == "step-backward":
        assert not window.actions_[command].isEnabled()
        click(window, "forward")
    before = reading(window)
    assert window.actions_[command].isEnabled()
    window.actions_[command].trigger()
    assert reading(window) != before


def test_light_and_dark_reach_every_part(window: Window) -> None:
    type_product(window)
    for name, theme in (("dark", DARK), ("light", LIGHT)):
        window.actions_[f"theme-{name}"].trigger()
        assert window.actions_[f"theme-{name}"].isChecked()
        shot = window.grab().toImage()
        for part in (window.canvas, window.words, window.side, window.menuBar()):
            corner = part.mapTo(window, QPoint(part.width() - 3, part.height() - 3))
            assert shot.pixelColor(corner).name() == theme.ground


def test_every_part_is_reached_by_tab_and_has_a_name(window: Window) -> None:
    type_product(window)
    window.formula.setFocus()
    reached = []
    for _ in range(40):
        widget = QApplication.focusWidget()
        assert widget is not None
        reached.append(widget)
        QTest.keyClick(widget, Qt.Key.Key_Tab)
    wanted = {window.formula, window.canvas, *window.inputs.fields.values()}
    wanted |= {b for b in window.buttons.values() if b.isEnabled()}
    assert wanted <= set(reached)
    assert all(widget.accessibleName() for widget in wanted)


def test_arrow_keys_in_a_field_move_its_cursor(window: Window) -> None:
    type_product(window)
    window.formula.setFocus()
    QTest.keyClick(window.formula, Qt.Key.Key_Left)
    QTest.keyClick(window.inputs.fields["x"], Qt.Key.Key_Right)
    assert window.session.position.taken == 0


def test_the_canvas_is_the_largest_part_and_the_layout_never_moves(
    window: Window, qtbot: QtBot
) -> None:
    window.resize(1280, 800)
    type_product(window)
    size = QSize()

    def is_largest() -> bool:
        nonlocal size
        size = window.canvas.size()
        return size.width() * size.height() >= 0.6 * 1280 * 800

    qtbot.waitUntil(is_largest)
    places = dict(window.canvas.figure.positions)
    for _ in range(8):
        press(window, Qt.Key.Key_Right)
        assert window.canvas.size() == size
        assert dict(window.canvas.figure.positions) == places


# --- details --------------------------------------------------------------------------------------
def test_a_clicked_card_and_a_clicked_edge_show_their_numbers(window: Window) -> None:
    type_product(window)
    click(window, "backward")
    x, y = window.canvas.figure.positions["add1"]
    place = window.canvas.mapFromScene(x + 20, y + 20)
    QTest.mouseClick(window.canvas.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert window.details.isVisible()
    judge = Run(parse(PRODUCT), FEEDS).forward().backward()
    assert "add" in window.details.title.text()
    assert show(judge.value("add1")) in window.details.text()
    assert show(judge.grad("add1")) in window.details.text()
    window.canvas.select_link(InPort("f", "y"))
    assert "z → f" in window.details.title.text()
    assert show(judge.partial("z", "f")) in window.details.text()


def test_arrays_show_their_shapes_and_their_numbers_on_a_click(window: Window) -> None:
    type_formula(window, "L = sum(W @ x)")
    type_value(window, "W", "[[1, 2, 3], [4, 5, 6]]")
    type_value(window, "x", "[1, 0, -1]")
    click(window, "backward")
    said = {card.id: card for card in window.canvas.figure.cards}
    assert said["W"].value == show(window.session.run.value("W"))
    picture = said["W"].picture
    assert picture is not None
    assert picture.shape == (2, 3)
    links = {k.id: k for k in window.canvas.figure.links}
    assert links[InPort("matmul1", "b")].gradient == "∂ 3-vector"
    window.canvas.select("x")
    assert all(str(n) in window.details.text() for n in (5, 7, 9))


def test_a_clicked_edge_shows_its_product_and_a_clicked_card_its_formula(window: Window) -> None:
    type_product(window)
    click(window, "backward")
    judge = Run(parse(PRODUCT), FEEDS).forward().backward()
    step = next(s for s in judge.steps() if s.edge and s.edge.target == InPort("add1", "x"))
    window.canvas.select_link(InPort("add1", "x"))
    product = f"{show(step.upstream)} × {show(step.partial)} = {show(step.contribution)}"
    assert product in window.details.text()
    window.canvas.select("add1")
    told = explain(next(s for s in judge.steps() if s.node == "add1"))
    assert window.details.rule.plain == f"{told.rule} {told.numbers}"


# --- what is typed and not drawn ------------------------------------------------------------------
def test_a_formula_that_is_typed_is_drawn_before_a_step_is_taken(window: Window) -> None:
    type_product(window)
    window.formula.setFocus()
    QTest.keyClick(window.formula, Qt.Key.Key_End)
    QTest.keyClicks(window.formula, " +")
    assert window.bar.pending.isVisible()
    type_value(window, "x", "1")
    assert window.formula.toPlainText() == PRODUCT + " +"
    graph = window.session.graph
    click(window, "next")
    assert window.session.graph is graph
    assert window.session.position.taken == 0
    assert window.bar.complaint.isVisible()
    assert not window.bar.pending.isVisible()
    window.formula.setFocus()
    QTest.keyClick(window.formula, Qt.Key.Key_End)
    QTest.keyClicks(window.formula, " x")
    click(window, "next")
    assert not window.bar.pending.isVisible()
    assert window.session.graph is not graph
    assert window.session.position.taken == 1


@pytest.mark.parametrize("answer", ["Discard", "Cancel"])
def test_closing_asks_about_a_formula_that_is_not_drawn(
    window: Window, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    chosen = getattr(QMessageBox.StandardButton, answer)
    monkeypatch.setattr(QMessageBox, "exec", lambda _: chosen)
    window.formula.setFocus()
    QTest.keyClicks(window.formula, "f = x")
    window.actions_["quit"].trigger()
    assert window.isVisible() == (answer == "Cancel")
    assert window.formula.toPlainText() == ("f = x" if answer == "Cancel" else "")


# --- keys and buttons with nothing to do ----------------------------------------------------------
_CONTROL, _SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
_NONE = Qt.KeyboardModifier.NoModifier


@pytest.mark.parametrize(
    ("is_end", "key", "modifiers"),
    [
        (False, Qt.Key.Key_Left, _NONE),
        (False, Qt.Key.Key_Left, _CONTROL),
        (False, Qt.Key.Key_Home, _NONE),
        (True, Qt.Key.Key_Right, _NONE),
        (True, Qt.Key.Key_Right, _CONTROL),
        (True, Qt.Key.Key_Left, _CONTROL),
        (True, Qt.Key.Key_Right, _CONTROL | _SHIFT),
        (True, Qt.Key.Key_Right, _SHIFT),
    ],
)
def test_keys_with_nothing_to_do_say_so_and_leave_the_picture(
    window: Window, is_end: bool, key: Qt.Key, modifiers: Any
) -> None:
    type_product(window)
    if is_end:
        click(window, "backward")
        assert not any(window.buttons[b].isEnabled() for b in ("next", "forward", "backward"))
    view, said = window.canvas.viewportTransform(), window.words.title.text()
    before = labels(window)
    press(window, key, modifiers)
    assert window.canvas.viewportTransform() == view
    assert window.words.title.text() != said
    assert labels(window) == before


def test_a_step_without_values_goes_to_the_first_empty_field(window: Window) -> None:
    type_formula(window, PRODUCT)
    type_value(window, "x", "1")
    press(window, Qt.Key.Key_Right)
    assert window.inputs.fields["y"].hasFocus()


# --- what is told ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "feeds", "wrong"),
    [
        ("a = log(x); f = a * 2", {"x": "-3"}, "a"),
        ("a = 1 / x; f = exp(a)", {"x": "0"}, "a"),
        ("f = exp(x) + 1", {"x": "1000"}, "exp1"),
        ("f = x ** y + 1", {"x": "-2", "y": "0.5"}, "power1"),
        ("f = sum(sqrt(x))", {"x": "[4, -1]"}, "sqrt1"),
    ],
)
@pytest.mark.parametrize("is_stepped", [True, False])
def test_the_first_number_that_is_none_is_told(
    window: Window, text: str, feeds: dict[str, str], wrong: str, is_stepped: bool
) -> None:
    type_formula(window, text)
    for name, value in feeds.items():
        type_value(window, name, value)
    for _ in range(20 if is_stepped else 0):
        press(window, Qt.Key.Key_Right)
    if not is_stepped:
        click(window, "backward")
        assert window.words.sentence.text().startswith(wrong)
        assert "Done, but" in window.words.title.text()
    assert {card.id for card in window.canvas.figure.cards if card.problem} == {wrong}
    for _ in range(20):
        press(window, Qt.Key.Key_Left)
    assert not any(card.problem for card in window.canvas.figure.cards)


def test_a_gradient_that_is_infinite_is_told(window: Window) -> None:
    type_formula(window, "f = sqrt(x)")
    type_value(window, "x", "0")
    click(window, "backward")
    assert "∂f/∂x is infinite" in window.words.sentence.text()


def test_a_change_tells_what_it_made_void_and_what_is_kept(window: Window) -> None:
    type_product(window)
    click(window, "backward")
    type_value(window, "z", "3")
    note = "z changed: f and all gradients must be computed again; add1 = 3 is kept."
    assert window.words.sentence.text().startswith(note)
    type_formula(window, "g = x + y + q")
    assert window.words.sentence.text().startswith("x and y keep their values")


def test_saving_is_told_in_the_status_line(window: Window, tmp_path: Path) -> None:
    type_product(window)
    window.session.save(tmp_path / "told.graph.json")
    assert window.statusBar().currentMessage() == "Saved told.graph.json"


def test_a_long_name_ends_in_dots_and_is_told_by_its_tool_tip(window: Window) -> None:
    long = "a" * 80
    type_formula(window, f"f = {long} * 2")
    window.canvas.select(long)
    title = window.details.title
    assert title.shown().endswith("…")
    assert title.toolTip() == title.text()


def test_the_title_of_a_step_between_long_names_tells_both_to_their_ends(window: Window) -> None:
    first, last = "offset_of_the_very_first_layer", "mean_of_all_weighted_inputs"
    type_formula(window, f"{last} = {first} * 2")
    window.session.fill_inputs()
    window.session.forward()
    for _ in range(2):
        press(window, Qt.Key.Key_Right)
    title = window.words.title
    shown = title.shown()
    assert title.fontMetrics().horizontalAdvance(shown) <= title.width()
    for name in (first, last):
        assert name[:4] in shown
        assert name[-4:] in shown


@pytest.mark.parametrize("size", [(1280, 800), (900, 600)])
def test_nothing_that_is_typed_or_told_moves_the_canvas(
    window: Window, size: tuple[int, int]
) -> None:
    def stands() -> list[QRect]:
        QApplication.processEvents()
        widgets = [window.canvas, window.formula, *window.buttons.values()]
        return [QRect(w.mapTo(window, QPoint(0, 0)), w.size()) for w in widgets]

    window.resize(*size)
    window.house.leave_welcome()
    before = stands()
    for text in (
        "f = x +",
        "f = x * 2",
        "a = x * y; b = a + 3; c = a**2",
        "f = " + "(" * 200 + "x",
    ):
        type_formula(window, text)
        assert stands() == before
        assert window.bar.words.height() < 8 * GRID
    window.formula.setPlainText("\n".join(f"n{i} = x + {i}" for i in range(9)))
    QTest.keyClick(window.formula, Qt.Key.Key_Return)
    assert len(window.session.graph.outputs) == 9
    assert stands() == before


# --- several outputs, large graphs ----------------------------------------------------------------
def test_the_gradient_can_be_taken_of_any_output(window: Window) -> None:
    text = "a = x * y; b = a + 3; c = a**2"
    type_formula(window, text)
    type_value(window, "x", "2")
    type_value(window, "y", "3")
    assert window.bar.start.isVisible()
    click(window, "backward")
    judge = Run(parse(text), {"x": 2, "y": 3}).forward()
    assert labels(window)["links"] == expected(judge.backward("b"))["links"]
    window.bar.start.setFocus()
    QTest.keyClick(window.bar.start, Qt.Key.Key_Down)
    assert window.session.start == "c"
    assert labels(window)["links"] == expected(judge.backward("c"))["links"]


def test_long_names_and_many_lines_fit(window: Window) -> None:
    long, other = "a" * 200, "b" * 200
    window.formula.setFocus()
    QTest.keyClicks(window.formula, f"q = {long} * 2")
    QTest.keyClick(window.formula, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClicks(window.formula, f"f = q + {other}")
    QTest.keyClick(window.formula, Qt.Key.Key_Return)
    type_value(window, long, "1e-300")
    type_value(window, other, "12345678")
    for _ in range(9):
        press(window, Qt.Key.Key_Right)
    window.canvas.select(long)
    assert window.size().width() <= 1280
    assert window.session.position.is_done


def test_a_graph_of_700_nodes_is_shown_and_run(window: Window, qtbot: QtBot) -> None:
    lines = [f"h{i + 1} = tanh(h{i} * w{i})" for i in range(230)]
    window.formula.setPlainText("h0 = input()\n" + "\n".join(lines))
    QTest.keyClick(window.formula, Qt.Key.Key_Return)
    assert len(window.session.graph.nodes) > 690
    with qtbot.waitSignal(window.drawing.background.is_busy_changed, timeout=30_000):
        pass
    press(window, Qt.Key.Key_I, CTRL_SHIFT)
    click(window, "backward")
    assert window.session.position.is_done
    feeds = {n: window.session.run.value(n) for n in window.session.graph.inputs}
    judge = Run(parse(window.formula.toPlainText()), feeds).forward().backward()
    qtbot.waitUntil(lambda: not window.drawing.background.is_busy)
    assert labels(window) == expected(judge)


def test_a_heavy_run_and_a_large_layout_are_done_in_the_background(
    window: Window, qtbot: QtBot
) -> None:
    size = 1_100
    lines = [f"h{i + 1} = h{i} + x" for i in range(size)]
    window.formula.setPlainText("h0 = x * x\n" + "\n".join(lines))
    QTest.keyClick(window.formula, Qt.Key.Key_Return)
    assert window.drawing.background.is_busy
    with qtbot.waitSignal(window.drawing.background.is_busy_changed, timeout=30_000):
        pass
    assert len(window.canvas.figure.cards) == size + 2
    side = 1_000 * HEAVY // size
    window.session.set_values({"x": [1.0] * side})
    click(window, "backward")
    assert window.progress.isVisible()
    assert window.stop.isVisible()
    with qtbot.waitSignal(window.session.stepped, timeout=30_000):
        pass
    assert not window.progress.isVisible()
    assert window.session.run.grad("x")[0] == 2.0 + size


def test_an_answer_nobody_waits_for_any_more_is_dropped(window: Window, qtbot: QtBot) -> None:
    window.session.set_formula("f = x * x")
    window.session.set_values({"x": [1.0] * (2_000 * HEAVY)})
    click(window, "forward")
    assert window.session.background.is_busy
    QTest.mouseClick(window.stop, Qt.MouseButton.LeftButton)
    assert not window.session.background.is_busy
    assert window.session.run.value("f") is None
    type_formula(window, "g = 2 * y")
    type_value(window, "y", "4")
    click(window, "forward")
    assert labels(window)["cards"]["g"][0] == "8"


def test_the_details_follow_a_node_to_its_new_name_and_back(qtbot: QtBot, window: Window) -> None:
    window.enter_formula("x = 2\nf = x * 3")
    window.canvas.click_card("f")
    window.editor.cards.rename("f", "g")
    assert window.details.title.text().startswith("g ")
    window.session.undo_stack.undo()
    assert window.details.title.text().startswith("f ")
    assert not window.details.isHidden()
