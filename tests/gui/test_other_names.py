"""What a person calls a command, an op or a template, where it has another title."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from graphlab.gui.choices import Choice, choices, every_choice
from graphlab.gui.command_palette import Line
from graphlab.gui.matching import Likeness, likeness
from graphlab.gui.window import Window

_CONTROL, _SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
_CHOICES = {choice.title: choice for choice in every_choice()}


def _ask(window: Window, typed: str) -> list[Line]:
    """Open the palette anew, type, and return its lines."""
    QTest.keyClick(window, Qt.Key.Key_P, _CONTROL | _SHIFT)
    palette = window.house.palette
    QTest.keyClicks(palette.field, typed)
    return _lines(window)


def _lines(window: Window) -> list[Line]:
    found = window.house.palette.list
    return [found.item(row).data(Qt.ItemDataRole.UserRole) for row in range(found.count())]


def _has_words(title: str, typed: str) -> bool:
    return all(word in title.casefold() for word in typed.casefold().split())


def _shared(names: Iterable[tuple[str, Sequence[str]]]) -> dict[str, list[str]]:
    """The other names that several have."""
    owners: dict[str, list[str]] = {}
    for title, others in names:
        for other in others:
            owners.setdefault(other.casefold(), []).append(title)
    return {name: titles for name, titles in owners.items() if len(titles) > 1}


def test_every_other_name_finds_its_command_before_what_has_it_not_in_its_title(
    window: Window,
) -> None:
    window.session.set_formula("f = x + y * 2")
    _ask(window, "")
    palette = window.house.palette
    for command in window.actions_.commands:
        for name in command.other_names:
            for typed in (name, name.upper(), name[:-1] if len(name) > 6 else name):
                palette.field.setText(typed)
                palette.field.textEdited.emit(typed)  # typed letter by letter it takes a minute
                lines = _lines(window)
                place = [line.title for line in lines].index(command.title)
                assert all(_has_words(line.title, typed) for line in lines[:place]), typed


def test_no_other_name_is_said_of_two_or_is_the_title_of_another(window: Window) -> None:
    commands = window.actions_.commands
    assert _shared((c.title, c.other_names) for c in commands) == {}
    titles = {c.title.casefold().replace("…", "") for c in commands}
    assert titles.isdisjoint(n.casefold() for c in commands for n in c.other_names)
    assert _shared((t, c.op.other_names) for t, c in _CHOICES.items()) == {}
    called = {name for t, c in _CHOICES.items() for name in (t.casefold(), c.op.name)}
    assert called.isdisjoint(n.casefold() for c in _CHOICES.values() for n in c.op.other_names)


@pytest.mark.parametrize(
    ("typed", "title"),
    [("dark mode", "Dark"), ("bigger font", "Larger text"), ("bigger text", "Larger text"),
     ("zoom in", "Zoom in"), ("save image", "Export picture…"), ("tidy up", "Arrange all cards"),
     ("auto arrange", "Arrange all cards"), ("delete", "Delete"), ("erase", "Delete"),
     ("play", "Play or pause"), ("shortcuts", "Keyboard shortcuts"),
     ("hotkeys", "Keyboard shortcuts"), ("backprop", "Run backward"), ("exit", "Quit")],
)  # fmt: skip
def test_what_a_student_types_finds_the_command_first(
    window: Window, typed: str, title: str
) -> None:
    window.session.set_formula("f = x + y * 2")
    assert _ask(window, typed)[0].title == title


def test_return_runs_what_another_name_found(window: Window) -> None:
    _ask(window, "night mode")
    QTest.keyClick(window.house.palette.field, Qt.Key.Key_Return)
    assert window.theme.is_dark


def test_a_title_stands_before_another_name_and_that_before_what_is_beside() -> None:
    ways = [
        likeness("tidy up", title, beside, others)
        for title, beside, others in (
            ("Tidy up", "", ()),
            ("Tidy it all up", "", ()),
            ("Tidying upwards", "", ()),
            ("Untidy setup", "", ()),
            ("Arrange", "", ("clean", "tidy up")),
            ("Arrange", "", ("tidying the upper row",)),
            ("Arrange", "tidy", ("line up",)),
            ("Text in dense array", "", ("upper",)),
        )
    ]
    assert [way and way[0] for way in ways[:-1]] == list(Likeness)[:-1]
    assert ways[-1] is None  # other names are not looked through letter by letter


@pytest.mark.parametrize(
    ("typed", "title"),
    [(name, title) for title, choice in _CHOICES.items() for name in choice.op.other_names],
)
def test_every_other_name_finds_its_op(typed: str, title: str) -> None:
    found = [choice for choice in choices(typed) if not choice.wish]
    assert all(_is_so_called(c, typed) for c in found[: found.index(_CHOICES[title])])


def _is_so_called(choice: Choice, typed: str) -> bool:
    return _has_words(f"{choice.title} {choice.op.name}", typed)


@pytest.mark.parametrize(
    ("typed", "title"),
    [("matmul", "matmul"), ("relu activation", "relu"), ("fully connected", "Linear layer"),
     ("squared error", "squared_error"), ("mean squared error", "squared_error"),
     ("max pooling", "max_pool1d"), ("batch normalization", "batch_norm"), ("plus", "add"),
     ("average", "mean"), ("sigmoid activation", "sigmoid"), ("loss mse", "squared_error")],
)  # fmt: skip
def test_what_a_student_types_finds_the_op_first(typed: str, title: str) -> None:
    assert choices(typed)[0].title == title


def test_other_names_are_words_as_they_are_typed(window: Window) -> None:
    for owner in (*window.actions_.commands, *(choice.op for choice in _CHOICES.values())):
        for name in owner.other_names:
            assert re.fullmatch(r"[\w-]+( [\w-]+)*", name), name
