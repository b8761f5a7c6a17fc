"""PyTorch models read back: ``from_torch`` turns a module into the graph that computes it."""

from graphlab.torch_backend.importing.model import from_torch

__all__ = ["from_torch"]
