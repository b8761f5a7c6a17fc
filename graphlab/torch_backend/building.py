"""Making the modules: the tree of parts, each recorded as an fx graph and compiled from it.

Imported only where torch is wanted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import fx, nn

from graphlab.graph import Graph, OutPort
from graphlab.graph.node import Node
from graphlab.ops.contract import Tensor
from graphlab.torch_backend.layers import Layer, Use, has_weights, layer_of
from graphlab.torch_backend.lengths import Lengths
from graphlab.torch_backend.modules import Block, Lowered, OpModule, hold
from graphlab.torch_backend.naming import class_name, safe_name
from graphlab.torch_backend.parts import Part, is_literal, parts_of
from graphlab.torch_backend.tracing import Recorder, StandIn


@dataclass(eq=False)
class Made:
    """What became of a part, or of one op: the module and what a printer wants to know of it."""

    module: nn.Module
    title: str = ""
    inputs: tuple[str, ...] = ()  # what the arguments of its forward are called
    layer: Layer | None = None  # where PyTorch has the module
    graph: fx.Graph | None = None  # what its forward does; None for a layer or a sequence
    children: dict[str, Made] = field(default_factory=dict)  # by path, in order
    sources: dict[str, str] = field(default_factory=dict)  # nodes of tensors held here, by path
    constants: dict[str, Tensor] = field(default_factory=dict)  # what ops made by themselves
    buffers: set[str] = field(default_factory=set)  # those of the nodes that are not learned
    op: Node | None = None  # of an op that could not be recorded

    def walk(self) -> Iterator[Made]:
        """This module and all inside it."""
        yield self
        for child in self.children.values():
            yield from child.walk()


class Builder:
    """Builds the modules of one graph from the tensors of its parameters and buffers."""

    def __init__(
        self, graph: Graph, lengths: Lengths, tensors: Mapping[str, Tensor], names: Mapping[str, str]
    ) -> None:
        self.graph = graph
        self.lengths = lengths
        self.tensors = tensors
        self.names = names

    def build(self) -> Made:
        """The module of the whole graph, and all inside it."""
        return self._block(parts_of(self.graph), Lowered)

    # --- parts ----------------------------------------------------------------------------------
    def _made(self, part: Part) -> Made:
        return self._layer(part) or self._sequence(part) or self._block(part, Block)

    def _block(self, part: Part, kind: type[Block]) -> Made:
        module = kind()
        made = Made(module, self._title(part))
        for name in part.sources:
            self._hold(made, part, name)
        scope = _Scope(self, part, made)
        for step in part.steps:
            if not isinstance(step, Part):
                scope.compute(step)
            elif (inner := self._layer_within(step)) is not None:
                scope.spread(self.path(part, step.group or ""), step, inner)
            else:
                scope.call(self.path(part, step.group or ""), self._made(step), step.inputs, step.outputs)
        made.graph = scope.finish()
        compiled = type(fx.GraphModule(module, made.graph)).forward
        module.__class__ = type(class_name(made.title), (kind,), {"forward": compiled})
        return made

    def _layer(self, part: Part) -> Made | None:
        """The module PyTorch has for a part that is one op with its own weights."""
        if len(part.steps) != 1 or part.outputs != (OutPort(str(part.steps[0])),):
            return None
        found = self._layer_within(part)
        return None if found is None else found[1]

    def _layer_within(self, part: Part) -> tuple[str, Made] | None:
        """The one op of a small part that has weights, all of the part's own, as a module.

        A person calls it as the part, and applies what else is in there to its result.
        """
        if len(part.steps) > _FEW or any(isinstance(step, Part) for step in part.steps):
            return None
        weighty = [str(n) for n in part.steps if has_weights(self.graph.nodes[str(n)])]
        if len(part.steps) > 1 and (len(weighty) != 1 or not part.sources):
            return None
        name = weighty[0] if weighty else str(part.steps[0])
        node = self.graph.nodes[name]
        ports = {source.node: port for port, source in node.inputs.items()}
        own = {n: self.path(part, n) for n in part.sources}
        fits = all(
            ports.get(n) == path or (n not in ports and path == "num_batches_tracked")
            for n, path in own.items()
        )
        layer = self.layer(name) if fits else None
        if layer is None or len(node.inputs) - 1 != sum(n in ports for n in own):
            return None
        module = construct(layer)
        wanted = {path: tuple(x.shape) for path, x in module.state_dict().items()}
        given = {path: tuple(self.tensors[n].shape) for n, path in own.items() if n in ports}
        if wanted != given:
            return None
        made = Made(module, node.op.name, layer=layer)
        for source in part.sources:
            self._hold(made, part, source)
        return name, made

    def _sequence(self, part: Part) -> Made | None:
        """``nn.Sequential`` for a part whose members are called 0, 1, 2 … and make a chain."""
        if part.group is None or len(part.inputs) != 1 or part.sources or len(part.steps) < 2:
            return None
        flows: tuple[OutPort, ...] = part.inputs
        children: dict[str, Made] = {}
        for i, step in enumerate(part.steps):
            name = step.group if isinstance(step, Part) else step
            node = None if isinstance(step, Part) else self.graph.nodes[step]
            inputs = step.inputs if node is None else tuple(node.inputs.values())
            if self.path(part, name or "") != str(i) or inputs != flows or len(flows) != 1:
                return None
            if isinstance(step, Part):
                flows, child = step.outputs, self._made(step)
            else:
                layer = self.layer(step)
                if layer is None or has_weights(self.graph.nodes[step]) or layer.takes_ids:
                    return None
                flows, child = (OutPort(step),), Made(construct(layer), layer=layer)
            if child.layer is not None and child.layer.takes_ids:
                return None
            children[str(i)] = child
        if flows != part.outputs:
            return None
        module = nn.Sequential(*(child.module for child in children.values()))
        return Made(module, self._title(part), children=children)

    # --- what a part asks -----------------------------------------------------------------------
    def path(self, part: Part, name: str) -> str:
        """The name of a node or group as the part's own module writes it."""
        told = self.names[name]
        return told if part.group is None else told.removeprefix(f"{self.names[part.group]}.")

    def layer(self, name: str) -> Layer | None:
        """The module PyTorch has for one node, if its shapes are known."""
        node = self.graph.nodes[name]
        shapes = {}
        for port, source in list(node.inputs.items()):
            shape = self.lengths.first.of(source)
            if self.graph.nodes[source.node].op.starts:
                shape = self.lengths.kept.get(source.node, shape)
                if shape is None:
                    return None
                shapes[port] = shape
        if has_weights(node) and not shapes:
            return None
        x = node.inputs.get("x")
        arriving = None if x is None else self.lengths.of(x)
        return layer_of(Use(node, shapes, None if arriving is None else len(arriving[0])))

    def _title(self, part: Part) -> str:
        if part.group is None:
            return "Net"
        group = self.graph.groups[part.group]
        return group.template or group.title or self.path(part, part.group).rpartition(".")[2]

    def _hold(self, made: Made, part: Part, name: str) -> None:
        """Give a module the tensor of a parameter, a buffer or a constant array."""
        node = self.graph.nodes[name]
        is_constant = node.op.name == "constant"
        if is_constant and (is_literal(self.graph, name) or not self.graph.consumers[name]):
            return
        if is_constant:
            tensor = torch.tensor(node.attributes["value"]).to(torch.get_default_dtype())
        else:
            tensor = self.tensors[name]
        path = self.path(part, name)
        made.sources[path] = name
        if node.op.name != "parameter":
            made.buffers.add(name)
        held = nn.Parameter(tensor) if node.op.name == "parameter" else tensor
        hold(made.module, path, held, persistent=not is_constant)


