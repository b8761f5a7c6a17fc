"""More activations: cheap stand-ins made of straight pieces, and smooth ones."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphlab.errors import OpError
from graphlab.ops.activations import Sigmoid, Softplus
from graphlab.ops.arithmetic import ONE
from graphlab.ops.broadcasting import Shape
from graphlab.ops.contract import Array, Tensor, sample
from graphlab.ops.expression import Expression
from graphlab.ops.families import Elementwise

SIXTH = 1 / 6  # the slope of PyTorch's hard sigmoid
_SELU_ALPHA, _SELU_SCALE = 1.6732632423543772, 1.0507009873554805


class HardSigmoid(Elementwise):
    """A sigmoid of three straight pieces: ``alpha`` x + ``beta``, held between 0 and 1."""

    category = "Activation"
    formula = Expression("s = min(max(alpha * x + beta, 0), 1)")
    partials = {"x": Expression("alpha if 0 < alpha * x + beta < 1 else 0")}
    samples = (*ONE, sample((2, 3), alpha=0.2), sample((4,), alpha=1.0, beta=0.0))
    convention = "At both corners the partial is 0, as in PyTorch."

    @staticmethod
    def forward(x: Array, *, alpha: float = SIXTH, beta: float = 0.5) -> Any:
        return np.minimum(np.maximum(alpha * x + beta, 0), 1)

    @staticmethod
    def local(s: Array, x: Array, *, alpha: float = SIXTH, beta: float = 0.5) -> tuple[Any, ...]:
        open_ = np.greater(s, 0) & np.less(s, 1)
        return (open_.astype(np.result_type(x)) * alpha,)

    @staticmethod
    def lower(torch: Any, x: Tensor, *, alpha: float = SIXTH, beta: float = 0.5) -> Tensor:
        # PyTorch's own hardsigmoid goes back by 1/6 in single precision, whatever the numbers' is.
        return torch.nn.functional.hardtanh(alpha * x + beta, 0.0, 1.0)


class HardSwish(Elementwise):
    """Scales each element by its hard sigmoid: a SiLU without exponentials (MobileNetV3)."""

    category = "Activation"
    formula = Expression("s = x * min(max(x / 6 + 0.5, 0), 1)")
    partials = {"x": Expression("0 if x <= -3 else x / 3 + 0.5 if x < 3 else 1")}
    samples = ONE
    convention = "At −3 the partial is 0 and at 3 it is 1, as in PyTorch."

    @staticmethod
    def forward(x: Array) -> Any:
        return x * np.minimum(np.maximum(x + 3, 0), 6) / 6

    @staticmethod
    def local(s: Array, x: Array) -> tuple[Any, ...]:
        inside = np.where(np.less(x, 3), x / 3 + 0.5, np.ones_like(x))
        return (np.where(np.less_equal(x, -3), np.zeros_like(x), inside),)

    @staticmethod
    def lower(torch: Any, x: Tensor) -> Tensor:
        return torch.nn.functional.hardswish(x)


class HardTanh(Elementwise):
    """A tanh of three straight pieces: the value held between ``low`` and ``high``.

    It is ``clip`` but for the two corners, where nothing goes back.
    """

    category = "Activation"
    formula = Expression("s = min(max(x, low), high)")
    partials = {"x": Expression("1 if low < x < high else 0")}
    samples = (*ONE, sample((2, 3), low=-0.5, high=2.0))
    convention = "At both corners the partial is 0, as in PyTorch."

    @classmethod
    def joint_shape(cls, *shapes: Any, **attributes: Any) -> Shape:
        low, high = attributes.get("low", -1.0), attributes.get("high", 1.0)
        if low > high:
            raise OpError(f"low is {low:g} and high is {high:g}: low must not be above high")
        return super().joint_shape(*shapes, **attributes)

    @staticmethod
    def forward(x: Array, *, low: float = -1.0, high: float = 1.0) -> Any:
        return np.minimum(np.maximum(x, low), high)

    @staticmethod
    def local(s: Array, x: Array, *, low: float = -1.0, high: float = 1.0) -> tuple[Any, ...]:
        kept = np.greater(x, low) & np.less(x, high)
        return (kept.astype(np.result_type(x)),)

    @staticmethod
    def lower(torch: Any, x: Tensor, *, low: float = -1.0, high: float = 1.0) -> Tensor:
        return torch.nn.functional.hardtanh(x, low, high)


class ReLU6(Elementwise):
    """A ReLU that never gives more than 6, so that few bits hold it (MobileNet)."""

    name = "relu6"
    category = "Activation"
    symbol = "ReLU6"
    formula = Expression("s = min(max(x, 0), 6)")
    partials = {"x": Expression("1 if 0 < x < 6 else 0")}
    samples = ONE
    convention = "At 0 and at 6 the partial is 0, as in PyTorch."

    @staticmethod
    def forward(x: Array) -> Any:
        return np.minimum(np.maximum(x, 0), 6)

    @staticmethod
    def local(s: Array, x: Array) -> tuple[Any, ...]:
        return ((np.greater(x, 0) & np.less(x, 6)).astype(np.result_type(x)),)

    @staticmethod
    def lower(torch: Any, x: Tensor) -> Tensor:
        return torch.nn.functional.relu6(x)


class ThresholdedReLU(Elementwise):
    """Keeps what is above ``alpha`` and turns the rest into 0; at ``alpha`` it jumps."""

    name = "thresholded_relu"
    category = "Activation"
    formula = Expression("s = x if x > alpha else 0")
    partials = {"x": Expression("1 if x > alpha else 0")}
    samples = (*ONE, sample((2, 3), alpha=0.5))
    convention = "At alpha the value and the partial are 0, as in PyTorch."

    @staticmethod
    def forward(x: Array, *, alpha: float = 1.0) -> Any:
        return np.where(np.less_equal(x, alpha), np.zeros_like(x), x)

    @staticmethod
    def local(s: Array, x: Array, *, alpha: float = 1.0) -> tuple[Any, ...]:
        return (np.greater(x, alpha).astype(np.result_type(x)),)

    @staticmethod
    def lower(torch: Any, x: Tensor, *, alpha: float = 1.0) -> Tensor:
        return torch.nn.functional.threshold(x, alpha, 0.0)


class Shrink(Elementwise):
    """Turns what is within ±``threshold`` into 0 and moves the rest towards 0 by ``bias``.

    ``bias=0`` is the hard shrinkage of wavelets; the soft one has a bias equal to the threshold.
    """

    category = "Activation"
    formula = Expression("s = x - bias if x > threshold else x + bias if x < -threshold else 0")
    partials = {"x": Expression("1 if x > threshold else 1 if x < -threshold else 0")}
    samples = (*ONE, sample((2, 3), threshold=1.0, bias=1.0), sample((4,), bias=0.2))
    convention = "At ±threshold the value and the partial are 0, as in PyTorch."

    @classmethod
    def joint_shape(cls, *shapes: Any, **attributes: Any) -> Shape:
        if attributes.get("threshold", 0.5) < 0:
            raise OpError(f"threshold is {attributes['threshold']:g}, and must not be negative")
        return super().joint_shape(*shapes, **attributes)

    @staticmethod
    def forward(x: Array, *, threshold: float = 0.5, bias: float = 0.0) -> Any:
        is_small = np.less_equal(np.abs(x), threshold)
        return np.where(is_small, np.zeros_like(x), x - np.sign(x) * bias)

    @staticmethod
    def local(s: Array, x: Array, *, threshold: float = 0.5, bias: float = 0.0) -> tuple[Any, ...]:
        kept = np.greater(x, threshold) | np.less(x, -threshold)
        return (kept.astype(np.result_type(x)),)

    @staticmethod
    def lower(torch: Any, x: Tensor, *, threshold: float = 0.5, bias: float = 0.0) -> Tensor:
        if bias == 0:
            return torch.nn.functional.hardshrink(x, threshold)
        if bias == threshold:
            return torch.nn.functional.softshrink(x, threshold)
        kept = torch.nn.functional.hardshrink(x, threshold)
        return kept - bias * torch.sign(kept)


class Mish(Elementwise):
    """Scales each element by the tanh of its softplus (Misra 2019)."""

    category = "Activation"
    formula = Expression("s = x * tanh(log1p(exp(x)))")
    partials = {
        "x": Expression("tanh(log1p(exp(x))) + x * (1 - tanh(log1p(exp(x))) ** 2) / (1 + exp(-x))")
    }
    samples = ONE

    @staticmethod
    def forward(x: Array) -> Any:
        return x * np.tanh(Softplus.forward(x))

    @staticmethod
    def local(s: Array, x: Array) -> tuple[Any, ...]:
        gate = np.tanh(Softplus.forward(x))
        return (gate + x * (1 - gate * gate) * Sigmoid.forward(x),)

    @staticmethod
    def lower(torch: Any, x: Tensor) -> Tensor:
        return torch.nn.functional.mish(x)


class SELU(Elementwise):
    """An ELU with the two numbers that keep mean 0 and variance 1 (Klambauer et al. 2017)."""

    name = "selu"
    category = "Activation"
    symbol = "SELU"
    formula = Expression("s = 1.0507009873554805 * (x if x > 0 else 1.6732632423543772 * expm1(x))")
    partials = {"x": Expression("1.0507009873554805 if x > 0 else 1.7580993408473766 * exp(x)")}
    samples = ONE
    convention = "At 0, where the slope jumps, the partial is that from below, as in PyTorch."

    @staticmethod
    def forward(x: Array) -> Any:
        bent = _SELU_ALPHA * np.expm1(np.minimum(x, 0))
        return np.where(np.greater(x, 0), x, bent) * _SELU_SCALE

    @staticmethod
    def local(s: Array, x: Array) -> tuple[Any, ...]:
        bent = _SELU_ALPHA * np.exp(np.minimum(x, 0))
        return (np.where(np.greater(x, 0), np.ones_like(x), bent) * _SELU_SCALE,)

    @staticmethod
    def lower(torch: Any, x: Tensor) -> Tensor:
        return torch.nn.functional.selu(x)


class CELU(Elementwise):
    """An ELU without a kink for any ``alpha``: the rest bends towards −alpha with slope 1 at 0."""

    name = "celu"
    category = "Activation"
    symbol = "CELU"
    formula = Expression("s = x if x > 0 else alpha * expm1(x / alpha)")
    partials = {"x": Expression("1 if x > 0 else exp(x / alpha)")}
    samples = (*ONE, sample((2, 3), alpha=0.5))

    @classmethod
    def joint_shape(cls, *shapes: Any, **attributes: Any) -> Shape:
        if attributes.get("alpha", 1.0) == 0:
            raise OpError("alpha is 0, and celu divides by it; give another number")
        return super().joint_shape(*shapes, **attributes)

    @staticmethod
    def forward(x: Array, *, alpha: float = 1.0) -> Any:
        return np.where(np.greater(x, 0), x, alpha * np.expm1(np.minimum(x, 0) / alpha))

    @staticmethod
    def local(s: Array, x: Array, *, alpha: float = 1.0) -> tuple[Any, ...]:
        bent = np.exp(np.minimum(x, 0) / alpha)
        return (np.where(np.greater(x, 0), np.ones_like(x), bent),)

    @staticmethod
    def lower(torch: Any, x: Tensor, *, alpha: float = 1.0) -> Tensor:
        return torch.nn.functional.celu(x, alpha)


class Softsign(Elementwise):
    """Squashes each element into (−1, 1), more slowly than the tanh does."""

    category = "Activation"
    formula = Expression("s = x / (1 + abs(x))")
    partials = {"x": Expression("1 / (1 + abs(x)) ** 2")}
    exact_as_written = True
    samples = ONE

    @staticmethod
    def forward(x: Array) -> Any:
        return x / (1 + np.abs(x))

    @staticmethod
    def local(s: Array, x: Array) -> tuple[Any, ...]:
        below = 1 + np.abs(x)
        return (1 / (below * below),)

    @staticmethod
    def lower(torch: Any, x: Tensor) -> Tensor:
        return torch.nn.functional.softsign(x)


class LogSigmoid(Elementwise):
    """The logarithm of the sigmoid, computed without leaving the logarithm."""

    category = "Activation"
    formula = Expression("s = -log1p(exp(-x))")
    partials = {"x": Expression("1 / (1 + exp(x))")}
    samples = ONE

    @staticmethod
    def forward(x: Array) -> Any:
        return np.minimum(x, 0) - np.log1p(np.exp(-np.abs(x)))

    @staticmethod
    def local(s: Array, x: Array) -> tuple[Any, ...]:
        return (Sigmoid.forward(np.negative(x)),)

    @staticmethod
    def lower(torch: Any, x: Tensor) -> Tensor:
        return torch.nn.functional.logsigmoid(x)
