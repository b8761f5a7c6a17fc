"""The forward half of a run: which nodes have a value, and the local partials recorded with it.

Two ways of computing share one table of slots.  A graph of plain numbers goes through the loop of
``kernels.py``; anything else calls each op.  ``None`` in a slot means "not computed".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from graphlab.engine.feeds import check_feed, common_dtype
from graphlab.engine.gate import Gate, refusal
from graphlab.engine.kernels import GENERIC
from graphlab.engine.plan import UNFED, Entry, plan_of
from graphlab.engine.scalars import Scalars
from graphlab.engine.starting import Starting
from graphlab.errors import OpError
from graphlab.graph import Graph, dag_of
from graphlab.graph.circumstances import Circumstances
from graphlab.ops.families import Pointwise


class Values:
    """Values by slot, and how to compute the next one; ``feeds`` hold what ``feed`` made."""

    def __init__(
        self, graph: Graph, feeds: Mapping[str, Any], circumstances: Circumstances
    ) -> None:
        self.graph, self.circumstances = graph, circumstances
        self.plan = plan_of(graph)
        self.problems: dict[str, str] = {}
        self.fed: dict[str, Any] = dict(feeds)
        self.by_hand: set[str] = set()  # nodes whose computed value was replaced
        self.v: list[Any] = self.plan.declared.copy()
        self.pa: list[Any] = self.plan.constant_a.copy()
        self.pb: list[Any] = self.plan.constant_b.copy()
        self.is_numbers = False
        self.is_untouched = True  # nothing computed yet, so the way of computing is still open
        self.is_begun = False
        self._count: int | None = 0  # nodes with a computed value; None: to be counted
        self.starting = Starting(self.plan, circumstances.seed)
        self._next = 0  # every entry before it has a value, or cannot have one as things are
        self._last = len(self.plan.entries) - 1  # no entry after it has a value it computed
        self._locals: dict[str, tuple[Any, ...]] = {}
        for name, value in feeds.items():
            check_feed(graph, name, value)
        self.dtype: Any = common_dtype(feeds.values())
        self._gate = Gate(self.dtype)
        for name in self.plan.undeclared | (self.fed.keys() & self.plan.sources.keys()):
            self._place_source(name)
        for name in self.fed.keys() - self.plan.sources.keys():
            self._place_inner(name)
        self.starting.await_what_lacks(self.v)

    # --- asking -------------------------------------------------------------------------------
    def is_computed(self, entry: Entry) -> bool:
        """Whether a node has its value from its inputs (and not by hand)."""
        return self.v[entry.outputs[0]] is not None and entry.name not in self.by_hand

    def inputs(self, entry: Entry) -> list[Any]:
        """The values at a computed node's ports; None at an optional one that nothing feeds."""
        return [None if slot == UNFED else self.v[slot] for slot in entry.inputs]

    def attributes(self, entry: Entry) -> Mapping[str, Any]:
        """A node's attributes, and with them what its op asks of the run."""
        return self.circumstances.of(entry.name, entry.op, entry.attributes)

    def out(self, entry: Entry) -> Any:
        """The output value of a computed node; a tuple for several outputs."""
        if entry.op.several:
            return tuple(self.v[slot] for slot in entry.outputs)
        return self.v[entry.outputs[0]]

    def is_waiting(self, name: str) -> bool:
        """Whether a parameter or buffer gets its starting value as soon as something runs."""
        return self.starting.is_awaited and self.graph.nodes[name].op.starts

    def local(self, index: int) -> tuple[Any, ...] | None:
        """The recorded partials of a computed ``Pointwise`` entry, per port; else None."""
        entry = self.plan.entries[index]
        if self.is_numbers:
            slot = entry.outputs[0]
            pair = (self.pa[slot], self.pb[slot])
            recorded: tuple[Any, ...] = pair[0] if entry.kernel == GENERIC else pair
            return recorded[: len(entry.inputs)]
        if not issubclass(entry.op, Pointwise):
            return None
        found = self._locals.get(entry.name)
        if found is None:
            told = self.attributes(entry)
            with np.errstate(all="ignore"):
                found = entry.op.local(self.out(entry), *self.inputs(entry), **told)
            self._locals[entry.name] = found
        return found

    # --- computing ----------------------------------------------------------------------------
    def prepare(self) -> None:
        """Give parameters their starting values; called before anything is computed."""
        if self.starting.is_awaited:
            self._place_parameters()
        if self.is_untouched:
            self.is_untouched = False
            self.is_numbers = self._holds_numbers()
            if not self.is_numbers:
                self.v = [self.general(x) for x in self.v]

    def prepare_few(self) -> None:
        """``prepare`` for one who only reads: nothing large is drawn before something runs."""
        if self.starting.is_awaited and self.starting.are_few(self.v, self.fed):
            self.prepare()

    def begin_anew(self) -> None:
        """Take note that values were put in from outside: nothing is known of which are there."""
        self.is_begun, self._count, self._next = True, None, 0
        self._last = len(self.plan.entries) - 1

    def pending(self) -> list[int]:
        """Indices of the entries without a value, in order."""
        v = self.v
        return [i for i, e in enumerate(self.plan.entries) if v[e.outputs[0]] is None]

    def compute_all(self) -> None:
        """Compute everything that can be, going on past every problem."""
        self.prepare()
        self._count, self._last = None, len(self.plan.entries) - 1
        indices, self.is_begun = self.pending() if self.is_begun else None, True
        with np.errstate(all="ignore"):
            if self.is_numbers and self._compute_numbers(indices):
                return
            for index in self.pending():
                self._compute(index)

    def compute(self, index: int) -> bool:
        """Compute one entry; False (and maybe a problem) if it cannot be."""
        self.prepare()
        self.is_begun = True
        with np.errstate(all="ignore"):
            is_done = self.is_numbers and self._compute_numbers([index])
            if not (is_done or self._compute(index)):
                return False
        self._last = max(self._last, index)
        if self._count is not None:
            self._count += 1
        return True

    def compute_next(self) -> int | None:
        """Compute the first entry that can be and has no value; returns its index."""
        self.prepare()
        entries = self.plan.entries
        while self._next < len(entries):
            index, self._next = self._next, self._next + 1
            if self.v[entries[index].outputs[0]] is None and self.compute(index):
                return index
        return None

    def last_computed(self) -> int | None:
        """The index of the last entry that has a value it computed."""
        entries = self.plan.entries
        while self._last >= 0 and not self.is_computed(entries[self._last]):
            self._last -= 1
        return self._last if self._last >= 0 else None

    def count(self) -> int:
        """How many nodes have computed their value."""
        if self._count is None:
            self._count = sum(map(self.is_computed, self.plan.entries))
        return self._count

    def forget(self, entry: Entry) -> None:
        """Take back the value of one computed node."""
        if self._count is not None:
            self._count -= 1
        self._next = min(self._next, self.plan.place[entry.name])
        for slot in entry.outputs:
            self.v[slot] = None
        self._locals.pop(entry.name, None)

    # --- changing -----------------------------------------------------------------------------
    def put(self, name: str, value: Any) -> set[str]:
        """Give a node what ``feed`` made; returns the nodes that lost their value because of it."""
        check_feed(self.graph, name, value)
        before = self.v[self.plan.slots[name]]
        self.fed[name] = value
        self._count, self._next = None, 0
        if type(value) is not float or name not in self.plan.sources:
            self.leave_numbers()
        if name in self.plan.sources:
            self._place_source(name)
        else:
            self._place_inner(name)
        return self._forget_dependents(name) | self._reopen(name, before)

    def release(self, name: str) -> set[str]:
        """Undo ``put``: the node goes back to its own value; returns what lost theirs."""
        self.fed.pop(name, None)
        self._count, self._next = None, 0
        before = self.v[self.plan.slots[name]]
        lost = self._forget_dependents(name)
        if name in self.plan.sources:
            self.leave_numbers()
            self._place_source(name)
            lost |= self._reopen(name, before)
        elif name in self.by_hand:
            self.by_hand.discard(name)
            self.forget(self.plan.made[name])
        return lost

    def forget_told(self, circumstance: str) -> set[str]:
        """Take back every node that was told this of the run; returns what lost its value."""
        lost: set[str] = set()
        for entry in self.plan.entries:
            if circumstance in entry.op.circumstances and self.is_computed(entry):
                self.forget(entry)
                lost |= {entry.name} | self._forget_dependents(entry.name)
        return lost

    def _reopen(self, name: str, before: Any) -> set[str]:
        """Where another shape arrives, open parameters follow it anew; returns what that loses."""
        after = self.v[self.plan.slots[name]]
        if before is not None and after is not None and np.shape(before) == np.shape(after):
            return set()
        lost: set[str] = set()
        for parameter in self.starting.take_open(self.fed):
            self.v[self.plan.slots[parameter]] = None
            lost |= {parameter} | self._forget_dependents(parameter)
        self.starting.await_what_lacks(self.v)
        return lost

    # --- sources ------------------------------------------------------------------------------
    def _place_source(self, name: str) -> None:
        attributes = self.graph.nodes[name].attributes
        value = self.fed.get(name, attributes.get("value"))
        if value is not None and not isinstance(value, float):
            value = value.astype(self.dtype, copy=False)
        self.v[self.plan.slots[name]] = self._as_source(value)

    def _place_inner(self, name: str) -> None:
        self.by_hand.add(name)
        self.problems.pop(name, None)
        value = self.general(self.fed[name])
        self.v[self.plan.slots[name]] = value.astype(self.dtype, copy=False)

    def _place_parameters(self) -> None:
        """Draw what no feed gave."""
        drawn, problems = self.starting.draw(self.v, self.fed)
        told = {name: told for name, told in {**self.problems, **problems}.items() if told}
        self.problems = told
        for name, array in drawn.items():
            number = float(array) if array.ndim == 0 else array.astype(self.dtype, copy=False)
            self.v[self.plan.slots[name]] = self._as_source(number)

    def _as_source(self, value: Any) -> Any:
        """A source's value, which stays a plain number as long as all may be plain numbers."""
        return value if self.is_untouched or self.is_numbers else self.general(value)

    # --- inner workings -----------------------------------------------------------------------
    def _compute_numbers(self, indices: list[int] | None) -> bool:
        """Run the loop; False where an op refuses a number, after which the run is general."""
        try:
            Scalars(self.plan, self.v, self.pa, self.pb).compute(indices)
        except OpError:
            self.leave_numbers()
        return self.is_numbers

    def _holds_numbers(self) -> bool:
        """Whether every value this run starts from is a plain number, and every op takes them."""
        plan = self.plan
        if plan.awkward or self.by_hand:
            return False
        changed = plan.undeclared | (self.fed.keys() & plan.sources.keys())
        return all(type(self.v[plan.slots[name]]) is float for name in changed)

    def general(self, value: Any) -> Any:
        """A number as NumPy's scalar, for which division by 0 is no error."""
        return self.dtype(value) if isinstance(value, float) else value

    def leave_numbers(self) -> None:
        """Turn a number run into a general one, keeping all that was computed."""
        for index, entry in enumerate(self.plan.entries if self.is_numbers else ()):
            if self.is_computed(entry) and (local := self.local(index)) is not None:
                self._locals[entry.name] = local
        if self.is_numbers:
            self.v = [self.general(x) for x in self.v]
        self.is_numbers = False

    def _forget_dependents(self, name: str) -> set[str]:
        """Take back everything computed from ``name``; values set by hand stand.

        What has no value is not followed further: nothing was computed from it.
        """
        lost: set[str] = set()
        made, waiting = self.plan.made, [name]
        successors = dag_of(self.graph).nx.succ
        while waiting:
            for follower in successors[waiting.pop()]:
                entry = made[follower]
                self.problems.pop(follower, None)
                if self.is_computed(entry):
                    lost.add(follower)
                    waiting.append(follower)
                    self.forget(entry)
        return lost

    def _compute(self, index: int) -> bool:
        entry = self.plan.entries[index]
        if not entry.is_fed:
            return False
        inputs = self.inputs(entry)
        if any(x is None and slot != UNFED for x, slot in zip(inputs, entry.inputs, strict=True)):
            return False
        try:
            self._gate.admit(entry, inputs)
            out = entry.op.forward(*inputs, **self.attributes(entry))
        except (OpError, MemoryError) as error:
            self.problems[entry.name] = refusal(entry, error)
            return False
        self.problems.pop(entry.name, None)
        outs = out if entry.op.several else (out,)
        for slot, value in zip(entry.outputs, outs, strict=True):
            self.v[slot] = value
        return True
