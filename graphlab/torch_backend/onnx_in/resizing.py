"""Resize and Upsample: along each axis, a product with a matrix of weights.

The standard defines resizing axis by axis: which input elements an output element is made of, and
with which weights.  Where that is what the op ``upsample`` does it is drawn so, and otherwise the
weights are computed here, from the standard's text, and applied by ``affine``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from graphlab.torch_backend.onnx_in.drawing import MAX_FOLDED
from graphlab.torch_backend.onnx_in.nodes import Builder, OnnxNode, Shapes
from graphlab.torch_backend.onnx_in.values import Known, OutsideError, Value, known_value


@dataclass(frozen=True)
class Manner:
    """How elements are chosen and weighted, the same for all axes."""

    mode: str
    coordinates: str
    nearest: str
    cubic: float
    excludes: bool
    antialias: bool
    extrapolation: float


@dataclass(frozen=True)
class Axis:
    """One axis to resize."""

    axis: int
    length: int
    new: int
    scale: float
    region: tuple[float, float] = (0.0, 1.0)
    is_open: bool = False  # its length is one of those it is taken for


def resize(node: OnnxNode) -> Value:
    """Opset 10 has only scales, and places elements as ``asymmetric`` does."""
    is_old = node.opset < 11
    manner = Manner(
        node.text("mode", "nearest"),
        "asymmetric" if is_old else node.text("coordinate_transformation_mode", "half_pixel"),
        "floor" if is_old else node.text("nearest_mode", "round_prefer_floor"),
        node.number("cubic_coeff_a", -0.75),
        bool(node.whole("exclude_outside")),
        bool(node.whole("antialias")),
        node.number("extrapolation_value"),
    )
    named = node.wholes("axes")
    axes = list(range(node.x.rank)) if named is None else [node.axis(axis) for axis in named]
    region = None if is_old else _reals(node, 1)
    scales = _reals(node, 1 if is_old else 2)
    sizes = None
    if not is_old and not scales:
        told = node.told(3)
        scales = _steady_ratio(node, axes) if told is None else None
        if told is not None:
            sizes = tuple(told[0][axis] for axis in axes)
        elif scales is None:
            sizes = node.whole_setting(3)
    return _resized(node, manner, _axes(node, axes, scales, sizes, region))


def _steady_ratio(node: OnnxNode, axes: list[int]) -> tuple[float, ...] | None:
    """The scales that new sizes stand for, where an axis is open but grows by a whole factor."""
    pair = node.setting(3)
    if pair is None or np.array_equal(*pair) or pair[0].size != len(axes):
        return None
    found = []
    for side, shape in zip(pair, node.x.both, strict=True):
        found.append([float(new) / shape[axis] for new, axis in zip(side, axes, strict=True)])
    is_steady = found[0] == found[1] and all(ratio.is_integer() for ratio in found[0])
    return tuple(found[0]) if is_steady else None


def upsample(node: OnnxNode) -> Value:
    """The older operator: scales alone, and both modes place elements as ``asymmetric`` does."""
    scales = node.attribute("scales") if "scales" in node.attributes else _reals(node, 1)
    mode = node.text("mode", "nearest")
    manner = Manner(mode, "asymmetric", "floor", -0.75, False, False, 0.0)
    return _resized(node, manner, _axes(node, list(range(node.x.rank)), scales, None, None))


def _reals(node: OnnxNode, index: int) -> tuple[float, ...] | None:
    """An input of real numbers; None where it is left out or empty."""
    told = node.told(index)
    if told is not None:
        return _told_ratio(node, told)
    pair = node.setting(index)
    if pair is None or pair[0].size == 0:
        return None
    if not np.array_equal(*pair):
        raise OutsideError("how it scales depends on an axis whose length is open")
    return tuple(float(x) for x in pair[0].ravel())


def _told_ratio(node: OnnxNode, told: Shapes) -> tuple[float, ...]:
    """Scales that are fed, where the result is a whole number of times as large."""
    found = [tuple(new / max(old, 1) for new, old in zip(*pair, strict=True))
             for pair in zip(told, node.x.both, strict=True)]  # fmt: skip
    if found[0] != found[1] or not all(ratio.is_integer() for ratio in found[0]):
        raise OutsideError("how it scales is known only when the model runs")
    return found[0]


def _axes(
    node: OnnxNode,
    axes: list[int],
    scales: tuple[float, ...] | None,
    sizes: tuple[int, ...] | None,
    region: tuple[float, ...] | None,
) -> list[Axis]:
    given = scales or sizes
    if given is None or len(given) != len(axes):
        raise OutsideError("it is not told the new size of each axis")
    if sizes is not None:
        sizes, scales = _kept_in_ratio(node, axes, sizes)
    found = []
    for i, axis in enumerate(axes):
        length, other = (shape[axis] for shape in node.x.both)
        scale = 1.0 if scales is None else scales[i]
        if length != other:
            if sizes is not None or not float(scale).is_integer():
                raise OutsideError("it resizes an axis whose length is open")
            if scale != 1:
                found.append(Axis(axis, length, int(length * scale), scale, is_open=True))
            continue
        new = math.floor(length * scale) if sizes is None else sizes[i]
        if not 1 <= new <= 2**20 or new * length > MAX_FOLDED:
            raise OutsideError(f"it resizes an axis from {length} to {new} elements")
        ends = (0.0, 1.0) if region is None else (region[i], region[i + len(axes)])
        found.append(Axis(axis, length, new, scale, ends))
    return found


def _kept_in_ratio(
    node: OnnxNode, axes: list[int], sizes: tuple[int, ...]
) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """New sizes and scales; one scale for all axes where the policy keeps the aspect ratio."""
    policy = node.text("keep_aspect_ratio_policy", "stretch")
    lengths = [node.x.both[0][axis] for axis in axes]
    scales = tuple(size / length for size, length in zip(sizes, lengths, strict=True))
    if policy == "stretch":
        return sizes, scales
    one = min(scales) if policy == "not_larger" else max(scales)
    return tuple(math.floor(one * length + 0.5) for length in lengths), (one,) * len(axes)


# --- drawing ------------------------------------------------------------------------------------
def _resized(node: OnnxNode, manner: Manner, axes: list[Axis]) -> Value:
    is_cropping = manner.coordinates == "tf_crop_and_resize"
    active = [a for a in axes if is_cropping or a.new != a.length or a.scale != 1]
    whole = _as_upsample(manner, active, node.x.rank)
    if whole is not None:
        sizes = tuple(a.new // a.length for a in active)
        few = float(sizes[0]) if len(set(sizes)) == 1 else tuple(map(float, sizes))
        return node.draw("upsample", node.x, scale=few, **whole)
    if any(a.is_open for a in active):
        raise OutsideError("it resizes an axis whose length is open")
    x = node.x
    outside: Value | None = None
    for a in active:
        weights, is_outside = weights_of(manner, a)
        x = _applied(node, x, a.axis, weights)
        if is_outside.any():
            beside = is_outside.astype(float).reshape(-1, *(1,) * (x.rank - 1 - a.axis))
            mark = known_value(beside)
            outside = mark if outside is None else node.draw("maximum", outside, mark)
    if outside is None:
        return x
    inside = node.draw("subtract", 1.0, outside)
    filled = node.draw("multiply", outside, manner.extrapolation)
    return node.draw("add", node.draw("multiply", x, inside), filled)


def _as_upsample(manner: Manner, axes: list[Axis], rank: int) -> dict[str, Any] | None:
    """The settings of ``upsample`` for a whole enlargement of all places; None for all else."""
    if [a.axis for a in axes] != list(range(2, rank)) or not 3 <= rank <= 5:
        return None
    if any(a.new % a.length or a.scale != a.new // a.length for a in axes):
        return None
    if manner.mode == "nearest":
        is_plain = (manner.coordinates, manner.nearest) in (
            ("asymmetric", "floor"),
            ("half_pixel", "round_prefer_floor"),
            ("half_pixel", "round_prefer_ceil"),
        )
        return {"mode": "nearest"} if is_plain else None
    is_linear = manner.mode == "linear" and not manner.antialias
    aligned = {"half_pixel": False, "align_corners": True}.get(manner.coordinates)
    if not is_linear or aligned is None or (aligned and any(a.length == 1 for a in axes)):
        return None
    word = {3: "linear", 4: "bilinear", 5: "trilinear"}[rank]
    return {"mode": word, "align_corners": True} if aligned else {"mode": word}


def _applied(node: OnnxNode, x: Value, axis: int, weights: Known) -> Value:
    """The weights (new × old) along an axis, which is the last one meanwhile."""
    last = x.rank - 1
    order = tuple([i for i in range(x.rank) if i != axis] + [axis])
    if axis != last:
        x = node.draw("transpose", x, axes=order)
    x = node.draw("affine", known_value(weights), x, kind=x.kind)
    if axis == last:
        return x
    return node.draw("transpose", x, axes=tuple(order.index(i) for i in range(x.rank)))


# --- the standard's weights -----------------------------------------------------------------------
def weights_of(manner: Manner, a: Axis) -> tuple[Known, Known]:
    """The matrix (new × old) of one axis, and which new elements lie outside the old ones."""
    places = _places(manner, a)
    matrix = np.zeros((a.new, a.length))
    outside = np.zeros(a.new, bool)
    if manner.coordinates == "tf_crop_and_resize":
        outside = (places < 0) | (places > a.length - 1)
    for row, place in enumerate(places):
        for index, weight in _neighbours(manner, a, float(place)):
            matrix[row, min(max(index, 0), a.length - 1)] += weight
    return matrix, outside


def _places(manner: Manner, a: Axis) -> Known:
    """Where each new element lies among the old ones (the standard's x_original)."""
    new = np.arange(a.new, dtype=float)
    width = a.length * a.scale  # of the result, before it is cut to a whole number
    mode = manner.coordinates
    if mode == "asymmetric":
        return new / a.scale
    if mode == "align_corners":
        return new * (a.length - 1) / (width - 1) if width != 1 else np.zeros(a.new)
    if mode == "pytorch_half_pixel":
        return (new + 0.5) / a.scale - 0.5 if a.new > 1 else np.zeros(a.new)
    if mode == "tf_half_pixel_for_nn":
        return (new + 0.5) / a.scale
    if mode == "half_pixel":
        return (new + 0.5) / a.scale - 0.5
    if mode == "half_pixel_symmetric":
        adjusted = a.new / width
        offset = a.length / 2 * (1 - adjusted)
        return offset + (new + 0.5) / a.scale - 0.5
    if mode == "tf_crop_and_resize":
        start, end = a.region
        if a.new == 1:
            return np.full(1, 0.5 * (start + end) * (a.length - 1))
        return start * (a.length - 1) + new * (end - start) * (a.length - 1) / (a.new - 1)
    raise OutsideError(f"it places elements as {mode[:40]!r}, which the standard does not have")


def _neighbours(manner: Manner, a: Axis, place: float) -> list[tuple[int, float]]:
    """The old elements that make a new one, and their weights; an index may lie outside."""
    if manner.mode == "nearest":
        return [(_nearest(place, manner.nearest), 1.0)]
    reach = 2.0 if manner.mode == "cubic" else 1.0
    narrow = min(a.scale, 1.0) if manner.antialias else 1.0
    first = math.floor(place - reach / narrow) + 1
    last = math.ceil(place + reach / narrow) - 1
    if not manner.antialias:
        first = math.floor(place) - int(reach) + 1
        last = first + 2 * int(reach) - 1
    found = []
    for index in range(first, last + 1):
        distance = abs(index - place) * narrow
        weight = _cubic(distance, manner.cubic) if reach == 2 else max(1 - distance, 0.0)
        is_inside = 0 <= index < a.length
        found.append((index, weight if is_inside or not manner.excludes else 0.0))
    total = sum(weight for _, weight in found)
    if (manner.excludes or manner.antialias) and total:
        found = [(index, weight / total) for index, weight in found]
    return found


def _nearest(place: float, how: str) -> int:
    if how == "floor":
        return math.floor(place)
    if how == "ceil":
        return math.ceil(place)
    if how == "round_prefer_floor":
        return math.ceil(place - 0.5)
    if how == "round_prefer_ceil":
        return math.floor(place + 0.5)
    raise OutsideError(f"its nearest_mode is {how[:40]!r}, which the standard does not have")


def _cubic(d: float, a: float) -> float:
    """Keys's cubic convolution (1981)."""
    if d <= 1:
        return ((a + 2) * d - (a + 3)) * d * d + 1
    return ((d - 5) * d + 8) * d * a - 4 * a if d < 2 else 0.0


BUILDERS: dict[str, Builder] = {"Resize": resize, "Upsample": upsample}
