"""Operators that take elements from places, put them there, or order them."""

from __future__ import annotations

import numpy as np

from graphlab.torch_backend.onnx_in.nodes import Builder, OnnxNode
from graphlab.torch_backend.onnx_in.reshaping import to_shape
from graphlab.torch_backend.onnx_in.values import OutsideError, Value, known_pair, known_value


def gather(node: OnnxNode) -> Value:
    """Slices of x along an axis, in the order of the indices; one known index is a cut."""
    x, index, axis = node.x, node.required(1), node.whole("axis")
    if x.is_foldable and index.is_foldable:
        return _taken(x, index, axis)
    if index.is_foldable and x.shapes is not None:
        found = _as_cut(node, x, index, node.axis(axis))
        if found is not None:
            return found
    if x.is_learned and x.rank == 2 and node.axis(axis) == 0 and not index.is_foldable:
        return node.draw("embedding", _not_negative(node, index, x, 0), x, kind=x.kind)
    return node.draw("index", x, index, axis=axis)


def _taken(x: Value, index: Value, axis: int) -> Value:
    pairs = zip(x.known or (), index.known or (), strict=True)
    try:
        first, second = (np.take(a, i.astype(np.int64), axis) for a, i in pairs)
    except (IndexError, ValueError):
        raise OutsideError("it takes elements from places that do not exist") from None
    return known_pair(first, second, x.kind)


def _as_cut(node: OnnxNode, x: Value, index: Value, axis: int) -> Value | None:
    """One position, or positions in a row, are a slice."""
    if index.known is None or index.known[0] is not index.known[1]:
        return None
    places = index.known[0].astype(np.int64)
    flat = places.ravel()
    if places.ndim > 1 or not flat.size or (len(flat) > 1 and set(np.diff(flat)) != {1}):
        return None
    start, stop = int(flat[0]), int(flat[-1]) + 1
    if start < 0 < stop:
        return None
    y = node.draw("slice", x, axis=axis, start=start or None, stop=stop or None)
    return y if places.ndim else node.draw("squeeze", y, axis=axis)


def _not_negative(node: OnnxNode, index: Value, x: Value, axis: int) -> Value:
    """Positions counted from the first: a negative one has the length added."""
    if index.known is not None and all((side >= 0).all() for side in index.known):
        return index
    length = x.both[0][node.axis(axis)]
    if length != x.both[1][node.axis(axis)]:
        return index
    from_last = node.draw("less", index, 0.0, kind="int")
    return node.draw("add", index, node.draw("multiply", from_last, float(length)), kind="int")


def gather_elements(node: OnnxNode) -> Value:
    """x at each position along an axis; the other axes follow the index."""
    axis = node.axis(node.whole("axis"))
    x, index = node.x, _not_negative(node, node.required(1), node.x, axis)
    for other, size in enumerate(index.closed):
        if other != axis and size < x.closed[other]:
            x = node.draw("slice", x, axis=other, stop=size)
    return node.draw("gather", x, index, axis=axis)


def gather_nd(node: OnnxNode) -> Value:
    batch = node.whole("batch_dims")
    return node.draw("gather_nd", node.x, node.required(1), batch=batch)


def scatter(node: OnnxNode) -> Value:
    x, index, source = node.x, node.required(1), node.required(2)
    reduction = node.text("reduction", "none")
    return node.draw("scatter", x, index, source, axis=node.whole("axis"), reduction=reduction)


def scatter_nd(node: OnnxNode) -> Value:
    reduction = node.text("reduction", "none")
    return node.draw("scatter_nd", node.x, node.required(1), node.required(2), reduction=reduction)


def top_k(node: OnnxNode) -> list[Value]:
    axis, largest = node.whole("axis", -1), bool(node.whole("largest", 1))
    told = node.told_length(1, axis)
    counts = (told,) if told is not None else node.whole_setting(1, "k")
    if not counts:
        raise OutsideError("it is not told how many to choose")
    values, places = node.draw_all("top_k", node.x, k=counts[0], axis=axis, largest=largest)
    return [values, places.as_kind("int")]


def reverse_sequence(node: OnnxNode) -> Value:
    """The first elements of each sequence backwards, the rest as it is.

    Step t comes from length − 1 − t where t is less than the length, and else from t.
    """
    time, batch = node.axis(node.whole("time_axis")), node.axis(node.whole("batch_axis", 1))
    shape, rank = node.x.closed, node.x.rank
    column = tuple(size if axis == batch else 1 for axis, size in enumerate(shape))
    row = tuple(size if axis == time else 1 for axis, size in enumerate(shape))
    lengths = to_shape(node, node.required(1), (column, column))
    steps = known_value(np.arange(shape[time], dtype=float).reshape(row), "int")
    mirrored = node.draw("subtract", node.draw("subtract", lengths, 1.0), steps)
    inside = node.draw("less", steps, lengths, kind="bool")
    places = node.draw("where", inside, mirrored, steps, kind="int")
    if rank > 2 or 1 in shape:
        places = node.draw("broadcast", places, shape=shape)
    return node.draw("gather", node.x, places, axis=time)


BUILDERS: dict[str, Builder] = {
    "Gather": gather,
    "GatherElements": gather_elements,
    "GatherND": gather_nd,
    "Scatter": scatter,
    "ScatterElements": scatter,
    "ScatterND": scatter_nd,
    "TopK": top_k,
    "ReverseSequence": reverse_sequence,
}
