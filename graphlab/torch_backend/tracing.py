"""Recording what an op does in torch, as a ``torch.fx`` graph.

An op's ``lower`` is called with stand-ins for tensors.  Where the shapes are known, a stand-in
knows its number of axes and the length of each axis that does not go with the batch; such an op
may look at them as it would at those of a tensor.  Imported only where torch is wanted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import fx
from torch.fx.proxy import Attribute, GraphAppendingTracer, TraceError

from graphlab.ops.broadcasting import Shape
from graphlab.ops.contract import Op

Lengths = tuple[Shape, Shape]
"""The shape of one tensor in two batches of different size."""

UNTRACEABLE = (TraceError, TypeError, ValueError, RuntimeError, NotImplementedError, KeyError)
"""What an op's ``lower`` raises where it needs to know more than a stand-in can tell."""


class StandIn(fx.Proxy):
    """A tensor that is being recorded."""

    @property
    def ndim(self) -> Any:
        """The number of axes; a stand-in itself where it is not known."""
        known = self._lengths()
        return Attribute(self, "ndim") if known is None else len(known[0])

    @property
    def shape(self) -> Any:
        """The lengths; those that go with the batch are read from the tensor when it is there."""
        known = self._lengths()
        if known is None:
            return Attribute(self, "shape")
        return tuple(
            a if a == b else Attribute(self, "shape")[i]  # type: ignore[index]
            for i, (a, b) in enumerate(zip(*known, strict=True))
        )

    def dim(self) -> Any:
        """``ndim``, as torch also writes it."""
        return self.ndim

    def size(self, axis: int | None = None) -> Any:
        """``shape``, as torch also writes it."""
        return self.shape if axis is None else self.shape[axis]

    def __len__(self) -> int:
        """How many members a tuple has; raises ``TraceError`` where it cannot be told."""
        found = self.tracer.witness(self.node)  # type: ignore[attr-defined]
        if found is None or not isinstance(found[0], tuple | list):
            raise TraceError("it cannot be told how many tensors there are")
        return len(found[0])

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))  # type: ignore[index]

    def _lengths(self) -> Lengths | None:
        return self.tracer.lengths_of(self.node)  # type: ignore[attr-defined, no-any-return]


