"""The drawing a model becomes: nodes without names yet, and what need not be drawn at all.

``draw`` adds one op.  Where all that arrives is known it computes the result instead, with the op's
own ``forward``, so arithmetic on shapes leaves no nodes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from graphlab.errors import OpError
from graphlab.ops import REGISTRY, Op, opaque  # noqa: F401
from graphlab.ops.attributes import check_size
from graphlab.ops.broadcasting import Shape
from graphlab.torch_backend.onnx_in.growing import Witnesses, grown
from graphlab.torch_backend.onnx_in.values import (
    Kind,
    Known,
    OutsideError,
    Value,
    finite,
    known_value,
)

MAX_FOLDED = 2**22
"""A result with more elements is drawn and not computed while importing."""

MAX_DRAWN = 200_000
"""A drawing has at most so many nodes."""

Given = Value | float | Known | None
"""What a builder may hand to ``draw``: a value, a plain number or array, or nothing."""


@dataclass
class Sketch:
    """One node of the drawing."""

    op: type[Op]
    inputs: dict[str, tuple[int, int]]
    attributes: dict[str, Any]
    scope: tuple[str, ...] = ()
    wish: str = ""  # what it would best be called
    is_fixed: bool = False  # whether the model itself has it under that name


@dataclass
class Drawing:
    """All nodes so far; ``scope`` is where new ones are placed."""

    sketches: list[Sketch] = field(default_factory=list)
    scope: tuple[str, ...] = ()
    witnesses: Witnesses = field(default_factory=Witnesses)
    _held: dict[int, tuple[Known, int, int]] = field(default_factory=dict)

    # --- ops ----------------------------------------------------------------------------------
    def draw(self, name: str, *inputs: Given, kind: Kind | None = None, **attributes: Any) -> Value:
        """Use the op called ``name``, and return its first output.

        ``kind`` is what the result is in the model's own types: that of the first input if not
        said.  Raises ``OutsideError`` where there is no such op or it cannot be used so.
        """
        return self.draw_all(name, *inputs, kind=kind, **attributes)[0]

    def draw_all(
        self, name: str, *inputs: Given, kind: Kind | None = None, **attributes: Any
    ) -> tuple[Value, ...]:
        """``draw``, with all outputs of the op."""
        op = REGISTRY.get(name)
        if op is None:
            raise OutsideError(f"GraphLab has no op {name} to draw it with")
        try:
            checked = op.check_attributes(attributes)
        except OpError as error:
            raise OutsideError(str(error)) from None
        given = [x if isinstance(x, Value) or x is None else known_value(x) for x in inputs]
        first = next((x for x in given if x is not None), None)
        kind = kind or (first.kind if first is not None else "float")
        shapes = _shapes(op, given, checked)
        folded = _fold(op, given, checked, shapes)
        if folded is not None:
            return tuple(
                Value(kind, (a.shape, b.shape), known=(a, b)) for a, b in zip(*folded, strict=True)
            )
        node = self._add(op, given, checked)
        count = len(op.output_names(**checked))
        made = tuple(
            Value(kind, None if shapes is None else (shapes[0][i], shapes[1][i]), node, i)
            for i in range(count)
        )
        for value in made:
            self.witnesses.note(value)
        return made

    def source(
        self, name: str, attributes: Mapping[str, Any], value: Value, wish: str = ""
    ) -> Value:
        """A node without inputs that holds ``value``."""
        op = REGISTRY[name]
        try:
            checked = op.check_attributes(attributes)
        except OpError as error:
            raise OutsideError(str(error)) from None
        node = self._append(Sketch(op, {}, checked, self.scope, wish))
        made = Value(value.kind, value.shapes, node, 0, value.known, value.is_learned)
        self.witnesses.note(made)
        return made

    # --- inner workings -----------------------------------------------------------------------
    def holds(self, value: Value, op: str) -> bool:
        """Whether a value is the output of such an op."""
        return value.node is not None and self.sketches[value.node].op.name == op

    def can_place(self, value: Value) -> bool:
        """Whether some port holds the value, or can."""
        try:
            self.placed(value)
        except OutsideError:
            return False
        return True

    def placed(self, value: Value) -> tuple[int, int]:
        """The port that holds a value; one that is only known becomes a constant."""
        if value.node is not None:
            return value.node, value.output
        if value.known is None:
            raise OutsideError("what arrives here has no value, as its operator is outside")
        first, second = value.known
        held = self._held.get(id(first))
        if held is not None:
            return held[1], held[2]
        if first is not second and not np.array_equal(first, second):
            port = self.placed(grown(self, value))
            self._held[id(first)] = first, *port
            return port
        node = self.source("constant", {"value": finite(first)}, value, value.name).node
        if node is None:
            raise OutsideError("its numbers cannot be held")
        self._held[id(first)] = first, node, 0  # the array is kept, so its id stays its own
        return node, 0

    def _add(self, op: type[Op], given: Sequence[Value | None], attributes: dict[str, Any]) -> int:
        names = op.port_names(len(given))
        inputs = {
            port: self.placed(value)
            for port, value in zip(names, given, strict=False)
            if value is not None
        }
        return self._append(Sketch(op, inputs, attributes, self.scope))

    def _append(self, sketch: Sketch) -> int:
        if len(self.sketches) >= MAX_DRAWN:
            raise OutsideError(f"the model takes more than {MAX_DRAWN:,} nodes")
        self.sketches.append(sketch)
        return len(self.sketches) - 1


Both = tuple[tuple[Shape, ...], tuple[Shape, ...]]


def _shapes(
    op: type[Op], given: Sequence[Value | None], attributes: Mapping[str, Any]
) -> Both | None:
    """The shapes of all outputs under both assumptions; None where they are not known."""
    if any(value is not None and value.shapes is None for value in given):
        return None
    if op.variadic is None:
        given = [*given, *[None] * (len(op.ports) - len(given))]
    found: list[tuple[Shape, ...]] = []
    is_closed = all(value is None or value.both[0] == value.both[1] for value in given)
    for i in (0, 1):
        arriving = [None if value is None else value.both[i] for value in given]
        if i == 1 and arriving == [None if v is None else v.both[0] for v in given]:
            found.append(found[0])
            continue
        try:
            result = op.shape(*arriving, **attributes)
            found.append(tuple(result) if op.several else (result,))
            for shape in found[-1] if is_closed else ():
                check_size(shape, "its result")
        except OpError:
            return None  # told of the finished graph, or gone once real lengths arrive
    return found[0], found[1]


def _fold(
    op: type[Op],
    given: Sequence[Value | None],
    attributes: Mapping[str, Any],
    shapes: Both | None,
) -> tuple[list[Known], list[Known]] | None:
    """The op's results under both assumptions, where all that arrives is known and small."""
    present = [value for value in given if value is not None]
    if shapes is None or not present or op.circumstances:
        return None
    if not all(value.is_foldable for value in present):
        return None
    if sum(math.prod(shape) for shape in (*shapes[0], *shapes[1])) > MAX_FOLDED:
        return None
    results: list[list[Known]] = []
    for i in (0, 1):
        if i == 1 and all(v.known is not None and v.known[0] is v.known[1] for v in present):
            results.append(results[0])
            continue
        arrays = [None if v is None or v.known is None else _float(v.known[i]) for v in given]
        with np.errstate(all="ignore"):
            try:
                out = op.forward(*arrays, **attributes)
            except OpError as error:
                raise OutsideError(str(error)) from None
        results.append([np.asarray(x) for x in (out if op.several else (out,))])
    return results[0], results[1]


def _float(array: Known) -> Known:
    """Known numbers are computed in float64, in which every count is exact."""
    return array if array.dtype == np.float64 else array.astype(np.float64)
