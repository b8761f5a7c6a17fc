"""In text of any size and windows of usual sizes no text is cut off, and the formula has room."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton
from pytestqt.qtbot import QtBot

from graphlab.graph import InPort
from graphlab.gui.appearance import SCALES
from graphlab.gui.datasets.dialog import DataDialog
from graphlab.gui.training.layers import HEADINGS
from graphlab.gui.window import Window
from graphlab.paths import shipped
from tests.gui.clipping import clipped

NEURON = "f = sigmoid(w1*x + w2*y + b)"
VALUES = {"w1": 0.5, "x": -2.0, "w2": 3.0, "y": 1.5, "b": -0.25}
ARRAYS = "x = [1, -2, 3]\nW = parameter(2, 3)\nh = relu(W @ x)\nL = sum(softmax(h) * h)"
NET = "h = linear_layer(x, features=8, activation='relu')\ns = linear_layer(h, features=2)"
LESSONS = sorted(shipped("lessons").glob("[0-9]*.md"))

NOTCHES = (0, 2, len(SCALES) - 1)
SIZES = (QSize(1280, 800), QSize(1920, 1080))
LOW = QSize(1366, 768)
_POWERS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


@pytest.fixture(params=NOTCHES)
def notched(request: Any, window: Window, monkeypatch: Any, tmp_path: Path) -> Iterator[Window]:
    """A window in larger text by so many notches; runs are kept in the test's folder."""
    monkeypatch.setattr("graphlab.gui.training.desk.usual_place", lambda: tmp_path / "runs")
    window.appearance.enlarge(request.param)
    yield window
    window.lenses.end()
    window.appearance.enlarge(0)


def settle(window: Window, size: QSize) -> None:
    window.resize(size)
    for _ in range(4):  # layouts in layouts settle one after another
        QApplication.processEvents()
    assert window.size() == size


def drawn(window: Window, formula: str, values: dict[str, float] | None = None) -> None:
    window.enter_formula(formula)
    window.session.set_values(values or {})
    window.session.backward()


def look_at_node(window: Window, _qtbot: QtBot) -> None:
    drawn(window, NEURON, VALUES)
    window.canvas.select("f")


def look_at_card(window: Window, _qtbot: QtBot) -> None:
    drawn(window, NEURON, VALUES)
    window.session.reset()
    for _ in range(7):
        window.session.next()
    window.canvas.select("f")


def look_at_partial(window: Window, _qtbot: QtBot) -> None:
    drawn(window, ARRAYS)
    window.canvas.select_link(InPort("matmul1", "a"))
    assert window.details.partial.isVisible()


def lens(key: str) -> Callable[[Window, QtBot], None]:
    def look(window: Window, qtbot: QtBot) -> None:
        drawn(window, NEURON, VALUES)
        window.actions_[key].trigger()
        qtbot.wait(300)

    look.__name__ = key
    return look


def look_at_training(window: Window, qtbot: QtBot) -> None:
    window.enter_formula(NET)
    window.actions_["train"].trigger()
    panel = window.lenses.train
    with qtbot.waitSignal(panel.desk.proposed, timeout=30_000):
        panel.data.spec = "xor"


def look_at_lesson(window: Window, qtbot: QtBot) -> None:
    window.lessons.open(LESSONS[3])
    qtbot.wait(300)


def look_at_welcome(window: Window, _qtbot: QtBot) -> None:
    window.house.show_welcome()


def look_at_operations(window: Window, _qtbot: QtBot) -> None:
    window.actions_["ops"].trigger()


LOOKS = (
    look_at_node, look_at_card, look_at_partial, look_at_training, look_at_lesson, look_at_welcome,
    look_at_operations,
    *map(lens, ("paths", "check", "descent", "reach", "counts", "compile", "parity")),
)  # fmt: skip


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.__name__)
def test_no_text_is_cut_off(
    notched: Window, qtbot: QtBot, look: Callable[[Window, QtBot], None]
) -> None:
    look(notched, qtbot)
    found = {}
    for size in SIZES:
        settle(notched, size)
        found[size.width()] = clipped(notched)
    assert not any(found.values()), found


