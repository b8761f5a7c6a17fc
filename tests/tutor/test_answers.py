"""Right answers come from the engine; wrong ones are told why, and never the right number."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphlab import Run, parse, tutor
from graphlab.engine import Step
from graphlab.engine.numbers import show
from graphlab.errors import RunError
from graphlab.tutor import Question, Where
from graphlab.tutor.given import readings
from tests.tutor.lessons import read

FEEDS = {"x": -2.0, "y": 5.0, "z": -4.0}


def question(formula: str, kind: str, of: str = "", to: str = "", **at: object) -> Question:
    graph = parse(formula)
    at = at or {name: value for name, value in FEEDS.items() if name in graph.nodes}
    return Question("q", "?", kind, graph, 1, of, to, at)  # type: ignore[arg-type]  # one of the five kinds


F = "q = x + y; f = q * z"
FAN = "b = a + a; c = b * a"
SCALED = "u = 3 * x; f = u * z"

# The question, its right answer, and per wrong one what is said about it.
CASES = [
    (question(F, "value", "f"), -12, {"12": "sign", "3": "value of q", "-12.1": "close"}),
    (question(F, "value", "f"), -12, {"-120": "power of ten", "[-12]": "one number; you gave"}),
    (question(F, "gradient", "f", "x"), -4, {"4": "sign", "1": "local partial ∂q/∂x alone"}),
    (question(F, "gradient", "f", "x"), -4, {"-2": "value of x", "-12": "value of f"}),
    (question(F, "gradient", "f", "x"), -4, {"3": "∂f/∂z, and ∂f/∂x is asked", "7": "multiply"}),
    (question(SCALED, "gradient", "f", "x"), -12, {"-4": "what arrives at u", "3": "∂u/∂x alone"}),
    (question(FAN, "gradient", "c", "b", a=3), 3, {"6": "value of b"}),
    # c = 2a², so dc/da = 4a = 12; over b come 3 + 3, straight 6
    (question(FAN, "gradient", "c", "a", a=3), 12, {"6": "alone", "54": "not multiplied"}),
    (question(FAN, "gradient", "c", "a", a=3), 12, {"8": "local partials of a added up"}),
    (question(F, "partial", "q", "x"), 1, {"-4": "the gradient", "3": "value of q"}),
    (question(F, "partial", "f", "y"), 3, {"-4": "with respect to q", "-3": "sign"}),
    (question("0.25**10", "number"), 0.25**10, {"-9.5367e-7": "sign", "9.5367e-6": "ten"}),
    (
        question("784 * 300 + 300 + 3010", "number"),
        238510,
        {"235200": "left out or counted twice", "235200.5": "four digits"},
    ),
    (question("8 / 2", "number"), 4, {"0.25": "one divided by", "17": "not it"}),
    (
        question("f = W @ x", "gradient", "f", "x", W=[[1, 2], [3, 4]], x=[1, 1]),
        [4, 6],
        {"[1, 2]": "", "[[4], [6]]": "array of", "4": "array of 2 numbers; you gave one"},
    ),
]


VECTORS = {
    "x": [1, 2],
    "y": [3, 5],
    "A": [[1, 2, 0], [3, 4, 1]],
    "B": [[2, 1, 1], [1, 5, 2]],
    "c": [1, 2, 3],
}


@pytest.mark.parametrize(
    ("formula", "to"),
    [
        ("f = x * y", "x"),
        ("f = exp(x)", "x"),
        ("f = A * B", "A"),
        ("f = A @ c", "A"),
        ("f = A @ c", "c"),
        ("f = sum(x)", "x"),
        ("f = softmax(x)", "x"),
    ],
)
def test_a_partial_is_right_as_a_diagonal_and_as_the_whole_jacobian(formula: str, to: str) -> None:
    """The Jacobian by differences judges both."""
    graph = parse(formula)
    at = {name: np.asarray(VECTORS[name], float) for name in graph.inputs}
    base = Run(graph, at).forward().value("f")
    columns = []
    for i in range(at[to].size):
        moved = at[to].copy()
        moved.flat[i] += 1e-6
        other = Run(graph, {**at, to: moved}).forward().value("f")
        columns.append(np.ravel(other - base) / 1e-6)
    whole = np.stack(columns, axis=1)
    asked = question(formula, "partial", "f", to, **at)
    shaped = whole.reshape(np.shape(base) + at[to].shape)
    for right in (whole, shaped):
        typed = str(np.round(right, 6).tolist())
        assert tutor.judge_answer(asked, None, typed).is_right, typed
        wrong = str(np.round(right + 0.5, 6).tolist())
        verdict = tutor.judge_answer(asked, None, wrong)
        assert not verdict.is_right
        assert "you gave" not in verdict.reason


def test_a_partial_of_a_wrong_shape_is_told_both_shapes_it_may_have() -> None:
    asked = question("f = x * y", "partial", "f", "x", x=np.ones(2), y=np.ones(2))
    told = tutor.judge_answer(asked, None, "[1, 2, 3]").reason
    assert told == (
        "The answer is an array of 2 numbers, the diagonal, or a matrix of 2×2; you gave an array "
        "of 3 numbers."
    )


@pytest.mark.parametrize(("asked", "right", "wrong"), CASES)
def test_answers(asked: Question, right: object, wrong: dict[str, str]) -> None:
    answer = tutor.answer(asked)
    assert answer.value == pytest.approx(right)
    assert answer.text == show(answer.value)
    assert tutor.judge_answer(asked, None, str(right)).is_right
    for typed, said in wrong.items():
        verdict = tutor.judge_answer(asked, None, typed)
        assert (verdict.is_right, verdict.is_judged) == (False, True)
        assert said in verdict.reason
        assert verdict.reason[0].isupper()
        assert verdict.reason.endswith(".")
        told = re.findall(r"[-−]?\d+(?:\.\d+)?", verdict.reason)
        assert asked.kind == "value" or show(answer.value) not in told


@pytest.mark.parametrize("asked", [case[0] for case in CASES if case[0].kind != "number"])
def test_the_step_that_shows_it_is_one_of_the_run(asked: Question) -> None:
    run = Run(asked.graph, asked.at).forward()
    if asked.kind == "gradient":
        run.backward(asked.of)
    where = tutor.answer(asked).step_hint
    assert where is not None
    (step,) = [step for step in run.steps() if _is_at(step, where)]
    if where.phase == "backward":
        assert step.edge is not None
        assert step.edge.source.node == asked.to
        assert step.is_last
        assert step.total == pytest.approx(tutor.answer(asked).value)


def _is_at(step: Step, where: Where) -> bool:
    if step.phase != where.phase or step.node != where.node:
        return False
    return step.phase == "forward" or (
        step.edge is not None and step.edge.target.port == where.port
    )


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("−4", [-4]),
        (" f = 3 ", [3]),
        ("1/3", [1 / 3]),
        ("0,25", [0.25]),
        ("615,440", [615440, 615.44]),
        ("167,772,170", [167772170]),
        ("5.04·10⁻⁷", [5.04e-7]),
        ("5.04×10^-7", [5.04e-7]),
        ("5.04 * 10^(-7)", [5.04e-7]),
        ("1e3", [1000]),
        ("10^6", [1e6]),
        ("10**6", [1e6]),
        ("10⁶", [1e6]),
        ("2^10", [1024]),
        ("2 ** (-3)", [0.125]),
        ("3·10^2/4", [75]),
        ("50%", [0.5]),
        ("12.5 %", [0.125]),
        ("1 234", [1234]),
        ("238\u202f510", [238510]),
        ("-1'234'567.5", [-1234567.5]),
        ("1 234,5", [1234.5]),
        ("[14 32]", [[14, 32]]),
        ("14 32", [[14, 32]]),
        ("[-1 -2 .5]", [[-1, -2, 0.5]]),
        ("[[1 2] [3 4]]", [[[1, 2], [3, 4]]]),
        ("[[1. 2.]\n [3. 4.]]", [[[1, 2], [3, 4]]]),
        (".5", [0.5]),
        (3, [3]),
        ("[1, 2]", [[1, 2]]),
        ("1, −2, 1/2", [[1, -2, 0.5]]),
        ("[[1, 2], [3, 4]]", [[[1, 2], [3, 4]]]),
        ("[1, 2; 3, 4]", [[[1, 2], [3, 4]]]),
        ("(1, 2)", [[1, 2]]),
    ],
)
def test_numbers_are_read_as_they_are_meant(typed: str | int, meant: list[object]) -> None:
    for found, wanted in zip(readings(typed), meant, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-12)


@given(st.floats(-1e300, 1e300))
def test_a_number_as_graphlab_shows_it_is_read(number: float) -> None:
    (found,) = readings(show(number))
    assert found == pytest.approx(number, rel=1e-3)


@given(st.text(max_size=30) | st.text(alphabet="0123456789.,;[]()/*^e-− ", max_size=30))
def test_any_text_is_a_number_or_a_sentence(typed: str) -> None:
    asked = CASES[0][0]
    verdict = tutor.judge_answer(asked, None, typed)
    assert verdict.is_right or verdict.reason


@pytest.mark.parametrize(
    "typed", ["", "abc", "nan", "inf", "1/0", "1e9999", "9" * 3000, "[" * 1000, "[1, [2]]", "١"]
)
def test_what_is_no_number_is_told(typed: str) -> None:
    with pytest.raises(RunError) as told:
        readings(typed)
    verdict = tutor.judge_answer(CASES[0][0], None, typed)
    assert (verdict.is_right, verdict.is_judged) == (False, False)
    assert str(told.value)[1:] in verdict.reason


def test_choices_are_decided_by_the_engine(tmp_path: Path) -> None:

    asked = read(tmp_path).questions[1]
    assert tutor.answer(asked).value == (1,)
    assert tutor.answer(asked).text == "down"
    assert tutor.judge_answer(asked, None, 1).is_right
    assert tutor.judge_answer(asked, None, "down").is_right
    for wrong in (0, 2, 3, -1, True, "up", "sideways", 10**400):
        verdict = tutor.judge_answer(asked, None, wrong)
        assert (verdict.is_right, verdict.is_judged) == (False, wrong in (0, 2, "up"))
