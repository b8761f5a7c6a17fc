"""What is let through to an op: inputs that fit it, and results that fit the memory."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from graphlab.engine.plan import Entry
from graphlab.errors import OpError
from graphlab.graph.refusal import refused
from graphlab.ops.attributes import check_size
from graphlab.ops.broadcasting import Shape

MAX_BYTES = 4 * 2**30
"""The values that one run computes may take this much memory together."""


class Gate:
    """Knows what every node of a run was let through with."""

    def __init__(self, dtype: Any) -> None:
        self._itemsize = np.dtype(dtype).itemsize
        self._shapes: dict[str, tuple[Shape | None, ...]] = {}
        self._bytes: dict[str, int] = {}
        self._total = 0

    def admit(self, entry: Entry, inputs: list[Any]) -> None:
        """Raise ``OpError`` for inputs that do not fit, or a result too large to allocate."""
        shapes = tuple(None if x is None else np.shape(x) for x in inputs)
        if self._shapes.get(entry.name) == shapes:
            return
        result = entry.op.shape(*shapes, **entry.attributes)
        results = result if entry.op.several else (result,)
        for shape in results:
            check_size(shape, "its result")
        size = self._itemsize * sum(map(math.prod, results))
        total = self._total + size - self._bytes.get(entry.name, 0)
        if total > MAX_BYTES:
            raise OpError(
                f"with its result the values of this run would take {total / 2**30:.1f} GiB, and "
                f"{MAX_BYTES / 2**30:.0f} GiB is the most: make its inputs smaller"
            )
        self._shapes[entry.name], self._bytes[entry.name], self._total = shapes, size, total


def refusal(entry: Entry, error: OpError | MemoryError) -> str:
    """Why a node was not computed, in one sentence that names it and what arrives at it."""
    arriving = zip(entry.ports, entry.source_names, strict=True)
    sources = {port: source for port, source in arriving if source is not None}
    return refused(entry.name, entry.op, sources, error)
