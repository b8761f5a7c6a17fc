"""The loop against loops that a person writes, and what with_loss makes of graphs without one."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import graphlab
from graphlab.api import read_source
from graphlab.data import Batches, DataSet, open_data
from graphlab.errors import GraphError
from graphlab.graph.gallery import gallery
from graphlab.graph.recipe import Objective, Recipe
from graphlab.train.events import read_events
from graphlab.train.losses import with_loss
from graphlab.train.trainer import Trainer
from graphlab.train.turns import factor_at
from graphlab.train.wiring import wire
from tests.train.sets import blobs, data_set, mlp, pictures

EPOCHS = 3


def trained(data: DataSet, recipe: Recipe, out: Path, **options: Any) -> dict[str, Any]:
    trainer = Trainer(mlp(), data, recipe, out, **options)
    assert trainer.run() == "done"
    return trainer.training.network.weights()


def by_hand(
    data: DataSet,
    batch_size: int,
    make: Callable[[Any], torch.optim.Optimizer],
    schedule: Callable[[Any], Any] | None = None,
    penalty: Callable[[nn.Module], Any] = lambda net: 0.0,
    clip: float = 0.0,
) -> nn.Module:
    """The loop of any PyTorch tutorial, from the same weights and over the same batches."""
    net = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 3))
    start = Trainer(mlp(), data, out="unused").training.network.weights()
    names = dict(zip(net.state_dict(), ("h.weight", "h.bias", "s.weight", "s.bias"), strict=True))
    net.load_state_dict({own: torch.tensor(start[theirs]) for own, theirs in names.items()})
    optimizer = make(net.parameters())
    scheduler = schedule(optimizer) if schedule else None
    for epoch in range(EPOCHS):
        for batch in Batches(data, "train", batch_size, 0).epoch(epoch):
            optimizer.zero_grad()
            x, y = torch.tensor(batch["x"]), torch.tensor(batch["y"]).long()
            (nn.functional.cross_entropy(net(x), y) + penalty(net)).backward()
            if clip:
                nn.utils.clip_grad_norm_(net.parameters(), clip)
            optimizer.step()
            if scheduler:
                scheduler.step()
    return net


def squares(net: nn.Module) -> Any:
    return 0.01 * sum(p.square().sum() for p in net.parameters())


def sizes(net: nn.Module) -> Any:
    return 0.005 * sum(p.abs().sum() for p in net.parameters())


def per(kind: Any, every: int) -> Any:
    return lambda optimizer: kind(optimizer, every)


o = torch.optim
LR = 0.02
STEPS = 4  # 64 examples in batches of 16
WHOLE = STEPS * EPOCHS


@pytest.mark.parametrize(
    ("settings", "theirs"),
    [
        ({"optimizer": "sgd"}, {"make": lambda p: o.SGD(p, LR)}),
        (
            {"optimizer": "sgd", "momentum": 0.9, "weight_decay": 0.1},
            {"make": lambda p: o.SGD(p, LR, momentum=0.9, weight_decay=0.1)},
        ),
        (
            {"optimizer": "sgd", "momentum": 0.9, "nesterov": True},
            {"make": lambda p: o.SGD(p, LR, momentum=0.9, nesterov=True)},
        ),
        ({"optimizer": "adagrad"}, {"make": lambda p: o.Adagrad(p, LR)}),
        ({"optimizer": "rmsprop"}, {"make": lambda p: o.RMSprop(p, LR)}),
        ({"optimizer": "adam"}, {"make": lambda p: o.Adam(p, LR)}),
        (
            {"optimizer": "adamw", "weight_decay": 0.3, "beta1": 0.8},
            {"make": lambda p: o.AdamW(p, LR, weight_decay=0.3, betas=(0.8, 0.999))},
        ),
        ({"optimizer": "sgd", "l2": 0.01}, {"make": lambda p: o.SGD(p, LR), "penalty": squares}),
        ({"optimizer": "adam", "l1": 0.005}, {"make": lambda p: o.Adam(p, LR), "penalty": sizes}),
        ({"optimizer": "sgd", "clip": 0.1}, {"make": lambda p: o.SGD(p, LR), "clip": 0.1}),
        (
            {"schedule": "step", "step_epochs": 2, "gamma": 0.3},
            {
                "make": lambda p: o.Adam(p, LR),
                "schedule": lambda x: o.lr_scheduler.StepLR(x, 2 * STEPS, 0.3),
            },
        ),
        (
            {"schedule": "cosine"},
            {
                "make": lambda p: o.Adam(p, LR),
                "schedule": lambda x: o.lr_scheduler.CosineAnnealingLR(x, WHOLE),
            },
        ),
    ],
    ids=lambda value: " ".join(f"{k}={v}" for k, v in value.items() if not callable(v)),
)
def test_every_setting_trains_as_the_hand_written_loop_does(
    settings: dict[str, Any], theirs: dict[str, Any], tmp_path: Path
) -> None:
    data = blobs()
    recipe = Recipe((Objective("loss", lr=LR, **settings),), batch_size=16, epochs=EPOCHS)
    graph = with_loss(mlp(), data)
    trainer = Trainer(graph, data, recipe, tmp_path)
    trainer.run()
    ours = trainer.training.network.weights()
    written = by_hand(data, 16, **theirs)
    for mine, their in zip(
        ("h.weight", "h.bias", "s.weight", "s.bias"), written.parameters(), strict=True
    ):
        np.testing.assert_allclose(ours[mine], their.detach().numpy(), rtol=2e-5, atol=2e-6)


def test_the_warm_up_rises_in_a_line_and_the_cosine_ends_at_nothing() -> None:
    objective = Objective("l", warmup=4, schedule="cosine")
    factors = [factor_at(objective, step, 5, 4) for step in range(21)]
    np.testing.assert_allclose(factors[:5], [0.2, 0.4, 0.6, 0.8, 1.0])
    assert factors[4:] == sorted(factors[4:], reverse=True)
    assert math.isclose(factors[12], 0.5)
    assert math.isclose(factors[20], 0.0, abs_tol=1e-12)


def test_what_is_left_out_is_frozen_and_the_penalty_is_told_apart(tmp_path: Path) -> None:
    graph, data = with_loss(mlp(), blobs()), blobs()
    recipe = Recipe((Objective("loss", ("s",), lr=0.1, l2=0.5),), batch_size=16, epochs=1)
    trainer = Trainer(graph, data, recipe, tmp_path)
    before = trainer.training.network.weights()
    trainer.run()
    after = trainer.training.network.weights()
    moved = {name for name in before if not np.array_equal(before[name], after[name])}
    assert moved == {"s.weight", "s.bias"}
    (epoch,) = [e for e in read_events(tmp_path / "events.jsonl") if e["event"] == "epoch"]
    expected = 0.5 * sum(float(np.square(after[n], dtype=np.float64).sum()) for n in moved)
    assert math.isclose(epoch["penalties"]["loss"], expected, rel_tol=1e-5)
    held = data.take(data.rows("validation"))
    tensors = {name: torch.tensor(array) for name, array in after.items()}
    hidden = torch.relu(torch.tensor(held["x"]) @ tensors["h.weight"].T + tensors["h.bias"])
    scores = hidden @ tensors["s.weight"].T + tensors["s.bias"]
    expected = float(nn.functional.cross_entropy(scores, torch.tensor(held["y"]).long()))
    assert math.isclose(epoch["metrics"]["loss"], expected, rel_tol=1e-5)


R = np.random.default_rng(1)


def test_two_objectives_take_turns_as_in_a_hand_written_gan(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    data = data_set("plain", x=random.normal(size=(40, 2)) + 3)
    training = Trainer(gallery("gan-2d"), data, out=tmp_path).training
    objectives = training.recipe.objectives
    assert [o.updates for o in objectives] == [("discriminator",), ("generator",)]
    net: Any = graphlab.lower(gallery("gan-2d"))
    net.load_state_dict({n: torch.tensor(w) for n, w in training.network.weights().items()})
    parts = [net.discriminator, net.generator]
    turns = [
        torch.optim.Adam(part.parameters(), o.lr, (o.beta1, o.beta2))
        for part, o in zip(parts, objectives, strict=True)
    ]
    entropy = nn.functional.binary_cross_entropy_with_logits
    with training.at_work():
        for feeds in training.feeds():
            training.step(training.network.tensors(feeds))
            for index, optimizer in enumerate(turns):
                net.zero_grad()
                _, fake, real = net(torch.tensor(feeds["z"]), torch.tensor(feeds["x"]))
                one, zero = torch.ones_like(fake), torch.zeros_like(fake)
                caught = entropy(real, one) + entropy(fake, zero)
                (caught if index == 0 else entropy(fake, one)).backward()
                optimizer.step()
    ours = training.network.weights()
    for name, weight in net.state_dict().items():
        np.testing.assert_allclose(ours[name], weight.numpy(), rtol=1e-4, atol=1e-6)


def test_without_a_judge_the_best_of_several_objectives_is_the_last(tmp_path: Path) -> None:
    """A discriminator's loss is lowest where the generator is worst."""
    data = data_set("plain", x=R.normal(size=(40, 2)) + 3)
    graph = with_loss(gallery("gan-2d"), data)
    assert graph.recipe is not None
    recipe = graph.recipe.with_(epochs=4, batch_size=16)
    trainer = Trainer(graph, data, recipe, out=tmp_path)
    epochs: list[Any] = []
    trainer.listen(lambda event: epochs.append(event) if event.kind == "epoch" else None)
    trainer.run()
    folder = trainer.folder
    assert folder.checkpoint("best").progress.step == folder.checkpoint("last").progress.step == 8
    for epoch in epochs:
        assert set(epoch.losses) == {"discriminator_loss", "generator_loss"} == set(epoch.metrics)


