"""Small data sets and graphs that the tests of training share."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphlab.api import read_source
from graphlab.data import DataSet
from graphlab.graph import Graph

HELD_BACK = 8


def data_set(task: Any, classes: int = 0, **fields: Any) -> DataSet:
    """Columns as a data set whose last rows are for validation."""
    columns = {name: np.asarray(values, np.float32) for name, values in fields.items()}
    rows = np.arange(len(columns["x"]))
    splits = {"train": rows[:-HELD_BACK], "validation": rows[-HELD_BACK:], "test": rows[:0]}
    return DataSet("toy", "Toy", task, columns, splits, tuple(f"c{i}" for i in range(classes)))


def blobs(count: int = 72, seed: int = 0) -> DataSet:
    """Three clouds in the plane, by class."""
    random = np.random.default_rng(seed)
    y = np.arange(count) % 3
    angle = y * 2 * np.pi / 3
    x = np.stack([np.cos(angle), np.sin(angle)], 1) * 2 + random.normal(size=(count, 2))
    return data_set("classes", 3, x=x, y=y)


def pictures(count: int = 40, seed: int = 0) -> DataSet:
    """Noise with a bright corner, by class."""
    random = np.random.default_rng(seed)
    y = np.arange(count) % 2
    x = random.random((count, 1, 8, 8))
    x[:, 0, :3, :3] += y[:, None, None]
    return data_set("classes", 2, x=x, y=y)


def mlp(extra: str = "") -> Graph:
    """Two layers, with whatever stands between them."""
    return read_source(
        f"h = linear_layer(x, features=16, activation='relu')\n{extra}"
        f"s = linear_layer({'d' if extra else 'h'}, features=3)"
    )


def cnn() -> Graph:
    """A convolution, batch normalisation, dropout of both kinds, and a linear layer."""
    return read_source(
        "c = conv_norm_activation(x, filters=4)\n"
        "k = dropout_channels(c, p=0.25)\n"
        "p = max_pool2d(k, kernel_size=2)\n"
        "f = flatten(p)\n"
        "d = dropout(f, p=0.5)\n"
        "s = linear_layer(d, features=2)"
    )