class _Scope:
    """One part while its fx graph is being recorded."""

    def __init__(self, builder: Builder, part: Part, made: Made) -> None:
        self.builder, self.part, self.made = builder, part, made
        self.graph = builder.graph
        members = (s.group if isinstance(s, Part) else s for s in (*part.sources, *part.steps))
        taken = {builder.path(part, name).partition(".")[0] for name in members if name}
        self.recorder = Recorder(taken)
        self.values: dict[OutPort, StandIn] = {}
        made.inputs = self._input_names()
        for name, port in zip(made.inputs, part.inputs, strict=True):
            known = builder.lengths.of(port)
            self.values[port] = self.recorder.add("placeholder", name, known)

    def _input_names(self) -> tuple[str, ...]:
        """Names that two groups alike in structure share; a graph's own inputs keep theirs."""
        taken: dict[str, None] = {}
        flows = [p for p in self.part.inputs if not self.graph.nodes[p.node].op.starts]
        for port in self.part.inputs:
            if self.part.group is None or self.graph.nodes[port.node].op.starts:
                stem = safe_name(self.builder.names[port.node].rpartition(".")[2], _TAKEN)
                stem = stem if stem.isidentifier() else f"x{stem}"
            else:
                stem = "x" if len(flows) == 1 else f"x{flows.index(port) + 1}"
            while stem in taken:
                stem += "_"
            taken[stem] = None
        return tuple(taken)

    def spread(self, path: str, part: Part, inner: tuple[str, Made]) -> None:
        """Call the layer of a part, and record the rest of the part beside it."""
        for step in map(str, part.steps):
            if step == inner[0]:
                node = self.graph.nodes[step]
                arriving = next(s for s in node.inputs.values() if s.node not in part.sources)
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
        known = self.builder.lengths.of(outputs[0]) if len(outputs) == 1 else None
        out = self.recorder.add("call_module", path, known, *given)
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
            path = self.builder.path(self.part, name)
            layer = None if has_weights(node) else self.builder.layer(name)
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
        path = self.builder.path(self.part, port.node)
        return self.recorder.add("get_attr", path, self.builder.lengths.of(port))

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
            known = self.builder.lengths.of(port)
            if isinstance(out, StandIn) and known is not None:
                self.recorder.lengths.setdefault(out.node, known)


_FEW = 3
"""Of so many ops a part may consist to be told as one layer and what follows it."""

_TAKEN = frozenset({"self", "torch", "nn", "F", "Tensor"})
"""Names that mean something else in a printed ``forward``."""


def construct(layer: Layer) -> nn.Module:
    """The module of ``torch.nn`` without weights of its own; it waits for those of the graph."""
    with torch.device("meta"):
        made: nn.Module = getattr(nn, layer.kind)(*layer.positional, **dict(layer.options))
    if getattr(made, "num_batches_tracked", None) is not None:
        made.num_batches_tracked = None
    return made
