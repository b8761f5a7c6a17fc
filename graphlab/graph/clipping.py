"""Taking a part of a graph out, putting it in again under fresh names, and its clipboard text.

The text is what the graph's file would hold.  Arrays that a file keeps beside it follow in a second
line, so that nothing is lost on the way; reading believes as little as reading a file does.
"""

from __future__ import annotations

import base64
import binascii
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from graphlab.errors import FileError, GraphLabError
from graphlab.graph.file_arrays import Beside, pack
from graphlab.graph.file_format import MAX_BYTES, decode
from graphlab.graph.file_graph import graph_of
from graphlab.graph.file_text import graph_text, large_arrays
from graphlab.graph.graph import Graph
from graphlab.graph.grouping import chain_of, coverage
from graphlab.graph.naming import fresh_names
from graphlab.graph.node import MAX_POSITION, Group, Node, OutPort, View, in_port_order

MAX_ARRAYS = 16 * 2**20
"""The arrays of a part on the clipboard take at most so many bytes."""

_ARRAYS = "clipboard.safetensors"
_LEAD = "data:application/octet-stream;base64,"


def clip(graph: Graph, names: Iterable[str]) -> Graph:
    """The part of a graph made of these nodes and groups, as a graph of its own.

    It has the edges among them, the groups that lie wholly inside, marks, positions, notes and
    folds; edges from outside are dropped.
    """
    chosen = list(names)
    named = graph.groups_within(name for name in chosen if name in graph.groups)
    picked = {name for name in chosen if name not in graph.groups and graph.node(name)}
    picked |= {name for name, node in graph.nodes.items() if node.group in named}
    touched, split = coverage(graph, picked)
    whole = named | (touched - split)
    groups = {name: group for name, group in graph.groups.items() if name in whole}
    nodes = {
        name: Node(
            node.op,
            {port: source for port, source in node.inputs.items() if source.node in picked},
            node.attributes,
            node.group if node.group in groups else None,
        )
        for name, node in graph.nodes.items()
        if name in picked
    }
    kept = {
        name: replace(group, parent=group.parent if group.parent in groups else None)
        for name, group in groups.items()
    }
    marked = tuple(port for port in graph.marked if port.node in picked)
    outside = {*graph.nodes, *graph.groups} - picked - kept.keys()
    return Graph(nodes, kept, marked, graph.view.without(outside))


def paste(
    graph: Graph,
    part: Graph,
    *,
    offset: tuple[float, float] = (32, 32),
    keep_inputs: bool = False,
    share: bool = False,
) -> tuple[Graph, tuple[str, ...]]:
    """Put a part into a graph; returns what the selection is then: its outermost nodes and groups.

    A name that is taken counts on: ``w1`` becomes ``w2`` if that is free, and what is in a group
    and called after it follows: ``conv1_weight`` becomes ``conv2_weight``.  ``keep_inputs``, for a
    part clipped from this very graph, has the copies read the outside values that their originals
    read, and stay in their groups.  With ``share`` the copies read the graph's own parameters and
    buffers of these names instead of getting some of their own; their groups then have more coming
    in than a template draws, and are plain ones.
    """
    kept = _shared(graph, part) if share else frozenset()
    part = _without_nodes(part, kept)
    names = {**fresh_names(graph, part), **{name: name for name in kept}}
    nodes = graph.node_table()
    for name, node in part.nodes.items():
        inputs = {port: _renamed(source, names) for port, source in node.inputs.items()}
        home = names[node.group] if node.group else None
        original = graph.nodes.get(name)
        if keep_inputs and original is not None and original.op is node.op:
            outside = {p: s for p, s in original.inputs.items() if s.node not in part.nodes}
            inputs = in_port_order(node.op, {**outside, **inputs})
            home = home or original.group
        nodes[names[name]] = Node(node.op, inputs, node.attributes, home)
    marked = graph.marked
    if marked or not graph.nodes:
        marked += tuple(_renamed(port, names) for port in part.marked)
    pasted = graph.with_(
        nodes=nodes,
        groups={**graph.groups, **_groups(graph, part, names, keep_inputs=keep_inputs)},
        marked=marked,
        view=_joined(graph.view, part.view, names, offset),
    )
    inner = {name for name, node in part.nodes.items() if node.group}
    outermost = [n for n, g in part.groups.items() if not g.parent]
    outermost += [name for name in part.nodes if name not in inner]
    return pasted, tuple(names[name] for name in outermost)


