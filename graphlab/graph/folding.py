"""What is seen of a graph some of whose groups are folded to one card each.

Folding changes the picture and never a number: every node belongs to exactly one card, and every
edge is either drawn, as part of one link, or hidden inside a folded group.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain
from operator import is_
from types import MappingProxyType
from typing import NamedTuple

from msgspec import Struct

from graphlab.graph.graph import Graph, difference, out_ports, rewritten
from graphlab.graph.node import Edge, InPort, OutPort, port_index


class Bundle(NamedTuple):
    """Edges drawn as one line: they carry one output to one input port of a card.

    Between nodes that is one edge.  A folded group takes every value in once, however many of its
    members read it.
    """

    source: OutPort
    tail: str  # the card it leaves
    head: str  # the card it enters
    port: int  # which input of that card, counted from 0
    edges: tuple[InPort, ...]

    @property
    def id(self) -> InPort:
        """Its first edge, which is in no other bundle."""
        return self.edges[0]


class Frame(NamedTuple):
    """An opened group: the cards directly in it, and the frame around it."""

    id: str
    title: str
    cards: tuple[str, ...]
    parent: str | None


class Outlook(Struct, frozen=True, dict=True):
    """The cards and links to be drawn.

    ``cards`` are visible nodes and folded groups, each group at its first member's place in the
    order; ``owner`` gives the card of every node; ``links`` come in the order of their first edges;
    ``frames`` are the opened groups that hold anything, outer ones first.  ``inputs`` and
    ``outputs`` of a folded group are the distinct outside outputs that feed it and the distinct
    inside outputs that are used outside or are the graph's own; where there are none of these,
    those that nothing reads.
    """

    cards: tuple[str, ...]
    owner: Mapping[str, str]
    links: tuple[Bundle, ...]
    inputs: Mapping[str, tuple[OutPort, ...]]
    outputs: Mapping[str, tuple[OutPort, ...]]
    frames: tuple[Frame, ...]

    @cached_property
    def link_of(self) -> Mapping[InPort, InPort]:
        """Per edge that is drawn the id of its link; an edge inside a folded group has none."""
        return MappingProxyType(
            {edge: bundle.edges[0] for bundle in self.links for edge in bundle.edges}
        )

    @cached_property
    def bundles(self) -> Mapping[InPort, Bundle]:
        """The links by id."""
        return MappingProxyType({bundle.edges[0]: bundle for bundle in self.links})

    @cached_property
    def members(self) -> Mapping[str, tuple[str, ...]]:
        """The nodes in each folded group that is a card."""
        found: dict[str, list[str]] = {name: [] for name in self.inputs}
        for name, card in self.owner.items():
            if card in found:
                found[card].append(name)
        return MappingProxyType({card: tuple(names) for card, names in found.items()})

    def is_group(self, card: str) -> bool:
        """Whether a card is a folded group."""
        return card in self.inputs

    def node_of(self, card: str) -> str:
        """The node that a card stands for: of a folded group the last one that it gives away.

        Where nothing of it is used, the last of its members that feeds none of the others.
        """
        if not self.is_group(card):
            return card
        given = self.outputs[card]
        return given[-1].node if given else self.members[card][-1]

    def edges(self, link: InPort) -> tuple[InPort, ...]:
        """The edges that a link draws, or the edge itself where it is none of a folded group."""
        bundle = self.bundles.get(link)
        return (link,) if bundle is None else bundle.edges

    def shows(self, node: str, edge: Edge | None = None) -> bool:
        """Whether a step at ``node``, or back along ``edge``, is one of the picture.

        A folded group is one op there: forward it is computed when an output of it is.
        """
        if edge is not None:
            return edge.target in self.link_of
        card = self.owner[node]
        return not self.is_group(card) or any(port.node == node for port in self.outputs[card])


def outlook(graph: Graph) -> Outlook:
    """What is seen of a graph; of folded groups in each other the outermost is the card."""
    known: Outlook | None = graph.__dict__.get("_outlook")
    if known is None:
        caches = graph.lineage.caches.__dict__
        last: tuple[Graph, Outlook] | None = caches.get("outlook")
        is_last = last is not None and _is_seen_alike(last[0], graph)
        known = last[1] if last is not None and is_last else _found(graph)
        graph.__dict__["_outlook"] = known
        caches["outlook"] = graph, known
    return known


def _is_seen_alike(before: Graph, graph: Graph) -> bool:
    """Whether an edit changed nothing that an outlook is made of."""
    old, new = before.nodes, graph.nodes
    if len(old) != len(new) or not all(map(is_, old, new)):
        return False
    change = difference(before, graph)
    is_same = before.view.folded == graph.view.folded
    return (
        is_same
        and not (change.is_regrouped or change.is_remarked)
        and all(
            (old[name].op, old[name].group) == (new[name].op, new[name].group)
            and old[name].inputs == new[name].inputs
            and [*out_ports(name, old[name])] == [*out_ports(name, new[name])]
            for name in change.altered
        )
    )


def _found(graph: Graph) -> Outlook:
    shown = _outermost(graph)
    owner = {
        name: name if node.group is None else shown[node.group] or name
        for name, node in graph.nodes.items()
    }
    folded = {card for card in owner.values() if card in graph.groups}
    cards = tuple(dict.fromkeys(owner.values()))
    links, inputs = _links(graph, owner, folded, _plain_links(graph))
    return Outlook(
        cards,
        MappingProxyType(owner),
        links,
        MappingProxyType(inputs),
        MappingProxyType(_outputs(graph, owner, folded)),
        tuple(_frames(graph, cards, shown)),
    )


def _outermost(graph: Graph) -> dict[str, str | None]:
    """Per group the outermost folded group that it is, or is in; None if it can be seen."""
    found: dict[str, str | None] = {}
    for name in graph.groups:
        chain, walk = [], name
        while walk not in found:
            chain.append(walk)
            parent = graph.groups[walk].parent
            if parent is None:
                break
            walk = parent
        around = found.get(walk)
        for inner in reversed(chain):
            around = around or (inner if inner in graph.view.folded else None)
            found[inner] = around
    return found


def _plain_links(graph: Graph) -> Mapping[str, tuple[Bundle, ...]]:
    """Per node the links into it where nothing is folded; kept along a lineage, node by node."""
    caches = graph.lineage.caches.__dict__
    known: tuple[Graph, dict[str, tuple[Bundle, ...]]] | None = caches.get("plain_links")
    if known is not None and known[0] is graph:
        return known[1]
    if known is None:
        found, fresh = dict[str, tuple[Bundle, ...]](), frozenset(graph.nodes)
    else:
        before, found = known
        for name in difference(before, graph).removed:
            del found[name]
        fresh = difference(before, graph).added | rewritten(before, graph)
    for name in fresh:
        node = graph.nodes[name]
        found[name] = tuple(
            Bundle(source, source.node, name, port_index(node.op, port) or 0, (InPort(name, port),))
            for port, source in node.inputs.items()
        )
    caches["plain_links"] = graph, found
    return found


def _links(
    graph: Graph,
    owner: Mapping[str, str],
    folded: set[str],
    plain: Mapping[str, tuple[Bundle, ...]],
) -> tuple[tuple[Bundle, ...], dict[str, tuple[OutPort, ...]]]:
    """Every link, and the inputs of each folded group."""
    if not folded:
        return tuple(chain.from_iterable(map(plain.__getitem__, graph.nodes))), {}
    links: dict[object, tuple[OutPort, str, str, int, Sequence[InPort]]] = {}
    edges: dict[tuple[str, OutPort], list[InPort]] = {}  # into a folded group
    sources: dict[str, dict[OutPort, int]] = {name: {} for name in folded}
    for name in graph.nodes:
        card = owner[name]
        ports = sources.get(card)
        for link in plain[name]:
            tail = owner[link.tail]
            if ports is None:
                links[link.id] = link if tail == link.tail else link._replace(tail=tail)
            elif tail != card:
                port = ports.setdefault(link.source, len(ports))
                together = edges.setdefault((card, link.source), [])
                together += link.edges
                links[card, link.source] = link.source, tail, card, port, together
    found = (k if isinstance(k, Bundle) else Bundle(*k[:4], tuple(k[4])) for k in links.values())
    return tuple(found), {card: tuple(ports) for card, ports in sources.items()}


def _outputs(
    graph: Graph, owner: Mapping[str, str], folded: set[str]
) -> dict[str, tuple[OutPort, ...]]:
    """The outputs of each folded group, in the order of its members."""
    if not folded:
        return {}
    used = {graph.port(name) for name in graph.outputs if owner[graph.port(name).node] in folded}
    for target, source in graph.edges.items():
        if owner[source.node] in folded and owner[source.node] != owner[target.node]:
            used.add(source)
    silent = folded - {owner[port.node] for port in used}
    if silent:
        used |= {
            OutPort(name)
            for name, edges in graph.consumers.items()
            if not edges and owner[name] in silent
        }
    place = {name: i for i, name in enumerate(graph.nodes)}
    found: dict[str, list[OutPort]] = {name: [] for name in folded}
    for port in sorted(used, key=lambda port: (place[port.node], port.output)):
        found[owner[port.node]].append(port)
    return {card: tuple(ports) for card, ports in found.items()}


def _frames(
    graph: Graph, cards: tuple[str, ...], shown: Mapping[str, str | None]
) -> Iterator[Frame]:
    """The opened groups with a card anywhere inside, outer ones first."""
    direct: dict[str, list[str]] = {}
    for card in cards:
        home = graph.groups[card].parent if card in graph.groups else graph.nodes[card].group
        if home is not None:
            direct.setdefault(home, []).append(card)
    inner: dict[str | None, dict[str, None]] = {}
    known: set[str] = set()
    for group in graph.groups:  # in the groups' order, so that a new card reorders nothing
        walk: str | None = group if group in direct and shown[group] is None else None
        while walk is not None and walk not in known:
            known.add(walk)
            parent = graph.groups[walk].parent
            inner.setdefault(parent, {})[walk] = None
            walk = parent
    waiting = [*reversed(inner.get(None, {}))]
    while waiting:
        name = waiting.pop()
        title, around = graph.groups[name].title, graph.groups[name].parent
        yield Frame(name, title or name, tuple(direct.get(name, ())), around)
        waiting += reversed(inner.get(name, {}))