class Recorder(GraphAppendingTracer):
    """Adds what is recorded to one fx graph."""

    def __init__(self, taken: Collection[str] = ()) -> None:
        super().__init__(fx.Graph())
        self.taken = taken  # names that no constant may have
        self.constants: dict[str, torch.Tensor] = {}  # by the name that the graph reads them under
        self.lengths: dict[fx.Node, Lengths | None] = {}
        self._witnesses: dict[fx.Node, tuple[Any, Any] | None] = {}

    def proxy(self, node: fx.Node) -> StandIn:
        """The stand-in for what a node of the fx graph gives."""
        return StandIn(node, self)

    def create_proxy(
        self, kind: str, target: Any, args: Any, kwargs: Any, *rest: Any, **more: Any
    ) -> Any:
        """Record a call; tensors of one shape need not be brought to one."""
        if target is torch.broadcast_tensors and not kwargs:
            known = [self.lengths_of(x.node) if isinstance(x, StandIn) else None for x in args]
            if known[0] is not None and known.count(known[0]) == len(known):
                return tuple(args)
        return super().create_proxy(kind, target, args, kwargs, *rest, **more)

    def create_arg(self, a: Any) -> Any:
        """An argument of a call; a tensor that an op made by itself is kept beside the graph."""
        if not isinstance(a, torch.Tensor):
            return super().create_arg(a)
        if a.ndim == 0:
            return a.item()
        number, name = 1, "constant"
        while name in self.constants or name in self.taken:
            number += 1
            name = f"constant{number}"
        self.constants[name] = a
        node = self.graph.create_node("get_attr", name)
        self.lengths[node] = (tuple(a.shape), tuple(a.shape))
        return node

    def add(self, kind: str, target: Any, lengths: Lengths | None, *args: Any) -> StandIn:
        """Add a placeholder, an attribute or the call of a module, of known lengths."""
        arguments = tuple(self.create_arg(a) for a in args)
        name = "own_self" if target == "self" else None  # a value called self would hide the module
        node = self.graph.create_node(kind, target, arguments, name=name)
        if lengths is not None:
            self.lengths[node] = lengths
        return self.proxy(node)

    def record(self, op: type[Op], inputs: Sequence[Any], attributes: Mapping[str, Any]) -> Any:
        """What ``op`` does; None, and nothing is recorded, where it cannot be followed.

        An op that training changes is recorded in both modes; where they differ in a switch only,
        that switch is the module's own ``training``.
        """
        start = len(self.graph.nodes)
        try:
            if "training" not in op.circumstances:
                return op.lower(torch, *inputs, **attributes)
            trained = op.lower(torch, *inputs, **attributes, training=True)
            middle = len(self.graph.nodes)
            evaluated = op.lower(torch, *inputs, **attributes, training=False)
            self._merge(start, middle, trained, evaluated)
        except UNTRACEABLE:
            self._erase(start)
            return None
        return trained

    def _merge(self, start: int, middle: int, trained: Any, evaluated: Any) -> None:
        """Make one of two recordings; raises ``TraceError`` where they differ in more."""
        nodes = list(self.graph.nodes)
        first, second = nodes[start:middle], nodes[middle:]
        if len(first) != len(second):
            raise TraceError("the two modes do different things")
        twins = dict(zip(second, first, strict=True))
        if twins.get(evaluated.node, evaluated.node) is not trained.node:
            raise TraceError("the two modes give different results")
        with self.graph.inserting_before(first[0] if first else None):
            switch = self.graph.create_node("get_attr", "training")
        for node, twin in zip(first, second, strict=True):
            if (node.op, node.target) != (twin.op, twin.target):
                raise TraceError("the two modes do different things")
            node.args = _joined(node.args, twin.args, twins, switch)
            node.kwargs = _joined(node.kwargs, twin.kwargs, twins, switch)
        self._erase(middle + 1)
        if not switch.users:
            self.graph.erase_node(switch)

    def _erase(self, start: int) -> None:
        for node in reversed(list(self.graph.nodes)[start:]):
            self.constants.pop(str(node.target), None)
            self.graph.erase_node(node)

    def lengths_of(self, node: fx.Node) -> Lengths | None:
        """What is known of the lengths of a tensor that is not there yet."""
        if node not in self.lengths:
            found = self.witness(node)
            shapes = [x.shape for x in found or () if isinstance(x, torch.Tensor)]
            self.lengths[node] = (tuple(shapes[0]), tuple(shapes[1])) if len(shapes) == 2 else None
        return self.lengths[node]

    def witness(self, node: fx.Node) -> tuple[Any, Any] | None:
        """What a node gives for two batches, computed without any numbers."""
        if node not in self._witnesses:
            self._witnesses[node] = self._computed(node)
        return self._witnesses[node]

    def _computed(self, node: fx.Node) -> tuple[Any, Any] | None:
        known = self.lengths.get(node)
        if known is not None:
            return torch.empty(known[0], device="meta"), torch.empty(known[1], device="meta")
        sources = {source: self.witness(source) for source in node.all_input_nodes}
        if node.op not in ("call_function", "call_method") or None in sources.values():
            return None
        try:
            return self._called(node, sources, 0), self._called(node, sources, 1)
        except UNTRACEABLE:
            return None

    def _called(self, node: fx.Node, sources: Mapping[fx.Node, Any], which: int) -> Any:
        args, kwargs = fx.map_arg((node.args, node.kwargs), lambda source: sources[source][which])
        if node.op == "call_method":
            return getattr(args[0], str(node.target))(*args[1:], **kwargs)
        return node.target(*args, **kwargs)  # type: ignore[operator]


def _joined(a: Any, b: Any, twins: Mapping[fx.Node, fx.Node], switch: fx.Node) -> Any:
    """An argument of both recordings; True in training and False else is the switch."""
    if isinstance(a, tuple | list) and type(a) is type(b) and len(a) == len(b):
        return type(a)(_joined(x, y, twins, switch) for x, y in zip(a, b, strict=True))
    if isinstance(a, dict) and isinstance(b, dict) and a.keys() == b.keys():
        return {key: _joined(a[key], b[key], twins, switch) for key in a}
    if a is True and b is False:
        return switch
    if (twins.get(b, b) is not a) if isinstance(b, fx.Node) else (type(a) is not type(b) or a != b):
        raise TraceError("the two modes differ in more than a switch")
    return a
