"""What can be done to a graph: pure functions from one frozen graph to the next.

Every edit refuses what would break the graph, with one sentence (``GraphError``, or ``OpError``
for an attribute), before anything is made; the graph that came in is never touched.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from graphlab.errors import GraphError, OpError
from graphlab.graph.dag import dag_of
from graphlab.graph.graph import Graph
from graphlab.graph.grouping import (
    add_group,
    coverage,
    group_selection,
    move_to_group,
    nest_group,
    rename_group,
    set_group_title,
    ungroup,
)
from graphlab.graph.node import (
    MAX_INPUTS,
    Node,
    OutPort,
    check_free,
    check_position,
    feed_ports,
    in_port_order,
    show_ports,
)
from graphlab.graph.objectives import set_recipe
from graphlab.graph.recipe import renamed, without
from graphlab.ops import Op, op_named
from graphlab.suggest import did_you_mean

__all__ = [
    "add_group",
    "add_node",
    "connect",
    "disconnect",
    "fold",
    "group_selection",
    "mark_outputs",
    "move",
    "move_to_group",
    "nest_group",
    "remove_cards",
    "remove_nodes",
    "rename_group",
    "rename_node",
    "set_attributes",
    "set_group_title",
    "set_note",
    "set_recipe",
    "ungroup",
]


# --- nodes ------------------------------------------------------------------------------------
def add_node(
    graph: Graph,
    name: str,
    op: str | type[Op],
    *inputs: str,
    group: str | None = None,
    **attributes: Any,
) -> Graph:
    """Add a use of ``op``, fed in port order by the named nodes (``split.1`` for an output)."""
    check_free(name, graph.nodes, graph.groups)
    if group is not None:
        graph.group(group)
    kind = op_named(op) if isinstance(op, str) else op
    sources = feed_ports(name, kind, [graph.port(source) for source in inputs])
    node = Node(kind, sources, _attributes(name, kind, attributes), group)
    return _with_node(graph, name, node)


def remove_nodes(graph: Graph, names: Iterable[str]) -> Graph:
    """Remove nodes and every edge that touches them."""
    gone = {name for name in names if graph.node(name)}
    nodes = graph.node_table()
    for name in _fed_by(graph, gone) - gone:
        node = nodes[name]
        kept = {p: s for p, s in node.inputs.items() if s.node not in gone}
        nodes[name] = Node(node.op, kept, node.attributes, node.group)
    for name in gone:
        del nodes[name]
    marked = tuple(port for port in graph.marked if port.node not in gone)
    recipe = without(graph.recipe, gone)
    return graph.with_(nodes=nodes, marked=marked, view=graph.view.without(gone), recipe=recipe)


def remove_cards(graph: Graph, names: Iterable[str]) -> Graph:
    """Remove nodes, and groups with everything in them; a group that loses all it held goes too."""
    chosen = list(names)
    groups = graph.groups_within(name for name in chosen if name in graph.groups)
    gone = {name for name, node in graph.nodes.items() if node.group in groups}
    gone |= {name for name in chosen if name not in graph.groups}
    touched, split = coverage(graph, gone)
    groups |= graph.groups_within(touched - split)
    graph = remove_nodes(graph, gone)
    if not groups:
        return graph
    kept = {name: group for name, group in graph.groups.items() if name not in groups}
    recipe = without(graph.recipe, groups)
    return graph.with_(groups=kept, view=graph.view.without(groups), recipe=recipe)


def rename_node(graph: Graph, old: str, new: str) -> Graph:
    """Give a node another name; its edges, position and note follow."""
    graph.node(old)
    if new == old:
        return graph
    check_free(new, graph.nodes, graph.groups)

    def led(port: OutPort) -> OutPort:
        return OutPort(new, port.output) if port.node == old else port

    nodes = {new if name == old else name: node for name, node in graph.node_table().items()}
    for name in _fed_by(graph, {old}):
        node = nodes[name]
        inputs = {port: led(source) for port, source in node.inputs.items()}
        nodes[name] = Node(node.op, inputs, node.attributes, node.group)
    marked = tuple(map(led, graph.marked))
    view, recipe = graph.view.renamed(old, new), renamed(graph.recipe, old, new)
    return graph.with_(nodes=nodes, marked=marked, view=view, recipe=recipe)


def set_attributes(graph: Graph, name: str, **attributes: Any) -> Graph:
    """Change some attributes of a node; the others stay.

    Refused where an output that is in use would go.
    """
    node = graph.node(name)
    checked = _attributes(name, node.op, {**node.attributes, **attributes})
    outputs = len(node.op.output_names(**checked))
    if outputs < len(node.op.output_names(**node.attributes)):
        for port in (*graph.marked, *graph.edges.values()):
            if port.node == name and port.output >= outputs:
                raise GraphError(
                    f"{name} ({node.op.name}) would keep {outputs} outputs, counted from 0, and "
                    f"{port} is in use: disconnect what it feeds first"
                )
    return _with_node(graph, name, Node(node.op, node.inputs, checked, node.group))


# --- edges ------------------------------------------------------------------------------------
def connect(graph: Graph, source: str, target: str, port: str) -> Graph:
    """Draw an edge from an output (``q`` or ``split.1``) to a free input port."""
    start, node = graph.port(source), graph.node(target)
    _check_port(target, node, port)
    taken = node.inputs.get(port)
    if taken is not None:
        raise GraphError(
            f"{target}'s {port} is already fed by {taken}: disconnect that edge first, because "
            "an input takes one edge"
        )
    if dag_of(graph).has_path(target, start.node):
        raise GraphError(
            f"an edge from {start} to {target} would close a circle, because {start} already "
            f"needs {target}; a computational graph has no cycles"
        )
    ordered = in_port_order(node.op, {**node.inputs, port: start})
    return _with_node(graph, target, Node(node.op, ordered, node.attributes, node.group))


def disconnect(graph: Graph, target: str, port: str) -> Graph:
    """Remove the edge that ends in an input port."""
    node = graph.node(target)
    _check_port(target, node, port)
    if port not in node.inputs:
        raise GraphError(f"{target}'s {port} has no edge to remove")
    inputs = {p: source for p, source in node.inputs.items() if p != port}
    return _with_node(graph, target, Node(node.op, inputs, node.attributes, node.group))


def mark_outputs(graph: Graph, names: Iterable[str]) -> Graph:
    """Say which values the graph is for, in order; with none, all that feed nothing."""
    marked = tuple(graph.port(name) for name in names)
    if len(set(marked)) < len(marked):
        twice = next(port for port in marked if marked.count(port) > 1)
        raise GraphError(f"{twice} is marked as an output twice; name it once")
    return graph.with_(marked=marked)


# --- the view -----------------------------------------------------------------------------------
def move(
    graph: Graph, positions: Mapping[str, tuple[float, float]], *, by_hand: bool = False
) -> Graph:
    """Place the cards of nodes or groups; those ``by_hand`` make no room for others."""
    placed: dict[str, tuple[float, float]] = {}
    for name, position in positions.items():
        if name not in graph.groups:
            graph.node(name)
        placed[name] = check_position(name, position)
    view = graph.view
    held = view.placed.union(placed) if by_hand else view.placed
    return graph.with_(view=view.with_(positions={**view.positions, **placed}, placed=held))


def set_note(graph: Graph, name: str, text: str) -> Graph:
    """Write a note on a node or group; an empty text removes it."""
    if name not in graph.groups:
        graph.node(name)
    notes = {key: note for key, note in graph.view.notes.items() if key != name}
    if text:
        notes[name] = text
    return graph.with_(view=graph.view.with_(notes=notes))


def fold(graph: Graph, group: str, folded: bool) -> Graph:
    """Show a group as one card, or open it; no number changes."""
    graph.group(group)
    view = graph.view
    names = view.folded | {group} if folded else view.folded - {group}
    return graph.with_(view=view.with_(folded=names))


# --- shared -------------------------------------------------------------------------------------
def _with_node(graph: Graph, name: str, node: Node) -> Graph:
    nodes = graph.node_table()
    nodes[name] = node
    return graph.with_(nodes=nodes)


def _fed_by(graph: Graph, names: set[str]) -> set[str]:
    """The nodes that read directly from any of these."""
    followers = dag_of(graph).nx.succ
    return {follower for name in names for follower in followers[name]}


def _attributes(name: str, op: type[Op], given: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return op.check_attributes(given)
    except OpError as error:
        raise OpError(f"{name}: {error}") from None


def _check_port(target: str, node: Node, port: str) -> None:
    """A port must exist; of an op with any number of inputs, the next free one exists too."""
    op = node.op
    ports = op.port_names(min(len(node.ports) + 1, MAX_INPUTS))
    if port not in ports:
        hint = did_you_mean(port, ports) or f"; it has {show_ports(ports)}"
        raise GraphError(f"{target} ({op.name}) has no input {port}{hint}")
