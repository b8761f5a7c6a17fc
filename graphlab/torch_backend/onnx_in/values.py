"""What flows between operators while a model is imported: a port of the drawing, or a known array.

An axis whose length the model leaves open (a batch, most often) is followed by carrying everything
twice, as if the axis were one length and as if it were another.  What comes out the same both times
does not depend on it; where two lengths differ, the axis is still open.  So every rule about shapes
is written once, for plain numbers, and arithmetic on shapes needs no symbols.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from graphlab.errors import GraphLabError
from graphlab.ops.attributes import OpenShape
from graphlab.ops.broadcasting import Shape

T = TypeVar("T")

Kind = Literal["float", "int", "bool", "other"]
"""What a model's elements are; GraphLab's own arrays are all floats."""

Known = NDArray[Any]

LARGEST = float(np.finfo(np.float32).max)
"""Stands for the infinities of masks and bounds, as a graph holds finite numbers only."""


class OutsideError(GraphLabError):
    """An operator, or a way of using one, that GraphLab has no ops for: the reason why."""


@dataclass(frozen=True)
class Value:
    """One value of the model.

    ``node`` and ``output`` say which port of the drawing holds it (None while it is only known),
    ``shapes`` and ``known`` are its shape and its elements under both assumptions about open axes,
    None where they are not known.  A ``learned`` value is known and changes with training, so
    nothing that depends on it may be computed while importing.
    """

    kind: Kind = "float"
    shapes: tuple[Shape, Shape] | None = None
    node: int | None = None
    output: int = 0
    known: tuple[Known, Known] | None = None
    is_learned: bool = False
    name: str = ""  # what the model calls it, where it is a constant of the model

    @property
    def shape(self) -> OpenShape | None:
        """Its shape, with None for an open axis; None where even the number of axes is open."""
        return None if self.shapes is None else merged(self.shapes)

    @property
    def rank(self) -> int:
        """How many axes it has; raises ``OutsideError`` where that is not known."""
        return len(self.both[0])

    @property
    def both(self) -> tuple[Shape, Shape]:
        """Its shapes under both assumptions; raises ``OutsideError`` where they are not known."""
        if self.shapes is None:
            raise OutsideError("the shape of what arrives here is not known")
        return self.shapes

    @property
    def closed(self) -> Shape:
        """Its shape; raises ``OutsideError`` where an axis is open."""
        first, second = self.both
        if first != second:
            raise OutsideError(
                "an axis of what arrives here is open, and the operator needs its length"
            )
        return first

    @property
    def is_foldable(self) -> bool:
        """Whether what depends on it alone can be computed while importing."""
        return self.known is not None and not self.is_learned

    def as_kind(self, kind: Kind) -> Value:
        """The same elements as another type."""
        return self if kind == self.kind else replace(self, kind=kind)


def merged(pair: tuple[tuple[int, ...], tuple[int, ...]]) -> tuple[int | None, ...]:
    """What both have in common; raises ``OutsideError`` where even their lengths differ."""
    if len(pair[0]) != len(pair[1]):
        raise OutsideError("its number of axes depends on an axis whose length is open")
    return tuple(a if a == b else None for a, b in zip(*pair, strict=True))


def agreed(compute: Callable[[Shape], T], shapes: tuple[Shape, Shape]) -> T:
    """What ``compute`` says of a shape, where it says the same of both; else ``OutsideError``."""
    first, second = compute(shapes[0]), compute(shapes[1])
    if first != second:
        raise OutsideError("a setting of it depends on an axis whose length is open")
    return first


def known_value(array: Any, kind: Kind = "float") -> Value:
    """A value that is known and holds nothing open."""
    plain = np.asarray(array)
    return Value(kind, (plain.shape, plain.shape), known=(plain, plain))


def known_pair(first: Any, second: Any, kind: Kind = "float") -> Value:
    """A known value that depends on an open axis."""
    a, b = np.asarray(first), np.asarray(second)
    same = a.shape == b.shape and bool(np.array_equal(a, b))
    return Value(kind, (a.shape, b.shape), known=(a, a if same else b))


def finite(array: Known) -> Known:
    """The array with infinities held at the largest number of 32 bits."""
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        return np.nan_to_num(array, nan=np.nan, posinf=LARGEST, neginf=-LARGEST)
    return array
