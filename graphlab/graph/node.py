"""The parts of a graph: ports, edges, nodes, groups and the view, all frozen values."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from numbers import Real
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

from graphlab.errors import GraphError
from graphlab.ops.attributes import same_value
from graphlab.ops.contract import Op

T = TypeVar("T")

MAX_NAME = 200

_ORDINALS = ("first", "second", "third")

MAX_INPUTS = 9_999
"""An op with any number of inputs takes at most so many."""

MAX_POSITION = 1e9
"""A card lies no further out, so that every picture of it can be computed."""


class OutPort(NamedTuple):
    """Where an edge starts: the output of a node, counted from 0."""

    node: str
    output: int = 0

    def __str__(self) -> str:
        return f"{self.node}.{self.output}" if self.output else self.node


class InPort(NamedTuple):
    """Where an edge ends: a named input of a node."""

    node: str
    port: str

    def __str__(self) -> str:
        return f"{self.node}'s {self.port}"


class Edge(NamedTuple):
    """One value flowing from an output to an input."""

    source: OutPort
    target: InPort


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One use of an op: where each input comes from, its attributes, and the group it is in.

    ``inputs`` holds the connected ports only, in the op's order.
    """

    op: type[Op]
    inputs: Mapping[str, OutPort] = field(default_factory=dict)
    attributes: Mapping[str, Any] = field(default_factory=dict)
    group: str | None = None

    def __post_init__(self) -> None:
        for name in ("inputs", "attributes"):
            mapping = getattr(self, name)
            if not isinstance(mapping, MappingProxyType):
                object.__setattr__(self, name, MappingProxyType(dict(mapping)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Node):
            return NotImplemented
        return self.group == other.group and self.computes_as(other)

    def computes_as(self, other: Node) -> bool:
        """Whether both are the same use of an op, in whatever group."""
        if self.op is not other.op:
            return False
        if self.inputs is other.inputs and self.attributes is other.attributes:
            return True  # as after an edit of groups
        return (
            self.inputs == other.inputs
            and self.attributes.keys() == other.attributes.keys()
            and all(same_value(v, other.attributes[k]) for k, v in self.attributes.items())
        )

    @property
    def ports(self) -> tuple[str, ...]:
        """All input ports, connected or not; a variadic op has as many as it uses."""
        if self.op.variadic is None:
            return self.op.ports
        last = max((port_index(self.op, port) or 0 for port in self.inputs), default=-1)
        return self.op.port_names(last + 1)

    @property
    def used_ports(self) -> tuple[str, ...]:
        """The input ports without those that may stay empty and do."""
        held, optional = self.inputs, self.op.optional
        return tuple(port for port in self.ports if port in held or port not in optional)

    @property
    def empty(self) -> tuple[str, ...]:
        """The input ports that have to be connected and are not."""
        if len(self.inputs) == len(self.ports):
            return ()
        return tuple(port for port in self.used_ports if port not in self.inputs)

    @property
    def emptiness(self) -> str:
        """``its second input (y) is empty``: by place, for a port may be called as a node is."""
        empty = [self._placed(port) for port in self.empty]
        if not empty:
            return "" if self.inputs or self.op.variadic is None else "it has no input yet"
        before = ", its ".join(empty[:-1])
        listed = f"{before} and its {empty[-1]} are" if before else f"{empty[-1]} is"
        return f"its {listed} empty"

    def _placed(self, port: str) -> str:
        """``second input (y)``, or just ``input`` where there is no other."""
        if len(self.ports) == 1:
            return "input"
        place = self.ports.index(port)
        ordinal = _ORDINALS[place] if place < len(_ORDINALS) else f"{place + 1}th"
        return f"{ordinal} input ({port})"


@dataclass(frozen=True, slots=True)
class Group:
    """Part of the graph that can be folded to one card; groups form a tree.

    One placed from a template keeps the template's name and the settings it was given, so that
    one can be changed later (``templates/changing.py``).
    """

    title: str = ""
    parent: str | None = None
    template: str = ""
    settings: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}), hash=False)

    def __post_init__(self) -> None:
        if not isinstance(self.settings, MappingProxyType):
            object.__setattr__(self, "settings", MappingProxyType(dict(self.settings)))


