"""``graphlab grade``: what a class handed in, judged anew."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from pathlib import Path

import click

from graphlab.cli.records import dumps
from graphlab.cli.tables import print_table, print_text
from graphlab.errors import FileError, LessonError
from graphlab.graph.file import replace_file
from graphlab.paths import shipped
from graphlab.printable import printable
from graphlab.suggest import did_you_mean
from graphlab.tutor import Grade, Lesson, grade_all, read_lesson

COLUMNS = ("file", "student", "passed", "points", "of", "reason")


@click.command("grade")
@click.argument("lesson")
@click.argument("submissions", nargs=-1, required=True, metavar="SUBMISSION…")
@click.option("--csv", "as_csv", is_flag=True, help="Write CSV, one row a submission.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@click.option("-o", "--out", metavar="FILE", help="Write to this file and not to the screen.")
def command(
    lesson: str, submissions: tuple[str, ...], as_csv: bool, as_json: bool, out: str | None
) -> None:
    """Judge each SUBMISSION, a .answers.json or .graph.json file or a folder of them.

    LESSON is a lesson's file, or the name of one that comes with GraphLab.  Everything is computed
    anew; a file that cannot be read is a row too.
    """
    if as_csv and as_json:
        raise FileError("choose --csv or --json, not both")
    if out is not None and not (as_csv or as_json):
        raise FileError("-o needs --csv or --json, to say what to write")
    judged = _lesson(lesson)
    grades = list(grade_all(judged, submissions))
    if not grades:
        raise FileError("there is no .answers.json or .graph.json file in what was named")
    if as_csv or as_json:
        _write(_csv(grades) if as_csv else _json(judged, grades), out)
        return
    rows = [(*_cells(grade)[:3], f"{grade.points}/{grade.of}", grade.reason) for grade in grades]
    print_table(f"{judged.title}", ["file", "student", "passed", "points", "reason"], rows)
    passed = sum(grade.is_passed for grade in grades)
    print_text(f"{passed} of {len(grades)} reached the goal.")


def _lesson(name: str) -> Lesson:
    path = Path(name)
    if not path.exists() and path.name == name:
        known = {file.stem: file for file in shipped("lessons").glob("[0-9]*.md")}
        if name.removesuffix(".md") not in known:
            hint = did_you_mean(name, known) or "; graphlab lessons lists them"
            raise FileError(f"there is no lesson {name}{hint}")
        path = known[name.removesuffix(".md")]
    lesson = read_lesson(path)
    if lesson.goal is None:
        raise LessonError("the lesson has no goal, so there is nothing to judge", 0, path.name)
    return lesson


def _cells(grade: Grade) -> tuple[str, str, str, int, int, str]:
    passed = "yes" if grade.is_passed else "no"
    return printable(grade.file), grade.student, passed, grade.points, grade.of, grade.reason


def _csv(grades: Iterable[Grade]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for grade in grades:
        writer.writerow([_harmless(cell) for cell in _cells(grade)])
    return text.getvalue()


def _harmless(cell: str | int) -> str | int:
    """A text that no spreadsheet takes for a formula."""
    if isinstance(cell, str) and _FORMULA.match(cell):
        return "'" + cell
    return cell


_FORMULA = re.compile(r"\s*[=+\-@\t\r\n|%＝＋－＠]")


def _json(lesson: Lesson, grades: Iterable[Grade]) -> str:
    records = [
        {
            **dict(zip(COLUMNS, _cells(grade), strict=True)),
            "file": grade.file,
            "passed": grade.is_passed,
            "readable": grade.is_readable,
            "reasons": list(grade.reasons),
        }
        for grade in grades
    ]
    return dumps({"lesson": lesson.stem, "grades": records}) + "\n"


def _write(text: str, out: str | None) -> None:
    if out is None:
        print(text, end="")
        return
    file = Path(out)
    if file.is_dir():
        raise FileError(f"{file} is a folder: add a file name to it")
    try:
        replace_file(file, text.encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise FileError(f"{file} cannot be written: {error.strerror or error}") from None
