"""What a person feeds: numbers and arrays made safe to compute with."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from graphlab.errors import RunError
from graphlab.graph import Graph
from graphlab.graph.shapes import fits
from graphlab.ops import show_array, show_shape
from graphlab.ops.attributes import MAX_AXES, OpenShape, depth
from graphlab.ops.broadcasting import Shape


def feed(value: Any, name: str) -> Any:
    """A float, or a read-only float array of its own (float32 kept, all else float64)."""
    if max(depth(value), getattr(value, "ndim", 0)) > MAX_AXES:
        raise RunError(f"{name} was fed more than {MAX_AXES} axes: use fewer")
    try:
        array = _whole(np.array(value), name)
    except ValueError:
        raise RunError(f"{name} was fed rows of different lengths: make them equal") from None
    if array.dtype.kind not in "biuf":
        raise RunError(f"{name} was fed {value!r:.60}, and takes a number or an array of numbers")
    if array.dtype != np.float32:
        array = array.astype(np.float64)
        if array.ndim == 0:
            return float(array)
    array.flags.writeable = False
    return array


def _whole(array: Any, name: str) -> Any:
    """Whole numbers too long for 64 bits as floats; NumPy leaves them as Python objects."""
    if array.dtype.kind != "O" or not all(isinstance(x, int | float) for x in array.flat):
        return array
    try:
        return array.astype(np.float64)
    except OverflowError:
        raise RunError(f"{name} was fed a number that is too large for 64 bits") from None


def dtype_of(fed: Any) -> Any:
    """The dtype of what was fed; None for a plain number, and for nothing."""
    return getattr(fed, "dtype", None)


def common_dtype(values: Iterable[Any]) -> Any:
    """float32 where only float32 arrays were fed; plain numbers have no say."""
    kinds = {dtype_of(value) for value in values} - {None}
    return np.float32 if kinds == {np.dtype(np.float32)} else np.float64


def check_feed(graph: Graph, name: str, value: Any) -> None:
    """Raise ``GraphError`` or ``RunError`` where a node cannot be fed this."""
    node = graph.node(name)
    wanted: OpenShape | None = node.attributes.get("shape")
    if node.op.several:
        raise RunError(f"{name} has several outputs, so its value cannot be set by hand")
    if node.op.category == "Source" and wanted is not None:
        check_fits(name, np.shape(value), wanted)


def check_fits(name: str, shape: Shape, wanted: OpenShape) -> None:
    """Raise ``RunError`` if a fed array does not have the shape its node declares."""
    if not fits(shape, wanted):
        raise RunError(
            f"{name} was fed {show_array(shape)}, and its shape says {show_shape(wanted)}: "
            "change one of them"
        )
