"""The whole tree against ruff, mypy, the floors and the soft limits."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.places import PACKAGE, started

LINES_A_FILE, LINES_A_FUNCTION = 330, 44
"""The house's soft limits, 300 and 40, and a tenth more: soft means that no one counts twice."""


@pytest.mark.parametrize(
    "command",
    [
        ("ruff", "check", "."),
        ("ruff", "format", "--check", "."),
        ("mypy", "--strict", "graphlab"),
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_a_tool_has_nothing_to_say(command: tuple[str, ...]) -> None:
    done = started(sys.executable, "-m", *command)
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_floor_imports_only_those_below() -> None:
    done = started(Path(sys.executable).parent / "lint-imports", "--no-cache")
    assert done.returncode == 0, done.stdout + done.stderr


def test_files_and_functions_are_short() -> None:
    assert list(_too_long()) == []


def _too_long() -> Iterator[str]:
    for path in sorted(PACKAGE.rglob("*.py")):
        name, text = path.relative_to(PACKAGE).as_posix(), path.read_text("utf-8")
        count = text.count("\n")
        if count > LINES_A_FILE:
            yield f"{name} has {count} lines"
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef) and node.end_lineno is not None:
                length = node.end_lineno - node.lineno + 1
                if length > LINES_A_FUNCTION:
                    yield f"{name}: {node.name} has {length} lines"
