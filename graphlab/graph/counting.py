"""What a network costs, from shapes alone: parameters, multiply-adds, memory, receptive field.

Nothing is computed or allocated.  An open batch counts as one example.  Multiply-adds are those of
products of matrices and filters, as in the literature; memory is that of all results of ops in
float32, without parameters; the receptive field of an element is how many elements of the inputs
along each spatial axis can change it, borders left aside (Araujo, Norris & Sim 2019).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from msgspec import Struct

from graphlab.graph.dag import dag_of
from graphlab.graph.graph import Graph, out_ports
from graphlab.graph.grouping import chain_of
from graphlab.graph.node import Node, OutPort
from graphlab.graph.shapes import Shapes, infer_shapes, whole_shapes
from graphlab.ops.broadcasting import Shape

BYTES = 4
"""A number in float32, which training uses."""


class Field(NamedTuple):
    """A receptive field: per spatial axis of the input its size, and the stride between two.

    Where every element of the input takes part, ``size`` is the input's and there is no stride.
    """

    size: tuple[float, ...]
    stride: tuple[float, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether every element of the input takes part."""
        return not self.stride


class Count(Struct, frozen=True):
    """What a node, a group or a whole graph costs."""

    parameters: int = 0
    multiply_adds: int = 0
    memory: int = 0
    field: Field | None = None  # of its last output; None where no image comes in


class Counts(Struct, frozen=True):
    """The costs of every node and group, and of the whole.

    ``outputs`` has the values each group gives to the outside, ``unknown`` the nodes whose shape
    nothing settles, which count as nothing.
    """

    nodes: Mapping[str, Count]
    groups: Mapping[str, Count]
    total: Count
    outputs: Mapping[str, tuple[OutPort, ...]]
    shapes: Shapes
    unknown: tuple[str, ...]


def count(graph: Graph, fed: Mapping[str, Shape] | None = None) -> Counts:
    """Count everything in a graph; ``fed`` has shapes of given values by node name."""
    shapes = infer_shapes(graph, whole_shapes(graph, fed or {}), is_bounded=False)
    fields = _fields(graph, shapes)
    nodes = {
        name: _cost(name, node, shapes, fields.get(name)) for name, node in graph.nodes.items()
    }
    outputs = group_outputs(graph)
    unknown = tuple(
        name
        for name, node in graph.nodes.items()
        if any(shapes.of(port) is None for port in out_ports(name, node))
    )
    return Counts(
        nodes,
        _groups(graph, nodes, outputs),
        _total(graph, nodes),
        outputs,
        shapes,
        unknown,
    )


def count_group(graph: Graph, name: str) -> Count | None:
    """What one group costs, by what is in it alone; None where no shape settles something there."""
    shapes = infer_shapes(graph, whole_shapes(graph, {}), is_bounded=False)
    fields, nodes = _fields(graph, shapes), graph.nodes
    costs = {}
    for member in graph.members(name):
        if any(shapes.of(port) is None for port in out_ports(member, nodes[member])):
            return None
        costs[member] = _cost(member, nodes[member], shapes, fields.get(member))
    ports = group_outputs(graph)[name]
    return _sum(costs.values(), costs[ports[-1].node].field if ports else None)


def group_outputs(graph: Graph) -> dict[str, tuple[OutPort, ...]]:
    """Per group the values that are read outside of it, or that are the graph's own."""
    chains: dict[str | None, tuple[str, ...]] = {None: ()}
    for name in graph.groups:
        chains[name] = tuple(chain_of(graph, name))
    found: dict[str, dict[OutPort, None]] = {name: {} for name in graph.groups}
    for target, source in graph.edges.items():
        home = graph.nodes[source.node].group
        if home is not None and home != graph.nodes[target.node].group:
            around = chains[graph.nodes[target.node].group]
            for group in chains[home]:
                if group not in around:
                    found[group][source] = None
    for name in graph.outputs:
        port = graph.port(name)
        for group in chains[graph.nodes[port.node].group]:
            found[group][port] = None
    return {name: tuple(ports) for name, ports in found.items()}


