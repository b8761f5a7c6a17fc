"""Torch autograd as a judge of GraphLab's gradients."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from graphlab.graph import Graph, Node, OutPort, dag_of
from graphlab.graph.circumstances import BY_DEFAULT, Circumstances


def torch_gradients(
    graph: Graph,
    sources: Mapping[str, Any],
    start: str,
    upstream: Any,
    circumstances: Circumstances = BY_DEFAULT,
) -> dict[str, Any]:
    """∂ sum(upstream × start) / ∂ every output, in float64, by output (``node`` or ``node.1``).

    Each node is lowered in order on float64 tensors.  ``sources`` has the value of every source
    that ``start`` needs.  An output that gets no gradient is left out.
    """
    import torch

    end = graph.port(start)
    dag = dag_of(graph)
    needed = dag.ancestors(end.node)
    tensors: dict[OutPort, Any] = {}
    for name in dag.order:
        if name not in needed:
            continue
        node = graph.nodes[name]
        if node.op.category == "Source":
            value = np.array(sources[name], dtype=np.float64)
            outs: Any = (torch.tensor(value, requires_grad=True),)
        else:
            told = circumstances.of(name, node.op, node.attributes)
            out = node.op.lower(torch, *_fed(node, tensors), **told)
            outs = out if node.op.several else (out,)
        tensors.update((OutPort(name, i), _own(x)) for i, x in enumerate(outs))
    asked = {port: x for port, x in tensors.items() if x.requires_grad}
    if end not in asked:
        return {}
    given = torch.tensor(np.array(upstream, dtype=np.float64))
    found = torch.autograd.grad(
        tensors[end], list(asked.values()), given.reshape(tensors[end].shape), allow_unused=True
    )
    return {
        str(port): gradient.numpy()
        for port, gradient in zip(asked, found, strict=True)
        if gradient is not None
    }


def _fed(node: Node, tensors: Mapping[OutPort, Any]) -> list[Any]:
    """The tensors at a node's ports; those that get no gradient are apart from the others.

    Torch refuses to differentiate by running statistics, and changes them in place.
    """
    fed = {port: tensors[source] for port, source in node.inputs.items()}
    kept = node.op.undifferentiated & fed.keys()
    fed.update((port, fed[port].detach().clone()) for port in kept)
    return [fed.get(port) for port in node.ports]


def _own(x: Any) -> Any:
    """A tensor of its own, where an op hands its input on as it is.

    What no gradient goes back through, as a comparison, still has one of its own.
    """
    return x.clone() if x.requires_grad else x.clone().requires_grad_()
