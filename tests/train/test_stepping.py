"""Back to the step view: the batch, weights and masks of training, with the gradients of torch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from graphlab.api import read_source
from graphlab.data import DataSet
from graphlab.graph import Graph
from graphlab.graph.gallery import gallery
from graphlab.graph.objectives import set_recipe
from graphlab.graph.recipe import Objective, Recipe
from graphlab.train.events import read_events
from graphlab.train.losses import with_loss
from graphlab.train.stepping import batch_run, step_into
from graphlab.train.trainer import Trainer
from graphlab.train.training import Training
from graphlab.train.turns import Turn
from tests.train.sets import blobs, cnn, data_set, mlp, pictures

R = np.random.default_rng(0)


def torchs_gradients(training: Training) -> list[dict[str, Any]]:
    """By turn and node, what the optimizers really get in the next step, which is taken."""
    owners = {told: name for name, told in training.network.names.items()}
    found: list[dict[str, Any]] = []

    def note(turn: Turn) -> None:
        grads = ((owners[n], w.grad) for n, w in turn.named.items())
        found.append({node: grad.numpy().copy() for node, grad in grads if grad is not None})

    for turn in training.turns:
        turn.optimizer.register_step_pre_hook(lambda *_, turn=turn: note(turn))
    feeds = training.next_feeds()
    with training.at_work():
        training.step(training.network.tensors(feeds))
    return found


@pytest.mark.parametrize(
    ("graph", "data", "settings"),
    [
        (mlp(), blobs(), {}),
        (mlp(), blobs(), {"l1": 0.01, "l2": 0.1}),
        (mlp("d = dropout(h, p=0.4)\n"), blobs(), {"updates": ("s",)}),
        (cnn(), pictures(), {}),
        (
            gallery("lenet-5"),
            data_set("classes", 10, x=R.random((20, 1, 28, 28)), y=np.arange(20) % 10),
            {},
        ),
        (
            gallery("density-counter"),
            data_set("points", x=R.random((12, 1, 16, 16)), density=R.random((12, 1, 16, 16))),
            {},
        ),
    ],
    ids=["mlp", "penalty", "dropout", "batch norm", "lenet", "density"],
)
@pytest.mark.parametrize(("precision", "tolerance"), [("float32", 1e-5), ("float64", 1e-9)])
def test_gradients_are_those_torch_uses(
    graph: Graph,
    data: DataSet,
    settings: dict[str, Any],
    precision: Any,
    tolerance: float,
    tmp_path: Path,
) -> None:
    graph = with_loss(graph, data)
    assert graph.recipe is not None
    recipe = Recipe((Objective(graph.recipe.objectives[0].loss, **settings),), batch_size=4)
    trainer = Trainer(graph, data, recipe, tmp_path, seed=3, precision=precision)
    trainer.run(lambda: trainer.training.progress.step == 3)
    before = trainer.training.network.weights()
    stepped = [batch_run(trainer.training), step_into(tmp_path, data)]
    (theirs,) = torchs_gradients(trainer.training)
    assert theirs
    for run in stepped:
        run.forward().backward()
        for name, gradient in theirs.items():
            scale = np.abs(gradient).max() + 1e-3
            assert np.abs(run.grad(name) - gradient).max() <= tolerance * scale, name
    for name in ("h.weight", "c.conv.weight"):
        if name in before:
            node = {told: n for n, told in trainer.training.network.names.items()}[name]
            np.testing.assert_array_equal(run.value(node), before[name])


SHARED = """x = input(None, 2)
target = target(None)
with group("trunk"):
    w = parameter(2, 8)
    h = dropout(relu(norm_layer(x @ w)), p=0.3)
with group("first"):
    w1 = parameter(8, 3)
with group("second"):
    w2 = parameter(8, 3)
