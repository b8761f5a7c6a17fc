"""Edits of groups: pure functions from one frozen graph to the next, like those of ``edits``.

A group is only a name that nodes and other groups carry, so no edit here touches an edge, a number
or a gradient.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
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
    A group of which every node is selected goes in as it is.  Raises ``GraphError`` where a group
    would be torn apart.
    """
    chosen = list(dict.fromkeys(names))
    if not chosen:
        raise GraphError("nothing is selected to make a group of: select some nodes first")
    named = graph.groups_within(name for name in chosen if name in graph.groups)
    picked = {name for name in chosen if name not in graph.groups and graph.node(name)}
    picked |= {name for name, node in graph.nodes.items() if node.group in named}
    touched, split = coverage(graph, picked)
    whole = named | (touched - split)
    outer = list(dict.fromkeys(_outermost(graph, name, whole) for name in chosen))
    chains = [list(chain_of(graph, _home(graph, name))) for name in outer]
    parent = _common(chains)
    for chain in chains:
        torn = next((group for group in chain if group in split), None)
        if torn is not None and torn not in chain_of(graph, parent):
            raise GraphError(_tearing(graph, torn, picked))
    name = free_name(graph, "group")
    nodes = [name for name in outer if name not in graph.groups]
    inner = [name for name in outer if name in graph.groups]
    return add_group(graph, name, nodes, title=title, parent=parent, groups=inner), name


def _outermost(graph: Graph, name: str, whole: set[str]) -> str:
    """The outermost of these groups that a node or group is in, or is."""
    found = name
    for group in chain_of(graph, _home(graph, name)):
        found = group if group in whole else found
    return found


def _tearing(graph: Graph, group: str, picked: set[str]) -> str:
    called = graph.groups[group].title or group
    left = [name for name in graph.members(group) if name not in picked]
    rest = f"{len(left)} of its nodes" if len(left) > 2 else " and ".join(left)
    verb = "is" if len(left) == 1 else "are"
    return (
        f"group {called} would be torn apart, because {rest} {verb} not selected: select all of "
        f"{called}, or only what is in it"
    )


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


def coverage(graph: Graph, nodes: Collection[str]) -> tuple[set[str], set[str]]:
    """The groups that hold any of these nodes at any depth, and those that hold any other."""
    touched: set[str] = set()
    split: set[str] = set()
    for name, node in graph.nodes.items():
        reached = touched if name in nodes else split
        for group in chain_of(graph, node.group):
            if group in reached:
                break
            reached.add(group)
    return touched, split


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
