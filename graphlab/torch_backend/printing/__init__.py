"""A graph as PyTorch source."""

from graphlab.torch_backend.printing.printing import print_torch

__all__ = ["print_torch"]
