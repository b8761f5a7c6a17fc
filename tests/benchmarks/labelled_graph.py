"""The drawing that canvases are compared by, and how time and room are measured.

Nothing here needs Qt, so that every interpreter can draw it.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

SIZE = (1600, 900)
PITCH = (296.0, 112.0)
"""From column to column and from row to row."""


class Numbers(NamedTuple):
    """What is written: a value on each node; on each link value, local partial and gradient."""

    nodes: list[str]
    links: list[tuple[str, str, str]]


def places(count: int) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """(column, row) of each node, and three links for every two nodes, from the column before."""
    rows = max(5, round((count / 2.2) ** 0.5))
    nodes = [divmod(i, rows) for i in range(count)]
    links = [
        ((column - 1) * rows + min(max(row + (i * 7 + k) % 5 - 2, 0), rows - 1), i)
        for i, (column, row) in enumerate(nodes)
        if column
        for k in range(1 + i % 2)
    ]
    return nodes, links


def numbers(count: int, turn: int) -> Numbers:
    """All strings of a drawing; they differ from turn to turn."""
    values = [f"{i * 0.713 + turn:.4g}" for i in range(count)]
    _, pairs = places(count)
    return Numbers(
        values,
        [
            (values[a], f"{k * 0.317 + turn:.4g}", f"∂ {k * 0.117 - turn:.4g}")
            for k, (a, _) in enumerate(pairs)
        ],
    )


def spent(action: Callable[[], Any], rounds: int) -> float:
    """Median milliseconds of processor time."""
    times = []
    for _ in range(rounds):
        start = time.process_time()
        action()
        times.append((time.process_time() - start) * 1e3)
    return statistics.median(times)


def resident() -> float:
    """Megabytes this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
