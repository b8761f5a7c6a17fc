"""A graph from the records of its file, believed in nothing that an edit would not allow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from graphlab.errors import FileError, GraphError, GraphLabError
from graphlab.graph.dag import dag_of
from graphlab.graph.file_arrays import Beside
from graphlab.graph.file_format import GraphRecord, GroupRecord, NodeRecord, ViewRecord
from graphlab.graph.file_told import told
from graphlab.graph.graph import Graph
from graphlab.graph.node import (
    Group,
    Node,
    OutPort,
    View,
    check_free,
    check_position,
    in_port_order,
    port_index,
    show_ports,
)
from graphlab.graph.objectives import set_recipe
from graphlab.graph.templates import template_named
from graphlab.ops import Op, op_named
from graphlab.suggest import did_you_mean


def graph_of(record: GraphRecord, beside: Beside) -> Graph:
    """Build and check the graph; raises ``GraphLabError`` naming the node or group at fault."""
    groups = _groups(record.groups)
    bare: dict[str, Node] = {}
    for entry in record.nodes:
        try:
            check_free(entry.id, bare, groups)
            bare[entry.id] = _bare_node(entry, groups, beside)
        except GraphLabError as error:
            raise FileError(f"node {entry.id}: {error}") from None
    known = Graph(bare, groups)
    nodes: dict[str, Node] = {}
    for entry in record.nodes:
        try:
            nodes[entry.id] = _wired(bare[entry.id], entry.inputs, known)
        except GraphLabError as error:
            raise FileError(f"node {entry.id}: {error}") from None
    graph = Graph(nodes, groups, _marked(record.outputs, known), _view(record.view, known))
    dag_of(graph)
    try:
        return set_recipe(graph, record.training)
    except GraphLabError as error:
        raise FileError(f"training: {error}") from None


def _groups(records: list[GroupRecord]) -> dict[str, Group]:
    groups: dict[str, Group] = {}
    for record in records:
        check_free(record.id, (), groups)
        try:
            settings = _settings(record)
        except GraphLabError as error:
            raise FileError(f"group {record.id}: {error}") from None
        groups[record.id] = Group(record.title, record.parent, record.template, settings)
    sound: set[str | None] = {None}
    for name in groups:
        chain: dict[str, None] = {}
        walk: str | None = name
        while walk is not None and walk not in sound:
            if walk in chain:
                raise GraphError(f"group {walk} is inside itself; give it another parent")
            if walk not in groups:
                inner = next(reversed(chain))
                raise GraphError(f"group {inner} is in {walk}, and there is no group {walk}")
            chain[walk] = None
            walk = groups[walk].parent
        sound.update(chain)
    return groups


def _settings(record: GroupRecord) -> dict[str, Any]:
    """The settings of a group's template, which draws nothing here: its nodes are in the file."""
    if not record.template:
        if record.settings:
            raise GraphError("it has settings and no template; remove them, or name its template")
        return {}
    given: dict[str, Any] = {}
    if record.settings:
        try:
            given = msgspec.json.decode(record.settings, type=dict[str, Any])
        except msgspec.DecodeError as error:
            raise FileError(f"its settings: {_told(error, record.settings)}") from None
    return template_named(record.template).check_settings(given)


def _bare_node(entry: NodeRecord, groups: Mapping[str, Group], beside: Beside) -> Node:
    """The node without its edges, which may come from nodes further down."""
    op = op_named(entry.op)
    if entry.group is not None and entry.group not in groups:
        raise GraphError(f"it is in group {entry.group}, and there is no such group")
    return Node(op, {}, op.check_attributes(_attributes(entry, op, beside)), entry.group)


def _attributes(entry: NodeRecord, op: type[Op], beside: Beside) -> dict[str, Any]:
    if not entry.attributes:
        return {}
    try:
        given = msgspec.json.decode(entry.attributes, type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise FileError(f"its attributes: {_told(error, entry.attributes)}") from None
    for key, value in given.items():
        kind = op.attributes.get(key)
        if kind is not None and kind.is_array and value is not None:
            given[key] = beside.read(value, f"{op.name}'s {key}", f"{entry.id}/{key}")
    return given


def _told(error: msgspec.DecodeError, text: msgspec.Raw) -> str:
    return told(error, bytes(text), dict[str, Any])


def _wired(node: Node, inputs: Mapping[str, str], known: Graph) -> Node:
    if not inputs:
        return node
    sources: dict[str, OutPort] = {}
    for port, source in inputs.items():
        if port_index(node.op, port) is None:
            ports = node.op.port_names(2)
            hint = did_you_mean(port, ports) or f"; it has {show_ports(ports)}"
            raise GraphError(f"{node.op.name} has no input {port}{hint}")
        sources[port] = known.port(source)
    return Node(node.op, in_port_order(node.op, sources), node.attributes, node.group)


def _marked(names: list[str], known: Graph) -> tuple[OutPort, ...]:
    marked = tuple(dict.fromkeys(known.port(name) for name in names))
    if len(marked) < len(names):
        raise GraphError("an output is marked twice; name it once")
    return marked


def _view(record: ViewRecord, known: Graph) -> View:
    for name in (*record.positions, *record.notes, *record.placed):
        if name not in known.nodes and name not in known.groups:
            raise GraphError(
                f"the view tells of {name}, and the graph has no such node or group; remove it "
                "from positions, notes and placed"
            )
    for name in record.folded:
        known.group(name)
    positions = {n: check_position(n, place) for n, place in record.positions.items()}
    placed = positions.keys() & record.placed
    return View(positions, record.notes, frozenset(record.folded), frozenset(placed))
