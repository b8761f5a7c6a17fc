"""Every shipped lesson, walked through as a student does: wrong first, then right, to the end.

The right answers are computed from the lesson's own graphs; what a task wants is the lesson's
solution, put on the canvas.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from graphlab import tutor
from graphlab.gui.app import application
from graphlab.gui.panels.exercises import GoalCard, QuestionCard, TaskCard
from graphlab.gui.panels.lesson import LessonPanel
from graphlab.gui.window import Window
from graphlab.paths import shipped

LESSONS = sorted(shipped("lessons").glob("[0-9]*.md"))
WRONG = "123456.75"


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Window:
    """A window with settings and files of its own."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path))
    application()
    return shown(qtbot)


def shown(qtbot: QtBot) -> Window:
    window = Window()
    qtbot.addWidget(window, before_close_func=lambda w: w.session.undo_stack.setClean())
    window.resize(1280, 800)
    window.show()
    qtbot.waitExposed(window)
    return window


def click(widget: object) -> None:
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)  # type: ignore[call-overload]  # any widget


def state(card: QuestionCard | GoalCard) -> str:
    return "" if card.verdict.isHidden() else str(card.verdict.property("state"))


def give(card: QuestionCard, question: tutor.Question, given: str) -> None:
    if question.kind == "choice":
        places = [i for i, option in enumerate(question.choices) if option.text == given]
        click(card.options.button(places[0]))
        card.options.button(places[0]).setChecked(True)
    else:
        card.field.clear()
        typed = given.replace("−", "-")
        if typed.isascii():
            QTest.keyClicks(card.field, typed)
        else:  # no key of the test's keyboard has ⁻⁷
            card.field.insert(typed)
    click(card.check_button)


def right_and_wrong(question: tutor.Question) -> tuple[str, str]:
    found = tutor.answer(question)
    if question.kind != "choice":
        return found.text, WRONG
    texts = [option.text for option in question.choices]
    wrong = next(i for i in range(len(texts)) if i not in found.value)
    return texts[found.value[0]], texts[wrong]


def answer_all(window: Window, panel: LessonPanel) -> None:
    blocks = [b for b in window.lessons.desk.walk.page.blocks if isinstance(b, tutor.Question)]
    cards = [card for card in panel.exercises if isinstance(card, QuestionCard)]
    for question, card in zip(blocks, cards, strict=True):
        right, wrong = right_and_wrong(question)
        texts = len(panel.findChildren(type(panel._prose(""))))
        give(card, question, wrong)
        assert state(card) == "wrong"
        assert card.verdict.text().strip("✗ ")
        assert f"is {right}" not in card.verdict.text()
        give(card, question, right)
        assert state(card) == "right", f"{question.id}: {right}: {card.verdict.text()}"
        assert card.check_button.isHidden()
        assert not question.reveal or len(panel.findChildren(type(panel._prose("")))) > texts


def do_tasks(qtbot: QtBot, window: Window, panel: LessonPanel) -> None:
    walk = window.lessons.desk.walk
    tasks = [block for block in walk.page.blocks if isinstance(block, tutor.Task)]
    cards = [card for card in panel.exercises if isinstance(card, TaskCard)]
    for task, card in zip(tasks, cards, strict=True):
        window.session.backward()
        verdicts = tutor.is_met(task.until, window.session.graph, window.session.run)
        if not all(v.is_right for v in verdicts):
            assert walk.lesson is not None
            solved = task.solution or walk.lesson.solution
            assert solved is not None
            window.session.edit("solve", solved.with_(lineage=window.session.graph.lineage))
            window.session.fill_inputs()
            for check in task.until:
                if check.kind == "set":
                    window.session.set_values(check.spec)
            window.session.backward()
        qtbot.waitUntil(lambda card=card: card.state.property("state") == "right")


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_student_walks_a_lesson_to_its_end(
    qtbot: QtBot, window: Window, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.lessons.open(path)
    panel, walk = window.lessons.desk.panel, window.lessons.desk.walk
    assert window.left.isVisible()
    for place in range(walk.count):
        assert walk.progress.page == place
        answer_all(window, panel)
        do_tasks(qtbot, window, panel)
        if place < walk.count - 1:
            click(panel.next)
    goals = [card for card in panel.exercises if isinstance(card, GoalCard)]
    assert len(goals) == 1
    click(goals[0].check_button)
    assert state(goals[0]) == "right", goals[0].verdict.text()
    written = tmp_path / "work.answers.json"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(written), ""))
    click(goals[0].hand_in_button)
    assert walk.lesson is not None
    assert tutor.grade(walk.lesson, written).is_passed
    click(panel.next)
    assert panel.ending is not None
    way = panel.ending.buttons[0]
    rest = LESSONS[LESSONS.index(path) + 1 :]
    if rest:
        assert way.text().startswith(f"Next lesson: {tutor.read_lesson(rest[0]).number} · ")
    click(way)
    assert (walk.lesson.path if walk.lesson else None) == (rest[0] if rest else None)
    assert window.house.welcome.isVisible() == (not rest)
    window.house.show_welcome()
    told = {e.text(): e.accessibleName() for e in window.house.welcome.entries if not e.is_large}
    assert told[tutor.read_lesson(path).title].endswith("✓ finished")


def test_progress_comes_back_and_wandering_is_undone(qtbot: QtBot, window: Window) -> None:
    path = next(p for p in LESSONS if "fan-out" in p.stem)
    window.lessons.open(path)
    panel, walk = window.lessons.desk.panel, window.lessons.desk.walk
    window.lessons.go_on()
    first = walk.page.blocks
    brought = window.session.graph
    answer_all(window, panel)
    window.formula.setPlainText("f = x * x * x")
    window.enter_formula("f = x * x * x")
    wandered = window.session.graph
    qtbot.waitUntil(lambda: not panel.back_to_lesson.isHidden())
    window.close()

    again = shown(qtbot)
    again.lessons.open(path)
    panel, walk = again.lessons.desk.panel, again.lessons.desk.walk
    assert [type(b) for b in walk.page.blocks] == [type(b) for b in first]
    assert again.session.graph == wandered
    cards = [card for card in panel.exercises if isinstance(card, QuestionCard)]
    assert all(state(card) == "right" for card in cards)
    click(panel.back_to_lesson)
    assert again.session.graph == brought
    again.session.undo_stack.undo()
    assert again.session.graph == wandered
    again.lessons.restart()
    assert walk.progress.page == 0
    assert not walk.progress.answers


def test_a_file_that_is_no_lesson_is_told_and_changes_nothing(
    window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr("graphlab.gui.dialogs.tell", lambda _w, _t, message: told.append(message))
    window.session.set_formula("f = x * y")
    graph = window.session.graph
    window.session.undo_stack.setClean()
    bad = tmp_path / "bad.md"
    bad.write_text("---\nformat: 1\ntitel: x\n---\n")
    window.lessons.open(bad)
    assert len(told) == 1
    assert "line 3" in told[0]
    assert window.session.graph is graph
    assert not window.lessons.is_open()
