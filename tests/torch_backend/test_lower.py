"""What is lowered computes what NumPy does, value and gradient, under the names it should have."""

from __future__ import annotations

import copy
import math
import pickle

import numpy as np
import pytest
import torch

import graphlab
from graphlab.errors import GraphLabError
from graphlab.graph import Graph, Group, OutPort
from graphlab.graph.edits import add_node
from graphlab.graph.gallery import gallery
from graphlab.graph.templates import TEMPLATES
from graphlab.ops.contract import REGISTRY, Op, Sample
from graphlab.torch_backend.naming import torch_names
from tests.torch_backend.graphs import (
    SMALL,
    assert_parity,
    feeds_of,
    one_op,
    one_template,
    run_of,
)

EACH_SAMPLE = [
    pytest.param(op, sample, id=f"{op.name}-{sample.shapes}-{dict(sample.attributes)}")
    for op in REGISTRY.values()
    for sample in getattr(op, "samples", ())
]


@pytest.mark.parametrize(("op", "sample"), EACH_SAMPLE)
def test_each_op_agrees_with_numpy(op: type[Op], sample: Sample) -> None:
    graph, feeds = one_op(op, sample)
    module = graphlab.lower(graph).double()
    assert_parity(graph, module, feeds)
    if op.circumstances == ("training",):
        assert_parity(graph, module, feeds, training=True)


@pytest.mark.parametrize("name", TEMPLATES)
def test_each_template_agrees_with_numpy(name: str) -> None:
    graph, feeds = one_template(name)
    assert_parity(graph, graphlab.lower(graph).double(), feeds)


@pytest.mark.parametrize("name", SMALL)
def test_each_small_network_agrees_with_numpy(name: str) -> None:
    graph = gallery(name)
    assert_parity(graph, graphlab.lower(graph).double(), feeds_of(graph))


def test_training_moves_the_running_statistics_as_numpy_does() -> None:
    graph = gallery("density-counter")
    module = graphlab.lower(graph).double().train()
    feeds = feeds_of(graph)
    module(*(torch.tensor(feeds[name]) for name in graph.inputs))
    kept, names = dict(module.named_buffers()), torch_names(graph)
    moved = run_of(graph, feeds, training=True).updates()
    assert moved.keys() == set(graph.buffers)
    for name, array in moved.items():
        np.testing.assert_allclose(array, kept[names[name]].numpy(), rtol=1e-9)


# --- names --------------------------------------------------------------------------------------
def test_the_state_dict_has_every_parameter_and_buffer_by_its_qualified_name() -> None:
    graph = gallery("resnet-18")
    module = graphlab.lower(graph)
    state = module.state_dict()
    shapes = {key: tuple(x.shape) for key, x in state.items()}
    assert shapes["layer2.0.downsample.0.weight"] == (128, 64, 1, 1)
    assert shapes["bn1.running_mean"] == (64,)
    assert set(state) == {torch_names(graph)[n] for n in (*graph.parameters, *graph.buffers)}
    assert type(module.layer2[0].conv1) is torch.nn.Conv2d
    assert [name for name, _ in module.named_parameters()] == [
        torch_names(graph)[name] for name in graph.parameters
    ]


def hostile() -> Graph:
    """Groups and nodes called as Python, torch and ``nn.Module`` call things of their own."""
    groups = {name: Group() for name in ("forward", "class", "torch", "self", "ﬁ", "fi", "F")}
    graph = Graph(groups=groups)
    graph = add_node(graph, "x", "input", shape=(2, 3))
    last = "x"
    for group in groups:
        graph = add_node(graph, f"{group}_half", "parameter", shape=(3,), group=group)
        graph = add_node(graph, f"{group}_type", "parameter", shape=(3,), group=group)
        graph = add_node(graph, f"{group}_print", "multiply", last, f"{group}_half", group=group)
        graph = add_node(graph, f"{group}_λ", "add", f"{group}_print", f"{group}_type", group=group)
        last = f"{group}_λ"
    return graph


def test_names_that_mean_something_else_do_no_harm() -> None:
    graph = hostile()
    module = graphlab.lower(graph).double()
    assert len(module.state_dict()) == len(graph.parameters)
    assert_parity(graph, module, {"x": np.ones((2, 3))})


