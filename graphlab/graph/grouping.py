"""Edits of groups: pure functions from one frozen graph to the next, like those of ``edits``.

A group is only a name that nodes and other groups carry, so no edit here touches an edge, a number
or a gradient.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from graphlab.errors import GraphError
from graphlab.graph.graph import Graph
from graphlab.graph.naming import rename_all, renamed_members
from graphlab.graph.node import Group, Node, check_free


def add_group(
    graph: Graph,
    name: str,
    nodes: Iterable[str] = (),
    *,
    title: str = "",
    parent: str | None = None,
    groups: Iterable[str] = (),
) -> Graph:
    """Put nodes, and whole groups, into a new group inside ``parent``."""
    check_free(name, graph.nodes, graph.groups)
    if parent is not None:
        graph.group(parent)
    graph = graph.with_(groups={**graph.groups, name: Group(title, parent)})
    graph = move_to_group(graph, nodes, name)
    for inner in groups:
        graph = nest_group(graph, inner, name)
    return graph


def group_selection(graph: Graph, names: Iterable[str], title: str = "") -> tuple[Graph, str]:
    """Put what is selected, nodes and whole groups, into a new group; returns its name too.

    It goes into the innermost group that holds all of them, and is called ``group1``, ``group2`` …
    A node or group inside another selected one stays where it is.
    """
    chosen = list(dict.fromkeys(names))
    if not chosen:
        raise GraphError("nothing is selected to make a group of: select some nodes first")
    groups = {name for name in chosen if name in graph.groups}
    chains = {name: list(chain_of(graph, _home(graph, name))) for name in chosen}
    outer = [name for name in chosen if groups.isdisjoint(chains[name])]
    parent = _common([chains[name] for name in outer])
    name = free_name(graph, "group")
    nodes = [name for name in outer if name not in groups]
    inner = [name for name in outer if name in groups]
    return add_group(graph, name, nodes, title=title, parent=parent, groups=inner), name


def rename_group(graph: Graph, old: str, new: str) -> Graph:
    """Give a group another name; what is in it, its position, note and fold follow.

    So do the names of members that begin with the group's: ``conv1_weight`` in ``conv1``.
    """
    graph.group(old)
    if new == old:
        return graph
    check_free(new, graph.nodes, graph.groups)
    return rename_all(graph, renamed_members(graph, old, new))


def set_group_title(graph: Graph, name: str, title: str) -> Graph:
    """Change what a group's card is headed."""
    return graph.with_(groups={**graph.groups, name: replace(graph.group(name), title=title)})


def move_to_group(graph: Graph, nodes: Iterable[str], group: str | None) -> Graph:
    """Move nodes into a group, or out of all groups with None."""
    if group is not None:
        graph.group(group)
    changed = {n: graph.node(n) for n in nodes}
    moved = {n: Node(v.op, v.inputs, v.attributes, group) for n, v in changed.items()}
    return graph.with_(nodes=graph.node_table() | moved) if moved else graph


def nest_group(graph: Graph, name: str, parent: str | None) -> Graph:
    """Move a group into another one, or to the top with None."""
    group = graph.group(name)
    if parent is not None:
        graph.group(parent)
    if name in chain_of(graph, parent):
        raise GraphError(f"group {name} cannot go inside itself; choose another group")
    return graph.with_(groups={**graph.groups, name: replace(group, parent=parent)})


def ungroup(graph: Graph, name: str) -> Graph:
    """Remove a group; what it held goes to the group it was in."""
    parent = graph.group(name).parent
    groups = {
        key: replace(g, parent=parent) if g.parent == name else g
        for key, g in graph.groups.items()
        if key != name
    }
    held = _held(graph, name)
    graph = move_to_group(graph, held, parent)
    learned = [n for n in held if graph.nodes[n].op.name == "parameter"]
    inner = (*learned, *(key for key in groups if graph.groups[key].parent == name))
    recipe = graph.recipe and graph.recipe.replaced(lambda n: inner if n == name else (n,))
    return graph.with_(groups=groups, view=graph.view.without({name}), recipe=recipe)


# --- finding ------------------------------------------------------------------------------------
def chain_of(graph: Graph, group: str | None) -> Iterator[str]:
    """A group and those around it, from the inside out; nothing for None."""
    while group is not None:
        yield group
        group = graph.groups[group].parent


def free_name(graph: Graph, stem: str) -> str:
    """The first of ``stem1``, ``stem2`` … that no node or group has."""
    number = 1
    while f"{stem}{number}" in graph.nodes or f"{stem}{number}" in graph.groups:
        number += 1
    return f"{stem}{number}"


def _home(graph: Graph, name: str) -> str | None:
    """The group a node or group is in."""
    return graph.groups[name].parent if name in graph.groups else graph.node(name).group


def _held(graph: Graph, group: str) -> list[str]:
    """The nodes directly in a group."""
    return [name for name, node in graph.nodes.items() if node.group == group]


def _common(chains: list[list[str]]) -> str | None:
    """The innermost group on all chains; each is from the inside out."""
    shared = set(chains[0]).intersection(*chains[1:])
    return next((name for name in chains[0] if name in shared), None)
