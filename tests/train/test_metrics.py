"""Metrics against their definitions, written out element by element in plain Python."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from graphlab.train.detecting import Detections, average_precision
from graphlab.train.metrics import Boxes, Classes, Counts, Masks, Metrics, Regression

R = np.random.default_rng(0)


def in_batches(metrics: Metrics, prediction: np.ndarray, target: np.ndarray) -> dict[str, object]:
    for part in np.array_split(np.arange(len(target)), 3):
        metrics.add(torch.tensor(prediction[part]), torch.tensor(target[part]))
    return metrics.result()


@pytest.mark.parametrize(("count", "known"), [(3, 3), (8, 8), (8, 2), (3, 8)])
def test_classes(count: int, known: int) -> None:
    scores, ids = R.normal(size=(50, count)), R.integers(0, count - 1, 50).astype(float)
    found = in_batches(Classes(known, 0.0), scores, ids)
    guessed = [max(range(count), key=lambda c: row[c]) for row in scores]
    pairs = list(zip(map(int, ids), guessed, strict=True))
    assert found["confusion"] == [
        [pairs.count((true, told)) for told in range(max(count, known))]
        for true in range(max(count, known))
    ]
    assert found["accuracy"] == pytest.approx(sum(a == b for a, b in pairs) / 50)
    assert ("top5" in found) is (count > 5)
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
        top = [sorted(range(count), key=[-v for v in row].__getitem__)[:5] for row in scores]
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


@pytest.mark.parametrize("count", [3, 5])
def test_masks_of_several_classes(count: int) -> None:
    """Pixel by pixel; the last class occurs in the answers alone, the one before it nowhere."""
    target = R.integers(0, count - 2, (6, 5, 4)).astype(float)
    scores = R.normal(size=(6, count, 5, 4))
    scores[:, count - 2] = -100
    mine, kinds = scores.argmax(1), [c for c in range(count) if c != count - 2]
    found = in_batches(Masks(0.0), scores, target)
    pairs = list(zip(mine.ravel().tolist(), target.ravel().tolist(), strict=True))
    iou, dice = [], []
    for c in kinds:
        both = sum(a == c and b == c for a, b in pairs)
        iou.append(both / sum(c in pair for pair in pairs))
        dice.append(2 * both / (sum(a == c for a, _ in pairs) + sum(b == c for _, b in pairs)))
    assert found["iou"] == pytest.approx(sum(iou) / len(iou))
    assert found["dice"] == pytest.approx(sum(dice) / len(dice))
    assert found["accuracy"] == pytest.approx(sum(a == b for a, b in pairs) / len(pairs))
    by_class = dict(zip(kinds, iou, strict=True))
    assert found["class_iou"] == [
        pytest.approx(by_class[c]) if c in by_class else None for c in range(count)
    ]
    of_class = dict(zip(kinds, dice, strict=True))
    assert found["class_dice"] == [
        pytest.approx(of_class[c]) if c in of_class else None for c in range(count)
    ]
    target[0, 0, 0] = -1
    kept = np.mean([a == b for a, b in pairs[1:]])
    assert in_batches(Masks(0.0), scores, target)["accuracy"] == pytest.approx(kept)


def test_counts_and_boxes() -> None:
    maps, dots = R.random((6, 1, 4, 4)), R.random((6, 1, 4, 4))
    found = in_batches(Counts(), maps, dots)
    apart = [abs(a.sum() - b.sum()) for a, b in zip(maps, dots, strict=True)]
    assert found["count_mae"] == pytest.approx(math.fsum(apart) / 6)
    a = np.array([[0, 0, 2, 2], [0, 0, 1, 1], [0, 0, 4, 1.0]])
    b = np.array([[1, 1, 3, 3], [2, 2, 3, 3], [0, 0, 2, 1.0]])
    assert in_batches(Boxes(), a, b)["box_iou"] == pytest.approx((1 / 7 + 0 + 1 / 2) / 3)


@pytest.mark.parametrize("shape", [(30,), (30, 1), (30, 3), (30, 2, 2)])
def test_r2_is_of_each_target_about_its_own_mean(shape: tuple[int, ...]) -> None:
    """Written out as scikit-learn's ``r2_score`` defines it, uniformly averaged."""
    truth = R.normal(size=shape) + 1000 * np.arange(np.prod(shape[1:])).reshape(shape[1:])
    told = truth + R.normal(size=shape)
    found = in_batches(Regression(), told, truth)
    each = [
        1 - sum((a - b) ** 2 for a, b in zip(mine, true, strict=True))
        / sum((b - math.fsum(true) / 30) ** 2 for b in true)
        for mine, true in zip(told.reshape(30, -1).T, truth.reshape(30, -1).T, strict=True)
    ]  # fmt: skip
    assert found["r2"] == pytest.approx(math.fsum(each) / len(each))
    assert found["mae"] == pytest.approx(np.abs(told - truth).mean())
    means = np.broadcast_to(truth.mean(0), shape)
    assert in_batches(Regression(), means, truth)["r2"] == pytest.approx(0, abs=1e-9)


