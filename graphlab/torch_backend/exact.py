"""The digits that single precision drops, given back when a module goes over to double."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from graphlab.graph import Graph
from graphlab.ops.broadcasting import Shape
from graphlab.torch_backend.weights import first_values


class Origin:
    """What a lowered module's tensors were made from; it is not copied with the module."""

    def __init__(
        self, graph: Graph, kept: Mapping[str, Shape], seed: int, paths: Mapping[str, str]
    ) -> None:
        self._graph: Graph | None = graph
        self._kept, self._seed, self._paths = kept, seed, paths

    def __deepcopy__(self, memo: Any) -> Origin:
        return self

    def __getstate__(self) -> dict[str, Any]:
        return {"_graph": None, "_kept": {}, "_seed": self._seed, "_paths": {}}

    def restore(self, module: Any) -> None:
        """Set every float64 tensor that is still its origin rounded to float32 to its origin."""
        if self._graph is None:
            return
        import torch

        tensors = {
            **dict(module.named_parameters(remove_duplicate=False)),
            **dict(module.named_buffers(remove_duplicate=False)),
        }
        wide = {path for path, x in tensors.items() if x.dtype == torch.float64 and not x.is_meta}
        if not wide:
            return
        constants = (
            (name, np.asarray(node.attributes["value"]))
            for name, node in self._graph.nodes.items()
            if node.op.name == "constant"
        )
        with torch.no_grad():
            for values in (first_values(self._graph, self._kept, self._seed), constants):
                for name, value in values:
                    path = self._paths[name]
                    if path in wide and value.dtype == np.float64:
                        _restore(tensors[path], torch.from_numpy(np.array(value)))


def _restore(tensor: Any, origin: Any) -> None:
    given = origin.to(tensor.device)
    if tensor.shape == given.shape and bool((tensor == given.float().double()).all()):
        tensor.copy_(given)
