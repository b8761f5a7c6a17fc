"""The flat form of a graph that is run: slots for values, one entry a node, in order.

A plan is a frozen snapshot.  ``plan_of`` keeps the latest one per lineage and makes the next from
it by copying its tables and redoing what changed, so an edit costs little however large the graph.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from functools import cached_property
from typing import Any, NamedTuple

from msgspec import Struct, field

from graphlab.engine.kernels import GENERIC, Instruction, constant_partials, kernel_of
from graphlab.errors import OpError, RunError
from graphlab.graph import Edge, Graph, InPort, Node, OutPort, dag_of, difference
from graphlab.graph.graph import rewritten
from graphlab.ops import Op
from graphlab.ops.families import Elementwise, Pointwise

UNFED = -1


class Entry(NamedTuple):
    """One node that computes: what it does, where it reads and where it writes."""

    name: str
    op: type[Op]
    attributes: Any
    ports: tuple[str, ...]
    inputs: tuple[int, ...]  # slots, UNFED where no edge ends, as may be at an optional port
    outputs: tuple[int, ...]  # slots
    is_fed: bool  # every port that has to be
    kernel: int
    instruction: Instruction
    takes_numbers: bool  # numbers in, a number out
    source_names: tuple[OutPort | None, ...]

    def edge(self, index: int) -> Edge:
        """The edge that ends in the port at ``index``."""
        source = self.source_names[index]
        if source is None:
            raise RunError(f"{self.name}'s {self.ports[index]} has no edge")
        return Edge(source, InPort(self.name, self.ports[index]))

    def index_from(self, source: OutPort, port: str | None) -> int:
        """Which input an output feeds; ``port`` says it where there are several.

        Raises ``RunError`` where there is none, and where it is not said which.
        """
        found = [
            i
            for i, name in enumerate(self.source_names)
            if name == source and port in (None, self.ports[i])
        ]
        if len(found) == 1:
            return found[0]
        if not found:
            given = f" at {port}" if port is not None else ""
            raise RunError(f"there is no edge from {source} to {self.name}{given}")
        names = " and ".join(self.ports[i] for i in found)
        raise RunError(
            f"{source} feeds {self.name} at {names}: say which with port={self.ports[found[0]]!r}"
        )


class Plan(Struct, frozen=True, dict=True):
    """Where everything is: ``slots`` by node, entries in an order in which they can run."""

    graph: Graph
    order: list[str]  # of the dag, when this was made
    size: int  # number of slots
    unused: int  # slots of nodes that went or moved
    slots: dict[str, int]  # by node, of its first output
    sources: dict[str, int]  # slots of the nodes that nothing computes
    declared: list[Any]  # by slot: the values that sources hold unless fed
    undeclared: frozenset[str]  # sources that do not declare a plain number
    made: dict[str, Entry]
    entries: list[Entry]
    instructions: list[Instruction]
    at_slot: dict[int, Entry]  # by the slot of the first output
    awkward: frozenset[str]  # entries that do not take plain numbers, or are not fully fed
    constant_a: list[float | None]  # by slot: partials that never vary
    constant_b: list[float | None]
    backward: dict[int, tuple[list[Any], list[Instruction]]] = field(default_factory=dict)
    _reached: dict[int, list[int]] = field(default_factory=dict)

    @cached_property
    def place(self) -> dict[str, int]:
        """Index in ``entries`` by node."""
        return {entry.name: index for index, entry in enumerate(self.entries)}

    def inputs_of(self, slot: int) -> tuple[int, ...]:
        """The slots read by the entry whose first output is in ``slot``."""
        return self.at_slot[slot].inputs

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


def plan_of(graph: Graph) -> Plan:
    """The plan of a graph, made from that of the graph it was edited from."""
    caches = graph.lineage.caches
    plan: Plan | None = getattr(caches, "plan", None)
    if plan is None or plan.graph is not graph:
        plan = caches.plan = _first(graph) if plan is None else _updated(plan, graph)
    return plan


def _first(graph: Graph) -> Plan:
    table = _Table(graph, None)
    names = list(graph.nodes)
    table.give_slots(names)
    table.make(names)
    return table.plan()


def _updated(plan: Plan, graph: Graph) -> Plan:
    change = difference(plan.graph, graph)
    altered = rewritten(plan.graph, graph)
    table = _Table(graph, plan)
    for name in change.removed:
        table.drop(name)
    if table.unused > table.size // 2:
        return _first(graph)
    changed = change.added | altered
    table.give_slots([n for n in graph.nodes if n in changed] if change.added else list(changed))
    table.make([*changed, *(table.rewired - changed)])
    order = dag_of(graph).order
    has_turned = any((n in plan.made) != (n in table.made) for n in altered)  # to a source
    if has_turned or (plan.order is not order and order[: len(plan.order)] != plan.order):
        return table.plan()
    return table.patched(plan, changed | table.rewired)


class _Table:
    """The tables of a plan while it is being made from those of the last one."""

    def __init__(self, graph: Graph, plan: Plan | None) -> None:
        self.graph = graph
        self.size = plan.size if plan else 0
        self.unused = plan.unused if plan else 0
        self.slots = dict(plan.slots) if plan else {}
        self.sources = dict(plan.sources) if plan else {}
        self.made = dict(plan.made) if plan else {}
        self.at_slot = dict(plan.at_slot) if plan else {}
        self.declared = list(plan.declared) if plan else []
        self.undeclared = set(plan.undeclared) if plan else set()
        self.constant_a = list(plan.constant_a) if plan else []
        self.constant_b = list(plan.constant_b) if plan else []
        self.rewired: set[str] = set()  # consumers of nodes that moved to other slots

    def drop(self, name: str) -> None:
        """Forget a removed node; its slots stay empty."""
        slot = self.slots.pop(name)
        self.declared[slot] = None
        made = self.at_slot.pop(slot, None)
        self.unused += len(made.outputs) if made else 1
        self.made.pop(name, None)
        self.sources.pop(name, None)
        self.undeclared.discard(name)

    def give_slots(self, names: list[str]) -> None:
        """A slot for each output of new nodes, and of those whose number of outputs changed."""
        for name in names:
            node = self.graph.nodes[name]
            count = len(node.op.output_names(**node.attributes))
            if name in self.slots:
                made = self.made.get(name)
                before = len(made.outputs) if made else 1
                if count == before:
                    continue
                self.unused += before
                self.rewired.update(edge.target.node for edge in self.graph.consumers[name])
            self.slots[name] = self.size
            self.size += count
            for table in (self.declared, self.constant_a, self.constant_b):
                table += [None] * count

    def make(self, names: Iterable[str]) -> None:
        """Make the entries of these nodes anew; in order, they are neighbours in memory too."""
        for name in names:
            node, slot = self.graph.nodes[name], self.slots[name]
            old = self.made.pop(name, None)
            if old is not None:
                self.at_slot.pop(old.outputs[0], None)
            self.sources.pop(name, None)
            self.undeclared.discard(name)
            self.declared[slot] = None
            if node.op.category == "Source":
                self.sources[name] = slot
                value = self.declared[slot] = node.attributes.get("value")
                if type(value) is not float:
                    self.undeclared.add(name)
                continue
            entry = self.made[name] = self.at_slot[slot] = _entry(name, node, self.slots)
            if entry.kernel >= 0:
                constants = (*constant_partials(entry.kernel), None)
                self.constant_a[slot], self.constant_b[slot] = constants[0], constants[1]

    def plan(self) -> Plan:
        """Put the entries in order and freeze everything."""
        made, order = self.made, dag_of(self.graph).order
        entries = [made[name] for name in order if name in made]
        instructions = [entry.instruction for entry in entries]
        awkward = frozenset(e.name for e in entries if not e.takes_numbers)
        return self._frozen(entries, instructions, awkward)

    def patched(self, plan: Plan, changed: AbstractSet[str]) -> Plan:
        """The same where entries changed or came last, and none moved or went."""
        entries, instructions = plan.entries.copy(), plan.instructions.copy()
        awkward = set(plan.awkward - changed)
        fresh = [name for name in dag_of(self.graph).order[len(plan.order) :] if name in self.made]
        for name in changed & self.made.keys():
            entry = self.made[name]
            if not entry.takes_numbers:
                awkward.add(name)
            if name in plan.made:
                index = plan.place[name]
                entries[index], instructions[index] = entry, entry.instruction
        entries += [self.made[name] for name in fresh]
        instructions += [self.made[name].instruction for name in fresh]
        return self._frozen(entries, instructions, frozenset(awkward))

    def _frozen(
        self, entries: list[Entry], instructions: list[Instruction], awkward: frozenset[str]
    ) -> Plan:
        return Plan(
            graph=self.graph,
            order=dag_of(self.graph).order,
            size=self.size,
            unused=self.unused,
            slots=self.slots,
            sources=self.sources,
            declared=self.declared,
            undeclared=frozenset(self.undeclared),
            made=self.made,
            at_slot=self.at_slot,
            entries=entries,
            instructions=instructions,
            awkward=awkward,
            constant_a=self.constant_a,
            constant_b=self.constant_b,
        )


def _entry(name: str, node: Node, slots: dict[str, int]) -> Entry:
    ports = node.ports
    sources = tuple(node.inputs.get(port) for port in ports)
    inputs = tuple(UNFED if s is None else slots[s.node] + s.output for s in sources)
    first = slots[name]
    outputs = tuple(range(first, first + len(node.op.output_names(**node.attributes))))
    is_fed = bool(node.inputs) and not node.empty
    numbers = is_fed and UNFED not in inputs and _takes_numbers(node, len(inputs))
    kernel = kernel_of(node.op.name) if numbers and not node.attributes else GENERIC
    a, b = (*inputs, UNFED, UNFED)[:2] if kernel != GENERIC else (UNFED, UNFED)
    return Entry(
        name=name,
        op=node.op,
        attributes=node.attributes,
        ports=ports,
        inputs=inputs,
        outputs=outputs,
        is_fed=is_fed,
        kernel=kernel,
        instruction=(kernel, first, a, b),
        takes_numbers=numbers,
        source_names=sources,
    )


def _takes_numbers(node: Node, count: int) -> bool:
    if not issubclass(node.op, Pointwise) or node.op.circumstances:
        return False
    if issubclass(node.op, Elementwise):
        return True
    try:
        return bool(node.op.shape(*[()] * count, **node.attributes) == ())
    except OpError:
        return False
