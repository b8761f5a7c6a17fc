"""How one node reads in formula text: numbers, arrays, calls and operators with their brackets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from graphlab.graph.node import Node, OutPort
from graphlab.ops.attributes import AttributeType, Value

SUM, PRODUCT, SIGN, POWER, ATOM = range(1, 6)  # binding strength, loosest first
_BINARY = {
    "add": (" + ", SUM),
    "subtract": (" - ", SUM),
    "multiply": ("*", PRODUCT),
    "divide": ("/", PRODUCT),
    "matmul": (" @ ", PRODUCT),
}
_ESCAPED = r'["\\\x00-\x1f\ud800-\udfff]'
_ESCAPES = {"\n": r"\n", "\t": r"\t", "\r": r"\r", "\\": r"\\", '"': r"\""}

_FLOATS = (float, float | None, Value, Value | None)

_MAX_NESTING = 16  # arrays of more axes are written flat

Pieces = list[Any]  # strings and lists of pieces: joined once, at the end


class Written(NamedTuple):
    """An expression in pieces: how tightly it binds, how deep it nests, how it begins."""

    pieces: Pieces
    level: int = ATOM
    depth: int = 0
    begins_with_minus: bool = False
    is_number: bool = False


def joined(pieces: Pieces) -> str:
    """The text of the pieces."""
    return "".join(_flat(pieces))


def _flat(pieces: Pieces) -> Iterator[str]:
    for piece in pieces:
        if isinstance(piece, str):
            yield piece
        else:
            yield from _flat(piece)


# --- expressions ----------------------------------------------------------------------------------
def hole() -> Written:
    """An input that nothing is connected to."""
    return Written(["?"])


def reference(port: OutPort) -> Written:
    """``s`` or ``s[1]``."""
    return Written([f"{port.node}[{port.output}]" if port.output else port.node])


def expression(node: Node, operands: Sequence[Written]) -> Written:
    """A use of an op, as an operator where there is one."""
    name = node.op.name
    if name == "constant":
        return _constant(node.attributes["value"])
    if node.attributes:
        return call(node, operands)
    if name in _BINARY:
        sign, level = _BINARY[name]
        return _binary(sign, level, *operands)
    if name == "negate":
        return _negated(operands[0])
    if name == "square":
        base = _bracketed(operands[0], ATOM)
        return base._replace(
            pieces=[*base.pieces, "**2"], level=POWER, depth=base.depth + 1, is_number=False
        )
    if name == "power" and not (operands[1].is_number and joined(operands[1].pieces) == "2"):
        return _power(*operands)
    return call(node, operands)


def call(node: Node, operands: Sequence[Written]) -> Written:
    """``name(inputs, attribute=…)``; a source has the sizes of its shape in front."""
    attributes = dict(node.attributes)
    arguments: Pieces = []
    if node.op.category == "Source" and attributes.get("shape"):
        arguments = [str(size) for size in attributes.pop("shape")]
    whole = node.ports
    for index, (port, operand) in enumerate(zip(node.used_ports, operands, strict=True)):
        named = [] if whole[index] == port else [f"{port}="]
        arguments.append([*named, operand.pieces])
    if node.op.variadic is not None and not arguments:
        arguments = ["?"]
    kinds = node.op.attributes
    arguments += [setting(key, value, kinds[key]) for key, value in attributes.items()]
    return _called(node.op.name, arguments, operands)


def _without_open_end(node: Node, operands: Sequence[Written]) -> Sequence[Written]:
    """The operands up to the last that is connected or has to be."""
    count = len(operands)
    while count and node.ports[count - 1] in node.op.optional and operands[count - 1] == hole():
        count -= 1
    return operands[:count]


def template_call(
    name: str,
    operands: Sequence[Written],
    settings: Mapping[str, Any],
    kinds: Mapping[str, AttributeType],
) -> Written:
    """``conv_layer(x, filters=6)``."""
    arguments: Pieces = [operand.pieces for operand in operands]
    arguments += [setting(key, value, kinds[key]) for key, value in settings.items()]
    return _called(name, arguments, operands)


def setting(key: str, value: Any, kind: AttributeType) -> str:
    """``filters=6``."""
    return f"{key}={attribute(value, kind)}"


def _called(name: str, arguments: Pieces, operands: Sequence[Written]) -> Written:
    pieces: Pieces = [name, "("]
    for i, argument in enumerate(arguments):
        pieces += [", ", argument] if i else [argument]
    pieces.append(")")
    return Written(pieces, depth=1 + max((operand.depth for operand in operands), default=0))


def _binary(sign: str, level: int, left: Written, right: Written) -> Written:
    left = _bracketed(left, level)
    right = _bracketed(right, ATOM if right.begins_with_minus else level + 1)
    left.pieces.append(sign)  # in place: the left side of a long sum is not copied
    left.pieces.append(right.pieces)
    depth = max(left.depth, right.depth)
    return Written(left.pieces, level, depth, left.begins_with_minus)


def _power(base: Written, exponent: Written) -> Written:
    base, exponent = _bracketed(base, ATOM), _bracketed(exponent, SIGN)
    depth = max(base.depth, exponent.depth + 1)
    return Written([*base.pieces, "**", exponent.pieces], POWER, depth)


def _negated(operand: Written) -> Written:
    inner = _bracketed(operand, ATOM if operand.is_number else POWER)
    if operand.is_number and operand.level == ATOM:
        inner = Written(["(", operand.pieces, ")"], depth=1)
    return Written(["-", inner.pieces], SIGN, inner.depth + 1, True)


def _bracketed(inner: Written, at_least: int) -> Written:
    if inner.level >= at_least:
        return inner
    return Written(["(", inner.pieces, ")"], depth=inner.depth + 1)


def _constant(value: Any) -> Written:
    if isinstance(value, float):
        text = number(value)
        is_negative = text.startswith("-")
        return Written([text], SIGN if is_negative else ATOM, 0, is_negative, True)
    text = array(value)
    if text.startswith("array"):
        return Written([f"constant({text})"], depth=2)
    return Written([text], depth=value.ndim)


# --- written values -------------------------------------------------------------------------------
def number(value: float) -> str:
    """The shortest text that reads back as the same number."""
    if value.is_integer() and abs(value) < 1e16 and (value or str(value) == "0.0"):
        return str(int(value))
    return repr(value)


def attribute(value: Any, kind: AttributeType) -> str:
    """An attribute's value; a float is written as a whole number where that is taken the same."""
    if not isinstance(value, float):
        return literal(value)
    short = number(value)
    if short.removeprefix("-").isdecimal() and kind.annotation not in _FLOATS:
        return repr(value)
    return short


