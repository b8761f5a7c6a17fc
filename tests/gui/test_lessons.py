"""Every shipped lesson, walked through as a student does: wrong first, then right, to the end.

The right answers are computed from the lesson's own graphs; what a task wants is the lesson's
solution, put on the canvas.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QInputDialog, QLabel
from pytestqt.qtbot import QtBot

from graphlab import tutor
from graphlab.cli.app import main as command_line
from graphlab.cli.desktop import Desktop
from graphlab.graph.formula import parse
from graphlab.gui.app import application, open_window
from graphlab.gui.panels.exercises import GoalCard, QuestionCard, TaskCard
from graphlab.gui.panels.lesson import LessonPanel
from graphlab.gui.panels.prose import Prose
from graphlab.gui.window import Window
from graphlab.paths import shipped
from tests.gui.dragging import drag

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
    monkeypatch.setattr(QInputDialog, "getText", lambda *_, **__: ("Ada", True))
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


@pytest.mark.parametrize("path", [LESSONS[1], "own"], ids=["shipped", "own"])
def test_the_command_line_opens_a_lesson_in_the_window(
    window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: Path | str
) -> None:
    if path == "own":
        path = tmp_path / "my-lesson.md"
        path.write_text(LESSONS[0].read_text("utf-8"), "utf-8")
    window.close()
    seen: list[str] = []

    def look() -> int:
        (shown,) = (w for w in QApplication.topLevelWidgets() if w.isVisible())
        assert isinstance(shown, Window)
        assert shown.lessons.is_open()
        assert shown.house.welcome.isHidden()
        lesson = shown.lessons.desk.walk.lesson
        assert lesson is not None
        seen.append(lesson.title)
        shown.close()
        return 0

    monkeypatch.setattr(QApplication, "exec", staticmethod(look))
    monkeypatch.setattr("gc.freeze", lambda: None)
    monkeypatch.setattr("graphlab.gui.garbage.is_any_at_work", lambda: False)  # else it exits
    assert command_line(["open", str(path)], Desktop(open_window, lambda *_: None)) == 0
    assert seen == [tutor.read_lesson(path).title]


@pytest.mark.parametrize("way", ["drop", "open", "command line"])
@pytest.mark.parametrize("student", ["Anna Ott", ""])
def test_handed_in_work_shows_its_graph_and_what_it_is(
    window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str, student: str
) -> None:
    lesson, path = tutor.read_lesson(LESSONS[0]), tmp_path / "a.answers.json"
    graph = parse("f = x * y + z")
    tutor.write_submission(path, lesson, graph, {lesson.questions[0].id: "3"}, student)
    seen: list[tuple[object, bool, str]] = []

    def look(shown: Window) -> None:
        told = shown.notice.text.text()
        seen.append((shown.session.graph, shown.session.is_saved, told))

    if way == "command line":

        def run() -> int:
            (shown,) = (w for w in QApplication.topLevelWidgets() if w.isVisible())
            assert isinstance(shown, Window)
            look(shown)
            shown.close()
            return 0

        window.close()
        monkeypatch.setattr(QApplication, "exec", staticmethod(run))
        monkeypatch.setattr("gc.freeze", lambda: None)
        monkeypatch.setattr("graphlab.gui.garbage.is_any_at_work", lambda: False)  # else it exits
        assert command_line(["open", str(path)], Desktop(open_window, lambda *_: None)) == 0
    elif way == "open":
        monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
        window.actions_["open"].trigger()
        look(window)
    else:
        assert drag(window, path)
        look(window)
    who = student or "somebody"
    told = f"a.answers.json is what {who} handed in for the lesson {lesson.stem}, with 1 answer: "
    assert seen == [(graph, True, told + "this is its graph, and graphlab grade judges all of it.")]


def test_handed_in_work_that_cannot_be_read_is_told(
    window: Window,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    told: list[str] = []
    monkeypatch.setattr("graphlab.gui.dialogs.tell", lambda _w, _t, message: told.append(message))
    path = tmp_path / "a.answers.json"
    path.write_text("{}")
    window.open_path(path)
    assert "a.answers.json: this is no answers file" in told[0]
    assert command_line(["open", str(path)], Desktop(lambda _: 70, lambda *_: None)) == 2
    assert "this is no answers file" in capsys.readouterr().err


def test_a_lesson_at_fault_is_told_before_any_window(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bad.md"
    path.write_text("---\nformat: 1\ntitel: x\n---\n")
    assert command_line(["open", str(path)], Desktop(lambda _: 70, lambda *_: None)) == 2
    assert "bad.md, line 3: the key 'titel' is none" in capsys.readouterr().err


def opened(window: Window, name: str, page: int) -> LessonPanel:
    """A lesson's panel at a page, counted from 1, turned to by clicks."""
    window.lessons.open(next(p for p in LESSONS if name in p.stem))
    panel = window.lessons.desk.panel
    for _ in range(page - 1):
        click(panel.next)
    return panel


