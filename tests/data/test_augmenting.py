"""Augmentation: images whose pixels say where they came from judge what was done to the rest."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphlab.data import Batches, DataSet
from graphlab.data.augmenting import Augmenting
from graphlab.data.density import padded
from graphlab.errors import DataError
from graphlab.graph.augment_words import augment_words, read_augment
from graphlab.graph.recipe import FLIPS, Augment

R = np.random.default_rng(7)


def told(height: int, width: int, count: int = 12) -> DataSet:
    """Images whose two channels hold each pixel's row and column, from 1 on; on each pixel of
    ``mask`` is a dot, and a box lies around each image's marked rectangle in ``labels``."""
    rows, columns = np.mgrid[1 : height + 1, 1 : width + 1].astype(np.float32)
    x = np.broadcast_to(np.stack([rows, columns]), (count, 2, height, width)).copy()
    mask = (R.random((count, 1, height, width)) < 0.2).astype(np.float32)
    image, _, y, x_at = np.nonzero(mask)
    offsets = np.concatenate([[0], np.cumsum(np.bincount(image, minlength=count))])
    points = padded(np.stack([y, x_at], 1), offsets)
    sides = R.integers(1, min(height, width), (count, 2))
    start = R.integers(0, np.array([height, width]) - sides + 1)
    end = start + sides
    labels = np.zeros_like(mask)
    for i in range(count):
        labels[i, 0, start[i, 0] : end[i, 0], start[i, 1] : end[i, 1]] = i + 1
    scale = np.array([width, height, width, height], np.float32)
    boxes = np.stack([start[:, 1], start[:, 0], end[:, 1], end[:, 0]], 1) / scale
    fields: dict[str, Any] = {
        "x": x,
        "mask": mask,
        "labels": labels,
        "density": mask * 0.25,
        "points": points,
        "count": np.diff(offsets).astype(np.float32),
        "boxes": boxes[:, None].astype(np.float32),
        "box_classes": np.arange(count, dtype=np.float32)[:, None],
        "y": np.arange(count, dtype=np.float32),
    }
    everything = np.arange(count)
    splits = {"train": everything, "validation": everything[:0], "test": everything[:0]}
    return DataSet("toy", "Toy", "plain", fields, splits)


def oriented(window: np.ndarray[Any, Any]) -> list[np.ndarray[Any, Any]]:
    """The eight ways in which a window (C, h, w) can lie."""
    turned = [np.rot90(window, k, (1, 2)) for k in range(4)]
    return turned + [each[:, :, ::-1] for each in turned]


@settings(max_examples=40)
@given(
    flips=st.sampled_from(["none", "sideways", "both"]),
    turns=st.booleans(),
    crop=st.integers(0, 9),
    shift=st.integers(0, 4),
    size=st.tuples(st.integers(9, 14), st.integers(9, 14)),
    seed=st.integers(0, 2**63 - 1),
)
def test_all_that_is_said_of_an_image_is_changed_as_the_image(
    flips: Any, turns: bool, crop: int, shift: int, size: tuple[int, int], seed: int
) -> None:
    data = told(*size)
    turns = turns and (crop > 0 or size[0] == size[1])
    how = Augment(flips=flips, turns=turns, crop=crop, shift=shift)
    batch = data.take(np.arange(len(data)))
    made = Augmenting(how, data, data.fields, seed)(batch, 3, 5)
    height, width = (crop, crop) if crop else size
    assert made["x"].shape == (len(data), 2, height, width)
    np.testing.assert_array_equal(made["y"], batch["y"])
    for i in range(len(data)):
        code = made["x"][i].astype(int)
        inside = code[0] > 0
        for name in ("mask", "labels", "density"):
            there = batch[name][i, 0][code[0] - 1, code[1] - 1]
            np.testing.assert_array_equal(made[name][i, 0], np.where(inside, there, 0))
        if shift == 0:
            assert inside.all()
            top, left = code.min(axis=(1, 2)) - 1
            window = batch["x"][i][:, top : top + height, left : left + width]
            lies = [np.array_equal(made["x"][i], each) for each in oriented(window)]
            allowed = [turns or k == 0 or (k == 2 and flips == "both") for k in range(4)]
            allowed += [flips != "none" and (turns or flips == "both" or k == 0) for k in range(4)]
            assert any(found and may for found, may in zip(lies, allowed, strict=True))
        dots = np.zeros((height, width))
        found = made["points"][i][made["points"][i][:, 0] >= 0].astype(int)
        dots[found[:, 0], found[:, 1]] = 1
        np.testing.assert_array_equal(dots, made["mask"][i, 0])
        assert made["count"][i] == dots.sum()
        seen = np.nonzero(made["labels"][i, 0])
        if len(seen[0]):
            ends = [seen[1].min(), seen[0].min(), seen[1].max() + 1, seen[0].max() + 1]
            scale = np.array([width, height, width, height])
            np.testing.assert_allclose(made["boxes"][i, 0] * scale, ends, atol=1e-5)
            assert made["box_classes"][i, 0] == i
        else:
            assert (made["boxes"][i, 0] == -1).all()
            assert made["box_classes"][i, 0] == -1


