"""Taking a run over: to an edited graph, or to a copy that goes on by itself."""

from __future__ import annotations

from copy import copy
from typing import TypeVar

import numpy as np

from graphlab.engine.gate import Gate
from graphlab.engine.starting import Starting
from graphlab.engine.values import Values
from graphlab.graph import Graph, dag_of, difference
from graphlab.graph.graph import rewritten

_Part = TypeVar("_Part")


def twin(part: _Part) -> _Part:
    """A copy that goes on by itself; arrays, which nothing changes in place, are shared."""
    new = copy(part)
    for name, held in vars(part).items():
        if isinstance(held, list | dict | set | bytearray):
            setattr(new, name, held.copy())
        elif isinstance(held, Gate | Starting):
            setattr(new, name, twin(held))
    return new


def moved(old: Values, graph: Graph) -> tuple[Values, set[str]]:
    """The same run of an edited graph of the lineage, keeping every value that still holds.

    Also returns the nodes of the new graph whose value, if they had one, does not hold.
    """
    change = difference(old.graph, graph)
    if not (change.added or change.removed or rewritten(old.graph, graph)):  # the picture, say
        old.graph = graph  # its plan holds on; another may have other slots by now
        return old, set()
    fed = {name: value for name, value in old.fed.items() if name in graph.nodes}
    new = Values(graph, fed, old.circumstances)
    if not old.is_untouched:
        if old.dtype is new.dtype:
            new.starting.known = {
                name: old.v[old.plan.slots[name]] for name in _still_drawn(old, graph)
            }
        new.prepare()
        new.starting.known = {}
    kept = _unchanged(old, new)
    if not old.is_untouched:
        new.begin_anew()
        if not old.is_numbers:
            new.leave_numbers()
        for name in kept & old.plan.made.keys():
            _take_over(new, old, name)
    return new, set(graph.nodes) - kept


def _still_drawn(old: Values, graph: Graph) -> list[str]:
    """Parameters that start as before, if they have the same shape; drawing them takes time."""
    nodes = graph.nodes
    return [
        name
        for name in old.plan.undeclared & nodes.keys()
        if old.v[old.plan.slots[name]] is not None
        and nodes[name].op.starts
        and name not in old.fed
        and old.graph.nodes[name].computes_as(nodes[name])
    ]


def _take_over(new: Values, old: Values, name: str) -> None:
    here, there = new.plan.made[name], old.plan.made[name]
    for slot, source in zip(here.outputs, there.outputs, strict=True):
        value = old.v[source]
        new.v[slot] = value if new.is_numbers else new.general(value)
    if new.is_numbers:
        new.pa[here.outputs[0]] = old.pa[there.outputs[0]]
        new.pb[here.outputs[0]] = old.pb[there.outputs[0]]
    if name in old.problems:
        new.problems[name] = old.problems[name]


def _unchanged(old: Values, new: Values) -> set[str]:
    """Nodes whose value cannot have changed from one graph to the next."""
    kept: set[str] = set()
    before, after = old.graph.nodes, new.graph.nodes
    for name in dag_of(new.graph).order:
        node, was = after[name], before.get(name)
        if was is None or (node is not was and not node.computes_as(was)):
            continue
        if old.fed.get(name) is not new.fed.get(name) or old.dtype is not new.dtype:
            continue
        if name in new.plan.sources and not _same_shape(old, new, name):
            continue  # an open parameter follows what arrives
        if name in new.by_hand or all(source.node in kept for source in node.inputs.values()):
            kept.add(name)
    return kept


def _same_shape(old: Values, new: Values, name: str) -> bool:
    before, after = old.v[old.plan.slots[name]], new.v[new.plan.slots[name]]
    return (before is None) == (after is None) and np.shape(before) == np.shape(after)
