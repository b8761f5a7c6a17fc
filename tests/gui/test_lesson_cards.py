"""The cards of a lesson's page: their room, the keyboard beside them, what they judge."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from graphlab.gui.appearance import SCALES
from graphlab.gui.panels.exercises import QuestionCard, TaskCard
from graphlab.gui.waiting import WaitDialog
from graphlab.gui.window import Window
from graphlab.paths import shipped
from tests.gui.clipping import clipped
from tests.tutor.lessons import written
from tests.tutor.test_openings import OPENINGS, beginning

LESSONS = sorted(shipped("lessons").glob("[0-9]*.md"))


@pytest.fixture(autouse=True)
def _own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))


def click(button: QPushButton) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def opened(window: Window, name: str, page: int) -> list[QuestionCard]:
    """The questions on a page, counted from 1, of a shipped lesson."""
    window.lessons.open(next(path for path in LESSONS if name in path.stem))
    window.lessons.desk.walk.turn(page - 1)
    cards = window.lessons.desk.panel.exercises
    return [card for card in cards if isinstance(card, QuestionCard)]


def answer(card: QuestionCard, given: str) -> None:
    card.field.setFocus()
    card.field.selectAll()
    QTest.keyClicks(card.field, given)
    QTest.keyClick(card.field, Qt.Key.Key_Return)


@pytest.mark.parametrize("size", [QSize(1280, 800), QSize(1920, 1080)])
@pytest.mark.parametrize("notch", range(len(SCALES)))
def test_the_page_is_whole_with_every_button_of_a_question(
    window: Window, notch: int, size: QSize
) -> None:
    window.appearance.enlarge(notch)
    window.resize(size)
    card = opened(window, "backward", 2)[0]
    answer(card, "77")
    answer(card, "78")
    buttons = [card.check_button, card.show_button, card.answer_button, card.hint_button]
    assert all(button.isVisible() for button in buttons)
    window.lessons.desk.panel.area.ensureWidgetVisible(card.hint_button)
    for _ in range(4):  # layouts in layouts settle one after another
        QApplication.processEvents()
    assert not clipped(window)
    places = [button.geometry() for button in buttons]
    assert all(card.rect().contains(place) for place in places)
    window.appearance.enlarge(0)


class Opening(QObject):
    """Notes every window of its own that is shown, but for one."""

    def __init__(self, but_for: QWidget | None) -> None:
        super().__init__()
        self._but_for = but_for
        self.seen: list[str] = []

    def eventFilter(self, seen: QObject, event: QEvent) -> bool:  # noqa: N802  # Qt calls it
        if event.type() == QEvent.Type.Show and isinstance(seen, QWidget):
            self.seen += [repr(seen)] * (seen.isWindow() and seen is not self._but_for)
        return False


@pytest.fixture
def opening(qapp: QApplication, window: Window) -> Iterator[Opening]:
    noted = Opening(window)
    qapp.installEventFilter(noted)
    yield noted
    qapp.removeEventFilter(noted)


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_no_page_opens_a_window_of_its_own_or_takes_the_keyboard_away(
    window: Window, opening: Opening, path: Path
) -> None:
    window.lessons.open(path)
    walk = window.lessons.desk.walk
    for key, step in ((Qt.Key.Key_PageDown, 1), (Qt.Key.Key_PageUp, -1)):
        for _ in range(walk.count - 1):
            before, holder = walk.progress.page, QApplication.focusWidget()
            assert holder is not None
            assert window.isActiveWindow()
            QTest.keyClick(holder, key, Qt.KeyboardModifier.ControlModifier)
            assert walk.progress.page == before + step
    assert not opening.seen


@pytest.mark.parametrize("can_stop", [True, False])
def test_what_tells_of_a_wait_opens_nothing_before_it_is_shown(
    window: Window, opening: Opening, can_stop: bool
) -> None:
    dialog = WaitDialog(window, "Copying the picture…", can_stop=can_stop)
    assert not opening.seen
    dialog.show()
    assert dialog.stop.isVisible() == can_stop
    dialog.close()
    dialog.deleteLater()


QUESTIONS = [("fan-out", 3, 1), ("backward", 2, 0), ("fan-out", 2, 0)]


@pytest.mark.parametrize(("name", "page", "place"), QUESTIONS)
def test_the_step_that_was_shown_does_no_task_and_the_student_s_own_steps_do(
    window: Window, qtbot: QtBot, name: str, page: int, place: int
) -> None:
    walk, session = window.lessons.desk.walk, window.session
    card = opened(window, name, page)[place]
    tasks = [task for task in window.lessons.desk.panel.exercises if isinstance(task, TaskCard)]
    assert [task.is_open for task in tasks] == [True]
    answer(card, "77")
    with qtbot.waitSignals([session.stepped, walk.judged], order="strict"):
        click(card.show_button)
    shown = session.position.taken
    assert shown > 0
    for key, moved in ((Qt.Key.Key_Left, -1), (Qt.Key.Key_Left, -2), (Qt.Key.Key_Right, -1)):
        with qtbot.waitSignal(walk.judged):
            QTest.keyClick(window.canvas, key)
        assert session.position.taken == shown + moved
        assert tasks[0].is_open
    with qtbot.waitSignal(walk.judged):
        QTest.keyClick(window.canvas, Qt.Key.Key_Right)
    assert session.position.taken == shown
    assert not tasks[0].is_open


@pytest.mark.parametrize(("show", "until", "is_met"), OPENINGS, ids=lambda told: str(told)[:30])
def test_what_a_page_shows_at_first_is_what_a_lesson_is_proven_with(
    window: Window, qtbot: QtBot, tmp_path: Path, show: str, until: str, is_met: bool
) -> None:
    walk = window.lessons.desk.walk
    window.lessons.open(written(tmp_path, beginning(show, until)))
    with qtbot.waitSignal(walk.judged):
        walk.turn(1)
    (task,) = window.lessons.desk.panel.exercises
    assert task.is_open != is_met


@pytest.mark.parametrize(("name", "page", "place"), [*QUESTIONS, ("chain-rule", 3, 0)])
def test_what_is_no_answer_is_no_try(window: Window, name: str, page: int, place: int) -> None:
    card = opened(window, name, page)[place]
    for typed in ("drei", "nan", "1/0", "[1, [2]]"):
        answer(card, typed)
        assert card.verdict.property("state") == "open"
        assert QApplication.focusWidget() is card.field
        assert card.answer_button.isHidden()
    answer(card, "77")
    assert card.verdict.property("state") == "wrong"
    assert card.answer_button.isHidden()
    is_shown = card.show_button.isVisible()
    answer(card, "drei")
    assert card.answer_button.isHidden()
    assert card.show_button.isVisible() == is_shown
    answer(card, "78")
    assert card.answer_button.isVisible()
