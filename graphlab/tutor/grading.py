"""Judging what a class hands in: one row a file, whatever is in it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from graphlab.errors import GraphLabError
from graphlab.printable import printable
from graphlab.tutor.collecting import collect, students
from graphlab.tutor.goals import judge_goal
from graphlab.tutor.lesson import Lesson
from graphlab.tutor.submissions import read_submission
from graphlab.tutor.verdict import Verdict, sentence


@dataclass(frozen=True)
class Grade:
    """One submission: how many of the goal's checks are met, and why not the others."""

    file: str  # as it was named or found, also where that holds signs no terminal should get
    student: str
    points: int
    of: int
    reasons: tuple[str, ...]
    is_readable: bool = True

    @property
    def is_passed(self) -> bool:
        """Whether the goal is reached."""
        return self.is_readable and self.points == self.of

    @property
    def reason(self) -> str:
        """All reasons as one text; empty where the goal is reached."""
        return " ".join(self.reasons)


def grade(lesson: Lesson, path: str | os.PathLike[str]) -> Grade:
    """Judge one file; a file at fault is a grade too, with its sentence."""
    file = Path(path)
    return _grade(lesson, file, *students([file]))


def grade_all(lesson: Lesson, paths: Iterable[str | os.PathLike[str]]) -> Iterator[Grade]:
    """Judge files, and all submissions in folders, in order; no file stops the others."""
    files = collect(paths).files
    for file, student in zip(files, students(files), strict=True):
        yield _grade(lesson, file, student)


def _grade(lesson: Lesson, file: Path, student: str) -> Grade:
    """Judge a file that is ``student``'s where it does not say whose it is."""
    checks = lesson.goal.checks if lesson.goal else ()
    name = str(file)
    try:
        submission = read_submission(file)
        student = submission.student or student
        if submission.lesson not in ("", lesson.stem):
            given = printable(submission.lesson)
            told = f"This was handed in for the lesson {given}, not {lesson.stem}."
            return Grade(name, student, 0, len(checks), (told,), False)
        verdicts = judge_goal(lesson, submission.graph, submission.answers)
    except GraphLabError as error:
        return Grade(name, student, 0, len(checks), (_sentence(str(error), file),), False)
    except (MemoryError, RecursionError, ArithmeticError, ValueError):
        told = "This could not be judged: it holds something no drawn graph has."
        return Grade(name, student, 0, len(checks), (told,), False)
    return Grade(name, student, _points(verdicts), len(verdicts), _reasons(verdicts))


def _points(verdicts: list[Verdict]) -> int:
    return sum(verdict.is_right for verdict in verdicts)


def _reasons(verdicts: list[Verdict]) -> tuple[str, ...]:
    """Each once: of an empty graph all checks say the same."""
    wrong = (verdict for verdict in verdicts if not verdict.is_right)
    return tuple(dict.fromkeys(printable(" ".join(v.reason.split()))[:600] for v in wrong))


def _sentence(text: str, file: Path) -> str:
    """The file's own name stands in its row already."""
    return printable(sentence(text.removeprefix(f"{file.name}: "), {file.stem.partition(".")[0]}))
