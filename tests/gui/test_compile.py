"""The drawing as PyTorch and back, in the window: printed, written, compared, imported.

Judges: the printed source run by PyTorch, ONNX Runtime on the written model, and the engine called
apart from the window.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import safetensors.numpy
import torch
from PySide6.QtCore import QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QFileDialog, QMessageBox
from pytestqt.qtbot import QtBot

import graphlab
from graphlab.engine.run import Run
from graphlab.graph import Graph
from graphlab.graph.formula import parse
from graphlab.gui.lenses.compile import CompileLens
from graphlab.gui.lenses.parity import ParityLens
from graphlab.gui.lenses.places import places
from graphlab.gui.waiting import WaitDialog, wait_for
from graphlab.gui.window import Window
from graphlab.torch_backend.naming import torch_names
from tests.gui.dragging import drag

LAYERS = """
x = input(None, 3)
h = linear_layer(x, features=4, activation="relu")
y = linear_layer(h, features=2)
"""
BOTH = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


def press(window: Window, key: Qt.Key) -> None:
    window.canvas.setFocus()
    QTest.keyClick(window.canvas, key, BOTH)


def click(button: QAbstractButton) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def click_card(window: Window, card: str) -> None:
    place = window.canvas.mapFromScene(QPointF(*window.canvas.figure.positions[card]))
    QTest.mouseClick(window.canvas.viewport(), Qt.MouseButton.LeftButton, pos=place + QPoint(12, 8))


def compiled(qtbot: QtBot, window: Window, graph: Graph) -> CompileLens:
    window.session.recover(graph, None)
    qtbot.waitUntil(lambda: not window.drawing.background.is_busy)
    press(window, Qt.Key.Key_E)
    lens = window.lenses.compile
    qtbot.waitUntil(lambda: lens.printed is not None, timeout=20_000)
    return lens


def marked(lens: CompileLens) -> str:
    first, last = lens.view.marked or (1, 0)
    return "\n".join(lens.view.toPlainText().split("\n")[first - 1 : last])


def loaded(text: str) -> torch.nn.Module:
    names: dict[str, Any] = {}
    exec(compile(text, "printed", "exec"), names)  # what a person would import
    made: torch.nn.Module = names["Net"]()
    return made


def answer(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    for name in ("getSaveFileName", "getOpenFileName"):
        monkeypatch.setattr(QFileDialog, name, lambda *_: (str(path), ""))


# --- the source -----------------------------------------------------------------------------------
def test_the_source_is_shown_follows_the_drawing_and_is_copied(
    qtbot: QtBot, window: Window
) -> None:
    lens = compiled(qtbot, window, graphlab.gallery("lenet-5"))
    assert lens.view.toPlainText() == graphlab.print_torch(window.session.graph)
    assert lens.view.isReadOnly()
    click_card(window, "conv2")
    assert marked(lens).strip() == "self.conv2 = nn.Conv2d(6, 16, kernel_size=5)"
    click_card(window, "x")
    assert "def forward(self, x: torch.Tensor)" in marked(lens)
    block = next(
        b
        for i in range(lens.view.blockCount())
        if "self.fc1 = " in (b := lens.view.document().findBlockByNumber(i)).text()
    )
    lens.view.setTextCursor(QTextCursor(block))
    lens.view.ensureCursorVisible()
    place = lens.view.cursorRect().center() + QPoint(60, 0)
    QTest.mouseClick(lens.view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert window.canvas.selected == "fc1"
    click(lens.copy)
    assert QGuiApplication.clipboard().text() == lens.view.toPlainText()
    window.enter_formula("f = (x + y) * z")
    assert lens.view.marked is None
    assert not lens.copy.isEnabled()
    qtbot.waitUntil(lambda: lens.printed is not None and "(x + y) * z" in lens.view.toPlainText())
    window.session.new()
    qtbot.waitUntil(lambda: "nothing to compile" in lens.notice.text)
    assert not lens.save_onnx.isEnabled()


@pytest.mark.parametrize("name", ["resnet-18", "densenet-201", "googlenet", "gan-28"])
def test_every_parameter_is_told_where_its_layer_is_made(name: str) -> None:
    graph = graphlab.gallery(name)
    text, names = graphlab.print_torch(graph), torch_names(graph)
    found, lines = places(text, names), text.split("\n")
    with torch.device("meta"):
        module = loaded(text)
    for parameter in graph.parameters:
        owner = module.get_submodule(names[parameter].rpartition(".")[0])
        first, last = found[parameter]
        assert type(owner).__name__ in "\n".join(lines[first - 1 : last]), parameter


# --- files ----------------------------------------------------------------------------------------
def test_what_is_written_computes_what_the_drawing_does(
    qtbot: QtBot, window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lens = compiled(qtbot, window, parse(LAYERS))
    for ending, button in (
        ("py", lens.save_python),
        ("safetensors", lens.save_weights),
        ("onnx", lens.save_onnx),
    ):
        answer(monkeypatch, tmp_path / "net")  # the ending is added
        click(button)
        qtbot.waitUntil(lambda: not lens.writing.is_busy, timeout=60_000)
        assert f"net.{ending} is written" in lens.notice.text, lens.notice.text
    x = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
    expected = Run(window.session.graph, {"x": x}).forward().value(window.session.graph.outputs[0])
    module = loaded((tmp_path / "net.py").read_text())
    state = safetensors.numpy.load_file(tmp_path / "net.safetensors")
    module.load_state_dict({key: torch.tensor(value) for key, value in state.items()})
    np.testing.assert_allclose(module(torch.tensor(x)).detach(), expected, rtol=1e-5, atol=1e-6)
    (got,) = onnxruntime.InferenceSession(tmp_path / "net.onnx").run(None, {"x": x})
    np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-6)
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize("command", ["write-python", "write-onnx", "write-weights"])
def test_what_cannot_be_written_says_why(
    qtbot: QtBot, window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    answer(monkeypatch, tmp_path / "missing" / "net")
    window.session.recover(parse("W = parameter(2, None)\nf = W @ x"), None)
    window.actions_[command].trigger()
    lens = window.lenses.compile
    qtbot.waitUntil(lambda: not lens.writing.is_busy, timeout=60_000)
    assert "x has no shape yet" in lens.notice.text, lens.notice.text
    window.session.recover(parse("x = input(2, 3)\nf = 2 * x"), None)
    window.actions_[command].trigger()
    qtbot.waitUntil(lambda: not lens.writing.is_busy, timeout=60_000)
    assert "there is no folder" in lens.notice.text, lens.notice.text


# --- parity ---------------------------------------------------------------------------------------
def test_parity_lists_the_worst_first_and_goes_stale(qtbot: QtBot, window: Window) -> None:
    window.session.recover(parse(LAYERS), None)
    press(window, Qt.Key.Key_Y)
    lens: ParityLens = window.lenses.parity
    qtbot.waitUntil(lambda: lens.report is not None, timeout=20_000)
    graph = window.session.graph
    assert lens.report == graphlab.parity(graph)
    assert lens.summary.text == f"✓ {graphlab.parity(graph).summary}"
    assert lens.rows.rowCount() == len(graph.nodes)
    place = lens.table.visualRect(lens.rows.index(1, 1)).center()
    QTest.mouseClick(lens.table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert window.canvas.selected == window.drawing.card_of(lens.report.rows[1].node)
    window.session.undo_stack.setClean()
    window.enter_formula("f = 3 * x")
    assert "compare again" in lens.summary.text
    click(lens.compare)
    assert "x has no shape yet" in lens.summary.text
    window.session.set_values({"x": 2.0})
    click(lens.compare)
    qtbot.waitUntil(lambda: lens.report is not None, timeout=20_000)
    assert lens.report is not None
    assert lens.report.agrees


# --- importing ------------------------------------------------------------------------------------
def model_with_a_stranger(path: Path) -> None:
    make, kind = onnx.helper, onnx.TensorProto.FLOAT
    nodes = [
        make.make_node("Relu", ["x"], ["r"]),
        make.make_node("Det", ["r"], ["d"], name="det"),
        make.make_node("Exp", ["d"], ["y"]),
    ]
    x, y = (make.make_tensor_value_info(n, kind, s) for n, s in (("x", [2, 3, 3]), ("y", [2])))
    graph = make.make_graph(nodes, "g", [x], [y])
    onnx.save(make.make_model(graph, opset_imports=[make.make_opsetid("", 17)]), path)


def test_a_model_is_dropped_and_what_cannot_be_stepped_is_told(
    qtbot: QtBot, window: Window, tmp_path: Path
) -> None:
    path = tmp_path / "model.onnx"
    model_with_a_stranger(path)
    assert drag(window, path)
    session = window.session
    assert session.graph.outputs == ("y",)
    assert session.is_saved, "its file still has all of it"
    assert window.notice.text.text() == "1 node has no op here and cannot be stepped: Det."
    session.set_values({"x": np.ones((2, 3, 3))})
    assert not session.is_saved
    session.forward()
    assert session.run.value("y") is None
    assert session.run.value("r") is not None
    (opaque,) = (n for n, node in session.graph.nodes.items() if node.op.name == "opaque")
    card = next(card for card in window.canvas.figure.cards if card.id == opaque)
    assert card.symbol == "Det"
    assert "cannot be stepped" in card.problem
    end = next(card for card in window.canvas.figure.cards if card.id == "y")
    assert f"waits for {opaque} (Det)" in end.tooltip
    click_card(window, "y")
    assert f"waits for {opaque} (Det)" in window.details.problem.text()
    qtbot.waitUntil(window.isActiveWindow)  # again, after the dialog of reading
    press(window, Qt.Key.Key_E)
    lens = window.lenses.compile
    qtbot.waitUntil(lambda: not lens.background.is_busy, timeout=20_000)
    assert "Det" in lens.notice.text


def test_weights_are_loaded_as_one_edit(
    qtbot: QtBot, window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = parse(LAYERS)
    state = {k: v + 1 for k, v in graphlab.state_of(graph, seed=7).items()}
    path = tmp_path / "net.safetensors"
    safetensors.numpy.save_file(state, path)
    window.session.recover(graph, None)
    answer(monkeypatch, path)
    window.canvas.setFocus()
    QTest.keyClick(window.canvas, Qt.Key.Key_W, BOTH)
    got = graphlab.state_of(window.session.graph)
    assert all(np.array_equal(got[key], state[key]) for key in state)
    assert window.session.undo_stack.count() == 1
    window.actions_["undo"].trigger()
    assert window.session.graph is graph
    told: list[str] = []

    def read(box: QMessageBox) -> int:
        told.append(box.text())
        return 0

    monkeypatch.setattr(QMessageBox, "exec", read)
    window.session.recover(parse("f = 2 * x"), None)
    assert drag(window, path)
    assert len(told) == 1
    assert "no parameter" in told[0]
    path.write_bytes(b"nothing")
    assert drag(window, path)
    assert "no safetensors file" in told[1]


# --- waiting --------------------------------------------------------------------------------------
def test_long_work_is_told_leaves_the_window_alive_and_can_be_given_up(window: Window) -> None:
    gate = threading.Event()
    ticks: list[None] = []
    alive = QTimer(interval=5)
    alive.timeout.connect(lambda: ticks.append(None))
    alive.start()

    def press_stop() -> None:
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, WaitDialog) and len(ticks) >= 5:  # else it waits without end
            click(dialog.stop)
        else:
            QTimer.singleShot(10, press_stop)

    QTimer.singleShot(10, press_stop)
    assert wait_for(window, "Waiting…", gate.wait) == (None, False)
    gate.set()
    assert wait_for(window, "Waiting…", lambda: 5) == (5, True)
    with pytest.raises(graphlab.GraphLabError, match="told"):
        wait_for(window, "Waiting…", _failing)


def _failing() -> None:
    raise graphlab.GraphLabError("told")


def test_all_of_it_has_a_command(window: Window) -> None:
    titles = {title for _, title, _ in window.actions_.shortcuts()}
    wanted = {"Compile to PyTorch", "Parity with PyTorch", "Import ONNX model…", "Load weights…"}
    assert wanted <= titles
    lines = {line.title for line in window.house._command_lines()}
    assert wanted | {"Compile to Python…", "Compile to ONNX…", "Save weights…"} <= lines
