"""What is loaded when, and that the core needs neither Qt nor torch."""

from __future__ import annotations

import json

import pytest

from tests.house.places import ROOT, python

LOADED = """
import contextlib, io, json, sys
from graphlab.cli.app import main
from graphlab.cli.desktop import Desktop
with contextlib.redirect_stdout(io.StringIO()):
    assert main(sys.argv[1:], Desktop(lambda path: 0, lambda *args: None)) == 0
print(json.dumps([m.partition(".")[0] for m in sys.modules]))
"""

WITHOUT = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"PySide6", "shiboken6", "torch"}:
            raise ImportError(f"no module named {name}")

sys.meta_path.insert(0, Absent())
"""

CORE = """
import numpy as np
import graphlab
from graphlab.__main__ import main

graph = graphlab.parse("f = (x + y) * z")
feeds = {"x": -2, "y": 5, "z": -4}
run = graphlab.Run(graph, feeds).forward().backward()
assert [run.grad(name) for name in "xyz"] == [-4, -4, 3]
assert len(graphlab.check_gradients(graph, feeds).judges) == 2
assert graphlab.count_paths(graph, "x", "f") == 1
assert graphlab.explain(run.steps()[0]).title
for name in graphlab.__all__:
    getattr(graphlab, name)
main()
"""

FIRST = str(ROOT / "lessons" / "01-build-a-graph.md")
F = ("run", "f = (x + y) * z", "--set", "x=-2", "--set", "y=5", "--set", "z=-4")


@pytest.mark.parametrize(
    ("command", "unneeded"),
    [
        ((), {"PySide6", "torch", "numpy", "networkx", "rich"}),  # the window comes first
        (("--version",), {"PySide6", "torch", "numpy", "networkx", "rich"}),
        (("--help",), {"PySide6", "torch", "ziamath", "graphlay"}),
        (("ops",), {"PySide6", "torch", "ziamath", "graphlay", "networkx"}),
        (F, {"PySide6", "torch", "ziamath", "graphlay"}),
        (("paths", *F[1:], "x", "f"), {"PySide6", "torch", "ziamath", "graphlay"}),
        (("check", *F[1:]), {"PySide6", "ziamath", "graphlay"}),
        (("data",), {"PySide6", "torch", "ziamath", "graphlay", "requests"}),
        (("lessons",), {"PySide6", "torch", "ziamath", "graphlay"}),
        (("lessons", "check", FIRST), {"PySide6", "torch", "graphlay"}),
    ],
    ids=lambda value: " ".join(value[:1]) if isinstance(value, tuple) else "",
)
def test_a_command_loads_what_it_needs(command: tuple[str, ...], unneeded: set[str]) -> None:
    assert unneeded.isdisjoint(json.loads(python(LOADED, *command)))


def test_the_package_alone_loads_nothing() -> None:
    code = "import sys; before = set(sys.modules); import graphlab; print(*graphlab.__all__)\n"
    listed = python(code + "print(*(set(sys.modules) - before))").splitlines()
    assert {"numpy", "networkx", "PySide6", "torch"}.isdisjoint(listed[1].split())
    assert "parse" in python("import graphlab; print(*dir(graphlab))").split()


def test_the_core_runs_without_qt_and_torch() -> None:
    printed = python(WITHOUT + CORE, *F, "--json")
    values = {node["node"]: node["value"] for node in json.loads(printed)["nodes"]}
    assert values["f"] == -12


def test_no_widget_takes_the_screen_along() -> None:
    """PySide makes what ``QWidget.screen()`` returns a child of the widget."""
    modules = (ROOT / "graphlab" / "gui").rglob("*.py")
    assert [path.name for path in modules if ".screen()" in path.read_text("utf-8")] == []


def test_qt_keeps_its_references() -> None:
    """PySide6 6.12 on Python 3.10 and 3.11 loses one to None with every call that returns None,
    and aborts after some thousands of them."""
    code = """
from PySide6.QtCore import QObject
thing = QObject()
for _ in range(20_000):
    thing.setObjectName("x")
print("alive")
"""
    assert python(code) == "alive\n"
    assert "<6.12" in (ROOT / "pyproject.toml").read_text()
