"""How far an element reaches: what one output cell is made of, and what one input cell goes into.

A convolution's cell is made of a window of pixels and of one filter; a pixel goes into every cell
whose window holds it, and its gradient comes from there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from graphlab.engine.partial import Partial
from graphlab.engine.run import Run
from graphlab.graph import InPort, OutPort

Mask = NDArray[np.bool_]


class Origin(NamedTuple):
    """The part of one input that an output element is made of."""

    port: str
    source: OutPort
    mask: Mask  # in the source's shape: the elements that it is made of
    partial: NDArray[np.floating[Any]]  # ∂element / ∂source
    value: NDArray[np.floating[Any]]


class Arrival(NamedTuple):
    """The part of one output that an input element goes into."""

    target: InPort
    mask: Mask  # in the target's shape: the elements that it goes into
    partial: NDArray[np.floating[Any]]  # ∂target / ∂element
    upstream: Any  # the target's gradient; None where it has not come yet

    @property
    def share(self) -> float | None:
        """What comes back along this edge: Σ upstream × partial."""
        if self.upstream is None:
            return None
        return float(np.sum(np.asarray(self.upstream) * self.partial))


def made_of(run: Run, node: str, position: Sequence[int]) -> list[Origin]:
    """What the element at ``position`` of a node's first output is made of, port by port.

    Empty where the node is a source or not computed; ports without a gradient are left out.
    """
    found = []
    for port, source in run.graph.node(node).inputs.items():
        partial = _map(run, str(source), node, port)
        if partial is not None:
            row = np.asarray(partial.row(position))
            mask = np.asarray(_plain(partial).row(position)) != 0
            value = np.asarray(run.value(str(source)))
            found.append(Origin(port, source, mask | (row != 0), row, value))
    return found


def goes_into(run: Run, node: str, position: Sequence[int]) -> list[Arrival]:
    """What the element at ``position`` of a node's first output goes into, edge by edge."""
    found = []
    for edge in run.graph.consumers[run.graph.port(node).node]:
        target, port = edge.target
        partial = None if edge.source.output else _map(run, node, target, port)
        if partial is not None:
            column = partial.column(position)
            mask = _plain(partial).column(position) != 0
            upstream = run.grad(target)
            found.append(Arrival(edge.target, mask | (column != 0), column, upstream))
    return found


def _map(run: Run, source: str, target: str, port: str) -> Partial | None:
    """The partial as a map, of which single numbers are the smallest."""
    if run.partial(source, target, port) is None:
        return None
    node = run.graph.node(target)
    fed = [run.value(str(node.inputs[p])) if p in node.inputs else None for p in node.ports]
    out: Any = run.value(target)
    if node.op.several:
        count = len(node.op.output_names(**node.attributes))
        out = tuple(run.value(str(OutPort(target, i))) for i in range(count))
    inputs = [None if x is None else np.asarray(x) for x in fed]
    return Partial(node.op, run.attributes_of(target), inputs, out, node.ports.index(port))


def _plain(partial: Partial) -> Partial:
    """The same map where every other input is 1, so that a weight of 0 hides nothing."""
    if partial.structure != "convolution":
        return partial
    inputs = [
        x if x is None or i == partial.index else np.ones_like(x)
        for i, x in enumerate(partial.inputs)
    ]
    return Partial(
        partial.op, partial.attributes, inputs, partial.out, partial.index, partial.output
    )
