"""The list of values is as tall as it needs, and Enter leads on to where keys are seen to go."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QScrollArea, QScrollBar

from graphlab.gui.panels.value_field import ValueField
from graphlab.gui.window import Window

NEURON = "s = sigmoid(w1*x + w2*y + b)"
RETURN, RIGHT = Qt.Key.Key_Return, Qt.Key.Key_Right


def settled(window: Window) -> None:
    for _ in range(4):  # layouts in layouts settle one after another
        QApplication.processEvents()


def is_seen(field: ValueField) -> bool:
    region: QRect = field.visibleRegion().boundingRect()
    return region == field.rect()


def scroll_bar(window: Window) -> QScrollBar:
    (area,) = window.inputs.findChildren(QScrollArea)
    return area.verticalScrollBar()


@pytest.mark.parametrize("size", [QSize(1280, 800), QSize(1366, 768), QSize(1920, 1080)])
@pytest.mark.parametrize("notches", [0, 4])
def test_every_value_of_a_neuron_is_seen_beside_what_is_selected(
    window: Window, notches: int, size: QSize
) -> None:
    window.appearance.enlarge(notches)
    window.resize(size)
    window.enter_formula(NEURON)
    window.session.fill_inputs()
    window.canvas.select("s")
    settled(window)
    assert window.details.isVisible()
    assert window.details.height() > window.side.height() / 2 - 4
    assert len(window.inputs.fields) == 5
    assert all(map(is_seen, window.inputs.fields.values()))
    assert scroll_bar(window).maximum() == 0
    window.appearance.enlarge(0)


def test_what_is_told_under_the_last_value_is_reached_and_takes_its_room_back(
    window: Window,
) -> None:
    window.enter_formula(NEURON)
    window.session.fill_inputs()
    window.canvas.select("s")
    settled(window)
    high, bar = window.inputs.height(), scroll_bar(window)
    field = window.inputs.fields["b"]
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "nonsense")
    QTest.keyClick(field, RETURN)
    settled(window)
    assert field.hasFocus()
    assert window.inputs.height() == high
    assert not window.inputs.errors["b"].visibleRegion().isEmpty()
    field.selectAll()
    QTest.keyClicks(field, "3")
    QTest.keyClick(field, RETURN)
    settled(window)
    assert bar.maximum() == 0


def test_enter_in_the_last_value_gives_the_keys_to_the_canvas_and_shows_it(window: Window) -> None:
    window.enter_formula(NEURON)
    for name, value in {"w1": "0.5", "x": "-2", "w2": "3", "y": "1.5", "b": "-0.25"}.items():
        field = window.inputs.fields[name]
        assert field.hasFocus()
        assert not window.canvas.ring.isVisible()
        QTest.keyClicks(field, value)
        QTest.keyClick(field, RETURN)
    assert not window.session.missing()
    assert window.session.graph.nodes["b"].attributes["value"] == -0.25
    canvas = window.canvas
    assert canvas.hasFocus()
    assert canvas.ring.isVisible()
    assert canvas.ring.geometry() == canvas.rect()
    assert "→" in window.statusBar().currentMessage()
    QTest.keyClick(canvas, RIGHT)
    assert len(window.session.run.steps()) == 1
    window.resize(1000, 700)
    settled(window)
    assert canvas.ring.geometry() == canvas.rect()
    QTest.mouseClick(canvas.viewport(), Qt.MouseButton.LeftButton)
    assert not canvas.ring.isVisible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_ring_is_in_the_accent_and_leaves_the_drawing_as_it_is(
    window: Window, theme: str
) -> None:
    window.appearance.choose(theme)
    window.enter_formula(NEURON)
    window.session.fill_inputs()
    canvas = window.canvas
    canvas.clearFocus()
    settled(window)
    before = canvas.grab().toImage()
    canvas.setFocus(Qt.FocusReason.TabFocusReason)
    settled(window)
    after = canvas.grab().toImage()
    inside = canvas.rect().adjusted(2, 2, -2, -2)
    assert before.copy(inside) == after.copy(inside)
    corner = QRect(0, 0, 2, 2)
    assert {after.pixelColor(x, y).name() for x in (0, 1) for y in (0, 1)} == {window.theme.accent}
    assert before.copy(corner) != after.copy(corner)
