"""Is a lesson sound?  Every answer computes, the solution passes, the start does not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from graphlab.engine import Run
from graphlab.engine.descent import descending
from graphlab.errors import GraphLabError
from graphlab.graph import Graph, edits
from graphlab.graph.shapes import infer_shapes
from graphlab.latex import fault, formulas
from graphlab.tutor.answers import answer, judge_answer
from graphlab.tutor.branches import Branch
from graphlab.tutor.format import DescentSpec
from graphlab.tutor.goals import Given, is_met, judge_goal
from graphlab.tutor.lesson import Check, Goal, GraphBlock, Lesson, Page, Prose, Question, Show, Task
from graphlab.tutor.matching import out_of_reach
from graphlab.tutor.opening import opening
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
        graphs = [block for block in page.blocks if isinstance(block, GraphBlock)]
        found += [_second(graphs[0], other) for other in graphs[1:]]
        for block in page.blocks:
            match block:
                case Task() | Show() if len(graphs) > 1:
                    continue  # nobody knows which of the graphs it is about
                case Task():
                    found += _branches(block.until)
                    found += _task(block, page, lesson, answers)
                case Show():
                    found += _show(block, page)
                case Goal():
                    found += _branches(block.checks)
                    found += _goal(block, lesson, answers)
    return sorted(found)


def _second(first: GraphBlock, other: GraphBlock) -> Finding:
    return Finding(
        other.line,
        f"the page has a graph already, that of line {first.line}, and shows only one: begin a "
        "page with ## and a title before this one",
    )


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
    name, line, lines = question.id, question.line, question.lines
    try:
        found = answer(question)
    except GraphLabError as error:
        yield Finding(_wrong_line(question), f"the answer to {name} cannot be computed: {error}")
        return
    right, expected = found.value, question.expect
    if question.kind == "choice":
        if not right:
            yield Finding(lines["choice"], f"the engine finds no option of {name} right")
        if len(right) == len(question.choices):
            yield Finding(lines["choice"], f"every option of {name} is right")
        return
    if expected is not None and not is_near(
        expected, found.in_shape(np.shape(expected)), question.tolerance
    ):
        told = f"{name} expects {_typed(expected)}, and the engine computes {_typed(right)}"
        yield Finding(lines["expect"], told)
    elif np.size(right) > 100:
        yield Finding(line, f"{name} asks for {np.size(right)} numbers; ask for at most 100")
    elif not judge_answer(question, None, _typed(right)).is_right:
        yield Finding(line, f"{name}: its own answer, typed, is not judged right")


def _wrong_line(question: Question) -> int:
    """The line of the first name that the question's graph has not, or of what it cannot hold."""
    graph, of = question.graph, question.of
    names = {"of": of, "to": question.to, **{f"at.{name}": name for name in question.at}}
    ports = graph.nodes[of].inputs if question.kind == "partial" and of in graph.nodes else ()
    for key, name in names.items():
        if name and _missing(graph, name) and not (key == "to" and name in ports):
            return question.lines[key]
    shapes = infer_shapes(graph, {name: np.shape(value) for name, value in question.at.items()})
    wrong = (name for name in question.at if name in shapes.conflicts)
    return question.lines.get(f"at.{next(wrong, None)}", question.line)


def _branches(checks: Iterable[Check]) -> Iterator[Finding]:
    """Every branch of a formula is taken by inputs that a graph is judged with."""
    for check in checks:
        if check.reference is None or check.kind != "computes":
            continue
        for node, test, holds in _missed(check.reference):
            op = check.reference.nodes[node].op.name
            told = f"{node} ({op}) was given no input by which {test} is {str(holds).lower()}"
            way_out = f"so a graph without it passes too: write the formula without {op}"
            yield Finding(check.line, f"{told}, {way_out}")


def _missed(reference: Graph) -> list[Branch]:
    try:
        return out_of_reach(reference)
    except GraphLabError:  # told where the solution is judged
        return []


