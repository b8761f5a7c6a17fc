"""What a program calls where several floors have to meet."""

from __future__ import annotations

import os

from graphlab.graph import Graph
from graphlab.graph.file import load
from graphlab.graph.formula import parse


def read_source(source: str) -> Graph:
    """The graph of a ``.graph.json`` file, or of a formula.

    An existing file, and any name that ends in ``.json``, is a file; all else is a formula.
    Raises ``FileError`` or ``FormulaError``.
    """
    if source.endswith(".json") or os.path.isfile(source):
        return load(source)
    return parse(source)
