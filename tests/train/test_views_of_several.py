"""Several classes in a mask, several boxes in an image: looked at as the metrics judge them."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from graphlab.api import read_source
from graphlab.data import DataSet
from graphlab.train.evaluating import evaluate
from graphlab.train.folder import RunFolder
from graphlab.train.predicting import Predictor
from graphlab.train.training import Training
from tests.train.sets import data_set
from tests.train.test_views import text, told, trained, view

SEGMENTER = """
c = conv_layer(x, filters=4, padding='same', activation='relu')
m = conv_layer(c, filters={}, padding='same')
l = cross_entropy(m, squeeze(labels, axis=1))
"""


def segmenting(classes: int, side: int = 8) -> Training:
    random = np.random.default_rng(classes)
    labels = random.integers(0, classes, (20, 1, side, side))
    labels[:4] = 0
    x = labels / classes + random.normal(size=labels.shape) / 4
    data = data_set("masks", x=x, mask=labels > 0, labels=labels)
    return trained(SEGMENTER.format(classes), data, 4)


@pytest.mark.parametrize("classes", [3, 5])
def test_masks_of_several_classes(classes: int) -> None:
    training = segmenting(classes)
    prediction = str(training.wiring.answers[0].prediction)
    found = view(training, "masks", split="train", worst=False)
    total: dict[int, list[int]] = {}
    for k, row in enumerate(found["rows"].tolist()):
        guess = told(training, row)[prediction][0].argmax(0)
        true = training.data.fields["labels"][row, 0]
        assert (found["true"][k] == true).all()
        assert (found["predicted"][k] == guess).mean() > 0.99
        pairs = list(zip(found["predicted"][k].flat, true.flat, strict=True))
        ious: list[float] = []
        dices: list[float] = []
        for c in range(classes):
            both = sum(a == c == b for a, b in pairs)
            a_count, b_count = (sum(pair[i] == c for pair in pairs) for i in (0, 1))
            iou = both / (a_count + b_count - both) if a_count + b_count else math.nan
            dice = 2 * both / (a_count + b_count) if a_count + b_count else math.nan
            assert found["class_scores"][k, c] == pytest.approx(iou, nan_ok=True)
            assert found["class_dice"][k, c] == pytest.approx(dice, nan_ok=True)
            ious, dices = [*ious, iou], [*dices, dice]
            was = total.get(c, [0, 0])
            total[c] = [was[0] + both, was[1] + a_count + b_count - both]
        assert found["scores"][k] == pytest.approx(np.nanmean(ious))
        assert found["dice"][k] == pytest.approx(np.nanmean(dices))
    if len(found["rows"]) == len(training.data.rows("train")):
        whole = evaluate(training.network, training.data, "train")["class_iou"]
        assert whole == [pytest.approx(a / b) for a, b in total.values()]
    worst = view(training, "masks", split="train")["scores"]
    assert (np.diff(worst) >= 0).all()


def test_a_large_mask_is_shown_smaller_by_its_classes() -> None:
    training = segmenting(3, side=600)
    found = view(training, "masks", most=1)
    true = training.data.fields["labels"][found["rows"][0], 0]
    assert found["true"].shape == (1, 200, 200)
    blocks = true.reshape(200, 3, 200, 3).transpose(0, 2, 1, 3).reshape(200, 200, 9)
    counts = np.stack([(blocks == c).sum(-1) for c in range(3)])
    assert (np.take_along_axis(counts, found["true"].astype(int), 0) == counts.max(0)).all()


@pytest.mark.parametrize("classes", [2, 3, 5, 300])
def test_predictions_tell_the_share_of_every_class(classes: int, tmp_path: Path) -> None:
    training = segmenting(classes, 16)
    RunFolder(tmp_path / "run").begin(training.graph, training.data, revision="")
    record = RunFolder(tmp_path / "run").record()
    weights = {**training.network.weights()}
    ending = sorted(name for name in weights if weights[name].shape[:1] == (classes,))
    for name in ending:
        weights[name] = np.random.default_rng(0).normal(size=weights[name].shape).astype("f4")
    pixels = np.random.default_rng(1).integers(0, 256, (16, 16), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    asked = Predictor(training.graph, record, weights)
    answer = asked.answer(tmp_path / "a.png", tmp_path)
    training.network.set_weights(weights)
    x = (pixels / np.float32(255))[None, None].astype(np.float32)
    ids = asked_of(training, x).argmax(0)
    assert answer["masked"] == pytest.approx((ids > 0).mean())
    for c in range(1, classes) if classes > 2 else ():
        assert answer[f"masked {c}"] == pytest.approx((ids == c).mean())
    with Image.open(answer["mask"]) as mask:
        shown = np.asarray(mask)
        assert (shown == (255 * ids if classes == 2 else ids)).all()
        if 2 < classes < 257:
            palette: Any = np.reshape(mask.getpalette() or (), (-1, 3)).tolist()
            assert palette[:4] == [[0, 0, 0], [128, 0, 0], [0, 128, 0], [128, 128, 0]]
            assert len({tuple(colour) for colour in palette}) == 256


def asked_of(training: Training, x: np.ndarray) -> np.ndarray:
    """The scores of one image, as the engine has them."""
    from tests.train.test_views import computed

    fields = training.wiring.fields
    feeds = {
        name: x if field == "x" else np.zeros((1, *x.shape[1:])) for name, field in fields.items()
    }
    return np.asarray(computed(training, feeds)[str(training.wiring.answers[0].prediction)][0])


# --- boxes --------------------------------------------------------------------------------------
FINDER = """
h = linear_layer(flatten(x), features={hidden}, activation='relu')
b = sigmoid(reshape(linear_layer(h, features={corners}), shape=[-1, {count}, 4]))
s = reshape(linear_layer(h, features={scores}), shape=[-1, 3, {count}])
l = smooth_l1(b, boxes) + cross_entropy(s, relu(box_classes))
"""


def finding(count: int) -> Training:
    """Images with up to so many boxes, the last of them with fewer."""
    random = np.random.default_rng(count)
    low = random.uniform(0, 0.5, (30, count, 2))
    boxes = np.concatenate([low, low + random.uniform(0.2, 0.5, low.shape)], -1)
    ids = random.integers(0, 3, (30, count))
    if count > 1:
        boxes[20:, -1], ids[20:, -1] = -1, -1
    data: DataSet = data_set(
        "boxes", 3, x=random.random((30, 1, 8, 8)), boxes=boxes, box_classes=ids
    )
    sizes = {"hidden": 16, "corners": 4 * count, "scores": 3 * count, "count": count}
    return trained(read_source(FINDER.format(**sizes)), data, 5)


@pytest.mark.parametrize("count", [1, 2, 4])
def test_every_box_is_shown_and_judged(count: int) -> None:
    training = finding(count)
    metrics: dict[str, Any] = evaluate(training.network, training.data, "validation")
    shown = view(training, "predictions", split="validation")
    over = view(training, "boxes", split="validation", worst=False)
    table = np.zeros((3, 3), int)
    for k, row in enumerate(shown["rows"].tolist()):
        values = told(training, row)
        ids, chances = training.data.fields["box_classes"][row].clip(0), _softmax(values["s"][0])
        guessed = chances.argmax(0)
        assert np.ravel(shown["predicted"][k]).tolist() == guessed.tolist()
        assert np.ravel(shown["true"][k]).tolist() == ids.tolist()
        right = [chances[c, i] for i, c in enumerate(ids.astype(int))]
        assert np.ravel(shown["right"][k]) == pytest.approx(right, abs=1e-5)
        assert np.ravel(shown["chances"][k]) == pytest.approx(chances.max(0), abs=1e-5)
        assert shown["true_boxes"][k] == pytest.approx(training.data.fields["boxes"][row])
        assert shown["predicted_boxes"][k] == pytest.approx(values["b"][0], abs=1e-5)
        for a, b in zip(ids.astype(int), guessed, strict=True):
            table[a, b] += 1
    assert shown["true"].shape == ((8,) if count == 1 else (8, count))
    assert table.tolist() == metrics["confusion"]
    lies = (over["true"] >= 0).all(-1).sum(1)
    assert (over["scores"] * lies).sum() / lies.sum() == pytest.approx(metrics["box_iou"], abs=1e-6)


@pytest.mark.parametrize("count", [1, 3])
def test_the_images_behind_a_cell_have_a_box_in_it(count: int) -> None:
    training = finding(count)
    whole = view(training, "predictions", split="train", worst=False)
    true, guessed = (whole[n].reshape(len(whole["rows"]), -1) for n in ("true", "predicted"))
    names = text(whole["classes"])
    for a in range(len(names)):
        for b in range(len(names)):
            cell = view(training, "confusion", split="train", true=a, predicted=b)
            inside = ((true == a) & (guessed == b)).any(1)
            assert set(cell["rows"].tolist()) == set(whole["rows"][inside].tolist())
            assert (np.diff(cell["chances"]) >= 0).all()


def _softmax(scores: np.ndarray) -> np.ndarray:
    e = np.exp(scores - scores.max(0))
    return np.asarray(e / e.sum(0))
