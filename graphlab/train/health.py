"""What shows whether a network still learns: norms by layer, updates, units that are dead.

Imported only where torch is wanted.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from graphlab.graph import Graph, dag_of
from graphlab.graph.edits import mark_outputs
from graphlab.torch_backend.lower import lower
from graphlab.train.events import Health, Units
from graphlab.train.many.sharding import whole_tensor
from graphlab.train.network import Network

RECTIFIERS = ("relu", "relu6")
"""Where an input is not positive they give 0 and hand nothing back."""


class Pulse:
    """The norms around one step: weights and gradients before it, and what it changed."""

    def __init__(self, named: Mapping[str, torch.nn.Parameter]) -> None:
        self.named = {name: x for name, x in named.items() if x.grad is not None}
        self.before = [x.detach().clone() for x in self.named.values()]
        gradients = [x.grad for x in self.named.values() if x.grad is not None]
        self.gradients = torch._foreach_norm(gradients) if gradients else ()

    def event(self, step: int) -> Health:
        """What is told once the step is taken."""
        weights = torch._foreach_norm(self.before) if self.before else ()
        after = [x.detach() for x in self.named.values()]
        moved = torch._foreach_norm(torch._foreach_sub(after, self.before)) if after else ()
        table = [_floats(norms) for norms in (self.gradients, weights, moved)]
        shares = [u / w if w else 0.0 for u, w in zip(table[2], table[1], strict=True)]
        gradients, sizes, updates = (
            dict(zip(self.named, row, strict=True)) for row in (table[0], table[1], shares)
        )
        return Health(step, gradients, sizes, updates)


class Rectifiers:
    """Counts the units of a network that are 0 for a whole batch."""

    def __init__(self, network: Network) -> None:
        self.network = network
        graph: Graph = network.graph
        self.names = [name for name, node in graph.nodes.items() if node.op.name in RECTIFIERS]
        if self.names:
            shapes = {name: (2, *shape) for name, shape in network.wiring.shapes.items()}
            probe = lower(mark_outputs(graph, self.names), shapes=shapes)
            self.probe = probe.to(network.device, network.dtype).eval()

    def event(self, step: int, inputs: Mapping[str, Tensor]) -> Units | None:
        """The dead units in evaluation mode; a unit of an image is a channel."""
        if not self.names:
            return None
        held = self.network.state()
        state = {name: held[name] for name in self.probe.state_dict() if name in held}
        given = self.network.given(inputs)
        with torch.no_grad():
            out = torch.func.functional_call(self.probe, state, given)
        values = out if isinstance(out, tuple) else (out,)
        dead, counts = {}, {}
        for name, value in zip(self.names, values, strict=True):
            axes = [axis for axis in range(value.ndim) if axis != 1]
            alive = (value > 0).any() if value.ndim < 2 else (value > 0).sum(axes) > 0
            counts[name] = alive.numel()
            dead[name] = alive.numel() - int(alive.sum())
        return Units(step, dead, counts)


def layers(graph: Graph, names: Mapping[str, str]) -> list[dict[str, str]]:
    """The parameters and rectifiers by depth: their node, and what a state dict calls it."""
    place = {name: i for i, name in enumerate(dag_of(graph).order)}

    def depth(name: str) -> int:
        """A parameter stands where it is first used."""
        is_computed = bool(graph.nodes[name].inputs)
        uses = [name] if is_computed else [edge.target.node for edge in graph.consumers[name]]
        return min((place[use] for use in uses if use in place), default=0)

    kinds = dict.fromkeys(graph.parameters, "parameter")
    kinds |= {n: "rectifier" for n, x in graph.nodes.items() if x.op.name in RECTIFIERS}
    return [
        {"node": name, "told": names.get(name, name), "kind": kinds[name]}
        for name in sorted(kinds, key=lambda name: (depth(name), kinds[name]))
    ]


def _floats(norms: object) -> list[float]:
    tensors = [whole_tensor(x) for x in norms]  # type: ignore[attr-defined]
    found: list[float] = torch.stack(tensors).tolist() if tensors else []
    return found
