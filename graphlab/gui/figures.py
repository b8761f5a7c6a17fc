"""Graph and run as a figure: what each card and each link says.

What a card is headed differs by op, everything else reads the same for all.  A ``Sheet`` keeps the
strings of one graph and renews only those a step touches.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

import msgspec
import numpy as np

from graphlab.engine.run import Run
from graphlab.engine.steps import Step
from graphlab.graph import Graph, InPort, OutPort
from graphlab.graph.folding import Bundle, outlook
from graphlab.graph.node import MAX_INPUTS
from graphlab.graph.shapes import infer_shapes
from graphlab.gui.alike import is_same, says_same
from graphlab.gui.canvas.figure import DASH, Card, Figure, Frame, Link, Point
from graphlab.gui.folded import Folded
from graphlab.gui.headings import FACES, of_operation
from graphlab.gui.phrases import (
    WIDEST,
    brief,
    gradient_text,
    is_spelled,
    jacobian_text,
    partial_text,
    shape_text,
    value_text,
    widest_value,
)
from graphlab.gui.position import set_by_hand
from graphlab.gui.shrinking import plane, plane_shape
from graphlab.gui.sizes import sizes
from graphlab.gui.tooltips import card_tooltip, group_tooltip, link_tooltip, through_tooltip
from graphlab.ops.broadcasting import Shape

_PLAIN_PORTS = frozenset("abxy")  # names that only say first and second


class Sheet:
    """The cards and links of one graph, up to date with a run of it."""

    def __init__(self, graph: Graph, before: Sheet | None = None) -> None:
        self.graph = graph
        self.outlook = outlook(graph)
        self.shapes = infer_shapes(graph, {})
        self.groups = {name: Folded(graph, self.outlook, name) for name in self.outlook.inputs}
        self.cards: dict[str, Card] = {}
        self.links: dict[InPort, Link] = {}
        self._contributions: dict[InPort, Any] = {}
        self._values: dict[OutPort, Any] = {}  # while much is read: most are asked for repeatedly
        self._fans = Counter(bundle.source for bundle in self.outlook.links)
        self._by_hand: AbstractSet[str] = frozenset()
        self._told: dict[str | InPort, tuple[Any, ...]] = {}  # what a card or link was read from
        self.blank_cards: dict[str, Card] = {}
        self.blank_links: dict[InPort, Link] = {}
        for name in self.outlook.cards:
            group = self.groups.get(name)
            known = None if before is None or group is not None else self._known(name, before)
            self.blank_cards[name] = self.cards[name] = known or (
                self._card(name) if group is None else self._group_card(group)
            )
            if known is not None and before is not None and name in before._told:
                self.cards[name], self._told[name] = before.cards[name], before._told[name]
        for bundle in self.outlook.links:
            key = bundle.id
            same = None if before is None else self._known_link(bundle, before)
            self.blank_links[key] = self.links[key] = same or self._link(bundle)
            if same is not None and before is not None and key in before._told:
                self.links[key], self._told[key] = before.links[key], before._told[key]
        self.frames = tuple(Frame(*frame) for frame in self.outlook.frames)

    # --- what is as it was in the sheet before ------------------------------------------------
    def _known(self, name: str, before: Sheet) -> Card | None:
        """The blank card of a node that has not changed, nor what follows from those around it."""
        graph, old = self.graph, before.graph
        port = OutPort(name)
        is_same = (
            name in before.blank_cards
            and old.nodes.get(name) is graph.nodes[name]
            and bool(old.consumers[name]) == bool(graph.consumers[name])
            and before.shapes.of(port) == self.shapes.of(port)
        )
        return before.blank_cards[name] if is_same else None

    def _known_link(self, bundle: Bundle, before: Sheet) -> Link | None:
        """The blank link between two cards that are as they were."""
        head, tail, source = bundle.head, bundle.tail, bundle.source
        is_same = (
            before.outlook.bundles.get(bundle.id) == bundle
            and self.blank_cards[head] is before.blank_cards.get(head)
            and self.blank_cards[tail] is before.blank_cards.get(tail)
            and before.shapes.of(source) == self.shapes.of(source)
        )
        return before.blank_links.get(bundle.id) if is_same else None

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
        is_end = not any(self._fans[port] for port in group.outputs)
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

    def figure(
        self,
        positions: Mapping[str, Point],
        routes: Mapping[Hashable, Sequence[Point]],
    ) -> Figure:
        """What is to be drawn, with these places."""
        cards, links = list(self.cards.values()), list(self.links.values())
        return Figure(cards, links, positions, routes, self.frames)

    # --- reading a run ------------------------------------------------------------------------
    def read(self, run: Run, problems: Mapping[str, str]) -> None:
        """Renew every string; ``problems`` has a sentence per node that has one.

        What was read from the same numbers before is not read again.
        """
        self._contributions, self._by_hand = run.contributions(), set_by_hand(run)
        self._values.clear()
        for name in self.cards:
            self._read_card(name, run, problems)
        for link in self.links:
            self._read_link(link, run)
        self._values.clear()

    def _value(self, port: OutPort, run: Run) -> Any:
        if port not in self._values:
            self._values[port] = run.value(str(port))
        return self._values[port]

    def read_step(
        self, run: Run, step: Step, problems: Mapping[str, str], *, is_taken: bool
    ) -> None:
        """Renew what taking a step, or taking it back, has touched."""
        if step.edge is not None:
            if is_taken:
                self._contributions[step.edge.target] = step.contribution
            else:
                self._contributions.pop(step.edge.target, None)
        self._values.clear()
        self._by_hand = set_by_hand(run)
        near = step.node if step.edge is None else step.edge.source.node
        edges = [edge.target for edge in self.graph.consumers[near]]
        edges += [InPort(step.node, port) for port in self.graph.nodes[step.node].inputs]
        card = self.outlook.owner[near]
        self._read_card(card, run, problems, is_forward=step.phase == "forward")
        if card in self.groups and step.phase == "forward":
            edges += [edge for edge, _ in self.cards[card].inputs]
        link_of = self.outlook.link_of
        for link in dict.fromkeys(link_of[edge] for edge in edges if edge in link_of):
            self._read_link(link, run)
        self._values.clear()

    def contribution(self, target: InPort) -> Any:
        """What flowed back along a link; None if nothing did yet."""
        known = [part for part in self.parts(target) if part is not None]
        return sum(known[1:], start=known[0]) if known else None

    def parts(self, target: InPort) -> list[Any]:
        """What flowed back along each edge of a link that was visited."""
        edges, known = self.outlook.edges(target), self._contributions
        return [known[edge] for edge in edges if edge in known]

    def _read_card(
        self, name: str, run: Run, problems: Mapping[str, str], *, is_forward: bool = True
    ) -> None:
        card, group = self.cards[name], self.groups.get(name)
        if group is None:
            port: OutPort | None = OutPort(name)
            problem = problems.get(name, "")
            if self._is_told(name, (self._value(OutPort(name), run), run.grad(name), run.start,
                                    problem, name in self._by_hand)):  # fmt: skip
                return
            tooltip = card_tooltip(name, self.graph.nodes[name], run)
        else:
            if is_forward:
                group.read(run)
            port = group.output
            problem = next((problems[n] for n in group.members if n in problems), "")
            tooltip = group_tooltip(
                group.title, group.formula, len(group.members), group.outputs, run
            )
        value: Any = None if port is None else self._value(port, run)
        gradient = run.grad(str(port)) if port is not None and not self._fans[port] else None
        is_shown_large = card.symbol != name and card.title == "constant"
        shown = "" if is_shown_large or port is None else value_text(value)
        if group is None and shown and name in self._by_hand:
            shown = f"set {shown}"
        new = msgspec.structs.replace(
            card,
            value=shown,
            picture=plane(value) if np.ndim(value) and np.size(value) else None,
            gradient=gradient_text(gradient),
            problem=problem,
            tooltip=tooltip,
        )
        self.cards[name] = card if says_same(card, new) else new

    def _read_link(self, target: InPort, run: Run) -> None:
        link, bundle = self.links[target], self.outlook.bundles[target]
        source, group = bundle.source, self.groups.get(bundle.head)
        value, contribution = self._value(source, run), self.contribution(target)
        total = run.grad(str(source)) if self._fans[source] > 1 else None
        if group is None:
            ports = (OutPort(bundle.head), *self.graph.nodes[bundle.head].inputs.values())
            numbers = (contribution, target in self._contributions, total, run.training)
            if self._is_told(target, (*numbers, *(self._value(port, run) for port in ports))):
                return
            partial = run.partial(str(source), target.node, target.port)
            pill = partial_text(partial) if partial is not None else ""
            is_computed = self._value(OutPort(target.node), run) is not None
            is_visited = target in self._contributions
            tooltip = link_tooltip(
                source, target, value, partial, contribution, is_computed, is_visited
            )
        else:
            pill = group.partial_text(run, source)
            partials = group.partials(source)
            tooltip = through_tooltip(source, group.title, value, partials, contribution)
        new = msgspec.structs.replace(
            link,
            value=DASH if value is None else brief(value),
            partial=pill,
            gradient=gradient_text(contribution),
            total=gradient_text(total),
            tooltip=tooltip,
        )
        self.links[target] = link if link == new or says_same(link, new) else new

    def _is_told(self, key: str | InPort, numbers: tuple[Any, ...]) -> bool:
        """Whether a card or link was read from the same; from now on it was read from these."""
        known, self._told[key] = self._told.get(key), numbers
        return (
            known is not None and len(known) == len(numbers) and all(map(is_same, known, numbers))
        )
