"""A printed file is formatted, stands alone, and gives what is lowered, bit for bit."""

from __future__ import annotations

import ast
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import graphlab
from graphlab.graph import Graph, Group
from graphlab.graph.edits import add_node
from graphlab.graph.gallery import gallery, gallery_names
from graphlab.ops.contract import REGISTRY, Op, Sample
from tests.graph.test_templates import placed
from tests.torch_backend.graphs import SMALL, assert_parity, feeds_of, one_op, one_template
from tests.torch_backend.test_lower import EACH_SAMPLE, TEMPLATES, hostile

HUGE = ("alexnet", "vgg-19", "resnet-152", "densenet-201")


def module_of(source: str, name: str = "Net") -> torch.nn.Module:
    scope: dict[str, Any] = {"__name__": "printed"}
    exec(compile(source, "printed.py", "exec"), scope)
    made: torch.nn.Module = scope[name]()
    return made


def assert_same(graph: Graph, feeds: dict[str, Any]) -> str:
    """The printed class with the lowered one's weights: same keys, same bits, both modes."""
    source = graphlab.print_torch(graph)
    module, printed = graphlab.lower(graph), module_of(source)
    printed.load_state_dict(module.state_dict())
    tensors = [torch.tensor(np.asarray(feeds[n], np.float32)) for n in graph.inputs]
    for mode in (True, False):
        outs = []
        for each in (module, printed):
            torch.manual_seed(0)
            found = each.train(mode)(*tensors)
            outs.append(found if isinstance(found, tuple) else (found,))
        for mine, theirs in zip(*outs, strict=True):
            assert torch.equal(mine, theirs) or bool((mine.isnan() == theirs.isnan()).all())
    return source


@pytest.mark.parametrize(("op", "sample"), EACH_SAMPLE)
def test_each_op_is_printed(op: type[Op], sample: Sample) -> None:
    assert_same(*one_op(op, sample))


@pytest.mark.parametrize("name", TEMPLATES)
def test_each_template_is_printed(name: str) -> None:
    assert_same(*one_template(name))


@pytest.mark.parametrize("name", SMALL)
def test_each_small_network_is_printed(name: str) -> None:
    graph = gallery(name)
    assert_same(graph, feeds_of(graph))


def test_a_block_that_keeps_a_list_is_a_loop() -> None:
    graph = placed(TEMPLATES["dense_block"], layers=5, growth=2)
    source = assert_same(graph, feeds_of(graph))
    assert "for i in range(1, 6):" in source
    assert source.count("\n") < 70


class Called(torch.nn.Module):
    """A network, a block and a layer that are called again, and buffers that move each time."""

    def __init__(self) -> None:
        super().__init__()
        self.judge = torch.nn.Sequential(
            torch.nn.Linear(4, 6), torch.nn.BatchNorm1d(6), torch.nn.Tanh(), torch.nn.Linear(6, 4)
        )
        self.norm = torch.nn.BatchNorm1d(4)

    def forward(self, x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, ...]:
        y = self.norm(torch.relu(self.norm(y)) * 0.5)
        return self.judge(x), self.judge(x.detach() + y), self.judge(y)


def test_what_is_called_again_is_one_module_called_again() -> None:
    inputs = torch.randn(3, 4), torch.randn(3, 4)
    graph = graphlab.from_torch(Called(), inputs)
    source = assert_same(graph, dict(zip(("x", "y"), inputs, strict=True)))
    assert [source.count(call) for call in ("self.judge(", "self.norm(", "F.")] == [3, 2, 0]


class Chained(torch.nn.Module):
    """Eight layers in a row, what goes in is wanted again, and a layer whose result is."""

    def __init__(self) -> None:
        super().__init__()
        for i in range(8):
            self.add_module(f"fc{i}", torch.nn.Linear(3, 3))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = x
        for i in range(7):
            y = getattr(self, f"fc{i}")(y)
        return self.fc7(y) * y + x


