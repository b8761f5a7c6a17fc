"""The partial through a part of a graph: ∂(one of its outputs) / ∂(each value that enters it).

It is what the chain rule makes of the local partials inside, with everything outside held fixed: a
folded group is then one op, whose partials are these.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np

from graphlab.engine.partial import Partial
from graphlab.engine.run import Run
from graphlab.graph import InPort, OutPort, dag_of

MAX_ELEMENTS = 64
"""A partial is written out while every value on the way has at most so many elements."""


def partials_through(run: Run, members: Collection[str], output: OutPort) -> dict[OutPort, Any]:
    """Per outside value the partial of ``output``: a number, or an array of the output's axes and
    then the input's; without those through which no gradient passes.

    Empty while the output, or something it needs inside, is not computed, and where a value on the
    way is larger than ``MAX_ELEMENTS``.
    """
    inside = set(members)
    order = [name for name in reversed(dag_of(run.graph).order) if name in inside]
    value = run.value(str(output))
    if value is None or np.size(value) > MAX_ELEMENTS:
        return {}
    locals_ = _locals(run, order)
    if locals_ is None:
        return {}
    rows: list[dict[OutPort, Any]] = []
    for position in np.ndindex(np.shape(value)):
        seed = np.zeros(np.shape(value))
        seed[position] = 1.0
        rows.append(_sent_back(run, order, inside, locals_, output, seed))
    sources = dict.fromkeys(source for row in rows for source in row)
    found = {}
    for source in sources:
        blank = np.zeros(np.shape(run.value(str(source))))
        whole = np.stack([row.get(source, blank) for row in rows])
        found[source] = whole.reshape(np.shape(value) + blank.shape)[()]
    return found


def _locals(run: Run, order: list[str]) -> dict[tuple[InPort, int], Any] | None:
    """The local partials of all members; None where one is not computed or too large.

    A member whose value was set by hand no longer depends on its inputs.
    """
    found: dict[tuple[InPort, int], Any] = {}
    for name in order:
        node = run.graph.nodes[name]
        if not node.inputs or name in run.feeds:
            continue
        for port, source in node.inputs.items():
            value = run.value(str(source))
            if value is None or np.size(value) > MAX_ELEMENTS:
                return None
            for output in range(len(node.op.output_names(**node.attributes))):
                if np.size(run.value(str(OutPort(name, output)))) > MAX_ELEMENTS:
                    return None
                partial = run.partial(str(source), name, port, output)
                if partial is not None:
                    found[InPort(name, port), output] = partial
    return found


def _sent_back(
    run: Run,
    order: list[str],
    inside: set[str],
    locals_: dict[tuple[InPort, int], Any],
    output: OutPort,
    seed: Any,
) -> dict[OutPort, Any]:
    """What one element of the output sends back to each outside value."""
    arrived: dict[OutPort, Any] = {output: seed}
    for name in order:
        node = run.graph.nodes[name]
        for index in range(len(node.op.output_names(**node.attributes))):
            upstream = arrived.pop(OutPort(name, index), None)
            if upstream is None:
                continue
            for port, source in node.inputs.items():
                partial = locals_.get((InPort(name, port), index))
                if partial is None:
                    continue
                sent = partial.vjp(upstream) if isinstance(partial, Partial) else upstream * partial
                if sent is not None:
                    arrived[source] = arrived.get(source, 0.0) + np.asarray(sent)
    return {source: sent for source, sent in arrived.items() if source.node not in inside}
