"""Poolings, and unpooling."""

from __future__ import annotations

import math
from functools import reduce
from typing import Any

import numpy as np

from graphlab.errors import FileError
from graphlab.torch_backend.onnx_in.cutting import bordered
from graphlab.torch_backend.onnx_in.nodes import Builder, OnnxNode
from graphlab.torch_backend.onnx_in.sliding import Sliding, few, few_pads, sliding, spatial
from graphlab.torch_backend.onnx_in.values import LARGEST, Value, known_value


def _window(node: OnnxNode) -> tuple[int, Sliding]:
    axes, kernel = spatial(node.x), node.wholes("kernel_shape")
    if kernel is None or len(kernel) != axes or min(kernel) < 1:
        raise FileError(
            f"{node.op_type} has the kernel_shape {kernel} for {axes} axes: the model is damaged"
        )
    return axes, sliding(node, kernel)


def _framed(node: OnnxNode, x: Value, use: Sliding, fill: float) -> tuple[Value, dict[str, Any]]:
    """The input and the op's settings; padding as wide as the window becomes a border."""
    pads = use.pads
    is_wide = any(max(pair) >= size for pair, size in zip(pads, use.kernel, strict=True))
    if is_wide or min(min(pair) for pair in pads) < 0:
        x = bordered(node, x, [(0, 0), (0, 0), *pads], "constant", fill)
        pads = ((0, 0),) * len(pads)
    return x, {
        "kernel_size": few(use.kernel),
        "stride": few(use.stride),
        "padding": few_pads(pads),
        "dilation": few(use.dilation),
        "ceil_mode": bool(node.whole("ceil_mode")),
    }


# --- the largest --------------------------------------------------------------------------------
def max_pool(node: OnnxNode) -> list[Value | None]:
    axes, use = _window(node)
    x, settings = _framed(node, node.x, use, -LARGEST)
    if not node.wants(1):
        return [node.draw(f"max_pool{axes}d", x, **settings)]
    y, places = node.draw_all(f"max_pool{axes}d_with_indices", x, **settings)
    if node.whole("storage_order"):
        places = _by_columns(node, places, node.x.closed[2:])
    return [y, node.draw("add", places, _starts(node, node.x), kind="int")]


def _by_columns(node: OnnxNode, places: Value, sizes: tuple[int, ...]) -> Value:
    """Row-major places as column-major ones: the first axis then counts by one."""
    parts = []
    rest, step = places, math.prod(sizes[:-1])
    for axis in reversed(range(len(sizes))):
        above = node.draw("floor", node.draw("divide", rest, float(sizes[axis])))
        digit = node.draw("subtract", rest, node.draw("multiply", above, float(sizes[axis])))
        parts.append(node.draw("multiply", digit, float(step)))
        rest, step = above, step // max(sizes[axis - 1], 1) if axis else 1
    return reduce(lambda a, b: node.draw("add", a, b), parts)


def _starts(node: OnnxNode, x: Value) -> Value:
    """Where each channel of each example begins, if all elements are counted in a row."""
    plane = math.prod(x.closed[2:]) if None not in (x.shape or ())[2:] else 0
    channels = x.both[0][1]
    lead = (1, channels, *(1,) * (x.rank - 2))
    within = known_value(np.arange(channels, dtype=float).reshape(lead) * plane, "int")
    if x.both[0][0] == x.both[1][0]:
        count = x.both[0][0]
        first = np.arange(count, dtype=float).reshape(count, *(1,) * (x.rank - 1))
        return node.draw("add", within, known_value(first * plane * channels, "int"))
    one = node.draw(
        "sum", node.draw("multiply", x, 0.0), axis=tuple(range(1, x.rank)), keepdims=True
    )
    counted = node.draw("cumsum", node.draw("add", one, 1.0), axis=0)
    first_open = node.draw("multiply", node.draw("subtract", counted, 1.0), float(plane * channels))
    return node.draw("add", first_open, within)


def max_unpool(node: OnnxNode) -> Value:
    """Puts each element back where the pool found it; more room is filled with zeros behind."""
    axes, use = _window(node)
    sizes = tuple(
        (size - 1) * stride - sum(pads) + kernel
        for size, stride, pads, kernel in zip(
            node.x.closed[2:], use.stride, use.pads, use.kernel, strict=True
        )
    )
    plane = float(math.prod(sizes))
    places = node.required(1)
    whole = node.draw("floor", node.draw("divide", places, plane))
    places = node.draw("subtract", places, node.draw("multiply", whole, plane), kind="int")
    y = node.draw(
        f"max_unpool{axes}d",
        node.x,
        places,
        kernel_size=few(use.kernel),
        stride=few(use.stride),
        output_size=sizes,
        padding=few(tuple(pads[0] for pads in use.pads)),
    )
    told = node.told(2)
    wanted = node.whole_setting(2) if told is None else told[0]
    if wanted is None:
        return y
    more = [(0, w - s) for w, s in zip(wanted[-axes:], sizes, strict=True)]
    return bordered(node, y, [(0, 0), (0, 0), *more], "constant")


# --- sums ---------------------------------------------------------------------------------------
def average_pool(node: OnnxNode) -> Value:
    axes, use = _window(node)
    counts = bool(node.whole("count_include_pad"))
    x, settings = _framed(node, node.x, use, 0.0)
    if x is not node.x and not counts:
        return _averaged_without(node, axes, use)
    return node.draw(f"avg_pool{axes}d", x, count_include_pad=counts, **settings)


def _averaged_without(node: OnnxNode, axes: int, use: Sliding) -> Value:
    """Sums over sums of ones, where the padding is as wide as the window."""
    ones = known_value(np.ones((1, 1, *node.x.closed[2:])))
    sums = []
    for x in (node.x, ones):
        framed, settings = _framed(node, x, use, 0.0)
        sums.append(node.draw(f"avg_pool{axes}d", framed, divisor_override=1, **settings))
    return node.draw("divide", *sums)


def lp_pool(node: OnnxNode) -> Value:
    """(Σ |x|ᵖ)^(1/p) below each window."""
    axes, use = _window(node)
    p = node.number("p", 2)
    powers, settings = _framed(node, _power(node, p), use, 0.0)
    return _root(node, node.draw(f"avg_pool{axes}d", powers, divisor_override=1, **settings), p)


def _power(node: OnnxNode, p: float) -> Value:
    if p == 2:
        return node.draw("square", node.x)
    size = node.draw("abs", node.x)
    return size if p == 1 else node.draw("power", size, p)


def _root(node: OnnxNode, total: Value, p: float) -> Value:
    if p == 1:
        return total
    return node.draw("sqrt", total) if p == 2 else node.draw("power", total, 1 / p)


# --- over everything ----------------------------------------------------------------------------
def _places(node: OnnxNode) -> tuple[int, ...]:
    return tuple(range(2, node.x.rank))


def global_average(node: OnnxNode) -> Value:
    return node.draw("global_avg_pool", node.x)


def global_max(node: OnnxNode) -> Value:
    return node.draw("global_max_pool", node.x)


def global_lp(node: OnnxNode) -> Value:
    p = node.number("p", 2)
    total = node.draw("sum", _power(node, p), axis=_places(node), keepdims=True)
    return _root(node, total, p)


BUILDERS: dict[str, Builder] = {
    "MaxPool": max_pool,
    "MaxUnpool": max_unpool,
    "AveragePool": average_pool,
    "LpPool": lp_pool,
    "GlobalAveragePool": global_average,
    "GlobalMaxPool": global_max,
    "GlobalLpPool": global_lp,
}
