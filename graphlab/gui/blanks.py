"""The cards and links of a graph before anything is read: the layout makes room for the widest.

Those that an edit leaves as they are stay the very same objects, by which it is seen at once that
nothing has to be laid out or measured again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Set as AbstractSet
from typing import Any, TypeVar

import numpy as np

from graphlab.engine.partial import jacobian_name
from graphlab.graph import Graph, InPort, OutPort
from graphlab.graph.folding import Bundle, Outlook, outlook
from graphlab.graph.graph import difference, rewritten
from graphlab.graph.node import MAX_INPUTS
from graphlab.graph.shapes import infer_shapes
from graphlab.gui.alike import says_same
from graphlab.gui.canvas.figure import Card, Frame, Link
from graphlab.gui.folded import Folded
from graphlab.gui.headings import FACES, of_operation
from graphlab.gui.phrases import WIDEST, is_spelled, shape_text, widest_value
from graphlab.gui.shrinking import plane_shape
from graphlab.gui.sizes import sizes
from graphlab.ops.broadcasting import Shape

_Drawn = TypeVar("_Drawn", Card, Link)
_PLAIN_PORTS = frozenset("abxy")  # names that only say first and second


class Blanks:
    """The blank cards and links of one graph, made from those of the graph before an edit."""

    def __init__(self, graph: Graph, before: Blanks | None = None) -> None:
        self.graph = graph
        self.outlook: Outlook = outlook(graph)
        self.shapes = infer_shapes(graph, {})
        self.groups: dict[str, Folded] = {}
        self.fans: Counter[OutPort] = Counter()
        self.frames: tuple[Frame, ...] = ()
        self.cards: dict[str, Card] = {}
        self.links: dict[InPort, Link] = {}
        is_alike = (
            before is not None and before.outlook is self.outlook and before.shapes is self.shapes
        )
        if before is not None and is_alike:
            self._take_over(before)
        else:
            self._make(before)

    def _take_over(self, before: Blanks) -> None:
        """Make anew only what stands for nodes whose attributes were changed."""
        graph, seen = self.graph, self.outlook
        altered = difference(before.graph, graph).altered
        self.fans, self.frames = before.fans, before.frames
        touched = {seen.owner[name] for name in altered}
        self.groups = {
            name: Folded(graph, seen, name) if name in touched else group
            for name, group in before.groups.items()
        }
        self.cards, self.links = before.cards.copy(), before.links.copy()
        edges = [InPort(name, port) for name in altered for port in graph.nodes[name].inputs]
        edges += [edge.target for name in altered for edge in graph.consumers[name]]
        into = [b.id for b in seen.links if b.head in self.groups] if self.groups else []
        links = {seen.link_of[edge] for edge in edges if edge in seen.link_of}.union(into)
        for name in touched.union(self.groups):
            self.cards[name] = self._kept(before.cards[name], self._any_card(name))
        for key in links:
            self.links[key] = self._kept(before.links[key], self._link(seen.bundles[key]))

    @staticmethod
    def _kept(before: _Drawn | None, new: _Drawn) -> _Drawn:
        """The card or link of before where the new one says the same."""
        return before if before is not None and says_same(before, new) else new

    def _make(self, before: Blanks | None) -> None:
        graph, seen = self.graph, self.outlook
        self.groups = {name: Folded(graph, seen, name) for name in seen.inputs}
        self.fans = Counter([bundle.source for bundle in seen.links])
        self.frames = tuple(Frame(*frame) for frame in seen.frames)
        if before is None:
            self.cards = {name: self._any_card(name) for name in seen.cards}
            self.links = {bundle.id: self._link(bundle) for bundle in seen.links}
            return
        reshaped = self._reshaped(before)
        fresh = self._fresh(before, reshaped)
        old_cards, old_links, bundles = before.cards, before.links, before.outlook.bundles
        for name in seen.cards:
            card = old_cards.get(name)
            if card is None or name in fresh:
                card = self._kept(card, self._any_card(name))
            self.cards[name] = card
        for bundle in seen.links:
            source, tail, head, _, edges = bundle
            key = edges[0]
            link = old_links.get(key)
            is_same = tail not in fresh and head not in fresh and source not in reshaped
            if link is None or not is_same or bundles[key] != bundle:
                link = self._kept(link, self._link(bundle))
            self.links[key] = link

    def _any_card(self, name: str) -> Card:
        group = self.groups.get(name)
        return self._card(name) if group is None else self._group_card(group)

    # --- what is as it was ----------------------------------------------------------------------
    def _fresh(self, before: Blanks, reshaped: AbstractSet[OutPort]) -> set[str]:
        """The cards that may say something else than before."""
        old, graph = before.graph, self.graph
        change, changed = difference(old, graph), rewritten(old, graph)
        ends = [node.inputs for node in map(graph.nodes.__getitem__, change.added | changed)]
        ends += [node.inputs for node in map(old.nodes.__getitem__, change.removed | changed)]
        near = {source.node for inputs in ends for source in inputs.values()}
        turned = {  # the last of a way, or no longer: only these tell a gradient
            name
            for name in near & old.nodes.keys() & graph.nodes.keys()
            if bool(old.consumers[name]) != bool(graph.consumers[name])
        }
        renewed = {port.node for port in reshaped} | change.added | changed | turned
        return renewed | self.groups.keys() | before.groups.keys()

    def _reshaped(self, before: Blanks) -> set[OutPort]:
        """Outputs that look otherwise large; an unknown shape is taken for a number's."""
        old, new = before.shapes.known, self.shapes.known
        if old is new:
            return set()
        differing = {port for port, _ in old.items() ^ new.items()}
        return {port for port in differing if (old.get(port) or ()) != (new.get(port) or ())}

    # --- the widest that each will say, which the layout makes room for ------------------------
    def _card(self, name: str) -> Card:
        node = self.graph.nodes[name]
        symbol, title = FACES.get(node.op.name, of_operation)(name, node)
        is_plain = not self.graph.consumers[name]
        is_shown_large = symbol != name and node.op.name == "constant"
        ports = node.ports
        tells_ports = len(ports) > 1 and not _PLAIN_PORTS.issuperset(ports)
        if node.op.variadic is not None and len(ports) < MAX_INPUTS:
            ports = node.op.port_names(len(ports) + 1)
        outputs = len(node.op.output_names(**node.attributes))
        return Card(
            id=name,
            symbol=symbol,
            title=title,
            category=node.op.category,
            inputs=tuple((InPort(name, port), port if tells_ports else "") for port in ports),
            outputs=tuple(OutPort(name, i) for i in range(outputs)),
            **self._room(OutPort(name), has_value=not is_shown_large, has_gradient=is_plain),
        )

    def _group_card(self, group: Folded) -> Card:
        is_end = not any(self.fans[port] for port in group.outputs)
        port = group.output
        room = {} if port is None else self._room(port, has_value=True, has_gradient=is_end)
        return Card(
            id=group.name,
            symbol=group.title,
            title=group.formula,
            category="Group",
            inputs=group.ports(self.outlook),
            outputs=group.outputs,
            **{**room, "detail": group.detail(sizes(self.graph))},
        )

    def _room(self, port: OutPort, *, has_value: bool, has_gradient: bool) -> dict[str, Any]:
        """The fields of a card that follow from the shape of what it shows."""
        shape = self.shapes.of(port)
        if not shape:
            return {
                "value": WIDEST if has_value else "",
                "gradient": "∂ " + WIDEST if has_gradient else "",
            }
        return {
            "value": widest_value(shape),
            "detail": "" if is_spelled(shape) else shape_text(shape),
            "picture": np.zeros(plane_shape(shape)) if 0 not in shape else None,
        }

    def _link(self, bundle: Bundle) -> Link:
        head, tail = self.cards[bundle.head], self.cards[bundle.tail]
        start, end = self.shapes.of(bundle.source), self._head_shape(bundle)
        value, partial = WIDEST, WIDEST
        if start or end:
            value = shape_text(start or ())
            partial = jacobian_name(self._structure(bundle), end or (), start or ())
        return Link(
            id=bundle.id,
            source=bundle.tail,
            target=bundle.head,
            port_index=bundle.port,
            port_count=len(head.inputs),
            port_name=head.inputs[bundle.port][1],
            value=value,
            partial=partial,
            gradient="∂ " + value,
            total="∂ " + value,
            tail_index=tail.outputs.index(bundle.source),
            tail_count=len(tail.outputs),
        )

    def _head_shape(self, bundle: Bundle) -> Shape | None:
        group = self.groups.get(bundle.head)
        port = OutPort(bundle.head) if group is None else group.output
        return None if port is None else self.shapes.of(port)

    def _structure(self, bundle: Bundle) -> str:
        if bundle.head in self.groups:
            return "dense"
        node = self.graph.nodes[bundle.head]
        return node.op.structure_of(bundle.id.port, **node.attributes)


def blanks_of(graph: Graph) -> Blanks:
    """The blank cards and links of a graph; the last of a lineage are kept, and the next follow."""
    caches = graph.lineage.caches.__dict__
    known: Blanks | None = caches.get("blanks")
    if known is None or known.graph is not graph:
        known = caches["blanks"] = Blanks(graph, known)
    return known
