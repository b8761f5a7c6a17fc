"""What surrounds a document, driven by keys and clicks: start, files, crash, text, pictures."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QSettings, QSize, Qt
from PySide6.QtGui import QGuiApplication, QImage, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QFileDialog,
    QInputDialog,
    QLabel,
    QMenu,
    QMessageBox,
    QWidget,
)
from pytestqt.qtbot import QtBot

from graphlab.graph.file import load, save
from graphlab.graph.formula import parse
from graphlab.gui.app import application
from graphlab.gui.appearance import SCALES
from graphlab.gui.command_palette import Line
from graphlab.gui.export_dialog import CONTENTS, FORMATS, THEMES, ExportDialog
from graphlab.gui.matching import fit
from graphlab.gui.offers import lessons
from graphlab.gui.panels.entry import Entry
from graphlab.gui.recovery import Recovery
from graphlab.gui.theme import base_size
from graphlab.gui.window import Window
from graphlab.paths import shipped
from tests.gui.dragging import drag

NEURON = "f = sigmoid(w1*x + w2*y + b)"
EXAMPLES = sorted((shipped("resources") / "examples").glob("*.graph.json"))
PANELS = ["F5", "F6", "F7", "F8", "F9"]
_LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def make(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], Window]]:
    """Makes windows that share settings of their own, as one start after another does."""
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path / "s"))
    monkeypatch.setenv("HOME", str(tmp_path))
    application()
    made: list[Window] = []

    def start() -> Window:
        window = Window()
        made.append(window)
        window.house.begin(tmp_path / "recovery")
        qtbot.addWidget(window, before_close_func=_leave_nothing)
        window.show()
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow)
        return window

    yield start
    for window in made:
        _leave_nothing(window)
        window.close()


@pytest.fixture
def window(make: Callable[[], Window]) -> Window:
    return make()


def _leave_nothing(window: Window) -> None:
    window.formula.revert()
    window.session.undo_stack.setClean()


def draw(window: Window, text: str = NEURON) -> None:
    """Type a formula on the welcome page."""
    field = window.house.welcome.formula
    field.setFocus()
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)


def entry(window: Window, title: str) -> Entry:
    return next(e for e in window.house.welcome.entries if e.text() == title)


def close(window: Window) -> None:
    _leave_nothing(window)
    assert window.close()


# --- the welcome page -----------------------------------------------------------------------------
def test_a_first_start_leads_to_lesson_1_and_a_later_one_to_the_formula(
    make: Callable[[], Window], qtbot: QtBot
) -> None:
    window = make()
    page = window.house.welcome
    assert page.isVisible()
    first = page.entries[0]
    assert first.is_large
    assert first.hasFocus()
    with qtbot.waitSignal(window.lessons.opened) as chosen:
        QTest.keyClick(first, Qt.Key.Key_Return)
    assert chosen.args == [sorted(shipped("lessons").glob("[0-9]*.md"))[0]]
    close(window)
    later = make()
    assert not any(e.is_large for e in later.house.welcome.entries)
    assert later.house.welcome.formula.hasFocus()


def test_tab_goes_round_all_of_the_page_and_never_behind_it(window: Window) -> None:
    page = window.house.welcome
    reached: list[QWidget] = []
    for _ in range(len(page.entries) + 3):
        focus = QApplication.focusWidget()
        assert focus is not None
        reached.append(focus)
        QTest.keyClick(focus, Qt.Key.Key_Tab)
    assert set(reached) == {*page.entries, page.formula, page.empty, page.open}
    assert QApplication.focusWidget() is reached[0]
    places = [e.mapTo(page, QPoint()) for e in reached if isinstance(e, Entry) and not e.is_large]
    assert places == sorted(places, key=lambda place: (place.x(), place.y()))
    assert all(widget.accessibleName() or widget.property("text") for widget in reached)


@pytest.mark.parametrize("size", [QSize(900, 600), QSize(1280, 800), QSize(1920, 1080)])
@pytest.mark.parametrize("steps", [0, len(SCALES) - 1])
def test_the_page_fits_the_window(window: Window, qtbot: QtBot, size: QSize, steps: int) -> None:
    window.resize(size)
    window.appearance.enlarge(steps)
    page = window.house.welcome
    qtbot.waitUntil(lambda: page.size() == window.whole.size())
    assert not page._scroll.horizontalScrollBar().isVisible()
    for button in (page.empty, page.open):
        assert button.width() >= button.sizeHint().width()
    window.appearance.enlarge(0)


def test_a_formula_is_drawn_from_the_page_and_a_wrong_one_is_told_there(window: Window) -> None:
    page = window.house.welcome
    draw(window, "f = sigmiod(x)")
    assert page.isVisible()
    assert "sigmoid" in page.problem.text()
    page.formula.clear()
    draw(window)
    assert not page.isVisible()
    assert set(window.session.graph.nodes) >= {"w1", "x", "w2", "y", "b", "f"}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name.partition(".")[0])
def test_every_shipped_example_is_a_click_away_and_is_not_saved_over(
    window: Window, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    target = tmp_path / "mine.graph.json"

    def answer(_parent: object, _title: str, start: str, _kinds: str) -> tuple[str, str]:
        asked.append(start)
        return str(target), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", answer)
    stem = path.name.removesuffix(".graph.json")
    entries = window.house.welcome.entries
    offered = next(e for e in entries if e.text().replace(" ", "-") == stem)
    QTest.mouseClick(offered, _LEFT)
    assert window.session.graph == load(path)
    before = path.read_bytes()
    window.actions_["save"].trigger()
    assert asked == [str(tmp_path / path.name)]
    assert path.read_bytes() == before
    assert load(target) == load(path)
    assert window.house.recent.paths == [target]


def test_the_empty_canvas_and_the_way_back(window: Window) -> None:
    page = window.house.welcome
    QTest.mouseClick(page.empty, _LEFT)
    assert not page.isVisible()
    assert window.canvas.hasFocus()
    QTest.keyClick(window, Qt.Key.Key_H, _CONTROL | _SHIFT)
    assert page.isVisible()
    assert page.leave.isHidden()
    draw(window)
    graph = window.session.graph
    QTest.keyClick(window, Qt.Key.Key_H, _CONTROL | _SHIFT)
    assert page.leave.isVisible()
    focus = QApplication.focusWidget()
    assert focus is not None
    QTest.keyClick(focus, Qt.Key.Key_Escape)
    assert not page.isVisible()
    assert window.session.graph is graph


_CONTROL, _SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def test_lessons_are_those_that_have_a_title(tmp_path: Path) -> None:
    texts = {
        "01-a.md": "---\nformat: 1\nnumber: 7\ntitle: 'First'\n---\ntext",
        "02-b.md": "# no front matter\ntitle: x",
        "03-c.md": "---\nnumber: 1\n---\ntitle: below",
        "04-d.md": '---\ntitle: "Fourth"\n---\n',
        "05-e.md": "",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "06-f.md").write_bytes(b"---\ntitle: \xff\xfe\n---")
    (tmp_path / "07-g.md").mkdir()
    told = [(offer.title, offer.detail) for offer in lessons(tmp_path)]
    assert told[:2] == [("First", "Lesson 7"), ("Fourth", "Lesson 2")]
    assert len(told) == 3


# --- recent files ---------------------------------------------------------------------------------
def test_recent_files_are_listed_opened_marked_and_forgotten(
    make: Callable[[], Window], tmp_path: Path
) -> None:
    window = make()
    paths = [tmp_path / f"g{i}.graph.json" for i in range(12)]
    for path in paths:
        save(parse("f = x + 1"), path)
        window.open_path(path)
    paths[8].unlink()
    assert window.house.recent.paths == paths[:1:-1]
    lines = _submenu(window, "recent")
    assert [a.text() for a in lines[:10]] == [p.name for p in paths[:1:-1]]
    assert [a.isEnabled() for a in lines[:10]] == [p.exists() for p in paths[:1:-1]]
    lines[4].trigger()
    assert window.session.path == paths[7]
    close(window)
    later = make()
    gone = entry(later, paths[8].name)
    assert "missing" in gone.accessibleName()
    QTest.mouseClick(gone, _LEFT, pos=gone.cross().center())
    assert paths[8] not in later.house.recent.paths
    assert later.house.welcome.isVisible()
    last = entry(later, paths[7].name)
    last.setFocus()
    QTest.keyClick(last, Qt.Key.Key_Return)
    assert later.session.path == paths[7]


@pytest.mark.parametrize("way", ["page", "menu", "reopen", "palette", "start"])
def test_a_lesson_of_ones_own_is_found_again_and_a_shipped_one_is_not_listed_twice(
    make: Callable[[], Window], tmp_path: Path, way: str
) -> None:
    shipped_one, own = lessons()[0].path, tmp_path / "my own.md"
    assert shipped_one is not None
    own.write_bytes(shipped_one.read_bytes())
    window = make()
    assert drag(window, own)
    window.lessons.go_on()
    window.open_path(shipped_one)
    if way == "start":
        window.actions_["reopening"].trigger()
    close(window)
    again = make()
    assert again.house.recent.paths == [own]
    if way == "page":
        QTest.mouseClick(entry(again, own.name), _LEFT)
    elif way == "menu":
        _submenu(again, "recent")[0].trigger()
    elif way == "reopen":
        again.actions_["reopen"].trigger()
    elif way == "palette":
        (line,) = (line for line in ask(again, own.name) if line.title == own.name)
        QTest.keyClick(again.house.palette.field, Qt.Key.Key_Return)
        assert line.note == "recent file"
    else:
        assert again.house.open_last()
    assert again.lessons.path == own
    assert again.lessons.pages_read() == 1
    assert not again.house.welcome.isVisible()


@pytest.mark.parametrize("kind", ["own lesson", "shipped lesson", "graph"])
@pytest.mark.parametrize("answer", ["Discard", "Cancel"])
def test_unsaved_work_is_asked_about_once_before_another_file(
    make: Callable[[], Window],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    answer: str,
) -> None:
    asked: list[str] = []
    given = getattr(QMessageBox.StandardButton, answer)
    monkeypatch.setattr(QMessageBox, "exec", lambda box: asked.append(box.text()) or given)
    shipped_one = lessons()[0].path
    assert shipped_one is not None
    path = {"shipped lesson": shipped_one, "graph": tmp_path / "g.graph.json"}.get(kind)
    if path is None:
        path = tmp_path / "own.md"
        path.write_bytes(shipped_one.read_bytes())
    elif kind == "graph":
        save(parse("f = x + 1"), path)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    window = make()
    draw(window)
    drawn = window.session.graph
    for count, way in enumerate(("drag", "open"), 1):
        if way == "drag":
            drag(window, path)
        else:
            window.actions_["open"].trigger()
        assert len(asked) == count
        assert (window.session.graph is drawn) == (answer == "Cancel")
        if answer == "Discard":
            window.lessons.leave()
            window.enter_formula(NEURON)
            drawn = window.session.graph


def _submenu(window: Window, command: str) -> list[Any]:
    menu = window.actions_[command].menu()
    assert isinstance(menu, QMenu)
    menu.aboutToShow.emit()
    return menu.actions()


@pytest.mark.parametrize("kept", ["", "x", 7, ["", "a\0b", "relative", 3], {"a": 1}, None])
def test_settings_that_make_no_sense_are_as_if_they_were_not(
    make: Callable[[], Window], kept: Any
) -> None:
    make().close()
    settings = QSettings()
    for key in ("recent", "scale", "reopens", "window/geometry", "window/split", "window/side"):
        settings.setValue(key, kept)
    window = make()
    assert window.house.recent.paths == []
    assert base_size() in {13.0 * scale for scale in SCALES} or kept == 7
    assert window.side.isVisibleTo(window)


# --- the command palette --------------------------------------------------------------------------
def ask(window: Window, letters: str) -> list[Line]:
    """Open the palette, type, and return its lines."""
    QTest.keyClick(window, Qt.Key.Key_P, _CONTROL | _SHIFT)
    palette = window.house.palette
    assert palette.field.hasFocus()
    QTest.keyClicks(palette.field, letters.replace("…", ""))
    return listed(window)


def listed(window: Window) -> list[Line]:
    palette = window.house.palette
    rows = range(palette.list.count())
    return [palette.list.item(row).data(Qt.ItemDataRole.UserRole) for row in rows]


def test_every_command_is_found_by_its_title_and_runs(window: Window) -> None:
    draw(window)
    for command in window.actions_.commands:
        if command.id == "palette":
            continue
        lines = ask(window, command.title)
        wanted = [line for line in lines if line.title == command.title]
        is_enabled = window.actions_[command.id].isEnabled()
        assert wanted, command.id
        assert wanted[0].is_enabled == is_enabled
        assert lines[0].title == command.title
        QTest.keyClick(window.house.palette.field, Qt.Key.Key_Escape)
    ask(window, "dark")
    QTest.keyClick(window.house.palette.field, Qt.Key.Key_Return)
    assert window.theme.is_dark
    assert not window.house.palette.isVisible()


def test_a_command_stands_above_what_does_not_have_its_words(window: Window) -> None:
    ask(window, "")
    palette = window.house.palette
    for command in window.actions_.commands:
        if command.id == "palette":
            continue
        title = command.title.replace("…", "")
        typed = [title, *(word[:4] for word in re.findall(r"\w+", title))]
        for letters in (text for one in typed for text in (one, one.lower(), one.upper())):
            palette.field.clear()
            palette.field.textEdited.emit(letters)  # typed one by one it takes a minute
            lines = listed(window)
            place = [line.title for line in lines].index(command.title)
            for line in lines[:place]:
                text = f"{line.title} {line.note}".casefold()
                assert all(w in text for w in letters.casefold().split()), (letters, line.title)
                assert not line.is_extra or letters.casefold() in line.title.casefold()


@pytest.mark.parametrize("letters", ["fold", "group", "undo", "grou"])
def test_return_opens_no_lesson_where_a_command_is_called_so(window: Window, letters: str) -> None:
    for is_drawn in (False, True):
        if is_drawn:
            draw(window)
        lines = ask(window, letters)
        assert letters in lines[0].title.casefold()
        kinds = [line.is_extra for line in lines if letters in line.title.casefold().split()]
        assert kinds == sorted(kinds)
        QTest.keyClick(window.house.palette.field, Qt.Key.Key_Escape)


def test_what_cannot_be_done_is_last_says_why_and_does_not_run(window: Window) -> None:
    draw(window)
    lines = ask(window, "")
    states = [line.is_enabled for line in lines]
    assert states == sorted(states, reverse=True)
    back = next(line for line in lines if line.title == window.actions_["back"].text())
    assert back.reason
    QTest.keyClicks(window.house.palette.field, back.title)
    palette = window.house.palette
    palette.list.setCurrentRow(
        next(i for i in range(palette.list.count()) if palette.list.item(i).text() == back.title)
    )
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    assert palette.isVisible()


def test_the_palette_finds_lessons_and_files_and_gives_the_focus_back(
    window: Window, qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "zebra.graph.json"
    save(parse("f = x + 1"), path)
    window.open_path(path)
    window.session.new()
    window.canvas.setFocus()
    assert not any(line.is_extra for line in ask(window, ""))
    QTest.keyClick(window.house.palette.field, Qt.Key.Key_Escape)
    assert window.canvas.hasFocus()
    assert ask(window, "zebra")[0].title == path.name
    QTest.keyClick(window.house.palette.field, Qt.Key.Key_Return)
    assert window.session.path == path
    lesson = lessons()[0]
    assert ask(window, lesson.title)[0].title == lesson.title
    with qtbot.waitSignal(window.lessons.opened):
        QTest.keyClick(window.house.palette.field, Qt.Key.Key_Return)


def test_letters_fit_in_order_and_beginnings_fit_best() -> None:
    titles = ["Export picture", "Step back", "Zoom out", "Reset", "Run to the end of this phase"]
    best = {"ep": "Export picture", "zo": "Zoom out", "sb": "Step back", "end run": titles[4]}
    for letters, title in best.items():
        scores = {t: fit(letters, t) for t in titles}
        assert max(scores, key=lambda t: -1.0 if scores[t] is None else scores[t]) == title
    assert fit("xyz", "Step back") is None
    assert fit("", "anything") == 0


# --- after a crash --------------------------------------------------------------------------------
_WORK = """
import sys
from pathlib import Path
from PySide6.QtCore import QSettings
QSettings.setDefaultFormat(QSettings.Format.IniFormat)
QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, sys.argv[1])
from graphlab.gui.app import application
from graphlab.gui.window import Window
app = application()
window = Window()
window.house.begin(Path(sys.argv[2]))
window.show()
if sys.argv[3]:
    window.open_path(Path(sys.argv[3]))
