"""``print_torch``: a graph as a file of PyTorch that a person would write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from graphlab.errors import GraphError
from graphlab.graph import Graph, Node
from graphlab.torch_backend.lengths import lengths_of
from graphlab.torch_backend.naming import class_name, torch_names


def print_torch(
    graph: Graph, *, name: str = "Net", shapes: Mapping[str, Sequence[int]] | None = None
) -> str:
    """The graph as the source of a module called ``name``, which needs nothing but torch.

    There is one class for all groups that are alike.  An instance takes the state dict of
    ``lower(graph)`` and then gives the same outputs bit for bit.  ``shapes``, by input, settles
    parameter shapes that are left open.

    Raises ``GraphError`` where the graph cannot be computed, or an op can only be told once the
    shapes of what arrives are known.
    """
    import torch

    from graphlab.torch_backend.building import Builder
    from graphlab.torch_backend.printing.declared import Stored
    from graphlab.torch_backend.printing.source import source_of

    lengths = lengths_of(graph, shapes)
    for key in (*graph.parameters, *graph.buffers):
        if key not in lengths.kept:
            raise GraphError(
                f"{key} ({graph.nodes[key].op.name}) has an open shape that nothing settles: give "
                f"it a shape, or give the shape of what arrives"
            )
    empty = {key: torch.empty(shape, device="meta") for key, shape in lengths.kept.items()}
    root = Builder(graph, lengths, empty, torch_names(graph)).build()
    for made in root.walk():
        if made.op is not None and made.layer is None:
            raise _unprintable(made.op, made.title)
    stored = {key: Stored(key, graph.nodes[key], shape) for key, shape in lengths.kept.items()}
    for key, node in graph.nodes.items():
        if node.op.name == "constant":
            stored[key] = Stored(key, node, np.shape(node.attributes["value"]))
    told = class_name(name)
    return source_of(root, told, stored, f"{told}, drawn and compiled in GraphLab.")


def _unprintable(node: Node, title: str) -> GraphError:
    """Why a node cannot be written as a line of source."""
    if node.op.category == "Opaque":
        target = str(node.attributes.get("target", ""))
        return GraphError(
            f"{target[:80]} is opaque to GraphLab and cannot be printed; lower the graph and run "
            f"it in this process instead"
        )
    return GraphError(
        f"{title} cannot be printed before it is known what arrives there: give the shapes of the "
        f"graph's inputs"
    )