def test_a_chain_of_members_is_a_loop() -> None:
    x = torch.randn(2, 3)
    source = assert_same(graphlab.from_torch(Chained(), x), {"x": x})
    assert source.count("range(0, 7)") == 1
    assert source.count("self.fc") == 1


def test_names_that_mean_something_else_do_no_harm() -> None:
    source = assert_same(hostile(), {"x": np.ones((2, 3))})
    assert "import os" not in source


def test_every_file_is_formatted_and_imports_torch_alone(tmp_path: Path) -> None:
    for name in gallery_names():
        (tmp_path / f"{name.replace('-', '_')}.py").write_text(graphlab.print_torch(gallery(name)))
    (tmp_path / "hostile.py").write_text(graphlab.print_torch(hostile()))
    for template in TEMPLATES:
        source = graphlab.print_torch(one_template(template)[0])
        (tmp_path / f"template_{template}.py").write_text(source)
    for width in ("88", "100"):
        done = run("ruff", "format", "--isolated", "--check", "--line-length", width, tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
    done = run("ruff", "check", "--isolated", "--select", "E4,E7,E9,F,I,ANN", tmp_path)
    assert done.returncode == 0, done.stdout
    for file in tmp_path.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import | ast.ImportFrom):
                assert {a.name for a in node.names} <= {"torch", "nn"}
                assert getattr(node, "module", "torch") == "torch"


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *map(str, command)], capture_output=True, text=True, check=False
    )


def test_repeated_blocks_are_one_class_built_in_loops() -> None:
    source = graphlab.print_torch(gallery("resnet-152"), name="ResNet152")
    assert source.count("\n") < 110
    assert len([n for n in ast.parse(source).body if isinstance(n, ast.ClassDef)]) == 3
    assert "for _ in range(35)" in source
    with torch.device("meta"):
        printed = module_of(source, "ResNet152")
    assert sum(p.numel() for p in printed.parameters()) == 60_192_808


@pytest.mark.parametrize("name", HUGE)
def test_a_large_network_is_printed_with_every_parameter(name: str) -> None:
    graph = gallery(name)
    source = graphlab.print_torch(graph)
    assert source.count("\n") < 200
    with torch.device("meta"):
        printed = module_of(source)
    assert (
        sum(p.numel() for p in printed.parameters())
        == {
            "alexnet": 61_100_840,
            "vgg-19": 143_667_240,
            "resnet-152": 60_192_808,
            "densenet-201": 20_013_928,
        }[name]
    )


def test_a_file_runs_in_a_process_of_its_own(tmp_path: Path) -> None:
    graph = gallery("lenet-5")
    (tmp_path / "model.py").write_text(graphlab.print_torch(graph, name="LeNet"))
    module = graphlab.lower(graph)
    torch.save(module.state_dict(), tmp_path / "weights.pt")
    x = torch.randn(2, 1, 32, 32)
    torch.save((x, module(x).detach()), tmp_path / "io.pt")
    script = """
        import torch
        from model import LeNet
        net = LeNet()
        net.load_state_dict(torch.load("weights.pt"))
        x, y = torch.load("io.pt")
        assert torch.equal(net(x), y)
        """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        cwd=tmp_path, env={"PATH": ""}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_what_is_equal_in_structure_shares_a_class_whatever_it_is_called() -> None:
    graph = Graph(groups={"encode3": Group(), "decode_b": Group()})
    last = graph = add_node(graph, "x", "input", shape=(2, 4))
    last = "x"
    for group, width in (("encode3", 4), ("decode_b", 4)):
        graph = add_node(graph, f"{group}_w", "parameter", shape=(width,), group=group)
        graph = add_node(graph, f"{group}_m7", "multiply", last, f"{group}_w", group=group)
        graph = add_node(graph, f"{group}_out", "tanh", f"{group}_m7", group=group)
        last = f"{group}_out"
    source = assert_same(graph, {"x": np.ones((2, 4))})
    assert source.count("class ") == 2
    assert_parity(graph, graphlab.lower(graph).double(), {"x": np.ones((2, 4))})
    assert REGISTRY["tanh"].name in source
