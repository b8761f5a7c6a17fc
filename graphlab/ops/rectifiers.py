"""Rectifiers: activations that keep what is positive and treat the rest in ways of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from graphlab.ops.arithmetic import ONE
from graphlab.ops.broadcasting import Shape
from graphlab.ops.contract import Array, Tensor, sample
from graphlab.ops.expression import Expression
from graphlab.ops.families import Elementwise


class ReLU(Elementwise):
    """Keeps what is positive and turns the rest into 0.

    Going back it is a gate: open where the input was positive, shut elsewhere, so a unit whose
    input is never positive learns nothing.
    """

    name = "relu"
    category = "Activation"
    symbol = "ReLU"
    other_names = ("rectifier", "rectified linear unit", "ramp")
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
    other_names = ("leaky rectifier",)
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
        cls,
        port: str,
        known: Mapping[str, Shape | None],
        wanted: tuple[int | None, ...] | None,
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
