"""The outputs that gradients can be taken of, and which of them an edit leaves chosen."""

from __future__ import annotations

from graphlab.graph import Graph, dag_of


def starts(graph: Graph) -> tuple[str, ...]:
    """The outputs that an op computes; a loose input is one only where nothing is computed."""
    category = {name: graph.nodes[graph.port(name).node].op.category for name in graph.outputs}
    return tuple(name for name in category if category[name] != "Source") or graph.outputs


def followed(graph: Graph, start: str | None) -> str | None:
    """Which of them the start is after an edit: still ``start``, else what that leads to now.

    Where it leads to none, the first; None where there is none.
    """
    found = starts(graph)
    if start in found:
        return start
    node = (start or "").partition(".")[0]
    beyond = dag_of(graph).descendants(node) if node in graph.nodes else frozenset()
    led = (name for name in found if graph.port(name).node in beyond)
    return next(led, found[0] if found else None)
