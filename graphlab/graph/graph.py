"""The graph the user drew: one frozen value.

An edit (``edits.py``) returns the next one; nothing is ever changed in place, so undo keeps
values, workers can be handed a graph, and "has it changed?" is ``is not``.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import compress, islice
from operator import is_, is_not
from types import MappingProxyType
from typing import Any, NamedTuple, cast

from graphlab.errors import GraphError
from graphlab.graph.node import Edge, Group, InPort, Node, OutPort, View
from graphlab.graph.recipe import Recipe
from graphlab.suggest import did_you_mean

_OF_WIRING = ("edges", "consumers", "inputs", "parameters", "buffers")


class Lineage:
    """Identity shared by a graph and all its edited descendants, so that caches can follow them.

    ``caches`` holds, per thread, the last ``Dag`` (``dag``), ``Plan`` (``plan``), ``Outlook``
    (``outlook``, ``plain_links``), shapes (``shapes``), what readers need (``needs``) and, in a
    window, blank cards (``blanks``).  It lives here, and not in a table beside, so that it goes
    when the last graph of the lineage does.
    """

    __slots__ = ("__weakref__", "caches")

    def __init__(self) -> None:
        self.caches = threading.local()


@dataclass(frozen=True)
class Graph:
    """Nodes by id in the order they were made, the tree of groups, and which outputs are marked.

    ``recipe`` says how it is trained, where that is said.  Two graphs are equal when their
    mathematics and recipes are; the view is not compared.
    """

    nodes: Mapping[str, Node] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)
    marked: tuple[OutPort, ...] = ()
    view: View = field(default_factory=View, compare=False)
    recipe: Recipe | None = None
    lineage: Lineage = field(default_factory=Lineage, compare=False, repr=False)

    def __post_init__(self) -> None:
        for name in ("nodes", "groups"):
            mapping = getattr(self, name)
            if not isinstance(mapping, MappingProxyType):
                object.__setattr__(self, name, MappingProxyType(mapping))

    def __hash__(self) -> int:
        return hash((frozenset(self.nodes), self.marked))

    def with_(self, **changes: Any) -> Graph:
        """A copy of the same lineage with some fields replaced; edits alone call this.

        What was found of the wiring is handed on where an edit leaves that as it is.
        """
        new = replace(self, **changes)
        if _is_wired_alike(self.nodes, new.nodes):
            is_marked_alike = new.marked == self.marked
            known, names = self.__dict__, [*_OF_WIRING, *(["outputs"] * is_marked_alike)]
            new.__dict__.update({name: known[name] for name in names if name in known})
        return new

    def node_table(self) -> dict[str, Node]:
        """A copy of ``nodes`` for an edit to change (a proxy's own copy is the fast one)."""
        return cast("MappingProxyType[str, Node]", self.nodes).copy()

    # --- what is in it ------------------------------------------------------------------------
    @cached_property
    def edges(self) -> Mapping[InPort, OutPort]:
        """Every edge, keyed by the input port it ends in (a port takes at most one)."""
        return MappingProxyType(
            {
                InPort(name, port): source
                for name, node in self.nodes.items()
                for port, source in node.inputs.items()
            }
        )

    @cached_property
    def consumers(self) -> Mapping[str, tuple[Edge, ...]]:
        """Per node, the edges that leave it, in the order of the nodes they reach."""
        found: dict[str, list[Edge]] = {name: [] for name in self.nodes}
        for target, source in self.edges.items():
            found[source.node].append(Edge(source, target))
        return MappingProxyType({name: tuple(edges) for name, edges in found.items()})

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """The inputs and targets, in order."""
        return tuple(n for n, node in self.nodes.items() if node.op.name in ("input", "target"))

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """The learned arrays, in order."""
        return tuple(n for n, node in self.nodes.items() if node.op.name == "parameter")

    @cached_property
    def buffers(self) -> tuple[str, ...]:
        """The kept arrays that no gradient changes, in order."""
        return tuple(n for n, node in self.nodes.items() if node.op.name == "buffer")

    @cached_property
    def outputs(self) -> tuple[str, ...]:
        """The marked outputs, or else every output that feeds nothing; ``split.1`` form."""
        if self.marked:
            return tuple(str(port) for port in self.marked)
        used = set(self.edges.values())
        return tuple(
            str(port)
            for name, node in self.nodes.items()
            for port in out_ports(name, node)
            if port not in used
        )

    # --- finding things -----------------------------------------------------------------------
    def node(self, name: str) -> Node:
        """The node called so; raises ``GraphError`` with a suggestion if there is none."""
        try:
            return self.nodes[name]
        except KeyError:
            hint = did_you_mean(name, self.nodes) or f"; it has {_some(self.nodes)}"
            raise GraphError(f"the graph has no node {name or repr(name)}{hint}") from None

    def port(self, name: str) -> OutPort:
        """The output called ``node`` or ``node.1``; raises ``GraphError`` if there is none."""
        stem, dot, index = name.rpartition(".")
        if not dot or not index.isdecimal():
            self.node(name)
            return OutPort(name)
        node = self.node(stem)
        outputs = len(node.op.output_names(**node.attributes))
        if len(index) > 9 or int(index) >= outputs:
            raise GraphError(
                f"{stem} ({node.op.name}) has {outputs} outputs, counted from 0: no {name}"
            )
        return OutPort(stem, int(index))

    def group(self, name: str) -> Group:
        """The group called so; raises ``GraphError`` if there is none."""
        try:
            return self.groups[name]
        except KeyError:
            hint = did_you_mean(name, self.groups)
            raise GraphError(f"the graph has no group {name or repr(name)}{hint}") from None

    def members(self, group: str) -> Iterator[str]:
        """The nodes of a group and of all groups inside it; raises ``GraphError`` if unknown."""
        inside = self.groups_within([group])
        return (name for name, node in self.nodes.items() if node.group in inside)

    def groups_within(self, names: Iterable[str]) -> set[str]:
        """These groups and all that are inside them; raises ``GraphError`` for an unknown one."""
        inside = {name for name in names if self.group(name)}
        outside: set[str | None] = {None}
        for name in self.groups:
            chain, walk = [], cast("str | None", name)
            while walk is not None and walk not in inside and walk not in outside:
                chain.append(walk)
                walk = self.groups[walk].parent
            (inside if walk in inside else outside).update(chain)
        return inside


class Change(NamedTuple):
    """What differs between two graphs: nodes by id, groups, marked outputs, and the view."""

    added: frozenset[str]
    removed: frozenset[str]
    altered: frozenset[str]
    is_regrouped: bool
    is_moved: bool  # positions, notes or folds
    is_remarked: bool
    is_retrained: bool = False  # the recipe differs


def difference(old: Graph, new: Graph) -> Change:
    """What turned ``old`` into ``new``; cheap for graphs of one lineage, which share nodes."""
    known: tuple[Any, Change] | None = new.__dict__.get("_change")
    if known is not None and known[0]() is old:
        return known[1]
    change = _difference(old, new)
    new.__dict__["_change"] = (weakref.ref(old), change)  # the dag asks, and the plan after it
    return change


def rewritten(old: Graph, new: Graph) -> frozenset[str]:
    """The altered nodes that differ in more than the group they are in."""
    before, after = old.nodes, new.nodes
    altered = difference(old, new).altered
    return frozenset(name for name in altered if not before[name].computes_as(after[name]))


def _difference(old: Graph, new: Graph) -> Change:
    before, after = old.nodes, new.nodes
    if len(before) <= len(after) and all(map(is_, before, after)):  # the usual edit, at C speed
        touched = list(compress(after, map(is_not, before.values(), after.values())))
        touched += islice(after, len(before), None)
    else:
        table = old.node_table()
        touched = [name for name, node in after.items() if table.get(name) is not node]
    added = frozenset(name for name in touched if name not in before)
    removed: frozenset[str] = frozenset()
    if len(before) + len(added) != len(after):
        removed = frozenset(before.keys() - after.keys())
    altered = frozenset(name for name in touched if name in before and before[name] != after[name])
    is_moved = old.view is not new.view and old.view != new.view
    return Change(
        added,
        removed,
        altered,
        old.groups != new.groups,
        is_moved,
        old.marked != new.marked,
        old.recipe != new.recipe,
    )


def _is_wired_alike(before: Mapping[str, Node], after: Mapping[str, Node]) -> bool:
    """Whether the same nodes stand in the same order and differ in no edge and no output."""
    if before is after:
        return True
    if len(before) != len(after) or not all(map(is_, before, after)):
        return False
    touched = compress(
        zip(before.values(), after.values(), strict=True),
        map(is_not, before.values(), after.values()),
    )
    return all(
        old.op is new.op
        and old.inputs == new.inputs
        and old.op.output_names(**old.attributes) == new.op.output_names(**new.attributes)
        for old, new in touched
    )


def out_ports(name: str, node: Node) -> Iterator[OutPort]:
    """The outputs of one node."""
    if not node.op.several:
        return iter((OutPort(name),))
    return (OutPort(name, i) for i in range(len(node.op.output_names(**node.attributes))))


def _some(names: Mapping[str, Any]) -> str:
    first = list(names)[:6]
    return (", ".join(first) + (", …" if len(names) > 6 else "")) or "none yet"
