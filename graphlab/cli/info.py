"""``graphlab info``: what a network consists of and what it costs, computed from shapes alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import click
import numpy as np

from graphlab.cli.options import as_json as json_flag
from graphlab.cli.options import read_graph, reads_graph
from graphlab.cli.records import dumps
from graphlab.cli.tables import print_table, print_text
from graphlab.errors import GraphLabError
from graphlab.graph import Graph
from graphlab.graph.counting import Count, Counts, Field, count
from graphlab.graph.node import OutPort
from graphlab.graph.templates.holding import holdings
from graphlab.listing import listed
from graphlab.ops import show_shape
from graphlab.ops.attributes import check_size
from graphlab.ops.broadcasting import Shape

_LENGTHS = re.compile(r"[(\[]?\s*(\d{1,10}(\s*[,x×]\s*\d{1,10})*)?\s*,?\s*[)\]]?", re.ASCII)


@click.command("info")
@reads_graph
@click.option(
    "--shape",
    "shapes",
    multiple=True,
    metavar="NAME=SIZES",
    help="Give an input's shape without its numbers, as in --shape x=8,3,224,224.",
)
@click.option(
    "--depth",
    type=click.IntRange(min=0, max=99),
    default=1,
    show_default=True,
    help="How far to look into groups; 0 tells the sums alone.",
)
@click.option("--group", metavar="NAME", help="Tell of this group alone.")
@json_flag
def command(
    source: str,
    pairs: tuple[str, ...],
    archives: tuple[str, ...],
    shapes: tuple[str, ...],
    depth: int,
    group: str | None,
    as_json: bool,
) -> None:
    """Count the parameters, multiply-adds and memory of SOURCE, and its receptive field.

    Nothing is run.  An axis that is open, such as the batch, counts as 1; memory is that of all
    results in float32, in bytes, without the parameters.
    """
    graph, feeds = read_graph(source, pairs, archives)
    fed = {name: np.shape(value) for name, value in feeds.items()}
    fed |= dict(_shape_of(graph, text) for text in shapes)
    counts = count(graph, fed)
    wrong = next((text for name in fed if (text := counts.shapes.conflicts.get(name))), None)
    if wrong is not None:
        raise GraphLabError(wrong)
    if as_json:
        print(dumps(_document(graph, counts) if group is None else _group(graph, counts, group)))
    else:
        _print(graph, counts, group, depth)


def _shape_of(graph: Graph, text: str) -> tuple[str, Shape]:
    """``x=8,3,224,224`` as a name and a shape."""
    name, equals, sizes = text.partition("=")
    if not equals or not _LENGTHS.fullmatch(sizes.strip()):
        raise GraphLabError(
            f"--shape takes a name and lengths, as in --shape x=8,3,224,224, and was given "
            f"{text!r:.60}"
        )
    graph.node(name.strip())
    shape = tuple(int(size) for size in re.findall(r"\d+", sizes))
    check_size(shape, f"{name.strip()}'s shape")
    return name.strip(), shape


# --- for people -----------------------------------------------------------------------------------
def _print(graph: Graph, counts: Counts, group: str | None, depth: int) -> None:
    total, ports = counts.total, tuple(map(graph.port, graph.outputs))
    if group is not None:
        graph.group(group)
        total, ports = counts.groups[group], counts.outputs[group]
    heads = ["name", "kind", "output", "parameters", "multiply-adds", "memory", "receptive field"]
    rows = list(_rows(graph, counts, group, depth, ""))
    output = ", ".join(_shape(counts, port) for port in ports)
    rows.append(("in all", "", output, *_cells(total)))
    print_table("What is in it", heads, rows)
    print_text(f"{len(graph.nodes)} nodes, {len(graph.edges)} edges, {len(graph.groups)} groups")
    problems = list(counts.shapes.conflicts.items())
    if problems:
        print_table("Problems", ["node", "problem"], problems)
    elif counts.unknown:
        print_text(f"{listed(counts.unknown, 6)}: no shape is known, so nothing was counted there")


def _rows(
    graph: Graph, counts: Counts, group: str | None, depth: int, indent: str
) -> Iterator[tuple[Any, ...]]:
    """A row for each node and group in ``group``, and for what is in these, down to ``depth``."""
    for name in _cards(graph, group) if depth else ():
        if name in graph.groups:
            found = graph.groups[name]
            output = ", ".join(_shape(counts, port) for port in counts.outputs[name])
            kind = found.template or "group"
            yield indent + (found.title or name), kind, output, *_cells(counts.groups[name])
            yield from _rows(graph, counts, name, depth - 1, indent + "  ")
        else:
            output = _shape(counts, OutPort(name))
            kind = graph.nodes[name].op.name
            yield indent + name, kind, output, *_cells(counts.nodes[name])


def _cards(graph: Graph, group: str | None) -> list[str]:
    """The nodes and groups directly in a group, or with None in the graph, in its order."""
    members = set(graph.nodes if group is None else holdings(graph).members(group))
    found: dict[str, None] = {}
    for name in (name for name in graph.nodes if name in members):
        card, home = name, graph.nodes[name].group
        while home is not None and home != group:
            card, home = home, graph.groups[home].parent
        found[card] = None
    return list(found)


def _cells(cost: Count) -> tuple[Any, ...]:
    return cost.parameters, cost.multiply_adds, cost.memory, _field(cost.field)


def _field(field: Field | None) -> str:
    if field is None:
        return ""
    size = "×".join(f"{size:g}" for size in field.size)
    if field.is_whole:
        return f"all of {size}"
    return f"{size}, stride {'×'.join(f'{step:g}' for step in field.stride)}"


def _shape(counts: Counts, port: OutPort) -> str:
    shape = counts.shapes.of(port)
    return "unknown" if shape is None else show_shape(shape)


# --- for programs ---------------------------------------------------------------------------------
def _document(graph: Graph, counts: Counts) -> dict[str, Any]:
    return {
        "nodes": len(graph.nodes),
        "edges": len(graph.edges),
        "groups": len(graph.groups),
        **_record(counts.total),
        "inputs": [
            {
                "name": name,
                "declared": graph.nodes[name].attributes.get("shape"),
                "shape": counts.shapes.of(OutPort(name)),
            }
            for name in graph.inputs
        ],
        "outputs": [
            {"name": name, "shape": counts.shapes.of(graph.port(name))} for name in graph.outputs
        ],
        "by_group": [_group(graph, counts, name) for name in graph.groups],
        "by_node": [
            {
                "name": name,
                "op": node.op.name,
                "group": node.group,
                "shape": counts.shapes.of(OutPort(name)),
                **_record(counts.nodes[name]),
            }
            for name, node in graph.nodes.items()
        ],
        "problems": [
            {"node": name, "message": text} for name, text in counts.shapes.conflicts.items()
        ],
        "unknown": list(counts.unknown),
    }


def _group(graph: Graph, counts: Counts, name: str) -> dict[str, Any]:
    group = graph.group(name)
    return {
        "name": name,
        "title": group.title,
        "parent": group.parent,
        "template": group.template,
        "settings": dict(group.settings),
        "outputs": [
            {"name": str(port), "shape": counts.shapes.of(port)} for port in counts.outputs[name]
        ],
        **_record(counts.groups[name]),
    }


def _record(cost: Count) -> dict[str, Any]:
    field = cost.field
    return {
        "parameters": cost.parameters,
        "multiply_adds": cost.multiply_adds,
        "memory": cost.memory,
        "receptive_field": None
        if field is None
        else {"size": field.size, "stride": field.stride or None},
    }
