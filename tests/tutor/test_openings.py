"""A task that a page's start meets is found out, by what the window shows at first."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphlab import tutor
from tests.tutor.lessons import WHOLE, read

# What a page shows at first, a task on it, and whether the student finds it done.
OPENINGS = [
    ("phase: backward", "stepped: backward", True),
    ("phase: backward", "stepped: forward", True),
    ("phase: forward", "stepped: forward", True),
    ("phase: forward", "stepped: backward", False),
    ("phase: none", "stepped: forward", False),
    ("steps: 1", "stepped: {value: q}", True),
    ("steps: 1", "stepped: {value: f}", False),
    ("steps: 90", "stepped: backward", True),
    ("until: q", "stepped: {value: q}", True),
    ("until: q", "stepped: forward", False),
    ("{phase: backward, until: q}", "stepped: {gradient: q}", True),
    ("{phase: backward, until: q}", "stepped: {gradient: x}", False),
    ("fold: [sum]", "group: {title: sum, folded: true}", True),
    ("open: [sum]", "group: {title: sum, folded: true}", False),
    ("select: q", "stepped: forward", False),
    ("select: q", "set: {x: -2}", True),
    ("select: q", "set: {x: 2}", False),
    ("select: q", "computes: f = x * z + z * y", True),
    ("select: q", "[computes: f = x * z + z * y, uses: {add: 1, multiply: 2}]", False),
]


def beginning(show: str, until: str) -> str:
    """A lesson whose second page shows something and has one task."""
    start = WHOLE[: WHOLE.index("## Page one")]
    until = until if until[0] == "[" else f"{{{until}}}"
    page = f"## Two\n\n```yaml show\n{show}\n```\n\n```yaml do\ntask: Do it.\nuntil: {until}\n"
    return f"{start}{page}solution: f = x * z + z * y\n```\n"


@pytest.mark.parametrize(("show", "until", "is_met"), OPENINGS, ids=lambda told: str(told)[:30])
def test_a_task_that_is_done_at_first_is_found_out(
    show: str, until: str, is_met: bool, tmp_path: Path
) -> None:
    text = beginning(show, until)
    said = "the page's start meets this task"
    found = [finding.line for finding in tutor.prove(read(tmp_path, text)) if said in str(finding)]
    assert found == [text.count("\n", 0, text.index("task: Do it.")) + 1] * is_met
