"""The backward half of a run: upstream × local partial = contribution, edge by edge.

Edges are visited from the start node backward, so that the gradient at a node is complete before
any edge into that node is visited; a contribution is therefore a function of what is already
there, and none needs to be stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Any, NamedTuple

import numpy as np

from graphlab.engine.arrivals import Arrivals
from graphlab.engine.kernels import backward_loop
from graphlab.engine.moving import twin
from graphlab.engine.plan import UNFED, Plan
from graphlab.engine.start import seed, why_no_value
from graphlab.engine.values import Values
from graphlab.errors import RunError
from graphlab.graph import OutPort
from graphlab.ops.families import Pointwise


class Visit(NamedTuple):
    """One edge of the backward pass: the entry at its head and which of its ports."""

    entry: int
    port: int


class Gradients:
    """Gradients by slot of one start value with respect to everything it was computed from."""

    def __init__(self, values: Values, start: OutPort, upstream: Any) -> None:
        self.values, self.start = values, start
        self.slot = values.plan.slot(start)
        value = values.v[self.slot]
        if value is None:
            raise RunError(why_no_value(values, start))
        self.upstream = seed(start, value, upstream)
        self.grad: list[Any] = [None] * values.plan.size
        self.grad[self.slot] = self.upstream
        self._leading = _leading(values, self.slot)
        self._visits: list[Visit] | None = None
        self._done: bytearray | None = None  # None: every visit is done
        self._contributions: dict[int, tuple[Any, ...]] = {}
        self._meeting: Arrivals | None = None
        self._late: set[int] = set()

    @property
    def visits(self) -> list[Visit]:
        """Every edge the backward pass goes through, in its order."""
        if self._visits is None:
            entries = self.values.plan.entries
            self._visits = [
                Visit(index, port)
                for index in reversed(self._leading)
                for port, slot in enumerate(entries[index].inputs)
                if slot != UNFED
            ]
        return self._visits

    @property
    def done(self) -> bytearray:
        """Per visit, whether it was made; none is from a head that got no gradient."""
        if self._done is None:
            self._done = bytearray(self._upstream(v.entry) is not None for v in self.visits)
        return self._done

    def read(self, slot: int) -> Any:
        """The gradient in a slot, as far as it has been added up; None where nothing arrived."""
        if slot in self._late:
            self._late.discard(slot)
            self.grad[slot] = self._arrivals.total(slot, self._first(slot))
        return self.grad[slot]

    def start_over(self) -> None:
        """Only the start has a gradient; nothing was visited."""
        self._late = set()
        self.grad = [None] * self.values.plan.size
        self.grad[self.slot] = self.upstream
        self._done = bytearray(len(self.visits))
        self._contributions = {}
        self._meeting = None

    def run_all(self) -> None:
        """The whole backward pass."""
        plan = self.values.plan
        self._done = self._meeting = None
        with np.errstate(all="ignore"):
            if self.values.is_numbers and isinstance(self.upstream, float):
                self._run_numbers(plan)
            else:
                self._run_arrays(plan)

    def next_visit(self) -> int | None:
        """The first visit not made yet whose head has its gradient."""
        position = self.done.find(0)
        while position >= 0:
            if self._upstream(self.visits[position].entry) is not None:
                return position
            position = self.done.find(0, position + 1)
        return None

    def visit(self, position: int) -> None:
        """Send one contribution back along its edge."""
        slot = self._source(position)
        contribution = self.contribution(position)
        if contribution is not None:
            before = self.grad[slot]
            self.grad[slot] = contribution if before is None else before + contribution
        self._mark(position, 1)

    def take_back(self, position: int) -> None:
        """Undo one visit: its source's gradient is again the sum of the others."""
        self._mark(position, 0)
        slot = self._source(position)
        self._late.discard(slot)
        self.grad[slot] = self._arrivals.total(slot, self._first(slot))

    def contribution(self, position: int) -> Any:
        """upstream × local partial of a visit; None where the op gives that input no gradient."""
        index, port = self.visits[position]
        found = self._contributions.get(index)
        if found is None:
            with np.errstate(all="ignore"):
                found = self._contributions[index] = self._vjp(index)
        return found[port]

    def total(self, position: int) -> Any:
        """The running sum at the visit's source once this and all earlier visits are in."""
        return self._arrivals.until(position, self._first(self._source(position)))[1]

    def upstream_of(self, position: int) -> Any:
        """The gradient at the head of a visit's edge (a tuple for several outputs)."""
        return self._upstream(self.visits[position].entry)

    def forget(self, lost: AbstractSet[str]) -> bool:
        """Drop the gradients that rest on lost values; False if the start itself was lost."""
        entries = self.values.plan.entries
        if self.start.node in lost:
            return False
        gone: set[int] = set()  # slots whose gradient no longer holds
        for position, (index, port) in enumerate(self.visits):
            entry = entries[index]
            rests_on_lost = entry.name in lost or not gone.isdisjoint(entry.outputs)
            if self.done[position] and rests_on_lost:
                gone.add(entry.inputs[port])
        for position in range(len(self.visits)):
            if self._source(position) in gone:
                self.done[position] = 0
                self.grad[self._source(position)] = None
        self._contributions, self._meeting = {}, None
        return True

    def copy(self, values: Values) -> Gradients:
        """The same gradients for a copy of the values, going on by themselves."""
        new = twin(self)
        new.values, new._meeting = values, None
        return new

    # --- inner workings -----------------------------------------------------------------------
    def _run_numbers(self, plan: Plan) -> None:
        slots, instructions = _reverse(plan, self.slot, self._leading)
        self.grad = slots.copy()
        self.grad[self.slot] = self.upstream
        values = self.values
        backward_loop(instructions, self.grad, values.pa, values.pb, plan.inputs_of)

    def _run_arrays(self, plan: Plan) -> None:
        grad: list[Any] = [None] * plan.size
        grad[self.slot] = self.upstream
        self.grad = grad
        self._contributions = {}
        late = self._late = self._read_late(plan)
        for index in reversed(self._leading):
            if self._upstream(index) is None:
                continue
            inputs = plan.entries[index].inputs
            wanted = [slot != UNFED and slot not in late for slot in inputs]
            if not any(wanted):
                continue
            for slot, contribution in zip(inputs, self._vjp(index, wanted), strict=True):
                if contribution is not None and slot not in late:
                    before = grad[slot]
                    grad[slot] = contribution if before is None else before + contribution

    def _read_late(self, plan: Plan) -> set[int]:
        """Slots whose gradient is added up when it is asked for: nothing else rests on it.

        A batch of images is the dearest gradient of a network and the one seldom looked at.
        """
        nodes, v = plan.graph.nodes, self.values.v
        return {
            slot
            for name, slot in plan.sources.items()
            if nodes[name].op.name != "parameter" and np.ndim(v[slot]) and slot != self.slot
        }

    def _upstream(self, index: int) -> Any:
        entry = self.values.plan.entries[index]
        if not entry.op.several:
            return self.grad[entry.outputs[0]]
        found = tuple(self.grad[slot] for slot in entry.outputs)
        return None if all(g is None for g in found) else found

    def _vjp(self, index: int, wanted: Sequence[bool] | None = None) -> tuple[Any, ...]:
        values, upstream = self.values, self._upstream(index)
        entry = values.plan.entries[index]
        local = values.local(index)
        if values.is_numbers and isinstance(upstream, float) and local is not None:
            return tuple(None if p is None else upstream * p for p in local)
        inputs, attributes = values.inputs(entry), values.attributes(entry)
        if local is not None and issubclass(entry.op, Pointwise):
            if wanted is not None:
                local = tuple(p if w else None for p, w in zip(local, wanted, strict=True))
            return entry.op.vjp_from_local(upstream, local, *inputs, **attributes)
        out = values.out(entry)
        if wanted is None:
            return entry.op.vjp(upstream, out, *inputs, **attributes)
        return entry.op.vjp_of(wanted, upstream, out, *inputs, **attributes)

    def arrivals(self, position: int) -> tuple[int, int]:
        """How many contributions the visit's source has once it is made, and how many it awaits."""
        slot = self._source(position)
        own = int(slot == self.slot)
        come, _ = self._arrivals.until(position, self._first(slot))
        return own + come, own + self._arrivals.awaited(slot)

    @property
    def _arrivals(self) -> Arrivals:
        if self._meeting is None:
            slots = [self._source(position) for position in range(len(self.visits))]
            self._meeting = Arrivals(slots, self.done, self.contribution)
        return self._meeting

    def _mark(self, position: int, done: int) -> None:
        self.done[position] = done
        self._arrivals.changed(position)

    def _source(self, position: int) -> int:
        """The slot a visit arrives at."""
        index, port = self.visits[position]
        return self.values.plan.entries[index].inputs[port]

    def _first(self, slot: int) -> Any:
        """What a slot has before anything arrives: the start has its upstream."""
        return self.upstream if slot == self.slot else None


def _leading(values: Values, slot: int) -> Sequence[int]:
    """The entries between the start and the sources; a value set by hand ends the way back."""
    plan = values.plan
    leading = plan.leading_to(slot)
    if not values.by_hand:
        return leading
    needed, kept = {slot}, []
    for index in reversed(leading):
        entry = plan.entries[index]
        if entry.name not in values.by_hand and not needed.isdisjoint(entry.outputs):
            needed.update(entry.inputs)
            kept.append(index)
    return kept[::-1]


def _reverse(plan: Plan, slot: int, leading: Sequence[int]) -> tuple[list[Any], list[Any]]:
    """Zeros at every slot that gets a gradient, and the instructions to it in reverse; kept."""
    found = plan.backward.get(slot)
    if found is None:
        zeros: list[Any] = [None] * plan.size
        zeros[slot] = 0.0
        instructions = []
        for index in reversed(leading):
            entry = plan.entries[index]
            if zeros[entry.outputs[0]] is None:
                continue
            instructions.append(plan.instructions[index])
            for port, source in zip(entry.ports, entry.inputs, strict=True):
                if port not in entry.op.undifferentiated:
                    zeros[source] = 0.0
        found = plan.backward[slot] = (zeros, instructions)
    return found
