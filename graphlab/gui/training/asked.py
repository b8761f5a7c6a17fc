"""What a process that trains was asked for, and who waits for the answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from numpy.typing import NDArray

Arrays = dict[str, NDArray[Any]]


class Asked(NamedTuple):
    """One question; its answer lies in a file."""

    view: str
    read: Callable[[str], Any]  # a file, in a thread
    then: Callable[[Any], object]
    refused: Callable[[str], object]


def read_arrays(file: str) -> Arrays:
    """The arrays of a view by name; raises ``GraphLabError`` for a file that holds none."""
    from graphlab.torch_backend.weights import load_weights

    return load_weights(file)
