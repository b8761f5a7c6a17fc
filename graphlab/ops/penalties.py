"""Penalties on parameters, added to a loss so that training prefers small weights."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphlab.ops.contract import Array, Tensor, sample
from graphlab.ops.expression import Expression, Latex
from graphlab.ops.families import Reducing

SAMPLES = (sample((2, 3)), sample((4,), strength=0.1), sample((), strength=2.0))


class Penalty(Reducing, abstract=True):
    """``strength`` (λ) times a sum over all elements of ``x``."""

    category = "Loss"

    @classmethod
    def reduced_axes(cls, rank: int, /, **attributes: Any) -> tuple[int, ...]:
        return tuple(range(rank))


class L1Penalty(Penalty):
    """λ‖x‖₁, the sum of absolute values: it pulls every weight to 0 with the same force.

    Weights that the loss does not need end at exactly 0. ``strength`` is λ.
    """

    symbol = "λ‖·‖₁"
    other_names = ("lasso", "sparsity")
    formula = Latex(r"l = strength \, \lVert x \rVert_1")
    partials = {"x": Expression("strength * sign(x)")}
    convention = "At 0 the partial is 0, as in PyTorch."
    samples = SAMPLES

    @staticmethod
    def forward(x: Array, *, strength: float = 1.0) -> Any:
        return strength * np.sum(np.abs(x))

    @staticmethod
    def local(out: Array, x: Array, *, strength: float = 1.0) -> tuple[Any, ...]:
        return (strength * np.sign(x),)

    @staticmethod
    def lower(torch: Any, x: Tensor, *, strength: float = 1.0) -> Tensor:
        return strength * x.abs().sum()


class L2Penalty(Penalty):
    """λ‖x‖₂², the sum of squares: it pulls large weights to 0 harder than small ones.

    ``strength`` is λ. There is no ½ in front, so a gradient step is weight decay by 2λ.
    """

    symbol = "λ‖·‖₂²"
    other_names = ("weight decay", "ridge", "regularization")
    formula = Latex(r"l = strength \, \lVert x \rVert_2^2")
    partials = {"x": Expression("2 * strength * x")}
    samples = SAMPLES

    @staticmethod
    def forward(x: Array, *, strength: float = 1.0) -> Any:
        return strength * np.sum(np.square(x))

    @staticmethod
    def local(out: Array, x: Array, *, strength: float = 1.0) -> tuple[Any, ...]:
        return (2 * strength * x,)

    @staticmethod
    def lower(torch: Any, x: Tensor, *, strength: float = 1.0) -> Tensor:
        return strength * x.square().sum()
