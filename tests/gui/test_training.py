"""Training in the window, by mouse and keys, with a real process.

Judges: the command line with the same seed, and torch's own gradients of the same batch.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from contextlib import suppress
from itertools import combinations, pairwise
from pathlib import Path
from time import perf_counter, time
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QProcess, QRect, QRectF, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QFileDialog, QLineEdit, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from graphlab.data import open_data
from graphlab.graph import Graph
from graphlab.graph.edits import set_attributes
from graphlab.graph.formula import parse
from graphlab.graph.gallery import gallery
from graphlab.gui.flow import Flow
from graphlab.gui.training.child import Child
from graphlab.gui.training.history import MOST, Curve, History
from graphlab.gui.training.layers import judge
from graphlab.gui.training.lines import apart
from graphlab.gui.training.panel import TrainPanel
from graphlab.gui.training.places import KEPT, prune
from graphlab.gui.training.preparing import added_in_words, is_trained_alike
from graphlab.gui.training.session import TrainingSession
from graphlab.gui.window import Window
from graphlab.train.checkpoints import Checkpoints
from graphlab.train.events import read_events
from graphlab.train.folder import RunFolder
from graphlab.train.losses import with_loss
from graphlab.train.trainer import Trainer
from graphlab.train.training import Training

NET = "h = linear_layer(x, features=8, activation='relu')\ns = linear_layer(h, features=2)"
SPEC = "xor"
WAIT = 60_000


def click(button: QAbstractButton) -> None:
    assert button.isEnabled()
    assert button.isVisible()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def type_into(field: QLineEdit, text: str) -> None:
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)


def reach(qtbot: QtBot, panel: TrainPanel, *states: str) -> None:
    qtbot.waitUntil(lambda: panel.training.state in states, timeout=WAIT)


def is_alive(process: int) -> bool:
    """Whether a process runs; one that ended and waits to be asked does not."""
    try:
        told = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False
    return told.rpartition(")")[2].split()[0] != "Z"


def last(folder: Path | None) -> dict[str, bytes]:
    assert folder is not None
    found = Checkpoints(folder / "checkpoints").newest()
    assert found is not None
    return {name: array.tobytes() for name, array in found.weights.items()}


def trained_alone(graph: Graph, seed: int, out: Path) -> dict[str, bytes]:
    Trainer(graph, open_data(SPEC, seed=seed), out=out, seed=seed).run()
    return last(out)


def test_a_drawing_is_trained_looked_into_and_takes_its_weights(
    qtbot: QtBot, window: Window, panel: TrainPanel, tmp_path: Path
) -> None:
    training, session = panel.training, window.session
    type_into(panel.editor.numbers["epochs"], "12")
    qtbot.waitUntil(lambda: session.graph.recipe is not None)
    type_into(panel.editor.seed, "5")
    qtbot.waitUntil(lambda: panel.data.seed == 5 and not panel.data.opener.is_busy, timeout=WAIT)
    drawn = session.graph
    assert drawn.recipe is not None
    assert drawn.recipe.epochs == 12
    click(panel.controls.step)
    reach(qtbot, panel, "paused")
    assert training.step == 1
    click(panel.controls.main)
    qtbot.waitUntil(lambda: training.epoch >= 3, timeout=WAIT)
    qtbot.waitUntil(lambda: panel.controls.told.text.startswith("Epoch"))
    click(panel.controls.into)  # pauses first
    qtbot.waitUntil(lambda: panel.desk.is_inside, timeout=WAIT)
    assert training.state == "paused"
    assert "on the canvas" in panel.controls.told.text
    _check_batch(qtbot, window, panel)
    click(panel.controls.main)
    assert not panel.desk.is_inside
    assert session.graph is drawn
    reach(qtbot, panel, "done")
    assert "Done: 12 epochs" in panel.controls.told.text
    told = panel.history.of
    assert len(told("loss")["loss"]) == training.step
    assert len(told("held_back")["accuracy"]) == len(told("train")["accuracy"]) == 12
    assert told("gradients").keys() == told("updates").keys()
    click(panel.controls.take)
    qtbot.waitUntil(lambda: session.graph is not drawn, timeout=WAIT)
    assert not training.is_stale
    expected = trained_alone(drawn, 5, tmp_path / "alone")
    assert last(training.folder) == expected
    taken = {name: session.graph.nodes[name].attributes["value"] for name in drawn.parameters}
    weights = RunFolder(tmp_path / "alone").checkpoint("last").weights
    names = {layer["node"]: layer["told"] for layer in training.layers}
    for name, value in taken.items():
        np.testing.assert_array_equal(np.asarray(value, np.float32), weights[names[name]])
    session.undo_stack.undo()
    assert session.graph is drawn


def _check_batch(qtbot: QtBot, window: Window, panel: TrainPanel) -> None:
    """The gradients on the canvas are those that torch takes in the step that comes next."""
    session, folder = window.session, panel.training.folder
    assert folder is not None
    click(window.buttons["backward"])
    qtbot.waitUntil(lambda: session.position.is_done, timeout=WAIT)
    training = Training(RunFolder(folder).graph(), open_data(SPEC, seed=5), seed=5)
    training.restore(RunFolder(folder).checkpoint("last"))
    training.forward_backward(training.network.tensors(training.next_feeds()), 0)
    for name in training.graph.parameters:
        torch_grad = training.network.parameters()[training.network.names[name]].grad
        assert torch_grad is not None
        found = session.run.grad(name)
        np.testing.assert_allclose(found, torch_grad.numpy(), rtol=1e-4, atol=1e-6)


def test_a_killed_process_is_told_of_and_resumed_to_the_same_bits(
    qtbot: QtBot, window: Window, panel: TrainPanel, tmp_path: Path
) -> None:
    type_into(panel.editor.numbers["epochs"], "12")
    training = panel.training
    click(panel.controls.main)
    qtbot.waitUntil(lambda: training.epoch >= 2, timeout=WAIT)
    with qtbot.waitSignal(training.failed, timeout=WAIT) as told:
        os.kill(training.process_id, signal.SIGKILL)
    (sentence,) = told.args
    assert "signal 9" in sentence
    assert "last checkpoint stands" in sentence
    assert panel.controls.told.text.endswith(sentence)
    click(panel.controls.main)  # it says Resume now
    reach(qtbot, panel, "done")
    assert last(training.folder) == trained_alone(window.session.graph, 0, tmp_path / "alone")
    assert len(panel.history.of("loss")["loss"]) == training.step


def test_what_a_start_puts_into_the_drawing_is_said_and_taken_back(
    qtbot: QtBot, window: Window, panel: TrainPanel
) -> None:
    before = window.session.graph
    click(panel.controls.step)
    reach(qtbot, panel, "paused")
    said = added_in_words(before, window.session.graph, open_data(SPEC))
    assert "added cross_entropy and its target" in said
    assert said in panel.controls.told.text
    QTest.keyClick(window.canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert window.session.graph is before
    drawn = gallery("lenet-5")
    data = open_data("mnist")
    shape = with_loss(drawn, data).nodes["x"].attributes["shape"]
    assert drawn.nodes["x"].attributes["shape"] != shape
    said = added_in_words(drawn, with_loss(drawn, data), data)
    assert f"set x to {'×'.join(map(str, shape[1:]))} for mnist" in said
    assert not added_in_words(with_loss(drawn, data), with_loss(drawn, data), data)


def test_results_of_a_drawing_that_was_changed_are_stale(
    qtbot: QtBot, window: Window, panel: TrainPanel
) -> None:
    training, session = panel.training, window.session
    click(panel.controls.epoch)
    reach(qtbot, panel, "paused")
    window.editor.hand.session.edit(
        "slope", set_attributes(session.graph, session.graph.parameters[0], init="zeros")
    )
    assert training.is_stale
    assert "drawing has changed" in panel.controls.told.text
    assert "earlier drawing" in panel.curves.heading.text()
    assert not panel.controls.take.isEnabled()
    click(panel.controls.into)
    assert "undo what changed it" in panel.controls.told.text
    assert not panel.desk.is_inside
    session.undo_stack.undo()
    assert not training.is_stale
    assert "earlier" not in panel.curves.heading.text()
    assert panel.controls.take.isEnabled()
    process = training.process_id
    assert is_alive(process)
    session.undo_stack.setClean()
    window.close()
    assert not is_alive(process)


def test_an_explosion_names_its_node_and_opens_the_batch(
    qtbot: QtBot, window: Window, panel: TrainPanel
) -> None:
    panel.editor.optimizer.setFocus()
    QTest.keyClick(panel.editor.optimizer, Qt.Key.Key_Home)
    qtbot.waitUntil(lambda: panel.editor.optimizer.currentText() == "sgd")
    panel.editor.optimizer.activated.emit(0)
    type_into(panel.editor.numbers["lr"], "1e6")
    click(panel.controls.main)
    reach(qtbot, panel, "diverged")
    node = panel.training.node
    assert node in panel.controls.told.text
    click(panel.controls.into)
    qtbot.waitUntil(lambda: panel.desk.is_inside, timeout=WAIT)
    assert window.canvas.selected == window.drawing.card_of(node)
    told = panel.controls.told.text
    assert panel.training.message in told
    assert "Leave the batch" in told


def open_run(window: Window, folder: Path, monkeypatch: Any) -> list[str]:
    """Ask for a run by its keys and choose a folder; what was asked or told meanwhile."""
    told: list[str] = []

    def answer(box: QMessageBox) -> QMessageBox.StandardButton:
        told.append(box.text())
        return QMessageBox.StandardButton.Discard

    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
    monkeypatch.setattr(QMessageBox, "exec", answer)
    held = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(window.canvas, Qt.Key.Key_F6, held)
    return told


def test_a_run_of_the_command_line_is_opened_and_gone_on_with_to_the_same_bits(
    qtbot: QtBot, window: Window, tmp_path: Path, monkeypatch: Any
) -> None:
    data = open_data(SPEC, seed=5)
    graph = with_loss(parse(NET), data)
    assert graph.recipe is not None
    graph = graph.with_(recipe=graph.recipe.with_(epochs=12))
    begun = Trainer(graph, data, out=tmp_path / "begun", seed=5, spec=SPEC)
    begun.run(lambda: begun.training.progress.step == 30)
    window.enter_formula("f = x * y")
    window.session.set_values({"x": 2.0})
    (asked,) = open_run(window, begun.out, monkeypatch)
    assert "not saved" in asked
    panel, training = window.lenses.train, window.lenses.train.training
    reach(qtbot, panel, "paused")
    assert window.session.is_saved
    assert window.session.path is None
    assert is_trained_alike(window.session.graph, graph)
    assert not training.is_stale
    assert (training.step, panel.data.spec, panel.editor.seed.text()) == (30, SPEC, "5")
    told = [loss for e in read_events(begun.out / "events.jsonl") if e["event"] == "steps"
            for loss in e["losses"]["loss"]]  # fmt: skip
    np.testing.assert_array_equal(panel.history.of("loss")["loss"].points[1], told)
    window.session.undo_stack.setClean()
    qtbot.waitUntil(window.isActiveWindow)  # again, after the dialog of reading
    assert open_run(window, begun.out, monkeypatch) == []
    assert "in this window already" in panel.controls.told.text
    click(panel.controls.main)  # it says Go on
    reach(qtbot, panel, "done")
    assert last(begun.out) == trained_alone(graph, 5, tmp_path / "alone")
    assert len(panel.history.of("loss")["loss"]) == training.step
    window.lenses.end()


@pytest.mark.parametrize(
    ("record", "found"),
    [
        (None, "holds no run"),
        ("{", "is damaged"),
        ('{"format": "graphlab.run", "version": 1, "revision": "r", "data": "no-such", '
         '"task": "classification", "example": [2]}', "was trained on no-such, and"),
    ],
)  # fmt: skip
def test_a_folder_without_a_run_that_can_be_opened_is_told_of_in_a_sentence(
    window: Window, tmp_path: Path, monkeypatch: Any, record: str | None, found: str
) -> None:
    folder = tmp_path / "other"
    data = open_data(SPEC)
    Trainer(with_loss(parse(NET), data), data, out=folder).run(lambda: True)
    (folder / "run.json").unlink()
    if record is not None:
        (folder / "run.json").write_text(record)
    before = window.session.graph
    (told,) = open_run(window, folder, monkeypatch)
    assert found in told
    assert told.endswith(".")
    assert "--" not in told
    assert window.session.graph is before
    assert window.lenses.desk is None


@pytest.mark.parametrize("is_gone", [False, True])
def test_a_run_whose_data_is_gone_or_another_is_refused_without_the_words_of_a_terminal(
    window: Window, tmp_path: Path, monkeypatch: Any, *, is_gone: bool
) -> None:
    table = tmp_path / "data.csv"
    table.write_text("a,b,kind\n" + "".join(f"{i},{i % 7},{'pq'[i % 2]}\n" for i in range(40)))
    data = open_data(str(table))
    Trainer(with_loss(parse(NET), data), data, out=tmp_path / "run", spec=str(table)).run(
        lambda: True
    )
    if is_gone:
        table.unlink()
    else:
        table.write_text(table.read_text() + "1,2,q\n")
    (told,) = open_run(window, tmp_path / "run", monkeypatch)
    assert "nothing of that name: bring it back." in told if is_gone else "other examples" in told
    assert "--" not in told
    assert window.lenses.desk is None


def test_processes_that_ended_leave_nothing_behind(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three that do not listen are ended within the patience for one."""
    monkeypatch.setattr("graphlab.gui.training.session.PATIENCE", 1.0)
    monkeypatch.setattr(QProcess, "closeWriteChannel", lambda _process: None)
    monkeypatch.setattr(Child, "send", lambda _child, _command: None)
    asleep = tmp_path / "asleep"
    asleep.write_text(f"#!{sys.executable}\nimport time\ntime.sleep(60)\n")
    asleep.chmod(0o700)
    monkeypatch.setattr("graphlab.gui.training.child.sys.executable", str(asleep))
    training = TrainingSession()
    for number in range(3):
        training.start(parse(NET), SPEC, tmp_path / str(number))
        qtbot.waitUntil(lambda: training.process_id > 0, timeout=WAIT)
    children = [c for c in training.children() if isinstance(c, Child)]
    processes = [child.id for child in children]
    assert len(set(processes)) == 3
    begun = perf_counter()
    training.end()
    assert perf_counter() - begun < 2.5
    assert not any(map(is_alive, processes))
    training.leave()
    training._on_ended("")
    training.start(parse(NET), SPEC, tmp_path / "another")
    qtbot.waitUntil(lambda: training.process_id > 0, timeout=WAIT)
    training.end()
    qtbot.waitUntil(lambda: sum(isinstance(c, Child) for c in training.children()) == 1)


