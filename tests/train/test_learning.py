"""Networks that have to learn, each judged on examples it has not seen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from graphlab.api import read_source
from graphlab.data import open_data
from graphlab.graph.recipe import Objective, Recipe
from graphlab.train.evaluating import evaluate
from graphlab.train.events import read_events
from graphlab.train.losses import with_loss
from graphlab.train.trainer import Trainer

WIDE = (
    "a = linear_layer(x, features=64, activation='relu')\n"
    "b = linear_layer(a, features=64, activation='relu')\n"
    "c = linear_layer(b, features=64, activation='relu')\n"
    "s = linear_layer(c, features={classes})"
)
CNN = (
    "a = conv_layer(x, filters=32, kernel_size=3, padding='same', activation='relu')\n"
    "p = max_pool2d(a, kernel_size=2)\n"
    "b = conv_layer(p, filters=64, kernel_size=3, padding='same', activation='relu')\n"
    "q = max_pool2d(b, kernel_size=2)\n"
    "s = linear_layer(flatten(q), features=10)"
)


def learned(source: str, spec: str, out: Path, epochs: int, size: int, **settings: Any) -> Trainer:
    data = open_data(spec)
    graph = with_loss(read_source(source), data)
    assert graph.recipe is not None
    objective = Objective(graph.recipe.objectives[0].loss, **settings)
    recipe = Recipe((objective,), batch_size=size, epochs=epochs)
    trainer = Trainer(graph, data, recipe, out, watch_every=10**6)
    assert trainer.run() == "done"
    return trainer


def accuracy(trainer: Trainer, split: str = "test") -> float:
    training = trainer.training
    return float(evaluate(training.network, training.data, split)["accuracy"])


@pytest.mark.parametrize(
    ("spec", "least"),
    [
        ("clouds:noise=0.4,examples=1000", 0.99),
        ("circles:examples=1000", 0.99),
        ("xor:examples=1000", 0.99),
        ("moons:examples=1000", 0.99),
        ("spiral:examples=1000", 0.97),
    ],
)
@pytest.mark.slow
def test_points_of_the_plane(spec: str, least: float, tmp_path: Path) -> None:
    classes = len(open_data(spec).classes)
    source = WIDE.format(classes=classes)
    trainer = learned(source, spec, tmp_path, 80, 32, lr=0.005, schedule="cosine")
    assert accuracy(trainer) >= least


@pytest.mark.parametrize(("name", "is_learned"), [("and", True), ("or", True), ("xor-gate", False)])
def test_the_perceptron_rule_finds_a_line_where_there_is_one(
    name: str, is_learned: bool, tmp_path: Path
) -> None:
    """Rosenblatt's rule: one example a step, a fixed rate; it stops for good once all are right."""
    trainer = learned("gallery:perceptron", name, tmp_path, 60, 1, optimizer="sgd", lr=0.1)
    events = [e for e in read_events(tmp_path / "events.jsonl") if e["event"] == "epoch"]
    losses = [event["losses"]["loss"] for event in events]
    assert (max(losses[-10:]) == 0) is is_learned
    assert (accuracy(trainer, "train") == 1) is is_learned


@pytest.mark.slow
def test_lenet_reads_mnist(tmp_path: Path) -> None:
    trainer = learned("gallery:lenet-5", "mnist", tmp_path, 8, 32, lr=2e-3, schedule="cosine")
    assert accuracy(trainer) >= 0.95


@pytest.mark.slow
def test_two_convolutions_read_fashion_mnist(tmp_path: Path) -> None:
    trainer = learned(CNN, "fashion-mnist", tmp_path, 8, 32, lr=2e-3, schedule="cosine")
    assert accuracy(trainer) >= 0.85
