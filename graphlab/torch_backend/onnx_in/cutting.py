"""Operators that cut and border: Slice, Split, Pad, CenterCropPad, Trilu."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphlab.torch_backend.onnx_in.drawing import MAX_FOLDED
from graphlab.torch_backend.onnx_in.growing import positions
from graphlab.torch_backend.onnx_in.nodes import Builder, OnnxNode
from graphlab.torch_backend.onnx_in.values import (
    LARGEST,
    OutsideError,
    Value,
    known_pair,
    known_value,
)

_FAR = 2**31
"""A position so far out means "to the end"."""

_MOST_SHARES = 16
"""A batch is looked at as made of at most so many equal parts."""


def slice_(node: OnnxNode) -> Value:
    starts, ends = node.setting(1, "starts"), node.setting(2, "ends")
    if starts is None or ends is None:
        raise OutsideError("it is not told where to start and to end")
    count = starts[0].size
    axes = node.whole_setting(3, "axes") or tuple(range(count))
    steps = node.whole_setting(4) or (1,) * count
    if not len(axes) == len(steps) == count == ends[0].size:
        raise OutsideError("its starts, ends, axes and steps are not equally many")
    x = node.x
    for i, axis in enumerate(axes):
        bounds = [(int(starts[k].ravel()[i]), int(ends[k].ravel()[i])) for k in range(2)]
        if x.shapes is None:
            x = _blindly(node, x, axis, bounds, steps[i])
        else:
            x = _along(node, x, node.axis(axis), bounds, steps[i])
    return x


def _blindly(
    node: OnnxNode, x: Value, axis: int, bounds: list[tuple[int, int]], step: int
) -> Value:
    """Where the lengths are not known, positions stay as they are written."""
    start, stop = (None if abs(at) >= _FAR else at for at in bounds[0])
    return node.draw("slice", x, axis=axis, start=start, stop=stop, step=step)


def _along(node: OnnxNode, x: Value, axis: int, bounds: list[tuple[int, int]], step: int) -> Value:
    if step == 0:
        raise OutsideError("its step is 0, which never gets anywhere")
    lengths = [shape[axis] for shape in x.both]
    found = [
        _clamped(start, stop, step, length)
        for (start, stop), length in zip(bounds, lengths, strict=True)
    ]
    if step == 1 and all(cut == (0, length) for cut, length in zip(found, lengths, strict=True)):
        return x
    if found[0] != found[1] or lengths[0] != lengths[1]:
        return _open(node, x, axis, found, lengths, step)
    start, stop = found[0]
    return cut(node, x, axis, start, None if stop < 0 else stop, step)


def _nothing(x: Value, axis: int) -> Value:
    """An array without elements: joining it to another changes nothing."""
    shapes = [(*shape[:axis], 0, *shape[axis + 1 :]) for shape in x.both]
    return known_pair(np.zeros(shapes[0]), np.zeros(shapes[1]), x.kind)


def cut(
    node: OnnxNode, x: Value, axis: int, start: int | None, stop: int | None, step: int = 1
) -> Value:
    """A slice, with positions that are the axis's own ends left out."""
    length = x.both[0][axis]
    if not range(length)[start:stop:step]:
        return _nothing(x, axis)
    if step > 0:
        start = None if start == 0 else start
        stop = None if stop is not None and stop >= length else stop
    elif start == length - 1:
        start = None
    return node.draw("slice", x, axis=axis, start=start, stop=stop, step=step)


def _open(
    node: OnnxNode,
    x: Value,
    axis: int,
    found: list[tuple[int, int]],
    lengths: list[int],
    step: int,
) -> Value:
    """Along an open axis a position counts from the end that it keeps its distance to."""
    share = _share(found, lengths) if step == 1 else None
    if share is not None:
        return node.draw_all("split", x, parts=share[1], axis=axis)[share[0]]
    places: list[int | None] = []
    for at in (0, 1):
        first, second = found[0][at], found[1][at]
        if first == second and first >= 0:
            places.append(first)
        elif first - lengths[0] == second - lengths[1] and first <= lengths[0]:
            places.append(first - lengths[0] or None)
        elif first == second == -1 and step < 0:
            places.append(None)
        else:
            raise OutsideError("it cuts at a place that depends on an axis whose length is open")
    start, stop = places
    if step > 0 and start == 0:
        start = None
    if step < 0 and start == -1:
        start = None
    return node.draw("slice", x, axis=axis, start=start, stop=stop, step=step)


