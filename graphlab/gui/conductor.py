"""Joins the stepping with its row under the canvas, its player and the dots of the breakpoints."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QToolButton

from graphlab.engine.explain import explain
from graphlab.graph import dag_of
from graphlab.graph.folding import outlook
from graphlab.gui.canvas.view import CanvasView
from graphlab.gui.panels.timeline import Timeline
from graphlab.gui.player import Player, Tap
from graphlab.gui.position import leading_to, set_by_hand
from graphlab.gui.session import Session


class Conductor(QObject):
    """What a window has to step with."""

    def __init__(self, session: Session, canvas: CanvasView, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._canvas = session, canvas
        self.player = Player(session, self)
        self.timeline: Timeline | None = None
        self._stops: tuple[int, ...] | None = None
        self._tap = Tap(canvas)
        self._tap.watch(canvas.viewport())
        session.changed.connect(self._forget_stops)
        session.marked.connect(self._forget_stops)
        session.marked.connect(self.show)

    def make_row(self, buttons: Sequence[QToolButton]) -> Timeline:
        """The row for the window, with its buttons for play, slower, faster and the mode."""
        row = self.timeline = Timeline(buttons)
        row.track.scrubbed.connect(self._scrub)
        row.track.title_of = self.title_of
        self.player.paced.connect(row.show_pace)
        return row

    def on_tap(self, do: Callable[[], object]) -> None:
        """What a tap on Space on the canvas does."""
        self._tap.tapped.connect(do)

    def show(self) -> None:
        """Show how far the run is."""
        if self._stops is None:
            self._stops = self._counts()
        if self.timeline is not None:
            session = self._session
            self.timeline.show_position(session.position, self._stops)
            self.timeline.show_mode(session.run.training, session.depends_on_mode)
        owner = outlook(self._session.graph).owner
        self._canvas.set_marks(frozenset(owner[n] for n in self._session.breakpoints))

    @property
    def chosen(self) -> str | None:
        """The node that the selected card stands for, which for a folded group is inside."""
        card = self._canvas.selected
        seen = outlook(self._session.graph)
        is_card = card is not None and seen.owner.get(card, card) == card
        return seen.node_of(card) if card is not None and is_card else None

    def title_of(self, count: int) -> str:
        """What the step that is the ``count``-th does."""
        steps = self._session.run.steps()
        if count <= len(steps):
            return explain(steps[count - 1]).title
        return f"Step {count}, not taken yet"

    def _scrub(self, count: int) -> None:
        self.player.pause()
        self._session.go_to(count)

    def _forget_stops(self, _change: object = None) -> None:
        self._stops = None

    def _counts(self) -> tuple[int, ...]:
        """After how many steps a whole run stops at a breakpoint."""
        session = self._session
        stops, start, run = session.breakpoints, session.start, session.run
        if not stops or start is None:
            return ()
        by_hand, nodes = set_by_hand(run), session.graph.nodes
        order = [n for n in dag_of(session.graph).order if nodes[n].op.category != "Source"]
        made = [name for name in order if name not in by_hand]
        found = [i for i, name in enumerate(made, 1) if name in stops]
        count, back = len(made) + 1, {session.graph.port(start).node: len(made) + 1}
        leading = leading_to(run, start)
        for name in reversed([n for n in made if n in leading]):
            for port in (p for p in nodes[name].ports if p in nodes[name].inputs):
                count += 1
                back[nodes[name].inputs[port].node] = count
        return (*found, *(back[name] for name in stops if name in back))
