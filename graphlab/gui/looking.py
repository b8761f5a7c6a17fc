"""What the inspector shows: whatever is selected on the canvas, however that came about."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, Signal

from graphlab.graph import InPort
from graphlab.graph.folding import outlook
from graphlab.graph.graph import Change, Graph
from graphlab.gui.drawing import Drawing
from graphlab.gui.opaque import waits_for
from graphlab.gui.session import Session

if TYPE_CHECKING:
    from graphlab.gui.panels.inspector import Inspector


class Looking(QObject):
    """One selection, of the canvas; the inspector has none of its own."""

    turned = Signal(object)  # the nodes that the selected cards hold, and the sources they read

    def __init__(
        self,
        session: Session,
        drawing: Drawing,
        details: Callable[[], Inspector],
        parent: QObject | None = None,
    ) -> None:
        """``details`` is asked for the inspector once there is something to show in it."""
        super().__init__(parent)
        self._session, self._drawing, self._details_of = session, drawing, details
        self._details: Inspector | None = None
        self._graph: Graph = session.graph
        self._wanted: list[str] = []  # what is selected, under the names that an edit gave it
        drawing.canvas.selection_changed.connect(self._show)
        drawing.caught_up.connect(self._show)
        session.changed.connect(self._follow)

    def show(self) -> None:
        """Show what is selected as the run has it now."""
        canvas, wanted = self._drawing.canvas, self._wanted
        if wanted and all(name in canvas.places.index for name in wanted):
            self._wanted = []
            canvas.select_cards(wanted)
        self._show()

    def _follow(self, change: Change) -> None:
        """Keep what is selected where an edit, or its undoing, has only given it another name."""
        before, self._graph = self._graph, self._session.graph
        groups, now = before.groups.keys(), self._graph.groups.keys()
        names: dict[str, str] = {}
        for gone, new in (
            (set(change.removed), set(change.added)),
            (groups - now, now - groups),
        ):
            if len(gone) == len(new) == 1:
                names |= zip(gone, new, strict=True)
        chosen = self._drawing.canvas.selection
        is_renamed = bool(chosen & names.keys())
        self._wanted = [names.get(card, card) for card in chosen] if is_renamed else []

    def _held(self, chosen: Iterable[str]) -> set[str]:
        """The nodes in these cards, and what feeds those that stand alone."""
        nodes, members = self._session.graph.nodes, outlook(self._session.graph).members
        found = {name for card in chosen for name in members.get(card, (card,))} & nodes.keys()
        alone = found.intersection(chosen)
        return found | {port.node for name in alone for port in nodes[name].inputs.values()}

    def _show(self) -> None:
        canvas, session = self._drawing.canvas, self._session
        chosen, card = canvas.selection, canvas.selected
        self.turned.emit(self._held(chosen))
        if not chosen and canvas.selected_link is None and canvas.selected_group is None:
            if self._details is not None:
                self._details.hide()
            return
        details = self._details = self._details_of()
        seen, run, problems = outlook(session.graph), session.run, self._drawing.problems
        link = cast("InPort | None", canvas.selected_link)
        is_there = True
        is_several = canvas.selected_group is None and len(chosen) > 1
        group = None if is_several else self._drawing.group(canvas.selected_group or card or "")
        if is_several:
            folded = sum(name in session.graph.view.folded for name in chosen)
            details.show_several(len(chosen), folded)
        elif group is not None:
            told = [problems[name] for name in group.members if name in problems]
            node = seen.node_of(group.name) if seen.is_group(group.name) else ""
            details.show_group(run, group, node, "".join(told[:1]))
        elif card in session.graph.nodes:
            name = str(card)
            waits = waits_for(run.graph, name) if run.value(name) is None else ""
            details.show_node(run, name, problems.get(name, waits))
        elif link is not None and link in seen.bundles:
            head = self._drawing.group(seen.bundles[link].head)
            contribution = self._drawing.contribution(link)
            if head is None:
                details.show_edge(run, link, contribution)
            else:
                details.show_link(run, seen.bundles[link].source, head, contribution)
        else:
            is_there = False
        details.setVisible(is_there)
