"""Gives what was built its names and groups, leaves out what nothing needs, and freezes it.

A module at ``layer1.0.conv1`` is the group ``layer1_0_conv1`` in ``layer1_0`` in ``layer1``, and
its weight the node ``layer1_0_conv1_weight``: ``qualified_names`` reads torch's own keys from that.
A module of one op and no parameters is that one node.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from graphlab.graph import Graph
from graphlab.graph.draft import Draft
from graphlab.graph.node import MAX_NAME, Group, Node, OutPort
from graphlab.ops import op_named
from graphlab.torch_backend.importing.building import Scope, Use, Wire

_HELD = ("parameter", "buffer")


def named_graph(uses: Sequence[Use], outputs: Sequence[Wire], classes: Mapping[str, str]) -> Graph:
    """The graph of what ``outputs`` need, and every input; ``classes`` heads groups, by path."""
    needed = _needed(uses, outputs)
    names = _Names(_single_scopes(uses, needed), classes)
    kept = [(i, use) for i, use in enumerate(uses) if needed[i]]
    for _, use in kept:
        if use.op.name == "input":
            names.take(use.name or "x")
    called: dict[int, tuple[str, str | None]] = {}
    for wanted in (True, False):  # what torch names gets its name before what we name
        for i, use in kept:
            if (use.name is not None) == wanted:
                called[i] = names.of(use)
    draft = Draft()
    draft.groups = names.groups
    for i, use in kept:
        name, group = called[i]
        fed = {port: OutPort(called[w.use][0], w.output) for port, w in use.inputs.items()}
        draft.nodes[name] = Node(use.op, fed, use.attributes, group)
    draft.marked = tuple(_marked(draft, outputs, {i: name for i, (name, _) in called.items()}))
    return draft.graph()


def _needed(uses: Sequence[Use], outputs: Sequence[Wire]) -> list[bool]:
    """Per use, whether it is an input or an output follows from it; uses stand in order."""
    needed = [use.op.name == "input" for use in uses]
    for wire in outputs:
        needed[wire.use] = True
    for i in range(len(uses) - 1, -1, -1):
        if needed[i]:
            for wire in uses[i].inputs.values():
                needed[wire.use] = True
    return needed


def _marked(draft: Draft, outputs: Sequence[Wire], names: Mapping[int, str]) -> list[OutPort]:
    """The outputs in order; one that is given back twice goes through an identity."""
    marked: list[OutPort] = []
    for wire in outputs:
        port = OutPort(names[wire.use], wire.output)
        if port in marked:
            port = draft.add(op_named("identity"), [port])
        marked.append(port)
    return marked


def _single_scopes(uses: Sequence[Use], needed: Sequence[bool]) -> set[Scope]:
    """Scopes that hold one op, no parameter and no other scope: no group is made of them."""
    count: Counter[Scope] = Counter()
    for use, is_needed in zip(uses, needed, strict=True):
        if not is_needed or use.op.name == "constant":
            continue
        weight = 2 if use.op.name in _HELD else 1
        for depth in range(1, len(use.scope) + 1):
            count[use.scope[:depth]] += weight
    return {scope for scope, total in count.items() if total == 1}


@dataclass
class _Names:
    """The names given so far; nodes and groups share them."""

    single: set[Scope]
    classes: Mapping[str, str]
    groups: dict[str, Group] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    known: dict[Scope, str] = field(default_factory=dict)
    tries: Counter[str] = field(default_factory=Counter)

    def take(self, wanted: str) -> str:
        """The name, or the first of ``name_2``, ``name_3`` … that is free."""
        base = re.sub(r"\W", "_", wanted)[: MAX_NAME - 8]
        base = base if re.match(r"[^\W\d]", base) else f"_{base}"
        name = base
        while name in self.taken:
            self.tries[base] += 1
            name = f"{base}_{self.tries[base] + 1}"
        self.taken.add(name)
        return name

    def of(self, use: Use) -> tuple[str, str | None]:
        """The name and the group of a use."""
        if use.op.name == "input":
            return re.sub(r"\W", "_", use.name or "x"), None
        scope = use.scope
        if scope in self.single and use.op.name != "constant":
            while scope[:-1] in self.single:
                scope = scope[:-1]
            return self.take(self._joined(scope)), self.group(scope[:-1])
        while scope in self.single:
            scope = scope[:-1]
        group = self.group(scope)
        stem = use.name or use.stem or use.op.name
        return self.take(f"{group}_{stem}" if group else stem), group

    def group(self, scope: Scope) -> str | None:
        """The group of a scope, made where there is none yet."""
        if not scope:
            return None
        if scope not in self.known:
            parent = self.group(scope[:-1])
            name = self.take(self._joined(scope))
            path = ".".join(member for member, _ in scope)
            self.known[scope] = name
            self.groups[name] = Group(self.classes.get(path, ""), parent)
        return self.known[scope]

    def _joined(self, scope: Scope) -> str:
        """``layer1_0_conv1``; a module called again is ``conv1_call2``."""
        member, call = scope[-1]
        parent = self.group(scope[:-1])
        told = member if call == 1 else f"{member}_call{call}"
        return f"{parent}_{told}" if parent else told
