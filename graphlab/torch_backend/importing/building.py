"""A graph in the making, before anything in it has a name.

Builders add uses of ops here and get wires back, which carry their shape.  Names, groups and dead
code wait until all of it is there (``naming.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from graphlab.errors import OpError
from graphlab.ops import Op, op_named
from graphlab.ops.broadcasting import Shape
from graphlab.torch_backend.importing.sizes import Size, sizes_of
from graphlab.torch_backend.importing.table import NoBuilderError

Kind = Literal["float", "int", "bool"]
Scope = tuple[tuple[str, int], ...]
"""The modules around a use, from the outside in: a module's own name, and which call of it."""

LARGEST = float(np.finfo(np.float32).max)


class FixedBatchError(Exception):
    """The model does not take a batch of another size."""


@dataclass(frozen=True, slots=True, eq=False)
class Wire:
    """One output of a use: its shape, that for a batch of another size, and what it holds."""

    use: int
    output: int
    shape: Shape
    other: Shape
    kind: Kind = "float"

    @property
    def sizes(self) -> tuple[Any, ...]:
        """The shape, with the batch's part of it open."""
        return sizes_of(self.shape, self.other)

    def axis(self, axis: int) -> int:
        """An axis counted from the first."""
        return axis % max(len(self.shape), 1)


@dataclass(frozen=True, slots=True, eq=False)
class Use:
    """One node to be: its op, what feeds it by port, and the module it stands in."""

    op: type[Op]
    inputs: Mapping[str, Wire]
    attributes: Mapping[str, Any]
    scope: Scope
    name: str | None = None  # where torch gives it one: an input's, a parameter's
    stem: str = ""  # what a name is made from where the op's own would say nothing


class Build:
    """The uses of ops so far; ``scope`` is the module whose calls are being read."""

    def __init__(self, held: Callable[[Any], Wire]) -> None:
        self.uses: list[Use] = []
        self.scope: Scope = ()
        self.first: Wire | None = None
        """The first input."""
        self.batch: Wire | None = None
        """An input that has the batch on its first axis."""
        self.held = held
        """``held(tensor)``: the one node of a module's parameter or buffer."""

    # --- sources --------------------------------------------------------------------------------
    def source(
        self,
        op: str,
        shapes: tuple[Shape, Shape],
        kind: Kind,
        scope: Scope = (),
        name: str | None = None,
        **attributes: Any,
    ) -> Wire:
        """Add an input, a parameter, a buffer or a constant."""
        kept = op_named(op).check_attributes(attributes)
        self.uses.append(Use(op_named(op), {}, kept, scope, name))
        wire = Wire(len(self.uses) - 1, 0, *shapes, kind)
        if op == "input":
            self.first = self.first or wire
            if shapes[0] != shapes[1] and self.batch is None:
                self.batch = wire
        return wire

    def lift(self, value: Any) -> Wire:
        """A number or a torch tensor as a constant; a wire as it is.

        An infinity becomes the largest number of float32, because values of a graph are finite.
        """
        if isinstance(value, Wire):
            return value
        if isinstance(value, Size):
            value = value.example
        if isinstance(value, bool | int | float):
            kind: Kind = "float" if isinstance(value, float) else "int"
            return self.source("constant", ((), ()), kind, self.scope, value=bounded(float(value)))
        if not hasattr(value, "detach"):
            raise NoBuilderError(f"{type(value).__name__} is no array")
        array, kind = array_of(value), kind_of(value)
        return self.source("constant", (array.shape,) * 2, kind, self.scope, value=bounded(array))

    # --- ops ------------------------------------------------------------------------------------
    def add(self, op: str, *inputs: Any, **attributes: Any) -> Wire:
        """Add a use of an op with one output; numbers and tensors among the inputs are lifted.

        Raises ``NoBuilderError`` where the op does not take these shapes or attributes.
        """
        (wire,) = self.add_several(op, *inputs, **attributes)
        return wire

    def add_several(self, op: str, *inputs: Any, **attributes: Any) -> tuple[Wire, ...]:
        """The same for an op with several outputs."""
        kind = _existing(op)
        wires = [None if value is None else self.lift(value) for value in inputs]
        while wires and wires[-1] is None:
            wires.pop()
        try:
            kept = kind.check_attributes(attributes)
            example = _shapes(kind, [w and w.shape for w in wires], kept)
        except OpError as error:
            raise NoBuilderError(str(error)) from None
        try:
            other = _shapes(kind, [w and w.other for w in wires], kept)
        except OpError:
            raise FixedBatchError from None
        ports = kind.port_names(len(wires))
        fed = {port: wire for port, wire in zip(ports, wires, strict=False) if wire is not None}
        return self.use(kind, fed, kept, list(zip(example, other, strict=True)))

    def use(
        self,
        op: type[Op],
        inputs: Mapping[str, Wire],
        attributes: Mapping[str, Any],
        shapes: Sequence[tuple[Shape, Shape]],
        kinds: Sequence[Kind] | None = None,
        stem: str = "",
    ) -> tuple[Wire, ...]:
        """Add a use whose outputs' shapes are known."""
        self.uses.append(Use(op, inputs, attributes, self.scope, stem=stem))
        here = len(self.uses) - 1
        told = kinds or ["float"] * len(shapes)
        return tuple(
            Wire(here, i, *pair, kind)
            for i, (pair, kind) in enumerate(zip(shapes, told, strict=True))
        )


def _shapes(op: type[Op], shapes: Sequence[Any], attributes: Mapping[str, Any]) -> list[Shape]:
    found = op.shape(*shapes, **attributes)
    return [tuple(s) for s in found] if op.several else [tuple(found)]


def _existing(name: str) -> type[Op]:
    try:
        return op_named(name)
    except OpError:
        raise NoBuilderError(f"GraphLab has no op {name}") from None


def as_kind(wire: Wire, kind: Kind) -> Wire:
    """The same wire, known to hold numbers, whole numbers or 0 and 1."""
    return wire if wire.kind == kind else replace(wire, kind=kind)


def kind_of(tensor: Any) -> Kind:
    """What a torch tensor holds."""
    if tensor.dtype.is_floating_point or tensor.dtype.is_complex:
        return "float"
    return "bool" if str(tensor.dtype) == "torch.bool" else "int"


def array_of(tensor: Any) -> Any:
    """A torch tensor as a float array: float64 is kept, all else is float32 that fits it."""
    held = tensor.detach().cpu()
    if str(held.dtype) in ("torch.float32", "torch.float64"):
        return held.numpy()
    is_large = kind_of(held) == "int" and held.numel() and int(held.abs().max()) >= 2**24
    return (held.double() if is_large else held.float()).numpy()


def bounded(value: Any) -> Any:
    """The value with the largest number of float32 in place of an infinity."""
    if isinstance(value, float):
        return max(-LARGEST, min(LARGEST, value)) if value in (np.inf, -np.inf) else value
    if np.isinf(value).any():
        return np.clip(value, -LARGEST, LARGEST)
    return value
