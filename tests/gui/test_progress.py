"""What is remembered of a lesson comes back as it was, and nothing else does."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QSettings

from graphlab.graph import Graph
from graphlab.graph.formula import parse
from graphlab.gui.app import application
from graphlab.gui.offers import lessons, way_on
from graphlab.gui.progress import Content, LessonMemory, Place, Progress

ONE = Place.of(Path("lessons") / "one.md")


@pytest.fixture(autouse=True)
def _own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path))
    application()


def test_every_page_has_its_graph_back() -> None:
    memory, graphs = LessonMemory(), {1: parse("f = x + y"), 5: parse("f = x * y")}
    content = Content(tuple("abcdef"), {"a": "key"}, "goal")
    kept = Progress(3, {"a": "2"}, {"a"}, {"task"}, dict(graphs), is_finished=True, content=content)
    memory.keep(ONE, kept)
    memory.finish()
    found = LessonMemory().recall(ONE)
    assert found == kept


def test_a_page_that_nobody_worked_on_takes_no_graph_of_another_time() -> None:
    memory = LessonMemory()
    memory.keep(ONE, Progress(page=4, graphs={4: parse("f = x + y")}))
    memory.keep(ONE, Progress(page=2))
    assert memory.recall(ONE).graphs == dict[int, Graph]()


def test_the_last_graph_of_a_page_is_the_one_kept_however_quickly_they_follow() -> None:
    memory, last = LessonMemory(), parse("f = x ** 5")
    for text in ("f = x", "f = x * y", "f = x * y * z"):
        memory.keep(ONE, Progress(graphs={0: parse(text)}))
    memory.keep(ONE, Progress(graphs={0: last}))
    memory.finish()
    assert LessonMemory().recall(ONE).graphs == {0: last}


def test_two_files_of_one_name_share_nothing(tmp_path: Path) -> None:
    memory, here, there = (
        LessonMemory(),
        Place.of(tmp_path / "a.md"),
        Place.of(tmp_path / "b" / "a.md"),
    )
    memory.keep(here, Progress(page=2, answers={"q": "3"}, graphs={2: parse("f = x")}))
    assert memory.recall(there) == Progress()
    memory.forget(here)
    assert memory.recall(here) == Progress()


THEN = Content(("intro", "one", "two"), {"p": "p1", "q": "q1"}, "goal")
F, G = parse("f = x"), parse("g = x")
MADE = Progress(2, {"p": "3", "q": "4"}, {"p", "q"}, {"t"}, {1: F, 2: G}, True, THEN)


@pytest.mark.parametrize(
    ("now", "page", "answered", "graphs", "is_finished"),
    [
        (THEN, 2, {"p", "q"}, {1: F, 2: G}, True),
        # a page put in before
        (Content(("intro", "new", "one", "two"), THEN.questions, "goal"), 3, {"p", "q"},
         {2: F, 3: G}, True),
        # two pages exchanged
        (Content(("intro", "two", "one"), THEN.questions, "goal"), 1, {"p", "q"},
         {1: G, 2: F}, True),
        # another graph on the last page, and another question of the same id
        (Content(("intro", "one", "2"), {"p": "p1", "q": "q2"}, "goal"), 2, {"p"}, {1: F}, True),
        # fewer pages, another goal
        (Content(("intro",), {}, "goal2"), 0, set(), {}, False),
    ],
)  # fmt: skip
def test_progress_follows_what_is_asked_into_a_corrected_lesson(
    now: Content, page: int, answered: set[str], graphs: dict[int, Graph], is_finished: bool
) -> None:
    found = MADE.in_lesson(now)
    assert (found.page, found.graphs, found.is_finished) == (page, graphs, is_finished)
    assert (set(found.answers), found.shown) == (answered, answered)
    assert found.content == now


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", "null", '{"page": Infinity}', '{"page": "a"}', '{"done": [1e999]}',
     '{"answers": 3}', '{"content": {"pages": 3}}', '{"content": 1}', "[" * 100_000],
)  # fmt: skip
def test_settings_that_make_no_sense_are_as_none(text: str) -> None:
    QSettings().setValue(f"lessons/{ONE.key}", text)
    assert LessonMemory().recall(ONE) == Progress()


@pytest.mark.parametrize(
    ("known", "onward"),
    [
        ({}, None),
        ({1: Progress(page=2, content=Content(tuple("abcd")))}, 1),
        ({0: Progress(is_finished=True)}, 1),
        ({0: Progress(is_finished=True), 1: Progress(page=1, content=Content(tuple("abc")))}, 1),
        ({0: Progress(page=1, content=Content(tuple("abc"))), 1: Progress(is_finished=True)}, 0),
        ({2: Progress(is_finished=True)}, None),
    ],
)
def test_the_lesson_to_go_on_with(
    known: dict[int, Progress], onward: int | None, tmp_path: Path
) -> None:
    for i in range(3):
        path = tmp_path / f"{i}.md"
        path.write_text(f"---\ntitle: {i}\n---\n", encoding="utf-8")
        if i in known:
            LessonMemory().keep(Place.of(path), known[i])
    found = lessons(tmp_path)
    assert way_on(found) == (None if onward is None else found[onward])
