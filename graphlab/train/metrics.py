"""How well predictions answer, by the task of the data; added up batch by batch.

Imported only where torch is wanted.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from graphlab.data.data_set import DataSet
from graphlab.graph import Graph
from graphlab.train.detecting import overlap
from graphlab.train.wiring import Answer

HALF = {"binary_cross_entropy": 0.5, "dice_loss": 0.5}
"""Losses of probabilities: one is a yes from here on; a score is one above 0."""

_TOP = 5


class Metrics:
    """What one answer is worth over a split."""

    def add(self, prediction: Tensor, target: Tensor) -> None:
        """Take in one batch."""
        raise NotImplementedError

    def result(self) -> dict[str, Any]:
        """The metrics over all that was taken in."""
        raise NotImplementedError


class Classes(Metrics):
    """Accuracy, top-k, the confusion matrix (true × predicted), and what follows from it.

    Precision, recall and F1 are means over the classes that occur; a class that is never
    predicted has precision 0, as in scikit-learn.  Of an answer that is computed from the data's
    classes there may be more classes, and the matrix grows with them.
    """

    def __init__(self, count: int, threshold: float) -> None:
        self.count, self.threshold = count, threshold
        self.confusion = torch.zeros(count, count, dtype=torch.int64)
        self.among, self._has_top = 0, False

    def add(self, prediction: Tensor, target: Tensor) -> None:
        self._make_room(class_count(prediction, target, self.count))
        if prediction.ndim > target.ndim:
            guessed = prediction.argmax(1)
            ids = target.long()
            self._has_top = prediction.shape[1] > _TOP
            if self._has_top:
                best = prediction.topk(_TOP, dim=1).indices
                self.among += int((best == ids.unsqueeze(1)).any(1).sum())
        else:
            guessed = (prediction > self.threshold).long()
            ids = (target > 0).long()
        self.confusion += tabled(ids, guessed, self.count)

    def _make_room(self, count: int) -> None:
        more = count - self.count
        if more:
            self.count = count
            self.confusion = torch.nn.functional.pad(self.confusion, (0, more, 0, more))

    def result(self) -> dict[str, Any]:
        table = self.confusion.double()
        total, right = table.sum(), table.diagonal()
        true, told = table.sum(1), table.sum(0)
        precision, recall = right / told.clamp(min=1), right / true.clamp(min=1)
        f1 = 2 * right / (true + told).clamp(min=1)
        occurs = (true + told) > 0
        shares = torch.stack([precision, recall, f1])[:, occurs]
        means = (shares.sum(1) / max(shares.shape[1], 1)).tolist()
        found: dict[str, Any] = {"accuracy": float(right.sum() / total.clamp(min=1))}
        if self._has_top:
            found[f"top{_TOP}"] = self.among / max(int(total), 1)
        found.update(zip(("precision", "recall", "f1"), means, strict=True))
        return found | {"confusion": self.confusion.tolist()}


def tabled(ids: Tensor, guessed: Tensor, count: int) -> Tensor:
    """How often each class (row) was taken for each (column), (count, count); −1 is no class."""
    pairs = (ids * count + guessed)[ids >= 0]
    return torch.bincount(pairs, minlength=count**2).view(count, count).cpu()


def class_count(prediction: Tensor, target: Tensor, known: int) -> int:
    """How many classes there are: as many as are ``known``, or as scores or yes and no tell."""
    return max(known, prediction.shape[1] if prediction.ndim > target.ndim else 2)


class Masks(Metrics):
    """Over all pixels of the split together: IoU, Dice, and the share of pixels that are right.

    Of two classes, IoU and Dice are those of what is sought.  Of more they are means over the
    classes that occur, 0 among them, in the masks or in the answers (a class that is only answered
    has 0, as in scikit-learn's ``jaccard_score``), and are told by class too, None for one that
    does not occur.  A pixel of no class, below 0, counts for nothing where there are several.
    """

    def __init__(self, threshold: float) -> None:
        self.threshold = threshold
        self.table = torch.zeros(2, 2, dtype=torch.int64)

    def add(self, prediction: Tensor, target: Tensor) -> None:
        found, true = self.pixels(prediction, target)
        count = prediction.shape[1] if prediction.ndim > target.ndim else 2
        if count > 2 and true.numel():
            count = max(count, int(true.max()) + 1)
        more = max(0, count - len(self.table))
        self.table = torch.nn.functional.pad(self.table, (0, more, 0, more))
        self.table += tabled(true, found, len(self.table))

    def pixels(self, prediction: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        """The class of each pixel, as it was found and as it is; below 0 it is of none."""
        is_scores = prediction.ndim > target.ndim
        found = prediction.argmax(1) if is_scores else (prediction > self.threshold).long()
        has_more = is_scores and prediction.shape[1] > 2
        true = target.long() if has_more else (target > 0).long()
        if true.shape != found.shape:
            true, found = true + 0 * found, found + 0 * true  # broadcast, as in the loss
        return found, true

    def result(self) -> dict[str, Any]:
        table = self.table.double()
        both, either = table.diagonal(), table.sum(0) + table.sum(1) - table.diagonal()
        accuracy = float(both.sum() / table.sum().clamp(min=1))
        if len(table) == 2:
            iou = float(both[1] / either[1]) if either[1] else 1.0
            return {"iou": iou, "dice": 2 * iou / (1 + iou), "accuracy": accuracy}
        shares = (both / either).tolist()  # of what does not occur: not a number
        by_class = [share if share == share else None for share in shares]
        dice = [share if share is None else 2 * share / (1 + share) for share in by_class]
        told = {"iou": by_class, "dice": dice}
        known = {n: [x for x in each if x is not None] or [1.0] for n, each in told.items()}
        means = {name: sum(each) / len(each) for name, each in known.items()}
        return {**means, "accuracy": accuracy, "class_iou": by_class, "class_dice": dice}


class Counts(Metrics):
    """The mean absolute error of counts, each the sum over an example."""

    def __init__(self) -> None:
        self.error, self.examples = 0.0, 0

    def add(self, prediction: Tensor, target: Tensor) -> None:
        apart = prediction.flatten(1).double().sum(1) - target.flatten(1).double().sum(1)
        self.error += float(apart.abs().sum())
        self.examples += len(apart)

    def result(self) -> dict[str, Any]:
        return {"count_mae": self.error / max(self.examples, 1)}


class Boxes(Metrics):
    """The mean IoU of boxes, x0, y0, x1, y1, each with the one in its place; −1 is no box."""

    def __init__(self) -> None:
        self.overlap, self.examples = 0.0, 0

    def add(self, prediction: Tensor, target: Tensor) -> None:
        a, b = prediction.double().reshape(-1, 4), target.double().reshape(-1, 4)
        lies = (b >= 0).all(1)
        self.overlap += float(overlap(a, b)[lies].sum())
        self.examples += int(lies.sum())

    def result(self) -> dict[str, Any]:
        return {"box_iou": self.overlap / max(self.examples, 1)}


class Regression(Metrics):
    """R², 1 − residual / total sum of squares, and the mean absolute error.

    R² is computed for each target about its own mean, and the mean is told, as scikit-learn's
    ``r2_score`` does; a target that never changes counts 1 where it is met, or else 0.
    """

    def __init__(self) -> None:
        self.count, self.error = 0, 0.0
        self.mean = self.spread = self.residual = torch.zeros((), dtype=torch.float64)
        self.low, self.high = torch.tensor(torch.inf), torch.tensor(-torch.inf)

    def add(self, prediction: Tensor, target: Tensor) -> None:
        aims = target.double().reshape(len(target), -1).cpu()
        apart = prediction.double().reshape(aims.shape).cpu() - aims
        self.residual = self.residual + apart.square().sum(0)
        self.error += float(apart.abs().sum())
        mean, count = aims.mean(0), len(aims)
        away = mean - self.mean  # sums of squares about the mean, joined as by Chan et al. 1979
        share = self.count * count / (self.count + count)
        self.spread = self.spread + (aims - mean).square().sum(0) + away.square() * share
        self.mean = self.mean + away * count / (self.count + count)
        self.low = torch.minimum(self.low, aims.amin(0))
        self.high = torch.maximum(self.high, aims.amax(0))
        self.count += count

    def result(self) -> dict[str, Any]:
        met = (self.residual == 0).double()
        r2 = torch.where(self.high > self.low, 1 - self.residual / self.spread, met)
        return {"r2": float(r2.mean()), "mae": self.error / max(self.count * self.mean.numel(), 1)}


class Reconstruction(Metrics):
    """The share of the variance about the mean example that comes out again, and the mean error.

    A network that always answers the mean example has r2 0.
    """

    def __init__(self) -> None:
        self.count, self.residual = 0, 0.0
        self.mean, self.spread = torch.zeros(()), 0.0
        self.numbers, self.error = 0, 0.0

    def add(self, prediction: Tensor, target: Tensor) -> None:
        aims = target.double().flatten(1)
        apart = prediction.double().flatten(1) - aims
        self.residual += float(apart.square().sum())
        self.error += float(apart.abs().sum())
        self.numbers += aims.numel()
        mean, count = aims.mean(0), len(aims)
        away = mean - self.mean.to(mean)  # joined as by Chan et al. 1979
        self.spread += float((aims - mean).square().sum())
        self.spread += float(away.square().sum()) * self.count * count / (self.count + count)
        self.mean = self.mean.to(mean) + away * count / (self.count + count)
        self.count += count

    def result(self) -> dict[str, Any]:
        r2 = 1 - self.residual / self.spread if self.spread else 0.0
        return {"r2": r2, "mae": self.error / max(self.numbers, 1)}


def metrics_of(answer: Answer, graph: Graph, data: DataSet) -> Metrics | None:
    """The metrics for one answer; None where the data's task has none for it."""
    threshold = HALF.get(graph.nodes[answer.loss].op.name, 0.0)
    if answer.field == "box_classes" or (data.task == "classes" and answer.field == "y"):
        return Classes(len(data.classes), threshold)
    if answer.field in ("mask", "labels"):
        return Masks(threshold)
    if answer.field in ("density", "count"):
        return Counts()
    if data.task == "boxes" and answer.field in ("y", "boxes"):
        return Boxes()
    if answer.field == "x":
        return Reconstruction()
    return Regression() if data.task == "regression" and answer.field == "y" else None


BETTER: tuple[tuple[str, int], ...] = (
    ("iou", 1),
    ("box_iou", 1),
    ("accuracy", 1),
    ("count_mae", -1),
    ("r2", 1),
    ("overlap", 1),
    ("loss", -1),
)
"""What tells the best checkpoint: the first that a run has, and whether more of it is better."""


def score(metrics: dict[str, Any], *, has_one_loss: bool) -> float | None:
    """One number that is larger where the metrics are better; None where nothing judges the result.

    Of several losses, as of a generator and its critic, none does: each falls where another rises.
    """
    for name, sign in BETTER:
        if name in metrics and (has_one_loss or name != "loss"):
            return sign * float(metrics[name])
    return None
