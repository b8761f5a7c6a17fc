"""What an operation is.  Importing this package fills the registry; one file a family."""

from graphlab.ops import (
    activations,
    arithmetic,
    binary_losses,
    class_losses,
    cutting,
    functions,
    joining,
    linear,
    losses,
    mask_losses,
    penalties,
    rectifiers,
    reductions,
    shape,
    softmax,
    sources,
)
from graphlab.ops.broadcasting import show_shape
from graphlab.ops.contract import CATEGORIES, REGISTRY, Op, op_named
from graphlab.ops.families import Source

__all__ = [
    "CATEGORIES",
    "REGISTRY",
    "Op",
    "Source",
    "activations",
    "arithmetic",
    "binary_losses",
    "class_losses",
    "cutting",
    "functions",
    "joining",
    "linear",
    "losses",
    "mask_losses",
    "op_named",
    "penalties",
    "rectifiers",
    "reductions",
    "shape",
    "show_shape",
    "softmax",
    "sources",
]
