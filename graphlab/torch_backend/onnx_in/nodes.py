"""One operator of a model as its builder sees it: inputs, and attributes with their defaults."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from graphlab.errors import FileError
from graphlab.ops.broadcasting import Shape
from graphlab.torch_backend.onnx_in.drawing import Drawing, Given
from graphlab.torch_backend.onnx_in.reading import Arrays
from graphlab.torch_backend.onnx_in.values import Kind, Known, OutsideError, Value

Shapes = tuple[Shape, Shape]
Builder = Callable[["OnnxNode"], "Value | Sequence[Value | None]"]
"""Draws one operator; returns its outputs, with None for those it leaves out."""


@dataclass
class OnnxNode:
    """An operator's use in a model.

    ``attributes`` holds what is written and the schema's defaults for the rest; ``outputs`` the
    names of its outputs, empty where one is not wanted.
    """

    op_type: str
    opset: int
    inputs: tuple[Value | None, ...]
    outputs: tuple[str, ...]
    attributes: dict[str, Any]
    drawing: Drawing
    domain: str = ""
    written: frozenset[str] = frozenset()  # attributes the model itself gives
    arrays: Arrays = field(default_factory=lambda: Arrays(None))
    declared: Sequence[Shapes | None] = ()  # of its outputs, as far as the model tells them

    # --- inputs -------------------------------------------------------------------------------
    def input(self, index: int) -> Value | None:
        """An input, or None where it is left out."""
        return self.inputs[index] if index < len(self.inputs) else None

    @property
    def x(self) -> Value:
        """The first input."""
        return self.required(0)

    def required(self, index: int) -> Value:
        """An input that must be there; raises ``FileError``."""
        value = self.input(index)
        if value is None:
            raise FileError(
                f"{self.op_type} needs an input {index + 1}, and has {len(self.inputs)}: the "
                "model is damaged"
            )
        return value

    @property
    def present(self) -> tuple[Value, ...]:
        """All inputs that are there."""
        return tuple(value for value in self.inputs if value is not None)

    def wants(self, index: int) -> bool:
        """Whether an output is used."""
        return index < len(self.outputs) and bool(self.outputs[index])

    # --- attributes ---------------------------------------------------------------------------
    def attribute(self, name: str, default: Any = None) -> Any:
        """An attribute, or what it is when left out."""
        value = self.attributes.get(name)
        return default if value is None else value

    def number(self, name: str, default: float = 0.0) -> float:
        """A real attribute; the shortest decimal that is the same number in 32 bits."""
        return short(self.attribute(name, default))

    def whole(self, name: str, default: int = 0) -> int:
        """A whole attribute."""
        return int(self.attribute(name, default))

    def text(self, name: str, default: str = "") -> str:
        """A text attribute."""
        return str(self.attribute(name, default))

    def wholes(self, name: str) -> tuple[int, ...] | None:
        """An attribute of whole numbers, or None where it is left out."""
        value = self.attribute(name)
        return None if value is None else tuple(int(x) for x in value)

    # --- settings that arrive as inputs ---------------------------------------------------------
    def setting(self, index: int, name: str = "") -> tuple[Known, Known] | None:
        """An input that has to be known while importing, under both assumptions about open axes.

        Older versions have it as the attribute ``name``.  None where it is left out; raises
        ``OutsideError`` where it is computed while the model runs.
        """
        if name in self.attributes:
            given = np.asarray(self.attributes[name])
            return given, given
        value = self.input(index)
        if value is None:
            return None
        if value.known is None:
            raise OutsideError(
                f"its input {index + 1} says how it works, and is known only when the model runs"
            )
        return value.known

    def whole_setting(self, index: int, name: str = "") -> tuple[int, ...] | None:
        """``setting`` as whole numbers; ``OutsideError`` where they depend on an open axis."""
        pair = self.setting(index, name)
        if pair is None:
            return None
        first, second = (tuple(int(x) for x in side.ravel()) for side in pair)
        if first != second:
            raise OutsideError(f"its input {index + 1} depends on an axis whose length is open")
        return first

    def real_setting(self, index: int, name: str = "") -> float | None:
        """``setting`` as one real number."""
        pair = self.setting(index, name)
        if pair is None:
            return None
        if pair[0].size != 1 or pair[1].size != 1 or pair[0].item() != pair[1].item():
            raise OutsideError(f"its input {index + 1} should be one number")
        return short(pair[0].item())

    def told(self, index: int, output: int = 0) -> Shapes | None:
        """The shape the model tells of an output, where a setting is known only when it runs.

        Such a setting often says no more than that: a shape to read into, how many to choose.
        """
        value = self.input(index)
        if value is None or value.known is not None or output >= len(self.declared):
            return None
        return self.declared[output]

    def told_length(self, index: int, axis: int, output: int = 0) -> int | None:
        """The length of one axis of what ``told`` gives; None where it is open or not told."""
        told = self.told(index, output)
        if told is None or not -len(told[0]) <= axis < len(told[0]):
            return None
        return told[0][axis] if told[0][axis] == told[1][axis] else None

    # --- drawing ------------------------------------------------------------------------------
    def draw(self, name: str, *inputs: Given, kind: Kind | None = None, **attributes: Any) -> Value:
        """See ``Drawing.draw``."""
        return self.drawing.draw(name, *inputs, kind=kind, **attributes)

    def draw_all(
        self, name: str, *inputs: Given, kind: Kind | None = None, **attributes: Any
    ) -> tuple[Value, ...]:
        """See ``Drawing.draw_all``."""
        return self.drawing.draw_all(name, *inputs, kind=kind, **attributes)

    def axis(self, axis: int, extra: int = 0) -> int:
        """An axis of the first input counted from the first; raises ``FileError`` for none such."""
        rank = self.x.rank + extra
        if not -rank <= axis < rank:
            raise FileError(
                f"{self.op_type} works on axis {axis}, and what arrives has {rank}: the model is "
                "damaged"
            )
        return axis % rank


def short(number: Any) -> float:
    """0.1 for the nearest number of 32 bits, which is 0.10000000149: a model holds no other."""
    value = float(number)
    if not np.isfinite(value) or float(np.float32(value)) != value:
        return value
    return float(str(np.float32(value)))
