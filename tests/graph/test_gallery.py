"""The gallery: published counts by computation, shapes, names, and what keeps them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import graphlab
from graphlab.errors import GraphLabError
from graphlab.graph import dag_of, edits
from graphlab.graph.counting import count
from graphlab.graph.gallery import EXHIBITS, gallery, gallery_names
from graphlab.graph.qualified import qualified_names
from graphlab.graph.templates import Reading, read_group
from tests.pace import loops

PUBLISHED = {  # parameters, as papers, torchvision's documentation and the entries tell them
    "mlp-3-4-2": 26,
    "lenet-5": 61_706,
    "alexnet": 61_100_840,
    "vgg-19": 143_667_240,
    "googlenet": 13_004_888,
    "resnet-18": 11_689_512,
    "resnet-152": 60_192_808,
    "densenet-201": 20_013_928,
    "u-net": 31_030_658,
    "u-net-small": 29_321,
    "cell-counter": 28_809,
}
GIGA = {  # multiply-adds of one picture in 10⁹, as torchvision's documentation tells them
    "alexnet": 0.71,
    "vgg-19": 19.63,
    "googlenet": 1.50,
    "resnet-18": 1.81,
    "resnet-152": 11.51,
    "densenet-201": 4.29,
}
OUTPUTS = {
    "u-net": [(1, 2, 388, 388)],
    "googlenet": [(1, 1000)] * 3,
    "localiser": [(1, 2), (1, 4)],
    "density-counter": [(1, 1, 64, 64), (1,)],
    "cell-counter": [(1, 1, 128, 128), (1,)],
    "u-net-small": [(1, 1, 128, 128)],
    "gan-2d": [(1, 2), (1, 1), (1, 1)],
    "gan-28": [(1, 1, 28, 28), (1, 1), (1, 1)],
}
LARGE = {"alexnet", "vgg-19", "googlenet", "resnet-18", "resnet-152", "densenet-201", "u-net"}

every = pytest.mark.parametrize("name", gallery_names())


@every
def test_counts_and_shapes_are_the_published_ones(name: str) -> None:
    graph = gallery(name)
    counts = count(graph)
    assert counts.total.parameters == PUBLISHED.get(name, counts.total.parameters)
    if name in GIGA:
        assert counts.total.multiply_adds / 1e9 == pytest.approx(GIGA[name], abs=0.01)
    assert not counts.shapes.conflicts
    assert not counts.unknown
    found = [counts.shapes.of(graph.port(output)) for output in graph.outputs]
    assert found == OUTPUTS.get(name, found)
    held = [node for node in graph.nodes.values() if node.attributes.get("value") is not None]
    assert {node.op.name for node in held} <= {"constant"}
    assert {np.size(node.attributes["value"]) for node in held} <= {1}
    for source in graph.inputs:
        assert graph.nodes[source].attributes["shape"][0] is None
    assert {problem.kind for problem in graphlab.check(graph)} == {"unfed"}
    assert EXHIBITS[name].page


@every
def test_a_network_is_told_and_saved_without_loss(name: str, tmp_path: Path) -> None:
    graph = gallery(name)
    text = graphlab.to_text(graph)
    read = graphlab.parse(text)
    assert read == graph
    assert (read.inputs, read.parameters, read.outputs) == (
        graph.inputs,
        graph.parameters,
        graph.outputs,
    )
    assert len(text.splitlines()) < 70
    for place in (tmp_path / "a.graph.json", tmp_path / "b.graph.json"):
        graphlab.save(graph, place)
        loaded = graphlab.load(place)
        assert loaded == graph
        assert loaded.view == graph.view
        graph = loaded
    assert (tmp_path / "a.graph.json").read_bytes() == (tmp_path / "b.graph.json").read_bytes()


@pytest.mark.parametrize("name", sorted(set(gallery_names()) - LARGE))
def test_a_small_network_runs_forward_and_backward(name: str) -> None:
    graph = gallery(name)
    random = np.random.default_rng(0)
    feeds = {
        source: random.normal(size=(2, *graph.nodes[source].attributes["shape"][1:]))
        for source in graph.inputs
    }
    run = graphlab.Run(graph, feeds).forward()
    counts = count(graph, {source: np.shape(value) for source, value in feeds.items()})
    for output in graph.outputs:
        assert np.shape(run.value(output)) == counts.shapes.of(graph.port(output))
    run.backward(graph.outputs[-1])
    needed = dag_of(graph).ancestors(graph.port(graph.outputs[-1]).node)
    for parameter in needed.intersection(graph.parameters):
        assert np.shape(run.grad(parameter)) == np.shape(run.value(parameter))


@every
def test_every_group_is_what_its_template_draws_and_folding_changes_nothing(name: str) -> None:
    graph = gallery(name)
    for group, found in graph.groups.items():
        assert not found.template or isinstance(read_group(graph, group), Reading)
    opened = graph
    for group in graph.groups:
        opened = edits.fold(opened, group, False)
    assert opened == graph
    assert count(opened).total == count(graph).total


def test_parameters_are_called_as_in_torchvision() -> None:
    norm = ("weight", "bias", "running_mean", "running_var")
    expected = ["conv1.weight", *(f"bn1.{part}" for part in norm)]
    for layer in range(1, 5):
        for block in range(2):
            for part in (1, 2):
                expected.append(f"layer{layer}.{block}.conv{part}.weight")
                expected += [f"layer{layer}.{block}.bn{part}.{n}" for n in norm]
            if layer > 1 and not block:
                expected.append(f"layer{layer}.{block}.downsample.0.weight")
                expected += [f"layer{layer}.{block}.downsample.1.{n}" for n in norm]
    expected += ["fc.weight", "fc.bias"]
    graph = gallery("resnet-18")
    names = qualified_names(graph)
    assert [names[n] for n in graph.nodes if graph.nodes[n].op.starts] == expected


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("alexnet", ("features.0.weight", "features.10.bias", "classifier.6.weight")),
        ("vgg-19", ("features.34.bias", "classifier.0.weight", "classifier.6.bias")),
        (
            "googlenet",
            (
                "conv1.conv.weight",
                "inception3a.branch1.bn.running_mean",
                "inception5b.branch2.1.conv.weight",
                "inception4c.branch4.1.bn.bias",
                "aux2.conv.conv.weight",
                "aux1.fc2.bias",
            ),
        ),
        ("resnet-152", ("layer3.35.conv3.weight", "layer1.0.downsample.1.running_var")),
        (
            "densenet-201",
            (
                "features.conv0.weight",
                "features.denseblock3.denselayer48.norm2.bias",
                "features.denseblock1.denselayer1.conv2.weight",
                "features.transition2.conv.weight",
                "features.norm5.running_mean",
                "classifier.bias",
            ),
        ),
    ],
)
def test_some_names_deep_inside(name: str, keys: tuple[str, ...]) -> None:
    assert set(keys) <= set(qualified_names(gallery(name)).values())


def test_a_deep_network_is_built_and_counted_at_once() -> None:
    assert loops(lambda: gallery("resnet-152")) < 15


def test_a_network_serves_as_a_source() -> None:
    assert graphlab.read_source("gallery:lenet-5") == graphlab.load("gallery:lenet-5")
    for read in (graphlab.read_source, graphlab.load):
        with pytest.raises(GraphLabError, match="no network 'lenet-6': did you mean lenet-5"):
            read("gallery:lenet-6")
        with pytest.raises(GraphLabError, match="no network '': choose perceptron, logistic"):
            read("gallery:")
