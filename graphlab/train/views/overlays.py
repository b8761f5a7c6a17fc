"""What is drawn over images: masks, density maps and boxes, those that are furthest off first.

Imported only where torch is wanted.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from graphlab.data.columns import Array
from graphlab.train.detecting import overlap
from graphlab.train.metrics import HALF
from graphlab.train.training import Training
from graphlab.train.views.asking import Look, answer_of, answered, in_order, look
from graphlab.train.views.pictures import LARGE, in_bytes, smaller, unscaled

MOST_IMAGES = 12
"""So many images are shown at once."""


def masks(
    training: Training, split: str = "", worst: bool = True, most: int = MOST_IMAGES
) -> dict[str, Array]:
    """``images``, and over each the ``true`` and the ``predicted`` mask as 0 and 1.

    ``scores`` has the IoU of each, |A ∩ B| / |A ∪ B| at full size; both empty make 1.
    Raises ``RunError`` where no output answers with a mask.
    """
    answer = answer_of(training, ("mask", "labels"), "masks")
    seen = look(training, split)
    found = answered(training, answer, seen.rows)
    op = training.graph.nodes[answer.loss].op.name
    is_by_class = found.prediction.ndim > found.target.ndim
    guess = found.prediction.argmax(1) > 0 if is_by_class else found.prediction > HALF.get(op, 0.0)
    true = (found.target > 0).reshape(guess.shape)
    both, either = (x.flatten(1).sum(1).double() for x in (guess & true, guess | true))
    scores = torch.where(either > 0, both / either.clamp(min=1), 1.0).numpy()
    places = in_order(-scores, worst=worst, most=most)
    return {
        **_pictures(seen, places, _plane(true).shape[-2:]),
        "true": _small_mask(_plane(true)[places]),
        "predicted": _small_mask(_plane(guess)[places]),
        "scores": scores[places],
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


def _small_mask(mask: Tensor) -> Array:
    """A mask for an image of at most the largest size shown: what half of its pixels say."""
    return np.asarray(smaller(mask.float().numpy()[:, None], LARGE)[:, 0] >= 0.5).astype(np.uint8)
