"""Whether the inside of a group is still what its template drew.

A group keeps its template when a hand changes what is in it: undo brings the match back, and
nothing has to be told of every edit.  Whoever needs the match asks here, and is told what differs.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any, NamedTuple

from graphlab.errors import GraphLabError
from graphlab.graph.draft import Draft
from graphlab.graph.graph import Graph
from graphlab.graph.node import Group, InPort, Node, OutPort
from graphlab.graph.templates.holding import holdings
from graphlab.graph.templates.site import Feed, draw
from graphlab.graph.templates.template import Template, template_named
from graphlab.ops.attributes import same_value

_PORT = "\0"  # begins the stand-in of a template's port; no node is called so


class Reading(NamedTuple):
    """A group as a use of its template: what feeds each port, and where its outputs are.

    ``nodes`` are its members in the order in which the template draws them.
    """

    template: Template
    sources: tuple[Feed, ...]
    outputs: tuple[OutPort, ...]
    nodes: tuple[str, ...]


def read_group(graph: Graph, group: str, *, with_values: bool = True) -> Reading | str:
    """Read a group as its template drew it, or say in a few words what differs.

    ``with_values`` lets parameters and buffers have values, which no template gives them.
    """
    found = graph.group(group)
    template = template_named(found.template)
    draft = Draft()
    stand_ins = tuple(OutPort(_PORT + port) for port in template.ports)
    try:
        outputs = draw(draft, template, group, stand_ins, found.settings)
    except GraphLabError as error:
        return str(error)
    differs = _members_differ(graph, group, draft)
    if differs:
        return differs
    sources: dict[str, Feed] = {}
    for name, wanted in draft.nodes.items():
        now = graph.nodes[name]
        differs = _node_differs(name, now, wanted, draft.nodes, sources, with_values)
        if differs:
            return differs
    fed = tuple(sources.get(port.node) for port in stand_ins)
    return Reading(template, fed, outputs, tuple(draft.nodes))


def entries(graph: Graph, group: str) -> dict[str, tuple[InPort, ...]]:
    """Per port of the group's template the inner ports that it feeds; empty for other groups."""
    found = graph.group(group)
    if not found.template:
        return {}
    template, draft = template_named(found.template), Draft()
    stand_ins = tuple(OutPort(_PORT + port) for port in template.ports)
    draw(draft, template, group, stand_ins, found.settings)
    return {
        port: tuple(
            InPort(name, inner)
            for name, node in draft.nodes.items()
            for inner, source in node.inputs.items()
            if source.node == _PORT + port
        )
        for port in template.ports
    }


def _members_differ(graph: Graph, group: str, draft: Draft) -> str:
    held = holdings(graph)
    inside, members = [*held.inside(group)], [*held.members(group)]
    for kind, now, drawn in (("group", inside, draft.groups), ("node", members, draft.nodes)):
        extra = next((name for name in now if name not in drawn), None)
        if extra is not None:
            return f"{kind} {extra} was added"
        gone = drawn.keys() - set(now)
        if gone:
            return f"{kind} {min(gone)} is gone"
    for name in inside[1:]:
        now_, drawn_ = graph.groups[name], draft.groups[name]
        if (now_.parent, now_.template) != (drawn_.parent, drawn_.template) or (
            now_.template and not _same_settings(now_, drawn_)
        ):
            return f"group {name} was changed"
    return ""


def _same_settings(now: Group, drawn: Group) -> bool:
    """Whether both say the same, be it by leaving a default out."""
    template = template_named(now.template)
    return template.telling(now.settings) == template.telling(drawn.settings)


def _node_differs(
    name: str,
    now: Node,
    drawn: Node,
    members: Container[str],
    sources: dict[str, Feed],
    with_values: bool,
) -> str:
    """Compare one node, and note what feeds the template's ports (in ``sources``)."""
    if now.op is not drawn.op or now.group != drawn.group:
        return f"{name} was replaced or moved"
    if not _same_attributes(now.attributes, drawn.attributes, with_values and now.op.starts):
        return f"an attribute of {name} was changed"
    for port, wanted in drawn.inputs.items():
        actual = now.inputs.get(port)
        if wanted.node.startswith(_PORT):
            is_inside = actual is not None and actual.node in members
            if is_inside or sources.setdefault(wanted.node, actual) != actual:
                return f"{name}'s {port} is fed by something else"
        elif actual != wanted:
            return f"{name}'s {port} is fed by something else"
    if now.inputs.keys() - drawn.inputs.keys():
        return f"{name} has an edge more"
    return ""


def _same_attributes(now: Mapping[str, Any], drawn: Mapping[str, Any], free_value: bool) -> bool:
    keys = now.keys() | drawn.keys()
    if free_value:
        keys -= {"value"}
    return all(k in now and k in drawn and same_value(now[k], drawn[k]) for k in keys)
