"""Builders of activations that have settings; those without are in ``elementwise.py``."""

from __future__ import annotations

from typing import Any

from graphlab.torch_backend.importing.building import Build, Wire
from graphlab.torch_backend.importing.table import builds


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


@builds("celu")
def _celu(b: Build, input: Any, alpha: float = 1.0, inplace: bool = False) -> Wire:
    return b.add("celu", input, alpha=float(alpha))


@builds("hardshrink")
def _hardshrink(b: Build, input: Any, lambd: float = 0.5) -> Wire:
    return b.add("shrink", input, threshold=float(lambd))


@builds("softshrink")
def _softshrink(b: Build, input: Any, lambd: float = 0.5) -> Wire:
    return b.add("shrink", input, threshold=float(lambd), bias=float(lambd))


@builds("tanhshrink")
def _tanhshrink(b: Build, input: Any) -> Wire:
    return b.add("subtract", input, b.add("tanh", input))


@builds("threshold")
def _threshold(b: Build, input: Any, threshold: float, value: float, inplace: bool = False) -> Wire:
    return b.add("where", b.add("greater", input, float(threshold)), input, float(value))


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


@builds("hardtanh")
def _hardtanh(
    b: Build,
    input: Any,
    min_val: float = -1.0,
    max_val: float = 1.0,
    inplace: bool = False,
) -> Wire:
    return b.add("hard_tanh", input, low=float(min_val), high=float(max_val))
