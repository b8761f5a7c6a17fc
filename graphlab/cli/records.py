"""What a run holds, as the rows of its tables and as plain JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from graphlab.engine import Run, Step
from graphlab.engine.explain import explain
from graphlab.engine.partial import Partial
from graphlab.errors import RunError
from graphlab.graph import Edge, InPort

LARGEST_TABLE = 10_000
"""A Jacobian of more entries is told by its structure and shape alone."""


@dataclass(frozen=True)
class NodeRecord:
    """One output of a node; ``node`` is ``split.1`` for a further one."""

    node: str
    op: str
    value: Any
    grad: Any


@dataclass(frozen=True)
class EdgeRecord:
    """One edge: the local partial at its head, and what was sent back along it."""

    source: str
    target: str
    port: str
    partial: Any
    upstream: Any
    contribution: Any


def node_records(run: Run) -> Iterator[NodeRecord]:
    """Every output, in the graph's order."""
    for name, node in run.graph.nodes.items():
        for index, _ in enumerate(node.op.output_names(**node.attributes)):
            port = f"{name}.{index}" if index else name
            yield NodeRecord(port, node.op.name, run.value(port), run.grad(port))


def edge_records(run: Run) -> Iterator[EdgeRecord]:
    """Every edge, in the order of the nodes it reaches."""
    sent: dict[InPort, Step] = {
        step.edge.target: step
        for step in run.steps()
        if step.phase == "backward" and step.edge is not None
    }
    for target, source in run.graph.edges.items():
        ends = str(source), target.node, target.port
        step = sent.get(target)
        if step is None:
            yield EdgeRecord(*ends, _partial(run, Edge(source, target)), None, None)
        else:
            yield EdgeRecord(*ends, step.partial, step.upstream, step.contribution)


def run_document(run: Run, *, with_steps: bool) -> dict[str, Any]:
    """Everything about a run, ready for ``dumps``."""
    document: dict[str, Any] = {
        "outputs": list(run.graph.outputs),
        "start": run.start,
        "nodes": [
            {**vars(r), "shape": None if r.value is None else np.shape(r.value)}
            for r in node_records(run)
        ],
        "edges": [vars(record) for record in edge_records(run)],
        "problems": [problem._asdict() for problem in run.problems()],
    }
    if with_steps:
        document["steps"] = [
            {"phase": step.phase, "node": step.node, **msgspec.structs.asdict(explain(step))}
            for step in run.steps()
        ]
    return document


def dumps(document: Any) -> str:
    """Strict JSON: NaN and infinities become strings, arrays nested lists."""
    return json.dumps(_plain(document), allow_nan=False)


def _partial(run: Run, edge: Edge) -> Any:
    return run.partial(str(edge.source), edge.target.node, edge.target.port)


def _plain(value: Any) -> Any:
    match value:
        case dict():
            return {key: _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
        case Partial():
            return _plain_partial(value)
        case np.ndarray() if not np.isfinite(value).all():
            return _plain(value.tolist())
        case np.ndarray() | np.generic():
            return value.tolist() if np.isfinite(value).all() else _word(float(value))
        case float() if not math.isfinite(value):
            return _word(value)
    return value


def _plain_partial(partial: Partial) -> dict[str, Any]:
    try:
        dense = _plain(partial.dense(LARGEST_TABLE))
    except RunError:
        dense = None
    return {"structure": partial.structure, "shape": list(partial.shape), "dense": dense}


def _word(number: float) -> str:
    if math.isnan(number):
        return "NaN"
    return "Infinity" if number > 0 else "-Infinity"
