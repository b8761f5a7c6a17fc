"""What is wrong with a graph, told per node, going on past the first problem."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from graphlab.graph.dag import dag_of
from graphlab.graph.graph import Graph
from graphlab.graph.shapes import Shapes, infer_shapes
from graphlab.ops.broadcasting import Shape

Kind = Literal["unfed", "shape", "unreachable"]


class Problem(NamedTuple):
    """One thing that keeps a node from being computed or from mattering."""

    node: str
    kind: Kind
    message: str


def check(graph: Graph, fed: Mapping[str, Shape] | None = None) -> tuple[Problem, ...]:
    """Find unfed inputs, shapes that do not fit, and nodes that lead nowhere.

    ``fed`` has the shapes of the values given by name (see ``infer_shapes``).
    """
    return problems(graph, infer_shapes(graph, fed or {}), frozenset(fed or {}))


def problems(graph: Graph, shapes: Shapes, fed: frozenset[str]) -> tuple[Problem, ...]:
    """The same where the shapes are known already."""
    reached = dag_of(graph).ancestors(*(port.node for port in graph.marked))
    found: list[Problem] = []
    for name, node in graph.nodes.items():
        is_given = name in fed or "value" in node.attributes
        if node.op.name in ("input", "target") and not is_given:
            found.append(Problem(name, "unfed", f"{name} has no value yet: give it one"))
        empty = node.empty
        if name not in fed and (empty or (node.op.variadic and not node.inputs)):
            there = "each" if len(empty) > 1 else "it"
            message = f"{name} ({node.op.name}): {node.emptiness}: draw an edge to {there}"
            found.append(Problem(name, "unfed", message))
        if name in shapes.conflicts:
            found.append(Problem(name, "shape", shapes.conflicts[name]))
        if graph.marked and name not in reached:
            message = f"{name} ({node.op.name}) does not lead to an output"
            found.append(Problem(name, "unreachable", message))
        elif not node.inputs and not graph.consumers[name] and len(graph.nodes) > 1:
            message = f"{name} ({node.op.name}) is not connected to anything"
            found.append(Problem(name, "unreachable", message))
    return tuple(found)
