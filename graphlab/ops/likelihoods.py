"""Cross-entropy and likelihood: how little probability was given to the right class.

Classes may weigh differently, and one class id may stand for "do not count this one".  The mean is
over what counts, by its weight, as in PyTorch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from graphlab.errors import OpError
from graphlab.ops.attributes import OpenShape
from graphlab.ops.broadcasting import Shape, show_shape
from graphlab.ops.class_losses import IDS, ClassLoss, at_target, class_axis, log_softmax
from graphlab.ops.contract import Array, Tensor, sample
from graphlab.ops.expression import Latex
from graphlab.ops.losses import Reduction

PROBABILITIES = (
    sample((4,), (4,)),
    sample((3, 4), (3, 4)),
    sample((2, 3, 5), (2, 3, 5)),
    sample((3, 4), (3, 4), reduction="sum"),
    sample((2, 3, 5), (2, 3, 5), reduction="none"),
)
WEIGHTED = (
    sample((3, 4), (3,), (4,)),
    sample((2, 3, 2, 2), (2, 2, 2), (3,), ignore_index=1),
    sample((5, 4), (5,), ignore_index=-100),
    sample((5, 4), (5,), (4,), ignore_index=2, reduction="sum"),
)
NOTHING_IGNORED = -100  # PyTorch's default, which no class has


class Likelihood(ClassLoss, abstract=True):
    """A loss of class ids with class weights and an id that does not count."""

    @classmethod
    def shape(cls, *shapes: Any, **attributes: Any) -> Shape:
        found = super().shape(*shapes, **attributes)
        scores, target, weight = (*shapes, None)[:3]
        classes = scores[class_axis(len(scores))]
        if weight is not None and tuple(weight) != (classes,):
            raise OpError(
                f"weight is {show_shape(weight)} and {cls.ports[0]} has {classes} classes: give "
                f"weight one number a class, shape {classes}"
            )
        if target == scores and attributes.get("ignore_index") is not None:
            raise OpError(
                f"target is {show_shape(target)}, one probability a class, and ignore_index is "
                f"{attributes['ignore_index']}: only class ids can be ignored; leave it out"
            )
        return found

    @classmethod
    def counted(
        cls, scores: Array, target: Array, weight: Array | None, ignore_index: int | None
    ) -> tuple[tuple[Any, ...], Array]:
        """Where each example's target class is in ``scores``, and how much the example counts."""
        ignored = np.zeros(np.shape(target), bool)
        if ignore_index is not None:
            ignored = np.equal(target, ignore_index)
            target = np.where(ignored, 0, target)
        at = at_target(target, scores)
        own = np.ones(np.shape(target)) if weight is None else weight[at[class_axis(scores.ndim)]]
        return at, np.where(ignored, 0, own).astype(scores.dtype)

    @classmethod
    def gathered(cls, losses: Array, counts: Any, reduction: Reduction) -> Any:
        """The losses, their sum, or their mean by what counts."""
        if reduction == "none":
            return losses
        return np.sum(losses) if reduction == "sum" else cls.mean(np.sum(losses), counts)

    @classmethod
    def mean(cls, total: Any, counts: Any) -> Any:
        """``total`` by what counts; no number where nothing does."""
        with np.errstate(invalid="ignore"):
            return total / np.sum(counts)

    @classmethod
    def draw(
        cls, random: np.random.Generator, shapes: Sequence[Any], **attributes: Any
    ) -> tuple[Any, ...]:
        scores, target = super().draw(random, shapes, **attributes)
        ignored = attributes.get("ignore_index")
        if ignored is not None and target.shape != scores.shape:
            classes = scores.shape[class_axis(scores.ndim)]
            target = np.where(random.random(target.shape) < 0.3, float(ignored), target)
            target.flat[0] = (ignored + 1) % classes  # one at least counts
        weights = [None if w is None else random.uniform(0.3, 2.0, w) for w in shapes[2:]]
        return scores, target, *weights

    @classmethod
    def open_shape(
        cls,
        port: str,
        known: Mapping[str, Shape | None],
        wanted: OpenShape | None,
        **attributes: Any,
    ) -> OpenShape | None:
        """There is one weight a class."""
        scores = known.get(cls.ports[0])
        if port != "weight" or not scores:
            return wanted
        return (scores[class_axis(len(scores))],) if wanted in (None, (None,)) else wanted


class NegativeLogLikelihood(Likelihood):
    """Minus the log-probability that was given to the target class.

    ``log_probabilities`` is what a log-softmax gives; together they are ``cross_entropy``. With
    ``weight``, one number a class, an example counts by its class's, in the mean too; an example
    whose target is ``ignore_index`` does not count.
    """

    other_names = ("NLL",)
    formula = Latex(r"l = -weight_y \, p_y, \quad p = log_probabilities, \; y = target")
    partials = {
        "log_probabilities": Latex(r"-weight_y \text{ at the class } target\text{, 0 elsewhere}")
    }
    samples = (*IDS, *WEIGHTED)
    undifferentiated = frozenset({"target", "weight"})

    @classmethod
    def forward(
        cls,
        log_probabilities: Array,
        target: Array,
        weight: Array | None = None,
        *,
        reduction: Reduction = "mean",
        ignore_index: int | None = None,
    ) -> Any:
        at, counts = cls.counted(log_probabilities, target, weight, ignore_index)
        losses = np.where(np.equal(counts, 0), 0, -log_probabilities[at]) * counts
        return cls.gathered(losses.astype(counts.dtype), counts, reduction)

    @classmethod
    def local(
        cls,
        out: Array,
        log_probabilities: Array,
        target: Array,
        weight: Array | None = None,
        *,
        reduction: Reduction = "mean",
        ignore_index: int | None = None,
    ) -> tuple[Any, ...]:
        at, counts = cls.counted(log_probabilities, target, weight, ignore_index)
        slope = np.zeros_like(log_probabilities)
        slope[at] = -counts
        return cls.mean(slope, counts) if reduction == "mean" else slope, None, None

    @staticmethod
    def lower(
        torch: Any,
        log_probabilities: Tensor,
        target: Tensor,
        weight: Tensor | None = None,
        *,
        reduction: Reduction = "mean",
        ignore_index: int | None = None,
    ) -> Tensor:
        ignored = NOTHING_IGNORED if ignore_index is None else ignore_index
        return torch.nn.functional.nll_loss(
            log_probabilities, target.long(), weight, ignore_index=ignored, reduction=reduction
        )


