"""Convolutions: Conv, ConvTranspose, and Col2Im."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from graphlab.errors import FileError
from graphlab.torch_backend.onnx_in.cutting import bordered
from graphlab.torch_backend.onnx_in.drawing import MAX_FOLDED
from graphlab.torch_backend.onnx_in.nodes import Builder, OnnxNode
from graphlab.torch_backend.onnx_in.reshaping import to_shape
from graphlab.torch_backend.onnx_in.sliding import Pair, Sliding, few, few_pads, sliding, spatial
from graphlab.torch_backend.onnx_in.values import OutsideError, Value, known_value


def conv(node: OnnxNode) -> Value:
    axes = spatial(node.required(1))
    use = sliding(node, _kernel(node, node.required(1), axes))
    x, pads = node.x, use.pads
    if min(min(pair) for pair in pads) < 0:
        x, pads = bordered(node, x, [(0, 0), (0, 0), *pads], "constant"), ((0, 0),) * axes
    return node.draw(
        f"conv{axes}d",
        x,
        node.required(1),
        _bias(node),
        padding=few_pads(pads),
        **_settings(node, use),
    )


def _bias(node: OnnxNode) -> Value | None:
    """What is added; zeros that nothing learns are what exporters write for no bias."""
    bias = node.input(2)
    if bias is not None and bias.is_foldable and bias.known and not np.any(bias.known[0]):
        return None
    return bias


def _settings(node: OnnxNode, use: Sliding) -> dict[str, Any]:
    return {
        "stride": few(use.stride),
        "dilation": few(use.dilation),
        "groups": node.whole("group", 1),
    }


def _kernel(node: OnnxNode, weight: Value, axes: int) -> tuple[int, ...]:
    """The kernel's size, which the weight knows too."""
    kernel = tuple(weight.closed[2:])
    given = node.wholes("kernel_shape")
    if given and given != kernel:
        raise FileError(
            f"its kernel_shape is {given} and its weight is {weight.closed}: the model is damaged"
        )
    if len(kernel) != axes:
        raise FileError(f"its weight is {weight.closed}, which is for {len(kernel)} axes")
    return kernel


def conv_transpose(node: OnnxNode) -> Value:
    """``output_shape`` says how much padding is taken away, where it is given."""
    weight = node.required(1)
    axes = spatial(weight)
    use = sliding(_without_auto(node), _kernel(node, weight, axes))
    extra = node.wholes("output_padding") or (0,) * axes
    pads = _transposed_pads(node, use, extra)
    cut = tuple((max(a, 0), max(b, 0)) for a, b in pads)
    grown = [(max(-a, 0), max(-b, 0)) for a, b in pads]
    fits = all(e < max(s, d) for e, s, d in zip(extra, use.stride, use.dilation, strict=True))
    if not fits:  # what the op's own setting does not allow is a border behind
        grown = [(a, b + e) for (a, b), e in zip(grown, extra, strict=True)]
        extra = (0,) * axes
    has_border = any(map(any, grown))
    bias = _bias(node)
    y = node.draw(
        f"conv_transpose{axes}d",
        node.x,
        weight,
        None if has_border else bias,
        padding=few_pads(cut),
        output_padding=few(extra),
        **_settings(node, use),
    )
    if not has_border:
        return y
    y = bordered(node, y, [(0, 0), (0, 0), *grown], "constant")
    if bias is None:
        return y
    column = (bias.closed[0], *(1,) * axes)
    return node.draw("add", y, to_shape(node, bias, (column, column)))


def _without_auto(node: OnnxNode) -> OnnxNode:
    """The same use without automatic padding, which means something else here."""
    attributes = {k: v for k, v in node.attributes.items() if k != "auto_pad"}
    if node.text("auto_pad", "NOTSET") == "VALID":
        attributes.pop("pads", None)
    return OnnxNode(node.op_type, node.opset, node.inputs, node.outputs, attributes, node.drawing)


def _transposed_pads(node: OnnxNode, use: Sliding, extra: tuple[int, ...]) -> tuple[Pair, ...]:
    """What is taken away on each side; negative where something is added."""
    auto, wanted = node.text("auto_pad", "NOTSET"), node.wholes("output_shape")
    is_same = auto in ("SAME_UPPER", "SAME_LOWER")
    if not wanted and not is_same:
        return use.pads
    pads = []
    sizes = node.x.shape[2:] if node.x.shape is not None else (None,) * len(extra)
    wanted = None if not wanted else wanted[-len(extra) :]
    for axis, (size, extent, stride) in enumerate(zip(sizes, use.extent, use.stride, strict=True)):
        if wanted is None:
            total = extent - stride + extra[axis]  # the result has size · stride elements
        elif size is None:
            raise OutsideError("its padding depends on the length of an axis that is open")
        else:
            total = stride * (size - 1) + extra[axis] + extent - wanted[axis]
        half = total // 2
        pads.append((half, total - half) if auto == "SAME_UPPER" else (total - half, half))
    return tuple(pads)


def col2im(node: OnnxNode) -> Value:
    """Adds up blocks where they overlap: ``fold``, or what it stands for, along other axes."""
    image, block = node.whole_setting(1), node.whole_setting(2)
    if not image or not block or len(image) != len(block):
        raise OutsideError("it is not told how large image and blocks are")
    use = sliding(node, block)
    if len(image) == 2:
        return node.draw(
            "fold",
            node.x,
            output_size=image,
            kernel_size=few(block),
            stride=few(use.stride),
            dilation=few(use.dilation),
            padding=few_pads(use.pads),
        )
    return _spread(node, image, use)


def _spread(node: OnnxNode, image: tuple[int, ...], use: Sliding) -> Value:
    """A transposed convolution whose filters each write one place of the block."""
    taps, axes = math.prod(use.kernel), len(image)
    if not 1 <= axes <= 3 or taps * node.x.both[0][1] > MAX_FOLDED:
        raise OutsideError(f"its blocks have {axes} axes and {taps} places")
    rows = zip(image, use.extent, use.stride, use.pads, strict=True)
    counts = tuple((n + sum(p) - extent) // stride + 1 for n, extent, stride, p in rows)
    shapes = [(s[0], s[1], *counts) for s in node.x.both]
    channels = node.x.both[0][1] // taps
    filters = np.tile(np.eye(taps).reshape(taps, 1, *use.kernel), (channels, 1, *(1,) * axes))
    whole = node.draw(
        f"conv_transpose{axes}d",
        to_shape(node, node.x, (shapes[0], shapes[1])),
        known_value(filters),
        stride=few(use.stride),
        dilation=few(use.dilation),
        groups=channels,
    )
    made = [(n - 1) * s + e for n, s, e in zip(counts, use.stride, use.extent, strict=True)]
    edges = [
        (-before, n + before - size)
        for n, size, (before, _) in zip(image, made, use.pads, strict=True)
    ]
    return bordered(node, whole, [(0, 0), (0, 0), *edges], "constant")


BUILDERS: dict[str, Builder] = {"Conv": conv, "ConvTranspose": conv_transpose, "Col2Im": col2im}
