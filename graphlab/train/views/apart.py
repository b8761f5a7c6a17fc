"""Examples that share a batch with others, as before a discriminator, looked at without those."""

from __future__ import annotations

from collections.abc import Mapping

from graphlab.graph import Graph, Node, OutPort, dag_of


def apart(graph: Graph, name: str) -> Graph:
    """The graph in which an input goes alone where it was concatenated with others to one batch.

    A split of that batch is undone for the part that is the input's; the other parts stay.
    """
    table = graph.node_table()
    behind = dict[str, set[str]]()
    instead = dict[OutPort, OutPort]()
    joined = dict[str, tuple[int, int]]()  # by node of a shared batch: the place among how many
    for node_name in dag_of(graph).order:
        node = table[node_name]
        sources = {port: instead.get(source, source) for port, source in node.inputs.items()}
        came = next((joined[s.node] for s in node.inputs.values() if s.node in joined), None)
        place = _place_of(node, sources, behind, name) if came is None else None
        if place is not None:
            instead[OutPort(node_name)] = list(sources.values())[place]
            joined[node_name] = place, len(sources)
        elif came is not None and _divides(node, came[1]):
            instead[OutPort(node_name, came[0])] = sources["x"]
        elif came is not None:
            joined[node_name] = came
        is_open = node_name in graph.inputs and node.attributes.get("value") is None
        of_sources = (behind[source.node] for source in sources.values())
        behind[node_name] = set({node_name} if is_open else ()).union(*of_sources)
        table[node_name] = Node(node.op, sources, node.attributes, node.group)
    return graph.with_(nodes=table)


def _place_of(
    node: Node, sources: Mapping[str, OutPort], behind: Mapping[str, set[str]], name: str
) -> int | None:
    """Which of the parts that a node makes one batch of is the only one from an input alone."""
    if node.op.name != "concatenate" or node.attributes.get("axis", 0) != 0 or len(sources) < 2:
        return None
    places = [i for i, source in enumerate(sources.values()) if behind[source.node] == {name}]
    return places[0] if len(places) == 1 else None


def _divides(node: Node, parts: int) -> bool:
    """Whether a node cuts a batch into so many parts."""
    is_of_batch = node.op.name == "split" and node.attributes.get("axis", 0) == 0
    return is_of_batch and node.attributes["parts"] == parts
