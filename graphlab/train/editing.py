"""A single weight set by hand: which one, and to what, as it came from another process.

Imported only where torch is wanted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from graphlab.errors import RunError
from graphlab.ops import show_shape
from graphlab.train.network import Network

_LARGEST = 1e30


def set_weight(network: Network, edit: Mapping[str, Any]) -> None:
    """Set the number of parameter ``name`` at ``index``, one whole number an axis, to ``value``.

    Raises ``RunError`` for a parameter that is not there, a place that is not in it and what is no
    finite number, and ``KeyError`` where one of them is not told.
    """
    name, value, index = edit["name"], edit["value"], edit["index"]
    held = network.parameters().get(network.names.get(name, ""))
    if held is None:
        raise RunError(f"the network has no parameter {name!r:.60}")
    if type(value) not in (int, float) or not -_LARGEST < value < _LARGEST:
        raise RunError(f"a weight cannot be {value!r:.60}: give a finite number")
    if not _is_place(index, held.shape):
        raise RunError(
            f"{name} has the shape {show_shape(tuple(held.shape))}, and {index!r:.60} is no place "
            f"in it: give a list of {held.ndim} whole numbers, counted from 0"
        )
    with torch.no_grad():
        held[tuple(index)] = value


def _is_place(index: object, shape: Sequence[int]) -> bool:
    """Whether an index names one number of such a shape; True and False are no whole numbers."""
    return (
        isinstance(index, list)
        and len(index) == len(shape)
        and all(type(i) is int and 0 <= i < size for i, size in zip(index, shape, strict=True))
    )
