"""Loads the families of builders, which enter themselves in the table."""

from __future__ import annotations

from functools import cache
from importlib import import_module

FAMILIES = (
    "activations",
    "attention",
    "elementwise",
    "layers",
    "losses",
    "modules",
    "norms",
    "passing",
    "pooling",
    "products",
    "reducing",
    "selecting",
    "shaping",
)


@cache
def load_builders() -> None:
    """Fill the table; needed once, before a module is read."""
    for family in FAMILIES:
        import_module(f"graphlab.torch_backend.importing.{family}")
