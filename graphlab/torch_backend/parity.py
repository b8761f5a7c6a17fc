"""How far NumPy and PyTorch are apart, node by node, the worst first."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from graphlab.graph import Graph, dag_of

TOLERANCE = 1e-9
"""Relative differences up to this are rounding."""

_CANCELLED = 1e-4
"""A gradient this much smaller than those it is made of is judged beside them."""


@dataclass(frozen=True)
class ParityRow:
    """One output of a node: the largest relative differences of its value and its gradient."""

    node: str
    op: str
    value: float
    gradient: float
    shape: tuple[int, ...]

    @property
    def worst(self) -> float:
        """The larger of the two; infinite where one of them is not a number."""
        found = max(self.value, self.gradient)
        return math.inf if math.isnan(self.value) or math.isnan(self.gradient) else found


@dataclass(frozen=True)
class Parity:
    """What was compared, worst first."""

    rows: tuple[ParityRow, ...]
    tolerance: float = TOLERANCE

    @property
    def agrees(self) -> bool:
        """Whether every difference is rounding."""
        return all(row.worst <= self.tolerance for row in self.rows)

    @property
    def summary(self) -> str:
        """One sentence."""
        if not self.rows:
            return "There was nothing to compare."
        first, off = self.rows[0], sum(row.worst > self.tolerance for row in self.rows)
        if off:
            return (
                f"NumPy and PyTorch differ at {off} of {len(self.rows)} nodes, most at "
                f"{first.node} ({first.op}), by {first.worst:.2g} of its size."
            )
        return (
            f"NumPy and PyTorch agree at all {len(self.rows)} nodes; the largest difference is "
            f"{first.worst:.2g}, at {first.node} ({first.op})."
        )


def compared(
    graph: Graph,
    mine: tuple[Mapping[str, Any], Mapping[str, Any]],
    theirs: tuple[Mapping[str, Any], Mapping[str, Any]],
    tolerance: float = TOLERANCE,
) -> Parity:
    """Compare values and gradients by output; a gradient that is absent counts as zeros.

    A buffer learns nothing, so that its gradient is not asked for.  Where contributions cancel, as
    at a bias before a batch norm, rounding is all that is left of a gradient: it is judged beside
    the largest gradient of what depends on it.
    """
    rows = []
    sizes = _sizes(graph, theirs[1])
    for name, value in theirs[0].items():
        source = graph.port(name).node
        node = graph.nodes[source]
        is_asked = node.op.name != "buffer"
        none = np.zeros_like(value)
        mine_back, theirs_back = (
            found[1].get(name, none) if is_asked else none for found in (mine, theirs)
        )
        least = _CANCELLED * sizes.get(source, 0.0)
        rows.append(
            ParityRow(
                name,
                node.op.name,
                _apart(mine[0].get(name), value),
                _apart(mine_back, theirs_back, least),
                np.shape(value),
            )
        )
    return Parity(tuple(sorted(rows, key=lambda row: -row.worst)), tolerance)


def _sizes(graph: Graph, gradients: Mapping[str, Any]) -> dict[str, float]:
    """Per node the largest gradient at it and at all that depends on it."""
    found: dict[str, float] = {}
    for port, gradient in gradients.items():
        name, size = graph.port(port).node, float(np.nan_to_num(np.abs(gradient)).max(initial=0))
        found[name] = max(found.get(name, 0.0), size)
    for name in reversed(dag_of(graph).order):
        readers = (found.get(edge.target.node, 0.0) for edge in graph.consumers[name])
        found[name] = max((found.get(name, 0.0), *readers))
    return found


def _apart(mine: Any, theirs: Any, least: float = 0.0) -> float:
    """The largest difference as a share of the largest element, or of ``least`` where that is more.

    NaN against NaN is no difference.
    """
    if np.shape(mine) != np.shape(theirs):
        return math.inf
    a, b = np.asarray(mine, dtype=np.float64), np.asarray(theirs, dtype=np.float64)
    if a.size == 0:
        return 0.0
    is_same = (a == b) | (np.isnan(a) & np.isnan(b))
    if is_same.all():
        return 0.0
    with np.errstate(all="ignore"):
        size = max(float(np.abs(b).max()), least, np.finfo(np.float64).tiny)
        return float(np.where(is_same, 0, np.abs(a - b)).max() / size)
