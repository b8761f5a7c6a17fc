"""What a process that trains was asked for, and who waits for the answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from numpy.typing import NDArray

from graphlab.errors import GraphLabError

Arrays = dict[str, NDArray[Any]]


class Asked(NamedTuple):
    """One question; its answer lies in a file.  The next about its ``view`` takes its place."""

    view: str
    read: Callable[[str], Any]  # a file, in a thread
    then: Callable[[Any], object]
    refused: Callable[[str], object]

    def found(self, file: str) -> tuple[Any, str]:
        """What its file holds, or why it cannot be read; for a thread."""
        try:
            return self.read(file), ""
        except (GraphLabError, OSError) as error:
            return None, str(error)


def read_arrays(file: str) -> Arrays:
    """The arrays of a view by name; raises ``GraphLabError`` for a file that holds none."""
    from graphlab.torch_backend.weights import load_weights

    return load_weights(file)