# --- a loss for graphs without one ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("graph", "data", "op", "answers"),
    [
        (
            "lenet-5",
            data_set("classes", 10, x=R.random((20, 1, 28, 28)), y=R.integers(0, 10, 20)),
            "cross_entropy",
            {"y": "fc3_affine"},
        ),
        (
            "softmax",
            data_set("classes", 10, x=R.random((20, 1, 28, 28)), y=R.integers(0, 10, 20)),
            "cross_entropy",
            {"y": "fc_affine"},
        ),
        (
            "logistic",
            data_set("classes", 2, x=R.random((20, 2)), y=R.integers(0, 2, 20)),
            "binary_cross_entropy_with_logits",
            {"y": "neuron_add"},
        ),
        (
            "perceptron",
            data_set("classes", 2, x=R.random((20, 2)), y=R.integers(0, 2, 20)),
            "perceptron_loss",
            {"y": "neuron_add"},
        ),
        (
            "autoencoder",
            data_set("classes", 10, x=R.random((20, 784)), y=R.integers(0, 9, 20)),
            "squared_error",
            {"x": "decoder_fc3_sigmoid"},
        ),
        (
            "density-counter",
            data_set(
                "points",
                x=R.random((20, 1, 16, 16)),
                density=R.random((20, 1, 16, 16)),
                count=R.random(20),
            ),
            "multiply",
            {"density": "head_density_softplus"},
        ),
        (
            "localiser",
            data_set(
                "boxes",
                2,
                x=R.random((20, 1, 32, 32)),
                boxes=R.random((20, 1, 4)),
                y=R.random((20, 4)),
                box_classes=R.integers(0, 2, (20, 1)),
            ),
            "add",
            {"box_classes": "head_scores_affine", "y": "head_box_sigmoid"},
        ),
        (
            "conv-3d",
            data_set("classes", 2, x=R.random((10, 1, 16, 32, 32)), y=R.integers(0, 2, 10)),
            "cross_entropy",
            {"y": "fc_affine"},
        ),
        (
            "u-net",
            data_set(
                "masks", x=R.random((9, 1, 188, 188)), mask=R.integers(0, 2, (9, 1, 188, 188))
            ),
            "cross_entropy",
            {"mask": "last_conv2d"},
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_graph_gets_the_loss_that_goes_with_its_data(
    graph: str, data: DataSet, op: str, answers: dict[str, str]
) -> None:
    made = with_loss(gallery(graph), data)
    assert made.recipe is not None
    (objective,) = made.recipe.objectives
    assert made.nodes[objective.loss].op.name == op
    assert {a.field: str(a.prediction) for a in wire(made, data).answers} == answers
    assert with_loss(made, data) == made


def test_a_drawn_loss_is_kept_and_several_are_asked_about() -> None:
    data = data_set("regression", x=R.random((20, 1)), y=R.random((20, 1)))
    made = with_loss(read_source("l = squared_error(linear_layer(x, features=1), t)"), data)
    assert made.recipe is not None
    assert [o.loss for o in made.recipe.objectives] == ["l"]
    assert wire(made, data).fields == {"x": "x", "t": "y"}
    two = "p = linear_layer(x, features=1)\na = squared_error(p, t)\nb = absolute_error(p, t)"
    with pytest.raises(GraphError, match="2 losses, a, b: add them up"):
        with_loss(read_source(two), data)


@pytest.mark.parametrize(
    ("graph", "data", "found"),
    [
        (gallery("mlp-3-4-2"), pictures(), "x takes .×3, and x of toy has 1×8×8 an example"),
        (mlp(), pictures(), "no output of the graph answers toy"),
        (read_source("s = linear_layer(x + q, features=2)"), blobs(), "nothing in toy feeds q"),
    ],
)
def test_what_does_not_fit_is_told(graph: Any, data: DataSet, found: str) -> None:
    with pytest.raises(GraphError, match=found):
        with_loss(graph, data)


def test_events_are_strict_json_and_tell_how_it_goes(tmp_path: Path) -> None:
    data = open_data("spiral:examples=200")
    drawn = "s = linear_layer(linear_layer(x, features=8, activation='relu'), features=2)"
    graph = with_loss(read_source(drawn), data)
    assert graph.recipe is not None
    recipe = graph.recipe.with_(epochs=3)
    trainer = Trainer(graph, data, recipe, tmp_path, watch_every=2, read_every=5)
    trainer.run()
    events = list(read_events(tmp_path / "events.jsonl"))
    kinds = [event["event"] for event in events]
    assert kinds[0] == "started"
    assert kinds[-1] == "stopped"
    losses = [x for e in events if e["event"] == "steps" for x in e["losses"]["loss"]]
    assert len(losses) == trainer.training.progress.step == 3 * len(trainer.training.batches)
    health = [e for e in events if e["event"] == "health"]
    assert {tuple(sorted(e["gradients"])) for e in health} == {
        tuple(sorted(trainer.training.network.parameters()))
    }
    units = next(e for e in events if e["event"] == "units")
    assert list(units["of"].values()) == [8]
    for line in (tmp_path / "events.jsonl").read_text().splitlines():
        json.loads(line, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))
