"""Operators that lay the same elements out otherwise, and those that speak of shapes."""

from __future__ import annotations

import math

import numpy as np

from graphlab.ops.broadcasting import Shape
from graphlab.torch_backend.onnx_in.nodes import Builder, OnnxNode
from graphlab.torch_backend.onnx_in.values import (
    OutsideError,
    Value,
    known_pair,
    known_value,
    merged,
)

Shapes = tuple[Shape, Shape]


# --- reshaping ----------------------------------------------------------------------------------
def to_shape(node: OnnxNode, x: Value, wanted: Shapes) -> Value:
    """``x`` read row by row into another shape, of which axes may be open.

    One open axis is what is left over; where there are more, the axes in front have to stay.
    """
    target, own = merged(wanted), merged(x.both)
    if target == own:
        return x
    if target.count(None) == 0:
        return node.draw("reshape", x, shape=target)
    kept = _common(wanted, x.both)
    if kept == len(target) - 1 and kept and len(own) > kept:
        return node.draw("flatten", x, start=kept)
    if target.count(None) == 1:
        return node.draw("reshape", x, shape=tuple(-1 if size is None else size for size in target))
    return _several_open(node, x, wanted, kept)


def _common(a: Shapes, b: Shapes) -> int:
    """How many axes in front are the same."""
    count = 0
    limit = min(len(a[0]), len(b[0]))
    while count < limit and a[0][count] == b[0][count] and a[1][count] == b[1][count]:
        count += 1
    return count


def _several_open(node: OnnxNode, x: Value, wanted: Shapes, kept: int) -> Value:
    """Cut the axis behind the kept ones into pieces, or put axes of length 1 in."""
    target, own = merged(wanted), merged(x.both)
    ones = _ones_put_in(wanted, x.both)
    if ones is not None:
        for axis in ones:
            x = node.draw("stack", x, axis=axis)
        return x
    if kept == len(own) - 1 and len(target) == kept + 2 and target[kept] is not None:
        parts = node.draw_all("split", x, parts=target[kept], axis=kept)
        return node.draw("stack", *parts, axis=kept)
    ones = _ones_put_in(x.both, wanted)
    if ones is not None:
        return node.draw("sum", x, axis=tuple(ones))
    raise OutsideError(
        "it reads elements into a shape of which several axes are open: import the model with "
        "fixed lengths"
    )


def _ones_put_in(longer: Shapes, shorter: Shapes) -> list[int] | None:
    """Where axes of length 1 turn ``shorter`` into ``longer``; None where they do not."""
    found, at = [], 0
    for axis, sizes in enumerate(zip(*longer, strict=True)):
        if at < len(shorter[0]) and sizes == (shorter[0][at], shorter[1][at]):
            at += 1
        elif sizes == (1, 1):
            found.append(axis)
        else:
            return None
    return found if at == len(shorter[0]) else None


def reshape(node: OnnxNode) -> Value:
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
    axes = node.whole_setting(1, "axes")
    x = node.x
    if axes is None:
        gone = [i for i, size in enumerate(zip(*x.both, strict=True)) if size == (1, 1)]
    else:
        gone = [node.axis(axis) for axis in axes]
    if any(x.both[i][axis] != 1 for axis in gone for i in (0, 1)):
        raise OutsideError("it takes out an axis that is not of length 1")
    kept = [tuple(size for i, size in enumerate(s) if i not in gone) for s in x.both]
    return to_shape(node, x, (kept[0], kept[1]))


def unsqueeze(node: OnnxNode) -> Value:
    axes = node.whole_setting(1, "axes") or ()
    new = sorted(node.axis(axis, len(axes)) for axis in axes)
    wanted = []
    for shape in node.x.both:
        sizes = list(shape)
        for axis in new:
            sizes.insert(axis, 1)
        wanted.append(tuple(sizes))
    return to_shape(node, node.x, (wanted[0], wanted[1]))


def transpose(node: OnnxNode) -> Value:
    axes = node.wholes("perm")
    if axes is not None and axes == tuple(range(len(axes))):
        return node.x
    return node.draw("transpose", node.x, axes=axes)


# --- joining, repeating -------------------------------------------------------------------------
def concat(node: OnnxNode) -> Value:
    parts = [p for p in node.present if p.shapes is None or 0 not in p.shapes[0]] or [node.x]
    axis = node.whole("axis", 1)
    if len(parts) == 1:
        return parts[0]
    return node.draw("concatenate", *parts, axis=axis)


def expand(node: OnnxNode) -> Value:
    """Repeat axes of length 1; where the lengths to repeat to are open, by adding to zeros."""
    pair = node.setting(1)
    if pair is None:
        raise OutsideError("it is not told which shape to expand to")
    x = node.x
    asked = [tuple(int(size) for size in side.ravel()) for side in pair]
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
    """Axes that are open have to be x's own; the others are repeated by a product with ones."""
    target = merged(wanted)
    own = (None,) * (len(target) - x.rank) + merged(x.both)
    lead = len(target) - x.rank
    sizes = []
    for axis, size in enumerate(target):
        kept = axis >= lead and all(wanted[i][axis] == x.both[i][axis - lead] for i in (0, 1))
        if size is None and not kept:
            raise OutsideError("it repeats along an axis whose length is open")
        sizes.append(1 if kept else int(size or 1))
    del own
    return node.draw("multiply", x, known_value(np.ones(sizes)), kind=x.kind)


def tile(node: OnnxNode) -> Value:
    repeats = node.whole_setting(1)
    if repeats is None or len(repeats) != node.x.rank:
        raise OutsideError("it is not told how often to repeat each axis")
    if math.prod(max(r, 1) for r in repeats) > 4096 or min(repeats, default=1) < 1:
        raise OutsideError(f"it repeats its axes {repeats} times")
    x = node.x
    for axis, count in enumerate(repeats):
        if count > 1:
            x = node.draw("concatenate", *[x] * count, axis=axis)
    return x


# --- blocks -------------------------------------------------------------------------------------
def depth_to_space(node: OnnxNode) -> Value:
    """Channels into pixels; CRD is a pixel shuffle, DCR takes the block's places first."""
    block = node.whole("blocksize", 1)
    _, c, h, w = node.x.both[0]
    if node.text("mode", "DCR") == "CRD":
        parts, order = (c // block**2, block, block), (0, 1, 4, 2, 5, 3)
    else:
        parts, order = (block, block, c // block**2), (0, 3, 4, 1, 5, 2)
    del h, w
    shapes = [(s[0], *parts, s[2], s[3]) for s in node.x.both]
    turned = node.draw("transpose", to_shape(node, node.x, (shapes[0], shapes[1])), axes=order)
    final = [(s[0], c // block**2, s[2] * block, s[3] * block) for s in node.x.both]
    return to_shape(node, turned, (final[0], final[1]))


def space_to_depth(node: OnnxNode) -> Value:
    block = node.whole("blocksize", 1)
    shapes = [
        (s[0], s[1], s[2] // block, block, s[3] // block, block) for s in node.x.both
    ]
    cut = to_shape(node, node.x, (shapes[0], shapes[1]))
    order = (0, 1, 3, 5, 2, 4) if node.text("mode") == "CRD" else (0, 3, 5, 1, 2, 4)
    turned = node.draw("transpose", cut, axes=order)
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
