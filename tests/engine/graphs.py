"""Random graphs over every op, with fan-out, broadcasting, shared parameters and several losses."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphlab.graph import Draft, Graph, OutPort
from graphlab.ops import REGISTRY, Op, op_named

OPS = tuple(op for op in REGISTRY.values() if getattr(op, "samples", ()))
LARGEST = 50.0  # values beyond it would drown the comparison in rounding


class Grower:
    """Adds uses of ops to a draft, feeding them from what is there wherever it fits."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.draft = Draft()
        self.values: dict[OutPort, Any] = {}

    def grow(self, op: type[Op]) -> None:
        """Add one use of ``op``, on one of its samples' shapes."""
        sample = op.samples[self.random.integers(len(op.samples))]
        drawn = op.draw(self.random, sample.shapes, **sample.attributes)
        told = sample.attributes.items()
        attributes = {key: value for key, value in told if key not in op.circumstances}
        sources: dict[str, OutPort] = {}
        inputs = []
        for port, value in zip(op.port_names(len(drawn)), drawn, strict=True):
            if value is None:
                inputs.append(None)
                continue
            source = self._existing(op, port, np.shape(value))
            sources[port] = source if source is not None else self._leaf(value)
            inputs.append(self.values[sources[port]])
        with np.errstate(all="ignore"):
            out = op.forward(*inputs, **attributes)
        outs = out if isinstance(out, tuple) else (out,)
        if not all(np.isfinite(o).all() and np.abs(o).max(initial=0) < LARGEST for o in outs):
            return
        node = self.draft.add(op, sources, attributes).node
        self.values.update((OutPort(node, i), o) for i, o in enumerate(outs))

    def graph(self) -> Graph:
        """The graph so far, every value leading to one number that sums weighted outputs."""
        graph = self.draft.graph()
        total: OutPort | None = None
        for name in graph.outputs:
            port = graph.port(name)
            if graph.nodes[port.node].op.category == "Source":
                continue
            value = port
            if np.ndim(self.values[port]):
                value = self.draft.add(op_named("mean"), [port])
            weighted = self.draft.add(op_named("multiply"), [value, self._leaf(1.5)])
            total = (
                weighted if total is None else self.draft.add(op_named("add"), [total, weighted])
            )
        return self.draft.graph()

    def _existing(self, op: type[Op], port: str, shape: tuple[int, ...]) -> OutPort | None:
        """A value of this shape that the port may take; now and then none, for a fresh one."""
        box = op.domains.get(port)
        fitting = [
            source
            for source, value in self.values.items()
            if np.shape(value) == shape
            and op.draw is Op.draw
            and (box is None or (np.min(value) >= box.low and np.max(value) <= box.high))
        ]
        if not fitting or self.random.random() < 0.2:
            return None
        return fitting[self.random.integers(len(fitting))]

    def _leaf(self, value: Any) -> OutPort:
        kind = ("input", "parameter", "constant")[self.random.integers(3)]
        leaf = self.draft.add(op_named(kind), (), {"value": value})
        self.values[leaf] = np.asarray(value)
        return leaf


def random_graph(seed: int, size: int) -> Graph:
    """A graph of about ``size`` uses of ops drawn from the whole registry."""
    grower = Grower(seed)
    for index in grower.random.integers(len(OPS), size=size):
        grower.grow(OPS[index])
    return grower.graph()
