"""Losses of classifiers with two classes: from probabilities, from logits, and from scores."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from graphlab.errors import OpError
from graphlab.ops.activations import Sigmoid
from graphlab.ops.broadcasting import Shape
from graphlab.ops.contract import Array, Domain, Tensor
from graphlab.ops.expression import Expression
from graphlab.ops.losses import PAIRS, ElementwiseLoss, Reduction, lowered, offender, reduced

LEAST_LOG = -100.0  # what log(0) counts as, in PyTorch as here
LEAST_VARIANCE = float(np.float32(1e-12))  # least p(1 - p) in the gradient; PyTorch's own float


class BinaryCrossEntropy(ElementwiseLoss):
    """−log of the probability given to the right answer, for questions with two answers.

    ``prediction`` is a probability, such as a sigmoid gives, and ``target`` is 1 or 0, or the
    probability of 1. Prefer ``binary_cross_entropy_with_logits``, which never saturates.
    """

    other_names = ("BCE", "log loss")
    formula = Expression("l = -(target * log(prediction)) - (1 - target) * log(1 - prediction)")
    partials = {
        "prediction": Expression("(prediction - target) / (prediction * (1 - prediction))"),
        "target": Expression("log(1 - prediction) - log(prediction)"),
    }
    convention = (
        "A logarithm below -100 counts as -100, so that predictions of exactly 0 and 1 have a "
        "finite loss, and p(1 - p) below 1e-12 counts as that in the partial, as in PyTorch; so "
        "too, the target's partial there is infinite."
    )
    samples = PAIRS
    domains = {"prediction": Domain(0.05, 0.95), "target": Domain(0.0, 1.0)}

    @staticmethod
    def forward(prediction: Array, target: Array, *, reduction: Reduction = "mean") -> Any:
        _refuse_outside(prediction)
        yes, no = (np.maximum(log, LEAST_LOG) for log in _logs(prediction))
        return reduced((target - 1) * no - target * yes, reduction)

    @staticmethod
    def slopes(prediction: Array, target: Array) -> tuple[Any, ...]:
        yes, no = _logs(prediction)
        variance = np.maximum(prediction * (1 - prediction), LEAST_VARIANCE)
        return (prediction - target) / variance, no - yes

    @staticmethod
    def lower(
        torch: Any, prediction: Tensor, target: Tensor, *, reduction: Reduction = "mean"
    ) -> Tensor:
        pair = torch.broadcast_tensors(prediction, target)
        return torch.nn.functional.binary_cross_entropy(*pair, reduction=reduction)


class BinaryCrossEntropyWithLogits(ElementwiseLoss):
    """Sigmoid and binary cross-entropy in one: ``logits`` are the scores before the sigmoid.

    It is ``-t log σ(z) - (1 - t) log(1 - σ(z))``, written so that nothing overflows and a wrong
    answer always has a gradient.
    """

    other_names = ("BCE with logits", "logistic loss")
    formula = Expression("l = max(logits, 0) - target * logits + log(1 + exp(-abs(logits)))")
    partials = {
        "logits": Expression("1 / (1 + exp(-logits)) - target"),
        "target": Expression("-logits"),
    }
    samples = PAIRS
    domains = {"target": Domain(0.0, 1.0)}

    @staticmethod
    def forward(logits: Array, target: Array, *, reduction: Reduction = "mean") -> Any:
        softplus = np.maximum(logits, 0) + np.log1p(np.exp(-np.abs(logits)))
        return reduced(softplus - target * logits, reduction)

    @staticmethod
    def slopes(logits: Array, target: Array) -> tuple[Any, ...]:
        return Sigmoid.forward(logits) - target, -logits

    @staticmethod
    def lower(
        torch: Any, logits: Tensor, target: Tensor, *, reduction: Reduction = "mean"
    ) -> Tensor:
        pair = torch.broadcast_tensors(logits, target)
        return torch.nn.functional.binary_cross_entropy_with_logits(*pair, reduction=reduction)


class SignLoss(ElementwiseLoss, abstract=True):
    """Losses whose target is the sign the prediction should have, -1 or 1; it gets no gradient."""

    samples = PAIRS
    undifferentiated = frozenset({"target"})

    @classmethod
    def draw(
        cls, random: np.random.Generator, shapes: Sequence[Shape], **attributes: Any
    ) -> tuple[Array, ...]:
        prediction, target = shapes
        signs = random.choice([-1.0, 1.0], target)
        return np.asarray(random.uniform(-3, 3, prediction)), np.asarray(signs)

    @classmethod
    def refuse_others(cls, target: Array) -> None:
        """Raise ``OpError`` for the first target that is neither -1 nor 1."""
        found = offender(target, np.abs(target) != 1)
        if found:
            raise OpError(
                f"target {found}, and {cls.name} wants -1 or 1; make labels of 0 and 1 into "
                f"2 * target - 1"
            )


class BinaryHinge(SignLoss):
    """max(0, 1 - t s): zero once the score ``s`` has the target's sign and is at least 1 from 0.

    The loss of the linear support vector machine, whose margin is that 1.
    """

    other_names = ("SVM loss", "support vector machine")
    formula = Expression("l = max(0, 1 - target * prediction)")
    partials = {"prediction": Expression("-target if target * prediction <= 1 else 0")}
    convention = "Exactly on the margin the partial is still -t, as torch.clamp has it."

    @staticmethod
    def forward(prediction: Array, target: Array, *, reduction: Reduction = "mean") -> Any:
        BinaryHinge.refuse_others(target)
        return reduced(np.maximum(1 - target * prediction, 0), reduction)

    @staticmethod
    def slopes(prediction: Array, target: Array) -> tuple[Any, ...]:
        return np.where(np.less_equal(target * prediction, 1), -target, 0), None

    @staticmethod
    def lower(
        torch: Any, prediction: Tensor, target: Tensor, *, reduction: Reduction = "mean"
    ) -> Tensor:
        return lowered(torch, (1 - target.detach() * prediction).clamp(min=0), reduction)


class PerceptronLoss(SignLoss):
    """max(0, -t s): how far the score ``s`` is on the wrong side of 0.

    One gradient step on it is the perceptron rule: a wrong example is added to the weights, times
    its target.
    """

    other_names = ("perceptron criterion",)
    formula = Expression("l = max(0, -(target * prediction))")
    partials = {"prediction": Expression("-target if target * prediction <= 0 else 0")}
    convention = (
        "At a score of 0 the partial is -t, as torch.clamp has it; so a perceptron that starts "
        "with all weights 0 learns."
    )

    @staticmethod
    def forward(prediction: Array, target: Array, *, reduction: Reduction = "mean") -> Any:
        PerceptronLoss.refuse_others(target)
        return reduced(np.maximum(-target * prediction, 0), reduction)

    @staticmethod
    def slopes(prediction: Array, target: Array) -> tuple[Any, ...]:
        return np.where(np.less_equal(target * prediction, 0), -target, 0), None

    @staticmethod
    def lower(
        torch: Any, prediction: Tensor, target: Tensor, *, reduction: Reduction = "mean"
    ) -> Tensor:
        return lowered(torch, (-target.detach() * prediction).clamp(min=0), reduction)


def _logs(probability: Array) -> tuple[Any, Any]:
    """log p and log(1 - p), -infinity at the ends."""
    with np.errstate(divide="ignore"):
        return np.log(probability), np.log1p(np.negative(probability))


def _refuse_outside(probability: Array) -> None:
    inside = np.logical_and(np.greater_equal(probability, 0), np.less_equal(probability, 1))
    found = offender(probability, np.logical_not(inside))
    if found:
        raise OpError(
            f"prediction {found}, and a probability lies between 0 and 1; put a sigmoid before it, "
            f"or use binary_cross_entropy_with_logits"
        )
