"""Paths from one node to another: how many there are, and which of them carry the gradient.

Both are dynamic programs over the order of the nodes, so neither ever lists all paths: a deep
graph has more of them than there are atoms.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple

import numpy as np

from graphlab.engine.partial import Partial
from graphlab.engine.run import Run
from graphlab.errors import RunError
from graphlab.graph import Edge, Graph, InPort, OutPort, dag_of
from graphlab.ops import show_shape


class Path(NamedTuple):
    """One way from a node to another, and the product of the local partials along it."""

    nodes: tuple[str, ...]
    edges: tuple[Edge, ...]
    product: float


def count_paths(graph: Graph, source: str, target: str) -> int:
    """The number of paths from ``source`` to ``target``, exact however large.

    Two edges between the same nodes (``x * x``) are two ways; from a node to itself there is one.
    """
    start, end = graph.port(source), graph.port(target)
    if start == end:
        return 1
    ways: dict[str, int] = {}
    for name, edges in _between(graph, start, end):
        ways[name] = sum(1 if e.source == start else ways[e.source.node] for e in edges)
    return ways.get(end.node, 0)


def sum_of_paths(run: Run, source: str, target: str) -> float:
    """The sum of all path products, ∂target/∂source, by going forward from ``source``.

    Raises ``RunError`` as ``top_paths`` does.
    """
    start, end = run.graph.port(source), run.graph.port(target)
    _require_number(run, str(start))
    if start == end:
        return 1.0
    rates: dict[str, float] = {}
    for name, edges in _between(run.graph, start, end):
        factors = _factors(run, name, edges)
        rates[name] = sum(
            (1.0 if edge.source == start else rates[edge.source.node]) * factors[edge]
            for edge in edges
        )
    return rates.get(end.node, 0.0)


def top_paths(run: Run, source: str, target: str, limit: int = 10) -> list[Path]:
    """The ``limit`` paths with the largest |product of local partials|, largest first.

    Per node only its best ``limit`` ways are kept, which loses nothing: a factor never turns the
    order of two magnitudes around.  An edge through which no gradient passes has the partial 0.
    A product that is not a number counts as infinitely large, so that it is seen.  Equal
    magnitudes keep the order of the edges.

    Raises ``RunError`` where a value on the way is not computed, or is an array: only between
    single numbers is a local partial one number.
    """
    start, end = run.graph.port(source), run.graph.port(target)
    _require_number(run, str(start))
    here = _Way(1.0, None, None)
    if start == end:
        return [_path(here, start)]
    best: dict[str, list[_Way]] = {}
    for name, edges in _between(run.graph, start, end):
        factors = _factors(run, name, edges)
        streams = [
            _extended([here] if e.source == start else best[e.source.node], e, factors[e])
            for e in edges
        ]
        merged = heapq.merge(*streams, key=lambda way: -_magnitude(way.product))
        best[name] = list(islice(merged, limit))
    return [_path(way, start) for way in best.get(end.node, [])]


class _Way(NamedTuple):
    """A path so far, as a chain back to its beginning."""

    product: float
    edge: Edge | None
    before: Any  # the _Way it extends


def _extended(ways: list[_Way], edge: Edge, factor: float) -> Iterator[_Way]:
    return (_Way(way.product * factor, edge, way) for way in ways)


def _magnitude(product: float) -> float:
    return math.inf if math.isnan(product) else abs(product)


def _path(way: _Way, start: OutPort) -> Path:
    edges: list[Edge] = []
    product, step = way.product, way
    while step.edge is not None:
        edges.append(step.edge)
        step = step.before
    edges.reverse()
    nodes = (start.node, *(edge.target.node for edge in edges))
    return Path(nodes, tuple(edges), product)


def _between(graph: Graph, start: OutPort, end: OutPort) -> Iterator[tuple[str, list[Edge]]]:
    """In order, the nodes after ``start`` that lead to ``end``, each with its edges from there."""
    dag = dag_of(graph)
    after = dag.descendants(start.node) & dag.ancestors(end.node)
    reached: set[str] = set()
    for name in dag.order:
        if name not in after or name == start.node:
            continue
        edges = [
            Edge(source, InPort(name, port))
            for port, source in graph.nodes[name].inputs.items()
            if source == start or source.node in reached
        ]
        if edges:
            reached.add(name)
            yield name, edges


def _factors(run: Run, name: str, edges: list[Edge]) -> Mapping[Edge, float]:
    """The local partial on each edge into a node."""
    _require_number(run, name)
    found = {}
    for edge in edges:
        partial = run.partial(str(edge.source), name, edge.target.port)
        if isinstance(partial, Partial):
            raise RunError(_no_number(str(edge.source), partial.input_shape))
        found[edge] = 0.0 if partial is None else float(partial)
    return found


def _require_number(run: Run, name: str) -> None:
    value = run.value(name)
    if value is None:
        raise RunError(f"{name} has no value yet: run forward before asking for its paths")
    if np.ndim(value):
        raise RunError(_no_number(name, np.shape(value)))


def _no_number(name: str, shape: tuple[int, ...]) -> str:
    return (
        f"{name} is {_in_words(shape)}, and a path needs single numbers: look at the partials edge "
        "by edge"
    )


def _in_words(shape: tuple[int, ...]) -> str:
    if len(shape) != 1:
        return f"an array of {show_shape(shape)} numbers"
    return f"a vector of {shape[0]:,} {'number' if shape[0] == 1 else 'numbers'}"
