"""What a node that a hand adds is called: short names, as in a lecture."""

from __future__ import annotations

import re
from collections.abc import Container

from graphlab.errors import GraphError
from graphlab.graph import Graph
from graphlab.graph.grouping import free_name
from graphlab.graph.node import check_name
from graphlab.graph.templates import Template
from graphlab.ops import Op

_LETTERS = {"input": ("x", "y", "z", "u", "v"), "target": ("t",)}
_STEMS = {"input": "x", "target": "t", "parameter": "w"}

CUSTOMARY = {"input": frozenset("xyzuv"), "parameter": frozenset("wb"), "target": frozenset("t")}
"""The letters that stand for a source of each kind."""


def new_name(graph: Graph, op: type[Op] | Template, wish: str = "") -> str:
    """A name for a use of ``op`` that nothing in the graph has; ``wish`` if that is free.

    That of a template is short, as in PyTorch: ``conv1`` of a ``conv_layer``.
    """
    taken = {*graph.nodes, *graph.groups}
    if wish and is_possible(wish):
        if wish not in taken:
            return wish
        return free_name(graph, wish.rstrip("0123456789₀₁₂₃₄₅₆₇₈₉"))
    for letter in _LETTERS.get(op.name, ()):
        if letter not in taken:
            return letter
    return free_name(graph, _STEMS.get(op.name, op.name.removesuffix("_layer")))


def customary_kind(name: str) -> str:
    """The kind of source that is usually called so, ``x1`` an input; empty for any other name."""
    letter = re.fullmatch(r"([a-z])[0-9₀-₉]*", name)
    if letter is None:
        return ""
    return next((kind for kind, letters in CUSTOMARY.items() if letter[1] in letters), "")


def is_possible(name: str, taken: Container[str] = ()) -> bool:
    """Whether a node may be called so."""
    try:
        check_name(name)
    except GraphError:
        return False
    return name not in taken
