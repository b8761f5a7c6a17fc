"""What a run goes on with when something was changed since: epochs, data, seed, whose turn it is.

Judges: a run that had those settings from the start, the command line, and torch's gradients.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from graphlab.cli.train import changed
from graphlab.data import open_data
from graphlab.graph.gallery import gallery
from graphlab.graph.recipe import OPTIMIZERS, Recipe
from graphlab.gui.training.panel import TrainPanel
from graphlab.gui.window import Window
from graphlab.train.folder import RunFolder
from graphlab.train.training import Training
from tests.gui.test_training import WAIT, click, last, reach, trained_alone, type_into

NET = "h = linear_layer(x, features=4, activation='relu')\ns = linear_layer(h, features=2)"
SPEC = "xor"
TOLD = "eight-gaussians:examples=200"


def recipe_of(window: Window) -> Recipe:
    assert window.session.graph.recipe is not None
    return window.session.graph.recipe


def choose_optimizer(panel: TrainPanel, name: str) -> None:
    """By its keys, as a person may."""
    field = panel.editor.optimizer
    field.setFocus()
    QTest.keyClick(field, Qt.Key.Key_Home)
    for _ in range(field.findText(name)):
        QTest.keyClick(field, Qt.Key.Key_Down)
    field.activated.emit(field.currentIndex())
    assert field.currentText() == name


@pytest.mark.parametrize("name", [name for name in OPTIMIZERS if name != "perceptron"])
def test_an_optimizer_brings_along_what_it_brings_on_the_command_line(
    window: Window, panel: TrainPanel, name: str
) -> None:
    assert panel.editor.recipe is not None
    expected = changed(panel.editor.recipe, {"optimizer": name}).objectives
    choose_optimizer(panel, name)
    assert panel.editor.recipe.objectives == expected
    choose_optimizer(panel, "adam")
    assert recipe_of(window).objectives[0].weight_decay == 0
    type_into(panel.editor.numbers["weight_decay"], "0.3")
    choose_optimizer(panel, name)
    assert recipe_of(window).objectives[0].weight_decay == 0.3


@pytest.mark.parametrize("when", ["running", "paused", "done", "stopped"])
def test_a_run_goes_on_to_as_many_epochs_as_are_asked_for_now(
    qtbot: QtBot, window: Window, panel: TrainPanel, tmp_path: Path, when: str
) -> None:
    training, controls = panel.training, panel.controls
    epochs = panel.editor.numbers["epochs"]
    type_into(epochs, "4" if when == "done" else "4000")
    click(controls.main)
    if when == "done":
        reach(qtbot, panel, "done")
    else:
        qtbot.waitUntil(lambda: training.epoch >= 2, timeout=WAIT)
    if when in ("paused", "stopped"):
        click(controls.main if when == "paused" else controls.stop)
        reach(qtbot, panel, "paused" if when == "paused" else "off")
    wanted = training.epoch + (60 if when == "running" else 3)
    type_into(epochs, f"{wanted:,}")
    if when == "done":
        reach(qtbot, panel, "paused")
    assert not training.is_stale
    if when != "running":
        assert controls.main.text() == ("Start" if when == "stopped" else "Go on")
        click(controls.again if when == "stopped" else controls.main)
    reach(qtbot, panel, "done")
    assert (training.epoch, training.epochs) == (wanted, wanted)
    assert f"Done: {wanted} epochs" in controls.told.text
    assert training.folder is not None
    assert RunFolder(training.folder).graph().recipe == recipe_of(window)
    assert last(training.folder) == trained_alone(window.session.graph, 0, tmp_path / "alone")


def test_a_run_that_has_gone_further_than_is_asked_for_is_done_until_more_are(
    qtbot: QtBot, panel: TrainPanel
) -> None:
    training, epochs = panel.training, panel.editor.numbers["epochs"]
    type_into(epochs, "4000")
    click(panel.controls.main)
    qtbot.waitUntil(lambda: training.epoch >= 3, timeout=WAIT)
    click(panel.controls.main)
    reach(qtbot, panel, "paused")
    done = training.epoch
    type_into(epochs, "2")
    reach(qtbot, panel, "done")
    assert f"Done: {done} epochs of the 2 now asked for" in panel.controls.told.text
    type_into(epochs, str(done + 1))
    reach(qtbot, panel, "paused")
    click(panel.controls.main)
    reach(qtbot, panel, "done")
    assert training.epoch == done + 1


def titles(panel: TrainPanel) -> list[str]:
    return [panel.tabs.tabText(i) for i in range(panel.tabs.count())]


@pytest.mark.parametrize(("what", "way"), [("data set", f"choose {SPEC} again"),
                                           ("seed", "set it to 0 again")])  # fmt: skip
def test_other_data_or_another_seed_marks_a_run_until_they_are_back(
    qtbot: QtBot, panel: TrainPanel, what: str, way: str
) -> None:
    training, controls = panel.training, panel.controls

    def change(spec: str, seed: str) -> None:
        with qtbot.waitSignal(panel.desk.proposed, timeout=WAIT):
            if what == "seed":
                type_into(panel.editor.seed, seed)
            else:
                panel.data.spec = spec

    click(controls.step)
    reach(qtbot, panel, "paused")
    tabs = titles(panel)
    change("line", "9")
    assert training.is_stale
    assert titles(panel) == tabs  # those of the run
    assert f"The {what} has changed since: “Go on” keeps to the earlier one" in controls.told.text
    assert f"earlier {what}" in panel.curves.heading.text()
    assert not controls.take.isEnabled()
    click(controls.into)
    assert way in controls.told.text
    assert not panel.desk.is_inside
    click(controls.stop)
    reach(qtbot, panel, "off")
    assert (titles(panel) == tabs) is (what == "seed")
    assert "“Resume” keeps to the earlier one, and Start takes the new one" in controls.told.text
    change(SPEC, "0")
    assert not training.is_stale
    assert "has changed" not in controls.told.text


FAILING = """#!{python}
import json, sys
def tell(**event):
    print(json.dumps(event), flush=True)
