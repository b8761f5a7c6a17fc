"""Is a task done, is the goal reached?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from graphlab.engine import Run
from graphlab.graph import Graph
from graphlab.tutor.answers import judge_answer
from graphlab.tutor.judging import Scene, judge_all
from graphlab.tutor.lesson import Check, Lesson, Question
from graphlab.tutor.verdict import Verdict

Given = str | int | float
"""What a student answered: text, or the place of an option."""


def is_met(
    conditions: Check | Sequence[Check],
    graph: Graph,
    run: Run | None = None,
    answers: Mapping[str, Given] | None = None,
) -> list[Verdict]:
    """One verdict per condition; ``run`` is what has been stepped so far, if anything."""
    checks = (conditions,) if isinstance(conditions, Check) else conditions
    return judge_all(checks, Scene(graph, run, answers or {}, judge_question=_judged))


def judge_goal(
    lesson: Lesson, graph: Graph, answers: Mapping[str, Given] | None = None
) -> list[Verdict]:
    """One verdict per check of the goal; empty where the lesson has none.

    Every number is computed anew from the graph, with nothing stepped yet.
    """
    goal = lesson.goal
    return [] if goal is None else is_met(goal.checks, graph, None, answers)


def _judged(question: Question, given: Given) -> Verdict:
    return judge_answer(question, None, given)
