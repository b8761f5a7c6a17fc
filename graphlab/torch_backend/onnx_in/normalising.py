"""Normalisation and dropout."""

from __future__ import annotations

from dataclasses import replace

from graphlab.torch_backend.onnx_in.nodes import Builder, OnnxNode
from graphlab.torch_backend.onnx_in.reshaping import to_shape
from graphlab.torch_backend.onnx_in.values import OutsideError, Value, finite


def batch_norm(node: OnnxNode) -> list[Value | None]:
    """With running statistics in evaluation, with the batch's own where the model trains.

    Before opset 14 it trains where further outputs are asked for.
    """
    x, weight, bias = node.x, node.required(1), node.required(2)
    mean, variance = (
        _statistic(node, node.required(i), name)
        for i, name in ((3, "running_mean"), (4, "running_var"))
    )
    eps, kept = node.number("epsilon", 1e-5), node.number("momentum", 0.9)
    trains = bool(node.whole("training_mode")) if node.opset >= 14 else _trained_before(node)
    if node.opset < 9 and not node.whole("spatial", 1) and not trains:
        return [_per_element(node, x, (weight, bias, mean, variance), eps)]
    if not trains:
        rest = (weight, bias, mean, variance)
        return [node.draw("batch_norm", x, *rest, eps=eps, momentum=round(1 - kept, 12))]
    axes = tuple(i for i in range(x.rank) if i != 1)
    y = node.draw("batch_norm", x, weight, bias, eps=eps)
    if not any(node.wants(i) for i in range(1, 5)):
        return [y]
    found = node.draw("mean", x, axis=axes), node.draw("variance", x, axis=axes)
    updated = [
        node.draw("add", node.draw("multiply", old, kept), node.draw("multiply", now, 1 - kept))
        for old, now in zip((mean, variance), found, strict=True)
    ]
    return [y, *updated, *found]


def _statistic(node: OnnxNode, value: Value, name: str) -> Value:
    """A buffer of its own: an exporter may share the array with a parameter that is equal."""
    if value.known is None or node.drawing.holds(value, "buffer"):
        return value
    array = finite(value.known[0])
    return node.drawing.source("buffer", {"value": array}, replace(value, is_learned=True), name)


def _trained_before(node: OnnxNode) -> bool:
    if node.opset < 7 and "is_test" in node.written:
        return not node.whole("is_test")
    return any(node.wants(i) for i in range(1, 5))


def _per_element(node: OnnxNode, x: Value, rest: tuple[Value, ...], eps: float) -> Value:
    """Statistics of each place, not of each channel."""
    weight, bias, mean, variance = rest
    deviation = node.draw("sqrt", node.draw("add", variance, eps))
    hat = node.draw("divide", node.draw("subtract", x, mean), deviation)
    return node.draw("add", node.draw("multiply", hat, weight), bias)


def instance_norm(node: OnnxNode) -> Value:
    eps = node.number("epsilon", 1e-5)
    return node.draw("instance_norm", node.x, node.required(1), node.required(2), eps=eps)


def layer_norm(node: OnnxNode) -> list[Value | None]:
    """Over the axes from ``axis`` on; also the mean and the inverse deviation, if asked for."""
    x, eps, axis = node.x, node.number("epsilon", 1e-5), node.axis(node.whole("axis", -1))
    axes = tuple(range(axis, x.rank))
    weight, bias = (_in_shape(node, node.input(i), axis) for i in (1, 2))
    y = node.draw("layer_norm", x, weight, bias, axes=len(axes), eps=eps)
    if not node.wants(1) and not node.wants(2):
        return [y]
    mean = node.draw("mean", x, axis=axes, keepdims=True)
    variance = node.draw("variance", x, axis=axes, keepdims=True)
    deviation = node.draw("sqrt", node.draw("add", variance, eps))
    return [y, mean, node.draw("reciprocal", deviation)]


def _in_shape(node: OnnxNode, value: Value | None, axis: int) -> Value | None:
    """A weight that broadcasts, laid out in full as the op takes it."""
    if value is None or value.shape == (node.x.shape or ())[axis:]:
        return value
    wanted = tuple(shape[axis:] for shape in node.x.both)
    if wanted[0] != wanted[1] or value.rank > len(wanted[0]):
        raise OutsideError("its scale is not in the shape of the axes it normalises")
    return node.draw("broadcast", value, shape=wanted[0])


def rms_norm(node: OnnxNode) -> Value:
    axis = node.axis(node.whole("axis", -1))
    weight, eps = _in_shape(node, node.required(1), axis), node.number("epsilon", 1e-5)
    return node.draw("rms_norm", node.x, weight, axes=node.x.rank - axis, eps=eps)


def group_norm(node: OnnxNode) -> Value:
    """Before opset 21 scale and bias have one number a group, from then on one a channel."""
    groups, eps = node.whole("num_groups", 1), node.number("epsilon", 1e-5)
    scale, bias = node.required(1), node.required(2)
    if node.opset < 21:
        channels = node.x.both[0][1]
        each = channels // max(groups, 1)
        scale, bias = (_repeated(node, value, each) for value in (scale, bias))
    return node.draw("group_norm", node.x, scale, bias, groups=groups, eps=eps)


def _repeated(node: OnnxNode, value: Value, times: int) -> Value:
    """Each number several times in a row."""
    if times == 1:
        return value
    count = value.closed[0]
    column = to_shape(node, value, ((count, 1), (count, 1)))
    return to_shape(
        node,
        node.draw("broadcast", column, shape=(count, times)),
        ((count * times,), (count * times,)),
    )


def mean_variance(node: OnnxNode) -> Value:
    """(x − mean) / √variance over the axes, with the tiny number the standard's body adds."""
    axes = node.wholes("axes") or (0, 2, 3)
    mean = node.draw("mean", node.x, axis=axes, keepdims=True)
    variance = node.draw("variance", node.x, axis=axes, keepdims=True)
    deviation = node.draw("add", node.draw("sqrt", variance), 1e-9)
    return node.draw("divide", node.draw("subtract", node.x, mean), deviation)


def local_response(node: OnnxNode) -> Value:
    """Of an even number of channels the standard has one more ahead, and the op behind."""
    size, x = node.whole("size", 1), node.x
    is_even = size % 2 == 0
    y = node.draw(
        "local_response_norm",
        node.draw("flip", x, axes=(1,)) if is_even else x,
        size=size,
        alpha=node.number("alpha", 1e-4),
        beta=node.number("beta", 0.75),
        k=node.number("bias", 1.0),
    )
    return node.draw("flip", y, axes=(1,)) if is_even else y


def dropout(node: OnnxNode) -> list[Value | None]:
    """Whether it drops is the run's mode; the mask says what was kept."""
    share = node.real_setting(1, "ratio")
    p = 0.5 if share is None else share
    if not node.wants(1):
        return [node.draw("dropout", node.x, p=p)]
    ones = node.draw("add", node.draw("multiply", node.x, 0.0), 1.0, kind="float")
    mask = node.draw("dropout", ones, p=p)
    kept = node.draw("not_equal", mask, 0.0, kind="bool")
    return [node.draw("multiply", node.x, mask), kept]


BUILDERS: dict[str, Builder] = {
    "BatchNormalization": batch_norm,
    "InstanceNormalization": instance_norm,
    "LayerNormalization": layer_norm,
    "RMSNormalization": rms_norm,
    "GroupNormalization": group_norm,
    "MeanVarianceNormalization": mean_variance,
    "LRN": local_response,
    "Dropout": dropout,
}
