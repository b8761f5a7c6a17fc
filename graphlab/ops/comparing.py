"""Comparisons and logic: the answers are 0 and 1, and nothing is learnt through them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import numpy as np

from graphlab.ops.arithmetic import BROADCAST, ONE
from graphlab.ops.contract import Array, Tensor, sample
from graphlab.ops.expression import Expression, Rule
from graphlab.ops.families import Elementwise

NO_GRADIENT = "The answer jumps, so no gradient goes back through it."


class Question(Elementwise, abstract=True):
    """Asks something of each element, or of each pair, and answers 1 for yes and 0 for no."""

    category = "Comparison"
    partials: ClassVar[Mapping[str, Rule]] = {}
    convention = NO_GRADIENT

    @classmethod
    def local(cls, s: Array, *inputs: Array) -> tuple[Any, ...]:
        return (None,) * len(inputs)


class Pair(Question, abstract=True):
    """A question about two elements; ``ask`` is NumPy's, and ``asked`` the name of torch's."""

    samples = BROADCAST
    undifferentiated = frozenset({"x", "y"})
    ask: ClassVar[Callable[..., Any]]
    asked: ClassVar[str]

    @classmethod
    def forward(cls, x: Array, y: Array) -> Any:
        return cls.ask(x, y).astype(np.result_type(x, y))

    @classmethod
    def lower(cls, torch: Any, x: Tensor, y: Tensor) -> Tensor:
        return getattr(torch, cls.asked)(x, y).to(x.dtype)


class Equal(Pair):
    """1 where both values are the same, 0 elsewhere. No gradient goes back."""

    symbol = "="
    other_names = ("same",)
    formula = Expression("s = 1 if x == y else 0")
    ask, asked = np.equal, "eq"


class NotEqual(Pair):
    """1 where the two values differ, 0 elsewhere. No gradient goes back."""

    symbol = "≠"
    formula = Expression("s = 0 if x == y else 1")
    ask, asked = np.not_equal, "ne"


class Less(Pair):
    """1 where the first value is smaller than the second, 0 elsewhere. No gradient goes back."""

    symbol = "<"
    other_names = ("smaller than",)
    formula = Expression("s = 1 if x < y else 0")
    ask, asked = np.less, "lt"


class LessEqual(Pair):
    """1 where the first value is at most the second, 0 elsewhere. No gradient goes back."""

    symbol = "≤"
    formula = Expression("s = 1 if x <= y else 0")
    ask, asked = np.less_equal, "le"


class Greater(Pair):
    """1 where the first value is larger than the second, 0 elsewhere. No gradient goes back."""

    symbol = ">"
    other_names = ("larger than",)
    formula = Expression("s = 1 if x > y else 0")
    ask, asked = np.greater, "gt"


class GreaterEqual(Pair):
    """1 where the first value is at least the second, 0 elsewhere. No gradient goes back."""

    symbol = "≥"
    formula = Expression("s = 1 if x >= y else 0")
    ask, asked = np.greater_equal, "ge"


class LogicalAnd(Pair):
    """1 where neither value is 0, 0 elsewhere. No gradient goes back."""

    symbol = "and"
    formula = Expression("s = 0 if x == 0 else 0 if y == 0 else 1")
    ask, asked = np.logical_and, "logical_and"


class LogicalOr(Pair):
    """1 where one value or both are not 0, 0 elsewhere. No gradient goes back."""

    symbol = "or"
    formula = Expression("s = (0 if y == 0 else 1) if x == 0 else 1")
    ask, asked = np.logical_or, "logical_or"


class LogicalXor(Pair):
    """1 where exactly one of the two values is not 0, 0 elsewhere. No gradient goes back."""

    symbol = "xor"
    formula = Expression("s = (0 if y == 0 else 1) if x == 0 else (1 if y == 0 else 0)")
    ask, asked = np.logical_xor, "logical_xor"


class Single(Question, abstract=True):
    """A question about one element."""

    samples = ONE
    undifferentiated = frozenset({"x"})
    ask: ClassVar[Callable[..., Any]]
    asked: ClassVar[str]

    @classmethod
    def forward(cls, x: Array) -> Any:
        return cls.ask(x).astype(np.result_type(x))

    @classmethod
    def lower(cls, torch: Any, x: Tensor) -> Tensor:
        return getattr(torch, cls.asked)(x).to(x.dtype)


class LogicalNot(Single):
    """1 where the value is 0, 0 elsewhere. No gradient goes back."""

    symbol = "not"
    formula = Expression("s = 1 if x == 0 else 0")
    ask, asked = np.logical_not, "logical_not"


class IsNan(Single):
    """1 where the value is not a number, such as 0 / 0, and 0 elsewhere. No gradient goes back."""

    formula = Expression("s = is_nan(x)")
    ask, asked = np.isnan, "isnan"


class IsInf(Single):
    """1 where the value is infinite, of either sign, and 0 elsewhere. No gradient goes back."""

    formula = Expression("s = is_inf(x)")
    ask, asked = np.isinf, "isinf"


class Where(Elementwise):
    """Takes x where the condition is not 0, and y elsewhere.

    Going back, the upstream gradient goes to the one that was taken; the condition gets none.
    """

    category = "Comparison"
    other_names = ("if", "choose", "conditional")
    formula = Expression("s = y if condition == 0 else x")
    partials = {
        "x": Expression("0 if condition == 0 else 1"),
        "y": Expression("1 if condition == 0 else 0"),
    }
    samples = (
        sample((), (), ()),
        sample((2, 3), (2, 3), (2, 3)),
        sample((2, 1), (3,), ()),
        sample((3,), (2, 1), (2, 3)),
    )
    undifferentiated = frozenset({"condition"})

    @staticmethod
    def forward(condition: Array, x: Array, y: Array) -> Any:
        return np.where(np.not_equal(condition, 0), x, y).astype(np.result_type(x, y))

    @staticmethod
    def local(s: Array, condition: Array, x: Array, y: Array) -> tuple[Any, ...]:
        taken = np.not_equal(condition, 0)
        dtype = np.result_type(x, y)
        return None, taken.astype(dtype), np.logical_not(taken).astype(dtype)

    @staticmethod
    def lower(torch: Any, condition: Tensor, x: Tensor, y: Tensor) -> Tensor:
        return torch.where(condition != 0, x, y)
