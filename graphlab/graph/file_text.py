"""A graph as the text of its file: one line per node, group, position and note, in stable order,
so that ``git diff`` shows what was changed and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
import numpy as np
from msgspec import UNSET, Raw

from graphlab.errors import FileError
from graphlab.graph.file_arrays import inline, is_beside
from graphlab.graph.file_format import (
    FORMAT,
    MAX_BYTES,
    VERSION,
    GroupRecord,
    NodeRecord,
    check_counts,
)
from graphlab.graph.graph import Graph
from graphlab.graph.node import Group, Node, in_port_order
from graphlab.ops.contract import Array


def graph_text(graph: Graph, arrays: str | None) -> bytes:
    """The content of a graph file; ``arrays`` names the file of its ``large_arrays``.

    Raises ``FileError`` where a file cannot hold the graph.
    """
    check_counts(len(graph.nodes), len(graph.groups))
    try:
        text = (_block("{}", _parts(graph, arrays), depth=0) + "\n").encode()
    except UnicodeEncodeError as error:
        raise FileError(
            f"{error.object[error.start]!a} is half a character and cannot be saved; it is in a "
            "note, a title or the file's name"
        ) from None
    if len(text) > MAX_BYTES:
        raise FileError(
            f"the graph takes {len(text):,} bytes, and a file holds at most {MAX_BYTES:,}; split "
            "it into several graphs, or shorten its notes"
        )
    return text


def large_arrays(graph: Graph) -> dict[str, Array]:
    """What goes to the file beside, by ``node/attribute``."""
    return {
        f"{name}/{key}": value
        for name, node in graph.nodes.items()
        for key, value in node.attributes.items()
        if isinstance(value, np.ndarray) and is_beside(value)
    }


def _parts(graph: Graph, arrays: str | None) -> Iterator[str]:
    yield f'"format": {_line(FORMAT)}'
    yield f'"version": {VERSION}'
    if arrays is not None:
        yield f'"arrays": {_line(arrays)}'
    nodes = (_line(_node_record(name, node)) for name, node in graph.nodes.items())
    yield f'"nodes": {_block("[]", nodes)}'
    if graph.groups:
        groups = (_line(_group_record(name, group)) for name, group in graph.groups.items())
        yield f'"groups": {_block("[]", groups)}'
    if graph.marked:
        yield f'"outputs": {_line([str(port) for port in graph.marked])}'
    if graph.recipe is not None:
        objectives = map(_line, graph.recipe.objectives)
        rest = msgspec.to_builtins(graph.recipe)
        del rest["objectives"]
        told = [f'"objectives": {_block("[]", objectives, depth=2)}']
        told += [f"{_line(key)}: {_line(value)}" for key, value in rest.items()]
        yield f'"training": {_block("{}", told)}'
    yield f'"view": {_block("{}", _view(graph))}'


def _view(graph: Graph) -> Iterator[str]:
    names, view = [*graph.nodes, *graph.groups], graph.view
    for title, table in (("positions", view.positions), ("notes", view.notes)):
        if table:
            lines = (f"{_line(name)}: {_line(table[name])}" for name in names if name in table)
            yield f'"{title}": {_block("{}", lines, depth=2)}'
    if view.folded:
        yield f'"folded": {_line([name for name in graph.groups if name in view.folded])}'
    if view.placed:
        yield f'"placed": {_line([name for name in names if name in view.placed])}'


def _block(brackets: str, lines: Iterable[str], depth: int = 1) -> str:
    indent = "\n" + "  " * (depth + 1)
    inner = ("," + indent).join(lines)
    return f"{brackets[0]}{indent}{inner}{indent[:-2]}{brackets[1]}" if inner else brackets


def _line(value: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=0).decode()


def _group_record(name: str, group: Group) -> GroupRecord:
    settings = Raw(msgspec.json.encode(dict(group.settings))) if group.settings else UNSET
    return GroupRecord(name, group.title, group.parent, group.template, settings)


def _node_record(name: str, node: Node) -> NodeRecord:
    attributes = {
        key: inline(value) if isinstance(value, np.ndarray) else value
        for key, value in node.attributes.items()
    }
    return NodeRecord(
        name,
        node.op.name,
        {port: str(source) for port, source in in_port_order(node.op, node.inputs).items()},
        Raw(msgspec.json.encode(attributes)) if attributes else UNSET,
        node.group,
    )