# --- one node -------------------------------------------------------------------------------------
def _cost(name: str, node: Node, shapes: Shapes, field: Field | None) -> Count:
    own = [shape for port in out_ports(name, node) if (shape := shapes.of(port)) is not None]
    size = sum(map(math.prod, own))
    if node.op.category == "Source":
        return Count(parameters=size if node.op.name == "parameter" else 0, field=field)
    arriving = _arriving(node, shapes)
    if not own or arriving is None:
        return Count(field=field)
    return Count(0, node.op.multiply_adds(*arriving, **node.attributes), size * BYTES, field)


def _arriving(node: Node, shapes: Shapes) -> list[Shape | None] | None:
    """The shape at every port, None for one that stays empty; None while one is not known."""
    found: list[Shape | None] = []
    for port in node.ports:
        source = node.inputs.get(port)
        shape = None if source is None else shapes.of(source)
        if source is not None and shape is None:
            return None
        found.append(shape)
    return None if node.empty else found


# --- receptive fields -----------------------------------------------------------------------------
def _fields(graph: Graph, shapes: Shapes) -> dict[str, Field]:
    found: dict[str, Field] = {}
    whole: dict[int, Field] = {}  # by the number of spatial axes
    if not any(len(shapes.of(OutPort(name)) or ()) > 2 for name in graph.inputs):
        return found  # no picture comes in
    for name in dag_of(graph).order:
        node = graph.nodes[name]
        shape = shapes.of(OutPort(name))
        if node.op.name == "input" and shape is not None and len(shape) > 2:
            ones = (1.0,) * (len(shape) - 2)
            found[name] = Field(ones, ones)
            sizes = whole[len(ones)].size if len(ones) in whole else ones
            whole[len(ones)] = Field(tuple(map(max, sizes, map(float, shape[2:]))))
        elif before := [found[source] for source in _read(node) if source in found]:
            axes = len(before[0].size)
            if all(len(field.size) == axes for field in before):
                found[name] = _after(node, shapes, before) or whole[axes]
    return found


def _read(node: Node) -> Iterator[str]:
    """What a node takes numbers from, and not a shape alone."""
    blind = node.op.undifferentiated if node.op.category == "Resizing" else frozenset[str]()
    return (source.node for port, source in node.inputs.items() if port not in blind)


def _after(node: Node, shapes: Shapes, before: Sequence[Field]) -> Field | None:
    """The field behind a node, or None where it is the whole input."""
    arriving = _arriving(node, shapes)
    if arriving is None or any(field.is_whole for field in before):
        return None
    reach = node.op.reach(*arriving, **node.attributes)
    size = tuple(max(sizes) for sizes in zip(*(field.size for field in before), strict=True))
    stride = tuple(max(steps) for steps in zip(*(field.stride for field in before), strict=True))
    if reach is None or len(reach) != len(size):
        return None
    rows = [(r, s, *taps) for r, s, taps in zip(size, stride, reach, strict=True)]
    return Field(
        tuple(r + (taps - 1) * s for r, s, taps, _ in rows),
        tuple(s * step for _, s, _, step in rows),
    )


# --- sums -----------------------------------------------------------------------------------------
def _groups(
    graph: Graph, nodes: Mapping[str, Count], outputs: Mapping[str, tuple[OutPort, ...]]
) -> dict[str, Count]:
    totals: dict[str, list[int]] = {name: [0, 0, 0] for name in graph.groups}
    for name, node in graph.nodes.items():
        cost = nodes[name]
        for group in chain_of(graph, node.group):
            total = totals[group]
            total[0] += cost.parameters
            total[1] += cost.multiply_adds
            total[2] += cost.memory
    last = {name: nodes[ports[-1].node].field for name, ports in outputs.items() if ports}
    return {n: Count(t[0], t[1], t[2], last.get(n)) for n, t in totals.items()}


def _total(graph: Graph, nodes: Mapping[str, Count]) -> Count:
    return _sum(nodes.values(), _last(graph, nodes))


def _sum(costs: Collection[Count], field: Field | None) -> Count:
    return Count(
        sum(cost.parameters for cost in costs),
        sum(cost.multiply_adds for cost in costs),
        sum(cost.memory for cost in costs),
        field,
    )


def _last(graph: Graph, nodes: Mapping[str, Count]) -> Field | None:
    fields: Iterator[Field | None] = (nodes[graph.port(n).node].field for n in graph.outputs)
    return next((field for field in fields if field is not None), None)