def _share(found: list[tuple[int, int]], lengths: list[int]) -> tuple[int, int] | None:
    """Which of how many equal parts is cut off, where both positions follow the open length."""
    for parts in range(2, _MOST_SHARES + 1):
        if any(length % parts for length in lengths):
            continue
        sizes = [length // parts for length in lengths]
        place = found[0][0] // sizes[0]
        if found == [(place * size, (place + 1) * size) for size in sizes]:
            return place, parts
    return None


def _clamped(start: int, stop: int, step: int, length: int) -> tuple[int, int]:
    """Positions within the axis, as the standard clamps them; -1 is before the first."""
    start = start + length if start < 0 else start
    stop = stop + length if stop < 0 else stop
    if step > 0:
        return min(max(start, 0), length), min(max(stop, 0), length)
    return min(max(start, 0), length - 1), min(max(stop, -1), length - 1)


def split(node: OnnxNode) -> list[Value]:
    axis, x = node.axis(node.whole("axis")), node.x
    lengths = [node.told_length(1, axis, i) for i in range(len(node.outputs))]
    parts = [length for length in lengths if length is not None]
    is_told = len(parts) == len(node.outputs)
    sizes = tuple(parts) if is_told else node.whole_setting(1, "split")
    length = x.both[0][axis]
    count = node.whole("num_outputs") or len(node.outputs)
    if sizes is None:
        if length != x.both[1][axis]:
            return list(node.draw_all("split", x, parts=count, axis=axis))
        part = -(-length // count)
        sizes = (*[part] * (count - 1), length - part * (count - 1))
    if len(sizes) == 1:
        return [x]
    if sum(sizes) != length or min(sizes) < 0:
        raise OutsideError(f"it splits an axis of length {length} into parts of {sizes[:9]}")
    if len(set(sizes)) == 1:
        return list(node.draw_all("split", x, parts=len(sizes), axis=axis))
    ends = np.cumsum(sizes)
    return [
        cut(node, x, axis, int(end) - size, int(end)) for size, end in zip(sizes, ends, strict=True)
    ]


# --- borders ------------------------------------------------------------------------------------
_MODES = {"constant": "constant", "reflect": "reflect", "edge": "replicate", "wrap": "circular"}


def pad(node: OnnxNode) -> Value:
    x, rank = node.x, node.x.rank
    pads = node.whole_setting(1, "pads") or ()
    value = node.real_setting(2, "value") or 0.0
    named = node.whole_setting(3)
    axes = range(rank) if named is None else [node.axis(axis) for axis in named]
    if len(pads) != 2 * len(axes):
        raise OutsideError(f"it has {len(pads)} widths for {len(axes)} axes")
    width = [(0, 0)] * rank
    for i, axis in enumerate(axes):
        width[axis] = pads[i], pads[i + len(axes)]
    return bordered(node, x, width, node.text("mode", "constant"), value)


def bordered(
    node: OnnxNode, x: Value, width: list[tuple[int, int]], mode: str, value: float = 0.0
) -> Value:
    """Borders around each axis; negative ones cut."""
    for axis, (before, after) in enumerate(width):
        if before < 0 or after < 0:
            start = -before if before < 0 else None
            x = node.draw("slice", x, axis=axis, start=start, stop=after if after < 0 else None)
    grown = [(max(before, 0), max(after, 0)) for before, after in width]
    if not any(map(any, grown)):
        return x
    first = next(i for i, sides in enumerate(grown) if any(sides))
    if mode not in _MODES:
        raise OutsideError(f"it pads in a mode {mode!r:.40} that the standard does not have")
    if mode == "constant":
        bound = min(max(value, -LARGEST), LARGEST)
        return node.draw("pad", x, width=tuple(grown[first:]), value=bound)
    fits = all(max(w) < n for w, n in zip(grown, x.both[0], strict=True))
    if first >= 2 and x.rank <= 5 and fits:
        return node.draw("pad", x, width=tuple(grown[first:]), mode=_MODES[mode])
    return _mirrored(node, x, grown, mode)


def _mirrored(node: OnnxNode, x: Value, width: list[tuple[int, int]], mode: str) -> Value:
    """Borders of what an array itself holds, around any axis: elements taken again."""
    for axis, sides in enumerate(width):
        if any(sides):
            length = x.closed[axis]
            if max(sides) > MAX_FOLDED or not length:
                raise OutsideError(f"it pads an axis of {length} elements by {sides}")
            how: Any = mode
            places = np.pad(np.arange(length, dtype=float), sides, mode=how)
            x = node.draw("index", x, known_value(places, "int"), axis=axis)
    return x


def center_crop_pad(node: OnnxNode) -> Value:
    """Each axis is cut or padded around its middle to the length that is asked for."""
    named, told = node.wholes("axes"), node.told(1)
    axes = range(node.x.rank) if named is None else [node.axis(axis) for axis in named]
    known = node.whole_setting(1) if told is None else None
    lengths = tuple(told[0][axis] for axis in axes) if told is not None else known or ()
    width = [(0, 0)] * node.x.rank
    for axis, wanted in zip(axes, lengths, strict=False):
        more = wanted - node.x.closed[axis]
        before = more // 2 if more > 0 else -((-more) // 2)
        width[axis] = before, more - before
    return bordered(node, node.x, width, "constant")


def trilu(node: OnnxNode) -> Value:
    """Keeps what is on one side of a diagonal, which may be fed: positions are compared."""
    places = []
    for axis in (-2, -1):
        pair = node.x.both[0][axis], node.x.both[1][axis]
        is_open = pair[0] != pair[1]
        known = known_value(np.arange(pair[0], dtype=float))
        places.append(positions(node.drawing, pair) if is_open else known)
    rows, columns = node.draw("unsqueeze", places[0], axis=1), places[1]
    word = "greater_equal" if node.whole("upper", 1) else "less_equal"
    kept = node.draw(word, node.draw("subtract", columns, rows), node.input(1) or 0.0)
    return node.draw("multiply", node.x, kept)


BUILDERS: dict[str, Builder] = {
    "Slice": slice_,
    "Split": split,
    "Pad": pad,
    "CenterCropPad": center_crop_pad,
    "Trilu": trilu,
}
