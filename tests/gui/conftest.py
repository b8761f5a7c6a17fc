"""The window's tests run without a screen unless told otherwise, set before Qt is imported."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from graphlab.gui.app import application
from graphlab.gui.training.panel import TrainPanel
from graphlab.gui.window import Window

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.fixture(scope="package", autouse=True)
def _the_application(qapp: QApplication) -> Iterator[None]:
    """Set up as at a start; it collects garbage between its events alone, and other tests have
    none."""
    application()
    yield
    gc.enable()


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Iterator[Window]:
    """A window at its usual size, with settings of its own."""
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path))
    window = Window()
    qtbot.addWidget(window, before_close_func=_leave_nothing)
    window.show()
    window.activateWindow()
    qtbot.waitExposed(window)
    qtbot.waitUntil(window.isActiveWindow)
    yield window
    _leave_nothing(window)


@pytest.fixture
def panel(
    qtbot: QtBot,
    window: Window,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Iterator[TrainPanel]:
    """The training panel, open on the test module's NET and SPEC; the test's folder keeps runs."""
    monkeypatch.setattr("graphlab.gui.training.desk.usual_place", lambda: tmp_path / "runs")
    window.enter_formula(request.module.NET)
    window.canvas.setFocus()
    held = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(window.canvas, Qt.Key.Key_T, held)
    panel = window.lenses.train
    assert panel.isVisible()
    with qtbot.waitSignal(panel.desk.proposed, timeout=60_000):
        panel.data.spec = request.module.SPEC
    yield panel
    window.lenses.end()
    assert not panel.training.process_id


def _leave_nothing(window: Window) -> None:
    """Nothing plays or trains, and nothing is left that closing would ask about."""
    window.conductor.player.pause()
    window.formula.revert()
    window.session.undo_stack.setClean()
    if window.lenses.desk is not None:
        window.lenses.desk.training.leave()
