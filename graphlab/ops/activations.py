"""Activations: what a neuron does with its weighted sum."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np

from graphlab.ops.arithmetic import ONE
from graphlab.ops.contract import Array, Tensor, sample
from graphlab.ops.expression import Expression
from graphlab.ops.families import Elementwise


class Identity(Elementwise):
    """Passes the value on as it is, and the upstream gradient back as it is."""

    category = "Activation"
    symbol = "id"
    other_names = ("pass through", "linear activation")
    formula = Expression("s = x")
    partials = {"x": Expression("1")}
    exact_as_written = True
    samples = ONE

    @staticmethod
    def forward(x: Array) -> Any:
        return x

    @staticmethod
    def local(s: Array, x: Array) -> tuple[Any, ...]:
        return (1.0,)

    @staticmethod
    def lower(torch: Any, x: Tensor) -> Tensor:
        return x


class Sigmoid(Elementwise):
    """Squashes each element into (0, 1). It saturates: far from 0 its partial is almost 0."""

    category = "Activation"
    symbol = "σ"
    other_names = ("logistic",)
    formula = Expression("s = 1 / (1 + exp(-x))")
    partials = {"x": Expression("s * (1 - s)")}
    exact_as_written = True
    samples = ONE

    @staticmethod
    def forward(x: Array) -> Any:
        e = np.exp(-np.abs(x))  # never overflows
        return np.where(np.greater_equal(x, 0), 1, e) / (1 + e)

    @staticmethod
    def local(s: Array, x: Array) -> tuple[Any, ...]:
        return (s * (1 - s),)

    @staticmethod
    def lower(torch: Any, x: Tensor) -> Tensor:
        return torch.sigmoid(x)


class Tanh(Elementwise):
    """Squashes each element into (−1, 1), keeping 0. It saturates as the sigmoid does."""

    category = "Activation"
    symbol = "tanh"
    other_names = ("hyperbolic tangent",)
    formula = Expression("s = tanh(x)")
    partials = {"x": Expression("1 - s ** 2")}
    exact_as_written = True
    samples = ONE

    @staticmethod
    def forward(x: Array) -> Any:
        return np.tanh(x)

    @staticmethod
    def local(s: Array, x: Array) -> tuple[Any, ...]:
        return (1 - s * s,)

    @staticmethod
    def lower(torch: Any, x: Tensor) -> Tensor:
        return torch.tanh(x)


class Softplus(Elementwise):
    """A ReLU with its corner rounded off; its partial is the sigmoid."""

    category = "Activation"
    symbol = "softplus"
    other_names = ("smooth rectifier",)
    formula = Expression("s = log(1 + exp(x))")
    partials = {"x": Expression("1 / (1 + exp(-x))")}
    samples = ONE

    @staticmethod
    def forward(x: Array) -> Any:
        return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))

    @staticmethod
    def local(s: Array, x: Array) -> tuple[Any, ...]:
        return (Sigmoid.forward(x),)

    @staticmethod
    def lower(torch: Any, x: Tensor) -> Tensor:
        # PyTorch's own threshold of 20, above which it returns x, is visible in float64.
        return torch.nn.functional.softplus(x, threshold=40.0)


class GELU(Elementwise):
    """Scales each element by the chance that a standard normal number is smaller than it.

    ``approximate="tanh"`` takes the cheaper form of that chance which GPT-2 was trained with
    (Hendrycks & Gimpel 2016).
    """

    category = "Activation"
    symbol = "GELU"
    other_names = ("Gaussian error linear unit",)
    formula = Expression(
        "s = 0.5 * x * (1 + tanh(0.7978845608028654 * (x + 0.044715 * x ** 3)))"
        " if approximate == 'tanh' else 0.5 * x * (1 + erf(0.7071067811865476 * x))"
    )
    partials = {
        "x": Expression(
            "0.5 * (1 + tanh(0.7978845608028654 * (x + 0.044715 * x ** 3)))"
            " + 0.3989422804014327 * x * (1 + 0.134145 * x ** 2)"
            " * (1 - tanh(0.7978845608028654 * (x + 0.044715 * x ** 3)) ** 2)"
            " if approximate == 'tanh' else"
            " 0.5 * (1 + erf(0.7071067811865476 * x)) + 0.3989422804014327 * x * exp(-x ** 2 / 2)"
        )
    }
    samples = (*ONE, sample((2, 3), approximate="tanh"))

    @staticmethod
    def forward(x: Array, *, approximate: Literal["none", "tanh"] = "none") -> Any:
        return x * (_normal_cdf(x) if approximate == "none" else (1 + _gelu_tanh(x)) / 2)

    @staticmethod
    def local(
        s: Array, x: Array, *, approximate: Literal["none", "tanh"] = "none"
    ) -> tuple[Any, ...]:
        if approximate == "none":
            density = np.exp(-x * x / 2) / math.sqrt(2 * math.pi)
            return (_normal_cdf(x) + x * density,)
        t = _gelu_tanh(x)
        slope = math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * x * x)
        return ((1 + t) / 2 + x * (1 - t * t) * slope / 2,)

    @staticmethod
    def lower(torch: Any, x: Tensor, *, approximate: Literal["none", "tanh"] = "none") -> Tensor:
        return torch.nn.functional.gelu(x, approximate=approximate)


class SiLU(Elementwise):
    """Scales each element by its own sigmoid (also called swish)."""

    name = "silu"
    category = "Activation"
    symbol = "SiLU"
    other_names = ("swish",)
    formula = Expression("s = x / (1 + exp(-x))")
    partials = {"x": Expression("(1 + x - s) / (1 + exp(-x))")}
    samples = ONE

    @staticmethod
    def forward(x: Array) -> Any:
        return x * Sigmoid.forward(x)

    @staticmethod
    def local(s: Array, x: Array) -> tuple[Any, ...]:
        gate = Sigmoid.forward(x)
        return (gate * (1 + x * (1 - gate)),)

    @staticmethod
    def lower(torch: Any, x: Tensor) -> Tensor:
        return torch.nn.functional.silu(x)


class Step(Elementwise):
    """The perceptron's answer: 1 where the value is positive, 0 elsewhere.

    It is flat on both sides, so nothing comes back through it and no gradient descent can learn
    what stands before it; the perceptron has a rule of its own.
    """

    category = "Activation"
    other_names = ("Heaviside", "threshold")
    formula = Expression("s = 1 if x > 0 else 0")
    partials = {"x": Expression("0")}
    exact_as_written = True
    samples = ONE
    convention = (
        "The value at 0 is 0; the partial is 0 everywhere, at the jump too, so learning cannot "
        "pass."
    )

    @staticmethod
    def forward(x: Array) -> Any:
        return np.heaviside(x, 0.0)

    @staticmethod
    def local(s: Array, x: Array) -> tuple[Any, ...]:
        return (0.0,)

    @staticmethod
    def lower(torch: Any, x: Tensor) -> Tensor:
        # torch.heaviside refuses to be differentiated; sign passes gradients of 0.
        return torch.sign(x).clamp(min=0)


class Sign(Elementwise):
    """−1, 0 or 1: the perceptron's answer when its classes are −1 and 1.

    It is flat on both sides, so nothing comes back through it and no gradient descent can learn
    what stands before it; the perceptron has a rule of its own.
    """

    category = "Activation"
    symbol = "sign"
    other_names = ("signum",)
    formula = Expression("s = sign(x)")
    partials = {"x": Expression("0")}
    exact_as_written = True
    samples = ONE
    convention = (
        "The value at 0 is 0; the partial is 0 everywhere, at the jump too, so learning cannot "
        "pass."
    )

    @staticmethod
    def forward(x: Array) -> Any:
        return np.sign(x)

    @staticmethod
    def local(s: Array, x: Array) -> tuple[Any, ...]:
        return (0.0,)

    @staticmethod
    def lower(torch: Any, x: Tensor) -> Tensor:
        return torch.sign(x)


_erfc = np.vectorize(math.erfc, otypes=[np.float64])


def _normal_cdf(x: Array) -> Any:
    """Φ(x) by the complementary error function, which keeps its digits far below 0."""
    return (_erfc(-x / math.sqrt(2)) / 2).astype(np.result_type(x))


def _gelu_tanh(x: Array) -> Any:
    return np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x))
