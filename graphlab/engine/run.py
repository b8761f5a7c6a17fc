"""One forward and backward record of a graph, taken whole or step by step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

import numpy as np
from msgspec.structs import replace

from graphlab.engine.feeds import common_dtype, dtype_of, feed
from graphlab.engine.gradients import Gradients
from graphlab.engine.moving import moved, twin
from graphlab.engine.plan import Entry
from graphlab.engine.record import Record, Steps, shown
from graphlab.engine.steps import Step
from graphlab.engine.values import Values
from graphlab.errors import RunError
from graphlab.graph import Graph, InPort, OutPort, Problem
from graphlab.graph.check import problems
from graphlab.graph.circumstances import Circumstances
from graphlab.graph.shapes import infer_shapes


class Run:
    """Values, local partials and gradients of ``graph`` for the given feeds.

    ``feeds`` are numbers or arrays by node name: inputs, targets, parameters, or an inner node
    whose value is to be set by hand.  Arithmetic is float64; it is float32 where every array fed
    is float32.  ``seed`` decides how parameters without a value start and what dropout draws;
    ``training`` is the mode, which dropout and batch normalisation ask for.

    ``forward()`` and ``backward()`` do a whole phase; ``step()`` does the next node or edge and
    ``step_back()`` takes the last one back.  What has not been computed is ``None``.
    """

    def __init__(
        self,
        graph: Graph,
        feeds: Mapping[str, Any] | None = None,
        *,
        seed: int = 0,
        training: bool = False,
    ) -> None:
        given = {name: feed(value, name) for name, value in (feeds or {}).items()}
        self._values = Values(graph, given, Circumstances(seed, bool(training)))
        self._gradients: Gradients | None = None

    @property
    def graph(self) -> Graph:
        """The graph this is a run of."""
        return self._values.graph

    @property
    def feeds(self) -> dict[str, Any]:
        """What was given by name, as it was stored."""
        return dict(self._values.fed)

    @property
    def seed(self) -> int:
        """What parameters without a value and dropout are drawn from."""
        return self._values.circumstances.seed

    @property
    def training(self) -> bool:
        """The mode: whether this run trains, or evaluates."""
        return self._values.circumstances.training

    @property
    def start(self) -> str | None:
        """The node that the gradients are of, once backward has begun."""
        return None if self._gradients is None else str(self._gradients.start)

    # --- whole phases -------------------------------------------------------------------------
    def forward(self) -> Run:
        """Compute every node that can be; what cannot is in ``problems()``."""
        self._values.compute_all()
        return self

    def backward(self, node: str | None = None, upstream: Any = None) -> Run:
        """Compute the gradient of ``node`` with respect to everything it was computed from.

        Without a node, the graph's one output.  A node that is no single number starts from
        ``upstream``, an array of its shape, or from ones.  Earlier gradients are replaced.
        Raises ``RunError`` if the node has no value yet.
        """
        self._gradients = Gradients(self._values, self._start(node), upstream)
        self._gradients.run_all()
        return self

    def updates(self) -> dict[str, Any]:
        """What a step of training makes of the buffers of computed nodes, by node."""
        return Record(self._values).updates() if self.training else {}

    # --- reading ------------------------------------------------------------------------------
    def value(self, node: str) -> Any:
        """The value of a node (``split.1``: of a further output); None if not computed or drawn."""
        port = self.graph.port(node)
        if self._values.is_waiting(port.node):
            self._values.prepare_few()
        return shown(self._values.v[self._values.plan.slot(port)])

    def grad(self, node: str) -> Any:
        """∂start/∂node, as far as it has been added up; None where nothing arrived yet."""
        port = self.graph.port(node)
        if self._gradients is None:
            return None
        return shown(self._gradients.read(self._values.plan.slot(port)))

    def with_value(self, is_such: Callable[[Any], bool] = lambda v: v is not None) -> set[str]:
        """All nodes that have a value, or for whose first value (None: not there) this holds."""
        values, plan = self._values, self._values.plan
        values.prepare_few()
        return {name for name, slot in plan.slots.items() if is_such(values.v[slot])}

    def with_gradient(self) -> set[str]:
        """All nodes of which an output has got a gradient, be it only a part of it."""
        if self._gradients is None:
            return set()
        plan, read = self._values.plan, self._gradients.read
        found = {name for name, slot in plan.slots.items() if read(slot) is not None}
        several = (entry for entry in plan.entries if len(entry.outputs) > 1)
        found.update(e.name for e in several if any(read(slot) is not None for slot in e.outputs))
        return found

    def contributions(self) -> dict[InPort, Any]:
        """Upstream × local partial by edge, for every edge the way back has visited so far.

        None for an edge whose op gives that input no gradient.
        """
        gradients = self._gradients
        if gradients is None:
            return {}
        entries, found = self._values.plan.entries, {}
        for position, (index, port) in enumerate(gradients.visits):
            if gradients.done[position]:
                target = entries[index].edge(port).target
                found[target] = shown(gradients.contribution(position))
        return found

    def partial(self, source: str, target: str, port: str | None = None, output: int = 0) -> Any:
        """The local partial ∂target/∂source on the edge between them; None if not computed.

        A number where both ends are numbers, else a ``Partial``.  ``port`` says which edge where
        several run between the two; ``output`` which output of the target.  None also where the
        op gives that input no gradient.
        """
        start, entry = self.graph.port(source), self._entry(target)
        return Record(self._values).partial(entry, entry.index_from(start, port), output)

    def attributes_of(self, node: str) -> Mapping[str, Any]:
        """What a node's op is called with: its attributes, and what it asks of the run."""
        return self._values.circumstances.at(node, self.graph.node(node))

    def problems(self) -> tuple[Problem, ...]:
        """What keeps nodes from being computed or from mattering, one sentence each."""
        (values := self._values).prepare_few()  # drawn, a parameter of open shape is found
        fed = {name: np.shape(value) for name, value in values.fed.items()}
        shapes = infer_shapes(self.graph, fed)
        found = problems(self.graph, shapes, frozenset(fed))
        told = {problem.node for problem in found}
        # an open shape may well follow from what is not given yet
        waits = any(problem.kind == "unfed" for problem in found)
        nodes = self.graph.nodes
        return found + tuple(
            Problem(name, "unfed" if waits and nodes[name].op.starts else "shape", message)
            for name, message in values.problems.items()
            if name not in told
        )

    # --- stepping -----------------------------------------------------------------------------
    def step(self, node: str | None = None, upstream: Any = None) -> Step | None:
        """The next step: forward while anything can be computed, then backward from ``node``.

        None when both phases are at their end.
        """
        return self.step_forward() or self.step_backward(node, upstream)

    def step_forward(self) -> Step | None:
        """Compute one more node and record the partial on each of its incoming edges."""
        index = self._values.compute_next()
        if index is None:
            return None
        return Record(self._values).forward_step(index, self._values.count() - 1)

    def step_backward(self, node: str | None = None, upstream: Any = None) -> Step | None:
        """Send one contribution back; the first time, give the start its gradient.

        ``node`` and ``upstream`` are as in ``backward``; another node than before starts anew.
        """
        wanted = None if node is None else self.graph.port(node)
        gradients, record = self._gradients, Record(self._values)
        if gradients is None or (wanted is not None and wanted != gradients.start):
            gradients = self._gradients = Gradients(self._values, self._start(node), upstream)
            gradients.start_over()
            return record.seed_step(gradients, self._values.count())
        position = gradients.next_visit()
        if position is None:
            return None
        gradients.visit(position)
        return record.backward_step(gradients, position, len(self.steps()) - 1)

    def step_back(self) -> Step | None:
        """Take the last step back and return what it was; None at the very beginning."""
        gradients, record, count = self._gradients, Record(self._values), len(self.steps()) - 1
        if gradients is not None:
            last = gradients.done.rfind(1)
            if last < 0:
                self._gradients = None
                return record.seed_step(gradients, count)
            step = record.backward_step(gradients, last, count)
            gradients.take_back(last)
            return step
        index = self._values.last_computed()
        if index is None:
            return None
        step = record.forward_step(index, count)
        self._values.forget(self._values.plan.entries[index])
        return step

    def go_to(self, count: int, node: str | None = None, upstream: Any = None) -> None:
        """Step back or on until ``count`` steps are taken, as when a timeline is dragged."""
        while len(self.steps()) > count and self.step_back() is not None:
            pass
        while len(self.steps()) < count and self.step(node, upstream) is not None:
            pass

    def steps(self) -> Steps:
        """Every step taken, in order, forward then backward; each made when it is asked for."""
        return Steps(self._values, self._gradients)

    def reset(self) -> None:
        """Take everything back but what was fed."""
        self._restart(self._values.fed)

    # --- changing -----------------------------------------------------------------------------
    def set(self, node: str, value: Any) -> None:
        """Change an input, a parameter or an inner value; exactly what depends on it is forgotten.

        An inner value set by hand no longer depends on its inputs, so no gradient passes to them.
        Everything is forgotten where the arithmetic goes over to float32 or back to float64.
        """
        self.graph.node(node)
        given, values = feed(value, node), self._values
        if dtype_of(given) != dtype_of(values.fed.get(node)):
            fed = {**values.fed, node: given}
            if common_dtype(fed.values()) is not values.dtype:
                self._restart(fed)
                return
        lost = values.put(node, given)
        self._forget_gradients(lost | self._by_itself(node))

    def release(self, node: str) -> None:
        """Undo ``set``: the node goes back to the value it computes or was declared with."""
        self.graph.node(node)
        values = self._values
        left = {name: value for name, value in values.fed.items() if name != node}
        if common_dtype(left.values()) is not values.dtype:
            self._restart(left)
            return
        lost = values.release(node)
        self._forget_gradients(lost | self._by_itself(node))

    def set_training(self, training: bool) -> None:
        """Go over to the other mode; exactly what depends on it is forgotten."""
        if training != self.training:
            values = self._values
            values.circumstances = replace(values.circumstances, training=training)
            self._forget_gradients(values.forget_told("training"))

    def move_to(self, graph: Graph) -> None:
        """Go over to an edited graph, keeping every value that still holds.

        Gradients are kept where no node came, went or was rewired and their start still holds.
        """
        old = self._values
        self._values, lost = moved(old, graph)
        if self._values is old:
            return
        here, there = self._values.plan, old.plan
        gradients = self._gradients
        if gradients is None:
            return
        is_same = here.slots == there.slots and here.place == there.place
        if is_same and old.graph.edges == graph.edges and gradients.start.node not in lost:
            gradients.values = self._values
        else:
            self._gradients = None

    def copy(self) -> Run:
        """The same run as far as it has come; it goes on by itself, in another thread say."""
        new = twin(self)
        new._values = twin(self._values)
        if self._gradients is not None:
            new._gradients = self._gradients.copy(new._values)
        return new

    # --- inner workings -----------------------------------------------------------------------
    def _restart(self, fed: Mapping[str, Any]) -> None:
        self._values = Values(self.graph, fed, self._values.circumstances)
        self._gradients = None

    def _by_itself(self, node: str) -> frozenset[str]:
        """A computed node is lost to its inputs when its value is set; a source has none."""
        return frozenset() if node in self._values.plan.sources else frozenset((node,))

    def _forget_gradients(self, lost: AbstractSet[str]) -> None:
        if self._gradients is not None and not self._gradients.forget(lost):
            self._gradients = None

    def _start(self, node: str | None) -> OutPort:
        if node is not None:
            return self.graph.port(node)
        outputs = self.graph.outputs
        if len(outputs) == 1:
            return self.graph.port(outputs[0])
        if not outputs:
            raise RunError("the graph is empty, so there is nothing to go back from")
        shown = ", ".join(outputs[:6]) + (", …" if len(outputs) > 6 else "")
        raise RunError(
            f"the graph has {len(outputs)} outputs ({shown}): say which one to go back from"
        )

    def _entry(self, name: str) -> Entry:
        self.graph.node(name)
        entry = self._values.plan.made.get(name)
        if entry is None:
            raise RunError(f"{name} is a source: no edge ends there")
        return entry
