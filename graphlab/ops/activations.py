"""Activations: what a neuron does with its weighted sum."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphlab.ops.contract import Array, Elementwise, Tensor, sample
from graphlab.ops.expression import Expression

ONE = (sample(()), sample((2, 3)))


class Sigmoid(Elementwise):
    """Squashes each element into (0, 1). It saturates: far from 0 its partial is almost 0."""

    category = "Activation"
    symbol = "σ"
    formula = Expression("s = 1 / (1 + exp(-x))")
    partials = {"x": Expression("s * (1 - s)")}
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
