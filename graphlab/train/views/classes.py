"""Classes: the confusion matrix with the images behind its cells, and predictions, worst first.

Imported only where torch is wanted.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from graphlab.data.columns import Array, Rows
from graphlab.errors import RunError
from graphlab.train.metrics import HALF, class_count
from graphlab.train.training import Training
from graphlab.train.views.asking import Answered, answer_of, answered, as_text, in_order, look
from graphlab.train.views.pictures import examples
from graphlab.train.wiring import Answer

MOST_SHOWN = 64
"""So many examples are shown at once."""

_FIELDS = ("y", "box_classes")
_LOGITS = frozenset({"cross_entropy", "binary_cross_entropy_with_logits"})
_LOGS = frozenset({"negative_log_likelihood", "kl_divergence"})
_CHANCES = frozenset({"binary_cross_entropy"})


def confusion(
    training: Training,
    split: str = "",
    true: int = -1,
    predicted: int = -1,
    most: int = MOST_SHOWN,
) -> dict[str, Array]:
    """How often each class was taken for each.

    ``matrix`` (true × predicted) and the names of the ``classes``.  With a cell, ``true`` and
    ``predicted``, also its examples, least sure first: ``rows`` of the data, ``chances`` that the
    network gives what it predicted (NaN where its scores are no probabilities), and the pictures.
    Raises ``RunError`` where no output answers with classes.
    """
    answer = _answer(training, "a confusion matrix and its images")
    seen = look(training, split)
    found = answered(training, answer, seen.rows)
    names = _names(training, found)
    count = len(names)
    guessed, chances, ids = judged(training, answer, found.prediction, found.target)
    pairs = (ids * count + guessed)[ids >= 0]
    matrix = np.bincount(pairs, minlength=count**2).reshape(count, count)
    told = {**seen.told(), "matrix": matrix, "classes": as_text(names)}
    if not (0 <= true < count and 0 <= predicted < count):
        return told
    is_there = ((ids == true) & (guessed == predicted)).reshape(len(seen.rows), -1)
    least = np.where(is_there, chances.reshape(is_there.shape), np.inf).min(1)
    places = np.flatnonzero(is_there.any(1))
    places = places[np.argsort(np.nan_to_num(least[places]), kind="stable")][:most]
    rows = seen.rows[places]
    cell = np.array([true, predicted], np.int64)
    more = {"cell": cell, "rows": rows.astype(np.int64), "chances": least[places]}
    return {**told, **more, **examples(training.data, rows)}


def predictions(
    training: Training, split: str = "", worst: bool = True, most: int = MOST_SHOWN
) -> dict[str, Array]:
    """Single examples with what the network says, by loss, the largest first.

    ``rows``, ``losses``, and the pictures of the inputs; of classes ``predicted`` and ``true``
    ids with the ``chances`` of the predicted and ``right`` of the true one, (N,), or (N, K) where
    an image has several boxes, −1 being none; of numbers ``predicted`` and ``true`` (N, k).
    Boxes, where they are answered too, are ``true_boxes`` and ``predicted_boxes`` (N, K, 4).
    Raises ``RunError`` where no output answers with either.
    """
    answer = _answer(training, "predictions")
    seen, data = look(training, split), training.data
    found = answered(training, answer, seen.rows)
    places = in_order(found.losses, worst=worst, most=most)
    rows = seen.rows[places]
    told = {**seen.told(), "rows": rows.astype(np.int64), "losses": found.losses[places]}
    told |= examples(data, rows)
    if data.task == "regression":
        shape = (len(found.losses), -1)
        pair = (found.prediction.reshape(shape), found.target.reshape(shape))
        predicted, true = (np.ascontiguousarray(x.numpy()[places, :8]) for x in pair)
        return {**told, "predicted": predicted, "true": true}
    guessed, chances, ids = judged(training, answer, found.prediction, found.target)
    right = _chance_of(answer, training, found.prediction, torch.from_numpy(ids))
    return {
        **told,
        "predicted": guessed[places],
        "true": ids[places],
        "chances": chances[places],
        "right": right[places],
        "classes": as_text(_names(training, found)),
        **_boxes(training, rows),
    }


def _boxes(training: Training, rows: Rows) -> dict[str, Array]:
    """The boxes of these rows, and those that an answer gives, if one does."""
    of_boxes = (a for a in training.wiring.answers if a.field in ("y", "boxes"))
    answer = next(of_boxes, None) if training.data.task == "boxes" else None
    if answer is None or not len(rows):
        return {}
    found = answered(training, answer, np.sort(rows))
    order, shape = np.argsort(np.argsort(rows)), (len(rows), -1, 4)
    pair = (("true", found.target), ("predicted", found.prediction))
    return {f"{name}_boxes": x.reshape(shape).numpy()[order] for name, x in pair}


def _names(training: Training, found: Answered) -> list[str]:
    """Of every class: the data's, and the ids of further ones that an answer may compute."""
    known = training.data.classes
    count = class_count(found.prediction, found.target, len(known))
    return [*known, *(str(i) for i in range(len(known), count))]


def judged(
    training: Training, answer: Answer, prediction: Tensor, target: Tensor
) -> tuple[Array, Array, Array]:
    """The class predicted, its chance, and the true class, of every example (N,) or its boxes."""
    if prediction.ndim > target.ndim:
        guessed, ids = prediction.argmax(1), target.long()
    else:
        op = training.graph.nodes[answer.loss].op.name
        guessed, ids = (prediction > HALF.get(op, 0.0)).long(), (target > 0).long()
    shape = (len(ids), -1) if ids[:1].numel() > 1 else (-1,)
    guessed, ids = guessed.reshape(shape), ids.reshape(shape)
    chances = _chance_of(answer, training, prediction, guessed)
    return guessed.numpy(), chances, ids.numpy()


def _chance_of(answer: Answer, training: Training, prediction: Tensor, ids: Tensor) -> Array:
    """The probability that the network gives each class; NaN where its scores are none, or that is
    none."""
    known = probabilities(answer, training, prediction)
    if known is None:
        return np.full(tuple(ids.shape), np.nan, np.float32)
    places = ids.long().clamp(min=0).reshape(len(ids), 1, -1)
    chances = known.reshape(*known.shape[:2], -1).gather(1, places).reshape(ids.shape)
    return np.asarray(torch.where(ids < 0, torch.nan, chances).numpy(), np.float32)


def probabilities(answer: Answer, training: Training, prediction: Tensor) -> Tensor | None:
    """(N, classes), or (N, classes, K) of boxes, where the loss says what a score means."""
    op = training.graph.nodes[answer.loss].op.name
    is_one = prediction.ndim < 2 or prediction.shape[1] == 1
    if is_one:
        scores = prediction.reshape(-1)
        yes = scores if op in _CHANCES else torch.sigmoid(scores) if op in _LOGITS else None
        return None if yes is None else torch.stack([1 - yes, yes], 1)
    if op in _LOGITS:
        return torch.softmax(prediction, 1)
    return prediction.exp() if op in _LOGS else None


def _answer(training: Training, what: str) -> Answer:
    if training.data.task not in ("classes", "regression", "boxes") or (
        training.data.task == "regression" and what != "predictions"
    ):
        raise RunError(
            f"{what} are shown for data with classes, and {training.data.name} has the task "
            f"{training.data.task}: choose another view"
        )
    fields = _FIELDS if training.data.task == "classes" else _FIELDS[::-1]
    answer = answer_of(training, fields, what)
    if training.data.task == "boxes" and answer.field == "y":
        raise RunError(f"{training.data.name} is answered with boxes: look at them over the images")
    return answer
