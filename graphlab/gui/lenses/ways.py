"""The paths between two nodes as a student reads them: names, factors, and how many there are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from graphlab.engine.differences import relative_error
from graphlab.engine.numbers import show_count, show_number
from graphlab.engine.paths import Path, count_paths, sum_of_paths, top_paths
from graphlab.engine.run import Run
from graphlab.errors import RunError
from graphlab.graph import Edge, Graph

SHOWN = 200
"""So many paths are listed, those with the largest products; a lecture lights up no more."""

_FEWEST, _WORK = 10, 200_000  # listed of the deepest graph; paths times edges, about a second

AGREEMENT = 1e-9
"""A sum of paths this near to the gradient, relative to both, is the same but for rounding."""

_SPELLED = 9  # a path of more nodes is told by its beginning and its end
_ENDS = 4


@dataclass(frozen=True)
class Ways:
    """What was found between two nodes; ``told`` says why there are no products, where so."""

    source: str
    target: str
    count: int
    paths: tuple[Path, ...] = ()
    lines: tuple[tuple[str, str], ...] = ()  # of each path: its nodes, its product
    total: float | None = None
    told: str = ""


def find_ways(run: Run, source: str, target: str) -> Ways:
    """Count the paths, and find the strongest and the sum of all."""
    count = count_paths(run.graph, source, target)
    if not count:
        return Ways(source, target, 0)
    run.forward()
    try:
        most = min(SHOWN, max(_FEWEST, _WORK // max(len(run.graph.edges), 1)))
        paths = tuple(top_paths(run, source, target, most))
        total = sum_of_paths(run, source, target)
    except RunError as error:
        return Ways(source, target, count, told=str(error))
    lines = tuple((path_text(run.graph, path), _product(run, path)) for path in paths)
    return Ways(source, target, count, paths, lines, total)


def path_text(graph: Graph, path: Path) -> str:
    """``x → s → f``; where an edge runs beside another, the input it takes is named."""
    if len(path.nodes) <= _SPELLED:
        return " → ".join([path.nodes[0], *_heads(graph, path.edges)])
    first, last = _heads(graph, path.edges[: _ENDS - 1]), _heads(graph, path.edges[-_ENDS:])
    left_out = f"… {len(path.nodes) - 2 * _ENDS:,} more …"
    return " → ".join([path.nodes[0], *first, left_out, *last])


def _heads(graph: Graph, edges: Sequence[Edge]) -> list[str]:
    names = []
    for edge in edges:
        beside = list(graph.nodes[edge.target.node].inputs.values()).count(edge.source) > 1
        names.append(edge.target.node + (f" (at {edge.target.port})" if beside else ""))
    return names


def sum_text(ways: Ways, gradient: float | None, *, is_done: bool) -> str:
    """What all products add up to, beside what the way back found."""
    if ways.total is None:
        return ""
    every = "The one path" if ways.count == 1 else f"All {show_count(ways.count)} paths"
    adds = "is" if ways.count == 1 else "add up to"
    what = f"∂{ways.target}/∂{ways.source}"
    told = f"{every} {adds} {show_number(ways.total)}"
    if gradient is None:
        return f"{told}, which is {what}. Run backward to see the same number."
    if not is_done:
        return f"{told}; {show_number(gradient)} of it has arrived at {ways.source} so far."
    if not (math.isfinite(ways.total) and math.isfinite(gradient)):
        return (
            f"{told}, and the way back found {what} = {show_number(gradient)}: no finite numbers."
        )
    if is_same(ways.total, gradient):
        return f"✓ {told}, and the way back found {what} = {show_number(gradient)}: they agree."
    return f"✗ {told}, and the way back found {what} = {show_number(gradient)}: they differ."


def is_same(one: float, other: float) -> bool:
    """Whether two finite numbers are equal but for rounding."""
    return relative_error(one, other) <= AGREEMENT


def _product(run: Run, path: Path) -> str:
    """``1 · −4 = −4``."""
    edges: list[Edge | None] = list(path.edges)
    if len(edges) > _SPELLED:
        edges = [*edges[:_ENDS], None, *edges[-_ENDS:]]
    factors = ["…" if edge is None else _factor(run, edge) for edge in edges]
    result = show_number(path.product)
    return " · ".join(factors) + f" = {result}" if len(factors) > 1 else result


def _factor(run: Run, edge: Edge) -> str:
    partial = run.partial(str(edge.source), edge.target.node, edge.target.port)
    return show_number(0.0 if partial is None else float(partial))
