"""What each group holds directly, found once for a graph."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from graphlab.graph.graph import Graph


class Holdings(NamedTuple):
    """Per group the nodes and the groups directly in it, in the graph's order."""

    nodes: dict[str, list[str]]
    groups: dict[str, list[str]]

    def members(self, group: str) -> Iterator[str]:
        """The nodes of a group and of all groups inside it."""
        for name in self.inside(group):
            yield from self.nodes[name]

    def inside(self, group: str) -> Iterator[str]:
        """A group and all groups inside it."""
        waiting = [group]
        while waiting:
            name = waiting.pop()
            yield name
            waiting += reversed(self.groups[name])


def holdings(graph: Graph) -> Holdings:
    """What the groups of a graph hold; kept with the graph, which never changes."""
    known: Holdings | None = graph.__dict__.get("_holdings")
    if known is None:
        known = Holdings({n: [] for n in graph.groups}, {n: [] for n in graph.groups})
        for name, node in graph.nodes.items():
            if node.group is not None:
                known.nodes[node.group].append(name)
        for name, group in graph.groups.items():
            if group.parent is not None:
                known.groups[group.parent].append(name)
        graph.__dict__["_holdings"] = known
    return known
