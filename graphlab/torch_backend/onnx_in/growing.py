"""Known arrays that depend on an axis whose length is open, drawn from what has that axis.

A batch of zeros, positions 0, 1, 2 …, a count: both arrays that stand for such a value follow a
rule, and the rule is drawn.  ``Witnesses`` remembers which values of the drawing have which open
axes, as only the arrays that flow know how long an axis is.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from graphlab.ops.broadcasting import Shape
from graphlab.torch_backend.onnx_in.values import Known, OutsideError, Value, known_value, merged

Pair = tuple[int, int]

_MAX_NUMBERS = 16


class Witnesses:
    """Values of the drawing by their open axes, and by their whole shapes."""

    def __init__(self) -> None:
        self.axes: dict[Pair, tuple[Value, int]] = {}
        self.shapes: dict[tuple[Shape, Shape], Value] = {}

    def note(self, value: Value) -> None:
        """Remember a value that some port holds."""
        if value.node is None or value.shapes is None or value.shapes[0] == value.shapes[1]:
            return
        self.shapes.setdefault(value.shapes, value)
        for axis, pair in enumerate(zip(*value.shapes, strict=False)):
            if pair[0] != pair[1]:
                self.axes.setdefault(pair, (value, axis))


class Drawing(Protocol):
    """What is drawn on."""

    witnesses: Witnesses

    def draw(self, name: str, *inputs: Any, kind: Any = None, **attributes: Any) -> Value:
        """Use an op, and return its first output."""


def grown(drawing: Drawing, value: Value) -> Value:
    """A port with the numbers of a known value; raises ``OutsideError`` where no rule is seen."""
    if value.known is None:
        raise OutsideError("what arrives here has no value, as its operator is outside")
    first, second = value.known
    open_axes = [axis for axis, size in enumerate(merged(value.both)) if size is None]
    if not open_axes and first.size <= _MAX_NUMBERS:
        return _numbers(drawing, first, second, value)
    if np.ptp(first) == 0 and np.ptp(second) == 0 and first.flat[0] == second.flat[0]:
        return _filled(drawing, value, float(first.flat[0]))
    if first.ndim == 1:
        return _positions(drawing, first, second, value)
    raise OutsideError("its numbers depend on an axis whose length is open")


def repeated(drawing: Drawing, x: Value, axis: int, pair: Pair) -> Value:
    """An axis of length 1 repeated as often as an open axis is long."""
    like, along = _witness(drawing, pair)
    if along:
        order = (along, *(i for i in range(like.rank) if i != along))
        like = drawing.draw("transpose", like, axes=order)
    return drawing.draw("repeat_like", x, like, axis=axis)


def positions(drawing: Drawing, pair: Pair) -> Value:
    """0, 1, 2 … along an open axis."""
    ones = repeated(drawing, known_value(np.ones(1)), 0, pair)
    return drawing.draw("subtract", drawing.draw("cumsum", ones), 1.0)


def _witness(drawing: Drawing, pair: Pair) -> tuple[Value, int]:
    found = drawing.witnesses.axes.get(pair)
    if found is None:
        raise OutsideError("it depends on an axis whose length is open")
    return found


def _numbers(drawing: Drawing, first: Known, second: Known, value: Value) -> Value:
    pairs = zip(first.ravel().tolist(), second.ravel().tolist(), strict=True)
    made = [_number(drawing, float(a), float(b)) for a, b in pairs]
    if first.ndim == 0:
        return made[0].as_kind(value.kind)
    row = drawing.draw("stack", *made, kind=value.kind)
    return row if first.ndim == 1 else drawing.draw("reshape", row, shape=first.shape)


def _number(drawing: Drawing, a: float, b: float) -> Value:
    """A number that is a multiple of an open length, or lies a fixed way from one."""
    if a == b:
        return known_value(np.asarray(a))
    for (one, other), (like, axis) in drawing.witnesses.axes.items():
        if a * other == b * one:
            length = drawing.draw("length", like, axis=axis, kind="int")
            return length if a == one else drawing.draw("multiply", length, a / one)
        if a - one == b - other:
            length = drawing.draw("length", like, axis=axis, kind="int")
            return drawing.draw("add", length, a - one)
    raise OutsideError("its numbers depend on an axis whose length is open")


def _filled(drawing: Drawing, value: Value, number: float) -> Value:
    """One number everywhere."""
    sizes = merged(value.both)
    x = known_value(np.full([size or 1 for size in sizes], number), value.kind)
    for axis, size in enumerate(sizes):
        if size is None:
            x = repeated(drawing, x, axis, (value.both[0][axis], value.both[1][axis]))
    return x


def _positions(drawing: Drawing, first: Known, second: Known, value: Value) -> Value:
    """start, start + step, … along an open axis."""
    step = float(first[1] - first[0]) if len(first) > 1 else 1.0
    start = float(first[0])
    for array in (first, second):
        if not np.array_equal(array, start + step * np.arange(len(array))):
            raise OutsideError("its numbers depend on an axis whose length is open")
    x = positions(drawing, (len(first), len(second)))
    x = x if step == 1 else drawing.draw("multiply", x, step)
    return (x if start == 0 else drawing.draw("add", x, start)).as_kind(value.kind)
