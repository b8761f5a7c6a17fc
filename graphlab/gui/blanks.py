"""The cards and links of a graph before anything is read: the layout makes room for the widest.

Those that an edit leaves as they are stay the very same objects, by which it is seen at once that
nothing has to be laid out or measured again.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from graphlab.graph import Graph, InPort, OutPort
from graphlab.graph.folding import Bundle, Outlook, outlook
from graphlab.graph.graph import difference
from graphlab.graph.node import MAX_INPUTS
from graphlab.graph.shapes import infer_shapes
from graphlab.gui.alike import says_same
from graphlab.gui.canvas.figure import Card, Frame, Link
from graphlab.gui.folded import Folded
from graphlab.gui.headings import FACES, of_operation
from graphlab.gui.phrases import WIDEST, is_spelled, jacobian_text, shape_text, widest_value
from graphlab.gui.shrinking import plane_shape
from graphlab.gui.sizes import sizes
from graphlab.ops.broadcasting import Shape

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
    def _kept(before: Any, new: Any) -> Any:
        """The card or link of before where the new one says the same."""
        return before if says_same(before, new) else new

    def _make(self, before: Blanks | None) -> None:
        graph, seen = self.graph, self.outlook
        self.groups = {name: Folded(graph, seen, name) for name in seen.inputs}
        self.fans = Counter([bundle.source for bundle in seen.links])
        for name in seen.cards:
            is_group = name in self.groups
            known = None if before is None or is_group else self._known(name, before)
            self.cards[name] = known or self._any_card(name)
        for bundle in seen.links:
            same = None if before is None else self._known_link(bundle, before)
            self.links[bundle.id] = same or self._link(bundle)
        self.frames = tuple(Frame(*frame) for frame in seen.frames)

    def _any_card(self, name: str) -> Card:
        group = self.groups.get(name)
        return self._card(name) if group is None else self._group_card(group)

    # --- what is as it was ----------------------------------------------------------------------
    def _known(self, name: str, before: Blanks) -> Card | None:
        """The card of a node that has not changed, nor what follows from those around it."""
        graph, old = self.graph, before.graph
        port = OutPort(name)
        is_same = (
            name in before.cards
            and old.nodes.get(name) is graph.nodes[name]
            and bool(old.consumers[name]) == bool(graph.consumers[name])
            and self._has_like_shape(port, before)
        )
        return before.cards[name] if is_same else None

    def _has_like_shape(self, port: OutPort, before: Blanks) -> bool:
        """Whether a value looks as large as it did; an unknown shape is taken for a number's."""
        return (before.shapes.of(port) or ()) == (self.shapes.of(port) or ())

    def _known_link(self, bundle: Bundle, before: Blanks) -> Link | None:
        """The link between two cards that are as they were."""
        head, tail, source = bundle.head, bundle.tail, bundle.source
        is_same = (
            before.outlook.bundles.get(bundle.id) == bundle
            and self.cards[head] is before.cards.get(head)
            and self.cards[tail] is before.cards.get(tail)
            and self._has_like_shape(source, before)
        )
        return before.links.get(bundle.id) if is_same else None

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
            partial = jacobian_text(self._structure(bundle), end or (), start or ())
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
