"""What the panels of the lenses say and begin with, where a student has just looked elsewhere."""

from __future__ import annotations

import re

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from graphlab.engine.numbers import show_number
from graphlab.engine.run import Run
from graphlab.graph.formula import parse
from graphlab.gui.window import Window

NEURON = "f = sigmoid(w1*x + w2*y + b)"
VALUES = {"w1": 0.5, "x": -2.0, "w2": 3.0, "y": 1.5, "b": -0.25}
CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def draw(window: Window, text: str, values: dict[str, float]) -> None:
    window.session.set_formula(text)
    window.session.set_values(values)
    window.canvas.setFocus()


def click_card(window: Window, name: str) -> None:
    x, y, width, height = window.editor.hand.box(name)
    place = window.canvas.mapFromScene(QPointF(x + width / 2, y + height / 2))
    QTest.mouseClick(window.canvas.viewport(), Qt.MouseButton.LeftButton, pos=place)


@pytest.mark.parametrize("was_open", [False, True])
@pytest.mark.parametrize("name", [*VALUES, "add1"])
def test_the_path_lens_begins_at_the_selected_card(
    qtbot: QtBot, window: Window, name: str, was_open: bool
) -> None:
    draw(window, NEURON, VALUES)
    window.session.backward()
    if was_open:
        for _ in range(2):
            QTest.keyClick(window.canvas, Qt.Key.Key_P, CONTROL)
    click_card(window, name)
    QTest.keyClick(window.canvas, Qt.Key.Key_P, CONTROL)
    lens = window.lenses.paths
    qtbot.waitUntil(lambda: lens.ways is not None)
    assert lens.ways is not None
    assert (lens.source.currentText(), lens.ways.source, lens.ways.count) == (name, name, 1)
    gradient = Run(parse(NEURON), VALUES).forward().backward("f").grad(name)
    assert show_number(float(gradient)) in lens.sum.text


def test_without_a_selected_card_the_path_lens_begins_at_an_input(
    qtbot: QtBot, window: Window
) -> None:
    draw(window, NEURON, VALUES)
    click_card(window, "f")  # where the paths end
    QTest.keyClick(window.canvas, Qt.Key.Key_P, CONTROL)
    lens = window.lenses.paths
    qtbot.waitUntil(lambda: lens.ways is not None)
    assert lens.source.currentText() in VALUES


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e13])
def test_the_next_step_of_a_descent_is_read_whole_and_its_way_out_is_a_button(
    qtbot: QtBot, window: Window, scale: float
) -> None:
    draw(window, "L = (w*x + b - t)**2", {"w": scale, "b": 0.0, "x": 3.0, "t": 1.234})
    QTest.keyClick(window.canvas, Qt.Key.Key_D, CONTROL | SHIFT)
    lens = window.lenses.descent
    qtbot.waitUntil(lambda: bool(lens.trail.points) and not lens.background.is_busy)
    lens.rate.setFocus()
    lens.rate.selectAll()
    QTest.keyClicks(lens.rate, "0.5")
    QTest.mouseClick(lens.more, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(lens.trail.points) > 1 and lens.more.isEnabled())
    here = lens.trail.points[-1]
    name, number = next(iter(here.values.items()))
    told = lens.rule
    assert told.text().startswith(f"Next: {name} ← {show_number(number)} − 0.5 · ")
    assert told.shown().endswith(told.text().rpartition(" = ")[2])
    assert told.fontMetrics().horizontalAdvance(told.shown()) <= told.width()
    assert (told.toolTip() == told.text()) == (told.shown() != told.text())
    words = lens.told.label
    qtbot.waitUntil(lambda: words.height() >= words.heightForWidth(words.width()))
    (named,) = re.findall("“(.*)”", lens.told.text)
    (button,) = [
        found
        for found in window.findChildren(QAbstractButton)
        if found.isVisible() and found.text() == named
    ]
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(lens.trail.points) == 1)
    found = window.session.graph.nodes["w"].attributes["value"]
    assert np.isclose(found, scale, rtol=1e-12)
