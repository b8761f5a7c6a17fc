"""A class is judged whatever it hands in: right, wrong, spoilt or hostile, one row a file."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graphlab import parse, save, tutor
from graphlab.errors import FileError
from graphlab.graph import Graph, edits
from graphlab.tutor.submissions import MAX_BYTES
from tests.pace import loops
from tests.tutor.lessons import read

RIGHT = {"dx": "-4", "way": 1, "tiny": "9.5367e-7"}
GOAL = "q = x + y; f = 2 * q * z"


@pytest.fixture
def lesson(tmp_path: Path) -> tutor.Lesson:
    return read(tmp_path)


def handed_in(
    lesson: tutor.Lesson, formula: str = GOAL, name: str = "ada", **answers: Any
) -> tutor.Grade:
    path = lesson.path.with_name(f"{name}.answers.json")
    tutor.write_submission(path, lesson, parse(formula), {**RIGHT, **answers}, name)
    return tutor.grade(lesson, path)


def test_what_is_written_is_read(lesson: tutor.Lesson, tmp_path: Path) -> None:
    graph = edits.move(lesson.start, {"f": (3, 4)})
    path = tmp_path / "a.answers.json"
    tutor.write_submission(path, lesson, graph, RIGHT, "Ada")
    found = tutor.read_submission(path)
    assert (found.graph, found.answers) == (graph, RIGHT)
    assert (found.student, found.lesson) == ("Ada", "lesson")
    assert found.graph.view == graph.view


def test_a_failed_write_leaves_what_was_there(lesson: tutor.Lesson, tmp_path: Path) -> None:
    path = tmp_path / "a.answers.json"
    tutor.write_submission(path, lesson, Graph(), RIGHT)
    before = path.read_bytes()
    with pytest.raises(FileError):
        tutor.write_submission(path, lesson, Graph(), {"dx": "9" * 5000})
    with pytest.raises(FileError):
        tutor.write_submission(tmp_path / "none" / "a.answers.json", lesson, Graph(), {})
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir() if "tmp" in file.name] == []


def test_large_values_of_parameters_are_left_out(lesson: tutor.Lesson, tmp_path: Path) -> None:
    path = tmp_path / "a.answers.json"
    rows = [[1.0] * 20] * 20
    graph = edits.set_attributes(parse("W = parameter(); f = W @ x"), "W", value=rows)
    tutor.write_submission(path, lesson, graph, {})
    assert dict(tutor.read_submission(path).graph.nodes["W"].attributes) == {"shape": (20, 20)}
    constant = edits.add_node(Graph(), "c", "constant", value=rows)
    with pytest.raises(FileError, match="c holds a large constant array"):
        tutor.write_submission(path, lesson, constant, {})


@pytest.mark.parametrize(
    ("formula", "answers", "points", "said"),
    [
        (GOAL, {}, 4, ""),
        ("g = (y + x) * (2 * z)", {}, 4, ""),
        ("w = parameter(init='normal'); f = 2 * (x + y) * z * (w / w)", {}, 2, "multiply|node"),
        (
            "f = 2 * (x + y) * z",
            {"dx": "4"},
            3,
            "(‘How much?’) is not right: The size is right and the sign",
        ),
        ("f = 2 * (a + y) * z", {}, 3, "Your graph has no x; rename a"),
        ("f = 2 * (x + y)", {}, 3, "no z; add what is missing"),
        ("f = 3 * (x + y) * z", {"tiny": "1"}, 2, "it should give"),
        ("f = 2 * (x + y) * ?", {}, 3, "z"),
        ("f = 2 * (X + y) * z", {"way": "up"}, 2, "rename X"),
    ],
)
def test_grades(
    lesson: tutor.Lesson, formula: str, answers: dict[str, Any], points: int, said: str
) -> None:
    grade = handed_in(lesson, formula, **answers)
    assert (grade.points, grade.of, grade.is_passed) == (points, 4, points == 4)
    assert any(part in grade.reason for part in said.split("|"))


def test_an_empty_graph_has_no_point_but_for_answers_and_is_told_once(
    lesson: tutor.Lesson,
) -> None:
    path = lesson.path.with_name("ada.answers.json")
    tutor.write_submission(path, lesson, Graph(), RIGHT)
    grade = tutor.grade(lesson, path)
    assert (grade.points, grade.of, grade.reasons) == (1, 4, ("Your graph is empty.",))


def test_a_graph_file_is_a_submission_without_answers(lesson: tutor.Lesson, tmp_path: Path) -> None:
    save(parse(GOAL), tmp_path / "ada.graph.json")
    grade = tutor.grade(lesson, tmp_path / "ada.graph.json")
    assert (grade.student, grade.points) == ("ada", 3)
    assert (
        "Not answered yet: question 1 on page 2 (‘How much?’), question 1 on page 3" in grade.reason
    )


def node(name: str, op: str, *sources: str, **attributes: Any) -> dict[str, Any]:
    ports = {"matmul": "ab", "stack": [f"x{i + 1}" for i in range(len(sources))]}.get(op, "xy")
    inputs = dict(zip(ports, sources, strict=False))
    return {"id": name, "op": op, "inputs": inputs, "attributes": attributes}


def chain(op: str, length: int, first: dict[str, Any], *rest: str) -> list[dict[str, Any]]:
    names = [first["id"], *(f"n{i}" for i in range(length))]
    return [first, *(node(names[i + 1], op, names[i], *rest) for i in range(length))]


INPUTS = [node("x", "input"), node("y", "input"), node("z", "input"), node("q", "add", "x", "y")]
WIDE = {"shape": [400, 400]}
HOSTILE: dict[str, Callable[[], list[dict[str, Any]]]] = {
    "a huge broadcast": lambda: [node("f", "broadcast", "q", shape=[2**15, 2**15])],
    "a huge split": lambda: [node("f", "split", "q", parts=2**40)],
    "a huge pad": lambda: [
        node("b", "reshape", "q", shape=[1]),
        node("f", "pad", "b", width=[[2**29, 2**29]]),
    ],
    "a huge parameter": lambda: [node("w", "parameter", **WIDE), node("f", "multiply", "w", "q")],
    "a wild parameter": lambda: [
        node("w", "parameter", init="normal", scale=1e300, shape=[9]),
        node("f", "multiply", "w", "q"),
    ],
    "many nodes": lambda: [node(f"x{i}", "input") for i in range(8000)],
    "a long chain": lambda: chain("exp", 1900, node("c", "exp", "q")),
    "products of matrices": lambda: chain("matmul", 5, node("b", "broadcast", "q", **WIDE), "b"),
    "wide stacks": lambda: [node(f"s{i}", "stack", *(["q"] * 4000)) for i in range(10)],
    "a cycle": lambda: [node("f", "add", "f", "f")],
    "a name twice": lambda: [node("x", "input")],
    "a strange name": lambda: [node("__import__('os')", "input")],
    "a strange op": lambda: [node("f", "eval", "x")],
    "infinite": lambda: chain("square", 40, node("c", "constant", value=1e300)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_graph_is_a_row_and_quickly(
    name: str, lesson: tutor.Lesson, tmp_path: Path
) -> None:
    nodes = [*INPUTS, *HOSTILE[name]()]
    graph = {"format": "graphlab.graph", "version": 1, "nodes": nodes, "outputs": [nodes[-1]["id"]]}
    path = tmp_path / "eve.answers.json"
    record = {"format": 1, "lesson": "lesson", "graph": graph, "student": "\x1b[31mEve\n"}
    path.write_text(json.dumps({**record, "answers": {"dx": "9" * 1999, "way": 10**17}}))
    assert loops(lambda: tutor.grade(lesson, path), rounds=1) < 200
    grade = tutor.grade(lesson, path)
    assert not grade.is_passed
    assert all(reason.isprintable() and reason.endswith((".", "?")) for reason in grade.reasons)
    assert grade.student in ("eve", "[31mEve")


EMPTY = b'{"format": "graphlab.graph", "version": 1, "nodes": []}'


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.answers.json", b"", "no answers file"),
        ("a.answers.json", b"[" * 200_000, "no answers file"),
        ("a.answers.json", b'{"format":1,"lesson":"l","graph":' + b"[" * 200_000, "nested"),
        ("a.answers.json", b"\xff\xfe", "no answers file"),
        ("a.answers.json", b'{"format": 2, "lesson": "lesson", "graph": {}}', "format"),
        (
            "a.answers.json",
            b'{"format": 1, "lesson": "lesson", "graph": null}',
            "no GraphLab graph",
        ),
        ("a.answers.json", b'{"format":1,"lesson":"other","graph":%b}' % EMPTY, "lesson other"),
        (
            "a.answers.json",
            b'{"format":1,"lesson":"lesson","graph":%b,"passed":true}' % EMPTY,
            "the key 'passed' is none",
        ),
        (
            "a.answers.json",
            b'{"format":1,"lesson":"lesson","graph":%b,"answers":{"dx":[1]}}' % EMPTY,
            "no answers file",
        ),
        ("a.graph.json", b"{}", "no GraphLab graph"),
        ("a.answers.json", b" " * (MAX_BYTES + 1), "bytes"),
        ("a.py", b"raise SystemExit", "no submission"),
        ("a.pkl", b"cos\nsystem\n(S'false'\ntR.", "no submission"),
        ("a.answers.json", None, "no file"),
    ],
)
def test_a_spoilt_file_is_a_row(
    name: str, content: bytes | None, said: str, lesson: tutor.Lesson, tmp_path: Path
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    grade = tutor.grade(lesson, path)
    assert (grade.points, grade.is_readable, grade.is_passed) == (0, False, False)
    assert said in grade.reason


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_a_mutated_submission_is_graded_or_refused(
    lesson: tutor.Lesson, tmp_path: Path, data: st.DataObject
) -> None:
    path = tmp_path / "m.answers.json"
    tutor.write_submission(path, lesson, lesson.start, RIGHT)
    content = path.read_bytes()
    at = data.draw(st.integers(0, len(content)))
    piece = data.draw(st.binary(max_size=4) | st.sampled_from([b"[", b"{", b'"', b",", b"1e400"]))
    path.write_bytes(content[:at] + piece + content[at + data.draw(st.integers(0, 8)) :])
    grade = tutor.grade(lesson, path)
    assert grade.is_passed or grade.reason


def test_a_class_of_500_with_one_bad_file(lesson: tutor.Lesson, tmp_path: Path) -> None:
    folder = tmp_path / "class"
    folder.mkdir()
    made = handed_in(lesson)
    assert made.is_passed
    content = (tmp_path / "ada.answers.json").read_text().replace('"ada"', '""')
    for i in range(500):
        wrong = content.replace('"-4"', '"4"') if i % 2 else content
        (folder / f"s{i:03}.answers.json").write_text("{" if i == 250 else wrong)
    (folder / "notes.txt").write_text("not a submission")
    began = time.perf_counter()
    grades = list(tutor.grade_all(lesson, [folder]))
    assert time.perf_counter() - began < 20
    assert [grade.is_readable for grade in grades] == [i != 250 for i in range(500)]
    assert [grade.is_passed for grade in grades] == [i % 2 == 0 and i != 250 for i in range(500)]
    assert [grade.student for grade in grades] == [f"s{i:03}" for i in range(500)]


def test_a_number_in_the_file_is_never_believed(lesson: tutor.Lesson, tmp_path: Path) -> None:
    """Values stored in the graph change nothing: the goal is judged with numbers of its own."""
    graph = edits.set_attributes(parse("f = 2 * (x + y) * z"), "x", value=99.0)
    path = tmp_path / "a.answers.json"
    tutor.write_submission(path, lesson, graph, RIGHT)
    assert tutor.grade(lesson, path).is_passed
