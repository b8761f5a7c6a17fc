"""Writes what a drawing is compiled to; made to run in a thread.

ONNX is written by a process of its own: PyTorch's exporter works for seconds with Python's lock
held, and redirects the output of the whole process meanwhile.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from graphlab.errors import FileError, GraphLabError
from graphlab.graph import Graph
from graphlab.graph.file import save
from graphlab.gui.background import Report
from graphlab.gui.notes import listed

_LOOK = 0.05  # seconds between two looks at the process

Write = Callable[[Graph, Path, int, Report], None]
"""Writes a graph to a file with the parameters that a seed draws; raises ``GraphLabError``."""


def write_weights(graph: Graph, path: Path, seed: int, report: Report) -> None:
    """Write every parameter and buffer as a safetensors file."""
    from graphlab.torch_backend.loading import load_torch
    from graphlab.torch_backend.weights import save_weights, state_of

    load_torch()
    report(0)
    state = state_of(graph, seed)
    report(1)
    save_weights(state, path)


def write_onnx(graph: Graph, path: Path, seed: int, report: Report) -> None:
    """Write an ONNX model, as ``graphlab compile`` does."""
    if told := without_size(graph):
        raise GraphLabError(told)
    if not path.parent.is_dir():  # found out before the exporter works for seconds
        raise FileError(f"there is no folder {path.parent}: make it, or choose another")
    with TemporaryDirectory(prefix="graphlab-") as folder:
        source = Path(folder) / "drawing.graph.json"
        save(graph, source)
        line = [sys.executable, "-m", "graphlab", "compile", str(source), "-o", str(path)]
        child = subprocess.Popen(  # noqa: S603  this very program, on a file it wrote
            [*line, "--seed", str(seed)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONSAFEPATH": "1"},
        )
        try:
            words = _awaited(child, report)
        finally:
            child.kill()  # does nothing to one that has ended
            child.wait()
        if child.returncode:
            lines = words.decode(errors="replace").strip().splitlines()
            raise GraphLabError(
                lines[-1].removeprefix("graphlab: ") if lines else "the exporter was stopped"
            )


def _awaited(child: subprocess.Popen[bytes], report: Report) -> bytes:
    """What a process said once it has ended."""
    while True:
        try:
            return child.communicate(timeout=_LOOK)[1]
        except subprocess.TimeoutExpired:
            report(0)  # raises where nobody waits any more


def without_size(graph: Graph) -> str:
    """A sentence on the inputs of which not even the shape is known; empty where there is none."""
    given = {name: graph.nodes[name].attributes for name in graph.inputs}
    open_ones = [
        name for name in given if all(given[name].get(key) is None for key in ("value", "shape"))
    ]
    if not open_ones:
        return ""
    has, which = ("has", "its") if len(open_ones) == 1 else ("have", "each")
    return f"{listed(open_ones)} {has} no shape yet: double-click {which} card and type a value"
