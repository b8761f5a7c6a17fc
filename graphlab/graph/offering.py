"""Which shape is offered for an input that declares none, from the ops that read it."""

from __future__ import annotations

from collections.abc import Mapping

from graphlab.graph.dag import dag_of
from graphlab.graph.graph import Graph, rewritten
from graphlab.graph.node import InPort, Node
from graphlab.ops.attributes import OpenShape
from graphlab.ops.broadcasting import Shape


def offered_shape(graph: Graph, name: str) -> OpenShape | None:
    """The shape a source declares, or as many open axes as what reads it needs.

    What works element by element passes on what its own readers need.  Of several the one with
    most axes counts, then the one that leaves fewest open.  None where a number will do.
    """
    declared: OpenShape | None = graph.nodes[name].attributes.get("shape")
    return declared if declared is not None else _needs(graph).get(name)


def _needs(graph: Graph) -> Mapping[str, OpenShape]:
    """What the readers of each node need; kept along a lineage while nothing of it changes."""
    caches = graph.lineage.caches.__dict__
    known: tuple[Graph, Mapping[str, OpenShape]] | None = caches.get("needs")
    if known is None or known[0] is not graph:
        is_same = known is not None and _needs_the_same(known[0], graph)
        known = graph, known[1] if known is not None and is_same else _found(graph)
        caches["needs"] = known
    return known[1]


def _needs_the_same(before: Graph, graph: Graph) -> bool:
    """Whether an edit changed neither an edge nor an attribute that needs follow from."""
    old, new = before.nodes, graph.nodes
    return before.edges is graph.edges and all(
        new[name].op.category == "Source"
        and old[name].attributes.get("shape") == new[name].attributes.get("shape")
        for name in rewritten(before, graph)
    )


def _found(graph: Graph) -> Mapping[str, OpenShape]:
    nodes, needs = graph.nodes, dict[str, OpenShape]()
    axes: dict[tuple[str, str], int] = {}  # of a port of an op, found once
    for name in reversed(dag_of(graph).order):
        wanted: OpenShape = ()
        for _, reader in graph.consumers[name]:
            passed = needs.get(reader.node, ())
            op = nodes[reader.node].op
            use = op.name, reader.port
            if use not in axes:
                axes[use] = op.axes_needed(reader.port)
            needed = _needed(graph, reader, axes[use]) if axes[use] else ()
            both = (needed, passed if op.structure == "diagonal" else ())
            wanted = max(wanted, *both, key=_rank)
        if wanted:
            needs[name] = wanted
    return needs


def _rank(shape: OpenShape) -> tuple[int, int]:
    return len(shape), -shape.count(None)


def _needed(graph: Graph, port: InPort, axes: int) -> OpenShape:
    """The axes a port needs, with the lengths that declared shapes beside it settle."""
    node = graph.nodes[port.node]
    wanted: OpenShape = (None,) * axes
    known = {other: _whole(graph.nodes[source.node]) for other, source in node.inputs.items()}
    filled = node.op.open_shape(port.port, known, wanted, **node.attributes)
    return filled or wanted


def _whole(node: Node) -> Shape | None:
    """The shape a source declares with no axis open."""
    declared: OpenShape = node.attributes.get("shape") or (None,)
    sizes = tuple(size for size in declared if size is not None)
    return sizes if len(sizes) == len(declared) else None
