"""What a student hands in: a graph file, or an answers file that has graph and answers in one.

A submission comes from anywhere.  Its size is known before it is read, nothing in it is believed,
and no number in it that can be computed is looked at.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import numpy as np
from msgspec import Meta, Raw, Struct

from graphlab.errors import FileError, GraphLabError
from graphlab.graph import Graph, Node
from graphlab.graph.file import check_regular, replace_file
from graphlab.graph.file_arrays import Beside, is_beside
from graphlab.graph.file_format import decode
from graphlab.graph.file_graph import graph_of
from graphlab.graph.file_text import graph_text, large_arrays
from graphlab.graph.file_told import told
from graphlab.printable import printable
from graphlab.tutor.collecting import kind_of
from graphlab.tutor.lesson import Lesson
from graphlab.tutor.running import MAX_ELEMENTS, MAX_NODES

MAX_BYTES = 2**20
MAX_ARRAYS = 8 * MAX_ELEMENTS + 2**16
"""The arrays file beside a handed-in graph has at most so many bytes."""

_Id = Annotated[str, Meta(max_length=64)]


class Submission(Struct, frozen=True):
    """What was read: the graph, the answers by question, who, and for which lesson (stem)."""

    graph: Graph
    answers: Mapping[str, str | int | float]
    student: str = ""
    lesson: str = ""


class _Record(Struct, frozen=True, forbid_unknown_fields=True):
    format: Literal[1]
    lesson: Annotated[str, Meta(max_length=200)]
    graph: Raw
    student: Annotated[str, Meta(max_length=200)] = ""
    answers: Annotated[
        dict[_Id, Annotated[str, Meta(max_length=2_000)] | int | float], Meta(max_length=1_000)
    ] = {}


def write_submission(
    path: str | os.PathLike[str],
    lesson: Lesson,
    graph: Graph,
    answers: Mapping[str, str | int],
    student: str = "",
) -> None:
    """Write an ``.answers.json`` file, as a whole or not at all; raises ``FileError``.

    Large arrays that parameters and inputs hold are left out, their shapes stay: a goal is judged
    with numbers of its own.
    """
    file = Path(path)
    graph = _lightened(graph)
    left = list(large_arrays(graph))
    if left:
        raise FileError(
            f"{left[0].partition('/')[0]} holds a large constant array, which an answers file "
            "cannot carry: hand in the saved graph file itself"
        )
    record = {
        "format": 1,
        "lesson": lesson.stem,
        "student": student,
        "answers": dict(answers),
        "graph": Raw(graph_text(graph, None)),
    }
    try:
        content = msgspec.json.format(msgspec.json.encode(record), indent=1) + b"\n"
    except UnicodeEncodeError:
        raise FileError(
            "these answers cannot be written: one has half a character in it; type it again"
        ) from None
    try:
        msgspec.json.decode(content, type=_Record)
    except msgspec.DecodeError as error:
        found = told(error, content, _Record)
        raise FileError(f"these answers cannot be written: {found}") from None
    try:
        replace_file(file, content)
    except OSError as error:
        raise FileError(
            f"{file} cannot be saved: {error.strerror or error}; what was there is unchanged"
        ) from None


def read_submission(path: str | os.PathLike[str]) -> Submission:
    """Read a ``.graph.json`` or ``.answers.json`` file; raises ``FileError`` with one sentence."""
    file = Path(path)
    kind = kind_of(file.name)
    if not kind:
        raise FileError(
            f"{file.name} is no submission: hand in a .answers.json or .graph.json file"
        )
    size = check_regular(file, MAX_BYTES)
    try:
        with file.open("rb") as stream:
            data = stream.read(size)
    except OSError as error:
        raise FileError(f"{file.name} cannot be read: {error.strerror or error}") from None
    try:
        if kind == "graph":
            return Submission(_graph(data, file), {})
        data = data.removeprefix(b"\xef\xbb\xbf")
        record = msgspec.json.decode(data, type=_Record)
        graph = _graph(bytes(record.graph), None)
        return Submission(graph, record.answers, _clean(record.student), record.lesson)
    except msgspec.DecodeError as error:
        raise FileError(
            f"{file.name}: this is no answers file: {_one_line(told(error, data, _Record))}"
        ) from None
    except RecursionError:
        raise FileError(f"{file.name} is nested too deeply for a submission") from None
    except UnicodeDecodeError:
        raise FileError(f"{file.name} is not UTF-8 text: it is damaged") from None
    except GraphLabError as error:
        raise FileError(f"{file.name}: {_one_line(str(error))}") from None


def _graph(data: bytes, file: Path | None) -> Graph:
    """The graph of its file's text; arrays beside are read for a file of its own only."""
    record = decode(data)
    if len(record.nodes) > MAX_NODES or len(record.groups) > MAX_NODES:
        raise FileError(
            f"the graph has {len(record.nodes):,} nodes, and one with at most {MAX_NODES:,} is "
            "judged; hand in a smaller one"
        )
    beside = record.arrays
    if beside is not None and file is not None and os.path.basename(beside) == beside:
        arrays = file.resolve().with_name(beside)
        if arrays.exists():
            check_regular(arrays, MAX_ARRAYS)
    return graph_of(
        record, Beside((file or Path("submission")).resolve(), beside if file else None)
    )


def _lightened(graph: Graph) -> Graph:
    nodes = {name: _light(node) for name, node in graph.nodes.items()}
    return graph.with_(nodes=nodes)


def _light(node: Node) -> Node:
    value = node.attributes.get("value")
    if not isinstance(value, np.ndarray) or not is_beside(value):
        return node
    if "shape" not in node.op.attributes:
        return node
    kept: dict[str, Any] = {k: v for k, v in node.attributes.items() if k != "value"}
    return Node(node.op, node.inputs, {**kept, "shape": np.shape(value)}, node.group)


def _clean(text: str) -> str:
    return "".join(c for c in text if c.isprintable()).strip()


def _one_line(text: str) -> str:
    return printable(" ".join(text.split()))[:400]
