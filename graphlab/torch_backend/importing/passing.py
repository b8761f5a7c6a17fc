"""Builders of what passes a tensor on: as it is, as another type, without gradient, dropped out."""

from __future__ import annotations

from typing import Any

from graphlab.torch_backend.importing.building import Build, Kind, Wire, as_kind
from graphlab.torch_backend.importing.table import NoBuilderError, builds
from graphlab.torch_backend.importing.tracing import Mode


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
    return _turned(b, input, kinds[0])


def _turned(b: Build, x: Wire, kind: Kind) -> Wire:
    """As torch does it: a fraction loses what is behind its point, what is not 0 is a yes."""
    if kind == "bool":
        return x if x.kind == "bool" else as_kind(b.add("not_equal", x, 0.0), "bool")
    return as_kind(b.add("trunc", x) if (kind, x.kind) == ("int", "float") else x, kind)


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
    return _turned(b, input, "int")


@builds("bool")
def _bool(b: Build, input: Wire) -> Wire:
    return _turned(b, input, "bool")


@builds("detach", "stop_gradient")
def _detach(b: Build, input: Wire) -> Wire:
    return b.add("stop_gradient", input)


@builds(
    "_assert_tensor_metadata", "_assert_async", "_assert_scalar", "_assert", "_assert_is_none",
    "sym_constrain_range_for_size", "sym_constrain_range",
)  # fmt: skip
def _checked(b: Build, *told: Any, **settings: Any) -> None:
    """What torch.export makes sure of has no place in a graph."""


# --- dropout ------------------------------------------------------------------------------------
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
