"""A file let go anywhere in the window is opened, and no part of the window takes it for itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QDialog, QLineEdit, QPlainTextEdit, QWidget

from graphlab.graph.file import save
from graphlab.graph.formula import parse
from graphlab.gui.window import Window
from graphlab.paths import shipped
from tests.gui.dragging import drag

TAKEN = parse("taken = a * b")
LESSON = sorted(shipped("lessons").glob("[0-9]*.md"))[1]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    save(TAKEN, tmp_path / "taken.graph.json")
    return tmp_path / "taken.graph.json"


def places(window: Window) -> list[QPoint]:
    """The middles of all parts that Qt would offer a drag to, and two places of none."""
    parts = (w for w in window.findChildren(QWidget) if w.isVisible() and w.acceptDrops())
    bare = [QPoint(5, 5), QPoint(window.width() // 2, window.height() - 5)]
    return [*(part.mapTo(window, part.rect().center()) for part in parts), *bare]


def typed(window: Window) -> list[str]:
    fields: list[QLineEdit] = window.findChildren(QLineEdit)
    plain: list[QPlainTextEdit] = window.findChildren(QPlainTextEdit)
    return [*(field.text() for field in fields), *(field.toPlainText() for field in plain)]


def show(window: Window, face: str) -> None:
    """One of the window's faces, each with other fields, and nothing unsaved."""
    window.lessons.leave()
    window.actions_["new"].trigger()
    if face == "welcome":
        window.house.show_welcome()
    elif face == "cards":
        window.enter_formula("f = sigmoid(w*x + b)")
    elif face == "lesson":
        window.open_path(LESSON)
        window.lessons.go_on()
    window.session.undo_stack.setClean()


@pytest.mark.parametrize("face", ["welcome", "empty", "cards", "lesson"])
def test_a_file_is_opened_wherever_it_is_let_go(window: Window, path: Path, face: str) -> None:
    show(window, face)
    over = places(window)
    assert len(over) > 3
    for place in over:
        show(window, face)
        assert drag(window, path, to=place)
        assert set(window.session.graph.nodes) == set(TAKEN.nodes)
        assert not window.formula.is_pending
        assert "file:" not in "".join(typed(window))


def test_what_cannot_be_opened_is_refused_everywhere(
    window: Window, path: Path, tmp_path: Path
) -> None:
    other = tmp_path / "notes.txt"
    other.write_text("f = x + y")
    show(window, "cards")
    graph, before = window.session.graph, typed(window)
    for place in places(window):
        for files in ([other], [path, path], [tmp_path]):
            assert not drag(window, *files, to=place)
    assert window.session.graph is graph
    assert typed(window) == before


def test_nothing_is_let_go_behind_a_question(window: Window, path: Path) -> None:
    asked = QDialog(window)
    asked.setModal(True)
    asked.show()
    assert not drag(window, path)
    asked.reject()
    assert drag(window, path)
