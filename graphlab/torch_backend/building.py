"""Making the modules: the tree of parts, each recorded as an fx graph and compiled from it.

Imported only where torch is wanted.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import fx, nn

from graphlab.graph import Graph, OutPort
from graphlab.ops.contract import Tensor
from graphlab.torch_backend.layers import has_weights
from graphlab.torch_backend.lengths import Lengths
from graphlab.torch_backend.made import Context, Made, construct
from graphlab.torch_backend.modules import Block, Lowered, hold
from graphlab.torch_backend.naming import class_name
from graphlab.torch_backend.parts import Part, is_literal, parts_of
from graphlab.torch_backend.repeats import Repeat, repeats_of
from graphlab.torch_backend.scope import Scope

_FEW = 3
"""Of so many ops a part may consist to be told as one layer and what follows it."""


class Builder:
    """Builds the modules of one graph from the tensors of its parameters and buffers."""

    def __init__(
        self,
        graph: Graph,
        lengths: Lengths,
        tensors: Mapping[str, Tensor],
        names: Mapping[str, str],
    ) -> None:
        self.context = Context(graph, lengths, names)
        self.graph = graph
        self.tensors = tensors

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
        scope = Scope(self.context, part, made)
        repeats = repeats_of(self.graph, part)
        for step in part.steps:
            repeat = repeats.get(step if isinstance(step, str) else step.group or "")
            if repeat is not None:
                self._member(scope, repeat.part, repeat)
            elif isinstance(step, Part):
                self._member(scope, step, None)
            else:
                scope.compute(step)
        made.graph = scope.finish()
        compiled = type(fx.GraphModule(module, made.graph)).forward
        module.__class__ = type(class_name(made.title), (kind,), {"forward": compiled})
        return made

    def _member(self, scope: Scope, step: Part, repeat: Repeat | None) -> None:
        """Call the module of a part, or once more that of the part that it repeats."""
        home = step if repeat is None else repeat.first
        path = self.context.path(scope.part, home.group or "")
        inner = self._layer_within(home)
        if inner is None:
            child = scope.made.children.get(path) or self._made(home)
            scope.call(path, child, step.inputs if repeat is None else repeat.inputs, step.outputs)
            return
        name, child = inner
        layer = name if repeat is None else repeat.nodes[name]
        scope.spread(path, step, (layer, scope.made.children.get(path, child)), home.sources)

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
        own = {n: self.context.path(part, n) for n in part.sources}
        fits = all(
            ports.get(n) == path or (n not in ports and path == "num_batches_tracked")
            for n, path in own.items()
        )
        layer = self.context.layer(name) if fits else None
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
            if isinstance(step, Part):
                name, inputs = step.group or "", step.inputs
            else:
                name, inputs = step, tuple(self.graph.nodes[step].inputs.values())
            if self.context.path(part, name) != str(i) or inputs != flows or len(flows) != 1:
                return None
            if isinstance(step, Part):
                flows, child = step.outputs, self._made(step)
            else:
                layer = self.context.layer(step)
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
    def _title(self, part: Part) -> str:
        if part.group is None:
            return "Net"
        group = self.graph.groups[part.group]
        return (
            group.template or group.title or self.context.path(part, part.group).rpartition(".")[2]
        )

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
        path = self.context.path(part, name)
        made.sources[path] = name
        if node.op.name != "parameter":
            made.buffers.add(name)
        held = nn.Parameter(tensor) if node.op.name == "parameter" else tensor
        hold(made.module, path, held, persistent=not is_constant)
