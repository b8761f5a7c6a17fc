"""Formulas beside a step are set away from the window's thread; until then nothing moves."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import current_thread, main_thread
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from graphlab.gui import typeset
from graphlab.gui.typeset import Typesetter
from graphlab.gui.window import Window
from graphlab.latex import load, svg

FORMULAS = (
    r"s = \frac{1}{1 + e^{-x}}",
    r"\text{local: } \frac{\partial L}{\partial w_{12}} = \sum_i h_i x^2",
    r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}",
)


@pytest.mark.parametrize("latex", FORMULAS)
@pytest.mark.parametrize("size", [13.0, 17.0, 34.0])
def test_a_formula_is_as_large_as_one_that_is_set_in_its_size(
    qtbot: QtBot, latex: str, size: float
) -> None:
    setter = Typesetter()
    with qtbot.waitSignal(setter.made, timeout=60_000):
        assert setter.pixmap(latex, size, "#000000", 2.0) is None
    found = setter.pixmap(latex, size, "#000000", 2.0)
    picture = svg(load(), latex, size, "#000000")
    assert found is not None
    assert picture is not None
    box = QSvgRenderer(picture.encode()).viewBoxF()
    extent = found.deviceIndependentSize()
    assert extent.width() == pytest.approx(box.width(), abs=2)
    assert extent.height() == pytest.approx(box.height(), abs=2)


def test_what_cannot_be_set_is_awaited_no_longer(qtbot: QtBot) -> None:
    setter = Typesetter()
    with qtbot.waitSignal(setter.made, timeout=60_000):
        assert setter.awaits(r"\frac{")
    assert not setter.awaits(r"\frac{")
    assert setter.pixmap(r"\frac{", 12.0, "#000000", 1.0) is None


def test_threads_that_set_at_once_set_as_one_does() -> None:
    module = load()
    alone = [svg(module, latex, 15.0, "black") for latex in FORMULAS]
    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(svg, module, latex, 15.0, "black") for latex in FORMULAS * 4]
        assert [job.result() for job in jobs] == alone * 4


@pytest.fixture
def stepped(window: Window, qtbot: QtBot) -> Window:
    """A window whose first step is told in symbols."""
    window.enter_formula("s = sigmoid(w * x + b)\nL = (s - t) ** 2")
    window.session.fill_inputs()
    window.canvas.setFocus()
    QTest.keyClick(window.canvas, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: not window.words.rule.pixmap().isNull(), timeout=60_000)
    return window


def test_no_step_waits_for_its_formulas_and_the_card_stays_as_it_is_until_they_are_set(
    stepped: Window, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    words, threads = stepped.words, set[object]()

    def recorded(*given: Any) -> str | None:
        threads.add(current_thread())
        return svg(*given)

    monkeypatch.setattr(typeset, "svg", recorded)
    for _ in range(8):
        seen, place = words.grab().toImage(), words.geometry()
        told = words.accessibleDescription()
        with qtbot.waitSignal(stepped.typesetter.made, timeout=60_000):
            QTest.keyClick(stepped.canvas, Qt.Key.Key_Right)
            assert words.accessibleDescription() != told
            assert (words.grab().toImage(), words.geometry()) == (seen, place)
        assert words.grab().toImage() != seen
        assert not words.rule.pixmap().isNull()
    assert threads
    assert main_thread() not in threads


def test_of_quick_steps_the_card_tells_the_last_in_plain_text_until_that_is_set(
    stepped: Window, qtbot: QtBot
) -> None:
    words = stepped.words
    QTest.keyClick(stepped.canvas, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: stepped.typesetter._setting.is_busy)
    with qtbot.waitSignal(stepped.typesetter.made, timeout=60_000):
        QTest.keyClick(stepped.canvas, Qt.Key.Key_Right)
    assert words.rule.text() == words.rule.accessibleName() != ""
    qtbot.waitUntil(lambda: not words.rule.pixmap().isNull(), timeout=60_000)
