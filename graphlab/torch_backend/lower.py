"""A graph as a ``torch.nn.Module``: a submodule for each group, a parameter for each parameter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from graphlab.graph import Graph
from graphlab.torch_backend.exact import Origin, unpacked
from graphlab.torch_backend.lengths import lengths_of
from graphlab.torch_backend.naming import torch_names
from graphlab.torch_backend.weights import first_values

if TYPE_CHECKING:
    import torch


def lower(
    graph: Graph, *, seed: int = 0, shapes: Mapping[str, Sequence[int]] | None = None
) -> torch.nn.Module:
    """The graph as a module that PyTorch runs, differentiates and trains.

    It takes the tensors of ``graph.inputs`` in order and gives that of the one output, or a tuple
    in the order of ``graph.outputs``.  Its state dict has the parameters and buffers by their
    qualified names, with the weights that a ``Run`` with this ``seed`` has, in torch's default
    precision.  ``module.train()`` and ``module.eval()`` set the mode.  ``shapes``, by input,
    settles parameter shapes that are left open.

    Raises ``GraphError`` where the graph cannot be computed or a shape stays open.
    """
    import torch

    from graphlab.torch_backend.building import Builder

    lengths = lengths_of(graph, shapes)
    kind = torch.get_default_dtype()
    tensors = {
        name: torch.from_numpy(np.array(value)).to(kind)
        for name, value in first_values(graph, lengths.kept, seed)
    }
    made = Builder(graph, lengths, tensors, torch_names(graph)).build()
    module: Any = made.module
    module.origin = Origin(graph, lengths.kept, seed, torch_names(graph))
    module.origin.remake = _unpickled
    module.origin.shapes = {name: tuple(shape) for name, shape in (shapes or {}).items()}
    return made.module


def _unpickled(
    files: Mapping[str, bytes],
    shapes: Mapping[str, Sequence[int]],
    tensors: Mapping[str, torch.Tensor],
    modes: Mapping[str, bool],
) -> torch.nn.Module:
    """A module as it was pickled: its tensors with their types, and the mode of each part."""
    module = lower(unpacked(files), shapes=shapes)
    for path, tensor in tensors.items():
        owner, _, name = path.rpartition(".")
        home = module.get_submodule(owner)
        held: dict[str, Any] = home._parameters if name in home._parameters else home._buffers
        held[name] = tensor
    for path, training in modes.items():
        module.get_submodule(path).training = training
    return module
