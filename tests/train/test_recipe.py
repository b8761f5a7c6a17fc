"""Recipes follow edits, are saved with the graph, and name what is wrong with them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import graphlab
from graphlab.errors import FileError, GraphError
from graphlab.graph import Graph, difference, edits
from graphlab.graph.document import Document
from graphlab.graph.objectives import set_recipe, updated
from graphlab.graph.recipe import Objective, Recipe
from graphlab.graph.templates.changing import change_settings


@pytest.fixture
def graph() -> Graph:
    made = graphlab.parse(
        "h = linear_layer(x, features=4)\ns = linear_layer(h, features=1)\nl = squared_error(s, t)"
    )
    return set_recipe(made, Recipe((Objective("l", ("h", "s_bias"), lr=0.5),), epochs=7))


def test_it_is_saved_undone_and_told_as_a_change(graph: Graph, tmp_path: Path) -> None:
    file = tmp_path / "net.graph.json"
    graphlab.save(graph, file)
    assert graphlab.load(file) == graph
    document = Document(graph)
    heard: list[Any] = []
    document.changed.connect(heard.append)
    document.graph = set_recipe(graph, None)
    assert document.is_modified
    assert heard[0].is_retrained
    assert not any(difference(document.graph, set_recipe(graph, None)))
    assert graphlab.to_text(graph) == graphlab.to_text(document.graph)


@pytest.mark.parametrize(
    ("edit", "loss", "updates"),
    [
        (lambda g: edits.rename_node(g, "l", "loss"), "loss", ("h", "s_bias")),
        (lambda g: edits.rename_group(g, "h", "hidden"), "l", ("hidden", "s_bias")),
        (lambda g: edits.rename_group(g, "s", "score"), "l", ("h", "score_bias")),
        (lambda g: edits.ungroup(g, "h"), "l", ("h_weight", "h_bias", "s_bias")),
        (lambda g: edits.remove_cards(g, ["h"]), "l", ("s_bias",)),
        (lambda g: change_settings(g, "s", bias=False), "l", ("h",)),
        (lambda g: change_settings(g, "s", features=2), "l", ("h", "s_bias")),
    ],
)
def test_it_follows_edits(graph: Graph, edit: Any, loss: str, updates: tuple[str, ...]) -> None:
    recipe = edit(graph).recipe
    assert (recipe.objectives[0].loss, recipe.objectives[0].updates) == (loss, updates)
    assert recipe.epochs == 7


def test_an_objective_goes_with_its_loss_and_never_grows(graph: Graph) -> None:
    assert edits.remove_nodes(graph, ["l"]).recipe is None
    bare = edits.remove_cards(edits.remove_nodes(graph, ["s_bias"]), ["h"])
    assert bare.recipe is None  # to update nothing must not become to update all


def test_what_it_updates(graph: Graph) -> None:
    assert updated(graph, Objective("l", ("s_bias", "h"))) == ("h_weight", "h_bias", "s_bias")
    assert updated(graph, Objective("l")) == graph.parameters


@pytest.mark.parametrize(
    ("objective", "found"),
    [
        ({"loss": "m"}, "no node m"),
        ({"loss": "l", "updates": ("hh",)}, "no node hh"),
        ({"loss": "l", "updates": ("x",)}, r"x \(input\), which is no parameter"),
        ({"loss": "l", "lr": 0}, "lr of the objective cannot be 0"),
        ({"loss": "l", "lr": float("nan")}, "finite"),
        ({"loss": "l", "optimizer": "adm"}, "choose sgd, adagrad, .* or perceptron"),
        ({"loss": "l", "optimizer": "perceptron"}, "l is squared_error: draw a perceptron_loss"),
        ({"loss": "l", "momentum": 1.0}, "momentum"),
        ({"loss": "l", "nesterov": True}, "nesterov needs sgd"),
    ],
)
def test_what_cannot_be_is_refused(graph: Graph, objective: dict[str, Any], found: str) -> None:
    with pytest.raises(GraphError, match=found):
        set_recipe(graph, Recipe((Objective(**objective),)))


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"epochs": 0}, "training.epochs"),
        ({"objectives": []}, "training.objectives"),
        ({"rate": 1}, "the key 'rate' is none"),
        (
            {"objectives": [{"loss": "l", "optimizer": "adm"}]},
            "'adm' is not known; choose from .*adam",
        ),
        ({"objectives": [{"loss": "m"}]}, "training: the graph has no node m"),
        ({"objectives": [{"loss": "l", "lr": 0}]}, "must be more than 0"),
    ],
)
def test_a_file_at_fault_is_told_of(
    graph: Graph, tmp_path: Path, changes: dict[str, Any], found: str
) -> None:
    file = tmp_path / "net.graph.json"
    graphlab.save(graph, file)
    record = json.loads(file.read_text())
    record["training"].update(changes)
    file.write_text(json.dumps(record))
    with pytest.raises(FileError, match=found):
        graphlab.load(file)
