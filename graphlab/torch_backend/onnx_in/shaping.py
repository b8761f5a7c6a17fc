"""Operators that lay the same elements out otherwise, and those that speak of shapes."""

from __future__ import annotations

import math

import numpy as np

from graphlab.ops.broadcasting import Shape
from graphlab.torch_backend.onnx_in.growing import repeated
from graphlab.torch_backend.onnx_in.nodes import Builder, OnnxNode
from graphlab.torch_backend.onnx_in.reshaping import Shapes, to_shape
from graphlab.torch_backend.onnx_in.values import (
    OutsideError,
    Value,
    known_pair,
    known_value,
    merged,
)


# --- reshaping ----------------------------------------------------------------------------------
def reshape(node: OnnxNode) -> Value:
    told = node.told(1)
    if told is not None:
        return to_shape(node, node.x, told)
    pair = node.setting(1, "shape")
    if pair is None:
        raise OutsideError("it is not told which shape to give")
    x, keeps_zero = node.x, bool(node.whole("allowzero"))
    asked = [tuple(int(size) for size in side.ravel()) for side in pair]
    if x.shapes is None:
        if asked[0] != asked[1] or 0 in asked[0]:
            raise OutsideError("the shape of what arrives here is not known")
        return node.draw("reshape", x, shape=asked[0])
    wanted = tuple(
        _filled(shape, own, keeps_zero) for shape, own in zip(asked, x.shapes, strict=True)
    )
    closed = [size for size in merged((asked[0], asked[1])) if size is not None]
    if -1 in closed and x.shape is not None and None not in x.shape and 0 not in closed:
        return node.draw("reshape", x, shape=asked[0])  # as the model says it
    return to_shape(node, x, (wanted[0], wanted[1]))


def _filled(asked: Shape, own: Shape, keeps_zero: bool) -> Shape:
    """What 0 (the same as before) and -1 (what is left) stand for."""
    sizes = [
        own[i] if size == 0 and not keeps_zero and i < len(own) else size
        for i, size in enumerate(asked)
    ]
    named = math.prod(size for size in sizes if size != -1)
    if sizes.count(-1) == 1 and named and math.prod(own) % named == 0:
        sizes[sizes.index(-1)] = math.prod(own) // named
    if min(sizes, default=1) < 0 or math.prod(sizes) != math.prod(own):
        raise OutsideError(f"it reads {math.prod(own)} elements into the shape {asked}")
    return tuple(sizes)


def flatten(node: OnnxNode) -> Value:
    axis = node.whole("axis", 1)
    if node.x.shapes is None:
        if axis != 1:
            raise OutsideError("the shape of what arrives here is not known")
        return node.draw("flatten", node.x)
    axis = axis + node.x.rank if axis < 0 else axis
    if axis == 1 and node.x.rank > 1:
        return node.draw("flatten", node.x)
    wanted = [(math.prod(s[:axis]), math.prod(s[axis:])) for s in node.x.both]
    return to_shape(node, node.x, (wanted[0], wanted[1]))


def squeeze(node: OnnxNode) -> Value:
    told = node.told(1)
    if told is not None:
        return to_shape(node, node.x, told)
    axes = node.whole_setting(1, "axes")
    x = node.x
    if axes is None:
        axes = tuple(i for i, size in enumerate(zip(*x.both, strict=True)) if size == (1, 1))
    if not axes:
        return x
    return node.draw("squeeze", x, axis=axes[0] if len(axes) == 1 else axes)


def unsqueeze(node: OnnxNode) -> Value:
    told = node.told(1)
    if told is not None:
        return to_shape(node, node.x, told)
    axes = node.whole_setting(1, "axes") or ()
    x = node.x
    for axis in sorted(axes) if min(axes, default=0) >= 0 else _from_first(node, axes):
        x = node.draw("unsqueeze", x, axis=axis)
    return x


def _from_first(node: OnnxNode, axes: tuple[int, ...]) -> list[int]:
    if len(axes) == 1:
        return list(axes)
    return sorted(node.axis(axis, len(axes)) for axis in axes)


def transpose(node: OnnxNode) -> Value:
    axes = node.wholes("perm")
    if axes is not None and axes == tuple(range(len(axes))):
        return node.x
    return node.draw("transpose", node.x, axes=axes)


# --- joining, repeating -------------------------------------------------------------------------
def _is_empty(x: Value) -> bool:
    return x.known is not None and x.known[0].size == 0


def concat(node: OnnxNode) -> Value:
    parts = [p for p in node.present if not _is_empty(p)] or [node.x]
    axis = node.whole("axis", 1)
    if len(parts) == 1:
        return parts[0]
    return node.draw("concatenate", *parts, axis=axis)


