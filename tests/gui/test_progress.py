"""What is remembered of a lesson comes back as it was, and nothing else does."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QSettings

from graphlab.graph import Graph
from graphlab.graph.formula import parse
from graphlab.gui.app import application
from graphlab.gui.progress import Memory, Progress


@pytest.fixture(autouse=True)
def _own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path))
    application()


@pytest.mark.parametrize("page", [1, 3])
def test_a_graph_comes_back_on_the_page_it_was_worked_on(page: int) -> None:
    memory, graphs = Memory(), {1: parse("f = x + y"), 5: parse("f = x * y")}
    memory.keep("one", Progress(page=page, answers={"a": "2"}, done={7}, graphs=dict(graphs)))
    found = memory.recall("one")
    assert (found.page, found.answers, found.done) == (page, {"a": "2"}, {7})
    assert found.graphs == {1: graphs[1]}


def test_a_page_that_nobody_worked_on_takes_no_graph_of_another_time() -> None:
    memory = Memory()
    memory.keep("one", Progress(page=4, graphs={4: parse("f = x + y")}))
    memory.keep("one", Progress(page=2))
    assert memory.recall("one").graphs == dict[int, Graph]()


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", "null", '{"page": Infinity}', '{"page": "a"}', '{"done": [1e999]}',
     '{"answers": 3}', "[" * 100_000],
)  # fmt: skip
def test_settings_that_make_no_sense_are_as_none(text: str) -> None:
    QSettings().setValue("lessons/one", text)
    assert Memory().recall("one") == Progress()
