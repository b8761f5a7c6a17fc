"""Builders of what works element by element: arithmetic, activations, comparisons, dropout."""

from __future__ import annotations

from typing import Any

from graphlab.torch_backend.importing.building import Build, Wire, as_kind
from graphlab.torch_backend.importing.table import NoBuilderError, builds

_UNARY = {
    "abs": "abs",
    "absolute": "abs",
    "acos": "acos",
    "acosh": "acosh",
    "arccos": "acos",
    "arcsin": "asin",
    "arctan": "atan",
    "asin": "asin",
    "asinh": "asinh",
    "atan": "atan",
    "atanh": "atanh",
    "ceil": "ceil",
    "cos": "cos",
    "cosh": "cosh",
    "erf": "erf",
    "exp": "exp",
    "expm1": "expm1",
    "fix": "trunc",
    "floor": "floor",
    "hardsigmoid": "hard_sigmoid",
    "hardswish": "hard_swish",
    "log": "log",
    "log10": "log10",
    "log1p": "log1p",
    "log2": "log2",
    "log_sigmoid": "log_sigmoid",
    "logsigmoid": "log_sigmoid",
    "mish": "mish",
    "neg": "negate",
    "negative": "negate",
    "pos": "identity",
    "reciprocal": "reciprocal",
    "relu": "relu",
    "relu6": "relu6",
    "round": "round",
    "rsqrt": "rsqrt",
    "selu": "selu",
    "sigmoid": "sigmoid",
    "sign": "sign",
    "silu": "silu",
    "sin": "sin",
    "sinh": "sinh",
    "softsign": "softsign",
    "sqrt": "sqrt",
    "square": "square",
    "tan": "tan",
    "tanh": "tanh",
    "trunc": "trunc",
}
"""torch's names of functions of one tensor, and the op each of them is."""

_COMPARISONS = {
    "eq": "equal",
    "ge": "greater_equal",
    "gt": "greater",
    "greater": "greater",
    "greater_equal": "greater_equal",
    "le": "less_equal",
    "less": "less",
    "less_equal": "less_equal",
    "lt": "less",
    "ne": "not_equal",
    "not_equal": "not_equal",
}


def _enter_unary(name: str, op: str) -> None:
    @builds(name)
    def build(b: Build, input: Any, inplace: bool = False) -> Wire:
        return b.add(op, input)


def _enter_comparison(name: str, op: str) -> None:
    @builds(name)
    def build(b: Build, input: Any, other: Any) -> Wire:
        return as_kind(b.add(op, input, other), "bool")


for _name, _op in _UNARY.items():
    _enter_unary(_name, _op)
for _name, _op in _COMPARISONS.items():
    _enter_comparison(_name, _op)


# --- arithmetic ---------------------------------------------------------------------------------
def _scaled(b: Build, value: Any, alpha: Any) -> Any:
    return value if alpha == 1 else b.add("multiply", value, float(alpha))


def _whole(*values: Any) -> bool:
    """Whether torch computes this in whole numbers."""
    return all(isinstance(v, int) or (isinstance(v, Wire) and v.kind != "float") for v in values)


def _kept(wire: Wire, *values: Any) -> Wire:
    return as_kind(wire, "int") if _whole(*values) else wire


@builds("add")
def _add(b: Build, input: Any, other: Any, *, alpha: Any = 1) -> Wire:
    return _kept(b.add("add", input, _scaled(b, other, alpha)), input, other)


@builds("sub", "subtract")
def _sub(b: Build, input: Any, other: Any, *, alpha: Any = 1) -> Wire:
    return _kept(b.add("subtract", input, _scaled(b, other, alpha)), input, other)


@builds("rsub")
def _rsub(b: Build, input: Any, other: Any, alpha: Any = 1) -> Wire:
    return _kept(b.add("subtract", other, _scaled(b, input, alpha)), input, other)


@builds("mul", "multiply")
def _mul(b: Build, input: Any, other: Any) -> Wire:
    return _kept(b.add("multiply", input, other), input, other)


@builds("div", "divide", "true_divide")
def _div(b: Build, input: Any, other: Any, *, rounding_mode: Any = None) -> Wire:
    quotient = b.add("divide", input, other)
    if rounding_mode is None:
        return quotient
    return _kept(b.add(_ROUNDINGS[rounding_mode], quotient), input, other)


_ROUNDINGS = {"floor": "floor", "trunc": "trunc"}


@builds("floor_divide")
def _floor_divide(b: Build, input: Any, other: Any) -> Wire:
    return _div(b, input, other, rounding_mode="floor")


@builds("remainder")
def _remainder(b: Build, input: Any, other: Any) -> Wire:
    return _kept(b.add("mod", input, other), input, other)


@builds("pow")
def _pow(b: Build, input: Any, exponent: Any) -> Wire:
    if exponent == 2 and not isinstance(exponent, Wire):
        return b.add("square", input)
    if exponent == 1 and not isinstance(exponent, Wire):
        return b.add("identity", input)
    return b.add("power", input, exponent)


def _enter_pair(name: str) -> None:
    @builds(name)
    def build(b: Build, input: Any, other: Any) -> Wire:
        return b.add(name, input, other)


for _name in ("maximum", "minimum", "fmod", "atan2"):
    _enter_pair(_name)


@builds("clamp", "clip")
def _clamp(b: Build, input: Any, min: Any = None, max: Any = None) -> Wire:
    if isinstance(min, Wire) or isinstance(max, Wire):
        low = input if min is None else b.add("maximum", input, min)
        return low if max is None else b.add("minimum", low, max)
    bounds = {"low": min, "high": max}
    return b.add("clip", input, **{k: float(v) for k, v in bounds.items() if v is not None})


@builds("clamp_min")
def _clamp_min(b: Build, input: Any, min: Any) -> Wire:
    return _clamp(b, input, min)


@builds("clamp_max")
def _clamp_max(b: Build, input: Any, max: Any) -> Wire:
    return _clamp(b, input, None, max)


# --- logic --------------------------------------------------------------------------------------
def _enter_logic(op: str) -> None:
    @builds(op)
    def build(b: Build, *inputs: Any) -> Wire:
        return as_kind(b.add(op, *inputs), "bool")


_enter_logic("logical_and")
_enter_logic("logical_or")
_enter_logic("logical_xor")
_enter_logic("logical_not")


def _enter_bits(op: str, *names: str) -> None:
    @builds(*names)
    def build(b: Build, *inputs: Any) -> Wire:
        _refuse_numbers(*inputs)  # on whole numbers these work bit by bit
        return as_kind(b.add(op, *inputs), "bool")


_enter_bits("logical_and", "bitwise_and", "__and__", "and")
_enter_bits("logical_or", "bitwise_or", "__or__", "or")
_enter_bits("logical_xor", "bitwise_xor", "__xor__", "xor")
_enter_bits("logical_not", "bitwise_not", "__invert__")


def _refuse_numbers(*values: Any) -> None:
    if any(isinstance(value, Wire) and value.kind != "bool" for value in values):
        raise NoBuilderError("its tensors hold numbers, where GraphLab takes yes or no")


@builds("where", takes_sizes=False)
def _where(b: Build, condition: Any, input: Any, other: Any) -> Wire:
    return b.add("where", condition, input, other)


@builds("masked_fill")
def _masked_fill(b: Build, input: Any, mask: Any, value: Any) -> Wire:
    return b.add("where", mask, value, input)
