"""GraphLab: draw a neural network as a computational graph and step it forward and backward.

    >>> import graphlab
    >>> run = graphlab.Run(graphlab.parse("f = (x + y) * z"), {"x": -2, "y": 5, "z": -4})
    >>> run.forward().backward().grad("x")
    np.float64(-4.0)

Each name is loaded when it is first used: importing the package costs nothing, and neither Qt nor
torch is needed to step a graph.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graphlab.api import check_gradients, parity, read_source
    from graphlab.engine import Run
    from graphlab.engine.descent import descend
    from graphlab.engine.explain import explain
    from graphlab.engine.paths import count_paths, top_paths
    from graphlab.errors import GraphLabError
    from graphlab.graph import Graph, check
    from graphlab.graph.file import load, save
    from graphlab.graph.formula import parse, to_text
    from graphlab.graph.gallery import gallery, gallery_names
    from graphlab.torch_backend.exporting import to_onnx
    from graphlab.torch_backend.importing import from_torch
    from graphlab.torch_backend.lower import lower
    from graphlab.torch_backend.onnx_in import from_onnx
    from graphlab.torch_backend.printing import print_torch
    from graphlab.torch_backend.weights import state_of, with_weights

__version__ = "0.1.0"

__all__ = [
    "Graph",
    "GraphLabError",
    "Run",
    "__version__",
    "check",
    "check_gradients",
    "count_paths",
    "descend",
    "explain",
    "from_onnx",
    "from_torch",
    "gallery",
    "gallery_names",
    "load",
    "lower",
    "parity",
    "parse",
    "print_torch",
    "read_source",
    "save",
    "state_of",
    "to_onnx",
    "to_text",
    "top_paths",
    "with_weights",
]

_HOMES = {
    "Graph": "graphlab.graph",
    "GraphLabError": "graphlab.errors",
    "Run": "graphlab.engine",
    "check": "graphlab.graph",
    "check_gradients": "graphlab.api",
    "count_paths": "graphlab.engine.paths",
    "descend": "graphlab.engine.descent",
    "explain": "graphlab.engine.explain",
    "from_onnx": "graphlab.torch_backend.onnx_in",
    "from_torch": "graphlab.torch_backend.importing",
    "gallery": "graphlab.graph.gallery",
    "gallery_names": "graphlab.graph.gallery",
    "load": "graphlab.graph.file",
    "lower": "graphlab.torch_backend.lower",
    "parity": "graphlab.api",
    "parse": "graphlab.graph.formula",
    "print_torch": "graphlab.torch_backend.printing",
    "read_source": "graphlab.api",
    "save": "graphlab.graph.file",
    "state_of": "graphlab.torch_backend.weights",
    "to_onnx": "graphlab.torch_backend.exporting",
    "to_text": "graphlab.graph.formula",
    "top_paths": "graphlab.engine.paths",
    "with_weights": "graphlab.torch_backend.weights",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'graphlab' has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(home), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
