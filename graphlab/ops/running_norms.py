"""Normalisation with a memory: batch and instance norm, which evaluate by running statistics.

Training changes the two buffers at ``running_mean`` and ``running_var``; that is what ``updates``
tells, for ``forward`` never writes to its arguments.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from graphlab.errors import OpError
from graphlab.ops.broadcasting import Shape, show_shape
from graphlab.ops.contract import EVALUATION, Array, Domain, Tensor, Training, sample
from graphlab.ops.norms import channels
from graphlab.ops.standardising import Normalisation, Standardised, View

RUNNING = frozenset({"running_mean", "running_var"})


class RunningNormalisation(Normalisation, abstract=True):
    """A normalisation that takes the statistics of what arrives, or those kept from training."""

    by_mode = (
        "takes the running mean and variance, where it keeps some",
        "takes the mean and variance of what arrives, and moves the running ones towards them",
    )
    undifferentiated = RUNNING
    domains = {"running_var": Domain(0.3, 3.0)}

    @classmethod
    def standardised(cls, x: Array, rest: Sequence[Any], **attributes: Any) -> Standardised:
        mean, variance = (*rest, None, None, None, None)[2:4]
        if mean is None or attributes.get("training", False):
            cls.refuse_lonely(x.shape, **attributes)
            return super().standardised(x, rest, **attributes)
        view = cls.view(x.shape, **attributes)
        inverse = 1 / np.sqrt(variance.reshape(view.placed) + cls.least(x, **attributes))
        hat = (x - mean.reshape(view.placed)) * inverse
        return Standardised(hat, inverse, view, False, True)

    @classmethod
    def refuse_lonely(cls, x: Shape, **attributes: Any) -> None:
        """Raise ``OpError`` for a group of one element, which tells nothing of a variance."""
        if cls.view(x, **attributes).members < 2:
            raise OpError(
                f"x is {show_shape(x)}, so each mean is that of one element alone, and {cls.name} "
                f"would turn all of it into 0; give it more elements a channel, or evaluate with "
                f"running_mean and running_var"
            )

    @classmethod
    def shape(cls, x: Shape, *rest: Any, **attributes: Any) -> Shape:
        kept = (*rest, None, None, None, None)[2:4]
        if (kept[0] is None) != (kept[1] is None):
            has, lacks = cls.ports[3:] if kept[1] is None else cls.ports[:2:-1]
            raise OpError(
                f"{has} is connected and {lacks} is not: {cls.name} keeps both or none; connect "
                f"a buffer to {lacks} as well"
            )
        found = super().shape(x, *rest, **attributes)
        if kept[0] is None:
            cls.refuse_lonely(x, **attributes)
        return found

    @classmethod
    def updates(
        cls, *inputs: Any, momentum: float = 0.1, training: bool = False, **attributes: Any
    ) -> Mapping[str, Any]:
        """Move the running statistics by ``momentum`` towards this batch's, variance unbiased."""
        x, _, _, *kept = (*inputs, None, None)[:5]
        if not training or kept[0] is None:
            return {}
        view = cls.view(x.shape, **attributes)
        others = tuple(axis for axis in range(x.ndim) if axis != 1 and axis not in view.axes)
        new = (
            np.mean(x, axis=view.axes, keepdims=True),
            np.var(x, axis=view.axes, keepdims=True, ddof=1),
        )
        own = [np.mean(n, axis=others, keepdims=True).reshape(view.scale) for n in new]
        return {
            port: (1 - momentum) * old + momentum * now
            for port, old, now in zip(cls.ports[3:], kept, own, strict=True)
        }

    @classmethod
    def forward(
        cls,
        x: Array,
        weight: Array | None = None,
        bias: Array | None = None,
        running_mean: Array | None = None,
        running_var: Array | None = None,
        *,
        momentum: float = 0.1,
        eps: float = 1e-5,
        training: Training = EVALUATION,
    ) -> Any:
        return cls.normalised(
            x, weight, bias, running_mean, running_var, eps=eps, training=training
        )

    @classmethod
    def lower(
        cls,
        torch: Any,
        x: Tensor,
        weight: Tensor | None = None,
        bias: Tensor | None = None,
        running_mean: Tensor | None = None,
        running_var: Tensor | None = None,
        *,
        momentum: float = 0.1,
        eps: float = 1e-5,
        training: Any = False,
    ) -> Tensor:
        own = training or running_mean is None
        function = getattr(torch.nn.functional, cls.name)
        return function(x, running_mean, running_var, weight, bias, own, momentum, eps)


class BatchNorm(RunningNormalisation):
    """Brings each channel to mean 0 and variance 1 over the batch and all places.

    ``x`` is (N, C) or (N, C, ...); all else has one number a channel. In training the statistics
    are the batch's own, so every example's gradient depends on all the others, and the running
    ones move towards them by ``momentum``. In evaluation the running ones stand in, and nothing
    depends on the batch; without them it is always the batch's (Ioffe & Szegedy 2015).
    """

    other_names = ("batch normalization", "BN")
    samples = (
        sample((4, 3), (3,), (3,), (3,), (3,)),
        sample((2, 3, 2), (3,), (3,)),
        sample((2, 2, 2, 2), (2,), (2,), (2,), (2,), eps=0.1),
        sample((2, 1, 2, 2, 2)),
        sample((3, 2), None, None, (2,), (2,), momentum=0.3),
    )

    @classmethod
    def view(cls, x: Shape, **attributes: Any) -> View:
        if len(x) < 2:
            raise OpError(
                f"x is {show_shape(x)}, and batch_norm needs examples × channels at least; give "
                f"it a batch axis first"
            )
        return View(x, (0, *range(2, len(x))), (x[1],), channels(x))


class InstanceNorm(RunningNormalisation):
    """Brings each channel of each example to mean 0 and variance 1 over its places.

    ``x`` is (N, C, ...). Without running statistics training and evaluation are the same; with
    them training moves them towards the mean over the batch of the examples' own (Ulyanov et al.
    2016).
    """

    other_names = ("instance normalization",)
    samples = (
        sample((2, 3, 4), (3,), (3,), (3,), (3,)),
        sample((2, 2, 2, 2), (2,), (2,)),
        sample((1, 2, 3), eps=0.1),
        sample((2, 2, 3), None, None, (2,), (2,), momentum=0.3),
    )

    @classmethod
    def view(cls, x: Shape, **attributes: Any) -> View:
        if len(x) < 3:
            raise OpError(
                f"x is {show_shape(x)}, and instance_norm needs examples × channels × places; "
                f"use batch_norm, or give it an axis of places"
            )
        return View(x, tuple(range(2, len(x))), (x[1],), channels(x))
