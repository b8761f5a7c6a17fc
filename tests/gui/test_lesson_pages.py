"""Pages of a teacher's own lesson: what its options, its lenses and its corrections do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QInputDialog, QWidget
from pytestqt.qtbot import QtBot

from graphlab import tutor
from graphlab.gui.panels.exercises import QuestionCard
from graphlab.gui.panels.prose import Prose
from graphlab.gui.window import Window
from graphlab.latex import is_loaded
from tests.tutor.lessons import FRONT, written

START = """
Intro.

```yaml graph
formula: f = x * y
values: {x: 2, y: 3}
```
"""

OPTIONS = r"""
## Options

```yaml question
id: which
ask: Which?
choice:
  - text: $\frac{a+b}{c}$
    right: true
  - text: $\alpha$ in a text that is long enough to have a second line
  - text: It is **three**.
```
"""


@pytest.fixture(autouse=True)
def _own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))


def opened(window: Window, folder: Path, text: str, page: int = 1) -> None:
    window.lessons.open(written(folder, FRONT + START + text))
    window.lessons.desk.walk.turn(page - window.lessons.desk.walk.progress.page)


def question_card(window: Window) -> QuestionCard:
    return next(e for e in window.lessons.desk.panel.exercises if isinstance(e, QuestionCard))


def rows(card: QuestionCard) -> list[QWidget]:
    return [row for b in card.options.buttons() if (row := b.parentWidget()) is not None]


def test_options_are_typeset_as_the_question_is_and_read_aloud(
    window: Window, tmp_path: Path, qtbot: QtBot
) -> None:
    opened(window, tmp_path, OPTIONS)
    card = question_card(window)
    qtbot.waitUntil(is_loaded)
    texts = [text for row in rows(card) for text in row.findChildren(Prose)]
    qtbot.waitUntil(lambda: "formula:0" in texts[0].toHtml())
    assert ["formula:0" in text.toHtml() for text in texts] == [True, True, False]
    assert [button.accessibleName()[:12] for button in card.options.buttons()] == [
        "(a + b)/c",
        "α in a text ",
        "It is three.",
    ]


def test_a_click_on_an_options_text_chooses_it(
    window: Window, tmp_path: Path, qtbot: QtBot
) -> None:
    opened(window, tmp_path, OPTIONS)
    card = question_card(window)
    qtbot.waitUntil(lambda: card.isVisible() and card.height() > 0)
    for place, row in enumerate(rows(card)):
        _click(row, QPoint(60, row.height() // 2))
        assert card.options.checkedId() == place


GOAL = """
## Goal

```yaml goal
checks: [{computes: f = x * y}]
solution: f = x * y
```
"""


def test_a_name_is_asked_for_once_and_stands_in_what_is_handed_in(
    window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, proposed = list[str](), list[str]()

    def name(*_: object, text: str = "") -> tuple[str, bool]:
        asked.append(text)
        return ("  Ada  O'Łukasz ", len(asked) > 1)

    def place(_parent: object, _title: str, name: str, _kinds: str) -> tuple[str, str]:
        proposed.append(name)
        return str(tmp_path / name), ""

    monkeypatch.setattr(QInputDialog, "getText", name)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", place)
    opened(window, tmp_path, GOAL)
    hand_in = window.actions_["hand-in"]
    hand_in.trigger()
    assert (asked, proposed) == ([""], [])  # the first time the question was left
    hand_in.trigger()
    hand_in.trigger()
    assert asked == ["", ""]
    assert proposed == ["lesson-Ada-O-Łukasz.answers.json"] * 2
    assert tutor.read_submission(tmp_path / proposed[0]).student == "Ada O'Łukasz"
    window.actions_["your-name"].trigger()
    assert asked[-1] == "Ada O'Łukasz"


TASKS = """
## One

```yaml do
task: Step forward.
until: {stepped: forward}
```

## Two

```yaml do
task: Set x to 7.
until: {set: {x: 7}}
```

```yaml do
task: Set y to 9.
until: {set: {y: 9}}
```
"""
NEW = """
## New

```yaml do
task: Set x to 8.
until: {set: {x: 8}}
```
"""


@pytest.mark.parametrize(
    "correct",
    [
        lambda text: text.replace("\n## Two", f"{NEW}\n## Two"),
        lambda text: text.replace("## Two\n", "## Two\n" + "\n" * 5),
        lambda text: text.replace("task: Set x to 7.", "task: Set x to 7 now."),
        lambda text: text.replace("Intro.", "A longer introduction.\n\nOf two paragraphs."),
    ],
    ids=["a page before", "lines before", "a task's words", "prose"],
)
def test_a_corrected_lesson_ticks_what_was_done_and_nothing_else(
    window: Window, tmp_path: Path, qtbot: QtBot, correct: Callable[[str], str]
) -> None:
    opened(window, tmp_path, TASKS, 2)
    walk = window.lessons.desk.walk
    window.session.set_values({"y": 9})
    qtbot.waitUntil(lambda: len(walk.progress.done) == 1)
    window.lessons.open(written(tmp_path, correct(FRONT + START + TASKS)))
    assert walk.page.title == "Two"
    tasks = [block for block in walk.page.blocks if isinstance(block, tutor.Task)]
    assert [task.key in walk.progress.done for task in tasks] == [False, True]
    assert window.session.graph.nodes["y"].attributes["value"] == 9


def test_the_work_on_a_page_whose_graph_is_another_now_is_forgotten(
    window: Window, tmp_path: Path, qtbot: QtBot
) -> None:
    opened(window, tmp_path, TASKS, 2)
    window.session.set_values({"y": 9})
    qtbot.waitUntil(lambda: len(window.lessons.desk.walk.progress.done) == 1)
    corrected = (FRONT + START + TASKS).replace("f = x * y", "f = x + y")
    window.lessons.open(written(tmp_path, corrected))
    assert window.session.graph.nodes["f"].op.name == "add"
    assert window.session.graph.nodes["y"].attributes["value"] == 3


SHOWN = """
## Descend

```yaml show
descent: {rate: 0.25, steps: 5, loss: f, move: [x]}
```

## Descend on

```yaml show
descent: {rate: 0.125, loss: f, move: [x]}
```
"""


def test_descent_takes_as_many_steps_at_a_press_as_the_page_says(
    window: Window, tmp_path: Path, qtbot: QtBot
) -> None:
    opened(window, tmp_path, SHOWN)
    lens = window.lenses.descent
    qtbot.waitUntil(lambda: bool(lens.trail.points) and not lens.background.is_busy)
    assert (lens.more.text(), lens.rate.text()) == ("5 steps", "0.25")
    QTest.mouseClick(lens.more, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(lens.trail.points) == 6)
    window.lessons.go_on()
    assert (lens.more.text(), lens.rate.text()) == ("10 steps", "0.125")


def _click(widget: QWidget, at: QPoint) -> None:
    """Where the mouse is, as the window finds it."""
    window = widget.window()
    place = widget.mapTo(window, at)
    hit = window.childAt(place)
    assert hit is not None
    QTest.mouseClick(hit, Qt.MouseButton.LeftButton, pos=hit.mapFrom(window, place))
