"""What a lowered module was made from.

It gives back the digits that single precision drops when the module goes over to double, and it is
what the module is pickled as: its classes exist in this process alone, the graph does not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from graphlab.graph import Graph
from graphlab.graph.file import load, save
from graphlab.ops.broadcasting import Shape
from graphlab.torch_backend.weights import first_values

_FILE = "model.graph.json"


class Origin:
    """What a lowered module's tensors were made from; it is not copied with the module."""

    def __init__(
        self, graph: Graph, kept: Mapping[str, Shape], seed: int, paths: Mapping[str, str]
    ) -> None:
        self._graph = graph
        self._kept, self._seed, self._paths = kept, seed, paths
        self.remake: Callable[..., Any] | None = None  # makes the module from what is pickled
        self.shapes: dict[str, tuple[int, ...]] = {}  # what was said to arrive

    def __deepcopy__(self, memo: Any) -> Origin:
        return self

    def packed(self) -> dict[str, bytes]:
        """The graph as the files it would be saved as, its parameters with no values."""
        nodes = self._graph.node_table()
        for name, shape in self._kept.items():
            nodes[name] = replace(nodes[name], attributes={"shape": shape, "init": "zeros"})
        with TemporaryDirectory() as folder:
            save(self._graph.with_(nodes=nodes), Path(folder, _FILE))
            return {file.name: file.read_bytes() for file in Path(folder).iterdir()}

    def restore(self, module: Any) -> None:
        """Set every float64 tensor that is still its origin rounded to float32 to its origin."""
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


def unpacked(files: Mapping[str, bytes]) -> Graph:
    """The graph from what ``Origin.packed`` gave; raises ``FileError`` where that is damaged."""
    with TemporaryDirectory() as folder:
        for name, content in files.items():
            Path(folder, Path(name).name).write_bytes(content)
        return load(Path(folder, _FILE))


def _restore(tensor: Any, origin: Any) -> None:
    given = origin.to(tensor.device)
    if tensor.shape == given.shape and bool((tensor == given.float().double()).all()):
        tensor.copy_(given)
