"""Operators that make arrays out of nothing; their lengths are bounded before anything is held."""

from __future__ import annotations

import math

import numpy as np

from graphlab.torch_backend.onnx_in.drawing import MAX_FOLDED
from graphlab.torch_backend.onnx_in.elementwise import converted
from graphlab.torch_backend.onnx_in.nodes import Builder, OnnxNode
from graphlab.torch_backend.onnx_in.values import (
    Kind,
    Known,
    OutsideError,
    Value,
    known_pair,
    known_value,
)


def constant(node: OnnxNode) -> Value:
    """Whichever of the attributes holds the value."""
    held = node.attributes
    if "value" in held:
        array, kind = node.arrays.array(held["value"])
        return known_value(array, kind)
    if "sparse_value" in held:
        array, kind, _ = node.arrays.sparse(held["sparse_value"])
        return known_value(array, kind)
    for name in ("value_float", "value_floats"):
        if name in held:
            return known_value(np.asarray(held[name], dtype=np.float32))
    for name in ("value_int", "value_ints"):
        if name in held:
            return known_value(np.asarray(held[name], dtype=np.int64), "int")
    raise OutsideError("it holds text, which GraphLab has none of")


def constant_of_shape(node: OnnxNode) -> Value:
    told = node.told(0)
    pair = node.setting(0) if told is None else (np.asarray(told[0]), np.asarray(told[1]))
    if pair is None:
        raise OutsideError("it is not told which shape to give")
    tensor = node.attribute("value")
    array: Known = np.zeros(1)
    kind: Kind = "float"
    if tensor is not None:
        array, kind = node.arrays.array(tensor)
    fill = array.reshape(-1)[0] if array.size else 0.0
    filled: list[Known] = []
    for side in pair:
        shape = tuple(int(size) for size in side.ravel())
        _bound(shape)
        filled.append(np.full(shape, fill))
    return known_pair(filled[0], filled[1], kind)


def _bound(shape: tuple[int, ...]) -> None:
    if len(shape) > 32 or min(shape, default=0) < 0 or math.prod(shape) > MAX_FOLDED:
        raise OutsideError(f"it makes an array of shape {str(shape)[:60]}, which is too large")


def range_(node: OnnxNode) -> Value:
    """Numbers that are fed are drawn, where the model tells how many there are to be."""
    fed = [i for i in range(3) if node.required(i).known is None]
    count = node.told_length(fed[0], 0) if fed else None
    if count is not None:
        _bound((count,))
        steps = node.draw("multiply", known_value(np.arange(count, dtype=float)), node.required(2))
        return node.draw("add", node.x, steps)
    made: list[Known] = []
    settings = [node.setting(i) for i in range(3)]
    for side in (0, 1):
        start, limit, delta = (float(s[side].reshape(-1)[0]) for s in settings if s is not None)
        count = max(math.ceil((limit - start) / delta), 0) if delta else 0
        _bound((count,))
        made.append(start + np.arange(count) * delta)
    return known_pair(made[0], made[1], node.x.kind)


def eye_like(node: OnnxNode) -> Value:
    rows, columns = node.x.closed
    _bound((rows, columns))
    eye = known_value(np.eye(rows, columns, node.whole("k")), node.x.kind)
    to = node.attribute("dtype")
    return eye if to is None else converted(node, eye, int(to))


def one_hot(node: OnnxNode) -> Value:
    """off + (on − off) · 1 at each class's place; a negative class counts from the end."""
    told = node.told_length(1, node.whole("axis", -1))
    depth = (told,) if told is not None else node.whole_setting(1)
    values = node.required(2)
    if depth is None or len(depth) != 1:
        raise OutsideError("it is not told how many classes there are")
    classes = depth[0]
    _bound((classes,))
    x, rank = node.x, node.x.rank
    axis = node.axis(node.whole("axis", -1), 1)
    places = np.arange(classes, dtype=np.float64).reshape((classes,) + (1,) * (rank - axis))
    spread = node.draw("unsqueeze", x, axis=axis)
    same = node.draw("equal", spread, known_value(places), kind="float")
    wrapped = node.draw("equal", spread, known_value(places - classes), kind="float")
    hot = node.draw("add", same, wrapped)
    off = node.draw("slice", values, stop=1)
    on = node.draw("slice", values, start=1)
    difference = node.draw("subtract", on, off)
    return node.draw("add", node.draw("multiply", hot, difference, kind=values.kind), off)


def compress(node: OnnxNode) -> Value:
    """Keeps the slices that a known condition names."""
    condition = node.setting(1)
    if condition is None or condition[0] is not condition[1]:
        raise OutsideError("its condition is known only when the model runs")
    kept = np.flatnonzero(condition[0].ravel()).astype(np.float64)
    axis, x = node.attribute("axis"), node.x
    if axis is None:
        x = node.draw("flatten", x, start=0)
    return node.draw("index", x, known_value(kept, "int"), axis=0 if axis is None else int(axis))


def non_zero(node: OnnxNode) -> Value:
    pair = node.setting(0)
    if pair is None or node.x.is_learned:
        raise OutsideError("how much it gives depends on what arrives")
    found = [np.array(np.nonzero(side), dtype=np.int64) for side in pair]
    return known_pair(found[0], found[1], "int")


BUILDERS: dict[str, Builder] = {
    "Constant": constant,
    "ConstantOfShape": constant_of_shape,
    "Range": range_,
    "EyeLike": eye_like,
    "OneHot": one_hot,
    "Compress": compress,
    "NonZero": non_zero,
}
