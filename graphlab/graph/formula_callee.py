"""What a formula may call, ops and templates alike, and what to say where a call is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from graphlab.graph.formula_symbols import CALLED
from graphlab.graph.templates import TEMPLATES, Template
from graphlab.ops import REGISTRY, Op, Source
from graphlab.ops.attributes import AttributeType
from graphlab.ops.families import Elementwise
from graphlab.suggest import did_you_mean


class Callee(Protocol):
    """What reading a call needs to know; an op's class and a template both have it."""

    @property
    def name(self) -> str:
        """How the call is written."""

    @property
    def ports(self) -> tuple[str, ...]:
        """The inputs, in order."""

    @property
    def optional(self) -> frozenset[str]:
        """The inputs that may be left out."""

    @property
    def variadic(self) -> str | None:
        """The stem of the inputs where there can be any number of them."""

    @property
    def attributes(self) -> Mapping[str, AttributeType]:
        """What is given by name: an op's attributes, a template's settings."""


_ALSO_CALLED = {
    "logistic": "sigmoid",
    "sgn": "sign",
    "heaviside": "step",
    "swish": "silu",
    "mul": "multiply",
    "sub": "subtract",
    "neg": "negate",
    "pow": "power",
    "linear": "affine",
    "dense": "affine",
    "mse": "squared_error",
    "mae": "absolute_error",
    "bce": "binary_cross_entropy",
    "nll": "negative_log_likelihood",
    "average": "mean",
    "cat": "concatenate",
    "permute": "transpose",
    "view": "reshape",
}


def callee_named(name: str) -> type[Op] | Template | None:
    """The op or template called so, or the op whose own symbol this is; an op's name goes first."""
    return REGISTRY.get(name) or TEMPLATES.get(name) or CALLED.get(name)


def is_source(callee: Any) -> bool:
    """Whether a call's positional arguments are written values: sizes, or a number."""
    return isinstance(callee, type) and issubclass(callee, Source)


def unknown_callee(name: str, *, is_value: bool) -> str:
    """What to say of a name that nothing is called; ``is_value`` if the text assigns it."""
    alias = _ALSO_CALLED.get(name, _ALSO_CALLED.get(name.lower(), ""))
    hint = did_you_mean(name.lower(), [*REGISTRY, *TEMPLATES])
    if alias in REGISTRY:
        hint = f": did you mean {alias}?"
    if is_value or (len(name) <= 2 and not hint):
        return f"there is no op {name}; to multiply write {name}*(…)"
    return f"there is no op {name}{hint or '; `graphlab ops` lists the ops'}"


def too_few(callee: Callee, got: str) -> str:
    """What to say where inputs are missing."""
    needed = [port for port in callee.ports if port not in callee.optional]
    wanted = needed[0] if len(needed) == 1 else ", ".join(needed[:-1]) + " and " + needed[-1]
    return (
        f"{callee.name} needs {wanted}, and got {got}; write ? for an input that is not "
        "connected yet"
    )


def one_too_many(callee: Callee) -> str:
    """What to say of an input beyond the last."""
    count = len(callee.ports)
    takes = f"{count} input{'s' * (count > 1)}, {', '.join(callee.ports)}" if count else "no input"
    named = [f"; attributes are written by name, as in {key}=…" for key in callee.attributes]
    wider = [
        other.name
        for other in REGISTRY.values()
        if issubclass(other, Elementwise)
        and other.name.startswith(callee.name)
        and len(other.ports) > count
    ]
    if wider:
        named = [f"; did you mean {wider[0]}?"]
    return f"{callee.name} takes {takes}, and this is one more{[*named, '; remove it'][0]}"


def unknown_keyword(callee: Callee, key: str) -> str:
    """What to say of a keyword that is no input and no attribute."""
    stem = callee.variadic
    if stem is not None and key.removeprefix(stem).isdecimal():
        return f"{callee.name} takes its inputs in order; write {callee.name}(a, b), without {key}="
    known = [*callee.ports, *callee.attributes]
    hint = did_you_mean(key, known)
    has = f"; it has {', '.join(known)}" if known else "; it has none"
    kind = "setting" if isinstance(callee, Template) else "attribute"
    return f"{callee.name} has no input or {kind} {key}{hint or has}"
