"""Is a lesson sound?  Every answer computes, the solution passes, the start does not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from graphlab.engine import Run
from graphlab.errors import GraphLabError
from graphlab.graph import Graph, edits
from graphlab.latex import fault, formulas
from graphlab.tutor.answers import answer, judge_answer
from graphlab.tutor.goals import Given, is_met, judge_goal
from graphlab.tutor.lesson import Goal, Lesson, Page, Prose, Question, Show, Task
from graphlab.tutor.running import forward
from graphlab.tutor.verdict import is_near


class Finding(NamedTuple):
    """Something wrong with a lesson that can be read; ``line`` is 0 where no line is to blame."""

    line: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}" if self.line else self.message


def prove(lesson: Lesson) -> list[Finding]:
    """What is wrong with the lesson; empty where it is sound."""
    found = [finding for question in lesson.questions for finding in _question(question)]
    found += [finding for text in lesson.texts for finding in _formulas(text)]
    answers = right_answers(lesson)
    for page in lesson.pages:
        for block in page.blocks:
            match block:
                case Task():
                    found += _task(block, page, lesson, answers)
                case Show():
                    found += _show(block, page)
                case Goal():
                    found += _goal(block, lesson, answers)
    return sorted(found)


def _formulas(text: Prose) -> Iterator[Finding]:
    """Every formula can be set; one that cannot is shown to the student as it is typed."""
    for formula in formulas(text.markdown):
        why = fault(formula.latex)
        if why:
            told = f"the formula ${formula.latex[:80]}$ cannot be shown: {why}"
            yield Finding(text.line + formula.line, told)


def right_answers(lesson: Lesson) -> dict[str, Given]:
    """An answer to each question that would be judged right, where one can be computed."""
    found: dict[str, Given] = {}
    for question in lesson.questions:
        try:
            value = answer(question).value
        except GraphLabError:
            continue
        if question.kind != "choice":
            found[question.id] = _typed(value)
        elif value:
            found[question.id] = value[0]
    return found


def _typed(value: Any) -> str:
    if np.ndim(value) == 0:
        return repr(float(value)).removesuffix(".0")
    return "[" + ", ".join(_typed(item) for item in value) + "]"


def _question(question: Question) -> Iterator[Finding]:
    name, line = question.id, question.line
    try:
        right = answer(question).value
    except GraphLabError as error:
        yield Finding(line, f"the answer to {name} cannot be computed: {error}")
        return
    if question.kind == "choice":
        if not right:
            yield Finding(line, f"the engine finds no option of {name} right")
        if len(right) == len(question.choices):
            yield Finding(line, f"every option of {name} is right")
        return
    expected = question.expect
    if expected is not None and not is_near(expected, right, question.tolerance):
        told = f"{name} expects {_typed(expected)}, and the engine computes {_typed(right)}"
        yield Finding(line, told)
    elif np.size(right) > 100:
        yield Finding(line, f"{name} asks for {np.size(right)} numbers; ask for at most 100")
    elif not judge_answer(question, None, _typed(right)).is_right:
        yield Finding(line, f"{name}: its own answer, typed, is not judged right")


def _task(
    task: Task, page: Page, lesson: Lesson, answers: Mapping[str, Given]
) -> Iterator[Finding]:
    """It is met by its own solution, or by the goal's or the page's graph, stepped to the end."""
    tried = (task.solution,) if task.solution else (lesson.solution, page.graph)
    told = []
    for graph in tried:
        if graph is None or not graph.nodes:
            continue
        try:
            run = _stepped(graph, task)
            wrong = [v for v in is_met(task.until, run.graph, run, answers) if not v.is_right]
        except GraphLabError as error:
            told.append(str(error))
            continue
        if not wrong:
            return
        told.append(wrong[0].reason)
    reason = told[0] if told else "there is no graph to try it with; give it a solution"
    yield Finding(task.line, f"nothing in the lesson meets this task: {reason}")


def _stepped(graph: Graph, task: Task) -> Run:
    """The graph with what the task wants set and folded, run to where the task wants it."""
    feeds: dict[str, Any] = {}
    for check in task.until:
        if check.kind == "set":
            feeds.update(check.spec)
        if check.kind == "group" and check.spec.folded is not None:
            for name in graph.groups:
                graph = edits.fold(graph, name, check.spec.folded)
    run = forward(graph, feeds)
    start = next((out for out in graph.outputs if run.value(out) is not None), None)
    return run.backward(start) if start is not None else run


def _show(show: Show, page: Page) -> Iterator[Finding]:
    """What is shown has to be there; on a page whose graph the student draws, nothing is known."""
    graph = page.graph
    if graph is None or not graph.nodes:
        return
    groups = (*show.fold, *show.open)
    nodes = [show.until, show.select]
    nodes += [show.paths.start, show.paths.end] if show.paths else []
    nodes += [show.descent.loss, *show.descent.move] if show.descent else []
    for group in groups:
        if group not in graph.groups:
            yield Finding(show.line, f"the page's graph has no group {group}")
    for name in nodes:
        try:
            if name is not None and name not in graph.groups:
                graph.port(name)
        except GraphLabError as error:
            yield Finding(show.line, str(error))


def _goal(goal: Goal, lesson: Lesson, answers: Mapping[str, Given]) -> Iterator[Finding]:
    needs_graph = any(check.kind != "answers" for check in goal.checks)
    if any(check.kind == "stepped" for check in goal.checks):
        yield Finding(goal.line, "a submission has stepped nothing: keep stepped for tasks")
    solution = lesson.solution
    if solution is None and needs_graph:
        yield Finding(goal.line, "the goal has no solution, so nothing proves it can be reached")
        return
    verdicts = judge_goal(lesson, lesson.start if solution is None else solution, answers)
    for check, verdict in zip(goal.checks, verdicts, strict=True):
        if not verdict.is_right:
            told = f"the solution does not pass {check.kind}: {verdict.reason}"
            yield Finding(check.line, told)
    if all(verdict.is_right for verdict in judge_goal(lesson, lesson.start, {})):
        yield Finding(goal.line, "the start passes the goal already")
