"""Groups that are further calls of another group: the same steps with the same weights.

A module that a model calls several times is one group that holds the weights, and one for each
further call that reads them from outside.  Lowered, they are one module again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from graphlab.graph import Graph, OutPort
from graphlab.graph.node import Node
from graphlab.torch_backend.parts import Part


@dataclass(frozen=True)
class Repeat:
    """``part``, a further call of ``first``: what arrives in it, and which node is which."""

    part: Part
    first: Part
    inputs: tuple[OutPort, ...]
    nodes: Mapping[str, str]


def repeats_of(graph: Graph, part: Part) -> dict[str, Repeat]:
    """The groups and ops in a part that call another of its groups again, by name."""
    groups = [step for step in part.steps if isinstance(step, Part)]
    holders = {name: step for step in groups for name in _held(step)}
    found = {}
    for step in part.steps:
        call = step if isinstance(step, Part) else _alone(graph, step)
        read = (port.node for port in call.inputs if graph.nodes[port.node].op.starts)
        first = next((holders[name] for name in read if name in holders), None)
        if first is None or any(graph.nodes[name].op.name != "constant" for name in _held(call)):
            continue
        repeat = _compared(graph, first, call)
        if repeat is not None:
            found[step if isinstance(step, str) else str(step.group)] = repeat
    return found


def _alone(graph: Graph, name: str) -> Part:
    """One op as if it were a group."""
    node = graph.nodes[name]
    outputs = range(len(node.op.output_names(**node.attributes)))
    ports = tuple(OutPort(name, i) for i in outputs)
    return Part(None, [name], [], tuple(node.inputs.values()), ports)


def _held(part: Part) -> set[str]:
    return {name for inner in part.parts() for name in inner.sources}


def _compared(graph: Graph, first: Part, part: Part) -> Repeat | None:
    """``part`` as a call of ``first``, where they are the same step by step."""
    names, others = list(first.nodes()), list(part.nodes())
    if len(names) != len(others):
        return None
    held = _held(first)
    nodes: dict[str, str] = {}
    arriving: dict[OutPort, OutPort] = {}
    for name, other in zip(names, others, strict=True):
        mine, its = graph.nodes[name], graph.nodes[other]
        if not _is_alike(mine, its) or mine.inputs.keys() != its.inputs.keys():
            return None
        for port, source in mine.inputs.items():
            given = its.inputs[port]
            if source.node in nodes:
                wanted = OutPort(nodes[source.node], source.output)
            elif source.node in held and graph.nodes[source.node].op.name == "constant":
                wanted = given if _is_equal(graph, source, given) else source
            else:
                wanted = source if source.node in held else arriving.setdefault(source, given)
            if given != wanted:
                return None
        nodes[name] = other
    outputs = tuple(OutPort(nodes[port.node], port.output) for port in first.outputs)
    if outputs != part.outputs:
        return None
    return Repeat(part, first, tuple(arriving.get(port, port) for port in first.inputs), nodes)


def _is_alike(mine: Node, other: Node) -> bool:
    return mine.op is other.op and mine.attributes == other.attributes


def _is_equal(graph: Graph, mine: OutPort, other: OutPort) -> bool:
    """Whether two constants are the same number or array."""
    nodes = graph.nodes[mine.node], graph.nodes[other.node]
    if nodes[0].op is not nodes[1].op:
        return False
    return bool(np.array_equal(nodes[0].attributes["value"], nodes[1].attributes["value"]))
