"""What can be done with the cards that are selected: delete, place, group, fold, name, mark."""

from __future__ import annotations

from collections.abc import Mapping

from graphlab.errors import GraphError
from graphlab.graph import Graph
from graphlab.graph.aligning import align
from graphlab.graph.edits import (
    group_selection,
    mark_outputs,
    remove_cards,
    rename_group,
    rename_node,
    set_group_title,
    ungroup,
)
from graphlab.graph.grouping import chain_of
from graphlab.graph.templates.holding import holdings
from graphlab.gui.canvas.figure import Point
from graphlab.gui.hand import Hand, several
from graphlab.gui.naming import is_possible
from graphlab.gui.placement import moved, unpinned
from graphlab.gui.regrouping import Regrouping
from graphlab.gui.wiring import unwired

MANY = 6
"""More groups than this that are opened at once are placed by the layout, with all there is."""


class Cards:
    """Edits of the selected cards."""

    def __init__(self, hand: Hand) -> None:
        self._hand = hand
        self.regrouping = Regrouping(hand)

    # --- what there is ------------------------------------------------------------------------
    def any(self) -> bool:
        """Whether a card is selected."""
        return bool(self._hand.chosen)

    def several(self) -> bool:
        """Whether more than one is."""
        return len(self._hand.chosen) > 1

    def one(self) -> bool:
        """Whether exactly one is."""
        return len(self._hand.chosen) == 1

    def group(self) -> str | None:
        """The one group that is selected, or else the innermost opened one around what is."""
        hand = self._hand
        if hand.canvas.selected_group in hand.graph.groups:
            return hand.canvas.selected_group
        if not hand.graph.groups:
            return None
        chosen = hand.chosen
        if len(chosen) == 1 and hand.seen.is_group(chosen[0]):
            return chosen[0]
        homes = [self._home(name) for name in chosen]
        chains = [list(chain_of(hand.graph, home)) for home in homes]
        shared = set(chains[0]).intersection(*chains[1:]) if chains else set()
        return next((name for name in chains[0] if name in shared), None) if shared else None

    def _home(self, card: str) -> str | None:
        graph = self._hand.graph
        return graph.groups[card].parent if card in graph.groups else graph.nodes[card].group

    # --- away and about -------------------------------------------------------------------------
    def can_delete(self) -> bool:
        """Whether a card or a link is selected."""
        return self.any() or self._hand.link is not None

    def delete(self) -> None:
        """Delete the selected cards, or else the selected link."""
        hand, chosen, link = self._hand, self._hand.chosen, self._hand.link
        if chosen:
            text = f"delete {several(chosen)}"
            hand.edit(text, lambda graph: remove_cards(graph, chosen), lambda: ())
        elif link is not None:
            edges = hand.seen.edges(link)
            hand.edit(f"unplug {link}", lambda graph: unwired(graph, edges), lambda: ())

    def put(self, places: Mapping[str, Point]) -> None:
        """Place cards where a hand has dragged them."""
        hand = self._hand
        known = {name: place for name, place in places.items() if name in hand.seen.cards}
        if known:
            hand.edit(f"move {several(known)}", lambda graph: moved(graph, known))

    def align(self, how: str) -> None:
        """Bring the selected cards into line."""
        hand, chosen = self._hand, self._hand.chosen
        boxes = {name: hand.box(name) for name in chosen}

        def aligned(graph: Graph) -> Graph:
            places = align(graph, chosen, boxes, how).view.positions
            return moved(graph, {name: places[name] for name in chosen})

        hand.edit(f"align {several(chosen)}", aligned)

    def arrange(self) -> None:
        """Let the layout place every card."""
        if self._hand.edit("arrange", unpinned, stays=False):
            self._hand.canvas.fit()

    def can_arrange(self) -> bool:
        """Whether a hand has placed anything."""
        return bool(self._hand.graph.view.positions)

    def select_all(self) -> None:
        """Select every card."""
        self._hand.canvas.select_all()

    # --- groups -------------------------------------------------------------------------------
    def make_group(self) -> None:
        """Put the selected cards into a group, which is selected then."""
        hand, chosen, made = self._hand, self._hand.chosen, list[str]()

        def grouped(graph: Graph) -> Graph:
            graph, new = group_selection(graph, chosen)
            made.append(new)
            return self.regrouping.made(graph, new)

        hand.edit(f"group {several(chosen)}", grouped, lambda: made)

    def can_ungroup(self) -> bool:
        """Whether a group is meant by what is selected."""
        return self.group() is not None

    def ungroup(self) -> None:
        """Take a group away and leave what it held."""
        name, hand = self.group(), self._hand
        if name is not None:
            held = list(hand.graph.members(name))
            hand.edit(f"ungroup {self.called(name)}", lambda graph: ungroup(graph, name),
                      lambda: held)  # fmt: skip

    def can_fold(self) -> bool:
        """Whether there is something to fold or to open."""
        return bool(self._folded()) or self.group() is not None or self.several()

    def fold_or_open(self) -> None:
        """Open the selected folded groups; or fold the group around the selection; or make one."""
        folded = self._folded()
        if folded:
            self.open(folded)
            return
        name, chosen = self.group(), self._hand.chosen
        if name is not None:
            self.fold(name)
        elif len(chosen) > 1:
            made: list[str] = []

            def grouped(graph: Graph) -> Graph:
                graph, new = group_selection(graph, chosen)
                made.append(new)
                return self.regrouping.folded(graph, new)

            self._hand.edit(f"fold {several(chosen)}", grouped, lambda: made)

    def fold(self, name: str) -> None:
        """Show a group as one card."""
        if name in self._hand.graph.groups:
            text = f"fold {self.called(name)}"
            self._hand.edit(text, lambda graph: self.regrouping.folded(graph, name),
                            lambda: (name,))  # fmt: skip

    def open(self, names: list[str]) -> None:
        """Show what is in folded groups, in place."""
        hand = self._hand

        def opened(graph: Graph) -> Graph:
            if len(names) > MANY:
                return self.regrouping.all_opened(graph, names)
            for name in names:
                graph = self.regrouping.opened(graph, name)
            return graph

        held = holdings(hand.graph)
        inside = [node for name in names for node in held.members(name)]
        titles = [self.called(name) for name in names]
        hand.canvas.approach.expect(names)
        if not hand.edit(f"open {several(titles, 'group')}", opened, lambda: inside):
            hand.canvas.approach.expect(())

    def called(self, name: str) -> str:
        """What a group is headed."""
        return self._hand.graph.groups[name].title or name

    def _folded(self) -> list[str]:
        if self._hand.canvas.selected_group is not None:
            return []
        seen = self._hand.seen
        return [name for name in self._hand.chosen if seen.is_group(name)]

    # --- names and marks ------------------------------------------------------------------------
    def rename(self, card: str, text: str) -> str:
        """Give a node or a group another name; returns why that cannot be."""
        graph, name = self._hand.graph, text.strip()
        try:
            if card in graph.groups:
                self._rename_group(card, name)
                return ""
            new = rename_node(graph, card, name)
        except GraphError as error:
            return str(error)
        if new is not graph:
            self._hand.edit(f"rename {card}", lambda before: rename_node(before, card, name),
                            lambda: (name,))  # fmt: skip
        return ""

    def _rename_group(self, card: str, name: str) -> None:
        """A title may be any words; what can be a name becomes the group's name as well."""
        graph = self._hand.graph
        if not name:
            raise GraphError(f"group {card} needs a name; type one, such as neuron")
        if name == self.called(card):
            return
        becomes = name if is_possible(name, {*graph.nodes, *graph.groups}) else card

        def renamed(before: Graph) -> Graph:
            after = rename_group(before, card, becomes)
            return set_group_title(after, becomes, "" if becomes == name else name)

        self._hand.edit(f"rename {self.called(card)}", renamed, lambda: (becomes,))

    def are_outputs(self) -> bool:
        """Whether every selected card is an output of the graph."""
        outputs, chosen = set(self._hand.graph.outputs), self._hand.chosen
        return bool(chosen) and outputs.issuperset(self._nodes())

    def can_mark(self) -> bool:
        """Whether the marks of the selected cards can be changed: one output has to stay."""
        nodes = self._nodes()
        return bool(nodes) and (
            not self.are_outputs() or bool(set(self._hand.graph.outputs).difference(nodes))
        )

    def _nodes(self) -> list[str]:
        """The nodes that the selected cards stand for."""
        seen = self._hand.seen
        return [seen.node_of(card) for card in self._hand.chosen]

    def mark(self) -> None:
        """Make the selected cards outputs of the graph, or outputs no longer."""
        hand, chosen = self._hand, self._nodes()
        outputs = list(hand.graph.outputs)
        if self.are_outputs():
            marks, text = [name for name in outputs if name not in chosen], "unmark"
        else:
            marks, text = list(dict.fromkeys([*outputs, *chosen])), "mark"

        def marked(graph: Graph) -> Graph:
            free = mark_outputs(graph, ())
            return free if list(free.outputs) == marks else mark_outputs(graph, marks)

        hand.edit(f"{text} {several(chosen)} as output", marked)
