"""Normalisation within each example: layer, group and root-mean-square norm, and local response."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from graphlab.errors import OpError
from graphlab.ops.broadcasting import Shape, show_shape
from graphlab.ops.contract import Array, Op, Tensor, sample
from graphlab.ops.expression import Latex
from graphlab.ops.standardising import Normalisation, View


class LayerNorm(Normalisation):
    """Brings the last ``axes`` axes of each example to mean 0 and variance 1.

    ``weight`` and ``bias``, in the shape of those axes, then scale and shift each place. No
    example sees another, so training and evaluation are the same (Ba et al. 2016).
    """

    other_names = ("layer normalization",)
    samples = (
        sample((2, 3), (3,), (3,)),
        sample((2, 3, 4), (3, 4), (3, 4), axes=2),
        sample((3, 4), (4,)),
        sample((2, 5), eps=0.1),
        sample((4,)),
    )

    @classmethod
    def view(cls, x: Shape, *, axes: int = 1, **attributes: Any) -> View:
        return last_axes(cls.name, x, axes)

    @classmethod
    def forward(
        cls,
        x: Array,
        weight: Array | None = None,
        bias: Array | None = None,
        *,
        axes: int = 1,
        eps: float = 1e-5,
    ) -> Any:
        return cls.normalised(x, weight, bias, axes=axes, eps=eps)

    @staticmethod
    def lower(
        torch: Any,
        x: Tensor,
        weight: Tensor | None = None,
        bias: Tensor | None = None,
        *,
        axes: int = 1,
        eps: float = 1e-5,
    ) -> Tensor:
        normalized = x.shape[-axes:] if weight is None else weight.shape
        return torch.nn.functional.layer_norm(x, normalized, weight, bias, eps)


class RMSNorm(Normalisation):
    """Divides the last ``axes`` axes of each example by the root of their mean square.

    It is layer norm without taking the mean off and without a bias (Zhang & Sennrich 2019).
    ``eps`` left out is the smallest step of the numbers' own precision, as in PyTorch.
    """

    name = "rms_norm"
    other_names = ("root mean square normalization",)
    formula = Latex(r"y = weight \, \frac{x}{\sqrt{\mathrm{mean}(x^2) + \epsilon}}")
    partials = {
        "x": Latex(
            r"\frac{weight}{r} \left([i = j] - \frac{x_i x_j}{m r^2}\right), "
            r"\quad r = \sqrt{\mathrm{mean}(x^2) + \epsilon}"
        ),
        "weight": Latex(r"\frac{x}{\sqrt{\mathrm{mean}(x^2) + \epsilon}}"),
    }
    samples = (
        sample((2, 3), (3,)),
        sample((2, 3, 4), (3, 4), axes=2, eps=0.01),
        sample((2, 4)),
    )
    centred = False

    @classmethod
    def view(cls, x: Shape, *, axes: int = 1, **attributes: Any) -> View:
        return last_axes(cls.name, x, axes)

    @classmethod
    def forward(
        cls, x: Array, weight: Array | None = None, *, axes: int = 1, eps: float | None = None
    ) -> Any:
        return cls.normalised(x, weight, axes=axes, eps=eps)

    @classmethod
    def least(cls, x: Array, *, eps: float | None = None, **attributes: Any) -> Any:
        return super().least(x, eps=eps)

    @staticmethod
    def lower(
        torch: Any,
        x: Tensor,
        weight: Tensor | None = None,
        *,
        axes: int = 1,
        eps: float | None = None,
    ) -> Tensor:
        normalized = x.shape[-axes:] if weight is None else weight.shape
        return torch.nn.functional.rms_norm(x, normalized, weight, eps)


class GroupNorm(Normalisation):
    """Brings each of ``groups`` groups of channels of each example to mean 0 and variance 1.

    ``x`` is (N, C, ...), and C divides into the groups. One group is a layer norm over everything
    but the batch, as many as channels an instance norm. ``weight`` and ``bias`` have one number a
    channel (Wu & He 2018).
    """

    other_names = ("group normalization",)
    samples = (
        sample((2, 4), (4,), (4,), groups=2),
        sample((2, 4, 3), (4,), (4,), groups=2),
        sample((1, 3, 2, 2), (3,), groups=1, eps=0.1),
        sample((2, 2, 3), groups=2),
    )

    @classmethod
    def view(cls, x: Shape, *, groups: int = 1, **attributes: Any) -> View:
        if len(x) < 2:
            raise OpError(
                f"x is {show_shape(x)}, and group_norm needs examples × channels at least; give "
                f"it a batch axis first"
            )
        if groups < 1 or x[1] % groups:
            raise OpError(
                f"groups is {groups} and x has {x[1]} channels, which do not divide into that "
                f"many; choose a divisor of {x[1]}"
            )
        split = (x[0], groups, x[1] // groups, *x[2:])
        if math.prod(split) == groups:
            raise OpError(
                f"x is {show_shape(x)}, so each mean is that of one element alone, and group_norm "
                f"would turn all of it into 0; give it fewer groups, or more elements"
            )
        return View(split, tuple(range(2, len(split))), (x[1],), channels(x))

    @classmethod
    def forward(
        cls,
        x: Array,
        weight: Array | None = None,
        bias: Array | None = None,
        *,
        groups: int,
        eps: float = 1e-5,
    ) -> Any:
        return cls.normalised(x, weight, bias, groups=groups, eps=eps)

    @staticmethod
    def lower(
        torch: Any,
        x: Tensor,
        weight: Tensor | None = None,
        bias: Tensor | None = None,
        *,
        groups: int,
        eps: float = 1e-5,
    ) -> Tensor:
        return torch.nn.functional.group_norm(x, groups, weight, bias, eps)


class LocalResponseNorm(Op):
    """Divides each channel by how active its neighbours are at the same place.

    The squares of ``size`` neighbouring channels, of which x's own is the middle one (the later of
    the two if ``size`` is even), are averaged with 0 beyond the first and the last. AlexNet has it
    (Krizhevsky et al. 2012); its α stands for the α divided by ``size`` here, as in PyTorch.
    """

    category = "Normalisation"
    symbol = "LRN"
    formula = Latex(r"y = \frac{x}{d^{\beta}}, \quad d = k + \frac{\alpha}{size} \sum_{near} x^2")
    partials = {
        "x": Latex(
            r"\frac{[i = j]}{d_i^{\beta}} - \frac{2 \alpha \beta x_i x_j}{size \, d_i^{\beta + 1}}"
        )
    }
    samples = (
        sample((2, 4, 1), size=3, alpha=0.5),
        sample((1, 3, 2, 2), size=2, alpha=1.0, beta=0.5, k=2.0),
        sample((2, 3, 2), size=5),
        sample((1, 2, 3), size=1, alpha=0.3),
    )

    @staticmethod
    def forward(
        x: Array, *, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
    ) -> Any:
        return x * _divisor(x, size, alpha, k) ** -beta

    @staticmethod
    def shape(
        x: Shape, *, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
    ) -> Shape:
        if len(x) < 3:
            raise OpError(
                f"x is {show_shape(x)}, and local_response_norm needs examples × channels × "
                f"places; reshape it, with one place an axis if need be"
            )
        if size < 1:
            raise OpError(f"size is {size}, and must count at least one channel; give 1 or more")
        return x

    @classmethod
    def vjp(
        cls,
        upstream: Array,
        out: Array,
        x: Array,
        *,
        size: int,
        alpha: float = 1e-4,
        beta: float = 0.75,
        k: float = 1.0,
    ) -> tuple[Any, ...]:
        divisor = _divisor(x, size, alpha, k)
        pulls = near(upstream * x * divisor ** (-beta - 1), size, (size - 1) // 2)
        return (upstream * divisor**-beta - 2 * alpha * beta / size * x * pulls,)

    @classmethod
    def jvp(
        cls,
        tangents: Sequence[Any],
        out: Any,
        *inputs: Any,
        size: int,
        alpha: float = 1e-4,
        beta: float = 0.75,
        k: float = 1.0,
        **attributes: Any,
    ) -> Any:
        (x,), (tangent,) = inputs, tangents
        divisor = _divisor(x, size, alpha, k)
        pulls = near(x * tangent, size, size // 2) * divisor ** (-beta - 1)
        return tangent * divisor**-beta - 2 * alpha * beta / size * x * pulls

    @staticmethod
    def lower(
        torch: Any,
        x: Tensor,
        *,
        size: int,
        alpha: float = 1e-4,
        beta: float = 0.75,
        k: float = 1.0,
    ) -> Tensor:
        return torch.nn.functional.local_response_norm(x, size, alpha, beta, k)


def last_axes(name: str, x: Shape, axes: int) -> View:
    """One group an example, over its last ``axes`` axes."""
    if not 1 <= axes <= len(x):
        raise OpError(
            f"axes is {axes} and x is {show_shape(x)}: {name} normalises the last 1 to {len(x)} "
            f"axes of it; choose one of these"
            if x
            else f"x is a scalar, and {name} needs an axis to normalise; give it one with reshape"
        )
    own = x[len(x) - axes :]
    return View(x, tuple(range(len(x) - axes, len(x))), own, own)


def channels(x: Shape) -> Shape:
    """How one number a channel lies beside ``x``."""
    return (1, x[1], *(1 for _ in x[2:]))


def near(x: Array, size: int, before: int) -> Array:
    """Per channel the sum over ``size`` channels that begin ``before`` of them ahead of it."""
    count = x.shape[1]
    total = np.zeros_like(x)
    for offset in range(max(-before, 1 - count), min(size - before, count)):
        here, there = slice(max(-offset, 0), count - max(offset, 0)), slice(max(offset, 0), None)
        total[:, here] += x[:, there][:, : here.stop - here.start]
    return total


def _divisor(x: Array, size: int, alpha: float, k: float) -> Any:
    return k + alpha / size * near(x * x, size, size // 2)
