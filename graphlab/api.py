"""What a program calls where several floors have to meet."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from graphlab.engine import Run
from graphlab.engine.judges import Report, Third
from graphlab.engine.judges import check_gradients as judge
from graphlab.errors import FileError, FormulaError, RunError
from graphlab.graph import Graph
from graphlab.graph.circumstances import Circumstances
from graphlab.graph.file import load
from graphlab.graph.formula import parse
from graphlab.graph.gallery import LEAD, gallery
from graphlab.torch_backend.judge import torch_gradients
from graphlab.torch_backend.nodewise import torch_run
from graphlab.torch_backend.parity import TOLERANCE, Parity, compared


def read_source(source: str) -> Graph:
    """The graph of a ``.graph.json`` file, of ``gallery:NAME``, or of a formula.

    Whatever exists under that name, any name that ends in ``.json`` and any that starts like a
    path is a file; all else is a formula.  Raises ``FileError`` or ``FormulaError``.
    """
    if source.startswith(LEAD):
        return gallery(source.removeprefix(LEAD))
    if source.endswith(".json") or source.startswith(_PATHS) or os.path.lexists(source):
        return load(source)
    try:
        return parse(source)
    except FormulaError:
        if _NAMED.fullmatch(source):  # x/y is a formula, data/net.txt none
            raise FileError(
                f"{source} is neither a formula nor a file that exists: check its name and folder"
            ) from None
        raise


_PATHS = ("/", "./", "../", "~", ".\\", "..\\")
_NAMED = re.compile(r"[^\s=()*+,]+\.[A-Za-z]\w+")


def check_gradients(
    graph: Graph,
    feeds: Mapping[str, Any] | None = None,
    *,
    node: str | None = None,
    seed: int = 0,
    training: bool = False,
    tolerance: float = 1e-6,
) -> Report:
    """Let three judges look at the gradient of ``node``, or of the graph's one output.

    They are the analytic way back, central differences and, where torch can be imported, its
    autograd.  ``report.agrees`` is the answer, ``report.rows`` says more, worst first.
    Raises ``RunError`` where ``node`` has no value with these feeds.
    """
    return judge(
        graph,
        feeds or {},
        node=node,
        circumstances=Circumstances(seed, training),
        tolerance=tolerance,
        third=_third(),
    )


def parity(
    graph: Graph,
    feeds: Mapping[str, Any] | None = None,
    *,
    seed: int = 0,
    training: bool = False,
    tolerance: float = TOLERANCE,
) -> Parity:
    """Compare NumPy with PyTorch at every node: its value, and the gradient of all outputs' sum.

    An input that is not fed and has no value, but a shape, is drawn from ``seed``; an axis left
    open is 2 long.  All is computed in float64.  ``report.rows`` is worst first.  Raises
    ``RunError`` where an output has no value with these feeds, and ``GraphLabError`` where torch
    cannot be imported.
    """
    doubles = {name: np.asarray(value, np.float64) for name, value in (feeds or {}).items()}
    given = {**_drawn(graph, seed), **doubles}
    run = Run(graph, given, seed=seed, training=training).forward()
    ends = graph.outputs
    for end in ends:
        if run.value(end) is None:
            found = [p.message for p in run.problems() if p.kind != "unreachable"]
            raise RunError(found[0] if found else f"{end} has no value with these feeds")
    sources = {
        name: run.value(name) for name, node in graph.nodes.items() if node.op.category == "Source"
    }
    try:
        theirs = torch_run(graph, sources, ends, Circumstances(seed, training))
    except ImportError:
        raise RunError("PyTorch cannot be imported here, so there is nothing to compare") from None
    values = {name: run.value(name) for name in theirs[0]}
    gradients: dict[str, Any] = {}
    for end in ends:
        run.backward(end)
        for name in theirs[0]:
            if (gradient := run.grad(name)) is not None:
                gradients[name] = gradients.get(name, 0.0) + gradient
    return compared(graph, (values, gradients), theirs, tolerance)


def _drawn(graph: Graph, seed: int) -> dict[str, Any]:
    """Arrays for the inputs that have a shape and no value."""
    random, found = np.random.default_rng(seed), {}
    for name in graph.inputs:
        attributes = graph.nodes[name].attributes
        shape = attributes.get("shape")
        if shape is not None and attributes.get("value") is None:
            found[name] = random.normal(size=tuple(2 if size is None else size for size in shape))
    return found


def _third() -> Third | None:
    try:
        import torch  # noqa: F401  whether it can be imported is the question
    except (ImportError, OSError):  # OSError: one of its libraries is missing
        return None
    return torch_gradients
