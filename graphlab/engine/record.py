"""Reading a run: local partials, and the step behind everything that was computed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, overload

import numpy as np

from graphlab.engine.gradients import Gradients
from graphlab.engine.partial import Partial, end_to_end
from graphlab.engine.plan import Entry
from graphlab.engine.steps import Step
from graphlab.engine.values import Values


class Record:
    """What the values of a run tell about each node and edge."""

    def __init__(self, values: Values) -> None:
        self.values = values

    def partial(self, entry: Entry, index: int, output: int | None) -> Any:
        """The local partial at one input of an entry: a number, a ``Partial``, or None."""
        values = self.values
        if not values.is_computed(entry):
            return None
        inputs, out = values.inputs(entry), values.out(entry)
        local = values.local(values.plan.place[entry.name])
        if local is not None and local[index] is None:
            return None
        if local is not None and np.ndim(out) == 0 and not any(map(np.ndim, inputs)):
            return np.result_type(out).type(np.asarray(local[index]).reshape(()))
        if inputs[index] is None:
            return None
        attributes = values.attributes(entry)
        partial = Partial(entry.op, attributes, inputs, out, index, output)
        if local is None and not partial.is_differentiable:
            return None
        return partial if partial.shape else partial.dense()[()]

    def updates(self) -> dict[str, Any]:
        """What training makes of the arrays at the ports of computed nodes, by their source.

        A buffer that several nodes read is moved by each of them in turn.
        """
        values = self.values
        found: dict[str, Any] = {}
        for entry in values.plan.entries:
            if "training" in entry.op.circumstances and values.is_computed(entry):
                given = zip(entry.source_names, values.inputs(entry), strict=True)
                inputs = [found.get(str(source), array) for source, array in given]
                told = entry.op.updates(*inputs, **values.attributes(entry))
                sources = dict(zip(entry.ports, entry.source_names, strict=True))
                found.update((str(sources[port]), shown(array)) for port, array in told.items())
        return found

    def forward_step(self, index: int, count: int) -> Step:
        """The step that computed an entry, as number ``count``."""
        entry = self.values.plan.entries[index]
        partials = {
            port: self.partial(entry, i, 0)
            for i, port in enumerate(entry.ports)
            if entry.source_names[i] is not None
        }
        return Step(count, "forward", **self._of_entry(entry), partials=partials)

    def seed_step(self, gradients: Gradients, count: int) -> Step:
        """The step that gave the start its gradient."""
        start = gradients.start
        entry = self.values.plan.made.get(start.node)
        about = self._of_entry(entry) if entry else self._of_source(start.node)
        total = shown(gradients.upstream)
        return Step(count, "backward", **about, start=start, total=total)

    def backward_step(self, gradients: Gradients, position: int, count: int) -> Step:
        """The step that made a visit."""
        visit = gradients.visits[position]
        entry = self.values.plan.entries[visit.entry]
        upstream, output = self._joined(entry, gradients.upstream_of(position))
        arrivals, awaited = gradients.arrivals(position)
        return Step(
            count,
            "backward",
            **self._of_entry(entry),
            start=gradients.start,
            edge=entry.edge(visit.port),
            upstream=shown(upstream),
            partial=self.partial(entry, visit.port, output),
            contribution=shown(gradients.contribution(position)),
            total=shown(gradients.total(position)),
            arrivals=arrivals,
            is_last=arrivals == awaited,
        )

    def _joined(self, entry: Entry, upstream: Any) -> tuple[Any, int | None]:
        """The upstream gradient of an entry, and of which output: None if of several at once."""
        if not isinstance(upstream, tuple):
            return upstream, 0
        live = [i for i, gradient in enumerate(upstream) if gradient is not None]
        if len(live) == 1:
            return upstream[live[0]], live[0]
        return end_to_end(upstream, self.values.out(entry)), None

    def _of_entry(self, entry: Entry) -> dict[str, Any]:
        """What every step at a node tells about it."""
        values = self.values
        out, inputs = values.out(entry), values.inputs(entry)
        arguments = {
            port: (str(source), shown(value))
            for port, source, value in zip(entry.ports, entry.source_names, inputs, strict=True)
            if source is not None
        }
        value = tuple(map(shown, out)) if isinstance(out, tuple) else shown(out)
        return {
            "node": entry.name,
            "op": entry.op,
            "attributes": values.attributes(entry),
            "arguments": arguments,
            "value": value,
        }

    def _of_source(self, name: str) -> dict[str, Any]:
        node, slot = self.values.graph.nodes[name], self.values.plan.slots[name]
        return {"node": name, "op": node.op, "value": shown(self.values.v[slot])}


class Steps(Sequence[Step]):
    """The steps taken so far, as a sequence that makes each step when it is asked for."""

    def __init__(self, values: Values, gradients: Gradients | None) -> None:
        self._record, self._gradients = Record(values), gradients
        self._computed = values.count()
        self._visited = 0 if gradients is None else 1 + gradients.done.count(1)

    def __len__(self) -> int:
        return self._computed + self._visited

    @overload
    def __getitem__(self, index: int) -> Step: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Step]: ...
    def __getitem__(self, index: int | slice) -> Step | Sequence[Step]:
        if isinstance(index, slice):
            return [self._make(i) for i in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        return self._make(index % len(self))

    def __iter__(self) -> Iterator[Step]:
        return (self._make(i) for i in range(len(self)))

    @cached_property
    def _entries(self) -> list[int]:
        values = self._record.values
        return [i for i, e in enumerate(values.plan.entries) if values.is_computed(e)]

    @cached_property
    def _visits(self) -> list[int]:
        done = self._gradients.done if self._gradients else b""
        return [i for i, made in enumerate(done) if made]

    def _make(self, index: int) -> Step:
        if index < self._computed:
            return self._record.forward_step(self._entries[index], index)
        if self._gradients is None:
            raise IndexError(index)
        if index == self._computed:
            return self._record.seed_step(self._gradients, index)
        position = self._visits[index - self._computed - 1]
        return self._record.backward_step(self._gradients, position, index)


def shown(value: Any) -> Any:
    """Numbers as NumPy scalars, arrays read-only: nothing a caller does can change the run."""
    if value is None:
        return None
    if np.ndim(value) == 0:
        return np.float64(value) if type(value) is float else np.asarray(value)[()]
    view = np.asarray(value).view()
    view.flags.writeable = False
    return view
