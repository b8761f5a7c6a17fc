"""The right answer to a question, computed by the engine, and a judgement of a student's."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from graphlab.engine import Run
from graphlab.engine.numbers import show
from graphlab.errors import GraphLabError, RunError
from graphlab.graph import Graph
from graphlab.ops import show_array, show_shape
from graphlab.tutor.given import readings
from graphlab.tutor.judging import Scene, judge, place_of
from graphlab.tutor.lesson import Question
from graphlab.tutor.running import edge_of, forward, gradient_of, partials_of, value_of
from graphlab.tutor.slips import slip
from graphlab.tutor.verdict import Verdict, Where, arrival, is_near, sentence
from graphlab.tutor.wording import plain


class Answer(NamedTuple):
    """The right answer: a number or an array (of a choice, the right options' places from 0), the
    same as text, the step that shows it, and in what other shapes it is as right."""

    value: Any
    text: str
    step_hint: Where | None
    others: tuple[Any, ...] = ()

    def in_shape(self, shape: tuple[int, ...]) -> Any:
        """The answer in a shape, or as it is where it has none such."""
        found = (one for one in (self.value, *self.others) if np.shape(one) == shape)
        return next(found, self.value)


def answer(question: Question, graph: Graph | None = None) -> Answer:
    """Compute the right answer on the question's own graph, or on ``graph``.

    Raises ``GraphLabError`` where it cannot be computed.
    """
    graph = _asked_of(question, graph)
    return _known(question) if graph is question.graph else _answer(question, graph)


@lru_cache(maxsize=256)
def _known(question: Question) -> Answer:
    """The answer on the question's own graph, computed once for a whole class."""
    return _answer(question, question.graph)


def _answer(question: Question, graph: Graph) -> Answer:
    if question.kind == "choice":
        right = _right_options(question, graph)
        text = " or ".join(plain(question.choices[i].text) for i in right)
        return Answer(right, text, _shown_by(question, graph, right))
    (value, *others), run = _computed(question, graph)
    return Answer(value, _text(value, question), _where(question, run), tuple(others))


def judge_answer(
    question: Question, graph: Graph | None = None, given: str | int | float = ""
) -> Verdict:
    """Judge what a student answered: text, or the place of an option counted from 0.

    A wrong answer is told why where the slip is a known one, and never the right number.
    """
    graph = _asked_of(question, graph)
    try:
        if question.kind == "choice":
            return _judge_choice(question, graph, given)
        meant = readings(given)
        right = answer(question, graph)
        pairs = [(one, right.in_shape(np.shape(one))) for one in meant]
        where = right.step_hint
        if any(is_near(one, wanted, question.tolerance) for one, wanted in pairs):
            return Verdict(True, "", where)
        _, run = _computed(question, graph)
    except GraphLabError as error:
        return Verdict(False, sentence(str(error), graph.nodes), is_judged=False)
    found = next((told for pair in pairs if (told := slip(question, run, *pair))), None)
    if found is not None:
        return Verdict(False, sentence(found.reason), found.where or where)
    given, wanted = pairs[0]
    if np.shape(given) != np.shape(wanted):
        return Verdict(False, f"The answer is {_shapes(right)}; you gave {_shape(given)}.", where)
    return Verdict(False, _default(question, run), where)


def _text(value: Any, question: Question) -> str:
    """As short as every number is written, or as long as the tolerance asks for."""
    text = show(value)
    if np.ndim(value) == 0 and not any(
        is_near(one, value, question.tolerance) for one in readings(text)
    ):
        digits = math.ceil(-math.log10(question.tolerance)) + 1
        return f"{float(value):.{digits}g}".replace("-", "−")
    return text


def _asked_of(question: Question, graph: Graph | None) -> Graph:
    return graph if graph is not None and question.is_about_page else question.graph


def _computed(question: Question, graph: Graph) -> tuple[list[Any], Run]:
    """The answer in every shape it may have, and the run it is from."""
    run = forward(graph, dict(question.at))
    match question.kind:
        case "gradient":
            found = [gradient_of(run, question.of, question.to)]
        case "partial":
            found = partials_of(run, question.of, question.to)
        case "number":
            found = [value_of(run, graph.outputs[0])]
        case _:
            found = [value_of(run, question.of)]
    if not np.isfinite(found[0]).all():
        raise RunError("the answer is not a finite number with these values")
    return found, run


def _where(question: Question, run: Run) -> Where | None:
    match question.kind:
        case "gradient":
            node = run.graph.port(question.to).node
            return arrival(run, node)
        case "partial":
            return Where("forward", question.of, edge_of(run.graph, question.of, question.to).port)
        case "value":
            return Where("forward", run.graph.port(question.of).node)
    return None


def _right_options(question: Question, graph: Graph) -> tuple[int, ...]:
    scene = Scene(graph, None, {}, question.at)
    found = []
    for index, option in enumerate(question.choices):
        if option.when is not None:
            verdict = judge(option.when, scene)
            if not verdict.is_right and scene.faults:
                raise RunError(f"the option {option.text!r:.60}: {scene.faults[-1]}")
            option_is_right = verdict.is_right
        else:
            option_is_right = option.right
        if option_is_right:
            found.append(index)
    return tuple(found)


def _judge_choice(question: Question, graph: Graph, given: str | int | float) -> Verdict:
    texts = [option.text.strip() for option in question.choices]
    if isinstance(given, str):
        if given.strip() not in texts:
            return Verdict(False, "None of the options was chosen: choose one.", is_judged=False)
        given = texts.index(given.strip())
    if isinstance(given, bool) or given not in range(len(texts)):
        told = f"There is no such option: choose one of the {len(texts)}."
        return Verdict(False, told, is_judged=False)
    right = answer(question, graph)
    if given in right.value:
        return Verdict(True, "", right.step_hint)
    told = "That is not it: look at the graph once more, step by step."
    return Verdict(False, told, right.step_hint)


def _shown_by(question: Question, graph: Graph, right: tuple[int, ...]) -> Where | None:
    """The step that decides a choice, where the engine does."""
    checks = (question.choices[index].when for index in right)
    return next((place_of(check, graph) for check in checks if check is not None), None)


def _default(question: Question, run: Run) -> str:
    match question.kind:
        case "gradient":
            arrivals = run.graph.consumers[run.graph.port(question.to).node]
            way = "the edge" if len(arrivals) == 1 else f"each of the {len(arrivals)} edges"
            return (
                f"That is not ∂{question.of}/∂{question.to}. On {way} out of {question.to}, "
                "multiply what arrives at the edge's head with the local partial there."
            )
        case "partial":
            return (
                f"That is not the local partial of {question.of}. Look at this one op only: how "
                f"fast does {question.of} change when {question.to} alone changes?"
            )
        case "value" if not question.is_about_page:  # its graph is not the one on the canvas
            return f"That is not {question.of}. Put the given numbers into its formula once more."
        case "value":
            return f"That is not {question.of}. Step forward to {question.of} and read its rule."
    return "That is not it. Read the question once more, and work it out step by step."


def _shapes(right: Answer) -> str:
    """What is wanted; of a partial also that the whole Jacobian as a matrix would be as right."""
    wanted = np.shape(right.value)
    if all(np.shape(other) == wanted for other in right.others):
        return _shape(wanted)
    whole, matrix = map(np.shape, right.others)
    which = "" if whole == wanted else ", the diagonal,"
    return f"{_shape(wanted)}{which} or a matrix of {show_shape(matrix)}"


def _shape(value: Any) -> str:
    shape = value if isinstance(value, tuple) else np.shape(value)
    return show_array(shape)
