"""What a backward pass starts from, and why it cannot where it cannot."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphlab.engine.values import Values
from graphlab.errors import RunError
from graphlab.graph import OutPort
from graphlab.ops import show_shape


def seed(start: OutPort, value: Any, upstream: Any) -> Any:
    """The start's own gradient: the upstream given, or ones; raises ``RunError`` if it misfits."""
    shape = np.shape(value)
    if upstream is None:
        return 1.0 if isinstance(value, float) and type(value) is float else np.ones_like(value)
    try:
        given = np.array(upstream, dtype=np.result_type(value))
    except (TypeError, ValueError):
        raise RunError(f"the upstream gradient for {start} must be a number or an array") from None
    if given.shape != shape:
        raise RunError(
            f"the upstream gradient for {start} is {show_shape(given.shape)}, and {start} is "
            f"{show_shape(shape)}: give it the same shape"
        )
    return float(given) if type(value) is float else given


def why_no_value(values: Values, start: OutPort) -> str:
    """Why a gradient cannot start here: the first thing upstream that lacks a value."""
    graph = values.graph
    for index in values.plan.leading_to(values.plan.slot(start)):
        entry = values.plan.entries[index]
        if entry.name in values.problems:
            return f"{start} has no value, because {values.problems[entry.name]}"
        for port, source in zip(entry.ports, entry.source_names, strict=True):
            if source is None and port not in entry.op.optional:
                lack = graph.nodes[entry.name].emptiness
                return f"{start} has no value, because {entry.name} cannot be computed: {lack}"
            if source is None:
                continue
            if graph.nodes[source.node].op.category == "Source" and (
                values.v[values.plan.slot(source)] is None and not values.is_waiting(source.node)
            ):
                unfed = f"{source.node} has no value: give it one"
                reason = values.problems.get(source.node, unfed)
                return f"{start} has no value, because {reason}"
    return f"{start} has no value yet: run forward first"
