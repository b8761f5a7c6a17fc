"""What all strategies draw from: shapes, and the attributes whose type says what they may be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, get_args, get_origin

from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes

from graphlab.ops.broadcasting import Shape
from graphlab.ops.contract import Op

Draw = Callable[[st.SearchStrategy[Any]], Any]
SIZES = st.integers(1, 3)


def settings_of(draw: Draw, op: type[Op]) -> dict[str, Any]:
    """Some of the attributes whose type says what may be drawn: numbers, words, switches."""
    drawn: dict[str, Any] = {}
    for name, kind in op.attributes.items():
        if kind.annotation is float:
            values: st.SearchStrategy[Any] = st.floats(0.25, 2.0)
        elif kind.annotation is bool:
            values = st.booleans()
        elif get_origin(kind.annotation) is Literal:
            values = st.sampled_from(get_args(kind.annotation))
        else:
            continue
        if draw(st.booleans()):
            drawn[name] = draw(values)
    return drawn


def shapes_of(least: int = 0, most: int = 3, smallest: int = 1) -> st.SearchStrategy[Shape]:
    return array_shapes(min_dims=least, max_dims=most, min_side=smallest, max_side=3)