def _task(
    task: Task, page: Page, lesson: Lesson, answers: Mapping[str, Given]
) -> Iterator[Finding]:
    """It is met by its own solution, or by the goal's or the page's graph, stepped to the end;
    and not by what the page begins with."""
    if _is_done_at_first(task, page):
        met = "the page's start meets this task, which is done before the student does anything"
        yield Finding(task.line, f"{met}: ask for something that the start does not have")
        return
    tried = (task.solution,) if task.solution else (lesson.solution, page.graph)
    told: list[Finding] = []
    for graph in tried:
        if graph is None or not graph.nodes:
            continue
        wrong = _unmet(task, graph, answers)
        if wrong is None:
            return
        told.append(wrong)
    lacking = Finding(task.line, "there is no graph to try it with; give it a solution")
    line, reason = max(told, default=lacking)  # of the graph that comes furthest
    yield Finding(line, f"nothing in the lesson meets this task: {reason}")


def _is_done_at_first(task: Task, page: Page) -> bool:
    try:
        run = opening(page)
        return all(verdict.is_right for verdict in is_met(task.until, run.graph, run))
    except GraphLabError:  # told where the graph is tried with what the task wants
        return False


def _unmet(task: Task, graph: Graph, answers: Mapping[str, Given]) -> Finding | None:
    """The first check that a graph does not meet once it is stepped to the end."""
    line = task.line
    try:
        run = _stepped(graph, task)
        for check in task.until:
            line = check.line
            (verdict,) = is_met((check,), run.graph, run, answers)
            if not verdict.is_right:
                return Finding(line, verdict.reason)
    except GraphLabError as error:
        return Finding(line, str(error))
    return None


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
    found = list(_unknown(show, graph))
    yield from found
    if show.descent is not None and not found:
        yield from _descent(show, show.descent, graph)


def _unknown(show: Show, graph: Graph) -> Iterator[Finding]:
    for name, line, key in show.names:
        if key in ("fold", "open") and name not in graph.groups:
            yield Finding(line, f"the page's graph has no group {name}")
        elif name not in graph.groups and (told := _missing(graph, name)):
            yield Finding(line, told)


def _descent(show: Show, descent: DescentSpec, graph: Graph) -> Iterator[Finding]:
    """The window can take a step: down an output, by what it lets move."""
    lines = {(named.key, named.name): named.line for named in show.names}
    inputs = [name for name in graph.inputs if graph.nodes[name].op.name == "input"]
    for name in descent.move:
        if name not in (*graph.parameters, *inputs):
            kind = graph.nodes[name].op.name if name in graph.nodes else "a group"
            told = f"{name} ({kind}) cannot be moved by descent"
            yield Finding(lines["move", name], f"{told}: name parameters or inputs")
            return
    ends = [
        name for name in graph.outputs if graph.nodes[graph.port(name).node].op.category != "Source"
    ]
    loss = descent.loss or next(iter(ends), "")
    line = lines.get(("loss", loss), show.line)
    if loss not in ends:
        told = f"name {' or '.join(ends[:6])}" if ends else "the page's graph computes nothing"
        yield Finding(line, f"descent lowers an output, and {loss or 'there'} is none: {told}")
        return
    try:
        moved = descent.move or graph.parameters or inputs
        next(descending(forward(graph, {}), loss, moved, descent.rate))
    except GraphLabError as error:
        yield Finding(line, f"the descent cannot begin: {error}")


def _missing(graph: Graph, name: str) -> str:
    """What is said where a graph has no such node or output; empty where it has it."""
    try:
        graph.port(name)
    except GraphLabError as error:
        return str(error)
    return ""


def _goal(goal: Goal, lesson: Lesson, answers: Mapping[str, Given]) -> Iterator[Finding]:
    needs_graph = any(check.kind != "answers" for check in goal.checks)
    for check in goal.checks:
        if check.kind == "stepped":
            yield Finding(check.line, "a submission has stepped nothing: keep stepped for tasks")
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
