"""The shapes in a graph before any value is given: an axis left open, as of a batch, stays open.

They are inferred twice, with lengths 1 and 2 on every open axis: what differs depends on it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from functools import cached_property

from graphlab.graph import Graph, Node, OutPort
from graphlab.graph.shapes import Shapes, infer_shapes, whole_shapes
from graphlab.ops.broadcasting import Shape

_OPEN = "N"  # how an axis of open length is told, as in lectures


class Sizes:
    """The shapes of one graph, found when they are asked for."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    @cached_property
    def _once(self) -> Shapes:
        return self._inferred(1)

    @cached_property
    def _twice(self) -> Shapes:
        return self._inferred(2)

    def _inferred(self, size: int) -> Shapes:
        graph = self._graph
        return infer_shapes(graph, whole_shapes(graph, {}, size), is_bounded=False)

    def of(self, port: OutPort) -> Shape | None:
        """The shape at an output with a batch of one; None while nothing settles it."""
        return self._once.of(port)

    def told(self, port: OutPort) -> str:
        """The shape as text, ``N×64×28×28``; empty while nothing settles it, and for a number."""
        one, two = self._once.of(port), self._twice.of(port)
        if not one:
            return ""
        lengths = two if two is not None and len(two) == len(one) else one
        return "×".join(_axis(a, b) for a, b in zip(one, lengths, strict=True))

    def parameters(self, names: Iterable[str]) -> str:
        """``1,728 parameters``, ``16+ parameters`` while a shape is open; empty for none."""
        nodes: Mapping[str, Node] = self._graph.nodes
        held = [self.of(OutPort(n)) for n in names if nodes[n].op.name == "parameter"]
        count = sum(math.prod(shape) for shape in held if shape is not None)
        more = "+" * (None in held)
        return f"{count:,}{more} parameter" + "s" * (count != 1 or bool(more)) if held else ""


def _axis(one: int, two: int) -> str:
    if one == two:
        return str(one)
    return (_OPEN if one == 1 else f"{one}{_OPEN}") if two == 2 * one else "?"


def sizes(graph: Graph) -> Sizes:
    """The shapes of a graph; kept as long as its nodes are the same, whatever is folded."""
    known: tuple[Mapping[str, Node], Sizes] | None = graph.lineage.caches.__dict__.get("sizes")
    if known is None or known[0] is not graph.nodes:
        known = graph.nodes, Sizes(graph)
        graph.lineage.caches.__dict__["sizes"] = known
    return known[1]