@dataclass(frozen=True, slots=True)
class View:
    """What changes the picture and never a number: positions, notes, folded groups.

    Of the cards that have a position a hand has put those in ``placed`` there: they stay, where
    the others make room.
    """

    positions: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    folded: frozenset[str] = frozenset()
    placed: frozenset[str] = frozenset()

    def with_(self, **changes: Any) -> View:
        """A copy with some fields replaced."""
        return replace(self, **changes)

    def without(self, gone: Collection[str]) -> View:
        """The view once these nodes and groups are gone."""
        positions = {name: xy for name, xy in self.positions.items() if name not in gone}
        notes = {name: text for name, text in self.notes.items() if name not in gone}
        return View(positions, notes, self.folded.difference(gone), self.placed.difference(gone))

    def renamed(self, old: str, new: str) -> View:
        """The view once a node or group is called otherwise."""

        def rekeyed(table: Mapping[str, T]) -> dict[str, T]:
            return {new if key == old else key: value for key, value in table.items()}

        def among(names: frozenset[str]) -> frozenset[str]:
            return names - {old} | {new} if old in names else names

        return View(
            rekeyed(self.positions), rekeyed(self.notes), among(self.folded), among(self.placed)
        )


def port_index(op: type[Op], port: str) -> int | None:
    """Where an input port stands among the op's ports, counted from 0; None if it has none such."""
    if op.variadic is None:
        return op.ports.index(port) if port in op.ports else None
    number = port.removeprefix(op.variadic)
    if number == port or not re.fullmatch(r"[1-9][0-9]{0,3}", number):
        return None
    return int(number) - 1


def in_port_order(op: type[Op], inputs: Mapping[str, OutPort]) -> dict[str, OutPort]:
    """The connected ports in the op's order."""
    if op.variadic is None:
        return {port: inputs[port] for port in op.ports if port in inputs}
    return {port: inputs[port] for port in sorted(inputs, key=lambda p: port_index(op, p) or 0)}


def feed_ports(name: str, op: type[Op], sources: Sequence[OutPort]) -> dict[str, OutPort]:
    """Give the first ports of an op these sources; raises ``GraphError`` for too many."""
    ports = op.port_names(min(len(sources), MAX_INPUTS))
    if len(sources) > len(ports):
        raise GraphError(
            f"{name} ({op.name}) has {show_ports(ports)}, and was given {len(sources)}"
        )
    return dict(zip(ports, sources, strict=False))


def show_ports(ports: Sequence[str]) -> str:
    """``inputs x, y``, ``one input, x``, ``no inputs``; many are not all listed."""
    if len(ports) < 2:
        return f"one input, {ports[0]}" if ports else "no inputs"
    return "inputs " + (", ".join(ports) if len(ports) < 10 else f"{ports[0]} to {ports[-1]}")


def check_position(name: str, position: tuple[float, float]) -> tuple[float, float]:
    """Return a card's position as floats; raises ``GraphError`` if no card can lie there."""
    if type(position) is tuple and [*map(type, position)] == [float, float]:
        x, y = position  # as nearly all are: a graph may pin thousands at once
        if abs(x) <= MAX_POSITION and abs(y) <= MAX_POSITION:
            return position
    parts = tuple(position) if isinstance(position, Iterable) else ()
    if len(parts) != 2 or not all(isinstance(part, Real) for part in parts):
        raise GraphError(f"{name} cannot be placed at {position!r:.60}: give two numbers, x and y")
    try:
        x, y = map(float, parts)
    except OverflowError:
        x = y = math.inf
    if not (math.isfinite(x) and math.isfinite(y) and max(abs(x), abs(y)) <= MAX_POSITION):
        raise GraphError(
            f"{name} cannot be placed at ({x:g}, {y:g}): both must be within ±{MAX_POSITION:g}"
        )
    return x, y


_NAME = re.compile(r"[^\W\d]\w*")


def check_free(name: str, nodes: Container[str], groups: Container[str]) -> str:
    """Return ``name`` if it can be given; raises ``GraphError`` if it is impossible or taken.

    Nodes and groups share their names, so that a position or a note has one owner.
    """
    check_name(name)
    for kind, taken in (("node", nodes), ("group", groups)):
        if name in taken:
            raise GraphError(f"there is already a {kind} {name}; choose another name")
    return name


def check_name(name: str) -> str:
    """Return ``name`` if a node or group may be called so; raises ``GraphError`` if not."""
    if len(name) > MAX_NAME:
        raise GraphError(f"the name {name[:20]}… has {len(name)} letters; {MAX_NAME} is the most")
    if not _NAME.fullmatch(name):
        raise GraphError(
            f"{name!r} cannot be a name: use letters, digits and _, and start with a letter"
        )
    return name
