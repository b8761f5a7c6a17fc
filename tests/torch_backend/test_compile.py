"""Weights, ONNX files, the comparison with NumPy and the commands that make them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

import graphlab
from graphlab.errors import FileError, GraphLabError
from graphlab.graph import Graph
from graphlab.graph.edits import add_node, mark_outputs, set_attributes
from graphlab.graph.gallery import gallery
from graphlab.torch_backend.weights import load_weights, save_weights
from tests.benchmarks.lowering import is_equal, pair
from tests.cli.conftest import Cli
from tests.cli.conftest import cli as cli
from tests.torch_backend.graphs import feeds_of
from tests.torch_backend.handwritten import HANDWRITTEN


@pytest.mark.parametrize("name", HANDWRITTEN)
def test_outputs_and_gradients_are_those_of_the_handwritten_module_bit_for_bit(name: str) -> None:
    assert is_equal(*pair(name))


# --- weights ------------------------------------------------------------------------------------
def test_weights_go_round_without_losing_a_bit(tmp_path: Path) -> None:
    graph = gallery("density-counter")
    state = graphlab.state_of(graph, seed=3)
    save_weights(state, tmp_path / "w.safetensors")
    loaded = load_weights(tmp_path / "w.safetensors")
    filled = graphlab.with_weights(graph, loaded)
    again = graphlab.state_of(filled, seed=9)
    assert state.keys() == loaded.keys() == again.keys()
    for key, array in state.items():
        assert array.dtype == again[key].dtype
        assert array.tobytes() == again[key].tobytes()


def test_weights_come_back_from_a_trained_module() -> None:
    graph = gallery("mlp-3-4-2")
    module = graphlab.lower(graph, seed=1)
    with torch.no_grad():
        module.fc1.weight += 1
    other = graphlab.lower(graphlab.with_weights(graph, module.state_dict()), seed=2)
    for key, tensor in module.state_dict().items():
        assert torch.equal(tensor, other.state_dict()[key])


def test_they_are_the_weights_a_run_has() -> None:
    graph = gallery("lenet-5")
    run = graphlab.Run(graph, feeds_of(graph), seed=5).forward()
    state = graphlab.state_of(graph, seed=5)
    np.testing.assert_array_equal(state["conv2.weight"], run.value("conv2_weight"))


def test_a_module_that_counts_batches_and_one_that_does_not_take_each_others_weights() -> None:
    graph = set_attributes(gallery("resnet-18"), "x", shape=(None, 3, 32, 32))
    module, (kind, _) = graphlab.lower(graph), HANDWRITTEN["resnet-18"]
    written = kind()
    written.load_state_dict(module.state_dict())
    module.load_state_dict(written.state_dict())
    graphlab.with_weights(graph, written.state_dict())


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({"fc1.wieght": np.zeros((4, 3))}, "did you mean fc1.weight"),
        ({"fc1.weight": np.zeros((3, 4))}, "is 4×3 and was given 3×4"),
        ({"fc1.weight": np.full((4, 3), np.nan)}, "NaN"),
        ({"fc1.weight": np.array(["a"])}, "fc1_weight"),
    ],
    ids=["name", "shape", "nan", "text"],
)
def test_weights_that_do_not_fit_are_refused(state: dict[str, Any], words: str) -> None:
    with pytest.raises(GraphLabError, match=words):
        graphlab.with_weights(gallery("mlp-3-4-2"), state)


@pytest.mark.parametrize("content", [b"", b"\xff" * 40, b"\x08\0\0\0\0\0\0\0{}      "])
def test_a_file_that_is_no_safetensors_is_told(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "w.safetensors").write_bytes(content)
    if content.endswith(b"{}      "):
        assert load_weights(tmp_path / "w.safetensors") == {}
    else:
        with pytest.raises(FileError, match="no safetensors file"):
            load_weights(tmp_path / "w.safetensors")


# --- ONNX ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["lenet-5", "gan-28", "density-counter"])
def test_an_onnx_runtime_agrees_for_a_batch_of_any_size(name: str, tmp_path: Path) -> None:
    graph, path = gallery(name), tmp_path / "model.onnx"
    graphlab.to_onnx(graph, path, seed=4)
    assert [file.name for file in tmp_path.iterdir()] == ["model.onnx"]
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    module = graphlab.lower(graph, seed=4).eval()
    assert {tensor.name for tensor in model.graph.initializer} >= set(module.state_dict())
    session = onnxruntime.InferenceSession(path)
    assert [out.name for out in session.get_outputs()] == list(graph.outputs)
    for batch in (1, 5):
        feeds = {k: v.astype(np.float32) for k, v in feeds_of(graph, batch=batch).items()}
        found = module(*map(torch.tensor, feeds.values()))
        outs = found if isinstance(found, tuple) else (found,)
        for mine, theirs in zip(session.run(None, feeds), outs, strict=True):
            np.testing.assert_allclose(mine, theirs.detach().numpy(), rtol=1e-4, atol=1e-4)
        again = graphlab.lower(graphlab.from_onnx(path)).eval()(*map(torch.tensor, feeds.values()))
        for mine, theirs in zip(again if isinstance(again, tuple) else (again,), outs, strict=True):
            assert torch.equal(mine, theirs)


def test_an_output_that_is_an_input_has_a_name_of_its_own(tmp_path: Path) -> None:
    graph = add_node(Graph(), "x", "input", shape=(None, 2))
    graph = add_node(graph, "y", "identity", "x")
    graphlab.to_onnx(graph, tmp_path / "m.onnx")
    onnx.checker.check_model(onnx.load(tmp_path / "m.onnx"), full_check=True)


def test_an_open_input_is_told_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(GraphLabError, match="x has an open shape"):
        graphlab.to_onnx(graphlab.parse("y = relu(x)"), tmp_path / "m.onnx")
    assert not list(tmp_path.iterdir())


# --- parity -------------------------------------------------------------------------------------
@pytest.mark.parametrize("training", [False, True])
def test_parity_covers_every_node_worst_first(training: bool) -> None:
    graph = add_node(gallery("density-counter"), "dropped", "dropout", "head_count")
    graph = mark_outputs(graph, [*graph.outputs, "dropped"])
    report = graphlab.parity(graph, seed=2, training=training)
    assert report.agrees
    assert {graph.port(row.node).node for row in report.rows} == set(graph.nodes)
    assert [row.worst for row in report.rows] == sorted(
        (r.worst for r in report.rows), reverse=True
    )
    assert "agree at all" in report.summary


class Trainer(torch.nn.Module):
    """A bias that a batch norm takes away again, what is detached, a buffer, and a place."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = torch.nn.Sequential(torch.nn.Conv2d(1, 3, 3), torch.nn.BatchNorm2d(3))
        self.scale: torch.Tensor
        self.register_buffer("scale", torch.tensor([1.0, 2.0, 3.0]))

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        y = self.stem(x).mean((2, 3)) ** 2 * self.scale
        return y.detach() * y, y.argmax(1) * y.sum(1)


