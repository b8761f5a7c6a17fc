"""Operators on single elements: arithmetic, comparison, logic and activations.

Booleans are 0 and 1, and whole numbers are floats without a fraction, so a few operators depend
on what the model says its elements are.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

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
}
_COMPARISONS = {
    "Equal": "equal",
    "Greater": "greater",
    "GreaterOrEqual": "greater_equal",
    "Less": "less",
    "LessOrEqual": "less_equal",
}


def _same(name: str) -> Builder:
    def build(node: OnnxNode) -> Value:
        return node.draw(name, node.x)

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
            b = node.draw("stack", b, axis=b.rank)
    return a, b


def divide(node: OnnxNode) -> Value:
    """Whole numbers divide towards 0."""
    a, b = pair(node)
    quotient = node.draw("divide", a, b)
    return truncated(node, quotient) if a.kind == "int" else quotient


def truncated(node: OnnxNode, x: Value) -> Value:
    """Without its fraction: the sign times the floor of the size."""
    size = node.draw("floor", node.draw("abs", x))
    return node.draw("multiply", node.draw("sign", x), size)


def modulo(node: OnnxNode) -> Value:
    """What is left of a division: with b's sign, or with a's where ``fmod`` says so."""
    a, b = pair(node)
    quotient = node.draw("divide", a, b)
    whole = truncated(node, quotient) if node.whole("fmod") else node.draw("floor", quotient)
    return node.draw("subtract", a, node.draw("multiply", whole, b))


def power(node: OnnxNode) -> Value:
    """A power; one of whole numbers is whole."""
    a, b = pair(node)
    if b.is_foldable and b.known is not None and b.known[0].size == 1 and b.known[0].item() == 2:
        if b.known[0].ndim <= (a.rank if a.shapes is not None else 0):
            return node.draw("square", a)
    result = node.draw("power", a, b)
    return truncated(node, result) if a.kind == "int" and b.kind == "float" else result


def _folding(name: str) -> Builder:
    def build(node: OnnxNode) -> Value:
        return reduce(lambda a, b: node.draw(name, a, b), node.present[1:], node.x)

    return build


def mean(node: OnnxNode) -> Value:
    total = _folding("add")(node)
    assert isinstance(total, Value)
    count = len(node.present)
    return total if count == 1 else node.draw("divide", total, float(count))


# --- logic --------------------------------------------------------------------------------------
def negation(node: OnnxNode) -> Value:
    return node.draw("subtract", 1.0, node.x, kind="bool")


def exclusive(node: OnnxNode) -> Value:
    return node.draw("abs", node.draw("subtract", *pair(node), kind="bool"))


def where(node: OnnxNode) -> Value:
    a, b = node.required(1), node.required(2)
    return node.draw("where", node.x, a, b, kind=a.kind)


def is_nan(node: OnnxNode) -> Value:
    return node.draw("subtract", 1.0, node.draw("equal", node.x, node.x), kind="bool")


def is_infinite(node: OnnxNode) -> Value:
    """Beyond every finite number, on the sides that are asked for."""
    top = float(1.7976931348623157e308)
    above, below = node.whole("detect_positive", 1), node.whole("detect_negative", 1)
    high = node.draw("greater", node.x, top, kind="bool")
    low = node.draw("less", node.x, -top, kind="bool")
    if above and below:
        return node.draw("maximum", high, low)
    return high if above else low if below else node.draw("multiply", high, 0.0)


# --- activations --------------------------------------------------------------------------------
def clip(node: OnnxNode) -> Value:
    """Bounds that are known become settings; others arrive by an edge."""
    low, high = node.attribute("min"), node.attribute("max")
    if node.opset >= 11:
        low, high = node.input(1), node.input(2)
    x, known = node.x, {}
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
    """x, times the slope where it is negative; the slope broadcasts towards x."""
    x, slope = node.x, node.required(1)
    if node.opset < 7 and slope.rank == 1 and x.rank > 2:
        for _ in range(x.rank - 2):
            slope = node.draw("stack", slope, axis=slope.rank)
    negative = node.draw("multiply", slope, node.draw("minimum", x, 0.0))
    return node.draw("add", node.draw("relu", x), negative)


def hard_sigmoid(node: OnnxNode) -> Value:
    scaled = node.draw("multiply", node.x, node.number("alpha", 0.2))
    return node.draw("clip", node.draw("add", scaled, node.number("beta", 0.5)), low=0.0, high=1.0)


def hard_swish(node: OnnxNode) -> Value:
    scaled = node.draw("divide", node.draw("add", node.x, 3.0), 6.0)
    return node.draw("multiply", node.x, node.draw("clip", scaled, low=0.0, high=1.0))


def swish(node: OnnxNode) -> Value:
    alpha = node.number("alpha", 1.0)
    if alpha == 1:
        return node.draw("silu", node.x)
    return node.draw(
        "multiply", node.x, node.draw("sigmoid", node.draw("multiply", node.x, alpha))
    )


def mish(node: OnnxNode) -> Value:
    return node.draw("multiply", node.x, node.draw("tanh", node.draw("softplus", node.x)))


def softsign(node: OnnxNode) -> Value:
    return node.draw("divide", node.x, node.draw("add", node.draw("abs", node.x), 1.0))


def gelu(node: OnnxNode) -> Value:
    how = node.text("approximate", "none")
    return node.draw("gelu", node.x, approximate="tanh" if how == "tanh" else "none")


def thresholded(node: OnnxNode) -> Value:
    """x where it is beyond the threshold, else 0."""
    beyond = node.draw("greater", node.x, node.number("alpha", 1.0))
    return node.draw("multiply", node.x, beyond)


def shrink(node: OnnxNode) -> Value:
    """Towards 0 by ``bias`` where it is beyond ±``lambd``, else 0."""
    edge, bias = node.number("lambd", 0.5), node.number("bias", 0.0)
    above = node.draw("greater", node.x, edge)
    below = node.draw("less", node.x, -edge)
    kept = node.draw("multiply", node.x, node.draw("add", above, below))
    return node.draw(
        "subtract", kept, node.draw("multiply", node.draw("subtract", above, below), bias)
    )


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
        return truncated(node, x).as_kind("int")
    return x.as_kind("int" if kind == "int" else "float")


_PLAIN: dict[str, Callable[[OnnxNode], Value]] = {
    "Div": divide,
    "Mod": modulo,
    "Pow": power,
    "Mean": mean,
    "Not": negation,
    "Xor": exclusive,
    "Where": where,
    "IsNaN": is_nan,
    "IsInf": is_infinite,
    "Clip": clip,
    "LeakyRelu": leaky,
    "Elu": elu,
    "Selu": scaled_elu,
    "Celu": celu,
    "PRelu": prelu,
    "HardSigmoid": hard_sigmoid,
    "HardSwish": hard_swish,
    "Swish": swish,
    "Mish": mish,
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
    "And": _arithmetic("multiply"),
    "Or": _arithmetic("maximum"),
    "Max": _folding("maximum"),
    "Min": _folding("minimum"),
    "Sum": _folding("add"),
    **_PLAIN,
}
