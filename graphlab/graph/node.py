"""The parts of a graph: ports, edges, nodes, groups and the view, all frozen values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from graphlab.errors import GraphError
from graphlab.ops.attributes import same_value
from graphlab.ops.contract import Op

MAX_NAME = 200


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

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Node):
            return NotImplemented
        return (
            self.op is other.op
            and self.inputs == other.inputs
            and self.group == other.group
            and self.attributes.keys() == other.attributes.keys()
            and all(same_value(v, other.attributes[k]) for k, v in self.attributes.items())
        )

    @property
    def ports(self) -> tuple[str, ...]:
        """All input ports, connected or not; a variadic op has as many as it uses."""
        if self.op.variadic is None:
            return self.op.ports
        stem = len(self.op.variadic)
        return self.op.port_names(max((int(p[stem:]) for p in self.inputs), default=0))


@dataclass(frozen=True, slots=True)
class Group:
    """Part of the graph that can be folded to one card; groups form a tree."""

    title: str = ""
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class View:
    """What changes the picture and never a number: positions, notes, folded groups."""

    positions: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    folded: frozenset[str] = frozenset()


_NAME = re.compile(r"[^\W\d]\w*")


def check_name(name: str) -> str:
    """Return ``name`` if a node or group may be called so; raises ``GraphError`` if not."""
    if len(name) > MAX_NAME:
        raise GraphError(f"the name {name[:20]}… has {len(name)} letters; {MAX_NAME} is the most")
    if not _NAME.fullmatch(name):
        raise GraphError(
            f"{name!r} cannot be a name: use letters, digits and _, and start with a letter"
        )
    return name
