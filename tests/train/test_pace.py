"""Batches and epochs where nobody gave any."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from graphlab.api import read_source
from graphlab.data import open_data
from graphlab.data.drawn import keep_points
from graphlab.train.losses import with_loss
from graphlab.train.pace import UPDATES, pace
from graphlab.train.trainer import Trainer
from tests.train.sets import HELD_BACK, data_set

MLP = "s = softmax(linear_layer(relu(linear_layer(x, features=8)), features=2))"


@pytest.mark.parametrize("count", [1, 8, 44, 127, 128, 200, 511, 512, 70_000])
@pytest.mark.parametrize("example", [(2,), (1, 8, 8)], ids=["points", "images"])
def test_few_examples_get_small_batches_and_points_many_steps(
    count: int, example: tuple[int, ...]
) -> None:
    data = data_set("plain", x=np.broadcast_to(np.float32(0), (count + HELD_BACK, *example)))
    rows = len(data.rows("train"))
    made = pace(data)
    size, epochs = made["batch_size"], made["epochs"]
    assert 8 <= size <= 64
    assert size.bit_count() == 1
    assert size == 8 or 8 * size <= rows
    assert size == 64 or 16 * size > rows
    steps = -(-rows // size)
    if len(example) > 1 or steps * 3 >= UPDATES:
        assert epochs == 3
    else:
        assert UPDATES <= epochs * steps < UPDATES + steps


def test_points_drawn_by_hand_are_learned_as_they_are(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    y = np.repeat([0, 1], 22)
    keep_points(tmp_path / "p.npz", random.normal(size=(44, 2)) * 0.25 + (2 * y - 1)[:, None], y)
    data = open_data(str(tmp_path / "p.npz"))
    training = Trainer(with_loss(read_source(MLP), data), data, out=tmp_path / "run")
    training.run()
    weights = training.training.network.weights()
    x = data.take(np.arange(44))
    first, second = ((n[: -len(".weight")]) for n in weights if n.endswith("weight"))
    hidden = np.maximum(x["x"] @ weights[f"{first}.weight"].T + weights[f"{first}.bias"], 0)
    scores = hidden @ weights[f"{second}.weight"].T + weights[f"{second}.bias"]
    assert np.array_equal(scores.argmax(1), x["y"])
