"""Operators on single elements: arithmetic, comparison, logic and activations.

Booleans are 0 and 1, and whole numbers are floats without a fraction, so a few operators depend
on what the model says its elements are.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

from graphlab.torch_backend.onnx_in.nodes import Builder, OnnxNode
from graphlab.torch_backend.onnx_in.values import LARGEST, OutsideError, Value

_SAME = {
    "Abs": "abs",
    "Ceil": "ceil",
    "Cos": "cos",
    "Erf": "erf",
    "Exp": "exp",
    "Floor": "floor",
    "Log": "log",
    "Neg": "negate",
    "Reciprocal": "reciprocal",
    "Relu": "relu",
    "Round": "round",
    "Sigmoid": "sigmoid",
    "Sign": "sign",
    "Sin": "sin",
    "Softplus": "softplus",
    "Sqrt": "sqrt",
    "Tan": "tan",
    "Tanh": "tanh",
    "Asin": "asin",
    "Acos": "acos",
    "Atan": "atan",
    "Sinh": "sinh",
    "Cosh": "cosh",
    "Asinh": "asinh",
    "Acosh": "acosh",
    "Atanh": "atanh",
    "Mish": "mish",
    "HardSwish": "hard_swish",
    "Not": "logical_not",
    "IsNaN": "is_nan",
}
_COMPARISONS = {
    "And": "logical_and",
    "Or": "logical_or",
    "Xor": "logical_xor",
    "Equal": "equal",
    "Greater": "greater",
    "GreaterOrEqual": "greater_equal",
    "Less": "less",
    "LessOrEqual": "less_equal",
}


_ANSWERS = ("logical_not", "is_nan")


def _same(name: str) -> Builder:
    def build(node: OnnxNode) -> Value:
        return node.draw(name, node.x, kind="bool" if name in _ANSWERS else None)

    return build


def _comparison(name: str) -> Builder:
    def build(node: OnnxNode) -> Value:
        return node.draw(name, *pair(node), kind="bool")

    return build


def _arithmetic(name: str) -> Builder:
    def build(node: OnnxNode) -> Value:
        return node.draw(name, *pair(node))

    return build


def pair(node: OnnxNode) -> tuple[Value, Value]:
    """Both inputs; before opset 7 the second may be laid along the axes from ``axis`` on."""
    a, b = node.x, node.required(1)
    axis = node.attribute("axis")
    if node.opset < 7 and node.attribute("broadcast") and axis is not None:
        trailing = a.rank - int(axis) % max(a.rank, 1) - b.rank
        for _ in range(trailing):
            b = node.draw("unsqueeze", b, axis=b.rank)
    return a, b


def divide(node: OnnxNode) -> Value:
    """Whole numbers divide towards 0."""
    a, b = pair(node)
    quotient = node.draw("divide", a, b)
    return node.draw("trunc", quotient) if a.kind == "int" else quotient


def modulo(node: OnnxNode) -> Value:
    """What is left of a division: with b's sign, or with a's where ``fmod`` says so."""
    return node.draw("fmod" if node.whole("fmod") else "mod", *pair(node))


def power(node: OnnxNode) -> Value:
    """A power; one of whole numbers is whole."""
    a, b = pair(node)
    two = b.known[0] if b.known is not None and b.is_foldable else None
    if two is not None and two.shape in ((), (1,)) and two.item() == 2 and a.shapes and a.rank:
        return node.draw("square", a)
    result = node.draw("power", a, b)
    return node.draw("trunc", result) if a.kind == "int" and b.kind == "float" else result


def _folding(name: str) -> Builder:
    def build(node: OnnxNode) -> Value:
        return _folded(node, name)

    return build


def _folded(node: OnnxNode, name: str) -> Value:
    return reduce(lambda a, b: node.draw(name, a, b), node.present[1:], node.x)


def mean(node: OnnxNode) -> Value:
    total = _folded(node, "add")
    count = len(node.present)
    return total if count == 1 else node.draw("divide", total, float(count))


# --- logic --------------------------------------------------------------------------------------
def where(node: OnnxNode) -> Value:
    a, b = node.required(1), node.required(2)
    return node.draw("where", node.x, a, b, kind=a.kind)


def is_infinite(node: OnnxNode) -> Value:
    """Beyond every finite number, on the sides that are asked for."""
    above, below = node.whole("detect_positive", 1), node.whole("detect_negative", 1)
    infinite = node.draw("is_inf", node.x, kind="bool")
    if above and below:
        return infinite
    side = node.draw("greater" if above else "less", node.x, 0.0, kind="bool")
    either = node.draw("logical_and", infinite, side, kind="bool")
    return either if above or below else node.draw("multiply", either, 0.0)


# --- activations --------------------------------------------------------------------------------
def clip(node: OnnxNode) -> Value:
    """Bounds that are known become settings; others arrive by an edge."""
    low, high = node.attribute("min"), node.attribute("max")
    if node.opset >= 11:
        low, high = node.input(1), node.input(2)
    x = node.x
    known: dict[str, Any] = {}
    for name, op, bound in (("low", "maximum", low), ("high", "minimum", high)):
        if isinstance(bound, Value) and not bound.is_foldable:
            x = node.draw(op, x, bound)
        elif bound is not None:
            number = node.real_setting(1 if name == "low" else 2, "min" if name == "low" else "max")
            if number is not None and abs(number) < LARGEST:
                known[name] = number
    if len(known) == 2 and known["low"] > known["high"]:
        known["low"] = known["high"]  # the upper bound comes last, and so it holds
    return node.draw("clip", x, **known) if known or x is node.x else x


def leaky(node: OnnxNode) -> Value:
    return node.draw("leaky_relu", node.x, slope=node.number("alpha", 0.01))


def elu(node: OnnxNode) -> Value:
    return node.draw("elu", node.x, alpha=node.number("alpha", 1.0))


def scaled_elu(node: OnnxNode) -> Value:
    curve = node.draw("elu", node.x, alpha=node.number("alpha", 1.67326319217681884765625))
    return node.draw("multiply", curve, node.number("gamma", 1.05070102214813232421875))


def celu(node: OnnxNode) -> Value:
    """max(0, x) + min(0, α (exp(x/α) − 1)), which is an elu of α's own width."""
    alpha = node.number("alpha", 1.0)
    inner = node.draw("divide", node.x, alpha) if alpha != 1 else node.x
    curve = node.draw("elu", inner)
    return node.draw("multiply", curve, alpha) if alpha != 1 else curve


