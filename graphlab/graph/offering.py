"""Which shape is offered for an input that declares none, from the ops that read it."""

from __future__ import annotations

from collections.abc import Iterator

from graphlab.graph.graph import Graph
from graphlab.graph.node import InPort, Node
from graphlab.ops.attributes import OpenShape
from graphlab.ops.broadcasting import Shape


def offered_shape(graph: Graph, name: str) -> OpenShape | None:
    """The shape a source declares, or as many open axes as what reads it needs.

    What works element by element passes on what its own readers need.  None where a number will
    do.
    """
    declared: OpenShape | None = graph.nodes[name].attributes.get("shape")
    if declared is not None:
        return declared
    wanted: OpenShape = ()
    for reader in _readers(graph, name):
        found = _needed(graph, reader)
        wanted = found if len(found) > len(wanted) else wanted
    return wanted or None


def _readers(graph: Graph, name: str) -> Iterator[InPort]:
    """The ports an array gets to while it keeps its shape."""
    seen, waiting = {name}, [name]
    while waiting:
        for edge in graph.consumers[waiting.pop()]:
            yield edge.target
            reader = edge.target.node
            if reader not in seen and graph.nodes[reader].op.structure == "diagonal":
                seen.add(reader)
                waiting.append(reader)


def _needed(graph: Graph, port: InPort) -> OpenShape:
    """The axes a port needs, with the lengths that declared shapes beside it settle."""
    node = graph.nodes[port.node]
    wanted: OpenShape = (None,) * node.op.axes_needed(port.port)
    if not wanted:
        return ()
    known = {other: _whole(graph.nodes[source.node]) for other, source in node.inputs.items()}
    filled = node.op.open_shape(port.port, known, wanted, **node.attributes)
    return filled or wanted


def _whole(node: Node) -> Shape | None:
    """The shape a source declares with no axis open."""
    declared: OpenShape = node.attributes.get("shape") or (None,)
    sizes = tuple(size for size in declared if size is not None)
    return sizes if len(sizes) == len(declared) else None