loss1 = cross_entropy(h @ w1, target)
loss2 = cross_entropy(dropout(h, p=0.5) @ w2, target)
outputs(loss1, loss2)"""


def taking_turns(*updates: tuple[str, ...]) -> Graph:
    """Two losses on one trunk, the first with a penalty."""
    first = Objective("loss1", updates[0], optimizer="sgd", lr=0.5, l2=0.1)
    recipe = Recipe((first, Objective("loss2", updates[1], lr=0.1)), batch_size=8)
    return set_recipe(read_source(SHARED), recipe)


@pytest.mark.parametrize(
    ("graph", "data"),
    [
        (gallery("gan-2d"), data_set("plain", x=R.normal(size=(40, 2)))),
        (taking_turns(("trunk", "first"), ("second",)), blobs()),
        (taking_turns(("trunk", "first"), ("trunk", "second")), blobs()),
        (taking_turns(("first",), ("w",)), blobs()),
        (taking_turns((), ()), blobs()),
    ],
    ids=["gan", "a head each", "one trunk", "inside a frozen group", "all"],
)
def test_each_turn_shows_the_gradients_torch_takes_in_it_and_no_others(
    graph: Graph, data: DataSet, tmp_path: Path
) -> None:
    trainer = Trainer(graph, data, out=tmp_path, precision="float64")
    trainer.run(lambda: trainer.training.progress.step == 2)
    training = trainer.training
    objectives = training.recipe.objectives
    runs = [batch_run(training, index) for index in range(len(objectives))]
    runs += [step_into(tmp_path, data, index) for index in range(len(objectives))]
    for run, objective, theirs in zip(
        runs, objectives * 2, torchs_gradients(training) * 2, strict=True
    ):
        run.forward().backward()
        assert str(run.start).startswith(objective.loss)
        assert run.with_gradient().intersection(training.graph.parameters) == theirs.keys()
        for node, gradient in theirs.items():
            np.testing.assert_allclose(run.grad(node), gradient, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("graph", "data"),
    [(cnn(), pictures()), (taking_turns(("trunk", "first"), ("trunk", "second")), blobs())],
    ids=["batch norm", "two turns"],
)
def test_stepping_in_changes_nothing(graph: Graph, data: DataSet, tmp_path: Path) -> None:
    weights = []
    for looks in (False, True):
        trainer = Trainer(graph, data, out=tmp_path / str(looks), seed=1)
        trainer.run(lambda: True)
        if looks:
            torch.manual_seed(5)
            for index in range(len(trainer.training.turns)):
                batch_run(trainer.training, index).forward().backward()
            drawn = torch.rand(3)
            torch.manual_seed(5)
            assert torch.equal(drawn, torch.rand(3))  # torch's own chance is no other either
        trainer.run()
        weights.append(trainer.training.network.weights())
    for name, array in weights[0].items():
        np.testing.assert_array_equal(array, weights[1][name])


# --- when the loss is no number any more ----------------------------------------------------------
def bad_row(data: DataSet, row: int, value: float) -> DataSet:
    data.fields["x"][row] = value  # type: ignore[index]
    return data


@pytest.mark.parametrize(
    ("text", "data", "lr", "node", "what"),
    [
        (
            "l = log(x + 20)\ns = linear_layer(l, features=3)",
            bad_row(blobs(), 17, -50.0),
            1e-3,
            "l",
            "value",
        ),
        (
            "h = linear_layer(0 * x, features=4)\ns = linear_layer(sqrt(h * h), features=3)",
            blobs(),
            1e-3,
            "",
            "gradient",
        ),
        (
            "h = linear_layer(x, features=8)\ns = linear_layer(h * h * h, features=3)",
            blobs(),
            1e4,
            "",
            "size",
        ),
        (
            "h = linear_layer(x, features=8)\ns = linear_layer(exp(h), features=3)",
            blobs(),
            1e6,
            "",
            "",
        ),
    ],
    ids=["log of a negative number", "root at 0", "explosion", "overflow"],
)
def test_the_first_bad_node_is_named_and_its_batch_kept(
    text: str, data: DataSet, lr: float, node: str, what: str, tmp_path: Path
) -> None:
    graph = with_loss(read_source(text), data)
    objective = Objective("loss", optimizer="sgd", lr=lr)
    trainer = Trainer(graph, data, Recipe((objective,), batch_size=8, epochs=9), tmp_path)
    assert trainer.run() == "diverged"
    *_, last = read_events(tmp_path / "events.jsonl")
    assert last["why"] == "diverged"
    assert last["node"].startswith(node)
    assert what in last["message"]
    run = step_into(tmp_path, data)
    fed = run.feeds["x"]
    assert any(np.array_equal(fed[0], row) for row in np.asarray(data.fields["x"]))
    if node:
        assert (fed == -50).any()
        run.forward()
        order = [name for name in run.graph.nodes if name in run.with_value()]
        bad = [name for name in order if not np.isfinite(run.value(name)).all()]
        assert bad[0] == last["node"]
        assert last["step"] <= 9  # in the first epoch, which has eight steps
    assert all(np.isfinite(w).all() for w in trainer.training.network.weights().values())
    newest = trainer.checkpoints.newest()
    assert newest is not None
    assert all(np.isfinite(w).all() for w in newest.weights.values())
