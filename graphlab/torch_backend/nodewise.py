"""Every value and gradient of a graph as PyTorch computes them, node by node, to compare with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from graphlab.graph import Graph, OutPort, dag_of
from graphlab.graph.circumstances import Circumstances


def torch_run(
    graph: Graph, sources: Mapping[str, Any], ends: Sequence[str], circumstances: Circumstances
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The values, and ∂(sum over ``ends``) / ∂ each, in float64, by output (``node``, ``node.1``).

    ``sources`` has the value of every source that the ends need; masks are those a ``Run`` draws.
    An output that gets no gradient, and every buffer, is left out of the second.
    """
    import torch

    needed = dag_of(graph).ancestors(*(graph.port(end).node for end in ends))
    tensors: dict[OutPort, Any] = {}
    values: dict[str, Any] = {}  # as they were before training changed a buffer in place
    for name in dag_of(graph).order:
        if name not in needed:
            continue
        node = graph.nodes[name]
        if node.op.category == "Source":
            value = torch.tensor(np.array(sources[name], dtype=np.float64))
            outs: Any = (value.requires_grad_(node.op.name != "buffer"),)
        else:
            given = [tensors.get(node.inputs[p]) if p in node.inputs else None for p in node.ports]
            told = circumstances.of(name, node.op, node.attributes)
            out = node.op.lower(torch, *given, **told)
            outs = out if node.op.several else (out,)
            # What nothing goes back through has a gradient of its own all the same.
            outs = tuple(x if x.requires_grad else x.detach().requires_grad_() for x in outs)
        # A clone is a tensor of its own where an op hands its input on as it is.
        tensors.update((OutPort(name, i), x.clone()) for i, x in enumerate(outs))
        values.update(
            (str(OutPort(name, i)), x.detach().numpy().copy()) for i, x in enumerate(outs)
        )
    asked = {port: x for port, x in tensors.items() if x.requires_grad}
    starts = [tensors[graph.port(end)] for end in ends if graph.port(end) in asked]
    found: Sequence[Any] = (None,) * len(asked)
    if starts:
        ones = [torch.ones_like(x) for x in starts]
        found = torch.autograd.grad(starts, list(asked.values()), ones, allow_unused=True)
    gradients = {
        str(port): g.numpy() for port, g in zip(asked, found, strict=True) if g is not None
    }
    return values, gradients
