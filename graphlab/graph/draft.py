"""Building a whole graph at once: the formula parser, the file reader and importers use this.

An edit copies the table of nodes, which is right for one gesture and wrong for ten thousand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from graphlab.errors import GraphError, OpError
from graphlab.graph.dag import dag_of
from graphlab.graph.graph import Graph
from graphlab.graph.node import Group, Node, OutPort, View, check_free, feed_ports
from graphlab.ops import Op


class Draft:
    """A graph in the making; ``graph()`` checks and freezes it."""

    def __init__(self) -> None:
        self.nodes: dict[str, Node] = {}
        self.groups: dict[str, Group] = {}
        self.marked: tuple[OutPort, ...] = ()
        self.view = View()
        self._counts: dict[str, int] = {}

    def add(
        self,
        op: type[Op],
        inputs: Sequence[OutPort] | Mapping[str, OutPort] = (),
        attributes: Mapping[str, Any] | None = None,
        *,
        name: str | None = None,
        group: str | None = None,
    ) -> OutPort:
        """Add a node and return its first output; without a name it is called ``multiply1``.

        Raises ``GraphError`` for a name that is taken or impossible, ``OpError`` for attributes.
        """
        given, name = name, name or self.free_name(op.name)
        if given is not None:
            check_free(given, self.nodes, self.groups)
        if not isinstance(inputs, Mapping):
            inputs = feed_ports(name, op, inputs)
        try:
            checked = op.check_attributes(attributes or {})
        except OpError as error:
            raise OpError(f"{name}: {error}") from None
        self.nodes[name] = Node(op, inputs, checked, group)
        return OutPort(name)

    def free_name(self, stem: str) -> str:
        """The first of ``stem1``, ``stem2``, … that no node or group has yet."""
        count = self._counts.get(stem, 0) + 1
        while f"{stem}{count}" in self.nodes or f"{stem}{count}" in self.groups:
            count += 1
        self._counts[stem] = count
        return f"{stem}{count}"

    def graph(self) -> Graph:
        """Freeze it; raises ``GraphError`` if its edges run in a circle or start nowhere."""
        for name, node in self.nodes.items():
            for port, source in node.inputs.items():
                if source.node not in self.nodes:
                    raise GraphError(f"{name}'s {port} is fed by {source.node}, which is no node")
        graph = Graph(dict(self.nodes), dict(self.groups), self.marked, self.view)
        dag_of(graph)
        return graph
