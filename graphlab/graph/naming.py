"""Names for what is copied into a graph or renamed there.

What is in a group and called after it, as ``conv1_weight`` in ``conv1`` is, follows the group's
name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from graphlab.graph.graph import Graph
from graphlab.graph.node import MAX_NAME, Node, OutPort, View

_NUMBER = r"[0-9]{1,9}$"


def follows(name: str, home: str | None) -> bool:
    """Whether a name is its group's name, ``_`` and more."""
    return home is not None and name.startswith(f"{home}_") and len(name) > len(home) + 1


def led_by(name: str, home: str, new_home: str) -> str:
    """The name that follows the group's new one."""
    return new_home + name[len(home) :]


def fresh_names(graph: Graph, part: Graph) -> dict[str, str]:
    """A name for everything in the part that nothing in the graph has."""
    taken = {*graph.nodes, *graph.groups}
    homes: dict[str, str | None] = {name: group.parent for name, group in part.groups.items()}
    homes |= {name: node.group for name, node in part.nodes.items()}
    order = [*_outer_first(part), *part.nodes]
    leaders = {name for name in order if not follows(name, homes[name])}
    names = {name: name for name in order if name in leaders and name not in taken}
    taken.update(names)
    counted = _Counter(taken)
    for name in order:
        home = homes[name]
        if name in names:
            continue
        wished = name
        if home is not None and name not in leaders:
            wished = led_by(name, home, names[home])
        names[name] = wished if wished not in taken else counted.next(wished)
        taken.add(names[name])
    return names


class _Counter:
    """Counts names on: ``w1``, ``w2``; a name without a number goes on with 2."""

    def __init__(self, taken: set[str]) -> None:
        self._taken = taken
        self._last: dict[str, int] = {}

    def next(self, name: str) -> str:
        digits = re.search(_NUMBER, name)
        stem = name[: digits.start()] if digits else name
        number = self._last.get(stem, int(digits.group()) if digits else 1) + 1
        while (found := f"{stem[: MAX_NAME - len(str(number))]}{number}") in self._taken:
            number += 1
        self._last[stem] = number
        return found


def renamed_members(graph: Graph, group: str, new: str) -> Mapping[str, str]:
    """The names that follow when a group is called otherwise, those inside its groups too.

    Empty where one of them is taken or too long: then the members keep theirs.
    """
    moved = {group: new}
    for name in _outer_first(graph):
        home = graph.groups[name].parent
        if home in moved and follows(name, home):
            moved[name] = led_by(name, home, moved[home])
    for name, node in graph.nodes.items():
        if node.group in moved and follows(name, node.group):
            moved[name] = led_by(name, node.group, moved[node.group])
    there = graph.nodes.keys() | graph.groups.keys()
    is_free = all(name not in there or name in moved for name in moved.values())
    if not is_free or max(map(len, moved.values())) > MAX_NAME:
        return {group: new}
    return moved


def rename_all(graph: Graph, names: Mapping[str, str]) -> Graph:
    """Give these nodes and groups other names at once; edges, marks and the view follow."""

    def port(source: OutPort) -> OutPort:
        return OutPort(names.get(source.node, source.node), source.output)

    def home(group: str | None) -> str | None:
        return None if group is None else names.get(group, group)

    nodes: dict[str, Node] = {}
    for name, node in graph.nodes.items():
        is_same = node.group not in names and not any(
            source.node in names for source in node.inputs.values()
        )
        moved = {p: port(source) for p, source in node.inputs.items()}
        made = node if is_same else Node(node.op, moved, node.attributes, home(node.group))
        nodes[names.get(name, name)] = made
    groups = {
        names.get(name, name): replace(group, parent=home(group.parent))
        for name, group in graph.groups.items()
    }
    view = graph.view
    shown = View(
        {names.get(name, name): place for name, place in view.positions.items()},
        {names.get(name, name): note for name, note in view.notes.items()},
        frozenset(names.get(name, name) for name in view.folded),
        frozenset(names.get(name, name) for name in view.placed),
    )
    marked = tuple(map(port, graph.marked))
    recipe = graph.recipe and graph.recipe.replaced(lambda name: (names.get(name, name),))
    return graph.with_(nodes=nodes, groups=groups, marked=marked, view=shown, recipe=recipe)


def _outer_first(graph: Graph) -> Iterator[str]:
    """The groups, each after the one it is in."""
    seen: set[str | None] = {None}
    for name in graph.groups:
        chain: list[str] = []
        walk: str | None = name
        while walk is not None and walk not in seen:
            chain.append(walk)
            seen.add(walk)
            walk = graph.groups[walk].parent
        yield from reversed(chain)
