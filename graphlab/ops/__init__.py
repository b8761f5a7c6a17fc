"""What an operation is.  Importing this package fills the registry; one file a family."""

from graphlab.ops import (
    activations,
    arithmetic,
    binary_losses,
    class_losses,
    functions,
    joining,
    linear,
    losses,
    mask_losses,
    penalties,
    reductions,
    shape,
    softmax,
    sources,
)
from graphlab.ops.contract import CATEGORIES, REGISTRY, Op, Source, op_named, show_shape

__all__ = [
    "CATEGORIES", "REGISTRY", "Op", "Source", "activations", "arithmetic", "binary_losses",
    "class_losses", "functions", "joining", "linear", "losses", "mask_losses", "op_named",
    "penalties", "reductions", "shape", "show_shape", "softmax", "sources",
]