@pytest.mark.parametrize("way", ["button", "undo"])
def test_the_students_drawing_comes_back_after_a_step_was_shown(
    window: Window, qtbot: QtBot, way: str
) -> None:
    panel = opened(window, "build-a-graph", 4)
    walk, session = window.lessons.desk.walk, window.session
    session.set_formula("mine = x * y + z")
    drawn = session.graph
    card = next(card for card in panel.exercises if isinstance(card, QuestionCard))
    card.field.insert(WRONG)
    click(card.check_button)
    click(card.show_button)
    assert "q" in session.graph.nodes
    assert session.run.value("q") == 3
    assert (walk.drawing, walk.is_away) == (drawn, True)
    qtbot.waitUntil(lambda: not panel.back_to_drawing.isHidden())
    if way == "button":
        click(panel.back_to_drawing)
    else:
        session.undo_stack.undo()
    assert session.graph == drawn
    assert not walk.is_away
    qtbot.waitUntil(panel.back_to_drawing.isHidden)


@pytest.mark.parametrize("way", ["on", "back", "anew"])
def test_undo_ends_at_the_page_and_each_page_keeps_its_own_drawing(
    window: Window, way: str
) -> None:
    panel = opened(window, "build-a-graph", 2)
    walk, session, undo = window.lessons.desk.walk, window.session, window.actions_["undo"]
    session.set_formula("q = x + y")
    drawn = session.graph
    if way == "anew":
        window.lessons.restart()
    else:
        click(panel.next if way == "on" else panel.previous)
    page, brought = walk.progress.page, session.graph
    assert (undo.isEnabled(), session.is_saved) == (False, False)
    window.canvas.setFocus()
    QTest.keyClick(window.canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert session.graph is brought
    session.set_formula("mine = x * y")
    for _ in range(3):
        QTest.keyClick(window.canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert (walk.progress.page, session.graph) == (page, brought)
    if way == "on":
        click(panel.previous)
        assert session.graph == drawn


def test_a_step_is_shown_on_a_drawing_that_has_what_is_asked(window: Window) -> None:
    panel = opened(window, "build-a-graph", 4)
    window.session.set_formula("q = x + y; f = q * z")
    card = next(card for card in panel.exercises if isinstance(card, QuestionCard))
    card.field.insert(WRONG)
    click(card.check_button)
    click(card.show_button)
    assert {"q", "f", "z"} <= window.session.graph.nodes.keys()
    assert window.session.run.value("q") == 3


@pytest.mark.parametrize("is_right", [True, False], ids=["right", "given up"])
def test_a_settled_question_stays_as_it_is(window: Window, is_right: bool) -> None:
    panel = opened(window, "build-a-graph", 4)
    walk = window.lessons.desk.walk

    def card() -> QuestionCard:
        return next(card for card in panel.exercises if isinstance(card, QuestionCard))

    def said() -> list[str]:
        return [label.text() for label in card().findChildren(QLabel) if not label.isHidden()]

    question = next(block for block in walk.page.blocks if isinstance(block, tutor.Question))
    right = right_and_wrong(question)[0]
    if is_right:
        QTest.keyClicks(card().field, right)
        QTest.keyClick(card().field, Qt.Key.Key_Return)
    else:
        QTest.keyClicks(card().field, WRONG)
        for _ in range(3):
            QTest.keyClick(card().field, Qt.Key.Key_Return)
        click(card().answer_button)
    stands, given, texts = said(), dict(walk.progress.answers), len(card().findChildren(Prose))
    assert ("✓ Right." if is_right else f"✗ The answer is {right}.") in stands
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_7, Qt.Key.Key_Return):
        card().field.setFocus()
        QTest.keyClick(card().field, key)
    assert (said(), walk.progress.answers) == (stands, given)
    assert len(card().findChildren(Prose)) == texts
    click(panel.next)
    click(panel.previous)
    assert (said(), walk.progress.answers) == (stands, given)


def test_finish_says_what_is_missing_by_the_questions_words_and_keeps_up(
    window: Window, qtbot: QtBot
) -> None:
    panel = opened(window, "fan-out", 6)
    walk = window.lessons.desk.walk
    click(panel.next)
    assert panel.ending is not None
    assert [button.accessibleName() for button in panel.ending.buttons] == [
        "Go to question 1 on page 2", "Leave anyway"
    ]  # fmt: skip
    goal = next(card for card in panel.exercises if isinstance(card, GoalCard))
    assert state(goal) == "wrong"
    assert "question 1 on page 2 (‘What is the local partial" in goal.verdict.text()
    assert walk.lesson is not None
    for question in walk.lesson.questions:
        assert "-" not in question.id or question.id not in goal.verdict.text()
        walk.answer(question, right_and_wrong(question)[0])
    assert "Not answered" not in goal.verdict.text()
    window.session.set_formula("b = a + a; c = b + b; d = c + c")
    qtbot.waitUntil(lambda: state(goal) == "right")
    assert walk.progress.is_finished
    assert panel.ending.buttons[-1].text() == "Back to the welcome page"


def test_finish_judges_what_was_chosen_since_it_was_last_checked(window: Window) -> None:
    panel = opened(window, "build-a-graph", 5)
    question = next(b for b in window.lessons.desk.walk.page.blocks if hasattr(b, "choices"))
    right, wrong = right_and_wrong(question)
    give(next(c for c in panel.exercises if isinstance(c, QuestionCard)), question, wrong)
    click(panel.previous)
    click(panel.next)
    card = next(c for c in panel.exercises if isinstance(c, QuestionCard))
    card.options.button([o.text for o in question.choices].index(right)).setChecked(True)
    click(panel.next)  # it says Finish
    assert state(card) == "right"
    assert window.lessons.desk.walk.progress.answers[question.id] == right


def test_the_end_leads_to_the_question_that_has_no_answer(window: Window, qtbot: QtBot) -> None:
    panel = opened(window, "fan-out", 6)
    lesson = window.lessons.desk.walk.lesson
    assert lesson is not None
    click(panel.next)
    assert panel.ending is not None
    click(panel.ending.buttons[0])

    def is_seen() -> bool:
        cards = [card for card in panel.exercises if isinstance(card, QuestionCard)]
        return any(
            card.is_about(lesson.questions[0]) and not card.visibleRegion().isEmpty()
            for card in cards
        )

    qtbot.waitUntil(is_seen)


def test_a_lesson_only_read_leaves_nothing_to_save(window: Window) -> None:
    panel = opened(window, "fan-out", 3)
    click(panel.previous)
    window.lessons.leave()
    assert window.session.is_saved


def test_a_lens_that_a_page_opened_closes_with_the_page(window: Window) -> None:
    panel = opened(window, "fan-out", 4)
    assert window.below.current is None  # its question comes first
    click(panel.next)
    assert window.below.current == "paths"
    click(panel.next)
    assert window.below.current is None


def test_typing_goes_to_the_canvas_after_a_hint_about_it(window: Window, qtbot: QtBot) -> None:
    window.activateWindow()
    panel = opened(window, "build-a-graph", 2)
    click(panel.exercises[0].hint_button)
    qtbot.waitUntil(window.canvas.hasFocus)
    click(panel.next)
    click(panel.next)
    card = panel.exercises[0]
    assert isinstance(card, QuestionCard)
    qtbot.waitUntil(card.field.hasFocus)
