"""The tree of modules that a graph becomes, before torch is asked for anything.

Each group becomes a part: what it takes from outside, what it computes in which order, and what
others take from it.  A group whose outside needs it and is needed by it at once cannot be computed
in one call; its parent takes over what it holds.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from graphlab.graph import Graph, OutPort, dag_of
from graphlab.graph.grouping import chain_of


@dataclass(eq=False)
class Part:
    """A group that becomes a module; ``group`` is None for the whole graph."""

    group: str | None
    steps: list[str | Part] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)  # whose tensors this module itself holds
    inputs: tuple[OutPort, ...] = ()
    outputs: tuple[OutPort, ...] = ()

    def nodes(self) -> Iterator[str]:
        """Everything computed in here, in order."""
        for step in self.steps:
            if isinstance(step, Part):
                yield from step.nodes()
            else:
                yield step

    def parts(self) -> Iterator[Part]:
        """This part and all inside it, each after those that it holds."""
        for step in self.steps:
            if isinstance(step, Part):
                yield from step.parts()
        yield self


def parts_of(graph: Graph) -> Part:
    """The parts of what the graph's outputs need."""
    return _Division(graph).root()


class _Division:
    """Divides one graph; ``homes`` says which part holds each source."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        outputs = [graph.port(name) for name in graph.outputs]
        dag = dag_of(graph)
        needed = dag.ancestors(*(port.node for port in outputs)) if outputs else set()
        self.order = [
            name
            for name in dag.order
            if name in needed and graph.nodes[name].op.category != "Source"
        ]
        self.place = {name: i for i, name in enumerate(self.order)}
        self.wanted = set(outputs)  # outputs of the graph are taken from every part on the way

    def root(self) -> Part:
        root = self._part(None, self.order)
        own = {part.group: part for part in root.parts()}
        for name, node in self.graph.nodes.items():
            if node.op.category == "Source" and node.op.name not in ("input", "target"):
                home = next((g for g in chain_of(self.graph, node.group) if g in own), None)
                own[home].sources.append(name)
        self._borders(root)
        root.inputs = tuple(OutPort(name) for name in self.graph.inputs)
        root.outputs = tuple(self.graph.port(name) for name in self.graph.outputs)
        return root

    # --- which part computes what ---------------------------------------------------------------
    def _part(self, group: str | None, members: Sequence[str]) -> Part:
        opened: set[str | None] = {group}
        while True:
            items = self._items(members, opened)
            ordered = self._ordered(items)
            if ordered is not None:
                steps = [n if n in self.place else self._part(n, items[n]) for n in ordered]
                return Part(group, steps)
            opened.add(self._knot(items))

    def _items(self, members: Sequence[str], opened: set[str | None]) -> dict[str, list[str]]:
        """The nodes that stand by themselves here, and the groups with what they compute."""
        items: dict[str, list[str]] = {}
        for name in members:
            item = name
            for group in chain_of(self.graph, self.graph.nodes[name].group):
                if group in opened:
                    break
                item = group
            items.setdefault(item, []).append(name)
        return items

    def _needs(self, items: dict[str, list[str]]) -> dict[str, set[str]]:
        holder = {name: item for item, names in items.items() for name in names}
        return {
            item: {
                holder[source.node]
                for name in names
                for source in self.graph.nodes[name].inputs.values()
                if source.node in holder and holder[source.node] != item
            }
            for item, names in items.items()
        }

    def _ordered(self, items: dict[str, list[str]]) -> list[str] | None:
        """The items, each after what it needs and else as the graph has them; None in a circle."""
        missing = self._needs(items)
        readers: dict[str, list[str]] = {item: [] for item in items}
        for item, sources in missing.items():
            for source in sources:
                readers[source].append(item)
        left = {item: len(sources) for item, sources in missing.items()}
        ready = [(self.place[items[item][0]], item) for item in items if not left[item]]
        heapq.heapify(ready)
        ordered: list[str] = []
        while ready:
            item = heapq.heappop(ready)[1]
            ordered.append(item)
            for reader in readers[item]:
                left[reader] -= 1
                if not left[reader]:
                    heapq.heappush(ready, (self.place[items[reader][0]], reader))
        return ordered if len(ordered) == len(items) else None

    def _knot(self, items: dict[str, list[str]]) -> str:
        """The smallest group that is on a circle; opening it is what undoes least."""
        import networkx

        needs = networkx.DiGraph((s, i) for i, found in self._needs(items).items() for s in found)
        circles = [c for c in networkx.strongly_connected_components(needs) if len(c) > 1]
        groups = [item for circle in circles for item in circle if item not in self.place]
        return min(groups, key=lambda item: (len(items[item]), item))

    # --- what crosses their borders -------------------------------------------------------------
    def _borders(self, part: Part) -> set[str]:
        """Set the inputs and outputs of this part and all inside it; returns what it holds."""
        read: dict[OutPort, None] = {}
        held = set(part.sources)
        for step in part.steps:
            if isinstance(step, Part):
                held |= self._borders(step)
                read.update(dict.fromkeys(step.inputs))
            else:
                read.update(dict.fromkeys(self.graph.nodes[step].inputs.values()))
                held.add(step)
        part.inputs = tuple(
            port for port in read if port.node not in held and not is_literal(self.graph, port.node)
        )
        part.outputs = tuple(self._taken(part, held))
        return held

    def _taken(self, part: Part, held: set[str]) -> Iterator[OutPort]:
        for name in part.nodes():
            node = self.graph.nodes[name]
            readers = {
                edge.source
                for edge in self.graph.consumers[name]
                if edge.target.node not in held and edge.target.node in self.place
            }
            for i in range(len(node.op.output_names(**node.attributes))):
                port = OutPort(name, i)
                if port in readers or port in self.wanted:
                    yield port


def is_literal(graph: Graph, name: str) -> bool:
    """Whether a node is a plain number that every reader takes as such, beside a tensor."""
    node = graph.nodes[name]
    if node.op.name != "constant" or not isinstance(node.attributes["value"], float):
        return False
    readers = [graph.nodes[edge.target.node] for edge in graph.consumers[name]]
    is_output = any(port.node == name for port in graph.marked) or not readers
    return not is_output and all(
        reader.op.name in _TAKE_NUMBERS
        and any(graph.nodes[s.node].op.name != "constant" for s in reader.inputs.values())
        for reader in readers
    )


_TAKE_NUMBERS = frozenset({"add", "subtract", "multiply", "divide", "power"})
"""Ops that torch computes with a tensor and a plain number just as with two tensors."""