def test_r2_of_a_target_that_never_changes() -> None:
    truth = np.stack([R.normal(size=70), np.full(70, 0.1)], 1)
    assert in_batches(Regression(), truth, truth)["r2"] == 1
    assert in_batches(Regression(), truth + np.array([0, 1]), truth)["r2"] == 0.5


def test_average_precision_of_a_published_example() -> None:
    """The 24 detections of 15 objects that Padilla, Netto and da Silva 2020 work through."""
    percent = "95 95 91 88 84 80 78 74 71 70 67 62 54 48 45 45 44 44 43 38 35 23 18 14"
    right = {1, 3, 10, 12, 13, 14, 23}
    scores = np.array([int(p) / 100 for p in percent.split()])
    hits = np.array([place in right for place in range(1, 25)])
    shuffled = R.permutation(24)
    assert average_precision(scores, hits, 15) == pytest.approx(0.2456, abs=1e-4)
    scores += np.linspace(1e-5, 0, 24)  # no two equal, so any order of them will do
    found = average_precision(scores[shuffled], hits[shuffled], 15)
    assert found == pytest.approx(0.2456, abs=1e-4)


def boxes_at_random(*shape: int) -> np.ndarray:
    low = R.uniform(0, 0.4, (*shape, 2))
    return np.concatenate([low, low + R.uniform(0.2, 0.6, (*shape, 2))], -1)


def iou(a: np.ndarray, b: np.ndarray) -> float:
    width = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    height = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    areas = [(x[2] - x[0]) * (x[3] - x[1]) for x in (a, b)]
    return float(width * height / (areas[0] + areas[1] - width * height))


def precision_area(points: list[tuple[float, float]]) -> float:
    """The area under the best precision at no smaller a recall, recall by recall."""
    area, before = 0.0, 0.0
    for recall in sorted({recall for recall, _ in points}):
        area += (recall - before) * max(p for r, p in points if r >= recall)
        before = recall
    return area


@pytest.mark.parametrize("silent", [(), (1,), (0, 1, 2)], ids=str)
def test_mean_average_precision_against_counting_at_every_confidence(
    silent: tuple[int, ...],
) -> None:
    """Classes that are never told, although they occur, are worth 0; the last one never occurs."""
    n, count, most = 9, 4, 4
    true, ids = boxes_at_random(n, most), R.integers(-1, count - 1, (n, most))
    true[ids < 0] = -1
    told = np.clip(np.where(true < 0, 0.5, true) + R.normal(0, 0.04, true.shape), 0, 1)
    scores = R.normal(size=(n, count, most))
    for i, k in np.ndindex(n, most):
        scores[i, max(int(ids[i, k]), 0), k] += 2
    scores[:, silent] = -50.0
    metric = Detections()
    for part in np.array_split(np.arange(n), 2):
        metric.add(*(torch.tensor(x[part]) for x in (told, scores, true, ids)))
    shares = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    found = metric.result()
    table = []
    for threshold in np.arange(50, 100, 5) / 100:
        row = []
        for each in set(ids[ids >= 0].tolist()):
            there = int((ids == each).sum())
            mine = [
                (shares[i, each, k], i, k)
                for i, k in np.ndindex(n, most)
                if shares[i, :, k].argmax() == each
            ]
            points = []
            for least, _, _ in mine:  # every confidence at which one may stop
                taken: set[tuple[int, int]] = set()
                hits, tried = 0, sorted((m for m in mine if m[0] >= least), reverse=True)
                for _, i, k in tried:
                    able = [
                        (iou(told[i, k], true[i, j]), j)
                        for j in range(most)
                        if ids[i, j] == each and (i, j) not in taken
                    ]
                    best = max(able, default=(0.0, 0))
                    if best[0] >= threshold:
                        taken.add((i, best[1]))
                        hits += 1
                points.append((hits / there, hits / len(tried)))
            row.append(precision_area(points))
        table.append(np.mean(row))
    assert found["map50"] == pytest.approx(table[0])
    assert found["map"] == pytest.approx(np.mean(table))
    assert found["map"] == 0 if len(silent) == 3 else 0.05 < found["map"] < found["map50"] < 1


def test_places_without_a_box_count_for_nothing() -> None:
    true = boxes_at_random(4, 2)
    told, ids = true + 0.01, R.integers(0, 3, (4, 2))
    padded, told_more = true.copy(), told.copy()
    padded[1, 1], told_more[1, 1] = -1, 0.7
    kept = [pair for pair in np.ndindex(4, 2) if pair != (1, 1)]
    found = in_batches(Boxes(), told_more, padded)["box_iou"]
    assert found == pytest.approx(np.mean([iou(told[p], true[p]) for p in kept]))
    ids[1, 1] = -1
    scores = R.normal(size=(4, 3, 2))
    right = [scores[i, :, k].argmax() == ids[i, k] for i, k in kept]
    assert in_batches(Classes(3, 0.0), scores, ids)["accuracy"] == pytest.approx(np.mean(right))
