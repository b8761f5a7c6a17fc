"""Graph and run as a figure: what each card and each link says.

What a card is headed differs by op, everything else reads the same for all.  A ``Sheet`` keeps the
strings of one graph and renews only those a step touches.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from copy import copy
from typing import Any

import msgspec
import numpy as np

from graphlab.engine.run import Run
from graphlab.engine.steps import Step
from graphlab.graph import Graph, InPort, OutPort
from graphlab.gui.alike import is_same, says_same
from graphlab.gui.blanks import blanks_of
from graphlab.gui.canvas.figure import DASH, Card, Figure, Link, Point
from graphlab.gui.phrases import (
    brief,
    gradient_text,
    partial_text,
    value_text,
)
from graphlab.gui.position import set_by_hand
from graphlab.gui.shrinking import plane
from graphlab.gui.tooltips import card_tooltip, group_tooltip, link_tooltip, through_tooltip


class Sheet:
    """The cards and links of one graph, up to date with a run of it."""

    def __init__(self, graph: Graph, before: Sheet | None = None) -> None:
        self.graph = graph
        blanks = self._blanks = blanks_of(graph)
        self.outlook, self.frames = blanks.outlook, blanks.frames
        self.groups = {name: copy(group) for name, group in blanks.groups.items()}
        self.blank_cards, self.blank_links = blanks.cards, blanks.links
        self.cards: dict[str, Card] = dict(blanks.cards)
        self.links: dict[InPort, Link] = dict(blanks.links)
        self._contributions: dict[InPort, Any] = {}
        self._values: dict[OutPort, Any] = {}  # while much is read: most are asked for repeatedly
        self._by_hand: AbstractSet[str] = frozenset()
        self._told: dict[str | InPort, tuple[Any, ...]] = {}  # what a card or link was read from
        if before is not None:
            self._take_over(before)

    def _take_over(self, before: Sheet) -> None:
        """Keep what was read of cards and links whose nodes and blanks are as they were."""
        old, new, told = before.graph.nodes, self.graph.nodes, before._told
        cards = {
            name: before.cards[name]
            for name, blank in before.blank_cards.items()
            if name in told and self.cards.get(name) is blank and old[name] is new[name]
        }
        links = {
            key: before.links[key]
            for key, blank in before.blank_links.items()
            if key in told and self.links.get(key) is blank and old[key.node] is new[key.node]
        }
        self._told = {**{key: told[key] for key in cards}, **{key: told[key] for key in links}}
        self.cards |= cards
        self.links |= links

    def twin(self) -> Sheet:
        """The same sheet, to be read elsewhere while this one is shown."""
        new = copy(self)
        new.cards, new.links, new._told = self.cards.copy(), self.links.copy(), self._told.copy()
        new.groups = {name: copy(group) for name, group in self.groups.items()}
        new._values, new._contributions = {}, {}
        return new

    def show_unread(self) -> None:
        """Have all that was never read say that nothing is computed."""
        for name in self.cards.keys() - self._told.keys():
            card = self.cards[name]
            is_told = card.value or card.picture is not None
            self.cards[name] = msgspec.structs.replace(
                card, value=DASH if is_told else "", gradient="", picture=None
            )
        for key in self.links.keys() - self._told.keys():
            self.links[key] = msgspec.structs.replace(
                self.links[key], value=DASH, partial="", gradient="", total=""
            )

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
    ) -> tuple[dict[str, Card], dict[Hashable, Link]]:
        """Renew what taking a step, or taking it back, has touched; returns that."""
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
        touched = dict.fromkeys(link_of[edge] for edge in edges if edge in link_of)
        for link in touched:
            self._read_link(link, run)
        self._values.clear()
        return {card: self.cards[card]}, {link: self.links[link] for link in touched}

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
        gradient = run.grad(str(port)) if port is not None and not self._blanks.fans[port] else None
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
        total = run.grad(str(source)) if self._blanks.fans[source] > 1 else None
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