tell(event="ready", step=0, epoch=0, epochs=3, steps_per_epoch=4, revision="r", split="train",
     layers=[], note="")
tell(event="running", step=0)
tell(event="steps", step=3, losses={{"loss": [1.0, 1.0, 1.0]}}, penalties={{}}, rates={{}})
sys.stderr.write("graphlab: it had its reasons\\n")
sys.exit({status})
"""


@pytest.mark.parametrize(("status", "can_resume"), [(70, False), (2, True)])
def test_a_run_that_would_fail_again_is_not_offered_to_be_resumed(
    qtbot: QtBot, panel: TrainPanel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    status: int, can_resume: bool,
) -> None:  # fmt: skip
    """A mistake comes of the same numbers again; a full disk may have been emptied since."""
    script = tmp_path / "failing"
    script.write_text(FAILING.format(python=sys.executable, status=status))
    script.chmod(0o700)
    controls = panel.controls
    with monkeypatch.context() as patched:
        patched.setattr("graphlab.gui.training.child.sys.executable", str(script))
        click(controls.main)
        reach(qtbot, panel, "failed")
    assert "it had its reasons" in controls.told.text
    assert ("would end there again" in controls.told.text) is not can_resume
    assert controls.main.text() == ("Resume" if can_resume else "Start")
    assert controls.again.isVisible() is can_resume
    if can_resume:
        assert controls.again.text() == "Start anew"
    click(controls.again if can_resume else controls.step)
    reach(qtbot, panel, "paused", "done")
    assert panel.training.state == ("done" if can_resume else "paused")


# --- several objectives ---------------------------------------------------------------------------
def choose_turn(panel: TrainPanel, turn: int) -> None:
    """Click “Step in” and take an entry of its menu by keys."""

    def press() -> None:
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        for _ in range(turn + 1):
            QTest.keyClick(menu, Qt.Key.Key_Down)
        QTest.keyClick(menu, Qt.Key.Key_Return)

    QTimer.singleShot(0, press)
    click(panel.controls.into)


def test_every_turn_of_a_step_can_be_stepped_into(
    qtbot: QtBot, window: Window, panel: TrainPanel
) -> None:
    session, controls = window.session, panel.controls
    session.edit("a GAN", gallery("gan-2d"))
    with qtbot.waitSignal(panel.desk.proposed, timeout=WAIT):
        panel.data.spec = TOLD
    click(controls.step)
    reach(qtbot, panel, "paused")
    objectives = recipe_of(window).objectives

    def is_told(index: int) -> bool:
        objective = objectives[index]
        told = f"in the turn of {objective.loss}, which updates {objective.updates[0]}"
        return told in controls.told.text

    for index in (1, 0):
        choose_turn(panel, index)
        qtbot.waitUntil(partial(is_told, index), timeout=WAIT)
        check_turn(qtbot, window, panel, index)
    window.activateWindow()  # without a screen nothing does so after a menu
    qtbot.waitUntil(window.isActiveWindow)
    held = Qt.KeyboardModifier.ControlModifier
    QTest.keyClick(window.canvas, Qt.Key.Key_F8, held)  # the next turn
    qtbot.waitUntil(partial(is_told, 1), timeout=WAIT)
    click(controls.leave)
    assert not panel.desk.is_inside


def check_turn(qtbot: QtBot, window: Window, panel: TrainPanel, index: int) -> None:
    """What torch takes in this turn, after those before it, and nothing is shown as a problem."""
    session, folder = window.session, panel.training.folder
    assert folder is not None
    assert not window.drawing.problems
    assert "problem" not in window.counts.text()
    click(window.buttons["backward"])
    qtbot.waitUntil(lambda: session.position.is_done, timeout=WAIT)
    training = Training(RunFolder(folder).graph(), open_data(TOLD), seed=0)
    training.restore(RunFolder(folder).checkpoint("last"))
    with training.at_work():
        inputs = training.inputs(training.next_feeds())
        for before in range(index):
            training.take_turn(inputs, before)
        training.forward_backward(inputs, index)
    chosen = training.turns[index].named
    for name in training.graph.parameters:
        found, told = session.run.grad(name), training.network.names[name]
        assert (found is not None) is (told in chosen)
        if found is not None:
            torch_grad = chosen[told].grad
            assert torch_grad is not None
            np.testing.assert_allclose(found, torch_grad.numpy(), rtol=1e-4, atol=1e-6)
