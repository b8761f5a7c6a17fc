"""Reading elements into another shape, of which axes may be open."""

from __future__ import annotations

from graphlab.ops.attributes import OpenShape
from graphlab.ops.broadcasting import Shape
from graphlab.torch_backend.onnx_in.nodes import OnnxNode
from graphlab.torch_backend.onnx_in.values import OutsideError, Value, merged

Shapes = tuple[Shape, Shape]

_MOST_PARTS = 64


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
            x = node.draw("unsqueeze", x, axis=axis)
        return x
    if kept == len(own) - 1 and None not in target[kept:]:
        return _in_pieces(node, x, kept, target)
    ones = _ones_put_in(x.both, wanted)
    if ones is not None:
        return node.draw("squeeze", x, axis=tuple(ones))
    return _like_another(node, x, wanted, kept)


def _like_another(node: OnnxNode, x: Value, wanted: Shapes, kept: int) -> Value:
    """Into the shape of what had it before; else all behind the kept axes, cut into pieces."""
    like = node.drawing.witnesses.shapes.get(wanted)
    if like is not None:
        return node.draw("reshape_like", x, like, kind=x.kind)
    target = merged(wanted)
    if kept and None not in target[kept:-1]:
        return _in_pieces(node, node.draw("flatten", x, start=kept), kept, target)
    front = _front(node, x, wanted)
    if front is not None:
        return front
    raise OutsideError(
        "it reads elements into a shape of which several axes are open: import the model with "
        "fixed lengths"
    )


def _front(node: OnnxNode, x: Value, wanted: Shapes) -> Value | None:
    """The first axes joined to one, or the first cut in two; the others stay as they are."""
    have, want = list(zip(*x.both, strict=True)), list(zip(*wanted, strict=True))
    last = tuple(range(1, len(want)))
    joined = len(have) - len(last)
    if joined > 1 and have[joined:] == want[1:]:
        order = (*range(joined, len(have)), *range(joined))
        flat = node.draw("flatten", node.draw("transpose", x, axes=order), start=len(last))
        return node.draw("transpose", flat, axes=(len(last), *range(len(last))))
    inner = want[1][0] if len(want) == len(have) + 1 and want[1][0] == want[1][1] else 0
    if have[1:] == want[2:] and 1 <= inner <= _MOST_PARTS:
        parts = [node.draw("slice", x, axis=0, start=i or None, step=inner) for i in range(inner)]
        return node.draw("stack", *parts, axis=1)
    return None


def _in_pieces(node: OnnxNode, x: Value, kept: int, target: OpenShape) -> Value:
    """The last axis cut into parts, and these into parts, as the target has them."""
    for axis, parts in enumerate(target[kept:-1], start=kept):
        pieces = node.draw_all("split", x, parts=parts, axis=axis)
        x = node.draw("stack", *pieces, axis=axis)
    return x


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
