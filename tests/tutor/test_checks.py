"""The closed list of checks, each met and not met, and what is said then."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from graphlab import Graph, Run, parse, tutor
from graphlab.graph import edits
from tests.tutor.lessons import FRONT, WHOLE, read

F = parse("q = x + y; f = q * z")
GROUPED = edits.add_group(F, "sum", ["q"], title="Sum")
FOLDED = edits.fold(GROUPED, "sum", True)
FED = edits.set_attributes(F, "x", value=-2.0)

# A check, a graph that meets it, others with what is said of them.
CASES = [
    (
        "computes: f = (x + y) * z",
        [F, parse("x * z + y * z"), parse("w = x + y; g = z * w"), GROUPED],
        {
            "(x + z) * y": "your graph gives f = ",
            "(a + y) * z": "no x; rename a",
            "x + y": "no z; add what is missing",
            "q = x + y; h = x * z": "2 ends",
            "x = y + 1; f = (x + y) * z": "x is a add",
            "": "Your graph is empty",
            "f = (x + y) * ?; g = z": "",
            "x = input(3); f = (x + y) * z": "x is an array of 3 numbers in your graph, and should "
            "be one number",
            "x = input(1); f = (x + y) * z": "x is an array of 1 number in",
        },
    ),
    ("computes: f = log(x) + sqrt(y)", [parse("sqrt(y) + log(x)")], {"log(x) + y": "should give"}),
    ("computes: s = sigmoid(x)", [parse("1 / (1 + exp(-x))")], {"tanh(x)": "should give"}),
    (
        "computes: |\n      W = parameter(2, 3)\n      x = input(shape=(3,))\n      y = W @ x",
        [parse("W = parameter(2, None); y = W @ x"), parse("y = W @ x")],
        {
            "W = parameter(3, 2); y = W @ x": "W is an array of 3×2 numbers in your graph, and "
            "should be an array of 2×3 numbers",
            "x = input(None, 3); y = sum(W) * sum(x)": "x is an array of ?×3 numbers in your",
            "y = sum(W @ x)": "y is one number in your graph, and should be an array of 2 numbers",
            "f = x @ x; v = W * 1": "2 ends",
        },
    ),
    ("computes: f = x * step(x)", [parse("relu(x)")], {"f = abs(x)": "should give"}),
    ("value: {at: {x: 1, y: 2, z: 3}, is: 9}", [F], {"x + y + z": "f is 6 at x = 1"}),
    ("value: {of: q, at: {x: 1, y: 2}, is: x + y}", [F], {"f = x * y": "no node q"}),
    ("value: {at: {x: 1, y: 2, z: 3}, above: 8, below: 10}", [F], {"x * y * z": "above 8"}),
    ("gradient: {to: x, at: {x: 1, y: 2, z: 3}, is: z}", [F], {"x * y * z": "should be 3"}),
    ("gradient: {of: f, to: x, at: {x: 1, y: 2}, is: 0}", [parse("f = y * 2; g = x")], {}),
    (
        "partial: {of: f, to: q, at: {x: 1, y: 2, z: 3}, is: 3}",
        [F],
        {"f = x * y * z": "no input q"},
    ),
    (
        "partial: {of: f, to: x, at: {x: [1, 2], y: [3, 5]}, is: [[3, 0], [0, 5]]}",
        [parse("f = x * y")],
        {"f = x + y": "should be"},
    ),
    ("uses: {add: 1, multiply: {at_least: 1}}", [F], {"x + y": "0 multiply nodes"}),
    ("uses: {add: 0}", [parse("x * y")], {"x + y": "should have none"}),
    ("nodes: {at_least: 3, at_most: 5}", [F], {"x": "at least 3", "(x+y)*z + 1": "at most 5"}),
    ("group: {}", [GROUPED], {"x + y": "should be 1 group"}),
    ("group: {title: Sum, ops: [add], folded: false}", [GROUPED], {"x + y": "called Sum with add"}),
    ("group: {title: sum, folded: true}", [FOLDED], {"x + y": "1 folded group called sum"}),
    ("inputs: [x, y, z]", [F], {"(a + y) * z": "called a: rename it", "x + y": "no input z"}),
    ("inputs: [x]", [parse("x + 1")], {"x + y": "input y that is not needed"}),
    ("set: {x: -2}", [FED], {"x + y": "x is –, and should be −2", "y": "no node x"}),
]


def _check(folder: Path, text: str) -> tutor.Check:
    goal = f"```yaml goal\nchecks:\n  - {text}\n```\n"
    found = read(folder, WHOLE[: WHOLE.index("```yaml goal")] + goal).goal
    assert found is not None
    return found.checks[0]


@pytest.mark.parametrize(("text", "met", "unmet"), CASES, ids=[case[0][:40] for case in CASES])
def test_a_check(text: str, met: list[Graph], unmet: dict[str, str], tmp_path: Path) -> None:
    check = _check(tmp_path, text)
    for graph in met:
        assert tutor.is_met(check, graph) == [tutor.Verdict(True)]
    for formula, said in unmet.items():
        (verdict,) = tutor.is_met([check], parse(formula) if formula else Graph())
        assert not verdict.is_right
        assert any(part in verdict.reason for part in said.split("|")), verdict.reason


TOO_LITTLE = ["nodes: {at_most: 4}", "uses: {add: 0}", "inputs: []", "stepped: forward"]


@pytest.mark.parametrize("text", [*(case[0] for case in CASES), *TOO_LITTLE])
def test_an_empty_graph_meets_nothing_and_is_told_only_that(text: str, tmp_path: Path) -> None:
    check = replace(_check(tmp_path, text), because="One sum is enough.")
    (verdict,) = tutor.is_met(check, Graph())
    assert verdict == tutor.Verdict(False, "Your graph is empty.")


def test_an_empty_graph_meets_what_asks_for_it(tmp_path: Path) -> None:
    check = _check(tmp_path, "nodes: {at_most: 0}")
    assert tutor.is_met(check, Graph()) == [tutor.Verdict(True)]
    assert not tutor.is_met(check, F)[0].is_right


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("stepped: forward", 2),
        ("stepped: backward", 7),
        ("stepped: {value: q}", 1),
        ("stepped: {gradient: q}", 4),
        ("stepped: {gradient: x, value: f}", 6),
        ("set: {z: -4}", 0),
    ],
)
def test_what_has_been_stepped(text: str, steps: int, tmp_path: Path) -> None:
    """q, f forward; the start, f→q, f→z, q→x, q→y backward: 7 steps."""
    check = _check(tmp_path, text)
    run = Run(F, {"x": -2, "y": 5, "z": -4})
    taken = [tutor.is_met(check, F, run)[0].is_right]
    while run.step() is not None:
        taken.append(tutor.is_met(check, F, run)[0].is_right)
    assert taken == [False] * steps + [True] * (8 - steps)


def test_because_is_said_first_and_the_solution_never(tmp_path: Path) -> None:
    lesson = read(tmp_path)
    for formula in ("x + y", "f = 3 * (x + y) * z", "f = 2 * (a + y) * z", "x * y", "1 + x"):
        verdicts = tutor.judge_goal(lesson, parse(formula), {"dx": "4", "tiny": "1"})
        told = " ".join(verdict.reason for verdict in verdicts)
        for secret in ("(x + y)", "2 * q", "2 * (", "q * z", "9.537"):
            assert secret not in told
    assert verdicts[1].reason.startswith("A sum and two products. Your graph has 0 multiply")
    assert "(‘How much?’) is not right" in verdicts[3].reason


@pytest.mark.parametrize(
    "stated",
    [
        "formula: f = sum(relu(W @ x))\nvalues: {W: [[1, 2, 3], [4, 5, 6]], x: [1, 0, -1]}",
        "formula: |\n  W = parameter(2, 3)\n  x = input(3)\n  f = sum(relu(W @ x))",
    ],
)
def test_arrays_in_computes_are_as_large_as_in_the_page_s_graph(
    stated: str, tmp_path: Path
) -> None:
    blocks = (
        f"\n```yaml graph\n{stated}\n```\n"
        "\n```yaml goal\nchecks:\n  - computes: f = sum(relu(W @ x))\n  - nodes: {at_least: 6}\n"
        "solution: f = sum(relu(W @ x)) * 1\n```\n"
    )
    lesson = read(tmp_path, FRONT + blocks)
    assert [str(finding) for finding in tutor.prove(lesson)] == []
    assert lesson.goal is not None
    check = lesson.goal.checks[:1]
    assert tutor.is_met(check, parse("y = W @ x; f = sum(maximum(y, 0))"))[0].is_right
    assert "should give" in tutor.is_met(check, parse("f = sum(W @ x)"))[0].reason
