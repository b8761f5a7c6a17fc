"""``graphlab import``: a class on the user's own word becomes a graph file, or one sentence."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
import torch

import graphlab
from tests.cli.conftest import Cli

MODULE = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self, classes=3):
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 3)
        self.fc = nn.Linear(2, classes)

    def forward(self, image):
        return self.fc(torch.relu(self.conv(image)).mean((2, 3)))

class Words(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.lstm = nn.Embedding(9, 4), nn.LSTM(4, 3)

    def forward(self, ids):
        return self.lstm(self.table(ids))[0]

def make(width):
    return nn.Sequential(nn.Linear(width, 2), nn.Tanh())

ready = nn.Linear(2, 2)
number = 3

class Broken(nn.Module):
    def __init__(self):
        raise ValueError("no\\nway")
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "imported_nets.py").write_text(MODULE)
    (tmp_path / "imported_wrong.py").write_text("import imported_nowhere_else")
    (tmp_path / "imported_syntax.py").write_text("def (")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if entry])
    for name in [name for name in sys.modules if name.startswith("imported_")]:
        monkeypatch.delitem(sys.modules, name)
    return tmp_path


@pytest.mark.parametrize(
    ("source", "options", "inputs"),
    [
        ("Net", ("--shape", "2,1,8,8"), ("image",)),
        ("Net", ("--args", '{"classes": 5}', "--shape", "2,1,8,8"), ("image",)),
        ("make", ("--args", "[6]", "--shape", "4,6"), ("input",)),
        ("ready", ("--shape", "4,2"), ("input",)),
        ("Words", ("--shape", "5,2:int"), ("ids",)),
    ],
)
def test_a_class_becomes_a_file(
    source: str, options: tuple[str, ...], inputs: tuple[str, ...], cli: Cli
) -> None:
    done = cli("import", f"imported_nets:{source}", *options, "-o", "g.graph.json")
    assert done.status == 0, done.err
    assert "nodes in" in done.out
    assert ("opaque" in done.out) == (source == "Words")
    graph = graphlab.load("g.graph.json")
    assert graph.inputs == inputs
    shape = options[-1].removesuffix(":int")
    example = torch.zeros([int(size) for size in shape.split(",")])
    assert torch.isfinite(graphlab.lower(graph)(example)).all()


def test_the_seed_decides_the_weights(cli: Cli) -> None:
    for name, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        out = f"{name}.graph.json"
        done = cli("import", "imported_nets:Net", "--shape", "1,1,8,8", "--seed", seed, "-o", out)
        assert done.status == 0
    a, b, c = (graphlab.load(f"{name}.graph.json") for name in "abc")
    assert a == b
    assert a != c


REFUSED = [
    (("imported_nets:Net",), "needs the shape of an example .*--shape 1,3,224,224"),
    (("imported_nets:Nett", "--shape", "1"), "imported_nets has no Nett: did you mean Net"),
    (("imported_nowhere:Net", "--shape", "1"), "there is no Python module imported_nowhere"),
    (("imported_wrong:Net", "--shape", "1"), "imported_wrong could not be imported"),
    (("imported_syntax:Net", "--shape", "1"), "imported_syntax could not be imported: Syntax"),
    (("imported_nets:Broken", "--shape", "1"), "could not be made: ValueError: no; say with"),
    (("imported_nets:number", "--shape", "1"), "is a int, and must be a class"),
    (("imported_nets:Net", "--args", "[1, 2]", "--shape", "1"), "could not be made: TypeError"),
    (("imported_nets:Net", "--args", "{1}", "--shape", "1"), "--args is .*JSON list"),
    (("imported_nets:Net", "--shape", "2,x"), "--shape is '2,x'"),
    (("imported_nets:Net", "--shape", "99999999,99999999"), "--shape is .*at most"),
    (("imported_nets:Net", "--shape", "2,3,8,8"), "conv fails on the example inputs"),
    (("imported_nets:Net", "--shape", "2,1,8,8", "--shape", "2"), "takes image"),
    (("nonsense", "--shape", "1"), "neither an .onnx file nor package.module:Class"),
    (("net.onnx", "--shape", "1"), "leave out --args and --shape"),
    (("missing.onnx",), "missing.onnx"),
]


@pytest.mark.parametrize(("arguments", "reason"), REFUSED)
def test_what_cannot_be_imported_is_refused_in_one_sentence(
    arguments: tuple[str, ...], reason: str, cli: Cli, folder: Path
) -> None:
    done = cli("import", *arguments, "-o", "g.graph.json")
    assert done.status == 2
    assert re.search(reason, done.err), done.err
    assert done.err.count("\n") == 1
    assert not (folder / "g.graph.json").exists()