window.session.set_formula(sys.argv[4])
window.house.rescue.recovery.written.connect(lambda: print("kept", flush=True))
app.exec()
"""


@pytest.mark.parametrize("has_file", [True, False])
def test_unsaved_work_is_offered_after_the_process_was_killed(
    make: Callable[[], Window], qtbot: QtBot, tmp_path: Path, has_file: bool
) -> None:
    path = tmp_path / "neuron.graph.json"
    save(parse("f = x"), path)
    place = tmp_path / "recovery"
    given = [str(tmp_path / "other"), str(place), str(path) if has_file else "", NEURON]
    process = subprocess.Popen(
        [sys.executable, "-c", _WORK, *given], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "kept\n"
        alive = make()
        _looked(alive, qtbot)
        assert not alive.notice.isVisible()
        close(alive)
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
    window = make()
    assert window.house.rescue is not None
    qtbot.waitUntil(window.notice.isVisible)
    assert ("neuron.graph.json" if has_file else "without a name") in window.notice.text.text()
    recover = window.notice.buttons[0]
    QTest.mouseClick(recover, _LEFT)
    assert window.session.graph == parse(NEURON)
    assert window.session.path == (path if has_file else None)
    assert window.isWindowModified()
    assert not window.notice.isVisible()
    assert not window.house.welcome.isVisible()
    qtbot.waitUntil(lambda: window.house.rescue.recovery.graph_file.exists())  # type: ignore[union-attr]
    qtbot.waitUntil(lambda: len(list(place.iterdir())) == 1)
    close(window)
    assert not list(place.iterdir())


_IN_A_LESSON = """
import os, signal, sys
from pathlib import Path
from PySide6.QtCore import QSettings
QSettings.setDefaultFormat(QSettings.Format.IniFormat)
QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, sys.argv[1])
from graphlab.gui.app import application
from graphlab.gui.window import Window
from graphlab.tutor import Question
app = application()
window = Window()
window.house.begin(Path(sys.argv[2]))
window.show()
window.open_path(Path(sys.argv[3]))
walk = window.lessons.desk.walk
walk.turn(3)
window.session.set_formula(sys.argv[4])
if sys.argv[5] == "away":
    question = next(b for b in walk.page.blocks if isinstance(b, Question))
    walk.show_where(question, walk.answer(question, "123456.75").where)
    assert walk.is_away
