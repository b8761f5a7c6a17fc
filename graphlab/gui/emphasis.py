"""What a step lights on the canvas."""

from __future__ import annotations

from collections.abc import Iterable

from graphlab.engine.steps import Step
from graphlab.graph import Graph, InPort
from graphlab.graph.folding import Outlook, outlook
from graphlab.gui.canvas.figure import Emphasis


def emphasis(graph: Graph, step: Step | None, *, is_last: bool = False) -> Emphasis:
    """What a step lights, and what stays near it; the last step leaves all in full strength."""
    if step is None:
        return Emphasis()
    seen = outlook(graph)
    into = _into(graph, seen, step.node)
    if step.edge is None:
        cards, links = {step.node}, into if step.phase == "forward" else frozenset()
        near = {graph.edges[link].node for link in into}
        after = _drawn(seen, (edge.target for edge in graph.consumers[step.node]))
    else:
        cards, links = set(), _drawn(seen, [step.edge.target])
        near = {step.edge.source.node, step.edge.target.node}
        after = _drawn(
            seen,  # the fan that the contribution adds to, and where the upstream came from
            (
                edge.target
                for name in (step.edge.source.node, step.node)
                for edge in graph.consumers[name]
            ),
        )
        if not links:  # inside a folded group, which is all that can be lit
            cards = near
    lit = frozenset(seen.owner[name] for name in cards)
    if is_last:
        return Emphasis(lit, links, frozenset(seen.cards), frozenset(seen.bundles))
    return Emphasis(lit, links, frozenset(seen.owner[name] for name in near), after)


def _into(graph: Graph, seen: Outlook, node: str) -> frozenset[InPort]:
    """The links into the card of a node: a folded group is computed from all that enters it."""
    card = seen.owner[node]
    if seen.is_group(card):
        return frozenset(link.id for link in seen.links if link.head == card)
    return frozenset(InPort(node, port) for port in graph.nodes[node].inputs)


def _drawn(seen: Outlook, edges: Iterable[InPort]) -> frozenset[InPort]:
    """The links that draw these edges."""
    return frozenset(seen.link_of[edge] for edge in edges if edge in seen.link_of)
