"""Activations: what a neuron does with its weighted sum."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np

from graphlab.ops.contract import Array, Elementwise, Shape, Tensor, sample
from graphlab.ops.expression import Expression

ONE = (sample(()), sample((2, 3)))


class Identity(Elementwise):
    """Passes the value on as it is, and the upstream gradient back as it is."""

    category = "Activation"
    symbol = "x"
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


class ReLU(Elementwise):
    """Keeps what is positive and turns the rest into 0.

    Going back it is a gate: open where the input was positive, shut elsewhere, so a unit whose
    input is never positive learns nothing.
    """

    name = "relu"
    category = "Activation"
    symbol = "ReLU"
    formula = Expression("s = max(x, 0)")
    partials = {"x": Expression("1 if x > 0 else 0")}
    exact_as_written = True
    samples = ONE
    convention = "At 0, where the slope jumps from 0 to 1, the partial is 0, as in PyTorch."

    @staticmethod
    def forward(x: Array) -> Any:
        return np.maximum(x, 0)

    @staticmethod
    def local(s: Array, x: Array) -> tuple[Any, ...]:
        return (np.greater(x, 0).astype(np.result_type(x)),)  # heaviside takes ten times as long

    @staticmethod
    def lower(torch: Any, x: Tensor) -> Tensor:
        return torch.relu(x)


class LeakyReLU(Elementwise):
    """Keeps what is positive and scales the rest by ``slope``, so that no unit is shut for good."""

    name = "leaky_relu"
    category = "Activation"
    symbol = "LReLU"
    formula = Expression("s = x if x > 0 else slope * x")
    partials = {"x": Expression("1 if x > 0 else slope")}
    samples = (*ONE, sample((2, 3), slope=0.2))
    convention = "At 0 the partial is the slope, as in PyTorch."

    @staticmethod
    def forward(x: Array, *, slope: float = 0.01) -> Any:
        return np.where(np.greater(x, 0), x, slope * x)

    @staticmethod
    def local(s: Array, x: Array, *, slope: float = 0.01) -> tuple[Any, ...]:
        return (np.where(np.greater(x, 0), np.ones_like(x), slope),)

    @staticmethod
    def lower(torch: Any, x: Tensor, *, slope: float = 0.01) -> Tensor:
        return torch.nn.functional.leaky_relu(x, slope)


class PReLU(Elementwise):
    """A leaky ReLU whose slope is an input, so that it can be a parameter and be learned.

    ``slope`` broadcasts with ``x`` as NumPy does: a scalar is one slope for all, and (C, 1, 1)
    gives images (N, C, H, W) one slope a channel. Going back, the slope collects the upstream
    gradient times x from the elements that were not positive.
    """

    name = "prelu"
    category = "Activation"
    symbol = "PReLU"
    formula = Expression("s = x if x > 0 else slope * x")
    partials = {
        "x": Expression("1 if x > 0 else slope"),
        "slope": Expression("0 if x > 0 else x"),
    }
    exact_as_written = True
    samples = (sample((), ()), sample((2, 3), ()), sample((2, 3), (3,)), sample((2, 3, 2), (3, 1)))
    convention = "At 0 the partial for x is the slope, as in PyTorch."

    @staticmethod
    def forward(x: Array, slope: Array) -> Any:
        return np.where(np.greater(x, 0), x, slope * x)

    @staticmethod
    def local(s: Array, x: Array, slope: Array) -> tuple[Any, ...]:
        return np.where(np.greater(x, 0), np.ones_like(x), slope), np.minimum(x, 0)

    @staticmethod
    def lower(torch: Any, x: Tensor, slope: Tensor) -> Tensor:
        return torch.where(x > 0, x, slope * x)

    @classmethod
    def open_shape(
        cls, port: str, known: Mapping[str, Shape | None], wanted: tuple[int | None, ...] | None,
        **attributes: Any,
    ) -> tuple[int | None, ...] | None:
        """A slope without a shape is one number; an open axis of it is as long as x's."""
        if port != "slope":
            return wanted
        x = known.get("x")
        if wanted is None or x is None or len(wanted) > len(x):
            return () if wanted is None else wanted
        ends = x[len(x) - len(wanted) :]
        return tuple(end if size is None else size for size, end in zip(wanted, ends, strict=True))


class ELU(Elementwise):
    """Keeps what is positive and bends the rest smoothly towards −``alpha``."""

    category = "Activation"
    symbol = "ELU"
    formula = Expression("s = x if x > 0 else alpha * (exp(x) - 1)")
    partials = {"x": Expression("1 if x > 0 else alpha * exp(x)")}
    samples = (*ONE, sample((2, 3), alpha=0.5))
    convention = "At 0 the partial is alpha, as in PyTorch; with alpha = 1 there is no kink."

    @staticmethod
    def forward(x: Array, *, alpha: float = 1.0) -> Any:
        return np.where(np.greater(x, 0), x, alpha * np.expm1(np.minimum(x, 0)))

    @staticmethod
    def local(s: Array, x: Array, *, alpha: float = 1.0) -> tuple[Any, ...]:
        bent = alpha * np.exp(np.minimum(x, 0))
        return (np.where(np.greater(x, 0), np.ones_like(x), bent),)

    @staticmethod
    def lower(torch: Any, x: Tensor, *, alpha: float = 1.0) -> Tensor:
        return torch.nn.functional.elu(x, alpha)


class Softplus(Elementwise):
    """A ReLU with its corner rounded off; its partial is the sigmoid."""

    category = "Activation"
    symbol = "softplus"
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
    def lower(
        torch: Any, x: Tensor, *, approximate: Literal["none", "tanh"] = "none"
    ) -> Tensor:
        return torch.nn.functional.gelu(x, approximate=approximate)


class SiLU(Elementwise):
    """Scales each element by its own sigmoid (also called swish)."""

    name = "silu"
    category = "Activation"
    symbol = "SiLU"
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
