"""The flat form of a graph that is run: slots for values, one entry a node, in order.

A plan is a frozen snapshot.  ``plan_of`` keeps the latest one per lineage and makes the next from
it by copying its tables and redoing what changed, so an edit costs little however large the graph.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from graphlab.engine.kernels import GENERIC, Instruction, constant_partials, kernel_of
from graphlab.errors import OpError, RunError
from graphlab.graph import Change, Edge, Graph, InPort, Node, OutPort, dag_of, difference
from graphlab.graph.graph import Lineage
from graphlab.ops import Op
from graphlab.ops.contract import Pointwise

UNFED = -1


class Entry(NamedTuple):
    """One node that computes: what it does, where it reads and where it writes."""

    name: str
    op: type[Op]
    attributes: Any
    ports: tuple[str, ...]
    inputs: tuple[int, ...]  # slots, UNFED where no edge ends
    outputs: tuple[int, ...]  # slots
    kernel: int
    takes_numbers: bool  # numbers in, a number out
    source_names: tuple[OutPort | None, ...]

    def edge(self, index: int) -> Edge:
        """The edge that ends in the port at ``index``."""
        source = self.source_names[index]
        if source is None:
            raise RunError(f"{self.name}'s {self.ports[index]} has no edge")
        return Edge(source, InPort(self.name, self.ports[index]))


@dataclass(frozen=True)
class Plan:
    """Where everything is: ``slots`` by node, entries in an order in which they can run."""

    graph: Graph
    size: int  # number of slots
    slots: dict[str, int]  # by node, of its first output
    sources: dict[str, int]  # slots of the nodes that nothing computes
    made: dict[str, Entry]
    entries: list[Entry]
    instructions: list[Instruction]
    place: dict[str, int]  # index in entries, by node
    takes_numbers: bool  # every entry does, and every port is fed
    constant_a: list[float | None]  # by slot: partials that never vary
    constant_b: list[float | None]
    backward: dict[int, tuple[list[Any], list[Instruction]]] = field(default_factory=dict)
    _reached: dict[int, list[int]] = field(default_factory=dict)

    def slot(self, port: OutPort) -> int:
        """The slot of an output."""
        return self.slots[port.node] + port.output

    def leading_to(self, slot: int) -> list[int]:
        """Indices of the entries that the value in ``slot`` needs, in order; kept once found."""
        found = self._reached.get(slot)
        if found is None:
            needed = {slot}
            found = []
            for index in range(len(self.entries) - 1, -1, -1):
                entry = self.entries[index]
                if not needed.isdisjoint(entry.outputs):
                    found.append(index)
                    needed.update(entry.inputs)
            found.reverse()
            self._reached[slot] = found
        return found


_LOCAL = threading.local()


def plan_of(graph: Graph) -> Plan:
    """The plan of a graph, made from that of the graph it was edited from."""
    cache: WeakKeyDictionary[Lineage, Plan] | None = getattr(_LOCAL, "plans", None)
    if cache is None:
        cache = _LOCAL.plans = WeakKeyDictionary()
    plan = cache.get(graph.lineage)
    if plan is None or plan.graph is not graph:
        old = Graph() if plan is None else plan.graph
        plan = cache[graph.lineage] = _updated(plan, difference(old, graph), graph)
    return plan


def _updated(plan: Plan | None, change: Change, graph: Graph) -> Plan:
    if plan is None:
        slots: dict[str, int] = {}
        made: dict[str, Entry] = {}
        sources: dict[str, int] = {}
        size, pa, pb = 0, [], []
    else:
        slots, made, sources = dict(plan.slots), dict(plan.made), dict(plan.sources)
        size, pa, pb = plan.size, list(plan.constant_a), list(plan.constant_b)
    for name in change.removed:
        slots.pop(name)
        made.pop(name, None)
        sources.pop(name, None)
    stale = set(change.altered)
    for name in [*_ordered(graph, change.added), *change.altered]:
        count = len(graph.nodes[name].op.output_names(**graph.nodes[name].attributes))
        if name not in slots or (name in made and len(made[name].outputs) != count):
            stale.update(edge.target.node for edge in graph.consumers[name] if name in slots)
            slots[name] = size
            size += count
            pa += [None] * count
            pb += [None] * count
    for name in stale | change.added:
        node = graph.nodes[name]
        if node.op.category == "Source":
            sources[name] = slots[name]
            made.pop(name, None)
            continue
        sources.pop(name, None)
        entry = made[name] = _entry(name, node, slots)
        if entry.kernel >= 0:
            constants = (*constant_partials(entry.kernel), None)
            pa[slots[name]], pb[slots[name]] = constants[0], constants[1]
    return _snapshot(graph, size, slots, sources, made, pa, pb)


def _ordered(graph: Graph, names: frozenset[str]) -> list[str]:
    return [name for name in graph.nodes if name in names] if names else []


def _snapshot(
    graph: Graph, size: int, slots: dict[str, int], sources: dict[str, int],
    made: dict[str, Entry], pa: list[float | None], pb: list[float | None],
) -> Plan:
    order = dag_of(graph).order
    entries = [made[name] for name in order if name in made]
    instructions = [
        (e.kernel, e.outputs[0], e.inputs[0], e.inputs[1] if len(e.inputs) > 1 else -1)
        if e.kernel >= 0
        else (GENERIC, e.outputs[0], index, -1)
        for index, e in enumerate(entries)
    ]
    place = {e.name: index for index, e in enumerate(entries)}
    takes_numbers = all(e.takes_numbers for e in entries)
    return Plan(
        graph, size, slots, sources, made, entries, instructions, place, takes_numbers, pa, pb
    )


def _entry(name: str, node: Node, slots: dict[str, int]) -> Entry:
    ports = node.ports
    sources = tuple(node.inputs.get(port) for port in ports)
    inputs = tuple(UNFED if s is None else slots[s.node] + s.output for s in sources)
    first = slots[name]
    outputs = tuple(range(first, first + len(node.op.output_names(**node.attributes))))
    is_fed = bool(inputs) and UNFED not in inputs
    numbers = is_fed and _takes_numbers(node, len(inputs))
    kernel = kernel_of(node.op.name) if numbers and not node.attributes else GENERIC
    return Entry(
        name, node.op, node.attributes, ports, inputs, outputs, kernel, numbers, sources
    )


def _takes_numbers(node: Node, count: int) -> bool:
    if not issubclass(node.op, Pointwise):
        return False
    try:
        return bool(node.op.shape(*[()] * count, **node.attributes) == ())
    except OpError:
        return False