@pytest.mark.parametrize(
    ("field", "typed", "found"),
    [
        ("lr", "-1", "Learning rate cannot be -1.0: "),
        ("lr", "0,01", "0,01 has a comma: write 0.01, with a point."),
        ("epochs", "1,5", "Epochs cannot be 1,5: type a whole number."),
        ("lr", "much", "Learning rate cannot be much"),
        ("epochs", "0", "Epochs cannot be 0: the number must be at least 1."),
        ("epochs", "2.5", "Epochs cannot be 2.5: type a whole number."),
        ("batch_size", "1e3", "Batch size cannot be 1e3: type a whole number."),
        ("augment", "crop=9999", "augmentation cannot be 9999: the number must be at most 8192."),
        ("l1", "", "L1 cannot be empty"),
        ("augment", "flips", "augmentation changes images, and x of xor has 1 axes"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_until_another_is_given(
    panel: TrainPanel, window: Window, field: str, typed: str, found: str
) -> None:
    before = window.session.graph
    numbers = panel.editor.findChild(QLineEdit, f"recipe:{field}")
    stood = numbers.text()
    numbers.setFocus()
    numbers.selectAll()
    QTest.keyClick(numbers, Qt.Key.Key_Delete)
    QTest.keyClicks(numbers, typed)
    QTest.keyClick(numbers, Qt.Key.Key_Return)
    assert found.lower() in panel.controls.told.text.lower()
    assert window.session.graph is before
    type_into(numbers, stood)
    assert found.lower() not in panel.controls.told.text.lower()
    assert window.session.graph is before


def test_a_drawing_in_which_nothing_learns_is_not_touched(
    qtbot: QtBot, window: Window, panel: TrainPanel
) -> None:
    window.enter_formula("s = sigmoid(w1*x + w2*y + b)")
    drawn = window.session.graph
    with qtbot.waitSignal(panel.desk.refused, timeout=WAIT):
        panel.data.spec = "circles"
    assert "no parameters" in panel.controls.told.text
    with qtbot.waitSignal(panel.desk.refused, timeout=WAIT):
        click(panel.controls.main)
    assert window.session.graph is drawn


def test_while_pytorch_is_loaded_it_is_said_the_window_goes_on_and_stop_works(
    qtbot: QtBot, window: Window, panel: TrainPanel
) -> None:
    controls, training, session = panel.controls, panel.training, window.session
    with qtbot.waitSignal(training.state_changed, timeout=WAIT):
        click(controls.main)
    assert training.state == "starting"
    assert controls.told.text.startswith("Starting: PyTorch and the data are loaded")
    assert controls.bar.isVisible()
    assert controls.bar.maximum() == 0  # it moves without a number
    assert controls.main.text() == "Starting…"
    assert not controls.main.isEnabled()
    qtbot.waitUntil(lambda: bool(training.process_id), timeout=WAIT)
    process = training.process_id
    QTest.keyClick(window.canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    window.session.set_values({"x": [[1.0, 2.0]]})
    click(window.buttons["next"])
    assert session.position.taken > 0
    assert training.state == "starting"
    click(controls.stop)
    assert training.state == "off"
    assert controls.main.text() == "Start"
    assert controls.main.isEnabled()
    assert "Starting" not in controls.told.text
    qtbot.waitUntil(lambda: not is_alive(process), timeout=WAIT)
    assert not list((training.folder or Path()).glob("checkpoints/step-*"))


def test_weights_that_are_taken_are_said_and_their_cards_selected(
    qtbot: QtBot, window: Window, panel: TrainPanel
) -> None:
    controls, session = panel.controls, window.session
    click(controls.step)
    reach(qtbot, panel, "paused")
    take = controls.take
    qtbot.waitUntil(lambda: take.size() == take.sizeHint())  # laid out where it appeared
    for is_away in (False, True):
        if is_away:
            session.undo_stack.undo()
            window.canvas.select(None)
            window.canvas.zoom_by(8)
            window.canvas.centerOn(-5000, -5000)
            assert not seen_selected(window, ["h", "s"])
        before = session.graph
        click(take)
        qtbot.waitUntil(lambda before=before: session.graph is not before, timeout=WAIT)
        told = "The drawing has the weights after step 1 now: h_weight, h_bias, s_weight and s_bias"
        assert told in controls.told.text
        assert told in window.words.sentence.text()
        assert window.canvas.selection == {"h", "s"}
        assert seen_selected(window, ["h", "s"])
    taken = session.graph
    click(take)
    qtbot.waitUntil(lambda: "after step 1 already" in controls.told.text, timeout=WAIT)
    assert session.graph is taken
    QTest.keyClick(window.canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert "value" not in session.graph.nodes["h_weight"].attributes


def seen_selected(window: Window, cards: list[str]) -> bool:
    """Whether one of these cards at least is in the view."""
    boxes = [QRectF(*window.editor.hand.box(card)) for card in cards]
    return any(window.canvas.visible().intersects(box) for box in boxes)


def test_a_start_that_failed_is_no_run_to_resume(
    qtbot: QtBot, window: Window, panel: TrainPanel, monkeypatch: Any, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr("graphlab.gui.training.desk.usual_place", lambda: tmp_path / "file")
    click(panel.controls.main)
    reach(qtbot, panel, "failed")
    assert "could not begin" in panel.controls.told.text
    monkeypatch.setattr("graphlab.gui.training.desk.usual_place", lambda: tmp_path / "runs")
    assert panel.controls.main.text() == "Start"
    click(panel.controls.step)
    reach(qtbot, panel, "paused")
    assert panel.training.step == 1


# --- what is kept of a run --------------------------------------------------------------------
def test_old_runs_go_but_none_that_is_at_work(tmp_path: Path) -> None:
    two_days_ago = time() - 2 * 24 * 3600
    for number in range(KEPT + 4):
        events = tmp_path / f"20200101-0000{number:02d}-xor" / "events.jsonl"
        events.parent.mkdir()
        events.touch()
        for path in (events, events.parent):
            os.utime(path, (two_days_ago, two_days_ago))
    (tmp_path / "20200101-mine").mkdir()
    at_work, spared, *rest = sorted(tmp_path.glob("*-xor"))
    with (at_work / "events.jsonl").open("a") as file:
        file.write("a step")
    os.utime(at_work, (two_days_ago, two_days_ago))
    prune(tmp_path, spared)
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {p.name for p in (at_work, spared, *rest[2:])} | {"20200101-mine"}


def test_curves_stay_small_and_true_for_a_million_steps() -> None:
    curve, steps = Curve(), 1_000_000
    for step in range(1, steps + 1):
        curve.add(step, float(step))
    at, values = curve.points
    assert MOST / 2 <= len(curve) <= MOST
    assert np.all(np.diff(at) == curve.stride)
    np.testing.assert_allclose(values, at - (curve.stride - 1) / 2)
    curve.cut(steps // 2)
    assert steps // 2 - curve.stride < curve.points[0][-1] <= steps // 2


def test_layers_are_judged_by_their_numbers() -> None:
    history = History()
    told = ["first", "second", "third", "last"]
    layers = [{"node": name, "told": name, "kind": "parameter"} for name in told]
    layers.append({"node": "relu", "told": "relu", "kind": "rectifier"})
    history.take({
        "event": "health", "step": 1,
        "gradients": dict(zip(told, [1e-7, 0.1, 5e3, "NaN"], strict=True)),
        "weights": dict.fromkeys(told, 1.0), "updates": dict.fromkeys(told, 1e-3),
    })  # fmt: skip
    history.take({"event": "units", "step": 1, "dead": {"relu": 9}, "of": {"relu": 16}})
    rows = {row.name: row for row in judge(layers, history)}
    assert "vanishing" in rows["first"].verdict
    assert "exploding" in rows["third"].verdict
    assert "not a finite" in rows["last"].verdict
    assert rows["relu"].dead == "9 of 16 dead"
    assert rows["relu"].verdict


# --- nobody waits for it ------------------------------------------------------------------------
SOAK = float(os.environ.get("GRAPHLAB_SOAK_SECONDS", "90"))
LONGEST_MS = 50.0


@pytest.mark.parametrize("in_columns", [False, True])
def test_widgets_flow_into_the_room_there_is(qtbot: QtBot, in_columns: bool) -> None:
    """No one is cut or covers another, and there are fewer lines the more room there is."""
    whole = QWidget()
    qtbot.addWidget(whole)
    flow = Flow(8, 4, in_columns=in_columns)
    whole.setLayout(flow)
    parts = [QWidget() for _ in range(9)]
    for i, part in enumerate(parts):
        part.setFixedSize(30 + 37 * i % 60, 20)
        flow.addWidget(part)
    parts[4].hide()
    seen = [part for part in parts if part is not parts[4]]
    high = []
    for wide in range(flow.minimumSize().width(), 700, 50):
        flow.setGeometry(QRect(0, 0, wide, 400))
        places = [part.geometry() for part in seen]
        assert all(QRect(0, 0, wide, flow.heightForWidth(wide)).contains(p) for p in places)
        assert not any(a.intersects(b) for a, b in combinations(places, 2))
        high.append(flow.heightForWidth(wide))
    assert high == sorted(high, reverse=True)
    assert high[-1] == 20


@pytest.mark.parametrize("ends", [[1.0, 1.0], [0.0, 0.0, 0.0], [0.5, 1.0, 0.97, 0.2], [0.4] * 30])
def test_names_of_lines_stand_apart_and_inside(ends: list[float]) -> None:
    places = apart(ends, 0.1, (-0.1, 1.1))
    found = sorted(places.values())
    assert len(found) == min(len(ends), 13)
    assert all(-0.1 - 1e-9 <= place <= 1.1 + 1e-9 for place in found)
    assert all(b - a >= 0.1 - 1e-9 for a, b in pairwise(found))
    order = sorted(places, key=lambda i: places[i])
    assert [ends[i] for i in order] == sorted(ends[i] for i in order)


def memory() -> int:
    """The bytes of this process that are in memory and its own."""
    pages = Path("/proc/self/statm").read_text().split()
    return (int(pages[1]) - int(pages[2])) * os.sysconf("SC_PAGESIZE")


def in_line() -> dict[str, float]:
    """Milliseconds that each thread here was ready to run and had no core, as Linux counts them."""
    found = {}
    for thread in Path("/proc/self/task").iterdir():
        with suppress(OSError):  # it ended just now
            found[thread.name] = int((thread / "schedstat").read_text().split()[1]) / 1e6
    return found


@pytest.mark.slow
def test_the_window_answers_at_once_while_it_trains(
    qtbot: QtBot, panel: TrainPanel, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every 5 ms the event loop is asked whether it is there; tabs are turned meanwhile.

    A gap is wall time without what threads stood in line for a core that another process had: a
    thread that holds Python's lock meanwhile holds the window up too.  All tabs are turned to in
    each fifth of the time, so what the window does by itself is seen in each: the longest gap of
    the middle fifth is judged, since a shared machine stands still for a moment now and then.
    """
    gc.freeze()  # as before the window's own loop; else pytest's objects are gone through too
    type_into(panel.editor.numbers["epochs"], "1000000")
    click(panel.controls.main)
    qtbot.waitUntil(lambda: panel.training.epoch >= 2, timeout=WAIT)
    for index in range(panel.tabs.count()):  # what is made when it is first seen
        panel.tabs.setCurrentIndex(index)
        qtbot.wait(1500)
    gaps: list[float] = []
    walls: list[float] = []
    sizes: list[int] = []
    begun = seen = perf_counter()
    stood = in_line()

    def ping() -> None:
        nonlocal seen, stood
        now, line = perf_counter(), in_line()
        walls.append((now - seen) * 1000)
        gaps.append(walls[-1] - sum(late - stood.get(name, 0.0) for name, late in line.items()))
        seen, stood = now, line

    def turn() -> None:
        panel.tabs.setCurrentIndex((panel.tabs.currentIndex() + 1) % panel.tabs.count())
        sizes.append(memory())

    timers = [QTimer(interval=5), QTimer(interval=2000)]
    for timer, what in zip(timers, (ping, turn), strict=True):
        timer.timeout.connect(what)
        timer.start()
    qtbot.waitUntil(lambda: perf_counter() - begun > SOAK, timeout=int(SOAK * 1000) + WAIT)
    for timer in timers:
        timer.stop()
    steps, longest = panel.training.step, [max(part) for part in np.array_split(gaps, 5)]
    half = len(sizes) // 2
    growth = (np.median(sizes[-half // 2 :]) - np.median(sizes[half : half + half // 2])) / 2**20
    with capsys.disabled():
        print(
            f"\n{SOAK:.0f} s, {steps} steps: longest by fifths "
            f"{', '.join(f'{gap:.1f}' for gap in longest)} ms, "
            f"{sum(gap > LONGEST_MS for gap in gaps)} of {len(gaps)} over {LONGEST_MS:.0f} ms, "
            f"{max(walls):.1f} ms and {sum(wall > LONGEST_MS for wall in walls)} by the clock; "
            f"memory {sizes[0] / 2**20:.0f} to {sizes[-1] / 2**20:.0f} MB, "
            f"{growth:+.1f} MB in the last half"
        )
    assert panel.training.state == "running"
    assert np.median(longest) <= LONGEST_MS
    assert growth < 8


# --- the panel and the document -------------------------------------------------------------------
def test_a_drawing_that_was_looked_into_is_as_clean_as_before(
    qtbot: QtBot, window: Window, panel: TrainPanel
) -> None:
    """What has no value because data give it is no problem, whoever stepped through a batch."""
    drawing, session = window.drawing, window.session
    assert not drawing.problems
    assert "data give x" in window.words.sentence.text()
    assert "missing" not in window.counts.text()
    click(panel.controls.step)
    reach(qtbot, panel, "paused")
    click(panel.controls.into)
    qtbot.waitUntil(lambda: panel.desk.is_inside, timeout=WAIT)
    assert not panel.controls.into.isVisible()
    click(window.buttons["backward"])
    qtbot.waitUntil(lambda: session.position.is_done, timeout=WAIT)
    click(panel.controls.leave)
    assert not panel.desk.is_inside
    assert not panel.controls.leave.isVisible()
    assert not drawing.problems
    drawn = session.graph
    click(panel.controls.take)
    qtbot.waitUntil(lambda: session.graph is not drawn, timeout=WAIT)
    assert not drawing.problems
    session.undo_stack.undo()
    assert not drawing.problems
    assert "missing" not in window.counts.text()


@pytest.mark.parametrize("is_saved", [True, False])
def test_another_document_ends_training_with_a_checkpoint(
    qtbot: QtBot, window: Window, panel: TrainPanel, monkeypatch: Any, is_saved: bool
) -> None:
    asked: list[str] = []
    button = QMessageBox.StandardButton

    def answer(box: QMessageBox) -> QMessageBox.StandardButton:
        asked.append(box.text())
        is_first = len(asked) == 1
        return button.Cancel if is_first else button.Ok if is_saved else button.Discard

    monkeypatch.setattr(QMessageBox, "exec", answer)
    training, session = panel.training, window.session
    type_into(panel.editor.numbers["epochs"], "4000")
    qtbot.waitUntil(lambda: session.graph.recipe is not None)
    click(panel.controls.main)
    qtbot.waitUntil(lambda: training.epoch >= 1, timeout=WAIT)
    session.undo_stack.setClean() if is_saved else session.undo_stack.resetClean()
    process, folder = training.process_id, training.folder
    QTest.keyClick(window, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    assert training.process_id == process  # told of it, a person may stay
    QTest.keyClick(window, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    assert all("training is going on" in text and "Open a run" in text for text in asked)
    assert len(asked) == 2
    qtbot.waitUntil(lambda: not is_alive(process), timeout=WAIT)
    assert last(folder)
    assert (training.state, training.step, panel.data.spec) == ("off", 0, "")
    assert not panel.history.of("loss")
    assert [panel.tabs.tabText(i) for i in range(panel.tabs.count())] == [
        "Recipe", "Curves", "Layers",
    ]  # fmt: skip
    for controls in (panel.controls.main, panel.controls.step, panel.controls.stop):
        assert not controls.isEnabled()
    for name in ("train-go", "train-step", "train-epoch", "train-stop"):
        assert not window.actions_[name].isEnabled()


def test_keys_of_the_panel_are_its_own(qtbot: QtBot, window: Window, panel: TrainPanel) -> None:
    """Arrows go through the tabs and take no step; Return presses the button with the focus."""
    tabs, control = panel.tabs, Qt.KeyboardModifier.ControlModifier
    window.session.fill_inputs()
    tabs.setFocus()
    QTest.keyClick(tabs, Qt.Key.Key_Right)
    assert tabs.currentIndex() == 1
    QTest.keyClick(tabs, Qt.Key.Key_Left)
    assert tabs.currentIndex() == 0
    panel.controls.main.setFocus()
    for key, place in ((Qt.Key.Key_Tab, 1), (Qt.Key.Key_PageDown, 2), (Qt.Key.Key_PageUp, 1)):
        QTest.keyClick(panel.controls.main, key, control)
        assert tabs.currentIndex() == place
    assert window.session.position.taken == 0
    panel.controls.epoch.setFocus()
    QTest.keyClick(panel.controls.epoch, Qt.Key.Key_Return)
    reach(qtbot, panel, "paused")
    type_into(panel.editor.numbers["lr"], "0.0123")
    assert "recipe has changed" in panel.controls.told.text
    assert "revision" not in panel.controls.told.text


def test_inputs_that_data_feed_are_not_offered_numbers(window: Window, panel: TrainPanel) -> None:
    assert window.session.missing()
    assert window.words.title.text() == "Training feeds the inputs"
    assert window.inputs.fill.isHidden()
    window.enter_formula(NET + "\nextra = relu(x)")
    assert window.inputs.fill.isHidden()
    window.below.close_button.click()
    assert not window.inputs.fill.isHidden()


@pytest.mark.parametrize("gives_back", [True, False])
def test_reconstructions_are_offered_for_what_gives_back_its_input(
    qtbot: QtBot, window: Window, panel: TrainPanel, gives_back: bool
) -> None:
    given = "x" if gives_back else "target"
    window.enter_formula(
        "y = linear_layer(linear_layer(x, features=3, activation='relu'), features=2)\n"
        f"loss = squared_error(y, {given})"
    )
    panel.data.spec = "xor" if gives_back else "moons"

    def titles() -> list[str]:
        return [panel.tabs.tabText(i) for i in range(panel.tabs.count())]

    qtbot.waitUntil(lambda: "Predictions" in titles(), timeout=WAIT)
    qtbot.waitUntil(lambda: ("Reconstructions" in titles()) == gives_back, timeout=WAIT)
