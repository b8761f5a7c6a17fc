"""Losses of class scores: NegativeLogLikelihoodLoss and SoftmaxCrossEntropyLoss."""

from __future__ import annotations

from functools import reduce

from graphlab.torch_backend.onnx_in.nodes import Builder, OnnxNode
from graphlab.torch_backend.onnx_in.values import Value


def likelihood(node: OnnxNode) -> Value:
    """−log p of each target class, weighted by class, without those that are ignored."""
    return _loss(node, "negative_log_likelihood", node.x)


def cross_entropy(node: OnnxNode) -> list[Value | None]:
    """The loss; also the log-probabilities, if they are asked for."""
    if not node.wants(1):
        return [_loss(node, "cross_entropy", node.x)]
    logs = node.draw("log_softmax", node.x, axis=1)
    return [_loss(node, "negative_log_likelihood", logs), logs]


def _loss(node: OnnxNode, name: str, scores: Value) -> Value:
    """Weights and ignored classes as a factor for each target; the mean is over the factors."""
    target, weight = node.required(1), node.input(2)
    reduction, ignored = node.text("reduction", "mean"), node.attribute("ignore_index")
    if weight is None and ignored is None:
        return node.draw(name, scores, target, reduction=reduction, kind="float")
    factors = []
    if ignored is not None:
        factors.append(node.draw("not_equal", target, float(ignored), kind="float"))
        target = node.draw("multiply", target, factors[0], kind="int")
    if weight is not None:
        factors.append(node.draw("index", weight, target, axis=0, kind="float"))
    factor = reduce(lambda a, b: node.draw("multiply", a, b), factors)
    losses = node.draw(name, scores, target, reduction="none", kind="float")
    weighted = node.draw("multiply", losses, factor)
    if reduction == "none":
        return weighted
    total = node.draw("sum", weighted)
    return total if reduction == "sum" else node.draw("divide", total, node.draw("sum", factor))


BUILDERS: dict[str, Builder] = {
    "NegativeLogLikelihoodLoss": likelihood,
    "SoftmaxCrossEntropyLoss": cross_entropy,
}
