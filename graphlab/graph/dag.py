"""The graph as networkx holds it: order, cycles, ancestors, paths.

A networkx graph is dear to build and cheap to change, so one is kept per lineage and thread and
brought up to date from the difference to the graph it last stood for.  Ask for it again after an
edit; do not keep it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from graphlab.errors import GraphError
from graphlab.graph.graph import Change, Graph, difference, rewritten

if TYPE_CHECKING:
    import networkx as nx


class Dag:
    """A ``networkx.DiGraph`` of node ids, one edge per connected pair, and an order that it keeps.

    ``order`` lists every node after all that it needs; an edit moves as few nodes as it must, and
    an order that changes is a new list.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.order = list(graph.nodes) if _is_ordered(graph) else self._sorted()
        self._position = {name: i for i, name in enumerate(self.order)}

    @property
    def place(self) -> Mapping[str, int]:
        """Where in the order each node stands; it follows every edit."""
        return self._position

    @cached_property
    def nx(self) -> nx.DiGraph[str]:
        """The networkx graph, made when first asked for: importing networkx alone takes 150 ms."""
        import networkx

        made: nx.DiGraph[str] = networkx.DiGraph()
        made.add_nodes_from(self.graph.nodes)
        made.add_edges_from(
            (source.node, name)
            for name, node in self.graph.nodes.items()
            for source in node.inputs.values()
        )
        return made

    def _sorted(self) -> list[str]:
        """An order, as near to that in which the nodes were made as the edges allow."""
        import networkx

        made = {name: i for i, name in enumerate(self.graph.nodes)}
        order: list[str] = []
        try:
            order.extend(networkx.lexicographical_topological_sort(self.nx, made.__getitem__))
        except networkx.NetworkXUnfeasible:
            names = self._circle(made.keys() - set(order))
            circle = " → ".join([*names[:8], *(["…"] if len(names) > 8 else []), names[0]])
            raise GraphError(
                f"the edges run in a circle, {circle}; remove one of these edges"
            ) from None
        return order

    def _circle(self, stuck: set[str]) -> list[str]:
        """A circle among nodes that each need another of them (or themselves)."""
        walked: dict[str, None] = {}
        name = min(stuck)
        while name not in walked:
            walked[name] = None
            name = next(source for source in self.nx.pred[name] if source in stuck)
        names = list(walked)
        return names[names.index(name) :][::-1]

    def updated(self, graph: Graph) -> Dag:
        """This dag, or a new one where patching is dearer, for an edited graph of the lineage."""
        change = difference(self.graph, graph)._replace(altered=rewritten(self.graph, graph))
        if len(change.added) + len(change.altered) + len(change.removed) > len(graph.nodes) // 4:
            return Dag(graph)
        self._apply(change, graph)
        self.graph = graph
        return self

    def has_path(self, source: str, target: str) -> bool:
        """Whether ``target`` needs ``source`` (or is it)."""
        import networkx

        if self._position[source] > self._position[target]:  # the order tells at once
            return False
        return networkx.has_path(self.nx, source, target)

    def ancestors(self, *targets: str) -> set[str]:
        """Everything the targets need, themselves included."""
        nodes, found, waiting = self.graph.nodes, set(targets), list(targets)
        while waiting:
            for source in nodes[waiting.pop()].inputs.values():
                if source.node not in found:
                    found.add(source.node)
                    waiting.append(source.node)
        return found

    def descendants(self, *sources: str) -> set[str]:
        """Everything that needs the sources, themselves included."""
        found, waiting = set(sources), list(sources)
        while waiting:
            for name in self.nx.succ[waiting.pop()]:
                if name not in found:
                    found.add(name)
                    waiting.append(name)
        return found

    def _apply(self, change: Change, graph: Graph) -> None:
        old, new = self.graph.nodes, graph.nodes
        if not (change.removed or change.added) and all(
            old[name].inputs == new[name].inputs for name in change.altered
        ):
            return  # only attributes differ, which networkx need not know
        if change.removed:
            self.nx.remove_nodes_from(change.removed)
            self.order = [name for name in self.order if name not in change.removed]
            self._position = {name: i for i, name in enumerate(self.order)}
        if change.added:
            fresh = [name for name in new if name in change.added]
            self.nx.add_nodes_from(fresh)
            self._position.update((name, i) for i, name in enumerate(fresh, len(self.order)))
            self.order = self.order + fresh
        rewired = [name for name in change.altered if old[name].inputs != new[name].inputs]
        for name in rewired:
            self.nx.remove_edges_from([(s, name) for s in list(self.nx.pred[name])])
        rewired += [name for name in change.added if new[name].inputs]
        for name in rewired:
            self.nx.add_edges_from((s.node, name) for s in new[name].inputs.values())
        if rewired:
            self._reorder(rewired)

    def _reorder(self, rewired: list[str]) -> None:
        """Move what a rewired node now needs to before it, and nothing outside that stretch.

        Pearce & Kelly 2006, with the search kept to ancestors.
        """
        position = self._position
        for name in sorted(rewired, key=position.__getitem__):
            low, needs = position[name], self.nx.pred[name]
            high = max((position[s] for s in needs), default=low)
            if high < low:
                continue
            stretch, needed = self.order[low : high + 1], set[str]()
            waiting = list(needs)
            while waiting:  # never by position alone: rewired nodes further on may still lie wrong
                source = waiting.pop()
                if source not in needed and low <= position[source] <= high:
                    needed.add(source)
                    waiting += self.nx.pred[source]
            if name in needed:
                raise GraphError(f"the edges run in a circle through {name}; remove one of them")
            first = [n for n in stretch if n in needed]
            stretch = first + [n for n in stretch if n not in needed]
            self.order = [*self.order[:low], *stretch, *self.order[high + 1 :]]
            position.update((n, i) for i, n in enumerate(stretch, low))


def _is_ordered(graph: Graph) -> bool:
    """Whether every node was made after all that it needs."""
    seen: set[str] = set()
    for name, node in graph.nodes.items():
        if not all(source.node in seen for source in node.inputs.values()):
            return False
        seen.add(name)
    return True


def dag_of(graph: Graph) -> Dag:
    """The up-to-date ``Dag`` of a graph; raises ``GraphError`` if its edges run in a circle."""
    caches = graph.lineage.caches
    dag: Dag | None = getattr(caches, "dag", None)
    caches.dag = None  # a failed update must not leave half a dag behind
    if dag is None:
        dag = Dag(graph)
    elif dag.graph is not graph:
        dag = dag.updated(graph)
    caches.dag = dag
    return dag
