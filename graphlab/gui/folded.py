"""The card of a folded group: what it computes and holds, its own partials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from graphlab.engine.numbers import show
from graphlab.engine.partial import jacobian_name
from graphlab.engine.run import Run
from graphlab.engine.through import partials_through
from graphlab.graph import Graph, InPort, OutPort
from graphlab.graph.folding import Outlook
from graphlab.graph.formula import written_out
from graphlab.graph.templates import TEMPLATES
from graphlab.gui.openings import openings
from graphlab.gui.sizes import Sizes
from graphlab.ops.plain import lowered

LONGEST = 160
"""A formula of more characters says nothing at a glance, and is left out."""

LARGE = 400
"""A group of more nodes gets no partials and no formula: that would hold up a step."""


class Folded:
    """One folded group of a graph."""

    def __init__(self, graph: Graph, outlook: Outlook, name: str) -> None:
        self.name = name
        self.members = outlook.members[name]
        self.inputs = outlook.inputs[name]
        self.outputs = outlook.outputs[name]
        self.title = graph.groups[name].title or name
        template = TEMPLATES.get(graph.groups[name].template)
        self.template = template
        self.openings = openings(graph).of[name]
        self.formula = (
            _formula(graph, self.members, self.outputs)
            if template is None
            else lowered(template.formula.text())
        )
        self._through: Mapping[OutPort, Mapping[OutPort, Any]] = {}

    @property
    def output(self) -> OutPort | None:
        """The output, if there is just one."""
        return self.outputs[0] if len(self.outputs) == 1 else None

    def ports(self, outlook: Outlook) -> tuple[tuple[InPort, str], ...]:
        """The inner port that each input feeds first, then those that nothing feeds yet."""
        found = {b.port: b.id for b in outlook.links if b.head == self.name}
        fed = [(found[i], "") for i in range(len(self.inputs))]
        is_one = not fed and len(self.openings) == 1
        return (*fed, *((ports[0], "" if is_one else name) for name, ports in self.openings))

    def detail(self, sizes: Sizes) -> str:
        """``N×64×28×28 · 1,728 parameters``, or else how many nodes."""
        count = len(self.members)
        held = sizes.parameters(self.members) or f"{count:,} node" + "s" * (count != 1)
        shape = "" if self.output is None else sizes.told(self.output)
        return f"{shape} · {held}" if shape else held

    # --- reading a run ------------------------------------------------------------------------
    def read(self, run: Run) -> None:
        """Work out the partials through the group from what is computed now."""
        if len(self.members) <= LARGE:
            self._through = {p: partials_through(run, self.members, p) for p in self.outputs}

    def partials(self, source: OutPort) -> list[tuple[OutPort, Any]]:
        """Per output that depends on an input, the partial between them."""
        return [(port, found[source]) for port, found in self._through.items() if source in found]

    def partial_text(self, run: Run, source: OutPort) -> str:
        """``0.25``, ``matrix 2×4``, ``2 partials``; empty while it is not computed."""
        found = self.partials(source)
        if len(found) > 1:
            return f"{len(found)} partials"
        port = found[0][0] if found else self.output
        value, given = run.value(str(port)) if port else None, run.value(str(source))
        if found and np.ndim(found[0][1]) == 0:
            return show(found[0][1])
        if value is None or given is None or np.ndim(value) == np.ndim(given) == 0:
            return ""
        return jacobian_name("dense", np.shape(value), np.shape(given))


def _formula(graph: Graph, members: Sequence[str], outputs: Sequence[OutPort]) -> str:
    """What the one output is, as a person would write it; empty if that is long."""
    if len(members) > LARGE or len(outputs) != 1 or outputs[0].output:
        return ""
    if graph.nodes[outputs[0].node].op.category == "Source":
        return ""  # it computes nothing, and its value may be long
    formula = written_out(graph, outputs[0].node, frozenset(members))
    return formula if len(formula) <= LONGEST else ""
