"""The standard deviation: a variance in the units of what varies."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphlab.ops.attributes import Axes
from graphlab.ops.contract import Array, Tensor
from graphlab.ops.expression import Latex
from graphlab.ops.reductions import Variance


class Std(Variance):
    """The standard deviation: the root of the variance, in the units of the elements.

    As in ``variance`` the sum of squares is divided by n − ``correction``, whose default is 0 here
    and 1 in ``torch.std``.
    """

    symbol = "std"
    other_names = ("standard deviation",)
    formula = Latex(r"s = \sqrt{\frac{\sum (x - \mathrm{mean}(x))^2}{n - \mathrm{correction}}}")
    partials = {"x": Latex(r"\frac{x - \mathrm{mean}(x)}{s \, (n - \mathrm{correction})}")}
    convention = "Where all elements are the same the partial is 0, as in PyTorch."

    @staticmethod
    def forward(x: Array, *, axis: Axes = None, keepdims: bool = False, correction: int = 0) -> Any:
        return np.std(x, axis=axis, keepdims=keepdims, ddof=correction)

    @staticmethod
    def local(
        s: Array, x: Array, *, axis: Axes = None, keepdims: bool = False, correction: int = 0
    ) -> tuple[Any, ...]:
        (of_variance,) = Variance.local(s, x, axis=axis, correction=correction)
        spread = np.std(x, axis=axis, keepdims=True, ddof=correction)
        is_flat = np.equal(spread, 0)
        return (np.where(is_flat, 0, of_variance / (2 * np.where(is_flat, 1, spread))),)

    @staticmethod
    def lower(
        torch: Any, x: Tensor, *, axis: Axes = None, keepdims: bool = False, correction: int = 0
    ) -> Tensor:
        return torch.std(x, dim=axis, keepdim=keepdims, correction=correction)