def expand(node: OnnxNode) -> Value:
    """Repeat axes of length 1; where the lengths to repeat to are open, by adding to zeros."""
    x, told = node.x, node.told(1)
    pair = node.setting(1) if told is None else None
    if pair is None and told is None:
        raise OutsideError("it is not told which shape to expand to")
    asked = [tuple(int(size) for size in side) for side in told or map(np.ravel, pair or ())]
    try:
        wanted = [np.broadcast_shapes(a, s) for a, s in zip(asked, x.both, strict=True)]
    except ValueError:
        raise OutsideError(f"it cannot expand what arrives to {asked[0]}") from None
    if wanted[0] == x.both[0] and wanted[1] == x.both[1]:
        return x
    if wanted[0] != wanted[1]:
        return _expand_open(node, x, (wanted[0], wanted[1]))
    return node.draw("broadcast", x, shape=wanted[0])


def _expand_open(node: OnnxNode, x: Value, wanted: Shapes) -> Value:
    """Axes of length 1 repeated as often as something that is fed is long."""
    for _ in range(len(wanted[0]) - x.rank):
        x = node.draw("unsqueeze", x, axis=0)
    fixed = [1] * x.rank
    for axis, pair in enumerate(zip(*wanted, strict=True)):
        if pair == (x.both[0][axis], x.both[1][axis]):
            continue
        if pair[0] == pair[1]:
            fixed[axis] = pair[0]
        else:
            x = repeated(node.drawing, x, axis, pair)
    if max(fixed) == 1:
        return x
    return node.draw("multiply", x, known_value(np.ones(fixed)), kind=x.kind)


def tile(node: OnnxNode) -> Value:
    told = node.told(1)
    if told is not None:
        pairs = zip(told[0], node.x.both[0], strict=True)
        repeats: tuple[int, ...] | None = tuple(new // max(old, 1) for new, old in pairs)
    else:
        repeats = node.whole_setting(1)
    if repeats is None or len(repeats) != node.x.rank:
        raise OutsideError("it is not told how often to repeat each axis")
    return node.draw("tile", node.x, repeats=repeats)


# --- blocks -------------------------------------------------------------------------------------
def depth_to_space(node: OnnxNode) -> Value:
    """Channels into pixels; CRD is a pixel shuffle, DCR takes the block's places first."""
    block = node.whole("blocksize", 1)
    if node.text("mode", "DCR") == "CRD":
        return node.draw("pixel_shuffle", node.x, factor=block)
    each = node.x.both[0][1] // block**2
    shapes = [(s[0], block, block, each, s[2], s[3]) for s in node.x.both]
    cut = to_shape(node, node.x, (shapes[0], shapes[1]))
    turned = node.draw("transpose", cut, axes=(0, 3, 4, 1, 5, 2))
    final = [(s[0], each, s[2] * block, s[3] * block) for s in node.x.both]
    return to_shape(node, turned, (final[0], final[1]))


def space_to_depth(node: OnnxNode) -> Value:
    block = node.whole("blocksize", 1)
    if node.text("mode") == "CRD":
        return node.draw("pixel_unshuffle", node.x, factor=block)
    shapes = [(s[0], s[1], s[2] // block, block, s[3] // block, block) for s in node.x.both]
    cut = to_shape(node, node.x, (shapes[0], shapes[1]))
    turned = node.draw("transpose", cut, axes=(0, 3, 5, 1, 2, 4))
    final = [(s[0], s[1] * block**2, s[2] // block, s[3] // block) for s in node.x.both]
    return to_shape(node, turned, (final[0], final[1]))


# --- what speaks of shapes ----------------------------------------------------------------------
def shape(node: OnnxNode) -> Value:
    start, end = node.whole("start"), node.attribute("end")
    first, second = (np.asarray(s[start:end], dtype=np.int64) for s in node.x.both)
    return known_pair(first, second, "int")


def size(node: OnnxNode) -> Value:
    first, second = (np.asarray(math.prod(s)) for s in node.x.both)
    return known_pair(first, second, "int")


def identity(node: OnnxNode) -> Value:
    return node.x


BUILDERS: dict[str, Builder] = {
    "Reshape": reshape,
    "Flatten": flatten,
    "Squeeze": squeeze,
    "Unsqueeze": unsqueeze,
    "Transpose": transpose,
    "Concat": concat,
    "Expand": expand,
    "Tile": tile,
    "DepthToSpace": depth_to_space,
    "SpaceToDepth": space_to_depth,
    "Shape": shape,
    "Size": size,
    "Identity": identity,
}
