"""What the window says of where things are is so, and a hint is told whole where there is room."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QTableView,
    QWidget,
)
from pytestqt.qtbot import QtBot

import graphlab
from graphlab.gui.window import Window
from graphlab.paths import shipped

NEURON = "s = sigmoid(w1*x + w2*y + b)"
SIDES = re.compile(r"at the right|on the right|right panel|inspector", re.IGNORECASE)
LEFT = Qt.MouseButton.LeftButton


def settled(window: Window) -> None:
    for _ in range(4):  # layouts in layouts settle one after another
        QApplication.processEvents()


def strings(path: Path) -> Iterator[str]:
    """What a module may say: its strings but docstrings, pieces of one f-string as one."""
    tree = ast.parse(path.read_text())
    plain = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            plain |= set(map(id, node.values))
            yield "".join(str(v.value) for v in node.values if isinstance(v, ast.Constant))
        elif isinstance(node, ast.Constant) and id(node) not in plain:
            yield str(node.value)


def sentences() -> Iterator[str]:
    for path in Path(graphlab.__file__).parent.rglob("*.py"):
        yield from (text for text in strings(path) if " " in text)
    for path in shipped("lessons").glob("*.md"):
        yield from (line for line in path.read_text().splitlines() if "panel" in line)


def test_a_sentence_on_the_panel_at_the_right_says_how_it_is_opened() -> None:
    told = [text for text in sentences() if SIDES.search(text) and len(text) > 20]
    assert any("F9" in text for text in told)
    assert [text for text in told if "F9" not in text and "opens" not in text] == []


@pytest.mark.parametrize("formula", ["f = x", NEURON, "y = conv2d(x, weight)"])
def test_what_is_said_of_missing_values_leads_to_their_fields_with_the_panel_folded(
    window: Window, formula: str
) -> None:
    window.enter_formula(formula)
    window.canvas.setFocus()
    QTest.keyClick(window.canvas, Qt.Key.Key_F9)
    for name in window.session.missing():
        assert not window.side.isVisible()
        told = window.words.sentence.text()
        assert name in told
        assert "double-click" in told
        x, y, width, height = window.editor.hand.box(name)
        place = window.canvas.mapFromScene(QPointF(x + width / 2, y + height / 2))
        QTest.mouseClick(window.canvas.viewport(), LEFT, pos=place)
        QTest.mouseDClick(window.canvas.viewport(), LEFT, pos=place)
        field = window.inputs.fields[name]
        assert window.side.isVisible()
        assert field.hasFocus()
        QTest.keyClicks(field, "2")
        QTest.keyClick(field, Qt.Key.Key_Return)
        window.canvas.setFocus()
        QTest.keyClick(window.canvas, Qt.Key.Key_F9)
    assert not window.session.missing()


def texts(window: Window) -> Iterator[str]:
    """All that is seen of the window as text, with its tips and what a screen reader is told."""
    for widget in window.findChildren(QWidget):
        if not widget.isVisible():
            continue
        yield from (widget.toolTip(), widget.accessibleName(), widget.accessibleDescription())
        if isinstance(widget, QLabel | QLineEdit | QAbstractButton):
            yield widget.text()
        elif isinstance(widget, QPlainTextEdit):
            yield widget.toPlainText()
        elif isinstance(widget, QComboBox):
            yield from (widget.itemText(i) for i in range(widget.count()))
        elif isinstance(widget, QTableView):
            model = widget.model()
            cells = product(range(model.rowCount()), range(model.columnCount()))
            yield from (str(model.index(*cell).data()) for cell in cells)
    for card in window.canvas.figure.cards:
        yield from (card.id, card.title, card.detail, card.tooltip)


@pytest.mark.parametrize("lens", ["", "paths", "check", "descent", "reach", "counts"])
def test_a_parameter_has_one_name_in_the_whole_window(
    window: Window, qtbot: QtBot, lens: str
) -> None:
    window.enter_formula("x = input(1, 2)\nh = linear_layer(x, features=3)\ny = neuron(h)")
    window.session.fill_inputs()
    held = window.session.graph.parameters
    said: set[str] = set()
    for selected in (["h"], ["y"], ["y_weight"]):
        window.canvas.select_cards(selected)
        said.update(texts(window))
        window.editor.cards.open(["h", "y"])
        window.session.next()
        said.update(texts(window))
    if lens:
        window.actions_[lens].trigger()
        qtbot.wait(400)
    window.session.backward()
    said.update(texts(window))
    assert all(any(name in text for text in said) for name in held)
    dotted = {name.replace("_", ".") for name in held}
    assert not [text for text in said if any(name in text for name in dotted)]


def ink(window: Window) -> int:
    """How many points of the canvas have another colour than its corner."""
    image = window.canvas.viewport().grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    points = np.frombuffer(image.constBits(), np.uint32)
    return int((points != points[0]).sum())


def band_of_ink(window: Window) -> int:
    """From the highest of those points to the lowest, with room for a letter's overhang."""
    view = window.canvas.viewport()
    points = view.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    rows = np.frombuffer(points.constBits(), np.uint32).reshape(points.height(), -1)
    found = (rows != rows[0, 0]).any(axis=1).nonzero()[0]
    return int(found[-1] - found[0]) + window.fontMetrics().height()


@pytest.mark.parametrize("notches", [0, 4, 5])
def test_the_words_on_an_empty_canvas_are_whole_however_low_it_is(
    window: Window, notches: int
) -> None:
    window.house.show_empty_canvas()
    window.appearance.enlarge(notches)
    window.resize(720, 800)
    settled(window)
    canvas, whole = window.canvas, ink(window)
    bands = band_of_ink(window)
    window.actions_["train"].trigger()
    settled(window)
    window.resize(720, 800 - (canvas.height() - bands - 2))
    settled(window)
    assert canvas.height() <= 2 * bands
    assert ink(window) > 0.95 * whole > 1_000  # half a pixel away it is drawn otherwise
    window.appearance.enlarge(0)


@pytest.mark.parametrize("size", [QSize(1280, 800), QSize(1366, 768)])
@pytest.mark.parametrize("notches", [0, 4])
def test_a_hint_is_told_whole_beside_the_cards_of_a_low_canvas(
    window: Window, notches: int, size: QSize
) -> None:
    window.appearance.enlarge(notches)
    window.resize(size)
    window.enter_formula(NEURON)
    window.session.fill_inputs()
    window.actions_["train"].trigger()
    settled(window)
    words, canvas = window.words, window.canvas
    assert words.sentence.text()
    assert words.sentence.isVisible()
    assert words.sentence.visibleRegion().boundingRect().height() >= words.sentence.height() - 1
    assert words.sentence.height() >= words.sentence.heightForWidth(words.sentence.width())
    boxes = [canvas.pixels(QRectF(*box)) for box in canvas.places.cards.tolist()]
    assert not any(words.geometry().intersects(box) for box in boxes)
    window.appearance.enlarge(0)


def test_a_hint_without_room_for_its_sentence_has_it_in_its_tip(window: Window) -> None:
    window.enter_formula(NEURON)
    window.appearance.enlarge(5)
    window.resize(720, 480)
    window.actions_["train"].trigger()
    settled(window)
    sentence = window.words.findChildren(QLabel)[1]
    assert sentence is window.words.sentence
    assert sentence.isVisible() or sentence.text() in window.words.toolTip()
    window.appearance.enlarge(0)