def test_a_group_that_cannot_be_called_at_once_is_taken_over_by_its_parent() -> None:
    """``a`` feeds ``b``, which feeds ``a`` again; a shared weight crosses from one to the other."""
    graph = Graph(groups={"a": Group(), "b": Group(), "a_in": Group("", "a")})
    graph = add_node(graph, "x", "input", shape=(2, 3))
    graph = add_node(graph, "a_in_weight", "parameter", shape=(3, 3), group="a_in")
    graph = add_node(graph, "a_in_y", "affine", "a_in_weight", "x", group="a_in")
    graph = add_node(graph, "a_scale", "parameter", shape=(3,), group="a")
    graph = add_node(graph, "a_y", "multiply", "a_in_y", "a_scale", group="a")
    graph = add_node(graph, "b_y", "tanh", "a_y", group="b")
    graph = add_node(graph, "a_z", "affine", "a_in_weight", "b_y", group="a")
    graph = add_node(graph, "b_z", "add", "b_y", "a_z", group="b")
    graph = add_node(graph, "c", "constant", value=np.arange(3.0))
    graph = add_node(graph, "out", "multiply", "b_z", "c")
    module = graphlab.lower(graph).double()
    assert set(module.state_dict()) == {"a.in.weight", "a.scale"} or set(module.state_dict()) == {
        "a.in_.weight",
        "a.scale",
    }
    assert_parity(graph, module, {"x": np.random.default_rng(0).normal(size=(2, 3))})


# --- precision, copies, refusals ----------------------------------------------------------------
def test_double_precision_has_the_digits_of_the_graph_until_training_changes_them() -> None:
    graph = add_node(Graph(), "x", "input", shape=(2,))
    graph = add_node(graph, "w", "parameter", value=np.array([0.1, math.pi]))
    graph = add_node(graph, "y", "multiply", "w", "x")
    module = graphlab.lower(graph)
    assert module.w.dtype == torch.float32
    with torch.no_grad():
        module.w[1] = 2.0
    other = copy.deepcopy(module)
    assert module.double().w.tolist() == [float(np.float32(0.1)), 2.0]
    with torch.no_grad():
        other.w[1] = torch.tensor(math.pi)
    assert other.to(torch.float64).w.tolist() == [0.1, math.pi]


def test_modes_and_copies() -> None:
    graph = gallery("alexnet") if False else _dropping()
    module = graphlab.lower(graph)
    x = torch.ones(4, 100)
    assert torch.equal(module.eval()(x), x)
    assert not torch.equal(module.train()(x), x)
    assert torch.equal(copy.deepcopy(module).eval()(x), x)


@pytest.mark.parametrize("name", ["lenet-5", "conv-1d"])
def test_a_module_is_pickled_as_it_is(name: str) -> None:
    module = graphlab.lower(gallery(name), seed=3).double()
    first = next(iter(module.children())).eval()
    next(first.parameters()).requires_grad_(False)
    again = pickle.loads(pickle.dumps(module))
    assert [m.training for m in again.modules()] == [m.training for m in module.modules()]
    for mine, theirs in zip(again.parameters(), module.parameters(), strict=True):
        assert (mine.dtype, mine.requires_grad) == (theirs.dtype, theirs.requires_grad)
        assert torch.equal(mine, theirs)
    x = torch.tensor(feeds_of(gallery(name))["x"], dtype=torch.float64)
    assert torch.equal(again.eval()(x), module.eval()(x))


def _dropping() -> Graph:
    graph = add_node(Graph(), "x", "input", shape=(4, 100))
    return add_node(graph, "y", "dropout", "x")


@pytest.mark.parametrize(
    ("graph", "words"),
    [
        (Graph(), "empty"),
        (add_node(Graph(), "y", "relu"), "its input is empty"),
        (
            add_node(add_node(Graph(), "x", "input"), "w", "parameter", shape=(None, 3)),
            "open shape",
        ),
    ],
    ids=["empty", "unfed", "open"],
)
def test_what_cannot_be_lowered_is_told_in_one_sentence(graph: Graph, words: str) -> None:
    with pytest.raises(GraphLabError, match=words):
        graphlab.lower(graph)


def test_an_open_shape_follows_from_the_shape_that_is_said_to_arrive() -> None:
    graph = add_node(Graph(), "x", "input")
    graph = add_node(graph, "w", "parameter", shape=(4, None))
    graph = add_node(graph, "y", "affine", "w", "x")
    assert graphlab.lower(graph, shapes={"x": (1, 3)}).w.shape == (4, 3)
    with pytest.raises(GraphLabError, match="shapes="):
        graphlab.lower(graph)
    with pytest.raises(GraphLabError, match="no input"):
        graphlab.lower(graph, shapes={"q": (1, 3)})
    assert graph.outputs == (str(OutPort("y")),)
