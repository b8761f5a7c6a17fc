"""What a program calls where several floors have to meet."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any

from graphlab.engine.judges import Report, Third
from graphlab.engine.judges import check_gradients as judge
from graphlab.errors import FileError, FormulaError
from graphlab.graph import Graph
from graphlab.graph.circumstances import Circumstances
from graphlab.graph.file import load
from graphlab.graph.formula import parse
from graphlab.graph.gallery import LEAD, gallery
from graphlab.torch_backend.judge import torch_gradients


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


def _third() -> Third | None:
    try:
        import torch  # noqa: F401  whether it can be imported is the question
    except (ImportError, OSError):  # OSError: one of its libraries is missing
        return None
    return torch_gradients
