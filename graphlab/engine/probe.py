"""Computing again what depends on one node, with one of its elements moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from graphlab.engine.kinks import Around, has_kink
from graphlab.engine.plan import UNFED, Entry, Plan, plan_of
from graphlab.engine.run import Run
from graphlab.errors import OpError, RunError
from graphlab.graph import Graph, Node, OutPort
from graphlab.graph.graph import out_ports
from graphlab.ops import op_named
from graphlab.ops.families import Elementwise

SHIFTS = (-1.0, -0.5, 0.5, 1.0)  # in steps; with 0 between they make an ``Around``


class Probe:
    """``φ``, the sum of upstream × start, as a function of single elements of a computed run.

    A port that gives no gradient (class ids) keeps its value, as the analytic judge takes it.
    """

    def __init__(self, run: Run, start: OutPort, upstream: Any) -> None:
        self.graph: Graph = run.graph
        self.plan: Plan = plan_of(run.graph)
        self.start, self.upstream = start, upstream
        self.base: dict[int, Any] = {}
        self._names: dict[int, str] = {}
        for name, first in self.plan.slots.items():
            node = self.graph.nodes[name]
            for index in range(len(node.op.output_names(**node.attributes))):
                port = self._names[first + index] = f"{name}.{index}" if index else name
                self.base[first + index] = run.value(port)
        self._weights: dict[int, float] = {}
        self._leading = self.plan.leading_to(self.plan.slot(start))
        self._blocked: dict[str, frozenset[int]] = {}
        self._run = run
        self._readers: dict[int, list[int]] = {}  # by slot: entries that change with it
        for index in self._leading:
            entry = self.plan.entries[index]
            for i in set(range(len(entry.inputs))) - self._blocked_ports(entry):
                self._readers.setdefault(entry.inputs[i], []).append(index)
        self._told = run.attributes_of
        self._read = {s for index in self._leading for s in self.plan.entries[index].inputs}

    def dependents(self, port: OutPort) -> list[Entry]:
        """What has to be computed again when a value changes, in order, up to the start."""
        entries, waiting = self.plan.entries, [self.plan.slot(port)]
        found: set[int] = set()
        while waiting:
            for index in self._readers.get(waiting.pop(), ()):
                if index not in found:
                    found.add(index)
                    waiting.extend(entries[index].outputs)
        return [entries[index] for index in sorted(found)]

    def is_read(self, port: OutPort) -> bool:
        """Whether anything that leads to the start reads an output, if only its class ids."""
        return self.plan.slot(port) in self._read

    def around(
        self, slot: int, element: tuple[int, ...], step: float, entries: Sequence[Entry]
    ) -> list[Mapping[int, Any]]:
        """The changed values by slot for each of ``SHIFTS``, without those that cannot be had."""
        return [self._moved(slot, element, shift * step, entries) for shift in SHIFTS]

    def phi(self, values: Mapping[int, Any]) -> float:
        """φ less its value where nothing is moved, so that a large start loses no digits."""
        slot = self.plan.slot(self.start)
        if slot not in values:
            return float("nan")
        with np.errstate(all="ignore"):
            return float(np.sum(self.upstream * (values[slot] - self.base[slot])))

    def size(self) -> float:
        """The size of what φ adds up, to which its rounding errors are in proportion."""
        here = self.base[self.plan.slot(self.start)]
        with np.errstate(all="ignore"):
            return float(np.sum(np.abs(self.upstream * here)))

    def roundings(self, entries: Sequence[Entry]) -> float:
        """Σ |value × gradient| of all that is rounded while the entries are computed.

        Times eps it is what rounding does to φ, to first order.  An op that adds up rounds in
        proportion to its inputs also.
        """
        slots = {slot for entry in entries for slot in entry.outputs}
        slots |= {s for e in entries if not issubclass(e.op, Elementwise) for s in e.inputs}
        slots.discard(UNFED)
        return sum(map(self._weight, slots))

    def kinked(self, moved: Sequence[Mapping[int, Any]], step: float) -> Entry | None:
        """The first node computed again that follows its convention here.

        Its slopes to the left and to the right differ, or its domain ends.
        """
        for entry in (self.plan.entries[i] for i in self._leading):
            if not entry.op.convention:
                continue
            for slot in entry.outputs:
                if not any(slot in values for values in moved):
                    continue
                here = self.base[slot]
                if not np.all(np.isfinite(here)):
                    continue
                if not all(slot in values for values in moved):
                    return entry
                far_left, left, right, far_right = (values[slot] for values in moved)
                around = Around(far_left, left, here, right, far_right)
                ends = not all(np.all(np.isfinite(v)) for v in around)
                if ends or has_kink(around, step):
                    return entry
        return None

    def _weight(self, slot: int) -> float:
        found = self._weights.get(slot)
        if found is None:
            value, gradient = self.base[slot], self._run.grad(self._names[slot])
            found = 0.0
            if value is not None and gradient is not None:
                with np.errstate(all="ignore"):
                    sizes = np.abs(np.asarray(value) * gradient)
                    found = float(np.sum(np.where(np.isfinite(sizes), sizes, 0.0)))
            self._weights[slot] = found
        return found

    def _moved(
        self, slot: int, element: tuple[int, ...], shift: float, entries: Sequence[Entry]
    ) -> Mapping[int, Any]:
        value = np.array(self.base[slot], dtype=np.float64)
        value[element] += shift
        values: dict[int, Any] = {slot: value[()] if value.ndim == 0 else value}
        with np.errstate(all="ignore"):
            for entry in entries:
                blocked = self._blocked_ports(entry)
                inputs = [
                    self.base.get(s) if i in blocked or s not in values else values[s]
                    for i, s in enumerate(entry.inputs)
                ]
                try:
                    out = entry.op.forward(*inputs, **self._told(entry.name))
                except OpError:  # moved out of what the op takes
                    return values
                outs = out if entry.op.several else (out,)
                values.update(zip(entry.outputs, outs, strict=True))
        return values

    def _blocked_ports(self, entry: Entry) -> frozenset[int]:
        found = self._blocked.get(entry.name)
        if found is None:
            edges = zip(entry.ports, entry.source_names, strict=True)
            found = self._blocked[entry.name] = frozenset(
                i
                for i, (port, source) in enumerate(edges)
                if source is None or self._run.partial(str(source), entry.name, port) is None
            )
        return found


def fed_as_inputs(graph: Graph, feeds: Mapping[str, Any]) -> Graph:
    """Make an input of every inner node that is fed: its value no longer comes from before it."""
    inner = [n for n in feeds if graph.node(n).op.category != "Source"]
    if not inner:
        return graph
    nodes = dict(graph.nodes)
    for name in inner:
        if len(tuple(out_ports(name, nodes[name]))) > 1:
            raise RunError(f"{name} has several outputs, so its value cannot be fed")
        nodes[name] = Node(op_named("input"))
    return Graph(nodes, graph.groups, graph.marked)
