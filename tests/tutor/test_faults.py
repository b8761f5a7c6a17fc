"""A lesson at fault: one sentence with the line, whatever stands in the file."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graphlab import tutor
from graphlab.errors import LessonError
from tests.tutor.lessons import WHOLE, read, written

# What is replaced, by what, the text whose line is told, and what is said of it.
FAULTS = [
    ("title: A product", "titel: A product", "titel", "did you mean title"),
    ("language: en\n", "", "format: 1", "there is no language"),
    ("format: 1", "format: 2", "format: 2", "format"),
    ("authors: [A. Teacher]", "authors: 3", "authors: 3", "a list, and there is a whole number"),
    ("language: en\n---", "language: en", "---", "no end|not YAML"),
    ("yaml graph", "yaml grph", "yaml grph", "did you mean graph"),
    ("  f = q * z\nvalues", "  f = q ** * z\nvalues", "  f = q ** * z", "the formula, column"),
    ("values: {x: -2", "values: {w: -2", "values: {w", "no node w"),
    ("values: {x: -2", "values: {q: -2", "values: {q", "q is computed"),
    ("values: {x: -2", "values: {x: [[1], 2]", "values: {x", "rectangular|x"),
    ("values: {x: -2", "values: {x: two", "values: {x", "number"),
    ("values: {x: -2", "values: {x: 1, x: -2", "values: {x", "twice"),
    (
        "  f = q * z\nvalues: {x: -2",
        "  f = q * z\n  u = input(3)\n  v = sum(u)\nvalues: {x: 1,\n  u: [1, 2]",
        "  u: [1",
        "u holds an array of 2 numbers, and its shape says 3",
    ),
    ("fold: [sum]", "fold: [sums]", "fold:", "did you mean sum"),
    ("fold: [sum]", "fold: sum", "fold: sum", "a list, and there is text"),
    (
        "phase: forward",
        "phase: onward",
        "phase: onward",
        "'onward' is not known; choose from backward, forward, none",
    ),
    ("{from: x, to: f}", "{form: x, to: f}", "paths:", "did you mean from"),
    ("task: Step.", "tusk: Step.", "tusk", "did you mean task"),
    ("stepped: {gradient", "steped: {gradient", "steped", "did you mean stepped"),
    ("  - set: {x: -2}", "  - {}", "  - {}", "exactly one of"),
    ("id: dx", "id: way", "id: way\nask: Which", "taken by the question of line"),
    ("id: dx", "id: dx\nvalue: f", "gradient: {of", "exactly one of .* value and gradient"),
    ("of: f, to: x}\nexpect", "of: f, two: x}\nexpect", "of: f, two", "did you mean to"),
    ("of: f, to: x}\nexpect", "of: f}\nexpect", "gradient: {of: f}\nexpect", "there is no to"),
    ("expect: -4", "expect: four", "expect: four", "number"),
    ("text: nowhere", "text: up", "- text: up\n```", "two options say the same"),
    ("0.25**10", "0.25**n", "number:", "has no inputs, and this one needs n"),
    ("uses: {add: 1", "uses: {adds: 1", "uses:", "did you mean add"),
    ("{at_least: 1, at_most: 2}", "{at_least: some}", "uses:", "a whole number"),
    ("[dx, way, tiny]", "[dy]", "- answers:", "no question dy"),
    ("[dx, way, tiny]", "\n    - dx\n    - dy", "    - dy", "no question dy"),
    ("uses: {add: 1", "uses: {\n  add: 1,\n  adds: 1", "  adds:", "did you mean add"),
    ("uses: {add: 1", "uses: {\n  add: {\n  at_most: x}", "  at_most:", "a whole number, and"),
    ("  - nodes: {at_most: 7}", "  - group: {ops:\n    [add,\n    axp]}", "    axp", "no op axp"),
    ("  q = x + y\n  f = 2", "  q = x +\n  f = 2", "  q = x +\n", "the formula"),
    ("because: A sum", "because: *sum", "because:", "aliases"),
    ("because: A sum", "because: &sum A", "because:", "aliases"),
    ("because: A sum", "because: !!python/name:os.system A", "because:", "tags"),
    ("because: A sum", "because: A: sum", "because:", "quote a text"),
    ("because: A sum", "because: [A sum", "because:", r"the \[ is never closed: end it with \]"),
    ("groups: {sum: [q]}", "groups: {sum: [q}", "groups:", r"the \[ is never closed"),
    ("z: -4}\n", "z: -4\n", "values:", "the { is never closed"),
    ("z: -4}\n", "z: -4,\n  w: {}\n", "values:", "the { is never closed"),
    ("y: 5, z: -4}", "\n  y: 5\n  z: -4}", "  z: -4", "expected ','"),
    ("{x: -2, y: 5, z: -4}", "\n  x: 1\n  v: 2\n  y: 5", "  v: 2", "no node v"),
    ("groups: {sum: [q]}", "groups:\n  sum: [q]\n  more: [v]", "  more:", "no node v"),
    ("because: A sum", "because: " + "[" * 20, "because:", "nested too deeply"),
    ("at_most: 7}", "at_most: 1e999}", "- nodes", "too large"),
    ("hints: [One.]", "hints: [So: one.]", "hints: [So", "quote a text that contains a colon"),
    ("format: 1", "format: one", "format: one", "a whole number, and there is text|choose from 1"),
    ("id: dx", "id: d x", "id: d x", "id: the text must be at most 64 letters, .* and is 'd x'"),
    ("rate: 0.1", "rate: -0.1", "descent:", "rate: the number must be more than 0"),
    ("rate: 0.1", "rate: 0", "descent:", "rate: the number must be more than 0"),
    ("steps: 3", "steps: 0", "descent:", "the number must be at least 1"),
    ("[dx, way, tiny]", "{}", "- answers", "choose from all|there must be"),
    ("## Page two", "## ", "## \n", "needs a title"),
]


def _line(text: str, mark: str) -> int:
    """The line on which the mark's last line stands, or its first where it has several."""
    return text.count("\n", 0, text.index(mark)) + 1


