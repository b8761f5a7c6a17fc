"""Counts from shapes alone, against torch's own counter, runs and gradients."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

import graphlab
from graphlab.graph import Graph
from graphlab.graph.counting import BYTES, count, count_group
from graphlab.graph.gallery import gallery, gallery_names
from graphlab.graph.shapes import infer_shapes, whole_shapes
from tests.pace import loops

FORMULAS = (
    "f = conv_layer(x, filters=6, kernel_size=(3, 5), stride=2, padding=1, groups=3)",
    "f = conv_transpose_layer(x, filters=4, kernel_size=3, stride=2, output_padding=1)",
    "f = linear_layer(flatten(conv_layer(x, dilation=2, padding='same')), features=7)",
    "f = conv_layer(input(2, 3, 17), dimensions=1, padding='same', kernel_size=5)",
    "f = conv_layer(input(2, 1, 5, 6, 7), dimensions=3, bias=False)",
    "f = input(4, 2, 3) @ parameter(4, 3, 5)",
    "f = input(2, 3) @ parameter(3, 5) @ parameter(5, 2)",
)


def ready(text: str) -> Graph:
    return graphlab.parse(text if "input(" in text else f"x = input(2, 3, 12, 14)\n{text}")


def feeds_of(graph: Graph) -> dict[str, Any]:
    random = np.random.default_rng(1)
    return {
        name: random.normal(
            size=[2 if n is None else n for n in graph.nodes[name].attributes["shape"]]
        )
        for name in graph.inputs
    }


@pytest.mark.parametrize(
    "graph",
    [
        *map(ready, FORMULAS),
        *map(gallery, ("lenet-5", "gan-28", "conv-1d", "conv-3d", "localiser", "autoencoder")),
    ],
    ids=lambda graph: "-".join(graph.nodes)[:20],
)
def test_multiply_adds_are_half_of_what_torch_counts(graph: Graph) -> None:
    feeds = feeds_of(graph)
    module = graphlab.lower(graph, shapes={n: v.shape for n, v in feeds.items()})
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        module(*(torch.tensor(feeds[name], dtype=torch.float32) for name in graph.inputs))
    counted = count(graph, {name: value.shape for name, value in feeds.items()}).total
    assert 2 * counted.multiply_adds == counter.get_total_flops()
    parameters = sum(p.numel() for p in module.parameters())
    assert counted.parameters == parameters


@pytest.mark.parametrize("name", ["mlp-3-4-2", "lenet-5", "density-counter"])
def test_memory_is_that_of_what_a_run_computes(name: str) -> None:
    graph = gallery(name)
    feeds = feeds_of(graph)
    run = graphlab.Run(graph, feeds).forward()
    numbers = sum(
        np.size(run.value(node)) for node, use in graph.nodes.items() if use.op.category != "Source"
    )
    counts = count(graph, {name: value.shape for name, value in feeds.items()})
    assert counts.total.memory == BYTES * numbers
    tops = [group for group, found in graph.groups.items() if found.parent is None]
    alone = [n for n, use in graph.nodes.items() if use.group is None]
    for part in ("parameters", "multiply_adds", "memory"):
        parts = [getattr(counts.groups[g], part) for g in tops]
        parts += [getattr(counts.nodes[n], part) for n in alone]
        assert sum(parts) == getattr(counts.total, part)


FIELDS = (
    "f = conv_layer(x, kernel_size=(3, 2), filters=1)",
    "f = conv_layer(conv_layer(x, stride=2, filters=2), filters=1, kernel_size=3, stride=(1, 2))",
    "f = conv_layer(x, dilation=3, filters=1)",
    "f = avg_pool2d(conv_layer(x, filters=1, padding=1), kernel_size=3, stride=2)",
    "f = conv_layer(conv_transpose_layer(avg_pool2d(x, kernel_size=2), filters=2), filters=1)",
    "f = conv_layer(upsample(avg_pool2d(x, kernel_size=2), scale=2.0), filters=1, kernel_size=5)",
    "a = conv_layer(x, filters=1, padding=1); b = conv_layer(a, filters=1, padding=1); f = a + b",
    "a = conv_layer(x, kernel_size=1); f = concatenate(a, conv_layer(x, padding=1), axis=1)",
    "f = pad(conv_layer(x, filters=1), width=((0, 0), (0, 0), (1, 1), (2, 2)))",
    "f = locally_connected(x, kernel_size=(2, 3))",
    "f = adaptive_avg_pool2d(x, output_size=(6, 4))",
    "f = conv_layer(slice(conv_layer(x, filters=1), axis=2, step=2), filters=1)",
    "f = tanh(norm_layer(conv_layer(x, filters=2), kind='batch'))",
)


@pytest.mark.parametrize("text", FIELDS)
def test_a_receptive_field_is_as_far_as_gradients_reach(text: str) -> None:
    graph = graphlab.parse(f"x = input(1, 1, 24, 24)\n{text}")
    field = count(graph).total.field
    assert field is not None
    feeds = {"x": np.random.default_rng(0).normal(size=(1, 1, 24, 24))}
    run = graphlab.Run(graph, feeds).forward()
    out = np.asarray(run.value(graph.outputs[0]))
    assert not field.is_whole
    middle = tuple(size // 2 for size in out.shape[2:])
    farthest, seen = [0, 0], {}
    for row in range(3):
        for column in range(3):
            place = (0, out.shape[1] - 1, middle[0] - row, middle[1] - column)
            upstream = np.zeros_like(out)
            upstream[place] = 1
            run.backward(graph.outputs[0], upstream)
            reached = np.nonzero(np.asarray(run.grad("x"))[0, 0])
            seen[row, column] = [int(axis.min()) for axis in reached]
            for axis in range(2):
                span = int(reached[axis].max() - reached[axis].min()) + 1
                farthest[axis] = max(farthest[axis], span)
    assert tuple(farthest) == pytest.approx(field.size, abs=0)
    moved = (seen[0, 0][0] - seen[2, 0][0], seen[0, 0][1] - seen[0, 2][1])
    assert moved == pytest.approx([2 * step for step in field.stride])


@pytest.mark.parametrize(("name", "size"), [("resnet-18", 435), ("alexnet", 195), ("vgg-19", 268)])
def test_published_receptive_fields(name: str, size: int) -> None:
    """Of the last layer before the classifier (Araujo, Norris & Sim 2019)."""
    graph = gallery(name)
    group = "layer4" if name == "resnet-18" else "features"
    field = count(graph).groups[group].field
    assert field is not None
    assert field.size == (size, size)


def test_a_layer_that_sees_everything_says_so_and_vectors_have_no_field() -> None:
    field = count(gallery("lenet-5")).total.field
    assert field is not None
    assert field.is_whole
    assert field.size == (32, 32)
    largest = count(graphlab.parse("f = global_max_pool(input(1, 2, 9, 7))")).total.field
    assert largest is not None
    assert largest.is_whole
    assert count(gallery("mlp-3-4-2")).total.field is None


@pytest.mark.parametrize("name", gallery_names()[::4])
def test_a_group_counted_by_itself_costs_what_it_does_among_all(name: str) -> None:
    graph = gallery(name)
    every = count(graph)
    for group in graph.groups:
        is_known = set(every.unknown).isdisjoint(graph.members(group))
        assert count_group(graph, group) == (every.groups[group] if is_known else None)


def test_what_nothing_settles_is_told_and_counts_as_nothing() -> None:
    counts = count(graphlab.parse("h = linear_layer(x, features=3); f = h @ w"))
    assert counts.total.parameters == 3
    assert set(counts.unknown) == {"x", "w", "h_weight", "h_affine", "f"}
    fed = count(graphlab.parse("h = linear_layer(x, features=3)"), {"x": (5, 2)})
    assert (fed.total.parameters, fed.total.multiply_adds, fed.unknown) == (9, 30, ())


def test_a_conflict_names_both_sides_and_the_way_out() -> None:
    graph = graphlab.parse("x = input(1, 3, 8, 8)\nc = conv_layer(x, in_channels=4)")
    counts = count(graph)
    (told,) = counts.shapes.conflicts.values()
    assert told.startswith(
        "c_conv2d (conv2d): x has 3 channels but each filter in c_weight expects 4"
    )
    assert "leave" in told


def test_shapes_of_two_thousand_nodes_are_inferred_at_once() -> None:
    graph = gallery("densenet-201")
    fed = whole_shapes(graph, {})
    assert loops(lambda: infer_shapes(graph, fed), rounds=1) < 10


@pytest.mark.parametrize(
    ("layer", "side", "weights"),
    [  # 200 × 200 pixels, 40,000 hidden units; weights without biases
        ("linear_layer(flatten(x), features=40_000, bias=False)", 200, 1_600_000_000),
        ("locally_connected(x, kernel_size=10, padding='same', bias=False)", 200, 4_000_000),
        ("conv_layer(x, filters=1, kernel_size=10, padding='same', bias=False)", 200, 100),
        ("conv_layer(x, filters=10, kernel_size=10, padding='same', bias=False)", 200, 1_000),
        *(
            row
            for side in (28, 1000)  # n = 784 and n = 10⁶ pixels, windows of s = 9, with biases
            for n in [side * side]
            for row in (
                (f"linear_layer(flatten(x), features={n})", side, n * (n + 1)),
                ("locally_connected(x, padding='same')", side, n * (9 + 1)),
                ("conv_layer(x, filters=1, padding='same')", side, 9 + 1),  # whatever n
            )
        ),
        ("linear_layer(flatten(x), features=10)", 28, 7_850),
        ("linear_layer(flatten(x), features=10)", 256, 655_370),
    ],
)
def test_the_weights_of_one_layer_are_counted_without_any_memory(
    layer: str, side: int, weights: int
) -> None:
    graph = graphlab.parse(f"x = input(None, 1, {side}, {side})\nh = {layer}")
    counts = count(graph)
    assert not counts.shapes.conflicts
    assert counts.total.parameters == weights
    units = 10 if "features=10)" in layer else side * side * (10 if "filters=10" in layer else 1)
    (output,) = (counts.shapes.of(graph.port(name)) for name in graph.outputs)
    assert output is not None
    assert np.prod(output) == units


@pytest.mark.parametrize(
    ("text", "parameters"),
    [
        (
            "x = input(None, 10, 200, 200)\nconv_layer(x, filters=10, kernel_size=10, bias=False)",
            10_000,
        ),
        ("x = input(None, 1, 256, 256, 256)\nlinear_layer(flatten(x), features=10)", 167_772_170),
        ("x = input(None, 150)\nlinear_layer(x, features=150, bias=False)", 22_500),
        (
            "x = input(1, 1, 150)\nlocally_connected(x, dimensions=1, padding='same', bias=False)",
            450,
        ),
        ("x = input(None, 1, 150)\nconv_layer(x, dimensions=1, filters=1, bias=False)", 3),
        ("x = input(None, 2)\nneuron(x)", 3),
        ("x = input(None, 2)\nneuron(linear_layer(linear_layer(x, features=2), features=2))", 15),
        (
            "x = input(None, 2)\nneuron(linear_layer(linear_layer(x, features=10), features=10))",
            151,
        ),
    ],
)
def test_the_decks_own_numbers_of_parameters(text: str, parameters: int) -> None:
    assert count(graphlab.parse(text)).total.parameters == parameters
