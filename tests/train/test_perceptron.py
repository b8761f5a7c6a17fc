"""The perceptron rule: Rosenblatt's own steps, rest where there is a line, a proof where none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graphlab.api import read_source
from graphlab.data import Batches, DataSet, open_data
from graphlab.errors import GraphError
from graphlab.graph.gallery import gallery
from graphlab.graph.objectives import set_recipe
from graphlab.train.losses import with_loss
from graphlab.train.separating import nearest
from graphlab.train.trainer import Trainer
from tests.train.sets import blobs, data_set, mlp

ROUND = "(0.5, 0.5) lies between (0, 0) and (1, 1) of class false and between (0, 1) and (1, 0)"


def ruled(source: Any, data: DataSet, out: Path, **settings: Any) -> tuple[Trainer, str]:
    """A trained perceptron, and what it says at the end."""
    graph = with_loss(read_source(source) if isinstance(source, str) else source, data)
    assert graph.recipe is not None
    trainer = Trainer(graph, data, graph.recipe.with_(**settings), out)
    told: list[str] = []
    trainer.listen(lambda event: told.append(getattr(event, "message", "")))
    assert trainer.run() == "done"
    return trainer, told[-1]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_it_takes_rosenblatts_steps(seed: int, tmp_path: Path) -> None:
    data = open_data("clouds:examples=40,noise=1.5", seed=seed)
    graph = with_loss(gallery("perceptron"), data)
    assert graph.recipe is not None
    trainer = Trainer(graph, data, graph.recipe.with_(epochs=4, lr=0.5), tmp_path, seed)
    weights = list(trainer.training.network.parameters().values())
    w, b = (next(x for x in weights if x.numel() == n).detach().numpy().ravel() for n in (2, 1))
    w, b = w.copy(), b.copy()
    trainer.run()
    for epoch in range(trainer.training.progress.epoch):
        for batch in Batches(data, "train", 1, seed).epoch(epoch):
            x, side = batch["x"][0], 2 * batch["y"][0] - 1
            if side * (w @ x + b[0]) <= 0:
                w, b = w + np.float32(0.5) * side * x, b + np.float32(0.5) * side
    for ours, theirs in ((2, w), (1, b)):
        found = next(x for x in weights if x.numel() == ours).detach().numpy().ravel()
        np.testing.assert_allclose(found, theirs, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ["and", "or"])
def test_it_comes_to_rest_where_there_is_a_line_and_stays_there(name: str, tmp_path: Path) -> None:
    trainer, told = ruled(gallery("perceptron"), open_data(name), tmp_path)
    steps = trainer.training.progress.step
    assert steps < 4 * 50
    assert f"come to rest after {steps} steps: all 4 training examples" in told
    again = Trainer(trainer.training.graph, open_data(name), out=tmp_path)
    assert again.resume()
    assert again.run() == "done"
    assert again.training.progress.step == steps


def test_it_says_why_there_is_none_for_exclusive_or(tmp_path: Path) -> None:
    trainer, told = ruled(gallery("perceptron"), open_data("xor-gate"), tmp_path)
    assert trainer.training.progress.step == 4 * 50
    assert "not linearly separable" in told
    assert ROUND in told


def test_it_tells_apart_what_it_cannot_do_and_has_not_done_yet(tmp_path: Path) -> None:
    """A margin of 0.01 takes the rule longer than one epoch."""
    x = np.array([[1, 0.01], [1, -0.01], [-1, 0.01], [-1, -0.01]] * 3)
    data = data_set("classes", 2, x=x, y=x[:, 1] > 0)
    _, told = ruled(gallery("perceptron"), data, tmp_path, epochs=1)
    assert "weights exist that have all right, with a margin of 0.01" in told
    most = int(told.partition("at most ")[2].partition(" ")[0].replace(",", ""))
    assert most == pytest.approx((2 + 0.01**2) / 0.01**2, rel=1e-3)
    data = data_set("classes", 2, x=np.ones((12, 2)), y=np.arange(12) % 2)
    _, told = ruled(gallery("perceptron"), data, tmp_path / "same", epochs=1)
    assert "(1, 1) lies at" in told


def test_hidden_layers_have_no_such_promise_and_other_losses_no_such_rule(tmp_path: Path) -> None:
    source = "s = sign(linear_layer(linear_layer(x, features=3, activation='relu'), features=1))"
    _, told = ruled(source, open_data("xor-gate"), tmp_path, epochs=1)
    assert "is not known" in told or "come to rest" in told
    graph = with_loss(mlp(), blobs())
    assert graph.recipe is not None
    with pytest.raises(GraphError, match="loss is cross_entropy: draw a perceptron_loss"):
        set_recipe(graph, graph.recipe.with_(optimizer="perceptron"))


@pytest.mark.parametrize("seed", range(60))
def test_the_nearest_point_of_a_hull_is_a_proof_either_way(seed: int) -> None:
    """Weights with all vectors on their side, or shares that add the vectors up to 0."""
    random = np.random.default_rng(seed)
    count, features = random.integers(2, 40), random.integers(1, 6)
    x = random.normal(size=(count, features))
    x = x.round() if seed % 3 == 0 else x
    side = np.where(random.random(count) < 0.5, -1.0, 1.0)
    side = side if seed % 2 else np.where(x @ random.normal(size=features) > 0.1, 1.0, -1.0)
    z = side[:, None] * np.column_stack([x, np.ones(count)])
    found = nearest(z)
    assert found is not None
    assert found.shares.min() >= 0
    assert found.shares.sum() == pytest.approx(1)
    if found.is_origin:
        np.testing.assert_allclose(found.shares @ z, 0, atol=1e-4)
    else:
        assert (z @ found.point).min() >= found.margin**2 * (1 - 1e-6)