class CrossEntropy(Likelihood):
    """Softmax and negative log-likelihood in one: −log of the target class's softmax.

    ``target`` is one class id an example, or one probability a class (one-hot, or soft), which
    should add up to 1; a class id counts as the one-hot vector with its 1 there. The mean is over
    examples (and pixels), not over classes. Class ids get no gradient. With ``weight``, one number
    a class, an example counts by its class's; one whose target is ``ignore_index`` does not count.
    ``label_smoothing`` takes that share of the target and spreads it over all classes.
    """

    other_names = ("softmax loss", "classification loss")
    formula = Latex(r"l = -target \cdot \ln \mathrm{softmax}\left(logits\right)")
    partials = {
        "logits": Latex(r"\mathrm{softmax}\left(logits\right) - target"),
        "target": Latex(r"-\ln \mathrm{softmax}\left(logits\right)"),
    }
    samples = (
        *IDS,
        *PROBABILITIES,
        *WEIGHTED,
        sample((3, 4), (3,), label_smoothing=0.1),
        sample((2, 3, 4), (2, 4), (3,), label_smoothing=0.3, ignore_index=0),
        sample((3, 4), (3, 4), (4,), label_smoothing=0.2),
    )
    undifferentiated = frozenset({"weight"})
    accepts_probabilities = True

    @classmethod
    def shape(cls, *shapes: Any, label_smoothing: float = 0.0, **attributes: Any) -> Shape:
        if not 0 <= label_smoothing <= 1:
            raise OpError(f"label_smoothing is {label_smoothing:g}; give a share from 0 to 1")
        return super().shape(*shapes, **attributes)

    @classmethod
    def aims(
        cls,
        logits: Array,
        target: Array,
        weight: Array | None,
        ignore_index: int | None,
        smoothing: float,
    ) -> tuple[Array, Array]:
        """What each log-probability counts, and what each example does in the mean."""
        axis = class_axis(logits.ndim)
        classes = logits.shape[axis]
        placed = 1.0 if weight is None else weight.reshape(-1, *(1,) * (logits.ndim - axis - 1))
        if np.shape(target) == logits.shape:
            examples = np.ones(logits.shape[:axis] + logits.shape[axis + 1 :], logits.dtype)
            return placed * (target * (1 - smoothing) + smoothing / classes), examples
        at, counts = cls.counted(logits, target, weight, ignore_index)
        aim = np.zeros_like(logits)
        aim[at] = (1 - smoothing) * counts
        if smoothing:
            kept = True if ignore_index is None else np.not_equal(target, ignore_index)
            kept = np.expand_dims(np.broadcast_to(kept, counts.shape), axis)
            aim += (smoothing / classes * placed * kept).astype(aim.dtype)
        return aim, counts

    @classmethod
    def forward(
        cls,
        logits: Array,
        target: Array,
        weight: Array | None = None,
        *,
        reduction: Reduction = "mean",
        ignore_index: int | None = None,
        label_smoothing: float = 0.0,
    ) -> Any:
        logs = log_softmax(logits)
        if not label_smoothing and np.shape(target) != logits.shape:
            told: dict[str, Any] = {"reduction": reduction, "ignore_index": ignore_index}
            return NegativeLogLikelihood.forward(logs, target, weight, **told)
        aim, counts = cls.aims(logits, target, weight, ignore_index, label_smoothing)
        return cls.gathered(-(aim * logs).sum(axis=class_axis(logs.ndim)), counts, reduction)

    @classmethod
    def local(
        cls,
        out: Array,
        logits: Array,
        target: Array,
        weight: Array | None = None,
        *,
        reduction: Reduction = "mean",
        ignore_index: int | None = None,
        label_smoothing: float = 0.0,
    ) -> tuple[Any, ...]:
        logs, axis = log_softmax(logits), class_axis(logits.ndim)
        aim, counts = cls.aims(logits, target, weight, ignore_index, label_smoothing)
        slope = np.exp(logs) * aim.sum(axis=axis, keepdims=True) - aim
        to_target = None
        if np.shape(target) == logits.shape:
            placed = 1.0 if weight is None else weight.reshape(-1, *(1,) * (logs.ndim - axis - 1))
            to_target = -(1 - label_smoothing) * placed * logs
        if reduction == "mean":
            slope = cls.mean(slope, counts)
            to_target = None if to_target is None else cls.mean(to_target, counts)
        return slope, to_target, None

    @staticmethod
    def lower(
        torch: Any,
        logits: Tensor,
        target: Tensor,
        weight: Tensor | None = None,
        *,
        reduction: Reduction = "mean",
        ignore_index: int | None = None,
        label_smoothing: float = 0.0,
    ) -> Tensor:
        return torch.nn.functional.cross_entropy(
            logits,
            target if target.ndim == logits.ndim else target.long(),
            weight,
            ignore_index=NOTHING_IGNORED if ignore_index is None else ignore_index,
            reduction=reduction,
            label_smoothing=label_smoothing,
        )
