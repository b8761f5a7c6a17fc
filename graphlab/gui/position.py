"""How far a run is in its two phases, and what can be done next."""

from __future__ import annotations

from typing import NamedTuple

from graphlab.engine.run import Run
from graphlab.graph import dag_of
from graphlab.graph.graph import out_ports


class Position(NamedTuple):
    """How far a run is."""

    taken: int  # steps
    total: int  # steps there are, as far as is known
    can_go_forward: bool  # some node can be computed
    can_go_backward: bool  # the start has a value, and edges are left
    is_complete: bool  # every node has a value
    is_done: bool  # nothing is left to compute in either phase


def position(run: Run, start: str | None, failed: set[str]) -> Position:
    """Where a run is whose gradients are taken of ``start``; ``failed`` cannot be computed."""
    graph = run.graph
    made = [name for name, node in graph.nodes.items() if node.op.category != "Source"]
    has_value = {name for name in graph.nodes if run.value(name) is not None}
    ready = [
        name
        for name in made
        if name not in has_value
        and graph.nodes[name].inputs
        and all(source.node in has_value for source in graph.nodes[name].inputs.values())
    ]
    can_go = bool(ready) and not failed.issuperset(ready)
    taken = len(run.steps())
    if start is None:
        return Position(taken, taken, can_go, False, False, False)
    leading = dag_of(graph).ancestors(graph.port(start).node)
    edges = [len(graph.nodes[name].inputs) for name in leading if _has_gradient(run, name)]
    behind = sum(name in has_value for name in made)
    is_back = run.start is not None and taken - behind > sum(edges)
    at_end = is_back and not can_go
    total = len(made) + 1 + sum(len(graph.nodes[name].inputs) for name in leading)
    return Position(
        taken,
        taken if at_end else total,
        can_go,
        run.value(start) is not None and not is_back,
        len(has_value) == len(graph.nodes),
        at_end,
    )


def _has_gradient(run: Run, name: str) -> bool:
    return any(run.grad(str(port)) is not None for port in out_ports(name, run.graph.nodes[name]))
