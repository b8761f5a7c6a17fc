"""Losses that compare masks as wholes, for segmentation."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphlab.errors import OpError
from graphlab.ops.broadcasting import Shape, show_shape
from graphlab.ops.contract import Array, Tensor, sample
from graphlab.ops.expression import Latex
from graphlab.ops.losses import Loss, Reduction, lowered, reduced, refuse_empty


class DiceLoss(Loss):
    """How little two masks overlap: 0 where they agree, almost 1 where they share nothing.

    ``prediction`` holds probabilities and ``target`` the mask, both (N, ...). The sums run over
    all axes but the batch, so each example has one loss, and ``reduction`` is over examples.
    ``smooth`` keeps the loss defined where both masks are empty (Milletari et al. 2016).
    """

    other_names = ("overlap loss",)
    formula = Latex(
        r"l = 1 - \frac{2 \sum prediction \cdot target + smooth}"
        r"{\sum prediction + \sum target + smooth}"
    )
    partials = {
        "prediction": Latex(r"\frac{1 - l - 2 \, target}{\sum prediction + \sum target + smooth}"),
        "target": Latex(r"\frac{1 - l - 2 \, prediction}{\sum prediction + \sum target + smooth}"),
    }
    samples = (
        sample((2, 5), (2, 5)),
        sample((3, 1, 2, 2), (3, 1, 2, 2), reduction="none"),
        sample((2, 3, 2), (2, 3, 2), reduction="sum", smooth=0.1),
    )

    @staticmethod
    def forward(
        prediction: Array, target: Array, *, reduction: Reduction = "mean", smooth: float = 1.0
    ) -> Any:
        shared, total = _overlap(prediction, target, smooth)
        return reduced(np.reshape(1 - shared / total, len(shared)), reduction)

    @classmethod
    def joint_shape(cls, *shapes: Any, **attributes: Any) -> Shape:
        prediction, target = shapes
        if prediction != target:
            raise OpError(
                f"prediction is {show_shape(prediction)} and target is {show_shape(target)}: "
                f"dice_loss compares two masks of one shape, so make them equal"
            )
        if len(prediction) < 2:
            raise OpError(
                f"prediction is {show_shape(prediction)}, and dice_loss needs a batch axis and at "
                f"least one more; reshape one mask of n elements to 1×n"
            )
        if attributes.get("smooth", 1.0) <= 0:
            raise OpError(
                f"smooth is {attributes['smooth']}, and dice_loss needs a positive one: without "
                f"it two empty masks would be 0 / 0"
            )
        refuse_empty(prediction[:1], attributes.get("reduction", "mean"))
        return tuple(prediction)

    @classmethod
    def per_loss(cls, rank: int) -> tuple[int, ...]:
        return tuple(range(1, rank))

    @classmethod
    def local(
        cls,
        out: Array,
        prediction: Array,
        target: Array,
        *,
        reduction: Reduction = "mean",
        smooth: float = 1.0,
    ) -> tuple[Any, ...]:
        shared, total = _overlap(prediction, target, smooth)
        score = shared / total
        return (
            cls.share((score - 2 * target) / total, prediction.shape, reduction),
            cls.share((score - 2 * prediction) / total, prediction.shape, reduction),
        )

    @classmethod
    def draw(cls, random: np.random.Generator, shapes: Any, **attributes: Any) -> tuple[Array, ...]:
        prediction, target = shapes
        return random.uniform(0.05, 0.95, prediction), random.integers(0, 2, target).astype(float)

    @staticmethod
    def lower(
        torch: Any,
        prediction: Tensor,
        target: Tensor,
        *,
        reduction: Reduction = "mean",
        smooth: float = 1.0,
    ) -> Tensor:
        p, t = prediction.flatten(1), target.flatten(1)
        score = (2 * (p * t).sum(1) + smooth) / (p.sum(1) + t.sum(1) + smooth)
        return lowered(torch, 1 - score, reduction)


def _overlap(prediction: Array, target: Array, smooth: float) -> tuple[Array, Array]:
    """The numerator and the denominator of the Dice score, one an example, axes kept."""
    axes = tuple(range(1, prediction.ndim))
    both = (prediction * target).sum(axis=axes, keepdims=True)
    each = (prediction + target).sum(axis=axes, keepdims=True)
    return 2 * both + smooth, each + smooth
