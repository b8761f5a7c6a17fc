"""What a graph keeps of the one whose text it was typed over: values, the view, the recipe.

A node that has its name from the text is the one that was called so before, unless both op and
sources are others: then the name has gone on to a later result.  One that the parser
named by itself (``multiply2``) is the one that computed the same from the same, or else bore its
name: so a term put in front of a sum leaves the others where they were.  A text with which less
than half of the wiring is still there is another drawing, and none of its nodes keeps a place.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any, TypeVar

import numpy as np

from graphlab.graph.dag import dag_of
from graphlab.graph.formula_build import parse
from graphlab.graph.formula_print import automatic_number
from graphlab.graph.graph import Graph
from graphlab.graph.node import Node, OutPort, View
from graphlab.graph.recipe import without
from graphlab.graph.shapes import fits

T = TypeVar("T")


def parse_over(old: Graph, text: str) -> tuple[Graph, bool]:
    """The graph of a text that is typed over ``old``, and whether it says the same by itself.

    It may use the name of a card for what it writes only as a part of something else: in
    ``z = a + b*c`` the product is ``multiply1``.  Raises ``FormulaError`` as ``parse`` does.
    """
    new = parse(text)
    computed = {name for name, node in old.nodes.items() if node.op.category != "Source"}
    used = computed.intersection(new.inputs)
    if not used:
        return new, True
    meant = parse(text, unwritten=frozenset(used))
    is_meant = all(_meaning(meant.nodes[name]) == _meaning(old.nodes[name]) for name in used)
    return (meant, False) if is_meant else (new, True)


def succeeding(old: Graph, new: Graph) -> tuple[Graph, list[str]]:
    """``new`` as what ``old`` has become, and the sources that keep their value.

    Nodes that are still there keep note and, in what is still the same drawing, place; groups of
    the same name too, and they stay folded or open.
    """
    alike = [name for name in old.nodes if _is_alike(old, new, name)]
    gone = (old.nodes.keys() - alike) | (old.groups.keys() - new.groups.keys())
    nodes, kept = new.node_table(), list[str]()
    for name in alike:
        value, node = old.nodes[name].attributes.get("value"), nodes[name]
        if value is not None and _takes(node, value):
            attributes = node.op.check_attributes({**node.attributes, "value": value})
            nodes[name] = Node(node.op, node.inputs, attributes, node.group)
            kept.append(name)
    view, recipe = _view(old, new), without(old.recipe, gone)
    return new.with_(nodes=nodes, view=view, recipe=recipe), kept


def renamed(old: Graph, new: Graph) -> dict[str, str]:
    """What nodes of ``old`` are called in ``new``, typed over it, where that is another name."""
    return {was: name for name, was in _same_nodes(old, new).items() if was != name}


def _is_alike(old: Graph, new: Graph, name: str) -> bool:
    return name in new.nodes and new.nodes[name].op is old.nodes[name].op


def _takes(node: Node, value: Any) -> bool:
    """Whether a source to which the text gives no value can have this one."""
    if node.op.category != "Source" or node.attributes.get("value") is not None:
        return False
    shape = node.attributes.get("shape")
    return shape is None or fits(np.shape(value), shape)


def _view(old: Graph, new: Graph) -> View:
    nodes = _same_nodes(old, new)
    same = nodes | {name: name for name in new.groups if name in old.groups}
    folded = {
        name
        for name in new.groups
        if name in (old.view.folded if name in old.groups else new.view.folded)
    }

    def kept(table: Mapping[str, T]) -> dict[str, T]:
        return {name: table[before] for name, before in same.items() if before in table}

    is_same = _is_same_drawing(old, new, nodes)
    places = kept(old.view.positions) if is_same else {}
    placed = {name for name in places if same[name] in old.view.placed}
    return View(places, kept(old.view.notes), frozenset(folded), frozenset(placed))


def _is_same_drawing(old: Graph, new: Graph, same: Mapping[str, str]) -> bool:
    """Whether half of what is wired in the smaller of the two graphs is wired so in both."""
    before = {(source.node, target.node) for target, source in old.edges.items()}
    now = {(source.node, target.node) for target, source in new.edges.items()}
    shared = {(same.get(a), same.get(b)) for a, b in now} & before
    return 2 * len(shared) >= min(len(before), len(now))


def _same_nodes(old: Graph, new: Graph) -> dict[str, str]:
    """The nodes that were there before, each with its name there."""
    same = {
        name: name
        for name, node in new.nodes.items()
        if name in old.nodes
        and not automatic_number(name, node.op.name)
        and _is_still(old.nodes[name], node)
    }
    waiting: dict[Hashable, list[str]] = {}
    for name in reversed(list(old.nodes)):
        if name not in same:
            waiting.setdefault(_meaning(old.nodes[name]), []).append(name)
    rest = [name for name in dag_of(new).order if name not in same]
    for name in rest:
        found = waiting.get(_meaning(new.nodes[name], same))
        if found:
            same[name] = found.pop(found.index(name) if name in found else -1)
    taken = set(same.values())
    for name in rest:
        if (
            name not in same
            and name not in taken
            and name in old.nodes
            and _is_alike(old, new, name)
        ):
            same[name] = name
    return same


def _is_still(before: Node, now: Node) -> bool:
    """Whether a name stands for what it stood for, and not for a later result that took it over."""
    if now.op is before.op or now.op.category == before.op.category == "Source":
        return True
    return {s.node for s in now.inputs.values()} == {s.node for s in before.inputs.values()}


def _meaning(node: Node, same: Mapping[str, str] | None = None) -> Hashable:
    """What a node computes from what; ``same`` gives the names that its sources had before."""
    fed = [
        (port, source if same is None else OutPort(same.get(source.node, ""), source.output))
        for port, source in node.inputs.items()
    ]
    return node.op, tuple(fed), repr(dict(node.attributes))
