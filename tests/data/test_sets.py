"""Every generated and shipped set, judged by closed forms and by counting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from graphlab.data import GENERATED, SHIPPED, DataSet, as_data_set, from_points, open_data
from graphlab.data.components import centroids, components
from graphlab.errors import DataError

NAMES = (*GENERATED, *SHIPPED)


def everything(data: DataSet) -> dict[str, Any]:
    return data.take(np.arange(len(data)))


@pytest.mark.parametrize("name", NAMES)
def test_a_set_is_what_its_row_says(name: str) -> None:
    row, data = (GENERATED.get(name) or SHIPPED[name]), open_data(name)
    assert data.fields["x"].shape == (row.examples, *row.shape)
    assert (data.task, data.classes) == (row.task, row.classes)
    for values in everything(data).values():
        assert values.dtype == np.float32
        assert len(values) == len(data)
        assert np.isfinite(values).all()
    if len(row.shape) > 2:
        x = everything(data)["x"]
        assert 0 <= x.min() < x.max() <= 1
    assert data.licence
    assert data.source
    assert (data.target in data.fields) or data.task == "plain"
    assert data.left_out == ()


@pytest.mark.parametrize("name", NAMES)
def test_splits_are_disjoint_complete_balanced_and_follow_the_seed(name: str) -> None:
    data, same, other = (open_data(name, seed=seed) for seed in (3, 3, 4))
    rows = np.concatenate(list(data.splits.values()))
    assert np.array_equal(np.sort(rows), np.arange(len(data)))
    for key, values in everything(data).items():
        assert values.tobytes() == everything(same)[key].tobytes()
    for split, chosen in data.splits.items():
        assert np.array_equal(chosen, same.rows(split))
    if name in GENERATED and GENERATED[name].noise:
        assert not np.array_equal(everything(data)["x"], everything(other)["x"])
    if len(data) > 4:
        assert not np.array_equal(data.rows("train"), other.rows("train"))
    if data.task == "classes":
        y = everything(data)["y"].astype(int)
        pool = np.concatenate([data.rows("train"), data.rows("validation")])
        for split in ("train", "validation"):
            expected = np.bincount(y[pool]) * (len(data.rows(split)) / len(pool))
            counts = np.bincount(y[data.rows(split)], minlength=len(expected))
            assert np.abs(counts - expected).max() <= 2


@pytest.mark.parametrize("name", GENERATED)
def test_a_generator_takes_size_and_noise(name: str) -> None:
    quiet, loud = (open_data(f"{name}:examples=37,noise={level}") for level in (0, 0.5))
    assert len(quiet) == len(loud) == 37
    if quiet.task == "classes":
        assert np.array_equal(everything(quiet)["y"], everything(loud)["y"])
    noisy = "y" if quiet.task == "regression" else "x"
    assert not np.array_equal(everything(quiet)[noisy], everything(loud)[noisy])
    with pytest.raises(DataError, match="at least 1"):
        open_data(f"{name}:examples=0")
    with pytest.raises(DataError, match="ask for fewer"):
        open_data(f"{name}:examples={10**12}")
    with pytest.raises(DataError, match="0 or more"):
        open_data(f"{name}:noise=-1")


TRUTHS: dict[str, Callable[[Any, Any], Any]] = {
    "line": lambda x, y: np.allclose(y, 2 * x - 1, atol=1e-6),
    "clouds": lambda x, y: np.array_equal(x.sum(1) > 0, y == 1),
    "circles": lambda x, y: np.array_equal(np.hypot(*x.T) > 0.6, y == 1),
    "xor": lambda x, y: np.array_equal(x[:, 0] * x[:, 1] > 0, y == 1),
    "moons": lambda x, y: np.allclose(np.hypot(x[:, 0] - y, x[:, 1] - y / 2), 1, atol=1e-5),
    "plane": lambda x, y: np.allclose(y[:, 0], x.sum(1) / 10, atol=1e-6),
    "and": lambda x, y: np.array_equal(y, x[:, 0] * x[:, 1]),
    "or": lambda x, y: np.array_equal(y, np.maximum(*x.T)),
    "xor-gate": lambda x, y: np.array_equal(y, np.not_equal(*x.T)),
    "spiral": lambda x, y: np.allclose(
        np.exp(1j * (3.5 * np.pi * np.hypot(*x.T) + np.pi * y)) * np.hypot(*x.T),
        x[:, 1] + 1j * x[:, 0],
        atol=1e-5,
    ),
}


@pytest.mark.parametrize("name", TRUTHS)
def test_without_noise_the_target_follows_from_the_point(name: str) -> None:
    level = 0.1 if name == "clouds" else 0
    fields = everything(open_data(f"{name}:examples=400,noise={level}"))
    assert TRUTHS[name](fields["x"], fields["y"])


def test_distributions_have_their_modes() -> None:
    for name, modes in (("eight-gaussians", 8), ("grid", 25)):
        fields = everything(open_data(f"{name}:noise=0"))
        places = np.unique(fields["x"].round(4), axis=0)
        assert len(places) == modes
        assert np.ptp(np.bincount(fields["mode"].astype(int))) <= 1
    assert np.allclose(np.hypot(*everything(open_data("ring:noise=0"))["x"].T), 1, atol=1e-6)


def test_cells_are_counted_by_masks_dots_and_density() -> None:
    fields = everything(open_data("cells:noise=0"))
    assert np.allclose(fields["density"].sum((1, 2, 3)), fields["count"], rtol=1e-5)
    for i, count in enumerate(fields["count"]):
        regions = components(fields["mask"][i, 0].astype(int))
        dots = fields["points"][i][fields["points"][i, :, 0] >= 0]
        assert regions.max() == count == len(dots) == len(np.unique(fields["labels"][i])) - 1
        away = np.linalg.norm(centroids(regions)[:, None] - dots, axis=2).min(1)
        assert away.max() < 1  # a centroid of whole pixels lies within one of the true centre


def test_boxes_are_tight() -> None:
    fields = everything(open_data("boxes:noise=0,examples=50"))
    for x, box in zip(fields["x"][:, 0], fields["y"], strict=True):
        inside = x > 0.2
        rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
        tight = [columns[0], rows[0], columns[-1] + 1, rows[-1] + 1]
        # a pixel's centre may lie outside an ellipse that touches its side
        assert np.abs(box * 32 - tight).max() <= 1


def test_publishers_test_split_stands() -> None:
    for seed in (0, 1):
        assert np.array_equal(open_data("mnist", seed=seed).rows("test"), np.arange(5000, 6000))


def test_standardising_is_fitted_on_the_training_rows_alone() -> None:
    for name in ("moons", "boxes"):
        plain, data = open_data(name), open_data(f"{name}:standardise=yes")
        train = data.take(data.rows("train"))["x"].astype(np.float64)
        axes = (0, *range(2, train.ndim))
        assert np.allclose(train.mean(axes), 0, atol=1e-5)
        assert np.allclose(train.std(axes), 1, atol=1e-5)
        assert data.standard is not None
        again = data.standard.apply(everything(plain)["x"])
        assert np.array_equal(again, everything(data)["x"])
        assert plain.standard is None
    rows = open_data("moons").rows("train")
    assert data.fields.keys() == plain.fields.keys()
    assert len(rows) == 320


def test_points_by_hand() -> None:
    found = from_points([[0, 1], [1, 0], [2, 2]], [0, 1, 1], classes=("a", "b"))
    data = as_data_set(found, "mine", split=(1, 0, 0))
    assert (data.task, data.classes, len(data.rows("train"))) == ("classes", ("a", "b"), 3)
    for x, y in (([], []), ([[0, 1]], [0, 1]), ([[np.nan, 1]], [0]), ([[0, 1]], [-1])):
        with pytest.raises(DataError):
            from_points(x, y)
