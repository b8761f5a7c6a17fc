"""Losses between distributions and of counts, and the smooth distance that boxes are learnt by."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphlab.errors import OpError
from graphlab.ops.broadcasting import Shape
from graphlab.ops.contract import Array, Domain, Tensor, sample
from graphlab.ops.expression import Expression
from graphlab.ops.losses import PAIRS, ElementwiseLoss, Reduction, lowered, offender, reduced


class SmoothL1(ElementwiseLoss):
    """The absolute error with its kink rounded off: a parabola up to a difference of ``beta``.

    It is the Huber loss divided by ``beta``, and what the corners of boxes are learnt by (Girshick
    2015).
    """

    name = "smooth_l1"
    formula = Expression(
        "l = (prediction - target) ** 2 / (2 * beta) if abs(prediction - target) < beta "
        "else abs(prediction - target) - beta / 2"
    )
    partials = {
        "prediction": Expression(
            "(prediction - target) / beta if abs(prediction - target) < beta "
            "else sign(prediction - target)"
        ),
        "target": Expression(
            "(target - prediction) / beta if abs(prediction - target) < beta "
            "else sign(target - prediction)"
        ),
    }
    samples = (*PAIRS, sample((4, 3), (4, 3), beta=0.5))

    @staticmethod
    def forward(
        prediction: Array, target: Array, *, reduction: Reduction = "mean", beta: float = 1.0
    ) -> Any:
        size = np.abs(prediction - target)
        near = np.minimum(size, beta)
        return reduced(near * (size - near / 2) / beta, reduction)

    @classmethod
    def joint_shape(cls, *shapes: Any, **attributes: Any) -> Shape:
        if attributes.get("beta", 1.0) <= 0:
            raise OpError(
                f"beta is {attributes['beta']}, and smooth_l1 needs a positive one: it is the "
                f"difference at which the parabola turns into a line"
            )
        return super().joint_shape(*shapes, **attributes)

    @staticmethod
    def slopes(prediction: Array, target: Array, *, beta: float = 1.0) -> tuple[Any, ...]:
        slope = np.clip((prediction - target) / beta, -1, 1)
        return slope, -slope

    @staticmethod
    def lower(
        torch: Any,
        prediction: Tensor,
        target: Tensor,
        *,
        reduction: Reduction = "mean",
        beta: float = 1.0,
    ) -> Tensor:
        pair = torch.broadcast_tensors(prediction, target)
        return torch.nn.functional.smooth_l1_loss(*pair, reduction=reduction, beta=beta)


class KLDivergence(ElementwiseLoss):
    """How far one distribution is from another that is meant: Σ t (ln t − ln p).

    ``log_probabilities`` is what a log-softmax gives, ``target`` holds probabilities, which get no
    gradient. Its "mean" is over all elements; the divergence itself is the sum over the classes, so
    take "sum" and divide by the number of examples (Kullback & Leibler 1951).
    """

    name = "kl_divergence"
    other_names = ("relative entropy",)
    formula = Expression("l = target * (log(target) - log_probabilities)")
    partials = {"log_probabilities": Expression("-target")}
    samples = PAIRS
    undifferentiated = frozenset({"target"})
    domains = {"log_probabilities": Domain(-3.0, 0.0), "target": Domain(0.05, 0.95)}

    @staticmethod
    def forward(log_probabilities: Array, target: Array, *, reduction: Reduction = "mean") -> Any:
        found = offender(target, np.less(target, 0))
        if found:
            raise OpError(f"target {found}, and a probability is never negative; use a softmax")
        logs = np.log(np.where(np.equal(target, 0), 1, target))  # 0 ln 0 counts as 0
        return reduced(target * (logs - log_probabilities), reduction)

    @staticmethod
    def slopes(log_probabilities: Array, target: Array) -> tuple[Any, ...]:
        return np.negative(target), None

    @staticmethod
    def lower(
        torch: Any, log_probabilities: Tensor, target: Tensor, *, reduction: Reduction = "mean"
    ) -> Tensor:
        pair = torch.broadcast_tensors(log_probabilities, target)
        # Torch warns that its own mean will change.
        return lowered(torch, torch.nn.functional.kl_div(*pair, reduction="none"), reduction)


class PoissonNLL(ElementwiseLoss):
    """The loss of counting: minus the log-likelihood of a Poisson count, but for what is constant.

    ``log_rate`` is the logarithm of the expected count and ``target`` the count that was seen.
    """

    name = "poisson_nll"
    formula = Expression("l = exp(log_rate) - target * log_rate")
    partials = {
        "log_rate": Expression("exp(log_rate) - target"),
        "target": Expression("-log_rate"),
    }
    samples = PAIRS
    domains = {"target": Domain(0.0, 5.0)}

    @staticmethod
    def forward(log_rate: Array, target: Array, *, reduction: Reduction = "mean") -> Any:
        return reduced(np.exp(log_rate) - target * log_rate, reduction)

    @staticmethod
    def slopes(log_rate: Array, target: Array) -> tuple[Any, ...]:
        return np.exp(log_rate) - target, np.negative(log_rate)

    @staticmethod
    def lower(
        torch: Any, log_rate: Tensor, target: Tensor, *, reduction: Reduction = "mean"
    ) -> Tensor:
        pair = torch.broadcast_tensors(log_rate, target)
        return torch.nn.functional.poisson_nll_loss(*pair, reduction=reduction)
