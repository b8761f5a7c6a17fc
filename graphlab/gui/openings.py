"""Where a wire can still end in a folded group: inputs inside it that nothing feeds.

Those that are one port of the template that drew them are one opening, so that a wire to a
residual block feeds both its ways.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from graphlab.graph import Graph, InPort
from graphlab.graph.folding import outlook
from graphlab.graph.grouping import chain_of
from graphlab.graph.templates.reading import entries


class Openings:
    """The openings of all folded groups of one graph."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        found = {card: tuple(self._of(names)) for card, names in outlook(graph).members.items()}
        self.of: Mapping[str, tuple[tuple[str, tuple[InPort, ...]], ...]] = MappingProxyType(found)
        """Per card the openings: what each is called, and the inner ports it stands for."""
        self._targets = {ports[0]: ports for parts in found.values() for _, ports in parts}

    def targets(self, port: InPort) -> tuple[InPort, ...]:
        """The inner ports that a wire to this one feeds; itself where it is no opening."""
        return self._targets.get(port, (port,))

    def _of(self, names: tuple[str, ...]) -> Iterator[tuple[str, tuple[InPort, ...]]]:
        nodes = self._graph.nodes
        left = {InPort(name, port): None for name in names for port in nodes[name].empty}
        while left:
            first = next(iter(left))
            called, together = self._together(first)
            ports = (first, *(port for port in together if port in left and port != first))
            for port in ports:
                del left[port]
            yield called, ports

    def _together(self, port: InPort) -> tuple[str, tuple[InPort, ...]]:
        """The port of the outermost template around it that an inner port belongs to."""
        graph = self._graph
        for group in reversed(list(chain_of(graph, graph.nodes[port.node].group))):
            if graph.groups[group].template:
                for name, ports in entries(graph, group).items():
                    if port in ports:
                        return name, ports
        return port.port, (port,)


def openings(graph: Graph) -> Openings:
    """The openings of a graph; kept with it."""
    known: Openings | None = graph.__dict__.get("_openings")
    if known is None:
        known = graph.__dict__["_openings"] = Openings(graph)
    return known