def literal(value: Any) -> str:
    """Any written value."""
    if isinstance(value, np.ndarray):
        return array(value)
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, tuple):
        inner = ", ".join(map(literal, value))
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    return repr(value)


def array(value: np.ndarray[Any, Any]) -> str:
    """Nested lists, within ``array(…)`` for float32 and for shapes that a list cannot tell."""
    is_single = value.dtype == np.float32
    items = value.ravel().tolist() if value.ndim > _MAX_NESTING else _short(value).tolist()
    text = _nested(items)
    settings = ', dtype="float32"' if is_single else ""
    if np.shape(items) != value.shape:
        settings += f", shape={literal(value.shape)}"
    return f"array({text}{settings})" if settings else text


def nested(value: np.ndarray[Any, Any]) -> str:
    """Nested lists alone, with the fewest digits that give the same elements back."""
    return _nested(_short(value).tolist())


def _short(value: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """As float64; of float32 with the fewest digits that give the same float32 back."""
    if value.dtype != np.float32:
        return value
    short = np.array([float(str(x)) for x in value.ravel()]).reshape(value.shape)
    return np.where(short.astype(np.float32) == value, short, value.astype(np.float64))


def _nested(items: Any) -> str:
    if isinstance(items, list):
        return f"[{', '.join(map(_nested, items))}]"
    return number(items)


def quoted(text: str) -> str:
    """A text in quotes, with what would end it or break its line escaped."""
    escaped = re.sub(_ESCAPED, lambda m: _ESCAPES.get(m[0], f"\\u{ord(m[0]):04x}"), text)
    return f'"{escaped}"'
