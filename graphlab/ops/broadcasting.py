"""Shapes that meet: NumPy's broadcasting, its undoing in the backward pass, and how it is told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from graphlab.errors import OpError

Shape = tuple[int, ...]


def show_shape(shape: Sequence[int | None]) -> str:
    """``2×3``, ``a scalar`` for ``()``, ``?`` for an open axis."""
    return "×".join("?" if s is None else str(s) for s in shape) if shape else "a scalar"


def show_array(shape: Sequence[int | None]) -> str:
    """``an array of 2×3 numbers``, ``one number`` for ``()``."""
    noun = "number" if list(shape) == [1] else "numbers"
    return f"an array of {show_shape(shape)} {noun}" if shape else "one number"


def broadcast_shapes(ports: Sequence[str], shapes: Sequence[Shape]) -> Shape:
    """NumPy's broadcasting, with an error that names two ports and the axis that differs."""
    joint: list[int] = []
    owner: list[int] = []
    for index, shape in enumerate(shapes):
        while len(joint) < len(shape):
            joint.insert(0, 1)
            owner.insert(0, index)
        for back in range(1, len(shape) + 1):
            size = shape[-back]
            if joint[-back] == 1:
                joint[-back], owner[-back] = size, index
            elif size not in (1, joint[-back]):
                other = owner[-back]
                raise OpError(
                    f"{ports[other]} is {show_shape(shapes[other])} and {ports[index]} is "
                    f"{show_shape(shape)}, which do not broadcast: counted from the last, axis "
                    f"{back} has {joint[-back]} against {size}; make them equal or one of them 1"
                )
    return tuple(joint)


def unbroadcast(gradient: Any, joint: Shape, shape: Shape) -> Any:
    """Sum a gradient over the axes along which an input of ``shape`` was broadcast to ``joint``.

    ``gradient`` broadcasts to ``joint``; it need not have that shape yet.
    """
    if np.shape(gradient) != joint:
        gradient = np.broadcast_to(gradient, joint)
    if shape == joint:
        return gradient
    extra = len(joint) - len(shape)
    stretched = tuple(
        i for i in range(len(joint)) if i < extra or (shape[i - extra] == 1 and joint[i] != 1)
    )
    return gradient.sum(axis=stretched).reshape(shape)
