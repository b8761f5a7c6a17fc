"""Builders of what works element by element: arithmetic, activations, comparisons, dropout."""

from __future__ import annotations

from typing import Any

from graphlab.torch_backend.importing.building import Build, Wire, as_kind
from graphlab.torch_backend.importing.table import NoBuilderError, builds, has_op
from graphlab.torch_backend.importing.tracing import Mode

_UNARY = {
    "abs": "abs",
    "absolute": "abs",
    "ceil": "ceil",
    "cos": "cos",
    "erf": "erf",
    "exp": "exp",
    "expm1": "expm1",
    "floor": "floor",
    "hardsigmoid": "hardsigmoid",
    "hardswish": "hardswish",
    "log": "log",
    "log1p": "log1p",
    "log2": "log2",
    "logsigmoid": "log_sigmoid",
    "log_sigmoid": "log_sigmoid",
    "mish": "mish",
    "neg": "negate",
    "negative": "negate",
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
    "softsign": "softsign",
    "sqrt": "sqrt",
    "square": "square",
    "tan": "tan",
    "tanh": "tanh",
    "tanhshrink": "tanhshrink",
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
        if not has_op(op) and op in _COMPOSED:
            return _COMPOSED[op](b, input)
        return b.add(op, input)


def _enter_comparison(name: str, op: str) -> None:
    @builds(name)
    def build(b: Build, input: Any, other: Any) -> Wire:
        return as_kind(b.add(op, input, other), "bool")


for _name, _op in _UNARY.items():
    _enter_unary(_name, _op)
for _name, _op in _COMPARISONS.items():
    _enter_comparison(_name, _op)


def _relu6(b: Build, x: Any) -> Wire:
    return b.add("clip", x, low=0.0, high=6.0)


def _hardsigmoid(b: Build, x: Any) -> Wire:
    return b.add("divide", _relu6(b, b.add("add", x, 3.0)), 6.0)


def _hardswish(b: Build, x: Any) -> Wire:
    return b.add("divide", b.add("multiply", x, _relu6(b, b.add("add", x, 3.0))), 6.0)


def _rsqrt(b: Build, x: Any) -> Wire:
    return b.add("reciprocal", b.add("sqrt", x))


def _mish(b: Build, x: Any) -> Wire:
    return b.add("multiply", x, b.add("tanh", b.add("softplus", x)))


def _log_sigmoid(b: Build, x: Any) -> Wire:
    return b.add("negate", b.add("softplus", b.add("negate", x)))


def _softsign(b: Build, x: Any) -> Wire:
    return b.add("divide", x, b.add("add", b.add("abs", x), 1.0))


_COMPOSED = {
    "relu6": _relu6,
    "hardsigmoid": _hardsigmoid,
    "hardswish": _hardswish,
    "rsqrt": _rsqrt,
    "mish": _mish,
    "log_sigmoid": _log_sigmoid,
    "softsign": _softsign,
}
"""Activations that are a few ops where there is no op of their own."""


# --- arithmetic -----------------------------------------------------------------------------------
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
    if rounding_mode is not None:
        raise NoBuilderError(f"GraphLab has no division rounded by {rounding_mode}")
    return b.add("divide", input, other)


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


for _name in ("maximum", "minimum"):
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


@builds("hardtanh")
def _hardtanh(
    b: Build,
    input: Any,
    min_val: float = -1.0,
    max_val: float = 1.0,
    inplace: bool = False,
) -> Wire:
    return b.add("clip", input, low=float(min_val), high=float(max_val))


# --- activations with settings --------------------------------------------------------------------
@builds("leaky_relu")
def _leaky_relu(
    b: Build,
    input: Any,
    negative_slope: float = 0.01,
    inplace: bool = False,
) -> Wire:
    return b.add("leaky_relu", input, slope=float(negative_slope))


@builds("elu")
def _elu(b: Build, input: Any, alpha: float = 1.0, inplace: bool = False) -> Wire:
    return b.add("elu", input, alpha=float(alpha))


@builds("gelu")
def _gelu(b: Build, input: Any, approximate: str = "none") -> Wire:
    return b.add("gelu", input, approximate=approximate)


@builds("softplus")
def _softplus(b: Build, input: Any, beta: float = 1.0, threshold: float = 20.0) -> Wire:
    if beta == 1:
        return b.add("softplus", input)
    return b.add("divide", b.add("softplus", b.add("multiply", input, float(beta))), float(beta))


@builds("prelu")
def _prelu(b: Build, input: Wire, weight: Wire) -> Wire:
    if weight.shape != (1,) and len(input.shape) > 2:
        weight = b.add("reshape", weight, shape=(-1, *(1,) * (len(input.shape) - 2)))
    return b.add("prelu", input, weight)


@builds("glu")
def _glu(b: Build, input: Wire, dim: int = -1) -> Wire:
    half, gate = b.add_several("split", input, parts=2, axis=dim)
    return b.add("multiply", half, b.add("sigmoid", gate))


@builds("softmax", "_softmax")
def _softmax(b: Build, input: Wire, dim: int = -1, dtype: Any = None) -> Wire:
    return b.add("softmax", input, axis=dim)


@builds("log_softmax", "_log_softmax")
def _log_softmax(b: Build, input: Wire, dim: int = -1, dtype: Any = None) -> Wire:
    return b.add("log_softmax", input, axis=dim)


@builds("softmin")
def _softmin(b: Build, input: Wire, dim: int = -1, dtype: Any = None) -> Wire:
    return b.add("softmax", b.add("negate", input), axis=dim)


# --- logic ----------------------------------------------------------------------------------------
@builds("logical_and", "bitwise_and", "__and__")
def _and(b: Build, input: Any, other: Any) -> Wire:
    _refuse_numbers(input, other)
    return as_kind(b.add("multiply", input, other), "bool")


@builds("logical_or", "bitwise_or", "__or__")
def _or(b: Build, input: Any, other: Any) -> Wire:
    _refuse_numbers(input, other)
    return as_kind(b.add("maximum", input, other), "bool")


@builds("logical_not", "bitwise_not")
def _not(b: Build, input: Any) -> Wire:
    _refuse_numbers(input)
    return as_kind(b.add("subtract", 1.0, input), "bool")


def _refuse_numbers(*values: Any) -> None:
    if any(isinstance(value, Wire) and value.kind != "bool" for value in values):
        raise NoBuilderError("its tensors hold numbers, where GraphLab takes yes or no")


@builds("where", takes_sizes=False)
def _where(b: Build, condition: Any, input: Any, other: Any) -> Wire:
    return b.add("where", condition, input, other)


@builds("masked_fill")
def _masked_fill(b: Build, input: Any, mask: Any, value: Any) -> Wire:
    return b.add("where", mask, value, input)


# --- what passes a tensor on ------------------------------------------------------------------------
@builds(
    "contiguous", "float", "alias", "lift_fresh_copy", "lift_fresh", "cpu", "requires_grad",
    is_view=True,
)  # fmt: skip
def _same(b: Build, input: Any, *rest: Any, **settings: Any) -> Any:
    return as_kind(input, "float") if input.kind != "float" and not rest else input


@builds("clone")
def _clone(b: Build, input: Any, **settings: Any) -> Any:
    return input


@builds("identity", is_view=True)
def _identity(b: Build, input: Any) -> Any:
    return input


@builds("to", "type", "_to_copy", "type_as", is_view=True)
def _to(b: Build, input: Wire, *told: Any, **settings: Any) -> Wire:
    kinds = [k for value in (*told, *settings.values()) if (k := _kind_of_type(value))]
    if not kinds or kinds[0] == input.kind:
        return input
    if kinds[0] == "float" or (kinds[0] == "int" and input.kind == "bool"):
        return as_kind(input, kinds[0])
    raise NoBuilderError(f"GraphLab does not turn numbers into {kinds[0]}s")


def _kind_of_type(value: Any) -> Any:
    if isinstance(value, Wire):
        return value.kind
    told = str(value)
    if not told.startswith("torch.") or type(value).__name__ != "dtype":
        return None
    if "bool" in told:
        return "bool"
    return "int" if "int" in told else "float"


@builds("long", "int")
def _long(b: Build, input: Wire) -> Wire:
    if input.kind == "float":
        raise NoBuilderError("GraphLab does not turn numbers into ints")
    return as_kind(input, "int")


@builds("detach", "stop_gradient")
def _detach(b: Build, input: Wire) -> Wire:
    return b.add("stop_gradient", input)


# --- dropout ----------------------------------------------------------------------------------------
@builds("dropout")
def _dropout(
    b: Build,
    input: Wire,
    p: float = 0.5,
    training: Any = True,
    inplace: bool = False,
) -> Wire:
    if not isinstance(training, Mode):
        if not training:
            return input
        raise NoBuilderError("it drops also when the model is evaluated")
    return b.add("dropout", input, p=float(p))


@builds("aten.dropout")
def _exported_dropout(b: Build, input: Wire, p: float, train: bool) -> Wire:
    return b.add("dropout", input, p=float(p))


@builds("native_dropout")
def _native_dropout(b: Build, input: Wire, p: float, train: bool) -> tuple[Any, ...]:
    return b.add("dropout", input, p=float(p)), None
