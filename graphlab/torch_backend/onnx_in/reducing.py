"""Operators that reduce axes, and those that run along one: softmax, norms, running sums."""

from __future__ import annotations

import itertools
from typing import Any

from graphlab.torch_backend.onnx_in.nodes import Builder, OnnxNode, Shapes
from graphlab.torch_backend.onnx_in.reshaping import to_shape
from graphlab.torch_backend.onnx_in.values import OutsideError, Value


def axes_of(node: OnnxNode) -> tuple[int, ...] | None:
    """The axes to reduce; None for all, and () for none."""
    told = node.told(1)
    axes = node.whole_setting(1, "axes") if told is None else _gone(node, told)
    if not axes:
        return () if node.whole("noop_with_empty_axes") else None
    return axes


def _gone(node: OnnxNode, told: Shapes) -> tuple[int, ...]:
    """Which axes are reduced, where that follows from the lengths before and after."""
    before, after = list(zip(*node.x.both, strict=True)), list(zip(*told, strict=True))
    if node.whole("keepdims", 1):
        ways = [tuple(i for i, size in enumerate(before) if size != after[i])]
    else:
        places = itertools.combinations(range(len(before)), len(before) - len(after))
        ways = [w for w in places if [s for i, s in enumerate(before) if i not in w] == after]
    if len(ways) != 1:
        raise OutsideError("its input 2 says which axes to reduce, known only when the model runs")
    return ways[0]


def _reduction(name: str) -> Builder:
    def build(node: OnnxNode) -> Value:
        axes = axes_of(node)
        return node.x if axes == () else reduced(node, name, node.x, axes)

    return build


def reduced(node: OnnxNode, name: str, x: Value, axes: tuple[int, ...] | None) -> Value:
    """One of GraphLab's reductions, with the axes as short as they can be written."""
    axis = axes[0] if axes is not None and len(axes) == 1 else axes
    if x.shapes is not None and x.rank == 0:
        axis = None
    return node.draw(name, x, axis=axis, keepdims=bool(node.whole("keepdims", 1)))


def sum_of_squares(node: OnnxNode) -> Value:
    axes, squares = axes_of(node), node.draw("square", node.x)
    return squares if axes == () else reduced(node, "sum", squares, axes)


def first_norm(node: OnnxNode) -> Value:
    axes, sizes = axes_of(node), node.draw("abs", node.x)
    return sizes if axes == () else reduced(node, "sum", sizes, axes)


def second_norm(node: OnnxNode) -> Value:
    axes = axes_of(node)
    if axes == ():
        return node.draw("abs", node.x)
    return node.draw("sqrt", reduced(node, "sum", node.draw("square", node.x), axes))


def log_of_sum(node: OnnxNode) -> Value:
    axes = axes_of(node)
    return node.draw("log", node.x if axes == () else reduced(node, "sum", node.x, axes))


def log_of_exponentials(node: OnnxNode) -> Value:
    axes = axes_of(node)
    return node.x if axes == () else reduced(node, "logsumexp", node.x, axes)


# --- along one axis -------------------------------------------------------------------------------
def _along(name: str) -> Builder:
    def build(node: OnnxNode) -> Value:
        """Before opset 13 all axes from ``axis`` on count as one."""
        x = node.x
        if node.opset >= 13:
            return node.draw(name, x, axis=node.whole("axis", -1))
        axis = node.axis(node.whole("axis", 1)) if x.rank else 0
        if axis == x.rank - 1:
            return node.draw(name, x, axis=axis)
        flat = node.draw("flatten", x, start=axis)
        return to_shape(node, node.draw(name, flat, axis=-1), x.both)

    return build


def hardmax(node: OnnxNode) -> Value:
    """1 at the first largest element, else 0."""
    x = node.x
    axis = node.axis(node.whole("axis", -1 if node.opset >= 13 else 1))
    flat = x if node.opset >= 13 or axis == x.rank - 1 else node.draw("flatten", x, start=axis)
    length = flat.closed[axis]
    best = node.draw("argmax", flat, axis=axis, kind="int")
    hot = node.draw("one_hot", best, classes=length, kind="float")
    if axis != flat.rank - 1:
        order = list(range(flat.rank - 1))
        order.insert(axis, flat.rank - 1)
        hot = node.draw("transpose", hot, axes=tuple(order))
    return to_shape(node, hot, x.both)


def unit_length(node: OnnxNode) -> Value:
    """x over its 1- or 2-norm along an axis; 0 stays 0."""
    axis, order = node.whole("axis", -1), node.whole("p", 2)
    if order not in (1, 2):
        raise OutsideError(f"its p is {order}, and the standard has 1 and 2")
    sizes = node.draw("abs" if order == 1 else "square", node.x)
    total = node.draw("sum", sizes, axis=axis, keepdims=True)
    length = total if order == 1 else node.draw("sqrt", total)
    is_zero = node.draw("equal", length, 0.0, kind="float")
    return node.draw("divide", node.x, node.draw("add", length, is_zero))


def _cumulative(name: str) -> Builder:
    def build(node: OnnxNode) -> Value:
        settings: dict[str, Any] = {
            word: bool(node.whole(word)) for word in ("exclusive", "reverse")
        }
        axis = node.required(1)
        if axis.known is None and node.x.rank > 1:
            return _along_any(node, name, axis, settings)
        axes = node.whole_setting(1) if axis.known is not None else (0,)
        if not axes:
            raise OutsideError("it is not told along which axis to run")
        return node.draw(name, node.x, axis=axes[0], **settings)

    return build


def _along_any(node: OnnxNode, name: str, axis: Value, settings: dict[str, Any]) -> Value:
    """An axis that is fed: the result along each, of which the one asked for is taken."""
    rank = node.x.rank
    if axis.both[0] not in ((), (1,)):
        raise OutsideError("the axis it runs along should be one number")
    y = node.draw(name, node.x, axis=0, **settings)
    for other in range(1, rank):
        first = node.draw("equal", axis, float(other), kind="bool")
        asked = node.draw("logical_or", first, node.draw("equal", axis, float(other - rank)))
        along = node.draw(name, node.x, axis=other, **settings)
        y = node.draw("where", asked, along, y, kind=node.x.kind)
    return y


def _place_of_extreme(name: str) -> Builder:
    def build(node: OnnxNode) -> Value:
        return node.draw(
            name,
            node.x,
            axis=node.whole("axis"),
            keepdims=bool(node.whole("keepdims", 1)),
            last=bool(node.whole("select_last_index")),
            kind="int",
        )

    return build


BUILDERS: dict[str, Builder] = {
    "ReduceSum": _reduction("sum"),
    "ReduceMean": _reduction("mean"),
    "ReduceMax": _reduction("max"),
    "ReduceMin": _reduction("min"),
    "ReduceProd": _reduction("product"),
    "ReduceL1": first_norm,
    "ReduceL2": second_norm,
    "ReduceSumSquare": sum_of_squares,
    "ReduceLogSum": log_of_sum,
    "ReduceLogSumExp": log_of_exponentials,
    "Softmax": _along("softmax"),
    "LogSoftmax": _along("log_softmax"),
    "Hardmax": hardmax,
    "LpNormalization": unit_length,
    "CumSum": _cumulative("cumsum"),
    "CumProd": _cumulative("cumprod"),
    "ArgMax": _place_of_extreme("argmax"),
    "ArgMin": _place_of_extreme("argmin"),
}
