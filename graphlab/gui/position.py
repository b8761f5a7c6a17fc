"""How far a run is in its two phases, and what can be done next."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from graphlab.engine.run import Run
from graphlab.graph import Graph, InPort, OutPort, dag_of


class Position(NamedTuple):
    """How far a run is."""

    taken: int  # steps
    total: int  # steps there are, as far as is known
    can_go_forward: bool  # some node can be computed
    can_go_backward: bool  # the start has a value, and edges are left
    is_complete: bool  # every node has a value
    is_done: bool  # nothing is left to compute in either phase
    forward: int = 0  # the steps taken that are of the forward phase
    forward_total: int = 0  # the steps the forward phase has, as far as is known

    @property
    def can_go_on(self) -> bool:
        """Whether a step is left in either phase."""
        return self.can_go_forward or self.can_go_backward

    @property
    def backward(self) -> int:
        """The steps taken that are of the backward phase."""
        return self.taken - self.forward

    @property
    def backward_total(self) -> int:
        """The steps the backward phase has, as far as is known."""
        return self.total - self.forward_total


def position(run: Run, start: str | None, failed: set[str]) -> Position:
    """Where a run is whose gradients are taken of ``start``; ``failed`` cannot be computed."""
    graph, by_hand = run.graph, set_by_hand(run)
    made = [
        name
        for name, node in graph.nodes.items()
        if node.op.category != "Source" and name not in by_hand
    ]
    has_value = run.with_value()
    can_go = any(
        name not in has_value
        and name not in failed
        and graph.nodes[name].inputs
        and all(source.node in has_value for source in graph.nodes[name].inputs.values())
        for name in made
    )
    taken, ahead = len(run.steps()), sum(name in has_value for name in made)
    if start is None:
        return Position(taken, taken, can_go, False, False, False, ahead, ahead)
    leading = leading_to(run, start) - by_hand
    edges = [len(graph.nodes[name].inputs) for name in leading & run.with_gradient()]
    is_back = run.start is not None and taken - ahead > sum(edges)
    at_end = is_back and not can_go
    total = len(made) + 1 + sum(len(graph.nodes[name].inputs) for name in leading)
    return Position(
        taken,
        taken if at_end else total,
        can_go,
        run.value(start) is not None and not is_back,
        len(has_value) == len(graph.nodes),
        at_end,
        ahead,
        ahead if at_end else len(made),
    )


def set_by_hand(run: Run) -> AbstractSet[str]:
    """The nodes that would compute a value and were given another."""
    nodes = run.graph.nodes
    return frozenset(name for name in run.feeds if nodes[name].op.category != "Source")


def leading_to(run: Run, start: str) -> AbstractSet[str]:
    """What the start was computed from, itself included; a value set by hand ends the way back."""
    graph, by_hand = run.graph, set_by_hand(run)
    end = graph.port(start).node
    if not by_hand:
        return _ancestors(graph, end)
    found, waiting = {end}, [end]
    while waiting:
        name = waiting.pop()
        sources = () if name in by_hand else graph.nodes[name].inputs.values()
        for source in sources:
            if source.node not in found:
                found.add(source.node)
                waiting.append(source.node)
    return found


def _ancestors(graph: Graph, end: str) -> AbstractSet[str]:
    """All that a node needs, itself included; kept while no edit changes an edge."""
    caches = graph.lineage.caches.__dict__
    known: tuple[Mapping[InPort, OutPort], str, set[str]] | None = caches.get("ancestors")
    if known is None or known[0] is not graph.edges or known[1] != end:
        known = caches["ancestors"] = graph.edges, end, dag_of(graph).ancestors(end)
    return known[2]