def _shared(graph: Graph, part: Graph) -> frozenset[str]:
    """The parameters and buffers of a part that the graph has too."""
    return frozenset(
        name
        for name, node in part.nodes.items()
        if node.op.starts and name in graph.nodes and graph.nodes[name].op is node.op
    )


def _without_nodes(part: Graph, gone: frozenset[str]) -> Graph:
    """A part without some nodes, which others may still read; their groups lose their template."""
    if not gone:
        return part
    touched = {g for name in gone for g in chain_of(part, part.nodes[name].group)}
    groups = {
        name: replace(group, template="", settings={}) if name in touched else group
        for name, group in part.groups.items()
    }
    nodes = {name: node for name, node in part.nodes.items() if name not in gone}
    marked = tuple(port for port in part.marked if port.node not in gone)
    return Graph(nodes, groups, marked, part.view.without(gone))


def _groups(
    graph: Graph, part: Graph, names: Mapping[str, str], *, keep_inputs: bool
) -> dict[str, Group]:
    """The part's groups by their new names; a copy of a group stands beside its original."""
    found = {}
    for name, group in part.groups.items():
        parent = names[group.parent] if group.parent else None
        if keep_inputs and group.parent is None and name in graph.groups:
            parent = graph.groups[name].parent
        found[names[name]] = replace(group, parent=parent)
    return found


def _joined(view: View, part: View, names: Mapping[str, str], offset: tuple[float, float]) -> View:
    moved = {
        names[name]: (_within(x + offset[0]), _within(y + offset[1]))
        for name, (x, y) in part.positions.items()
    }
    notes = {names[name]: note for name, note in part.notes.items()}
    return View(
        {**view.positions, **moved},
        {**view.notes, **notes},
        view.folded.union(names[name] for name in part.folded),
        view.placed.union(names[name] for name in part.placed),
    )


def _within(coordinate: float) -> float:
    return max(-MAX_POSITION, min(MAX_POSITION, coordinate))


def _renamed(port: OutPort, names: Mapping[str, str]) -> OutPort:
    return OutPort(names[port.node], port.output)


# --- the clipboard ------------------------------------------------------------------------------
def to_clipboard_text(part: Graph) -> str:
    """The text of a part; raises ``FileError`` where it takes too much room."""
    arrays = large_arrays(part)
    size = sum(array.nbytes for array in arrays.values())
    if size > MAX_ARRAYS:
        raise FileError(
            f"the selection holds {size:,} bytes of numbers, and the clipboard takes at most "
            f"{MAX_ARRAYS:,}: duplicate it instead, or save the graph"
        )
    text = graph_text(part, _ARRAYS if arrays else None).decode()
    if not arrays:
        return text
    return f"{text}{_LEAD}{base64.b64encode(pack(arrays)).decode()}\n"


def from_clipboard_text(text: str) -> Graph:
    """Read such a text; raises ``FileError`` with one sentence for any other."""
    if len(text) > MAX_BYTES + 2 * MAX_ARRAYS:
        raise FileError(
            f"the clipboard holds {len(text):,} letters, too many for a part of a graph"
        )
    graph, lead, packed = text.partition("\n" + _LEAD)  # no line of JSON begins so
    try:
        with tempfile.TemporaryDirectory(prefix="graphlab-") as folder:
            if lead:
                content = base64.b64decode(packed.strip(), validate=True)
                (Path(folder) / _ARRAYS).write_bytes(content)
            record = decode(graph.encode())
            return graph_of(record, Beside(Path(folder) / "clipboard.graph.json", record.arrays))
    except UnicodeEncodeError:
        raise FileError("the clipboard's text holds half a character, so it is no graph") from None
    except binascii.Error:
        raise FileError("the numbers on the clipboard are damaged; copy the part again") from None
    except RecursionError:
        raise FileError("the clipboard's text is nested too deeply for a graph") from None
    except GraphLabError as error:
        raise FileError(f"the clipboard holds no part of a graph: {str(error)[:300]}") from None
