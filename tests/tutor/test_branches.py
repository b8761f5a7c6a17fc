"""Two graphs that agree where inputs are about 1 and part further out: which of them is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphlab import Graph, parse, tutor
from graphlab.graph import Node, OutPort
from graphlab.ops import REGISTRY, Op, op_named
from graphlab.ops.expression import Expression
from graphlab.tutor.branches import branches_of
from graphlab.tutor.matching import mismatch, out_of_reach
from tests.tutor.lessons import FRONT, read


def _used(op: type[Op]) -> Graph:
    """The op with an input at each port and the attributes of its example; a label is 1."""
    shapes = op.samples[0].shapes
    nodes = {
        f"x{i}": Node(op_named("input"), {}, {"shape": shape}) for i, shape in enumerate(shapes)
    }
    if "target" in op.port_names(len(shapes)):  # some of them take no other labels
        nodes["x1"] = Node(op_named("target"), {}, {"value": 1.0})
    ports = dict(zip(op.port_names(len(shapes)), map(OutPort, nodes), strict=True))
    return Graph({**nodes, "f": Node(op, ports, dict(op.samples[0].attributes))})


APART = [
    ("clip(x, low=-2, high=2)", "x"),
    ("relu6(x)", "relu(x)"),
    ("huber(x, t)", "0.5 * (x - t) ** 2"),
    ("relu(x - 10)", "0 * x"),
    ("relu(x - 1000)", "0 * x"),
    ("maximum(x, -3)", "x"),
    ("hard_swish(x)", "x * (x / 6 + 0.5)"),
    ("shrink(x, threshold=5)", "0 * x"),
    ("minimum(x * y, 50)", "x * y"),
    ("relu(1e-6 * x - 1)", "0 * x"),
    ("clip(sigmoid(x), low=1e-7, high=0.9999)", "sigmoid(x)"),
]


@pytest.mark.parametrize(("one", "other"), APART)
def test_what_agrees_near_one_only_is_told_apart_whichever_is_the_lesson_s(
    one: str, other: str
) -> None:
    one, other = f"f = {one}", f"f = {other}"
    assert "should give" in mismatch(parse(other), parse(one))
    assert "should give" in mismatch(parse(one), parse(other))
    assert not mismatch(parse(one), parse(one))
    assert not out_of_reach(parse(one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("relu(x)", "0.5 * (x + abs(x))"),
        ("relu(x)", "maximum(x, 0)"),
        ("clip(x, low=-2, high=2)", "minimum(maximum(x, -2), 2)"),
        ("relu6(x)", "relu(x) - relu(x - 6)"),
        ("abs(x)", "relu(x) + relu(-x)"),
        ("sigmoid(x)", "1 / (1 + exp(-x))"),  # at 1000 its gradient is inf / inf
    ],
)
def test_the_same_function_written_otherwise_is_right(one: str, other: str) -> None:
    assert not mismatch(parse(f"f = {other}"), parse(f"f = {one}"))


BENT = [op for op in REGISTRY.values() if op.samples and branches_of(_used(op))]


@pytest.mark.parametrize("op", BENT, ids=lambda op: op.name)
def test_every_branch_of_every_op_is_taken(op: type[Op]) -> None:
    """Judged by the declared partials: an op whose rule has a choice has one that is reached."""
    assert not out_of_reach(_used(op))


def test_ops_whose_partial_is_a_choice_between_sizes_have_branches() -> None:
    written = {
        op.name
        for op in REGISTRY.values()
        for rule in (op.formula, *op.partials.values())
        if isinstance(rule, Expression) and {"<", ">", "<=", ">="} & set(rule.right.split())
    }
    assert written <= {op.name for op in BENT}


LESSON = """
```yaml graph
empty: true
```

```yaml goal
text: Draw it.
checks:
  - nodes: {at_least: 1}
  - computes: f = FORMULA
solution: f = FORMULA
```
"""


@pytest.mark.parametrize(
    ("formula", "wrong"),
    [
        ("relu(x - 700)", []),
        ("relu(relu(x))", []),  # 0 is on the shut side
        ("abs(-3) * x", []),  # nothing that is fed moves it
        ("relu(x ** 2)", ["f (relu) was given no input by which x > 0 is false"]),
        ("clip(sin(x), low=-2, high=0)", ["f (clip) was given no input by which x > low is false"]),
    ],
)
def test_a_lesson_is_told_what_it_cannot_tell(
    formula: str, wrong: list[str], tmp_path: Path
) -> None:
    text = FRONT + LESSON.replace("FORMULA", formula)
    found = tutor.prove(read(tmp_path, text))
    assert [str(one).split(": ", 1)[1].split(", so")[0] for one in found] == wrong
    assert all("computes" in text.split("\n")[one.line - 1] for one in found)
