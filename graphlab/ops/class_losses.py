"""Losses of classifiers with many classes: one score a class, and a target class.

Those of probabilities are in ``likelihoods.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from graphlab.errors import OpError
from graphlab.ops.broadcasting import Shape, show_shape
from graphlab.ops.contract import Array, Tensor, sample
from graphlab.ops.expression import Latex
from graphlab.ops.losses import Loss, Reduction, lowered, offender, reduced, refuse_empty
from graphlab.ops.softmax import LogSoftmax

IDS = (
    sample((4,), ()),
    sample((3, 4), (3,)),
    sample((3, 4), (3,), reduction="sum"),
    sample((3, 4), (3,), reduction="none"),
    sample((2, 3, 5), (2, 5)),
    sample((2, 3, 2, 2), (2, 2, 2), reduction="none"),
)


class ClassLoss(Loss, abstract=True):
    """Losses of one number a class against a class id: 0, 1, … up to the number of classes.

    The classes are on axis 1, behind the batch, or on axis 0 of a single example; ``target`` has
    the same shape without that axis.
    """

    accepts_probabilities: ClassVar[bool] = False

    @classmethod
    def joint_shape(cls, *shapes: Any, **attributes: Any) -> Shape:
        scores, target = shapes[:2]  # class weights may follow
        name = cls.ports[0]
        if not scores:
            raise OpError(
                f"{name} is a scalar, and {cls.name} needs one number a class; give it shape "
                f"(examples, classes)"
            )
        axis = class_axis(len(scores))
        ids = scores[:axis] + scores[axis + 1 :]
        if not scores[axis]:
            raise OpError(
                f"{name} is {show_shape(scores)}, with no classes on axis {axis}; give it at least "
                f"one class there"
            )
        if target != ids and not (cls.accepts_probabilities and target == scores):
            way = f"one class id an example, shape {show_shape(ids)}"
            if cls.accepts_probabilities:
                way += f", or one probability a class, shape {show_shape(scores)}"
            raise OpError(
                f"{name} is {show_shape(scores)} and target is {show_shape(target)}: with the "
                f"{scores[axis]} classes on axis {axis}, target must be {way}"
            )
        refuse_empty(ids, attributes.get("reduction", "mean"))
        return tuple(scores)

    @classmethod
    def per_loss(cls, rank: int) -> tuple[int, ...]:
        return (class_axis(rank),)

    @classmethod
    def draw(
        cls, random: np.random.Generator, shapes: Sequence[Shape], **attributes: Any
    ) -> tuple[Array, ...]:
        scores, target = shapes[:2]
        drawn = np.asarray(random.uniform(-3, 3, scores))
        if target == scores:
            return drawn, np.exp(log_softmax(np.asarray(random.uniform(-2, 2, target))))
        classes = scores[class_axis(len(scores))]
        return drawn, np.asarray(random.integers(0, classes, target), dtype=float)


class MulticlassHinge(ClassLoss):
    """The multiclass support vector machine's loss: Σ max(0, s_j - s_y + margin) over j ≠ y.

    Every class whose score comes closer than ``margin`` to the target class's adds what is
    missing. The sum is not divided by the number of classes (torch's multi_margin_loss does).
    """

    formula = Latex(
        r"l = \sum_{j \neq y} \max\left(0, s_j - s_y + margin\right), "
        r"\quad s = scores, \; y = target"
    )
    partials = {
        "scores": Latex(r"1 \text{ where } s_j - s_y + margin > 0\text{, minus their number at } y")
    }
    convention = "Where a score is exactly at the margin its partial is 0, as in PyTorch."
    samples = (*IDS, sample((3, 4), (3,), margin=0.5), sample((5,), (), margin=2.0))
    undifferentiated = frozenset({"target"})

    @staticmethod
    def forward(
        scores: Array, target: Array, *, reduction: Reduction = "mean", margin: float = 1.0
    ) -> Any:
        missing = _missing(scores, at_target(target, scores), margin)
        return reduced(missing.sum(axis=class_axis(scores.ndim)), reduction)

    @classmethod
    def local(
        cls,
        out: Array,
        scores: Array,
        target: Array,
        *,
        reduction: Reduction = "mean",
        margin: float = 1.0,
    ) -> tuple[Any, ...]:
        at = at_target(target, scores)
        slope = (_missing(scores, at, margin) > 0).astype(scores.dtype)
        slope[at] = -slope.sum(axis=class_axis(scores.ndim))
        return cls.share(slope, slope.shape, reduction), None

    @staticmethod
    def lower(
        torch: Any,
        scores: Tensor,
        target: Tensor,
        *,
        reduction: Reduction = "mean",
        margin: float = 1.0,
    ) -> Tensor:
        ids = target.long()
        rows = scores.movedim(class_axis(scores.ndim), -1)
        classes = rows.shape[-1]
        losses = torch.nn.functional.multi_margin_loss(
            rows.reshape(-1, classes), ids.reshape(-1), margin=margin, reduction="none"
        )
        return lowered(torch, losses.reshape(ids.shape) * classes, reduction)


def class_axis(rank: int) -> int:
    """The axis of the classes: behind the batch, or the only one of a single example."""
    return 1 if rank > 1 else 0


def at_target(target: Array, scores: Array) -> tuple[Any, ...]:
    """The index of each example's element of ``scores`` at its target class.

    Raises ``OpError`` for a target that is no class of ``scores``.
    """
    axis = class_axis(scores.ndim)
    classes = scores.shape[axis]
    values = np.asarray(target)
    found = offender(values, (values != np.rint(values)) | (values < 0) | (values >= classes))
    if found:
        raise OpError(
            f"target {found}, and the {classes} classes are numbered 0 to {classes - 1}; give "
            f"whole numbers in that range, or scores for more classes"
        )
    others = np.indices(values.shape, sparse=True)
    return (*others[:axis], values.astype(np.intp), *others[axis:])


def log_softmax(x: Array) -> Array:
    """log(eˣ / Σ eˣ) along the class axis; subtracting the maximum first, nothing overflows."""
    return np.asarray(LogSoftmax.forward(x, axis=class_axis(x.ndim)))


def _missing(scores: Array, at: tuple[Any, ...], margin: float) -> Array:
    """By how much each class comes too close to the target class, which itself has 0."""
    right = np.expand_dims(scores[at], class_axis(scores.ndim))
    missing = np.maximum(scores - right + margin, 0)
    missing[at] = 0
    return np.asarray(missing)
