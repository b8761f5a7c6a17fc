"""Edits with templates: placing one in a graph, and changing its settings afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from graphlab.errors import GraphError
from graphlab.graph.draft import Draft
from graphlab.graph.graph import Graph
from graphlab.graph.grouping import free_name
from graphlab.graph.node import Group, Node, OutPort, View, check_free
from graphlab.graph.recipe import without
from graphlab.graph.shapes import fits
from graphlab.graph.templates.holding import holdings
from graphlab.graph.templates.reading import read_group
from graphlab.graph.templates.site import draw
from graphlab.graph.templates.template import template_named


def place(
    graph: Graph,
    template: str,
    /,
    inputs: Sequence[str | None] = (),
    *,
    name: str | None = None,
    parent: str | None = None,
    title: str = "",
    **settings: Any,
) -> tuple[Graph, str]:
    """Draw a template as a new folded group fed by these values; returns the group's name too.

    ``inputs`` go to the template's ports in order; None, or one left out, stays unconnected.
    Without a name the group is called ``conv_layer1``.  Raises ``GraphError`` for names and
    ``OpError`` for settings.
    """
    recipe = template_named(template)
    if parent is not None:
        graph.group(parent)
    group = name if name is not None else free_name(graph, template)
    check_free(group, graph.nodes, graph.groups)
    draft = _draft(graph.node_table(), graph.groups)
    sources = [None if source is None else graph.port(source) for source in inputs]
    draw(draft, recipe, group, sources, settings, parent=parent, title=title)
    view = graph.view
    folded = view.folded.union(n for n in draft.groups if n not in graph.groups)
    shown = view.with_(folded=folded)
    return graph.with_(nodes=draft.nodes, groups=draft.groups, view=shown), group


def change_settings(graph: Graph, group: str, /, **settings: Any) -> Graph:
    """Draw the inside of a group anew with some settings changed.

    What reads the group's outputs reads the new ones.  A parameter keeps its value if there is
    still one of its name and the value has a shape that it takes.  Refused where the group has no
    template, where a hand changed its inside, and where something reads what would go.
    """
    found = graph.group(group)
    if not found.template:
        raise GraphError(f"group {group} was not made by a template, so it has no settings")
    reading = read_group(graph, group)
    if isinstance(reading, str):
        raise GraphError(
            f"group {group} is no longer what template {found.template} drew ({reading}), and "
            "its settings would undo that; take the change back, or place the template anew"
        )
    new = reading.template.telling(settings)
    stated = {key: settings[key] for key in settings if key in new or key in found.settings}
    kept = {k: value for k, value in {**found.settings, **stated}.items() if value is not None}
    checked = reading.template.check_settings(kept)
    if checked == dict(found.settings):
        return graph
    inside = {*holdings(graph).inside(group)}
    old = {name: node for name, node in graph.nodes.items() if node.group in inside}
    draft = _draft(
        {name: node for name, node in graph.nodes.items() if name not in old},
        {name: kept for name, kept in graph.groups.items() if name not in inside},
    )
    outputs = draw(
        draft,
        reading.template,
        group,
        reading.sources,
        checked,
        parent=found.parent,
        title=found.title,
    )
    made = {name: node for name, node in draft.nodes.items() if name not in graph.nodes}
    made |= {name: draft.nodes[name] for name in old if name in draft.nodes}
    fresh = {n: _with_value(made[n], old.get(n)) for n in draft.nodes if n in made}
    moved = dict(zip(reading.outputs, outputs, strict=False))
    return _exchanged(graph, group, old, fresh, draft.groups, moved)


def forget_template(graph: Graph, group: str) -> Graph:
    """Make a group placed from a template an ordinary one; what is in it stays."""
    plain = replace(graph.group(group), template="", settings={})
    return graph.with_(groups={**graph.groups, group: plain})


def _draft(nodes: dict[str, Node], groups: Mapping[str, Group]) -> Draft:
    draft = Draft()
    draft.nodes = nodes
    draft.groups = dict(groups)
    return draft


def _with_value(node: Node, before: Node | None) -> Node:
    """The new parameter with the value that the old one had, where it fits."""
    if before is None or before.op is not node.op or "value" not in before.attributes:
        return node
    value, wanted = before.attributes["value"], node.attributes.get("shape")
    if not node.op.starts or (wanted is not None and not fits(getattr(value, "shape", ()), wanted)):
        return node
    checked = node.op.check_attributes({**node.attributes, "value": value})
    return Node(node.op, node.inputs, checked, node.group)


def _exchanged(
    graph: Graph,
    group: str,
    old: Mapping[str, Node],
    fresh: Mapping[str, Node],
    groups: Mapping[str, Group],
    moved: Mapping[OutPort, OutPort],
) -> Graph:
    """The graph with the new inside where the old one stood, and its readers led over."""

    def led(port: OutPort, reader: str) -> OutPort:
        if port.node not in old:
            return port
        if port in moved:
            return moved[port]
        if port.node in fresh and fresh[port.node].op is old[port.node].op:
            return port
        raise GraphError(
            f"{reader} reads {port} inside {group}, which would go: disconnect it first"
        )

    nodes: dict[str, Node] = {}
    waiting = dict(fresh)
    for name, node in graph.nodes.items():
        if name in old:
            nodes.update(waiting)
            waiting = {}
            continue
        inputs = {port: led(source, name) for port, source in node.inputs.items()}
        is_same = inputs == node.inputs
        nodes[name] = node if is_same else Node(node.op, inputs, node.attributes, node.group)
    marked = tuple(led(port, "the list of outputs") for port in graph.marked)
    return graph.with_(
        nodes=nodes,
        groups=_in_place(graph, groups),
        marked=marked,
        view=_view(graph, nodes, groups),
        recipe=without(graph.recipe, {*graph.nodes, *graph.groups} - {*nodes, *groups}),
    )


def _in_place(graph: Graph, groups: Mapping[str, Group]) -> dict[str, Group]:
    """The groups in the order they had, new ones last."""
    return {n: groups[n] for n in (*(g for g in graph.groups if g in groups), *groups)}


def _view(graph: Graph, nodes: Iterable[str], groups: Mapping[str, Group]) -> View:
    gone = {*graph.nodes, *graph.groups} - {*nodes, *groups}
    view = graph.view.without(gone)
    new = groups.keys() - graph.groups.keys()
    return view.with_(folded=view.folded | new)
