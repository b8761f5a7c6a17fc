"""What is drawn over images: masks, density maps and boxes, those that are furthest off first.

Imported only where torch is wanted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from graphlab.data.columns import Array
from graphlab.train.detecting import overlap
from graphlab.train.metrics import HALF, Masks
from graphlab.train.training import Training
from graphlab.train.views.asking import Look, answer_of, answered, in_order, look
from graphlab.train.views.pictures import LARGE, in_bytes, smaller, unscaled

MOST_IMAGES = 12
"""So many images are shown at once."""


def masks(
    training: Training, split: str = "", worst: bool = True, most: int = MOST_IMAGES
) -> dict[str, Array]:
    """``images``, and over each the ``true`` and the ``predicted`` mask: the class of each pixel.

    ``scores`` and ``dice`` have what ``metrics.Masks`` tells of each at full size: of two classes
    that of what is sought, of more the mean over those that occur, which are told by class too,
    ``class_scores`` and ``class_dice`` (N, classes), NaN for one that does not occur.  A pixel of
    no class is shown as one of 0 in both.
    Raises ``RunError`` where no output answers with a mask.
    """
    answer = answer_of(training, ("mask", "labels"), "masks")
    seen = look(training, split)
    found = answered(training, answer, seen.rows)
    threshold = HALF.get(training.graph.nodes[answer.loss].op.name, 0.0)
    told = [
        _judged(threshold, found.prediction[i : i + 1], found.target[i : i + 1])
        for i in range(len(seen.rows))
    ]
    guess, true = Masks(threshold).pixels(found.prediction, found.target)
    scores = np.array([each["iou"] for each in told])
    places = in_order(-scores, worst=worst, most=most)
    known = true[places] >= 0
    return {
        **_pictures(seen, places, _plane(true).shape[-2:]),
        "true": _small_mask(_plane(true[places] * known)),
        "predicted": _small_mask(_plane(guess[places] * known)),
        "scores": scores[places],
        "dice": np.array([told[place]["dice"] for place in places]),
        **_by_class([told[place] for place in places]),
    }


def density(
    training: Training, split: str = "", worst: bool = True, most: int = MOST_IMAGES
) -> dict[str, Array]:
    """``images``, the ``true`` and the ``predicted`` map, and what each sums to.

    ``counts`` (N, 2) are the true and the predicted sum at full size; ``points`` (N, K, 2) are
    the true places as y, x, shares of height and width, −1 where there are fewer.
    Raises ``RunError`` where no output answers with a map.
    """
    answer = answer_of(training, ("density",), "density maps")
    seen = look(training, split)
    found = answered(training, answer, seen.rows)
    counts = torch.stack([x.flatten(1).double().sum(1) for x in (found.target, found.prediction)])
    off = (counts[1] - counts[0]).abs().numpy()
    places = in_order(off, worst=worst, most=most)
    true, guess = (_plane(x)[places] for x in (found.target, found.prediction))
    told = {
        **_pictures(seen, places, true.shape[-2:]),
        "true": smaller(true.numpy()[:, None], LARGE)[:, 0],
        "predicted": smaller(guess.numpy()[:, None], LARGE)[:, 0],
        "counts": np.ascontiguousarray(counts.T.numpy()[places]),
    }
    if "points" in training.data.fields:
        points = training.data.take(seen.rows[places], ("points",))["points"]
        size = np.array(training.data.fields["x"].shape[-2:], np.float32)
        told["points"] = np.where(points >= 0, (points + 0.5) / size, -1).astype(np.float32)
    return told


def boxes(
    training: Training, split: str = "", worst: bool = True, most: int = MOST_IMAGES
) -> dict[str, Array]:
    """``images``, and over each the ``true`` and the ``predicted`` boxes (N, K, 4).

    Corners are x0, y0, x1, y1 as shares of width and height; ``scores`` is the mean IoU of each
    image.  Raises ``RunError`` where no output answers with boxes.
    """
    answer = answer_of(training, ("y", "boxes") if _has_boxes(training) else ("boxes",), "boxes")
    seen = look(training, split)
    found = answered(training, answer, seen.rows)
    count = len(found.losses)
    guess, true = (x.reshape(count, -1, 4).double() for x in (found.prediction, found.target))
    lies = (true >= 0).all(-1)
    each = torch.where(lies, overlap(guess, true), 0.0)
    scores = (each.sum(1) / lies.sum(1).clamp(min=1)).numpy()
    places = in_order(-scores, worst=worst, most=most)
    return {
        **_pictures(seen, places, training.data.fields["x"].shape[-2:]),
        "true": true[places].float().numpy(),
        "predicted": guess[places].float().numpy(),
        "scores": scores[places],
    }


def _has_boxes(training: Training) -> bool:
    return training.data.task == "boxes"


def _pictures(seen: Look, places: Array, size: tuple[int, ...]) -> dict[str, Array]:
    """The images of some of the rows, cut to the middle that the answer covers."""
    data, rows = seen.training.data, seen.rows[places]
    x = unscaled(data, data.take(rows, ("x",))["x"])
    if x.ndim == 5:
        x = x[:, :, x.shape[2] // 2]
    top, left = (max(0, (have - want) // 2) for have, want in zip(x.shape[-2:], size, strict=True))
    x = x[:, :, top : top + size[0], left : left + size[1]]
    told = {**seen.told(), "rows": rows.astype(np.int64)}
    return {**told, "images": in_bytes(smaller(x, LARGE))}


def _plane(x: Tensor) -> Tensor:
    """(N, H, W) of what has one channel, of a volume the middle plane."""
    while x.ndim > 4:
        x = x[:, :, x.shape[2] // 2]
    return x[:, 0] if x.ndim == 4 else x


def _judged(threshold: float, prediction: Tensor, target: Tensor) -> dict[str, Any]:
    """What the metrics tell of one image."""
    metrics = Masks(threshold)
    metrics.add(prediction, target)
    return metrics.result()


def _by_class(told: Sequence[dict[str, Any]]) -> dict[str, Array]:
    """The scores of each image by class, where there are more than two."""
    found = {}
    for name, key in (("class_scores", "class_iou"), ("class_dice", "class_dice")):
        rows = [each[key] for each in told if key in each]
        if rows:
            wide = max(map(len, rows))
            padded = [[*row, *[None] * (wide - len(row))] for row in rows]
            found[name] = np.array(padded, np.float64)
    return found


def _small_mask(mask: Tensor) -> Array:
    """A mask for an image of at most the largest size shown: what most of its pixels say."""
    ids = np.unique(mask.numpy())
    shares = [smaller((mask == int(i)).float().numpy()[:, None], LARGE)[:, 0] for i in ids]
    last = len(ids) - 1 - np.argmax(shares[::-1], 0)  # of equal shares the higher class
    return np.ascontiguousarray(ids[last], np.uint8)