def test_every_corner_and_orientation_comes_up_equally_often() -> None:
    data = told(6, 6, 1)
    many = replace(data, fields={"x": np.repeat(data.fields["x"][:], 8000, 0)})
    how = Augment(flips="both", turns=True, crop=4)
    made = Augmenting(how, many, ["x"])(many.take(np.arange(8000)), 0, 0)["x"]
    codes = made[:, :, [0, 0, -1], [0, -1, 0]].reshape(len(made), -1)
    _, counts = np.unique(codes, axis=0, return_counts=True)
    assert len(counts) == 9 * 8
    chi = ((counts - 8000 / 72) ** 2 / (8000 / 72)).sum()
    assert chi < 71 + 5 * np.sqrt(2 * 71)  # five deviations of χ² with 71 degrees of freedom


def test_brightness_multiplies_the_values_of_x_alone() -> None:
    data = told(9, 9)
    batch = data.take(np.arange(len(data)))
    made = Augmenting(Augment(brightness=0.3), data, ["x", "mask"])(batch, 0, 0)
    factor = made["x"] / batch["x"]
    assert np.ptp(factor.reshape(len(factor), -1), 1).max() < 1e-5
    assert 0.7 <= factor.min() < 0.9
    assert 1.1 < factor.max() <= 1.3
    np.testing.assert_array_equal(made["mask"], batch["mask"])


@settings(max_examples=20)
@given(seed=st.integers(0, 2**63 - 1), epoch=st.integers(0, 50), at=st.integers(0, 3))
def test_a_resumed_epoch_has_the_same_bytes(seed: int, epoch: int, at: int) -> None:
    data = told(9, 12)
    how = Augment(flips="both", turns=True, crop=5, shift=1, brightness=0.1)

    def batches(k: int) -> list[dict[str, Any]]:
        names = ("x", "mask", "count")
        made = Augmenting(how, data, names, seed)
        return list(Batches(data, "train", 4, seed, names=names, augmenting=made).epoch(epoch, k))

    whole, rest = batches(0), batches(at)
    assert [set(batch) for batch in whole] == [{"x", "mask", "count"}] * 3
    for ours, theirs in zip(whole[at:], rest, strict=True):
        for name, values in ours.items():
            np.testing.assert_array_equal(values, theirs[name])
    assert not np.array_equal(whole[0]["x"], whole[1]["x"])


@pytest.mark.parametrize(
    ("chosen", "task", "dropped", "found"),
    [
        ({"crop": 20}, "plain", "", "20×20 do not fit into images of 9×12"),
        ({"turns": True}, "plain", "", "a quarter turn makes 12×9 of 9×12"),
        ({"crop": 4}, "boxes", "", "cut the one box of an image of toy away"),
        ({"shift": 1}, "plain", "points", "nothing tells how many a crop or shift leaves"),
    ],
)
def test_what_cannot_be_done_is_refused(
    chosen: dict[str, Any], task: Any, dropped: str, found: str
) -> None:
    data = told(9, 12)
    fields = {name: values for name, values in data.fields.items() if name != dropped}
    data = replace(data, fields=fields, task=task)
    with pytest.raises(DataError, match=found):
        Augmenting(Augment(**chosen), data, data.fields)


def test_only_images_are_augmented() -> None:
    data = replace(told(9, 9), fields={"x": np.zeros((12, 3), np.float32)})
    with pytest.raises(DataError, match="augmentation changes images"):
        Augmenting(Augment(flips="both"), data, ["x"])


@given(
    how=st.builds(
        Augment,
        flips=st.sampled_from(FLIPS),
        turns=st.booleans(),
        crop=st.integers(0, 2**13),
        shift=st.integers(0, 2**13),
        brightness=st.integers(0, 99).map(lambda percent: percent / 100),
    )
)
def test_settings_are_written_in_words_that_say_the_same(how: Augment) -> None:
    assert (read_augment(augment_words(how)) or Augment()) == how
    assert read_augment(augment_words(None)) is None
