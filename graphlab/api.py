"""What a program calls where several floors have to meet."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from graphlab.engine.judges import Report, Third
from graphlab.engine.judges import check_gradients as judge
from graphlab.graph import Graph
from graphlab.graph.file import load
from graphlab.graph.formula import parse
from graphlab.torch_backend.judge import torch_gradients


def read_source(source: str) -> Graph:
    """The graph of a ``.graph.json`` file, or of a formula.

    An existing file, and any name that ends in ``.json``, is a file; all else is a formula.
    Raises ``FileError`` or ``FormulaError``.
    """
    if source.endswith(".json") or os.path.isfile(source):
        return load(source)
    return parse(source)


def check_gradients(
    graph: Graph,
    feeds: Mapping[str, Any] | None = None,
    *,
    node: str | None = None,
    seed: int = 0,
    tolerance: float = 1e-6,
) -> Report:
    """Let three judges look at the gradient of ``node``, or of the graph's one output.

    They are the analytic way back, central differences and, where torch can be imported, its
    autograd.  ``report.agrees`` is the answer, ``report.rows`` says more, worst first.
    Raises ``RunError`` where ``node`` has no value with these feeds.
    """
    return judge(graph, feeds or {}, node=node, seed=seed, tolerance=tolerance, third=_third())


def _third() -> Third | None:
    try:
        import torch  # noqa: F401  whether it can be imported is the question
    except (ImportError, OSError):  # OSError: one of its libraries is missing
        return None
    return torch_gradients
