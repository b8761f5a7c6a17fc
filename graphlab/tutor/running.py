"""Runs of graphs that come from anywhere: their size is known before anything is computed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from graphlab.engine import Run
from graphlab.engine.partial import Partial
from graphlab.errors import RunError
from graphlab.graph import Graph, InPort
from graphlab.graph.shapes import infer_shapes

MAX_NODES = 2_000
MAX_ELEMENTS = 1_000_000
"""All values of a judged graph together; above it, nothing is computed."""

MAX_JACOBIAN = 1_000


def check_size(graph: Graph, feeds: Mapping[str, Any]) -> None:
    """Raise ``RunError`` for a graph too large to be judged; nothing is allocated for it."""
    if len(graph.nodes) > MAX_NODES:
        raise RunError(
            f"the graph has {len(graph.nodes):,} nodes, and one with at most {MAX_NODES:,} is "
            "judged; hand in a smaller one"
        )
    shapes = infer_shapes(graph, {name: np.shape(value) for name, value in feeds.items()})
    total = sum(math.prod(shape) for shape in shapes.known.values())
    if total > MAX_ELEMENTS:
        raise RunError(
            f"the graph's values have {total:,} elements, and at most {MAX_ELEMENTS:,} are "
            "computed for a judgement; make its arrays smaller"
        )


def forward(graph: Graph, feeds: Mapping[str, Any]) -> Run:
    """A run, forward; raises ``GraphLabError`` where a name is unknown or the graph too large."""
    for name in feeds:
        graph.node(name)
    check_size(graph, feeds)
    with np.errstate(all="ignore"):
        return Run(graph, feeds).forward()


def value_of(run: Run, name: str) -> Any:
    """The value of a node; raises ``RunError`` with the reason where it has none."""
    value = run.value(name)
    if value is None:
        raise RunError(why(run, name))
    return value


def gradient_of(run: Run, of: str, to: str) -> Any:
    """∂of/∂to, with zeros where ``to`` does not lead to ``of``; the run goes back from ``of``."""
    value_of(run, of)
    inner = value_of(run, to)
    run.backward(of)
    found = run.grad(to)
    return np.zeros_like(inner) if found is None else found


def edge_of(graph: Graph, of: str, to: str) -> InPort:
    """The edge into ``of`` at port ``to``, or from the node ``to``; raises ``RunError``."""
    node = graph.node(of)
    if to in node.inputs:
        return InPort(of, to)
    ports = [port for port, source in node.inputs.items() if to in (str(source), source.node)]
    if len(ports) == 1:
        return InPort(of, ports[0])
    if ports:
        raise RunError(f"{to} feeds {of} at {' and '.join(ports)}: name the port")
    raise RunError(f"{of} ({node.op.name}) has no input {to}, and no edge from {to}")


def partials_of(run: Run, of: str, to: str) -> list[Any]:
    """The local partial on one edge: a number, a diagonal's factors, or a small Jacobian.

    After that come the other shapes it may be written in: a diagonal as the whole Jacobian, and
    this as a matrix of a row per element of ``of``.
    """
    edge = edge_of(run.graph, of, to)
    value_of(run, of)
    source = run.graph.edges[edge]
    found = run.partial(str(source), of, edge.port)
    if found is None:
        raise RunError(f"{of} passes no gradient to {source}")
    if not isinstance(found, Partial):
        return [found]
    factors = found.factors() if found.structure == "diagonal" else None
    size = math.prod(found.output_shape), math.prod(found.input_shape)
    if factors is not None and math.prod(size) > MAX_JACOBIAN:
        return [factors]
    whole = found.dense(MAX_JACOBIAN)
    return [whole if factors is None else factors, whole, whole.reshape(size)]


def why(run: Run, name: str) -> str:
    """Why a node has no value: the first problem there is."""
    found = [p for p in run.problems() if p.kind != "unreachable"]
    return found[0].message if found else f"{name} could not be computed"
