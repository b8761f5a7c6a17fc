"""A part of a drawing at the current weights, asked about inputs that no data set holds.

Imported only where torch is wanted.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from graphlab.data.columns import Array
from graphlab.errors import RunError
from graphlab.graph import Graph, OutPort, dag_of
from graphlab.graph.edits import mark_outputs, remove_nodes
from graphlab.ops.broadcasting import Shape
from graphlab.torch_backend.lower import lower
from graphlab.torch_backend.naming import torch_names
from graphlab.train.training import Training


def only_from(graph: Graph, name: str) -> list[str]:
    """The nodes that follow from one input and what is learned, and from no other input."""
    dag = dag_of(graph)
    others = [
        n for n in graph.inputs if n != name and graph.nodes[n].attributes.get("value") is None
    ]
    spoilt = dag.descendants(*others) if others else set[str]()
    reached = dag.descendants(name)
    return [n for n in graph.nodes if n in reached and n not in spoilt and n != name]


def probe(
    training: Training,
    name: str,
    given: Array,
    ports: Sequence[OutPort],
    graph: Graph | None = None,
) -> dict[OutPort, Tensor]:
    """The values at ``ports`` for an input, in evaluation mode; they must follow from it alone.

    ``graph`` is the training's own with other links.
    """
    network = training.network
    part = _part(graph or training.graph, ports)
    module = lower(part, shapes={name: (2, *training.wiring.shapes[name])})
    held, full = network.module.state_dict(), network.names
    idle = network.weights() if len(held) < len(module.state_dict()) else {}
    known = {told: full[node] for node, told in torch_names(part).items() if node in full}
    state = {}
    for told in module.state_dict():
        source = known.get(told, told)
        state[told] = held[source] if source in held else torch.as_tensor(idle[source])
    module.load_state_dict(state)
    module = module.to(network.device, network.dtype).eval()
    inputs = network.tensors({name: given})
    with torch.no_grad():
        out = module(*(_fed(part, n, inputs, training) for n in part.inputs))
    values = out if isinstance(out, tuple) else (out,)
    return {p: v.detach().float().cpu() for p, v in zip(ports, values, strict=True)}


def is_by_example(shape: Shape, of_more: Shape | None) -> bool:
    """Whether a shape for two examples, and the one for three, hold numbers for each."""
    return shape[0] == 2 and of_more == (3, *shape[1:]) and math.prod(shape[1:]) > 0


def over_grid(values: Tensor, side: int) -> Array:
    """(units, side, side) of values for each point of a grid."""
    return np.ascontiguousarray(values.reshape(side * side, -1).T.reshape(-1, side, side).numpy())


def _part(graph: Graph, ports: Sequence[OutPort]) -> Graph:
    """The graph as far as these values need it."""
    if not ports:
        raise RunError("no value of the drawing follows from that input alone")
    needed = dag_of(graph).ancestors(*(port.node for port in ports))
    part = mark_outputs(graph.with_(recipe=None), [str(port) for port in ports])
    return remove_nodes(part, [name for name in part.nodes if name not in needed])


def _fed(part: Graph, name: str, inputs: dict[str, Tensor], training: Training) -> Tensor:
    if name in inputs:
        return inputs[name]
    value = torch.as_tensor(part.nodes[name].attributes["value"])
    return value.to(training.network.device, training.network.dtype)
