"""``graphlab lessons``: which there are, and whether they are sound."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from graphlab.cli.options import as_json as json_flag
from graphlab.cli.records import dumps
from graphlab.cli.tables import print_table, print_text
from graphlab.errors import FileError, LessonError
from graphlab.paths import shipped
from graphlab.tutor import Finding, Lesson, prove, read_lesson


@click.command("lessons")
@click.argument("words", nargs=-1, metavar="[FOLDER | check FILE…]")
@json_flag
@click.pass_context
def command(context: click.Context, words: tuple[str, ...], as_json: bool) -> None:
    """List the lessons that come with GraphLab, or those of FOLDER.

    With check, prove that each FILE is sound: it can be read, every question has its answer, the
    solution passes the goal and the start does not.  The exit status is 1 where one is not.
    """
    if words[:1] == ("check",):
        context.exit(_check(words[1:], as_json))
    if len(words) > 1:
        raise FileError(
            f"lessons lists one folder, and was given {len(words)}; to prove lessons, say "
            "graphlab lessons check FILE…"
        )
    context.exit(_list(Path(words[0]) if words else shipped("lessons"), as_json))


def lesson_files(folder: Path) -> list[Path]:
    """The lessons of a folder: its Markdown files but README."""
    if not folder.is_dir():
        hint = "; to prove a lesson, say graphlab lessons check FILE…" if folder.exists() else ""
        raise FileError(f"there is no folder {folder}{hint}")
    return sorted(f for f in folder.glob("*.md") if f.stem.lower() != "readme")


# --- listing ------------------------------------------------------------------------------------
def _list(folder: Path, as_json: bool) -> int:
    found: list[Lesson] = []
    wrong: list[LessonError] = []
    for file in lesson_files(folder):
        try:
            found.append(read_lesson(file))
        except LessonError as error:
            wrong.append(error)
    if as_json:
        records = [_record(lesson) for lesson in found]
        print(dumps({"lessons": records, "errors": [str(error) for error in wrong]}))
    else:
        rows = [(*_told(lesson), str(lesson.path.name)) for lesson in found]
        print_table("Lessons", ["title", "deck", "pages", "questions", "goal", "file"], rows)
        for fault in wrong:
            print_text(str(fault))
    return 1 if wrong else 0


def _told(lesson: Lesson) -> tuple[str, str, int, int, str]:
    goal = lesson.goal.text if lesson.goal else "none"
    deck = ", ".join(lesson.deck)
    return lesson.title, deck, len(lesson.pages), len(lesson.questions), goal


def _record(lesson: Lesson) -> dict[str, Any]:
    return {
        "file": str(lesson.path),
        "title": lesson.title,
        "number": lesson.number,
        "deck": list(lesson.deck),
        "authors": list(lesson.authors),
        "language": lesson.language,
        "summary": lesson.summary,
        "pages": [page.title for page in lesson.pages],
        "questions": [question.id for question in lesson.questions],
        "goal": lesson.goal.text if lesson.goal else None,
    }


# --- proving ------------------------------------------------------------------------------------
def _check(names: tuple[str, ...], as_json: bool) -> int:
    if not names:
        raise FileError("name the lessons to check, as in graphlab lessons check lesson.md")
    results = [(name, _findings(name)) for name in names]
    if as_json:
        records = [
            {"file": name, "is_sound": not found, "findings": [f._asdict() for f in found]}
            for name, found in results
        ]
        print(dumps(records))
    else:
        rows = [row for name, found in results for row in _rows(name, found)]
        print_table("Lessons", ["file", "sound", "line", "finding"], rows)
    return 1 if any(found for _, found in results) else 0


def _rows(name: str, found: list[Finding]) -> list[tuple[str, str, str, str]]:
    if not found:
        return [(name, "yes", "", "")]
    return [(name, "no", str(f.line) if f.line else "", f.message) for f in found]


def _findings(name: str) -> list[Finding]:
    try:
        return prove(read_lesson(name))
    except LessonError as error:
        return [Finding(error.line, error.message)]
