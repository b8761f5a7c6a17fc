"""How losses average over a batch, and the losses that compare two arrays element by element."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, ClassVar, Literal

import numpy as np

from graphlab.errors import OpError
from graphlab.ops.broadcasting import Shape, show_shape
from graphlab.ops.contract import Array, Tensor, sample
from graphlab.ops.expression import Expression
from graphlab.ops.families import Reducing

Reduction = Literal["mean", "sum", "none"]


class Loss(Reducing, abstract=True):
    """Losses with a ``reduction``: the mean of all of them, their sum, or none (one each).

    A subclass gives ``joint_shape`` and, by ``per_loss``, the joint axes one loss extends over.
    """

    category = "Loss"

    @classmethod
    def per_loss(cls, rank: int) -> tuple[int, ...]:
        """The axes of the joint shape that even ``reduction="none"`` adds up."""
        return ()

    @classmethod
    def reduced_axes(
        cls, rank: int, /, *, reduction: Reduction = "mean", **attributes: Any
    ) -> tuple[int, ...]:
        return cls.per_loss(rank) if reduction == "none" else tuple(range(rank))

    @classmethod
    def share(cls, partials: Any, joint: Shape, reduction: Reduction) -> Any:
        """Turn partials of each loss into partials of their mean, where that is what is asked."""
        if reduction != "mean":
            return partials
        own = cls.per_loss(len(joint))
        return partials / math.prod(size for i, size in enumerate(joint) if i not in own)


class ElementwiseLoss(Loss, abstract=True):
    """Losses of one prediction and one target each; ``slopes`` gives the partials of each loss.

    One of the two may be repeated to the shape of the other, but not both: of 8×1 and 8 nobody
    means the 64 pairs.
    """

    slopes: ClassVar[Callable[..., tuple[Any, ...]]]
    """``slopes(*inputs, **attributes)``: per port, ∂loss/∂input element by element."""

    @classmethod
    def structure_of(cls, port: str = "", /, **attributes: Any) -> str:
        return "diagonal" if attributes.get("reduction") == "none" else cls.structure

    @classmethod
    def joint_shape(cls, *shapes: Any, **attributes: Any) -> Shape:
        return paired_shape(cls.ports, shapes, attributes.get("reduction", "mean"))

    @classmethod
    def local(
        cls, out: Array, *inputs: Array, reduction: Reduction = "mean", **attributes: Any
    ) -> tuple[Any, ...]:
        joint = np.broadcast_shapes(*(np.shape(x) for x in inputs))
        return tuple(
            None if slope is None else cls.share(slope, joint, reduction)
            for slope in cls.slopes(*inputs, **attributes)
        )


PAIRS = (
    sample((), ()),
    sample((5,), (5,)),
    sample((4, 3), (4, 3), reduction="sum"),
    sample((4, 3), (4, 3), reduction="none"),
    sample((4, 3), ()),
    sample((3,), (4, 3), reduction="none"),
)


class SquaredError(ElementwiseLoss):
    """The square of the difference. Its mean is the loss of linear regression.

    Minimising it is maximum likelihood where the target is the prediction plus Gaussian noise.
    """

    other_names = ("MSE", "mean squared error", "quadratic loss")
    formula = Expression("l = (prediction - target) ** 2")
    partials = {
        "prediction": Expression("2 * (prediction - target)"),
        "target": Expression("2 * (target - prediction)"),
    }
    samples = PAIRS

    @staticmethod
    def forward(prediction: Array, target: Array, *, reduction: Reduction = "mean") -> Any:
        return reduced(np.square(prediction - target), reduction)

    @staticmethod
    def slopes(prediction: Array, target: Array) -> tuple[Any, ...]:
        slope = 2 * (prediction - target)
        return slope, -slope

    @staticmethod
    def lower(
        torch: Any, prediction: Tensor, target: Tensor, *, reduction: Reduction = "mean"
    ) -> Tensor:
        pair = torch.broadcast_tensors(prediction, target)
        return torch.nn.functional.mse_loss(*pair, reduction=reduction)


class AbsoluteError(ElementwiseLoss):
    """The size of the difference: an outlier pulls no harder than any other element."""

    other_names = ("MAE", "mean absolute error")
    formula = Expression("l = abs(prediction - target)")
    partials = {
        "prediction": Expression("sign(prediction - target)"),
        "target": Expression("sign(target - prediction)"),
    }
    convention = "Where the prediction equals the target the partials are 0, as in PyTorch."
    samples = PAIRS

    @staticmethod
    def forward(prediction: Array, target: Array, *, reduction: Reduction = "mean") -> Any:
        return reduced(np.abs(prediction - target), reduction)

    @staticmethod
    def slopes(prediction: Array, target: Array) -> tuple[Any, ...]:
        slope = np.sign(prediction - target)
        return slope, -slope

    @staticmethod
    def lower(
        torch: Any, prediction: Tensor, target: Tensor, *, reduction: Reduction = "mean"
    ) -> Tensor:
        pair = torch.broadcast_tensors(prediction, target)
        return torch.nn.functional.l1_loss(*pair, reduction=reduction)


class Huber(ElementwiseLoss):
    """Half the squared error up to a difference of ``delta``, and a straight line beyond it.

    The two pieces meet with the same slope (Huber 1964).
    """

    other_names = ("robust loss",)
    formula = Expression(
        "l = (prediction - target) ** 2 / 2 if abs(prediction - target) <= delta "
        "else delta * (abs(prediction - target) - delta / 2)"
    )
    partials = {
        "prediction": Expression(
            "prediction - target if abs(prediction - target) <= delta "
            "else delta * sign(prediction - target)"
        ),
        "target": Expression(
            "target - prediction if abs(prediction - target) <= delta "
            "else delta * sign(target - prediction)"
        ),
    }
    samples = (*PAIRS, sample((4, 3), (4, 3), delta=0.5), sample((5,), (5,), delta=3.0))

    @staticmethod
    def forward(
        prediction: Array, target: Array, *, reduction: Reduction = "mean", delta: float = 1.0
    ) -> Any:
        size = np.abs(prediction - target)
        near = np.minimum(size, delta)
        return reduced(near * (size - near / 2), reduction)

    @classmethod
    def joint_shape(cls, *shapes: Any, **attributes: Any) -> Shape:
        if attributes.get("delta", 1.0) <= 0:
            raise OpError(
                f"delta is {attributes['delta']}, and huber needs a positive one: it is the "
                f"difference at which the square turns into a line"
            )
        return super().joint_shape(*shapes, **attributes)

    @staticmethod
    def slopes(prediction: Array, target: Array, *, delta: float = 1.0) -> tuple[Any, ...]:
        slope = np.clip(prediction - target, -delta, delta)
        return slope, -slope

    @staticmethod
    def lower(
        torch: Any,
        prediction: Tensor,
        target: Tensor,
        *,
        reduction: Reduction = "mean",
        delta: float = 1.0,
    ) -> Tensor:
        pair = torch.broadcast_tensors(prediction, target)
        return torch.nn.functional.huber_loss(*pair, reduction=reduction, delta=delta)


def reduced(losses: Any, reduction: Reduction) -> Any:
    """The mean or the sum of all losses, or the losses themselves."""
    if reduction == "mean":
        return np.mean(losses)
    return np.sum(losses) if reduction == "sum" else losses


def lowered(torch: Any, losses: Tensor, reduction: Reduction) -> Tensor:
    """The same on tensors."""
    if reduction == "mean":
        return torch.mean(losses)
    return torch.sum(losses) if reduction == "sum" else losses


def refuse_empty(joint: Shape, reduction: Reduction) -> None:
    """A mean needs something to average."""
    if reduction == "mean" and not math.prod(joint):
        raise OpError(
            "the loss has no elements to average; feed at least one example, or set reduction to "
            "sum or none"
        )


def offender(values: Any, is_wrong: Any) -> str:
    """Say where the first wrong element is and what it holds; empty if none is."""
    if not np.any(is_wrong):
        return ""
    place = tuple(int(i) for i in np.argwhere(is_wrong)[0])
    at = f" at {place[0] if len(place) == 1 else place}" if place else ""
    return f"holds {np.asarray(values)[place]:g}{at}"


def paired_shape(ports: tuple[str, ...], shapes: Any, reduction: Reduction) -> Shape:
    """The shape of predictions paired with targets, one of which may be repeated to the other."""
    a, b = shapes
    try:
        joint = np.broadcast_shapes(a, b)
    except ValueError:
        joint = None
    if joint is None or joint not in (a, b):
        raise OpError(
            f"{ports[0]} is {show_shape(a)} and {ports[1]} is {show_shape(b)}, which do not pair "
            f"up one to one; give both the same shape, reshaping one of them if need be"
        )
    refuse_empty(joint, reduction)
    return joint
