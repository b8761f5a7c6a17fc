"""How well boxes with a class and a confidence are found: average precision.

Imported only where torch is wanted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from graphlab.data.columns import Array
from graphlab.train.wiring import Answer

THRESHOLDS = np.arange(50, 100, 5) / 100
"""The overlaps of COCO's mean: 0.5, 0.55 … 0.95."""

_PERCENT_50 = 0  # its place among them


class Detections:
    """The boxes found in the images of a split, against those that are there.

    Of each class the boxes found are gone through by confidence, equal ones in the order of the
    data; one is right where it overlaps a box of its class that is not found yet.
    """

    def __init__(self) -> None:
        self._scores: dict[int, list[float]] = defaultdict(list)
        self._hits: dict[int, list[NDArray[np.bool_]]] = defaultdict(list)
        self._true: dict[int, int] = defaultdict(int)

    def add(self, boxes: Tensor, scores: Tensor, true_boxes: Tensor, true_ids: Tensor) -> None:
        """Take in a batch: boxes (n, K, 4), scores of classes (n, C) or (n, C, K), what is there
        (n, K, 4) and its classes (n, K), −1 where there are fewer."""
        n = len(scores)
        best = scores.float().softmax(1).max(1)
        found, there = boxes.double().reshape(n, -1, 4).cpu(), true_boxes.double().cpu()
        there, true = there.reshape(n, -1, 4), true_ids.reshape(n, -1).cpu().numpy().astype(int)
        ids, sure = (x.reshape(n, -1).cpu().numpy() for x in (best.indices, best.values))
        for i in range(n):
            lies = (true[i] >= 0) & (there[i] >= 0).all(-1).numpy()
            overlaps = overlap(found[i][:, None], there[i][lies][None]).numpy()
            self._image(ids[i], sure[i], overlaps, true[i][lies])

    def _image(self, ids: Array, sure: Array, table: Array, classes: Array) -> None:
        for each in classes:
            self._true[int(each)] += 1
        is_free = np.ones((len(THRESHOLDS), len(classes)), bool)
        for k in np.argsort(-sure, kind="stable"):
            hits = np.zeros(len(THRESHOLDS), bool)
            for t, threshold in enumerate(THRESHOLDS):
                able = is_free[t] & (classes == ids[k]) & (table[k] >= threshold)
                if able.any():
                    nearest = int(np.where(able, table[k], -1.0).argmax())
                    is_free[t, nearest], hits[t] = False, True
            self._scores[int(ids[k])].append(float(sure[k]))
            self._hits[int(ids[k])].append(hits)

    def result(self) -> dict[str, float]:
        """``map50``, the mean over the classes that occur at an overlap of a half, and ``map``, its
        mean over ``THRESHOLDS``."""
        table = []
        for each, count in self._true.items():
            hits = np.array(self._hits[each], bool).reshape(-1, len(THRESHOLDS))
            scores = np.array(self._scores[each])
            table.append([average_precision(scores, column, count) for column in hits.T])
        means = np.mean(table, 0) if table else np.zeros(len(THRESHOLDS))
        return {"map50": float(means[_PERCENT_50]), "map": float(means.mean())}


def average_precision(scores: NDArray[np.floating], hits: NDArray[np.bool_], count: int) -> float:
    """The area under precision by recall, of ``count`` things that could be found.

    Precision at a recall is the best at it or any higher one (PASCAL VOC from 2010 on); where
    nothing was found it is 0.
    """
    right = np.asarray(hits, bool)[np.argsort(-np.asarray(scores), kind="stable")]
    precision = np.cumsum(right) / np.arange(1, len(right) + 1)
    best = np.maximum.accumulate(precision[::-1])[::-1]
    return float(best[right].sum() / count)


def overlap(a: Tensor, b: Tensor) -> Tensor:
    """Intersection over union of boxes (…, 4) as x0, y0, x1, y1; 0 where both are empty."""
    low, high = torch.maximum(a[..., :2], b[..., :2]), torch.minimum(a[..., 2:], b[..., 2:])
    shared = (high - low).clamp(min=0).prod(-1)
    areas = [(x[..., 2:] - x[..., :2]).clamp(min=0).prod(-1) for x in (a, b)]
    whole = areas[0] + areas[1] - shared
    return torch.where(whole > 0, shared / whole, 0.0)


def detecting(answers: Sequence[Answer], task: str) -> tuple[Answer, Answer] | None:
    """The answers that give boxes and the scores of their classes; None where not both do."""
    if task != "boxes":
        return None
    boxes = [a for a in answers if a.field in ("y", "boxes")]
    classes = [a for a in answers if a.field == "box_classes"]
    return (boxes[0], classes[0]) if boxes and classes else None
