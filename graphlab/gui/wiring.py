"""Which edges may be drawn, asked before any is: for every port at once when a wire begins.

Ancestors and descendants are found once per wire, so that a graph of hundreds of nodes answers for
all its ports within a frame.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from graphlab.errors import OpError
from graphlab.graph import Graph, InPort, Node, OutPort, dag_of
from graphlab.graph.edits import connect, disconnect
from graphlab.graph.node import MAX_INPUTS, port_index
from graphlab.graph.shapes import Shapes, infer_shapes
from graphlab.ops import Op
from graphlab.ops.broadcasting import Shape


class Wiring:
    """The rules for the edges of one graph."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._shapes: Shapes | None = None
        self._above: tuple[str, set[str]] | None = None  # a source and all that it needs
        self._below: tuple[str, set[str]] | None = None  # a target and all that needs it

    def refusal(self, source: OutPort, target: InPort) -> str:
        """Why no edge may run there, in a sentence; empty where it may."""
        nodes = self.graph.nodes
        if source.node not in nodes or target.node not in nodes:
            return "One of the two is not in the graph any more."
        node = nodes[target.node]
        index = port_index(node.op, target.port)
        if index is None or index >= MAX_INPUTS or index > len(node.ports):
            return f"{target.node} ({node.op.name}) has no input {target.port}."
        if source.node == target.node:
            return f"{source.node} cannot feed itself: a computational graph has no cycles."
        if self._is_circle(source.node, target.node):
            return (
                f"{source} needs {target.node} already, so this edge would close a circle: "
                "a computational graph has no cycles."
            )
        return self._misfit(source, target, node)

    def _is_circle(self, source: str, target: str) -> bool:
        """Whether the source needs the target.

        While a wire is drawn one of its ends stays, so one of the two sets serves all questions.
        """
        if self._above is not None and self._above[0] == source:
            return target in self._above[1]
        if self._below is not None and self._below[0] == target:
            return source in self._below[1]
        dag = dag_of(self.graph)
        self._above = source, dag.ancestors(source)
        self._below = target, dag.descendants(target)
        return target in self._above[1]

    def _misfit(self, source: OutPort, target: InPort, node: Node) -> str:
        """What the op says to the shapes that would arrive, where all of them are certain."""
        arriving = {**node.inputs, target.port: source}
        ports = node.op.port_names(
            max(len(node.ports), (port_index(node.op, target.port) or 0) + 1)
        )
        if any(port not in arriving for port in ports):
            return ""
        shapes = [self.certain_shape(arriving[port]) for port in ports]
        known = [shape for shape in shapes if shape is not None]
        return misfit(target.node, node.op, known, node.attributes) if known == shapes else ""

    def certain_shape(self, port: OutPort) -> Shape | None:
        """The shape at an output; None for an open parameter, which takes the shape it is given."""
        node = self.graph.nodes[port.node]
        if node.op.name == "parameter" and "value" not in node.attributes:
            shape = node.attributes.get("shape")
            if shape is None or None in shape:
                return None
        if self._shapes is None:
            self._shapes = infer_shapes(self.graph, {})
        return self._shapes.of(port)

    def free_port(self, source: OutPort, target: str) -> InPort | None:
        """The first unfed input of a node that this output may feed; of a variadic op the next."""
        node = self.graph.nodes[target]
        ports = [port for port in node.ports if port not in node.inputs]
        if node.op.variadic is not None and len(node.ports) < MAX_INPUTS:
            ports.append(node.op.port_names(len(node.ports) + 1)[-1])
        found = (InPort(target, port) for port in ports)
        return next((port for port in found if not self.refusal(source, port)), None)

    def takes(self, op: type[Op], source: OutPort, attributes: Mapping[str, object]) -> bool:
        """Whether a new use of an op has a port that this output may feed."""
        if op.variadic is not None:
            return True
        if len(op.ports) != 1:
            return bool(op.ports)
        shape = self.certain_shape(source)
        return shape is None or not misfit(op.name, op, [shape], attributes)


def misfit(
    name: str, op: type[Op], shapes: Iterable[Shape], attributes: Mapping[str, object]
) -> str:
    """What an op says to shapes that do not fit, in a sentence; empty where they do."""
    try:
        op.shape(*shapes, **attributes)
    except OpError as error:
        return f"{name} ({op.name}): {error}"
    return ""


def wired(graph: Graph, source: OutPort, targets: Iterable[InPort]) -> Graph:
    """Draw an edge to each input port, in place of the one that is there."""
    for target in targets:
        if graph.edges.get(target) == source:
            continue
        if target in graph.edges:
            graph = disconnect(graph, *target)
        graph = connect(graph, str(source), *target)
    return graph


def unwired(graph: Graph, targets: Iterable[InPort]) -> Graph:
    """Take away the edges that end in these input ports."""
    for target in targets:
        if target in graph.edges:
            graph = disconnect(graph, *target)
    return graph
