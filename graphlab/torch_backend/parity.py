"""How far NumPy and PyTorch are apart, node by node, the worst first."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from graphlab.graph import Graph

TOLERANCE = 1e-9
"""Relative differences up to this are rounding."""


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
    """Compare values and gradients by output; a gradient that is absent counts as zeros."""
    rows = []
    for name, value in theirs[0].items():
        node = graph.nodes[graph.port(name).node]
        gradients = [found[1].get(name) for found in (mine, theirs)]
        rows.append(
            ParityRow(
                name,
                node.op.name,
                _apart(mine[0].get(name), value),
                _apart(*(np.zeros_like(value) if g is None else g for g in gradients)),
                np.shape(value),
            )
        )
    return Parity(tuple(sorted(rows, key=lambda row: -row.worst)), tolerance)


def _apart(mine: Any, theirs: Any) -> float:
    """The largest difference as a share of the largest element; NaN against NaN is none."""
    if np.shape(mine) != np.shape(theirs):
        return math.inf
    a, b = np.asarray(mine, dtype=np.float64), np.asarray(theirs, dtype=np.float64)
    if a.size == 0:
        return 0.0
    is_same = (a == b) | (np.isnan(a) & np.isnan(b))
    if is_same.all():
        return 0.0
    with np.errstate(all="ignore"):
        size = max(float(np.abs(b).max()), np.finfo(np.float64).tiny)
        return float(np.where(is_same, 0, np.abs(a - b)).max() / size)