def test_no_text_of_the_training_tabs_is_cut_off(notched: Window, qtbot: QtBot) -> None:
    look_at_training(notched, qtbot)
    tabs = notched.lenses.train.tabs
    found = {}
    for size in SIZES:
        for tab in range(tabs.count()):
            tabs.setCurrentIndex(tab)
            settle(notched, size)
            found[size.width(), tabs.tabText(tab)] = clipped(notched)
    assert not any(found.values()), found


def test_no_text_of_the_choice_of_data_is_cut_off(notched: Window, qtbot: QtBot) -> None:
    look_at_training(notched, qtbot)
    QTest.mouseClick(notched.lenses.train.data.button, Qt.MouseButton.LeftButton)
    dialog = next(w for w in QApplication.topLevelWidgets() if isinstance(w, DataDialog))
    qtbot.waitUntil(lambda: not dialog.opener.is_busy, timeout=10_000)
    assert not clipped(dialog)
    dialog.reject()


def test_the_choice_of_data_fits_a_small_screen(notched: Window, qtbot: QtBot) -> None:
    look_at_training(notched, qtbot)
    QTest.mouseClick(notched.lenses.train.data.button, Qt.MouseButton.LeftButton)
    dialog = next(w for w in QApplication.topLevelWidgets() if isinstance(w, DataDialog))
    qtbot.waitUntil(lambda: not dialog.opener.is_busy, timeout=10_000)
    for row in range(dialog.list.count()):
        item = dialog.list.item(row)
        if item.flags() & Qt.ItemFlag.ItemIsEnabled:
            dialog.list.setCurrentRow(row)
            for _ in range(3):
                QApplication.processEvents()
            assert dialog.width() <= LOW.width(), item.text()
            assert dialog.height() <= LOW.height(), item.text()
    qtbot.waitUntil(lambda: not dialog.opener.is_busy, timeout=10_000)
    dialog.reject()


@pytest.mark.parametrize("size", [SIZES[0], LOW])
@pytest.mark.parametrize("notches", [0, 4])
def test_every_tab_of_a_training_is_whole_and_health_is_seen(
    window: Window, qtbot: QtBot, monkeypatch: Any, tmp_path: Path, notches: int, size: QSize
) -> None:
    monkeypatch.setattr("graphlab.gui.training.desk.usual_place", lambda: tmp_path / "runs")
    window.appearance.enlarge(notches)
    look_at_training(window, qtbot)
    panel, canvas = window.lenses.train, window.canvas
    tabs, table = panel.tabs, panel.layers.table
    settle(window, size)
    last = tabs.tabRect(tabs.count() - 1)
    assert tabs.count() == 6
    assert tabs.rect().contains(last.adjusted(0, 0, -1, -1))
    QTest.mouseClick(panel.controls.main, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: panel.training.epoch > 0, timeout=60_000)  # units are told then
    QTest.mouseClick(panel.controls.main, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: panel.training.state == "paused", timeout=60_000)
    before, found = canvas.height(), {}
    for tab in range(tabs.count()):
        tabs.setCurrentIndex(tab)
        qtbot.wait(300)
        settle(window, size)
        found[tabs.tabText(tab)] = clipped(window)
        assert canvas.height() == before, tabs.tabText(tab)
        if panel.pages.currentWidget() is panel.layers:
            rows = range(panel.layers.rows.rowCount())
            named = {str(panel.layers.rows.index(row, 0).data()) for row in rows}
            assert named == {*window.session.graph.parameters, "h_relu"}
            column = HEADINGS.index("Health")
            end = table.columnViewportPosition(column) + table.columnWidth(column)
            assert end <= table.viewport().width()
            assert table.columnWidth(column) >= table.sizeHintForColumn(column)
    assert not any(found.values()), found
    assert canvas.height() > 0.28 * window.height()
    window.lenses.end()
    window.appearance.enlarge(0)


