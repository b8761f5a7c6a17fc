"""Builders of sums, means, extremes and other reductions."""

from __future__ import annotations

from typing import Any

from graphlab.torch_backend.importing.building import Build, Wire, as_kind
from graphlab.torch_backend.importing.shaping import reshaped
from graphlab.torch_backend.importing.table import builds


def _over(x: Wire, dim: Any, keepdim: bool) -> dict[str, Any]:
    """``dim`` and ``keepdim`` as ops take them; no axes mean all of them."""
    told: dict[str, Any] = {"keepdims": True} if keepdim else {}
    axes = (dim,) if isinstance(dim, int) else tuple(dim or ())
    if axes and len(x.shape):
        told["axis"] = axes[0] if len(axes) == 1 else axes
    return told


def _enter_reduction(name: str, op: str) -> None:
    @builds(name)
    def build(
        b: Build, input: Wire, dim: Any = None, keepdim: bool = False, *, dtype: Any = None
    ) -> Wire:
        return b.add(op, input, **_over(input, dim, keepdim))


for _name, _op in {
    "sum": "sum",
    "mean": "mean",
    "logsumexp": "logsumexp",
    "amax": "max",
    "amin": "min",
    "prod": "product",
}.items():
    _enter_reduction(_name, _op)


def _enter_extreme(name: str, pair: str) -> None:
    @builds(name)
    def build(b: Build, input: Wire, dim: Any = None, keepdim: bool = False) -> Any:
        if isinstance(dim, Wire):
            return b.add(pair, input, dim)
        if dim is None:
            return b.add(name, input)
        told = _over(input, dim, keepdim)
        where = b.add(f"arg{name}", input, **told)
        return b.add(name, input, **told), as_kind(where, "int")


_enter_extreme("max", "maximum")
_enter_extreme("min", "minimum")


def _enter_arg(name: str) -> None:
    @builds(name)
    def build(b: Build, input: Wire, dim: Any = None, keepdim: bool = False) -> Wire:
        if dim is None:
            input, dim = reshaped(b, input, [-1]), 0
        return as_kind(b.add(name, input, **_over(input, dim, keepdim)), "int")


_enter_arg("argmax")
_enter_arg("argmin")


@builds("var")
def _var(
    b: Build,
    input: Wire,
    dim: Any = None,
    unbiased: Any = True,
    keepdim: bool = False,
    *,
    correction: Any = None,
) -> Wire:
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    told = int(bool(unbiased)) if correction is None else int(correction)
    return b.add("variance", input, correction=told, **_over(input, dim, keepdim))


@builds("std")
def _std(
    b: Build,
    input: Wire,
    dim: Any = None,
    unbiased: Any = True,
    keepdim: bool = False,
    *,
    correction: Any = None,
) -> Wire:
    return b.add("sqrt", _var(b, input, dim, unbiased, keepdim, correction=correction))


@builds("norm", "linalg_vector_norm", "linalg_norm")
def _norm(
    b: Build, input: Wire, p: Any = 2, dim: Any = None, keepdim: bool = False, dtype: Any = None
) -> Wire:
    order = 2.0 if p in (None, "fro") else "inf" if p == float("inf") else float(p)
    return b.add("norm", input, order=order, **_over(input, dim, keepdim))


def _enter_running(name: str) -> None:
    @builds(name)
    def build(b: Build, input: Wire, dim: int, *, dtype: Any = None) -> Wire:
        return b.add(name, input, axis=input.axis(dim))


_enter_running("cumsum")
_enter_running("cumprod")


@builds("topk")
def _topk(
    b: Build, input: Wire, k: int, dim: int = -1, largest: bool = True, sorted: bool = True
) -> tuple[Wire, Wire]:
    values, places = b.add_several("top_k", input, k=k, axis=input.axis(dim), largest=largest)
    return values, as_kind(places, "int")
