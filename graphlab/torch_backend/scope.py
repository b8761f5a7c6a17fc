"""One part of a graph while the fx graph of its ``forward`` is being recorded.

Imported only where torch is wanted.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from torch import fx

from graphlab.graph import OutPort
from graphlab.torch_backend.layers import has_weights
from graphlab.torch_backend.made import Context, Made, construct
from graphlab.torch_backend.modules import OpModule, hold
from graphlab.torch_backend.naming import safe_name
from graphlab.torch_backend.parts import Part, is_literal
from graphlab.torch_backend.tracing import Recorder, StandIn

_TAKEN = frozenset({"self", "torch", "nn", "F", "Tensor"})
"""Names that mean something else in a printed ``forward``."""


class Scope:
    """One part while its fx graph is being recorded."""

    def __init__(self, context: Context, part: Part, made: Made) -> None:
        self.context, self.part, self.made = context, part, made
        self.graph = context.graph
        members = (s.group if isinstance(s, Part) else s for s in (*part.sources, *part.steps))
        taken = {context.path(part, name).partition(".")[0] for name in members if name}
        self.recorder = Recorder(taken)
        self.values: dict[OutPort, StandIn] = {}
        made.inputs = self._input_names()
        for name, port in zip(made.inputs, part.inputs, strict=True):
            known = context.lengths.of(port)
            self.values[port] = self.recorder.add("placeholder", name, known)

    def _input_names(self) -> tuple[str, ...]:
        """Names that two groups alike in structure share; a graph's own inputs keep theirs."""
        taken: dict[str, None] = {}
        flows = [p for p in self.part.inputs if not self.graph.nodes[p.node].op.starts]
        for port in self.part.inputs:
            if self.part.group is None or self.graph.nodes[port.node].op.starts:
                stem = safe_name(self.context.names[port.node].rpartition(".")[2], _TAKEN)
                stem = stem if stem.isidentifier() else f"x{stem}"
            else:
                stem = "x" if len(flows) == 1 else f"x{flows.index(port) + 1}"
            while stem in taken:
                stem += "_"
            taken[stem] = None
        return tuple(taken)

    def spread(
        self, path: str, part: Part, inner: tuple[str, Made], weights: Collection[str]
    ) -> None:
        """Call the layer of a part, which has these weights, and record the rest beside it."""
        for step in map(str, part.steps):
            if step == inner[0]:
                node = self.graph.nodes[step]
                arriving = next(s for s in node.inputs.values() if s.node not in weights)
                self.call(path, inner[1], (arriving,), (OutPort(step),))
            else:
                self.compute(step)

    def call(
        self, path: str, child: Made, inputs: Sequence[OutPort], outputs: Sequence[OutPort]
    ) -> None:
        """Call the module of a part."""
        given: list[Any] = [self.value(port) for port in inputs]
        if child.layer is not None and child.layer.takes_ids:
            given = [x.long() for x in given]
        self._add(path, child)
        known = self.context.lengths.of(outputs[0]) if len(outputs) == 1 else None
        out: Any = self.recorder.add("call_module", path, known, *given)
        outs = [out] if len(outputs) == 1 else [out[i] for i in range(len(outputs))]
        self._keep(outputs, outs)

    def compute(self, name: str) -> None:
        """Record one op."""
        node = self.graph.nodes[name]
        given = [
            self.value(node.inputs[port]) if port in node.inputs else None for port in node.ports
        ]
        out = self.recorder.record(node.op, given, node.attributes)
        if out is None:
            path = self.context.path(self.part, name)
            layer = None if has_weights(node) else self.context.layer(name)
            module = OpModule(node.op, node.attributes) if layer is None else construct(layer)
            self._add(path, Made(module, node.op.name, layer=layer, op=node))
            out = self.recorder.add("call_module", path, None, *given)
        count = len(node.op.output_names(**node.attributes))
        outs = [out[i] for i in range(count)] if node.op.several else [out]
        self._keep([OutPort(name, i) for i in range(count)], outs)

    def value(self, port: OutPort) -> Any:
        """What stands for an output in here: a number, a stand-in, or a tensor that is held."""
        if port in self.values:
            return self.values[port]
        if is_literal(self.graph, port.node):
            return self.graph.nodes[port.node].attributes["value"]
        path = self.context.path(self.part, port.node)
        return self.recorder.add("get_attr", path, self.context.lengths.of(port))

    def finish(self) -> fx.Graph:
        """The recorded graph, once everything is computed."""
        outs = [self.value(port) for port in self.part.outputs]
        result = outs[0] if len(outs) == 1 else tuple(outs)
        graph = self.recorder.graph
        graph.output(self.recorder.create_arg(result))
        for node in reversed(list(graph.nodes)):  # lengths that were asked for and not used
            if not node.users and node.op in ("call_function", "call_method", "get_attr"):
                graph.erase_node(node)
        read = {str(node.target) for node in graph.nodes if node.op == "get_attr"}
        for name, tensor in self.recorder.constants.items():
            if name in read:
                hold(self.made.module, name, tensor, persistent=False)
                self.made.constants[name] = tensor
        return graph

    def _add(self, path: str, child: Made) -> None:
        hold(self.made.module, path, child.module, persistent=True)
        self.made.children[path] = child

    def _keep(self, ports: Any, outs: list[Any]) -> None:
        for port, out in zip(ports, outs, strict=True):
            self.values[port] = out
            known = self.context.lengths.of(port)
            if isinstance(out, StandIn) and known is not None:
                self.recorder.lengths.setdefault(out.node, known)
