"""What a card is headed, by op: one text large and one small."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from graphlab.engine.numbers import show
from graphlab.graph import Node
from graphlab.gui.opaque import short_target

_LONGEST = 16  # letters of what an opaque node stands for

Face = Callable[[str, Node], tuple[str, str]]


def _named(name: str, node: Node) -> tuple[str, str]:
    return name, node.op.name


def _constant(name: str, node: Node) -> tuple[str, str]:
    value = node.attributes["value"]
    is_plain = isinstance(value, float) and re.fullmatch(r"constant\d+", name)
    return (show(value), "constant") if is_plain else (name, "constant")


def _opaque(name: str, node: Node) -> tuple[str, str]:
    target = short_target(node)
    return (target if len(target) <= _LONGEST else f"{target[: _LONGEST - 1]}…"), name


def of_operation(name: str, node: Node) -> tuple[str, str]:
    return node.op.symbol or node.op.name, name


FACES: Mapping[str, Face] = {
    "input": _named,
    "target": _named,
    "parameter": _named,
    "constant": _constant,
    "opaque": _opaque,
}
"""What a card shows large and small, by op; every other op shows its symbol and the node's name."""