def explained(window: Window) -> list[QRectF]:
    """Where the cards are that a step is about: what it leads from and to."""
    canvas = window.canvas
    places, lit = canvas.places, canvas.emphasis
    links = [places.link_index[link] for link in lit.links if link in places.link_index]
    cards = {places.index[card] for card in lit.cards if card in places.index}
    cards |= {int(end[i]) for i in links for end in (places.sources, places.targets)}
    boxes = [canvas.pixels(QRectF(*places.cards[i].tolist())) for i in cards]
    return [QRectF(box) for box in boxes]


@pytest.mark.parametrize("formula", [NEURON, "L = (w1*x1 + w2*x2 + w3*x3 + w4*x4 - t)**2"])
@pytest.mark.parametrize("size", [SIZES[0], LOW])
@pytest.mark.parametrize("notches", [0, 4])
def test_the_rule_leaves_free_what_it_explains_though_the_training_panel_is_open(
    window: Window, qtbot: QtBot, notches: int, size: QSize, formula: str
) -> None:
    window.appearance.enlarge(notches)
    window.enter_formula(formula)
    window.session.fill_inputs()
    window.actions_["train"].trigger()
    settle(window, size)
    covered, words = [], window.words
    while not window.session.position.is_done:
        window.session.next()
        qtbot.waitUntil(lambda: not words.is_held)
        if any(box.intersects(QRectF(words.geometry())) for box in explained(window)):
            covered.append(words.title.text())
        assert words.isVisible()
        assert words.title.shown() == words.title.text()
        if not words.sentence.isVisible():
            assert words.sentence.text() in words.toolTip()
    assert not covered
    window.appearance.enlarge(0)


@pytest.mark.parametrize("notch", range(len(SCALES)))
@pytest.mark.parametrize("size", [*SIZES, QSize(1024, 700)])
def test_the_formula_keeps_its_share_of_the_bar(window: Window, size: QSize, notch: int) -> None:
    drawn(window, NEURON, VALUES)
    window.appearance.enlarge(notch)
    settle(window, size)
    buttons = [*window.buttons.values(), *window.small_buttons.values()]
    assert window.formula.width() >= 0.4 * window.bar.width()
    assert all(button.width() >= button.sizeHint().width() for button in buttons)
    assert window.bar.rect().contains(buttons[-1].geometry())
    is_usual = notch == 0 and size.width() >= 1280
    assert is_usual <= all(_has_words(button) for button in window.buttons.values())
    window.appearance.enlarge(0)


def _has_words(button: QToolButton) -> bool:
    return button.toolButtonStyle() == Qt.ToolButtonStyle.ToolButtonTextBesideIcon


@pytest.mark.parametrize("size", SIZES)
def test_the_rule_is_no_smaller_than_the_words_around_it(
    notched: Window, qtbot: QtBot, size: QSize
) -> None:
    settle(notched, size)
    look_at_card(notched, qtbot)
    words = notched.words
    qtbot.waitUntil(lambda: not words.rule.pixmap().isNull())
    settle(notched, size)
    high = words.numbers.pixmap().deviceIndependentSize().height()
    assert high >= words.result.fontMetrics().ascent()
    assert words.title.shown() == words.title.text()
    assert notched.canvas.viewport().rect().contains(words.geometry())


def test_a_number_without_room_is_rounded_and_told_whole_by_its_tip(
    window: Window, qtbot: QtBot
) -> None:
    look_at_node(window, qtbot)
    number, first = window.details.value.number, float(window.session.run.value("f"))
    assert (float(number.text()), number.toolTip()) == (first, "")
    for value in (first, -first * 1e-9, first * 1e30):
        number.show_number(value)
        for width in range(90, 300, 20):
            number.setFixedWidth(width)
            QApplication.processEvents()
            told = _read(number.text())
            assert number.fontMetrics().horizontalAdvance(number.text()) <= width
            assert told == pytest.approx(value, rel=1e-3)
            full = number.toolTip() or number.text()
            assert _read(full) == value


def _read(told: str) -> float:
    digits, _, power = told.partition("×10")
    return float(f"{digits}e{power.translate(_POWERS) or 0}".replace("−", "-"))
