"""Metrics against their definitions, written out element by element in plain Python."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from graphlab.train.metrics import Boxes, Classes, Counts, Masks, Metrics, Regression

R = np.random.default_rng(0)


def in_batches(metrics: Metrics, prediction: np.ndarray, target: np.ndarray) -> dict[str, object]:
    for part in np.array_split(np.arange(len(target)), 3):
        metrics.add(torch.tensor(prediction[part]), torch.tensor(target[part]))
    return metrics.result()


@pytest.mark.parametrize("count", [3, 8])
def test_classes(count: int) -> None:
    scores, ids = R.normal(size=(50, count)), R.integers(0, count - 1, 50).astype(float)
    found = in_batches(Classes(count, 0.0), scores, ids)
    guessed = [max(range(count), key=lambda c: row[c]) for row in scores]
    pairs = list(zip(map(int, ids), guessed, strict=True))
    assert found["confusion"] == [
        [pairs.count((true, told)) for told in range(count)] for true in range(count)
    ]
    assert found["accuracy"] == pytest.approx(sum(a == b for a, b in pairs) / 50)
    present = [c for c in range(count) if any(c in pair for pair in pairs)]
    precision, recall, f1 = [], [], []
    for c in present:
        hits = pairs.count((c, c))
        told, true = sum(b == c for _, b in pairs), sum(a == c for a, _ in pairs)
        precision.append(hits / told if told else 0.0)
        recall.append(hits / true if true else 0.0)
        f1.append(2 * hits / (told + true))
    for name, values in (("precision", precision), ("recall", recall), ("f1", f1)):
        assert found[name] == pytest.approx(sum(values) / len(values))
    if count > 5:
        top = [sorted(range(count), key=lambda c, row=row: -row[c])[:5] for row in scores]
        hits = sum(int(y) in best for y, best in zip(ids, top, strict=True))
        assert found["top5"] == pytest.approx(hits / 50)


@pytest.mark.parametrize(("threshold", "signed"), [(0.0, False), (0.5, False), (0.0, True)])
def test_two_classes_by_one_score(threshold: float, signed: bool) -> None:
    scores, yes = R.normal(size=40), R.integers(0, 2, 40)
    found = in_batches(
        Classes(2, threshold), scores, (2.0 * yes - 1 if signed else yes).astype(float)
    )
    assert found["accuracy"] == pytest.approx(np.mean((scores > threshold) == yes))


@pytest.mark.parametrize("by_class", [False, True])
def test_masks(by_class: bool) -> None:
    target = R.integers(0, 2, (6, 5, 4)).astype(float)
    scores = R.normal(size=(6, 2, 5, 4) if by_class else (6, 5, 4))
    mine = scores[:, 1] > scores[:, 0] if by_class else scores > 0
    found = in_batches(Masks(0.0), scores, target)
    both = sum(bool(a and b) for a, b in zip(mine.flat, target.flat, strict=True))
    either = sum(bool(a or b) for a, b in zip(mine.flat, target.flat, strict=True))
    assert found["iou"] == pytest.approx(both / either)
    assert found["dice"] == pytest.approx(2 * both / (mine.sum() + target.sum()))
    assert found["accuracy"] == pytest.approx(np.mean(mine == (target > 0)))


def test_counts_boxes_and_regression() -> None:
    maps, dots = R.random((6, 1, 4, 4)), R.random((6, 1, 4, 4))
    found = in_batches(Counts(), maps, dots)
    apart = [abs(a.sum() - b.sum()) for a, b in zip(maps, dots, strict=True)]
    assert found["count_mae"] == pytest.approx(math.fsum(apart) / 6)
    a = np.array([[0, 0, 2, 2], [0, 0, 1, 1], [0, 0, 4, 1.0]])
    b = np.array([[1, 1, 3, 3], [2, 2, 3, 3], [0, 0, 2, 1.0]])
    assert in_batches(Boxes(), a, b)["box_iou"] == pytest.approx((1 / 7 + 0 + 1 / 2) / 3)
    truth = R.normal(5, 2, (30, 2))
    told = truth + R.normal(size=truth.shape)
    residual = np.square(told - truth).sum() / np.square(truth - truth.mean()).sum()
    found = in_batches(Regression(), told, truth)
    assert found["r2"] == pytest.approx(1 - residual)
    assert found["mae"] == pytest.approx(np.abs(told - truth).mean())
