"""Trainings that one process and several must end alike; torchrun starts this file as well."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from graphlab.api import read_source
from graphlab.data import DataSet
from graphlab.graph import Graph
from graphlab.graph.recipe import Objective, Recipe
from graphlab.train.losses import with_loss
from graphlab.train.many.ranks import here, joined
from graphlab.train.trainer import Trainer
from tests.train.sets import blobs, cnn, data_set, mlp, pictures


class Case(NamedTuple):
    """A graph and how it is trained on what."""

    graph: Callable[[], Graph]
    data: Callable[[], DataSet]
    recipe: Recipe | None
    is_sharded: bool = False


def _recipe(**settings: Any) -> Recipe:
    return Recipe((Objective("loss", **settings),), batch_size=8, epochs=2)


def _across() -> Graph:
    """Each example is compared with the mean of all and with those before it."""
    return read_source(
        "h = linear_layer(x, features=8)\n"
        "c = cumsum((h - mean(h, axis=0)) / 4, axis=0)\n"
        "s = linear_layer(tanh(c) * h, features=3)\n"
    )


def _weighed() -> Graph:
    """A mean over examples that count differently, and a sum beside it."""
    return read_source(
        "aim = target(shape=(None,))\n"
        "s = linear_layer(x, features=3)\n"
        "w = constant(value=[0.2, 1, 3])\n"
        "loss = cross_entropy(s, aim, w) + 0.01 * sum(s * s)"
    )


def _wide() -> Graph:
    return mlp("d = linear_layer(linear_layer(h, features=1100, activation='relu'), features=20)\n")


def _points() -> DataSet:
    return data_set("plain", x=np.random.default_rng(0).normal(size=(45, 2)) + 3)


HEAVY: dict[str, Any] = {
    "optimizer": "sgd",
    "lr": 0.05,
    "momentum": 0.9,
    "l1": 1e-3,
    "l2": 1e-3,
    "clip": 0.5,
}

CASES = {
    # 35 rows in batches of 8: the last has 3, of which the processes have 1 and 2.
    "images": Case(cnn, lambda: pictures(43), _recipe(**HEAVY)),
    # 65 rows in batches of 8: the last has 1, and a process nothing.
    "lonely": Case(mlp, lambda: blobs(73), _recipe(optimizer="adamw", lr=0.01)),
    "across": Case(_across, lambda: blobs(60), _recipe(optimizer="sgd", lr=0.1)),
    "weighed": Case(_weighed, lambda: blobs(61), _recipe(optimizer="sgd", lr=0.02)),
    "gan": Case(lambda: read_source("gallery:gan-2d"), _points, None),
    "sharded": Case(_wide, lambda: blobs(60), _recipe(**HEAVY), is_sharded=True),
}


def trainer(name: str, out: Path) -> Trainer:
    """The training of a case, for one process or as many as there are."""
    case = CASES[name]
    data = case.data()
    graph = with_loss(case.graph(), data)
    return Trainer(graph, data, case.recipe, out, read_every=3, watch_every=4, keep=1)


if __name__ == "__main__":
    torch.set_num_threads(1)
    with joined("cpu"):
        for name in CASES:
            here().is_sharded = CASES[name].is_sharded
            assert trainer(name, Path(sys.argv[1]) / name).run() == "done"