@pytest.mark.parametrize("training", [False, True])
def test_parity_judges_no_rounding_and_nothing_that_has_no_gradient(training: bool) -> None:
    x = torch.randn(4, 1, 6, 6, generator=torch.Generator().manual_seed(0))
    graph = graphlab.from_torch(Trainer(), x)
    report = graphlab.parity(graph, {"x": x.numpy()}, training=training)
    assert report.agrees, report.summary


# --- commands -----------------------------------------------------------------------------------
def test_compile_writes_what_the_ending_says(cli: Cli, tmp_path: Path) -> None:
    for ending in ("py", "safetensors"):
        done = cli("compile", "gallery:lenet-5", "-o", str(tmp_path / f"model.{ending}"))
        assert (done.status, done.err) == (0, "")
    script = (
        "import torch; from safetensors.torch import load_file; from model import Lenet5; "
        "net = Lenet5(); net.load_state_dict(load_file('model.safetensors')); "
        "print(net(torch.zeros(2, 1, 32, 32)).tolist())"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    expected = graphlab.lower(gallery("lenet-5"))(torch.zeros(2, 1, 32, 32))
    assert json.loads(done.stdout) == expected.tolist()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("-o", "model.txt"), "must end in .py, .onnx or .safetensors"),
        (("-o", "no/such/model.py", "--shape", "x=2,3"), "there is no folder"),
        (("-o", "model.py", "--shape", "x"), "--shape takes"),
        (("-o", "model.py", "--shape", "x=1", "--shape", "x=2"), "given twice"),
        (("-o", "model.py", "--shape", "q=1"), "no input"),
        (("-o", "model.py", "--shape", "x=99999999,99999999"), "elements"),
        (("-o", "model.py"), "nothing settles"),
    ],
)
def test_compile_says_in_one_sentence_what_is_wrong(
    arguments: tuple[str, ...], words: str, cli: Cli, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    done = cli("compile", "y = affine(parameter(4, None), x)", *arguments)
    assert done.status == 2
    assert words in done.err
    assert done.err.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_the_parity_command(cli: Cli) -> None:
    done = cli("parity", "gallery:mlp-3-4-2", "--json")
    record = json.loads(done.out)
    assert done.status == 0
    assert record["agrees"] is True
    assert {row["node"] for row in record["rows"]} == set(gallery("mlp-3-4-2").nodes)
    assert "value differs by" in cli("parity", "gallery:mlp-3-4-2").out
    assert cli("parity", "y = relu(x)").status == 2
