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
from graphlab.cli.terminal import remark
from graphlab.errors import FileError, LessonError
from graphlab.graph.file import replace_file
from graphlab.listing import listed
from graphlab.paths import shipped
from graphlab.printable import printable
from graphlab.suggest import did_you_mean
from graphlab.tutor import Grade, LeftOut, Lesson, collect, grade_all, read_lesson

_MOST_NAMED = 10

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
    """Judge each SUBMISSION, a .answers.json or .graph.json file or a folder with such in it.

    LESSON is a lesson's file, or the name of one that comes with GraphLab.  Everything is computed
    anew; a file that cannot be read is a row too, and what is no submission is named.
    """
    if as_csv and as_json:
        raise FileError("choose --csv or --json, not both")
    if out is not None and not (as_csv or as_json):
        raise FileError("-o needs --csv or --json, to say what to write")
    judged = _lesson(lesson)
    collected = collect(submissions)
    left_out = _left_out(collected.left_out)
    if not collected.files:
        told = "there is no .answers.json or .graph.json file in what was named"
        raise FileError(told + (f"; left out: {left_out}" if left_out else ""))
    grades = list(grade_all(judged, collected.files))
    if as_csv or as_json:
        if left_out and not as_json:
            remark(f"left out: {left_out}")
        _write(_csv(grades) if as_csv else _json(judged, grades, collected.left_out), out)
        return
    rows = [(*_cells(grade)[:3], f"{grade.points}/{grade.of}", grade.reason) for grade in grades]
    print_table(f"{judged.title}", ["file", "student", "passed", "points", "reason"], rows)
    passed = sum(grade.is_passed for grade in grades)
    print_text(f"{passed} of {len(grades)} reached the goal.")
    if left_out:
        print_text(f"Left out: {left_out}.")


def _left_out(found: Iterable[LeftOut]) -> str:
    """What is no submission, by why it is none, the first few by name."""
    reasons: dict[str, list[str]] = {}
    for path, why in found:
        reasons.setdefault(why, []).append(printable(str(path)))
    return "; ".join(f"{listed(names, _MOST_NAMED)} ({why})" for why, names in reasons.items())


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


def _json(lesson: Lesson, grades: Iterable[Grade], left_out: Iterable[LeftOut]) -> str:
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
    others = [{"file": str(path), "why": why} for path, why in left_out]
    return dumps({"lesson": lesson.stem, "grades": records, "left_out": others}) + "\n"


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