walk.finish_writing()
QSettings().sync()
recovery = window.house.rescue.recovery
recovery.written.connect(lambda: os.kill(os.getpid(), signal.SIGKILL))
app.exec()
"""


@pytest.mark.parametrize("case", ["here", "away", "lesson gone"])
def test_work_in_a_lesson_comes_back_to_its_page_after_the_process_was_killed(
    make: Callable[[], Window],
    qtbot: QtBot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    case: str,
) -> None:
    told: list[str] = []
    monkeypatch.setattr("graphlab.gui.dialogs.tell", lambda *words: told.append(words[-1]))
    lesson = tmp_path / "my-graphs.md"
    lesson.write_bytes(sorted(shipped("lessons").glob("*build-a-graph.md"))[0].read_bytes())
    given = [str(tmp_path / "s"), str(tmp_path / "recovery"), str(lesson), NEURON, case]
    done = subprocess.run([sys.executable, "-c", _IN_A_LESSON, *given], check=False)
    assert done.returncode == -signal.SIGKILL
    if case == "lesson gone":
        lesson.unlink()
    window = make()
    qtbot.waitUntil(window.notice.isVisible)
    assert "your work in the lesson my-graphs" in window.notice.text.text()
    QTest.mouseClick(window.notice.buttons[0], _LEFT)
    session = window.session
    assert (session.graph, session.path) == (parse(NEURON), None)
    assert session.is_saved == (case == "away"), "an answer keeps the page's drawing with it"
    assert window.lessons.is_open() == (not told) == (case != "lesson gone")
    if not told:
        walk = window.lessons.desk.walk
        assert walk.progress.page == 3
        window.lessons.go_back()
        assert session.graph != parse(NEURON)
        window.lessons.go_on()
        assert session.graph == parse(NEURON)


def _looked(window: Window, qtbot: QtBot) -> None:
    rescue = window.house.rescue
    assert rescue is not None
    qtbot.waitUntil(lambda: not rescue.is_looking)


def _left(place: Path, **contents: bytes) -> Path:
    """A folder as a process that died has left it."""
    folder = place / "4711-dead"
    folder.mkdir(parents=True)
    save(parse(NEURON), folder / "kept.graph.json")
    (folder / "about.json").write_text(json.dumps({"path": str(place / "n.graph.json")}))
    for name, content in contents.items():
        target = folder / {"graph": "kept.graph.json", "about": "about.json"}[name]
        target.write_bytes(content)
    return folder


@pytest.mark.parametrize(
    ("part", "content"),
    [
        ("graph", b""),
        ("graph", b"{"),
        ("graph", b'{"format": "graphlab.graph", "version": 99}'),
        ("graph", b"\xff" * 100),
        ("about", b"["),
        ("about", b"[" * 50_000),
        ("about", b"x" * 100_000),
        ("about", b"\xff"),
    ],
)
def test_what_cannot_be_read_is_told_and_set_aside(
    make: Callable[[], Window], qtbot: QtBot, tmp_path: Path, part: str, content: bytes
) -> None:
    place = tmp_path / "recovery"
    folder = _left(place, **{part: content})
    window = make()
    qtbot.waitUntil(window.notice.isVisible)
    assert "cannot be read" in window.notice.text.text()
    QTest.mouseClick(window.notice.buttons[0], _LEFT)
    assert not window.notice.isVisible()
    assert not folder.exists()
    close(window)
    later = make()
    _looked(later, qtbot)
    assert not later.notice.isVisible()


@pytest.mark.parametrize("answer", ["Save as…", "Overwrite", "Cancel"])
def test_a_file_that_was_written_elsewhere_is_not_saved_over_unasked(
    make: Callable[[], Window], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    path, other = tmp_path / "shared.graph.json", tmp_path / "mine.graph.json"
    save(parse("f = x*y"), path)
    asked: list[str] = []

    def choose(box: QMessageBox) -> QMessageBox.StandardButton:
        asked.append(box.text())
        return next(box.standardButton(b) for b in box.buttons() if b.text() == answer)

    monkeypatch.setattr(QMessageBox, "exec", choose)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(other), ""))
    one, two = make(), make()
    for window, values in ((one, {"x": 5.0}), (two, {"y": 9.0})):
        window.open_path(path)
        window.session.set_values(values)
    for window in (one, two):
        assert asked == []
        window.actions_["save"].trigger()
    (text,) = asked
    assert "shared.graph.json was changed elsewhere" in text
    value = load(path).nodes["y" if answer == "Overwrite" else "x"].attributes["value"]
    assert value == (9.0 if answer == "Overwrite" else 5.0)
    assert two.session.is_saved == (answer != "Cancel")
    assert other.exists() == (answer == "Save as…")
    if answer != "Cancel":
        two.session.set_values({"y": 1.0})
        two.actions_["save"].trigger()
        assert len(asked) == 1


@pytest.mark.parametrize("path", ["/etc/passwd", "relative.graph.json", 7, None])
def test_a_recovered_graph_is_saved_only_where_a_graph_could_have_been(
    make: Callable[[], Window], qtbot: QtBot, tmp_path: Path, path: object
) -> None:
    _left(tmp_path / "recovery", about=json.dumps({"path": path}).encode())
    window = make()
    qtbot.waitUntil(window.notice.isVisible)
    QTest.mouseClick(window.notice.buttons[0], _LEFT)
    assert window.session.graph == parse(NEURON)
    assert window.session.path is None


def test_discarded_work_is_gone_and_saved_work_is_not_kept(
    make: Callable[[], Window], qtbot: QtBot, tmp_path: Path
) -> None:
    folder = _left(tmp_path / "recovery")
    window = make()
    qtbot.waitUntil(window.notice.isVisible)
    QTest.mouseClick(window.notice.buttons[1], _LEFT)
    assert not folder.exists()
    draw(window)
    assert window.house.rescue is not None
    recovery = window.house.rescue.recovery
    recovery.keep(window.session.graph, None, at_once=True)
    qtbot.waitUntil(recovery.graph_file.exists)
    assert load(recovery.graph_file) == window.session.graph
    window.session.save(tmp_path / "saved.graph.json")
    qtbot.waitUntil(lambda: not recovery.graph_file.exists())


def test_work_that_cannot_be_kept_aside_is_told_once(qtbot: QtBot, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    recovery, told = Recovery(blocked), []
    recovery.failed.connect(told.append)
    for text in ("f = x", "f = y"):
        with qtbot.waitSignal(
            recovery._background.is_busy_changed, check_params_cb=lambda b: not b
        ):
            recovery.keep(parse(text), None, at_once=True)
    assert len(told) == 1


# --- what is remembered ---------------------------------------------------------------------------
def test_the_window_stands_as_it_was_left(make: Callable[[], Window]) -> None:
    window = make()
    draw(window)
    window.resize(770, 560)
    window.fold_side()
    close(window)
    later = make()
    assert later.size() == QSize(770, 560)
    assert not later.is_side_shown()


@pytest.mark.parametrize("keys", [[key] for key in PANELS] + [PANELS, []], ids="".join)
def test_what_was_folded_stays_so_and_what_was_open_stays_open(
    make: Callable[[], Window], keys: list[str]
) -> None:
    def seen(window: Window) -> dict[str, bool]:
        window.resize(1280, 800)  # which a small screen may have made smaller
        window.canvas.setFocus()
        for shortcut in ("Ctrl+0", *["Ctrl++"] * 3):  # the map of the graph is needed then
            QTest.keySequence(window, QKeySequence(shortcut))
        parts = {"F5": window.canvas.minimap, "F6": window.timeline, "F7": window.left}
        parts |= {"F8": window.words, "F9": window.side}
        return {key: part.isVisible() for key, part in parts.items()}

    window = make()
    draw(window)
    usual = seen(window)
    assert {key for key, is_seen in usual.items() if not is_seen} == {"F7"}
    for key in keys:
        QTest.keyClick(window, getattr(Qt.Key, f"Key_{key}"))
    left = seen(window)
    assert {key for key in usual if left[key] != usual[key]} == set(keys)
    close(window)
    window = make()
    focus = QApplication.focusWidget()
    assert focus is not None
    assert window.house.welcome.isAncestorOf(focus)
    draw(window)
    assert seen(window) == left
    for key in keys:
        QTest.keyClick(window, getattr(Qt.Key, f"Key_{key}"))
    assert seen(window) == usual


@pytest.mark.parametrize("is_wanted", [True, False])
def test_the_last_file_comes_back(
    make: Callable[[], Window], tmp_path: Path, is_wanted: bool
) -> None:
    path = tmp_path / "last.graph.json"
    save(parse(NEURON), path)
    window = make()
    window.open_path(path)
    if is_wanted:
        window.actions_["reopening"].trigger()
    close(window)
    later = make()
    assert later.house.open_last() == is_wanted
    assert later.house.welcome.isVisible() != is_wanted
    later.actions_["reopen"].trigger()
    assert later.session.graph == parse(NEURON)


# --- motion and text ------------------------------------------------------------------------------
def test_motion_is_switched_off_and_stays_off(
    make: Callable[[], Window], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graphlab.gui.window.wants_motion", lambda: True)
    window = make()
    assert window.canvas.is_animated
    window.actions_["motion"].trigger()
    assert not window.canvas.is_animated
    close(window)
    later = make()
    assert not later.canvas.is_animated
    later.actions_["motion"].trigger()
    assert later.canvas.is_animated


def test_larger_text_reaches_cards_and_panels_is_remembered_and_goes_back(
    make: Callable[[], Window],
) -> None:
    window = make()
    draw(window)

    def sizes() -> dict[str, Any]:
        geometry = window.canvas._painter.geometry
        fonts = [
            w.font().pixelSize() for w in window.findChildren(QWidget) if isinstance(w, QLabel)
        ]
        return {"cards": geometry.cards[:, 2:].tolist(), "fonts": fonts}

    usual = sizes()
    for _ in SCALES[1:]:
        window.actions_["larger"].trigger()
    assert not window.actions_["larger"].isEnabled()
    large = sizes()
    ratio = np.array(large["cards"]) / np.array(usual["cards"])
    assert ratio.min() > 1.4
    assert all(b >= 1.9 * a for a, b in zip(usual["fonts"], large["fonts"], strict=True) if a > 0)
    boxes = window.canvas._painter.geometry.cards
    for i, (x, y, w, h) in enumerate(boxes):
        for u, v, s, t in boxes[:i]:
            assert x >= u + s or u >= x + w or y >= v + t or v >= y + h
    close(window)
    window = make()
    assert base_size() == 26
    draw(window)
    assert sizes()["cards"] == large["cards"]
    window.actions_["usual"].trigger()
    assert sizes()["cards"] == usual["cards"]
    assert base_size() == 13


_GRAB = """
import sys
from graphlab.gui.app import application
from graphlab.gui.window import Window
app = application()
window = Window()
window.show()
app.processEvents()
window.grab().toImage().save(sys.argv[1] + "/welcome.png")
window._draw("f = sigmoid(w1*x + w2*y + b)")
window.fill_inputs()
window.actions_["backward"].trigger()
app.processEvents()
window.canvas.grab().toImage().save(sys.argv[1] + "/canvas.png")
window.buttons["next"].grab().toImage().save(sys.argv[1] + "/button.png")
"""


def test_nothing_is_blurred_where_a_screen_has_twice_the_pixels(tmp_path: Path) -> None:
    places = {scale: tmp_path / scale for scale in ("1", "2")}
    for scale, place in places.items():
        place.mkdir()
        environment = {**os.environ, "QT_SCALE_FACTOR": scale, "XDG_CONFIG_HOME": str(tmp_path)}
        subprocess.run([sys.executable, "-c", _GRAB, str(place)], env=environment, check=True)

    def steps(image: np.ndarray[Any, np.dtype[np.float64]]) -> np.ndarray[Any, Any]:
        return np.abs(np.diff(image, axis=1))

    for name in ("welcome", "canvas", "button"):
        one, two = (_grey(places[scale] / f"{name}.png") for scale in ("1", "2"))
        assert two.shape == (2 * one.shape[0], 2 * one.shape[1])
        # pixels blown up are all alike inside what was one, and smoothed ones have no steep steps
        inside, across = steps(two)[:, ::2].sum(), steps(two)[:, 1::2].sum()
        assert inside > 0.5 * across, name
        assert (steps(two) ** 2).sum() > 1.4 * (steps(one) ** 2).sum(), name


def _grey(path: Path) -> np.ndarray[Any, np.dtype[np.float64]]:
    image = QImage(str(path)).convertToFormat(QImage.Format.Format_Grayscale8)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : image.width()].astype(np.float64)


# --- pictures -------------------------------------------------------------------------------------
@pytest.mark.parametrize("format_", range(len(FORMATS)))
@pytest.mark.parametrize("contents", range(len(CONTENTS)))
@pytest.mark.parametrize("theme", range(len(THEMES)))
def test_a_picture_is_written_as_it_was_chosen(
    window: Window,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    format_: int,
    contents: int,
    theme: int,
) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "p"), ""))
    draw(window)
    window.fill_inputs()
    window.actions_["backward"].trigger()
    window.actions_["export"].trigger()
    dialog = window.findChild(ExportDialog)
    dialog.choose(format_=format_, contents=contents, theme=theme)
    figure = dialog._figures[CONTENTS[contents][0]]
    assert any(link.partial for link in figure.links) == (contents == 0)
    assert any(link.value for link in figure.links) == (contents < 2)
    assert all(card.symbol for card in figure.cards)
    QTest.mouseClick(dialog.save, _LEFT)
    assert not dialog.isVisible()
    ending = FORMATS[format_][0]
    content = (tmp_path / f"p{ending}").read_bytes()
    if ending == ".png":
        image = QImage.fromData(content)
        assert round(image.dotsPerMeterX() * 0.0254) == 300
        assert image.pixelColor(2, 2).name() == THEMES[theme][0].ground
    elif ending == ".svg":
        assert THEMES[theme][0].ground.encode() in content.lower()
    else:
        assert content.startswith(b"%PDF")


def test_the_clipboard_has_pixels_strokes_and_the_formula(window: Window) -> None:
    draw(window)
    QTest.keyClick(window, Qt.Key.Key_C, _CONTROL | _SHIFT)
    data = QGuiApplication.clipboard().mimeData()
    assert bytes(data.data("image/svg+xml").data()).startswith(b"<?xml")
    image = QImage.fromData(data.data("image/png"))
    assert round(image.dotsPerMeterX() * 0.0254) == 300
    assert data.hasImage()
    QTest.keyClick(window, Qt.Key.Key_C, _CONTROL | Qt.KeyboardModifier.AltModifier)
    assert parse(QGuiApplication.clipboard().text()) == parse(NEURON)


# --- the commands ---------------------------------------------------------------------------------
def test_every_command_is_in_one_menu_and_no_two_share_a_key(window: Window) -> None:
    menus = [action.menu() for action in window.menuBar().actions()]
    shown = Counter(action for menu in menus for action in menu.actions() if action.objectName())  # type: ignore[union-attr]
    assert dict(shown) == dict.fromkeys(window.actions_.by_id.values(), 1)
    commands = window.actions_.commands
    keys = Counter(QKeySequence(k).toString() for c in commands for k in c.shortcuts)
    assert {k: n for k, n in keys.items() if n > 1 or not k} == {}
    titles = Counter((c.menu, c.title) for c in commands)
    assert max(titles.values()) == 1
    assert all(c.title[:1].isupper() for c in commands)


def _nothing(window: Window) -> None:
    window.house.show_empty_canvas()


def _typed(window: Window) -> None:
    window.house.show_empty_canvas()
    window.formula.setFocus()
    QTest.keyClicks(window.formula, NEURON)


def _midway(window: Window) -> None:
    window._draw(NEURON)
    window.fill_inputs()
    for _ in range(3):
        window.actions_["next"].trigger()


def _done(window: Window) -> None:
    _midway(window)
    window.actions_["backward"].trigger()


@pytest.mark.parametrize("situation", [_nothing, _typed, _midway, _done])
def test_every_command_runs_in_every_situation(
    make: Callable[[], Window],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    situation: Callable[[Window], None],
) -> None:
    monkeypatch.setattr(QMessageBox, "exec", lambda _: QMessageBox.StandardButton.Discard)
    for name in ("getSaveFileName", "getOpenFileName"):
        monkeypatch.setattr(QFileDialog, name, lambda *_: ("", ""))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "")
    monkeypatch.setattr(QInputDialog, "getText", lambda *_, **_more: ("", False))
    ids = [c.id for c in make().actions_.commands]
    window = make()
    for command in ids:
        if command == "quit":
            continue
        situation(window)
        window.actions_.refresh()
        action = window.actions_[command]
        if action.isEnabled():
            for _ in range(2 if action.isCheckable() else 1):  # a switch goes back
                action.trigger()
        for dialog in window.findChildren(QDialog):
            dialog.close()
        assert QApplication.activeModalWidget() is None, command
        window.house.palette.leave()
        window.session.background.drop()
        _leave_nothing(window)
        window.session.new()
    window.actions_["usual"].trigger()


def test_the_list_of_shortcuts_has_every_key(window: Window) -> None:
    QTest.keyClick(window, Qt.Key.Key_F1)
    dialog = next(d for d in window.findChildren(QDialog) if d.isVisible())
    words = " ".join(str(w.property("text")) for w in dialog.findChildren(QWidget))
    for menu, title, keys in window.actions_.shortcuts():
        assert menu in words
        assert title in words
        assert keys in words
    assert dialog.width() <= 1280
    assert dialog.height() <= 800


_WRONG = """
import sys
from graphlab.gui.app import application
application()
from PySide6.QtCore import QPoint
assert "pyside_type_init" not in vars(sys.modules["shibokensupport.signature.parser"])
try:
    QPoint().setX("one")
except TypeError as error:
    print(error)
"""


def test_a_start_reads_no_signatures_of_qt_and_a_wrong_call_still_tells_them() -> None:
    told = subprocess.run(
        [sys.executable, "-c", _WRONG], check=True, capture_output=True, text=True
    ).stdout
    assert "Supported signatures" in told
    assert "setX" in told