def prelu(node: OnnxNode) -> Value:
    """Before opset 7 a slope with one number a channel did not broadcast by itself."""
    x, slope = node.x, node.required(1)
    if node.opset < 7 and slope.rank == 1:
        for _ in range(x.rank - 2):
            slope = node.draw("unsqueeze", slope, axis=-1)
    return node.draw("prelu", x, slope)


def hard_sigmoid(node: OnnxNode) -> Value:
    alpha, beta = node.number("alpha", 0.2), node.number("beta", 0.5)
    return node.draw("hard_sigmoid", node.x, alpha=alpha, beta=beta)


def swish(node: OnnxNode) -> Value:
    alpha = node.number("alpha", 1.0)
    if alpha == 1:
        return node.draw("silu", node.x)
    return node.draw("multiply", node.x, node.draw("sigmoid", node.draw("multiply", node.x, alpha)))


def softsign(node: OnnxNode) -> Value:
    return node.draw("divide", node.x, node.draw("add", node.draw("abs", node.x), 1.0))


def gelu(node: OnnxNode) -> Value:
    how = node.text("approximate", "none")
    return node.draw("gelu", node.x, approximate="tanh" if how == "tanh" else "none")


def thresholded(node: OnnxNode) -> Value:
    return node.draw("thresholded_relu", node.x, alpha=node.number("alpha", 1.0))


def shrink(node: OnnxNode) -> Value:
    edge, bias = node.number("lambd", 0.5), node.number("bias", 0.0)
    return node.draw("shrink", node.x, threshold=edge, bias=bias)


# --- types --------------------------------------------------------------------------------------
def cast(node: OnnxNode) -> Value:
    """Floats stay as they are; a fraction is cut off on the way to whole numbers."""
    return converted(node, node.x, node.whole("to"))


def cast_like(node: OnnxNode) -> Value:
    kind = node.required(1).kind
    return converted(node, node.x, {"float": 1, "int": 7, "bool": 9, "other": 8}[kind])


_HELD = {1: "float", 10: "float", 11: "float", 16: "float", 9: "bool"} | dict.fromkeys(
    (2, 3, 4, 5, 6, 7, 12, 13), "int"
)


def converted(node: OnnxNode, x: Value, to: int) -> Value:
    """The same numbers as one of ONNX's types (its number in the standard)."""
    kind = _HELD.get(to)
    if kind is None or x.kind == "other":
        raise OutsideError("it turns numbers into a type that GraphLab has none of")
    if kind == "bool":
        return x if x.kind == "bool" else node.draw("not_equal", x, 0.0, kind="bool")
    if kind == "int" and x.kind == "float":
        return node.draw("trunc", x, kind="int")
    return x.as_kind("int" if kind == "int" else "float")


_PLAIN: dict[str, Callable[[OnnxNode], Value]] = {
    "Div": divide,
    "Mod": modulo,
    "Pow": power,
    "Mean": mean,
    "Where": where,
    "IsInf": is_infinite,
    "Clip": clip,
    "LeakyRelu": leaky,
    "Elu": elu,
    "Selu": scaled_elu,
    "Celu": celu,
    "PRelu": prelu,
    "HardSigmoid": hard_sigmoid,
    "Swish": swish,
    "Softsign": softsign,
    "Gelu": gelu,
    "ThresholdedRelu": thresholded,
    "Shrink": shrink,
    "Cast": cast,
    "CastLike": cast_like,
}
BUILDERS: dict[str, Builder] = {
    **{op: _same(name) for op, name in _SAME.items()},
    **{op: _comparison(name) for op, name in _COMPARISONS.items()},
    **{op: _arithmetic(name) for op, name in (("Add", "add"), ("Sub", "subtract"))},
    "Mul": _arithmetic("multiply"),
    "Max": _folding("maximum"),
    "Min": _folding("minimum"),
    "Sum": _folding("add"),
    **_PLAIN,
}
