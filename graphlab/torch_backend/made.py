"""What becomes of the parts of a graph, and what every part is told of the whole.

Imported only where torch is wanted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import torch
from torch import fx, nn

from graphlab.graph import Graph
from graphlab.graph.node import Node
from graphlab.ops.contract import Tensor
from graphlab.torch_backend.layers import Layer, Use, has_weights, layer_of
from graphlab.torch_backend.lengths import Lengths
from graphlab.torch_backend.parts import Part


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


@dataclass(frozen=True)
class Context:
    """A graph on its way to torch: its shapes, and its names in a state dict."""

    graph: Graph
    lengths: Lengths
    names: Mapping[str, str]

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


def construct(layer: Layer) -> nn.Module:
    """The module of ``torch.nn`` without weights of its own; it waits for those of the graph."""
    with torch.device("meta"):
        made: nn.Module = getattr(nn, layer.kind)(*layer.positional, **dict(layer.options))
    if getattr(made, "num_batches_tracked", None) is not None:
        made.register_buffer("num_batches_tracked", None)
    return made
