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

from graphlab.engine.kernels import backward_loop
from graphlab.engine.plan import Plan
from graphlab.engine.values import Values
from graphlab.errors import RunError
from graphlab.graph import OutPort
from graphlab.ops import show_shape
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
            raise RunError(_no_value(values, start))
        self.upstream = _seed(start, value, upstream)
        self.grad: list[Any] = [None] * values.plan.size
        self.grad[self.slot] = self.upstream
        self._leading = _leading(values, self.slot)
        self._visits: list[Visit] | None = None
        self._done: bytearray | None = None  # None: every visit is done
        self._contributions: dict[int, tuple[Any, ...]] = {}
        self._at_source: dict[int, list[int]] | None = None
        self._late: set[int] = set()

    @property
    def visits(self) -> list[Visit]:
        """Every edge the backward pass goes through, in its order."""
        if self._visits is None:
            entries = self.values.plan.entries
            self._visits = [
                Visit(index, port)
                for index in reversed(self._leading)
                for port in range(len(entries[index].inputs))
            ]
        return self._visits

    @property
    def done(self) -> bytearray:
        """Per visit, whether it was made."""
        if self._done is None:
            self._done = bytearray(b"\1") * len(self.visits)
        return self._done

    def read(self, slot: int) -> Any:
        """The gradient in a slot, as far as it has been added up; None where nothing arrived."""
        if slot in self._late:
            self._late.discard(slot)
            self.grad[slot] = self._sum(slot, len(self.visits))
        return self.grad[slot]

    def start_over(self) -> None:
        """Only the start has a gradient; nothing was visited."""
        self._late = set()
        self.grad = [None] * self.values.plan.size
        self.grad[self.slot] = self.upstream
        self._done = bytearray(len(self.visits))
        self._contributions = {}

    def run_all(self) -> None:
        """The whole backward pass."""
        plan = self.values.plan
        self._done = None
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
        index, port = self.visits[position]
        slot = self.values.plan.entries[index].inputs[port]
        contribution = self.contribution(position)
        if contribution is not None:
            before = self.grad[slot]
            self.grad[slot] = contribution if before is None else before + contribution
        self.done[position] = 1

    def take_back(self, position: int) -> None:
        """Undo one visit: its source's gradient is again the sum of the others."""
        index, port = self.visits[position]
        self.done[position] = 0
        slot = self.values.plan.entries[index].inputs[port]
        self._late.discard(slot)
        self.grad[slot] = self._sum(slot, len(self.visits))

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
        index, port = self.visits[position]
        return self._sum(self.values.plan.entries[index].inputs[port], position + 1)

    def upstream_of(self, position: int) -> Any:
        """The gradient at the head of a visit's edge (a tuple for several outputs)."""
        return self._upstream(self.visits[position].entry)

    def forget(self, lost: AbstractSet[str]) -> bool:
        """Drop the gradients that rest on lost values; False if the start itself was lost."""
        plan = self.values.plan
        if self.start.node in lost:
            return False
        gone: set[int] = set()  # slots whose gradient no longer holds
        for position, (index, port) in enumerate(self.visits):
            entry = plan.entries[index]
            rests_on_lost = entry.name in lost or not gone.isdisjoint(entry.outputs)
            if self.done[position] and rests_on_lost:
                gone.add(entry.inputs[port])
                self._contributions.pop(index, None)
        for position, (index, port) in enumerate(self.visits):
            slot = plan.entries[index].inputs[port]
            if slot in gone:
                self.done[position] = 0
                self.grad[slot] = None
        return True

    # --- inner workings -----------------------------------------------------------------------
    def _run_numbers(self, plan: Plan) -> None:
        slots, instructions = _reverse(plan, self.slot, self._leading)
        self.grad = slots.copy()
        self.grad[self.slot] = self.upstream
        values, entries = self.values, plan.entries
        backward_loop(instructions, self.grad, values.pa, values.pb, lambda i: entries[i].inputs)

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
            wanted = [slot not in late for slot in inputs]
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
        inputs = values.inputs(entry)
        if local is not None and issubclass(entry.op, Pointwise):
            if wanted is not None:
                local = tuple(p if w else None for p, w in zip(local, wanted, strict=True))
            return entry.op.vjp_from_local(upstream, local, *inputs, **entry.attributes)
        out = values.out(entry)
        if wanted is None:
            return entry.op.vjp(upstream, out, *inputs, **entry.attributes)
        return entry.op.vjp_of(wanted, upstream, out, *inputs, **entry.attributes)

    def arrivals(self, position: int) -> tuple[int, int]:
        """How many contributions the visit's source has once it is made, and how many it awaits."""
        index, port = self.visits[position]
        slot = self.values.plan.entries[index].inputs[port]
        own = int(slot == self.slot)
        done = [p for p in self._arriving(slot) if p <= position and self.done[p]]
        return own + len(done), own + len(self._arriving(slot))

    def _sum(self, slot: int, before: int) -> Any:
        """The start's share plus the done contributions to a slot among the first visits."""
        total: Any = self.upstream if slot == self.slot else None
        for position in self._arriving(slot):
            if position < before and self.done[position]:
                contribution = self.contribution(position)
                if contribution is not None:
                    total = contribution if total is None else total + contribution
        return total

    def _arriving(self, slot: int) -> Sequence[int]:
        """The visits that bring a contribution to a slot, in order."""
        if self._at_source is None:
            self._at_source = {}
            entries = self.values.plan.entries
            for position, (index, port) in enumerate(self.visits):
                self._at_source.setdefault(entries[index].inputs[port], []).append(position)
        return self._at_source.get(slot, ())


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
    """Zeros at every slot the start needs, and the instructions to it in reverse; kept."""
    found = plan.backward.get(slot)
    if found is None:
        zeros: list[Any] = [None] * plan.size
        for index in leading:
            for source in plan.entries[index].inputs:
                zeros[source] = 0.0
        found = (zeros, [plan.instructions[index] for index in reversed(leading)])
        plan.backward[slot] = found
    return found


def _seed(start: OutPort, value: Any, upstream: Any) -> Any:
    shape = np.shape(value)
    if upstream is None:
        return 1.0 if isinstance(value, float) and type(value) is float else np.ones_like(value)
    try:
        given = np.asarray(upstream, dtype=np.result_type(value))
    except (TypeError, ValueError):
        raise RunError(f"the upstream gradient for {start} must be a number or an array") from None
    if given.shape != shape:
        raise RunError(
            f"the upstream gradient for {start} is {show_shape(given.shape)}, and {start} is "
            f"{show_shape(shape)}: give it the same shape"
        )
    return float(given) if type(value) is float else given


def _no_value(values: Values, start: OutPort) -> str:
    """Why a gradient cannot start here: the first thing upstream that lacks a value."""
    graph = values.graph
    for index in values.plan.leading_to(values.plan.slot(start)):
        entry = values.plan.entries[index]
        if entry.name in values.problems:
            return f"{start} has no value, because {values.problems[entry.name]}"
        for port, source in zip(entry.ports, entry.source_names, strict=True):
            if source is None:
                return f"{start} has no value, because {entry.name} has nothing at {port}"
            if graph.nodes[source.node].op.category == "Source" and (
                values.v[values.plan.slot(source)] is None and not values.is_waiting(source.node)
            ):
                unfed = f"{source.node} has no value: give it one"
                reason = values.problems.get(source.node, unfed)
                return f"{start} has no value, because {reason}"
    return f"{start} has no value yet: run forward first"