@pytest.mark.parametrize(("old", "new", "mark", "said"), FAULTS, ids=[f[1][:30] for f in FAULTS])
def test_a_fault_is_told_with_its_line(
    old: str, new: str, mark: str | None, said: str, tmp_path: Path
) -> None:
    assert WHOLE.count(old) >= 1
    text = WHOLE.replace(old, new, 1)
    with pytest.raises(LessonError, match=said) as caught:
        read(tmp_path, text)
    error = caught.value
    assert str(error).startswith(f"lesson.md, line {error.line}: ")
    assert "\n" not in str(error)
    if mark is not None:
        assert error.line == _line(text, mark)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "starts with a line ---"),
        (b"# A heading", "starts with a line ---"),
        (b"\xff\xfe", "not UTF-8"),
        (b"---\n---\n", "keys and values"),
        (WHOLE.encode()[: WHOLE.index("```yaml graph")], "no yaml graph"),
        (WHOLE.rstrip().removesuffix("```").encode(), "never closed"),
        (WHOLE.encode() + b"\n- in a list\n\n  ```yaml graph\n  empty: true\n  ```\n", "margin"),
        (WHOLE.encode() + b"\n```yaml goal\nchecks: [answers: all]\n```\n", "one goal"),
        (b" " * (2**18 + 1), "at most"),
        (WHOLE.encode() + b"## a\n" * 201, "at most 200 pages"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_lesson_is_refused(content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "lesson.md"
    path.write_bytes(content)
    with pytest.raises(LessonError, match=said):
        tutor.read_lesson(path)


@pytest.mark.parametrize("name", [".", "nothing.md", "\0", "a" * 5000])
def test_what_is_no_file_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(LessonError):
        tutor.read_lesson(tmp_path / name)


# What is replaced, and what ``lessons check`` then finds.
UNSOUND = [
    ("expect: -4", "expect: -3", "dx expects -3, and the engine computes -4"),
    ("of: f, to: x}\nexpect", "of: f, to: v}\nexpect", "cannot be computed"),
    ("above: 0", "above: 100", ""),
    ("below: 0", "below: -100", "no option of way right"),
    ("f = 2 * q * z", "f = 3 * q * z", "does not pass computes"),
    ("nodes: {at_most: 7}", "nodes: {at_most: 2}", "does not pass nodes"),
    ("  - computes: f = 2 * (x + y) * z\n", "", ""),
    ("[dx, way, tiny]", "[dx]", ""),
    ("select: q", "select: p", "no node p"),
    ("open: [sum]", "open: [total]", "no group total"),
    ("  - set: {x: -2}", "  - nodes: {at_least: 90}", "nothing in the lesson meets this task"),
    ("  - nodes: {at_most: 7}", "  - stepped: forward", "keep stepped for tasks"),
]


@pytest.mark.parametrize(("old", "new", "said"), UNSOUND, ids=[u[1][:30] for u in UNSOUND])
def test_an_unsound_lesson_is_found_out(old: str, new: str, said: str, tmp_path: Path) -> None:
    assert WHOLE.count(old) == 1
    found = tutor.prove(read(tmp_path, WHOLE.replace(old, new)))
    assert (said == "") == (found == [])
    assert said in " ".join(finding.message for finding in found)


AT_FAULT = [
    ("expect: -4", "expect: -3", "expect:", "the engine computes -4"),
    ("gradient: {of: f, to: x}", "gradient:\n  of: f\n  to: v", "  to: v", "no node v"),
    ("gradient: {of: f, to: x}", "gradient:\n  of: v\n  to: x", "  of: v", "no node v"),
    ("expect: -4", "at:\n  x: 1\n  v: 2", "  v: 2", "v"),
    (
        "gradient: {of: f, to: x}\nexpect: -4",
        "gradient: {of: f, to: x}\ngraph: |\n  u = input(3)\n  f = x * sum(u)\n"
        "at:\n  x: 1\n  u: [1, 2]",
        "  u: [1",
        "u was fed an array of 2 numbers, and its shape says 3",
    ),
    ("below: 0", "below: -100", "choice:", "no option of way right"),
    ("f = 2 * (x", "f = 3 * (x", "  - computes:", "does not pass computes"),
    ("select: q", "select: p", "select:", "no node p"),
    ("until: x", "until: v", "until: v", "no node v"),
    ("open: [sum]", "open:\n  - sum\n  - total", "  - total", "no group total"),
    ("{from: x, to: f}", "\n  from: x\n  to: v", "  to: v", "no node v"),
    ("move: [x]}", "\n  move: [x,\n   v]}", "   v]", "no node v"),
    ("move: [x]}", "\n  move: [x,\n   q]}", "   q]", "q (add) cannot be moved by descent"),
    ("move: [x]}", "\n  move: [sum]}", "  move:", "sum (a group) cannot be moved by descent"),
    ("loss: f", "\n  loss: q", "  loss: q", "descent lowers an output, and q is none: name f"),
    ("loss: f", "\n  loss: x", "  loss: x", "descent lowers an output, and x is none: name f"),
    (
        "values: {x: -2, y: 5, z: -4}",
        "values: {x: [-2, 1], y: 5, z: -4}",
        "descent:",
        "f is an array",
    ),
    (
        "values: {x: -2, y: 5, z: -4}",
        "values: {x: -2, y: 5}",
        "descent:",
        "because z has no value: give it one",
    ),
    ("  - set: {x: -2}", "  - nodes: {at_least: 90}", "  - nodes: {at_least: 90", "nothing in the"),
    ("  - set: {x: -2}", "  - uses: {exp: 1}", "  - uses: {exp", "nothing in the lesson meets"),
    ("  - nodes: {at_most: 7}", "  - stepped: forward", "  - stepped: f", "keep stepped for"),
    ("## Page one", "```yaml graph\nempty: true\n```", "empty:", "graph already, that of line 12"),
]


@pytest.mark.parametrize(
    ("old", "new", "mark", "said"), AT_FAULT, ids=[u[1][:30] for u in AT_FAULT]
)
def test_what_is_unsound_is_found_at_its_line(
    old: str, new: str, mark: str, said: str, tmp_path: Path
) -> None:
    text = WHOLE.replace(old, new, 1)
    found = tutor.prove(read(tmp_path, text))
    lines = [finding.line for finding in found if said in finding.message]
    assert lines == [_line(text, mark)], found


# What is replaced by a text with a formula, and the beginning of the formula's line.
PLACES = [
    ("Introduction with $x$.", "Introduction\nwith FORMULA.", "with"),
    ("## Page two", "## Page two\n\n- a\n  b FORMULA c\n", "  b"),
    ("## Page two", "## Page two\n\n| a |\n|---|\n| FORMULA |\n", "| $"),
    ("## Page two", "## Page two\n\nA\n\n$FORMULA$\n", "$$"),
    ("task: Step.", "task: Step FORMULA.", "task: Step"),
    ("hints: [One.]", "hints:\n  - 'One'\n  - 'Two FORMULA'", "  - 'Two"),
    ("ask: How much?", "ask: |\n  How\n\n  much FORMULA?", "  much"),
    ("  - text: up\n", "  - text: Up FORMULA.\n", "  - text: Up"),
    ("text: Draw it twice.", "text: >-\n  Draw FORMULA.", "  Draw"),
    ("expect: -4", "reveal: So FORMULA.", "reveal:"),
]


@pytest.mark.parametrize(("old", "new", "mark"), PLACES, ids=[p[1][:25] for p in PLACES])
@pytest.mark.parametrize(
    "latex",
    [
        r"\frac{\partial f}{", "x^", r"\left(x", r"\foo", pytest.param("x" * 1500, id="too long")
    ],
)  # fmt: skip
def test_a_formula_that_cannot_be_set_is_found_out(
    old: str, new: str, mark: str, latex: str, tmp_path: Path
) -> None:
    sound = WHOLE.replace(old, new.replace("FORMULA", r"$\frac{\partial f}{\partial x}$"))
    assert tutor.prove(read(tmp_path, sound)) == []
    broken = WHOLE.replace(old, new.replace("FORMULA", f"${latex}$"))
    (found,) = tutor.prove(read(tmp_path, broken))
    assert f"the formula ${latex[:80]}$ cannot be shown" in found.message
    assert found.line == _line(broken, mark)


def test_a_goal_that_the_start_passes_is_found_out(tmp_path: Path) -> None:
    text = WHOLE[: WHOLE.index("```yaml goal")] + "```yaml goal\nchecks: [nodes: {at_most: 9}]\n"
    (found,) = tutor.prove(read(tmp_path, text + "solution: f = x\n```\n"))
    assert "the start passes the goal already" in found.message


SIGNS = ["\n", "  ", ":", "- ", "```", "---", "## ", "{", "}", "[", "]", '"', "'", "|", "&a ", "*a"]
WORDS = ["!!x ", "1e9", "-", "null", "true", "\t", "\0", "\x07", "\ud7ff", "%", "@", "#", "? "]
SNIPPETS = st.sampled_from([*SIGNS, *WORDS]) | st.text(max_size=3)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.data())
def test_a_mutated_lesson_is_read_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    text = WHOLE
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text)))
        length = data.draw(st.integers(0, 12))
        text = text[:at] + data.draw(SNIPPETS) + text[at + length :]
    path = written(tmp_path, "")
    path.write_bytes(text.encode("utf-8", "replace"))
    refusal = None
    try:
        lesson = tutor.read_lesson(path)
    except LessonError as error:
        refusal = error
    if refusal is None:
        assert all(finding.message for finding in tutor.prove(lesson))
    else:
        assert "\n" not in str(refusal)
        assert refusal.line <= len(text.splitlines()) + 2
