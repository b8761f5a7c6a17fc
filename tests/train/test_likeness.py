"""What a generator's samples and a reconstruction are worth, against counting by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from graphlab.data import open_data
from graphlab.graph.gallery import gallery
from graphlab.train.evaluating import evaluate
from graphlab.train.likeness import generated, modes_of
from graphlab.train.metrics import Reconstruction
from graphlab.train.training import Training
from tests.train.sets import data_set


@pytest.mark.parametrize("name", ["eight-gaussians", "grid"])
def test_the_data_itself_covers_all_modes_and_a_collapsed_generator_one(name: str) -> None:
    data = open_data(name)
    held = data.take(data.rows("test"), ("x", "mode"))
    real = modes_of(data)
    assert real is not None
    for part in np.array_split(held["x"], 3):
        real.add(torch.tensor(part))
    found = real.result()
    assert found["modes"] == len(np.unique(held["mode"]))
    inside = 1 - np.exp(-(3**2) / 2)  # of a round normal cloud within 3 deviations
    assert found["good"] == pytest.approx(inside, abs=0.02)
    assert 0.8 < found["overlap"] <= found["good"] + 1e-6
    one = modes_of(data)
    assert one is not None
    one.add(torch.tensor(held["x"][held["mode"] == 3]))
    told = one.result()
    assert told["modes"] == 1
    assert told["overlap"] == pytest.approx(1 / (held["mode"].max() + 1), abs=0.02)
    far = modes_of(data)
    assert far is not None
    far.add(torch.full((9, 2), 50.0))
    assert far.result() == {"modes": 0, "good": 0.0, "overlap": 0.0}


def test_what_the_generator_makes_is_told_from_what_it_is_given(tmp_path: Path) -> None:
    data = open_data("eight-gaussians:examples=200")
    training = Training(gallery("gan-2d"), data)
    assert generated(training.graph, training.wiring, data) == (
        "z",
        training.graph.port(gallery("gan-2d").outputs[0]),
    )
    assert evaluate(training.network, data, "validation").keys() >= {"modes", "good", "overlap"}
    plain = data_set("plain", x=np.random.default_rng(0).normal(size=(40, 2)))
    training = Training(gallery("gan-2d"), plain)
    assert "modes" not in evaluate(training.network, plain, "validation")


def test_r2_of_reconstructions_is_that_of_all_features_weighed_by_variance() -> None:
    random = np.random.default_rng(0)
    given = random.normal(size=(50, 3, 4)) * np.arange(1, 5) + 100
    made = given + random.normal(size=given.shape)
    metrics, constant = Reconstruction(), Reconstruction()
    for rows in np.array_split(np.arange(50), 7):
        aims = torch.tensor(given[rows])
        metrics.add(torch.tensor(made[rows]), aims)
        constant.add(torch.tensor(given.mean(0)).expand_as(aims), aims)
    spread = np.square(given - given.mean(0)).sum()
    expected = 1 - np.square(made - given).sum() / spread
    assert metrics.result()["r2"] == pytest.approx(expected, rel=1e-9)
    assert metrics.result()["mae"] == pytest.approx(np.abs(made - given).mean(), rel=1e-9)
    assert constant.result()["r2"] == pytest.approx(0, abs=1e-9)
