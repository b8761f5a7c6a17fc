"""What is told of nodes that no op stands for, and of what waits behind them in vain."""

from __future__ import annotations

from collections.abc import Mapping

from graphlab.graph import Graph, Node, dag_of
from graphlab.gui.notes import listed


def short_target(node: Node) -> str:
    """What an opaque node stands for, without where it comes from: ``fft``, ``Det``."""
    return str(node.attributes["target"]).rpartition(":")[2].rpartition(".")[2]


def opaque_words(graph: Graph) -> str:
    """One sentence on the nodes that cannot be stepped; empty where all can be."""
    found = [short_target(node) for node in graph.nodes.values() if node.op.name == "opaque"]
    if not found:
        return ""
    nodes, have = ("node", "has") if len(found) == 1 else ("nodes", "have")
    return (
        f"{len(found):,} {nodes} {have} no op here and cannot be stepped: "
        f"{listed(list(dict.fromkeys(found)))}."
    )


def waits_for(graph: Graph, name: str) -> str:
    """Why a node behind an opaque one is not computed; empty for any other."""
    source = _behind(graph).get(name)
    if source is None:
        return ""
    target = short_target(graph.nodes[source])
    return f"not computed: it waits for {source} ({target}), which cannot be stepped"


def _behind(graph: Graph) -> Mapping[str, str]:
    """The opaque node that each node waits for first; kept with the graph."""
    known: dict[str, str] | None = graph.__dict__.get("_behind_opaque")
    if known is None:
        known = {}
        if any(node.op.name == "opaque" for node in graph.nodes.values()):
            for name in dag_of(graph).order:
                for port in graph.nodes[name].inputs.values():
                    is_opaque = graph.nodes[port.node].op.name == "opaque"
                    found = port.node if is_opaque else known.get(port.node)
                    if found is not None:
                        known.setdefault(name, found)
        graph.__dict__["_behind_opaque"] = known
    return known
