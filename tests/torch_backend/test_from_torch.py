"""A module read back computes what it computed: bit by bit in PyTorch, closely in NumPy."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves

import graphlab
from tests.torch_backend.reading import (
    MODELS,
    OPAQUE,
    assert_same_bits,
    drawn,
    made,
    outputs_and_gradients,
)

STEPPED = pytest.mark.parametrize("name", MODELS)
ALL = pytest.mark.parametrize("name", [*MODELS, *OPAQUE])
BOTH_MODES = pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])


@BOTH_MODES
@ALL
def test_read_back_it_computes_the_same_bits(name: str, training: bool) -> None:
    module, inputs = made(name)
    graph = graphlab.from_torch(module.train(training), inputs)
    lowered = graphlab.lower(graph)
    again = graphlab.lower(graphlab.from_torch(lowered.train(training), inputs))
    wanted = outputs_and_gradients(copy.deepcopy(module).train(training), inputs)
    for read in (lowered, again):
        assert_same_bits(outputs_and_gradients(read.train(training), inputs), wanted)


@STEPPED
def test_stepped_by_hand_it_agrees_in_double(name: str) -> None:
    module, inputs = made(name)
    module.eval()
    graph = graphlab.from_torch(module, inputs)
    run = graphlab.Run(graph, dict(zip(graph.inputs, map(as_double, inputs), strict=True)))
    run.forward()
    doubled = module.double()
    with torch.no_grad():
        wanted = tree_leaves(doubled(*(x.double() if x.is_floating_point() else x for x in inputs)))
    assert len(graph.outputs) == len(wanted)
    for output, value in zip(graph.outputs, wanted, strict=True):
        np.testing.assert_allclose(run.value(output), value.numpy(), rtol=1e-9, atol=1e-9)


def as_double(x: Tensor) -> Any:
    return x.double().numpy()


@pytest.mark.parametrize("name", ["lenet", "vit", "gan", "steered", "unet"])
def test_the_batch_stays_open(name: str) -> None:
    module, inputs = made(name)
    graph = graphlab.from_torch(module.eval(), inputs)
    more = tuple(torch.cat([x, x, x]) for x in inputs)
    lowered = graphlab.lower(graph).eval()
    with torch.no_grad():
        pairs = zip(tree_leaves(lowered(*more)), tree_leaves(module(*more)), strict=True)
        assert all(torch.equal(a, b) for a, b in pairs)
    assert all(graph.nodes[n].attributes["shape"][0] is None for n in graph.inputs)


SMALL = [
    "perceptron", "logistic", "softmax", "mlp-3-4-2", "lenet-5", "autoencoder", "gan-2d", "gan-28",
    "conv-1d", "conv-3d", "localiser", "density-counter",
]  # fmt: skip


@pytest.mark.parametrize("name", SMALL)
def test_a_network_of_the_gallery_comes_back(name: str) -> None:
    graph = graphlab.load(f"gallery:{name}")
    lowered = graphlab.lower(graph)
    shapes = [graph.nodes[n].attributes["shape"] for n in graph.inputs]
    inputs = tuple(drawn(*(3 if size is None else size for size in shape)) for shape in shapes)
    read = graphlab.from_torch(lowered, inputs)
    again = graphlab.lower(read)
    for training in (True, False):
        pair = [outputs_and_gradients(m.train(training), inputs) for m in (lowered, again)]
        assert_same_bits(*pair)
        lowered.zero_grad()
        again.zero_grad()
    assert read.inputs == graph.inputs
    assert read.nodes.keys() >= set(graph.parameters) | set(graph.buffers)
    assert len(read.nodes) == len(graph.nodes)
    assert read.groups.keys() == graph.groups.keys()


def test_names_are_those_of_the_state_dict() -> None:
    module, inputs = made("resnet18")
    graph = graphlab.from_torch(module, inputs)
    wanted = {k: v for k, v in module.state_dict().items() if "num_batches" not in k}
    state = graphlab.lower(graph).state_dict()
    assert {k: v for k, v in state.items() if "num_batches" not in k}.keys() == wanted.keys()
    assert all(torch.equal(state[k], v) for k, v in wanted.items())
    assert graph.nodes["layer2_0_conv1_weight"].group == "layer2_0_conv1"
    assert graph.groups["layer2_0_conv1"].parent == "layer2_0"
    assert graph.groups["layer2_0"].parent == "layer2"
    assert graph.nodes["layer2_0_conv1_weight"].attributes["value"].dtype == np.float32


def test_inputs_keep_their_names_and_outputs_their_order() -> None:
    module, inputs = made("gan")
    graph = graphlab.from_torch(module, {"z": inputs[0], "real": inputs[1]})
    assert graph.inputs == ("z", "real")
    module, inputs = made("inception")
    graph = graphlab.from_torch(module, inputs[0])
    assert [graph.nodes[name].op.name for name in graph.outputs] == [
        "local_response_norm",
        "mean",
        "conv2d",
    ]


def test_what_is_shared_is_one_node_and_what_is_dead_is_gone() -> None:
    module, inputs = made("tied")
    assert len(graphlab.from_torch(module, inputs).parameters) == 1
    module, inputs = made("gan")
    graph = graphlab.from_torch(module, inputs)
    assert len(graph.parameters) == len(list(module.parameters()))
    module, inputs = made("squeeze")
    graph = graphlab.from_torch(module, inputs)
    assert not {"exp"} & {node.op.name for node in graph.nodes.values()}
    assert graph.buffers == ("scale",)
