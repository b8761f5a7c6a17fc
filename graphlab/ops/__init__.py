"""What an operation is.  Importing this package fills the registry; one file a family."""

from graphlab.ops import activations, arithmetic, sources
from graphlab.ops.contract import CATEGORIES, REGISTRY, Op, Source, op_named, show_shape

__all__ = [
    "CATEGORIES", "Op", "REGISTRY", "Source", "activations", "arithmetic", "op_named",
    "show_shape", "sources",
]
