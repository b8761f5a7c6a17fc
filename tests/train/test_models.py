"""The networks of the gallery learn what they are meant for, each by one plain command."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graphlab.cli.app import main
from graphlab.cli.desktop import Desktop
from graphlab.data import open_data
from graphlab.graph.gallery import EXHIBITS, gallery
from graphlab.train.losses import with_loss

Learn = Callable[..., dict[str, Any]]


@pytest.fixture
def learn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Learn:
    """Train by the command and return what evaluate tells of examples held back."""

    def run(*arguments: str) -> None:
        assert main([*arguments], Desktop(lambda path: 0, lambda *picture: None)) == 0

    def learned(name: str, spec: str, *more: str) -> dict[str, Any]:
        out = str(tmp_path / "run")
        run("train", f"gallery:{name}", "--data", spec, "--out", out, *more)
        capsys.readouterr()
        run("evaluate", out, "--json")
        told = json.loads(capsys.readouterr().out)
        assert told["split"] == "test"
        metrics: dict[str, Any] = told["metrics"]
        return metrics

    return learned


@pytest.mark.parametrize(
    ("name", "spec", "least"),
    [
        ("mlp-2d", "clouds:noise=0.4,examples=1000", {"accuracy": 0.99}),
        ("mlp-2d", "circles:examples=1000", {"accuracy": 0.99}),
        ("mlp-2d", "xor:examples=1000", {"accuracy": 0.99}),
        ("mlp-2d", "moons:examples=1000", {"accuracy": 0.99}),
        ("mlp-2d", "spiral:examples=1000", {"accuracy": 0.97}),
        ("logistic", "clouds:noise=0.4,examples=1000", {"accuracy": 0.99}),
        ("lenet-5", "mnist", {"accuracy": 0.95}),
        ("conv-2d", "fashion-mnist", {"accuracy": 0.85}),
        ("conv-1d", "signals", {"accuracy": 0.98}),
        ("conv-3d", "volumes", {"accuracy": 0.9}),
        ("localiser", "boxes", {"box_iou": 0.7, "accuracy": 0.95}),
        ("gan-2d", "eight-gaussians", {"modes": 8, "good": 0.7, "overlap": 0.65}),
    ],
)
@pytest.mark.slow
def test_it_learns(name: str, spec: str, least: dict[str, float], learn: Learn) -> None:
    found = learn(name, spec)
    assert {key: found[key] for key in least if found[key] < least[key]} == {}


@pytest.mark.slow
def test_an_autoencoder_keeps_more_than_as_many_principal_components(learn: Learn) -> None:
    found = learn("autoencoder", "fashion-mnist")
    data = open_data("fashion-mnist")
    known, held = (
        data.take(data.rows(split), ("x",))["x"].reshape(-1, 784).astype(np.float64)
        for split in ("train", "test")
    )
    mean = known.mean(0)
    axes = np.linalg.svd(known - mean, full_matrices=False)[2][:32]
    projected = mean + (held - mean) @ axes.T @ axes
    assert found["loss"] < np.square(held - projected).mean() < np.square(held - mean).mean() / 4
    spread = np.square(held - held.mean(0)).mean()
    assert found["r2"] == pytest.approx(1 - found["loss"] / spread, rel=1e-4)


@pytest.mark.parametrize(
    "name", [name for name, e in EXHIBITS.items() if e.training and ":" not in e.data]
)
def test_a_recipe_of_the_gallery_fits_its_network_and_data(name: str) -> None:
    exhibit = EXHIBITS[name]
    if exhibit.data == "bbbc039":
        pytest.skip("fetched over the network")
    recipe = with_loss(gallery(name), open_data(exhibit.data)).recipe
    assert recipe is not None
    for key, value in exhibit.training.items():
        places = [recipe] if key in ("epochs", "batch_size", "augment") else recipe.objectives
        assert {getattr(place, key) for place in places} == {value}


def test_points_are_learned_in_a_few_epochs(learn: Learn) -> None:
    assert learn("mlp-2d", "clouds:noise=0.4", "--epochs", "20")["accuracy"] >= 0.95
