"""Gradient descent: steps down the loss that the document takes, and the way they went."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from graphlab.engine.descent import Point
from graphlab.errors import GraphLabError
from graphlab.graph import Graph
from graphlab.gui.background import Background
from graphlab.gui.lenses.controls import SEVERAL, DescentControls
from graphlab.gui.lenses.tag import Tag
from graphlab.gui.lenses.walk import Stretch, Trail, Walk, moved_graph, rule, verdict
from graphlab.gui.plots.style import load_plotting
from graphlab.gui.plots.trajectory import Trajectory
from graphlab.gui.session import Session
from graphlab.gui.starts import starts
from graphlab.gui.theme import LIGHT, Theme

_REST_MS = 10
"""A run rests so long after each stretch, for what else is waiting."""

MOST_STEPS = 10_000
"""A run takes so many steps at most before it is to be asked for again."""


class DescentLens(DescentControls):
    """Takes steps in the background and puts where they end into the document, as one edit."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.background = Background(self)
        self.trail = Trail()
        self.plot: Trajectory | None = None
        self._theme: Theme = LIGHT
        self._tag: Tag | None = None
        self._walk: Walk | None = None  # the one under way; none while only looking
        self._base = 0  # the point of the trail it began at
        self._origin: dict[str, Any] = {}
        self._gradients: Mapping[str, float] = {}
        self._is_open = self._is_stopping = self._is_own = False
        self._was_done = False  # whether the gradients were there when a step was last taken
        self.one.clicked.connect(lambda: self.descend(1))
        self.more.clicked.connect(lambda: self.descend(self.several))
        self.run.clicked.connect(self._run_or_stop)
        self.reset.clicked.connect(self._go_to_origin)
        self.loss.activated.connect(self._begin_anew)
        self.moves.chosen.connect(self._begin_anew)
        self.rate.textChanged.connect(self._tell)
        self.log.toggled.connect(lambda is_on: self.plot and self.plot.set_log(is_on))
        session.changed.connect(self._on_changed)
        session.stepped.connect(self._on_stepped)

    # --- opened, closed, coloured -------------------------------------------------------------
    def turn(self, *, is_open: bool) -> None:
        """Begin or end looking; steps under way when it is closed end there."""
        self._is_open = is_open
        if is_open:
            load_plotting(self, self._make_plot)
            self._refresh()
        elif self._walk is not None:
            self._is_stopping = True
        else:
            self.background.drop()

    def prepare(self, rate: float, loss: str | None, moved: Sequence[str], steps: int = 1) -> None:
        """Set the fields, and how many steps the button for several takes; take no step."""
        self.rate.setText(f"{rate:g}")
        self.set_several(steps if steps > 1 else SEVERAL)
        if loss is not None and self.loss.findText(loss) >= 0:
            self.loss.choose(loss)
        if moved:
            self.moves.choose(moved)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        if self.plot is not None:
            self.plot.set_theme(theme)

    def _make_plot(self) -> None:
        if self.plot is None:
            self.plot = Trajectory(self._theme)
            self.room.addWidget(self.plot, 1)
            self.plot.set_log(self.log.isChecked())
        self._show()

    # --- the session --------------------------------------------------------------------------
    def _on_changed(self) -> None:
        if self._is_own:
            return
        before = self.trail.at
        if self._walk is not None:
            self._drop_walk()
        if self._is_open:
            self._refresh()
        is_known = len(self.trail.points) > 1 and self.trail.return_to(self.session.graph)
        if is_known and self.trail.at != before:
            # a descent is undone or redone; first let all others see the graph it leads to
            QTimer.singleShot(0, self, self._compute)

    def _on_stepped(self) -> None:
        """A value that was set by hand makes another descent."""
        self._was_done = self.session.position.is_done
        tag = self._tag if self._walk is None else self._walk.tag
        if self._is_own or tag is None or tag.holds(self.session):
            return
        if self._walk is not None:
            self._drop_walk()
        if self._is_open:
            self._refresh()

    def _refresh(self) -> None:
        """Look at the document as it is; a point of the trail it stands at is found again."""
        session = self.session
        self.loss.offer(list(starts(session.graph)), session.start)
        moved = self.moves.moved
        self.moves.offer(session.graph)
        is_fed_alike = self._tag is not None and self._tag.is_fed_alike(session)
        is_known = is_fed_alike and moved == self.moves.moved and self.trail.points
        if not is_known or not self.trail.return_to(session.graph):
            self.trail = Trail()
        self._look()

    def _begin_anew(self) -> None:
        self._drop_walk()
        self.trail = Trail()
        self._look()

    def _drop_walk(self) -> None:
        self.background.drop()
        if self._walk is not None:
            self.trail.cut()
        self._walk, self._is_stopping = None, False

    # --- looking ------------------------------------------------------------------------------
    def _look(self) -> None:
        """Find the loss and the gradients where the document is, without a step."""
        session, loss, moved = self.session, self.loss.currentText(), self.moves.moved
        self._gradients, self._tag = {}, Tag.of(session)
        if told := self._obstacle(loss, moved):
            self.background.drop()
            self.trail = Trail()
            self._show()
            self.told.say(told)
            return
        tag = self._tag
        self._start(lambda: Walk(tag, loss, moved, 0.0, 0).go_on(), self._take_look)

    def _obstacle(self, loss: str, moved: tuple[str, ...]) -> str:
        """Why there is no descent, in one sentence; empty where there is one."""
        if not loss:
            return "There is nothing to make smaller yet: draw a graph first."
        if self.session.missing():
            return self.session.complaint()
        if not moved:
            return "Nothing moves: choose parameters or inputs at “by moving”."
        return ""

    def _take_look(self, stretch: Stretch) -> None:
        self._gradients = stretch.gradients
        if not self.trail.points:
            self._begin_trail(stretch.points[0])
        self._show()

    def _begin_trail(self, point: Point) -> None:
        graph = self.session.graph
        self.trail.begin(graph, point)
        self._origin = {n: graph.nodes[n].attributes.get("value") for n in self.moves.moved}

    def _start(self, work: Callable[[], Stretch], then: Callable[[Stretch], None]) -> None:
        def guarded() -> Stretch | str:
            try:
                return work()
            except GraphLabError as error:
                return str(error)

        def take(answer: Stretch | str) -> None:
            if isinstance(answer, str):
                self._drop_walk()
                self._show()
                self.told.say(answer + ".", is_problem=True)
            else:
                then(answer)

        self.background.start(guarded, take)

    # --- descending ---------------------------------------------------------------------------
    def descend(self, steps: int) -> None:
        """Take so many steps from where the document is."""
        rate = self.rate.value
        if rate is None or self._walk is not None or not self.trail.points:
            return
        walk = Walk(Tag.of(self.session), self.loss.currentText(), self.moves.moved, rate, steps)
        self.trail.cut()
        self._walk, self._base, self._is_stopping = walk, self.trail.at, False
        self._start(walk.go_on, self._take)
        self._show_busy()

    def _run_or_stop(self) -> None:
        if self._walk is None:
            self.descend(MOST_STEPS)
        else:
            self._is_stopping = True

    def _take(self, stretch: Stretch) -> None:
        walk = self._walk
        if walk is None:
            return
        self.trail.extend([point for point in stretch.points if point.step])
        if stretch.is_done or self._is_stopping:
            self._finish(stretch)
            return
        self.trail.at = self._base + stretch.reached
        self._show()
        # a timer, since answers that come quicker than they are drawn would leave Qt no turn
        # for anything else
        QTimer.singleShot(_REST_MS, self, lambda: self._go_on(walk))

    def _go_on(self, walk: Walk) -> None:
        if self._walk is walk:
            self._start(walk.go_on, self._take)

    def _finish(self, stretch: Stretch) -> None:
        steps = stretch.reached
        self._walk, self._is_stopping = None, False
        self.trail.state, self._gradients = stretch.state, stretch.gradients
        if steps:
            text = "descend 1 step" if steps == 1 else f"descend {steps} steps"
            self._edit(text, moved_graph(self.session.graph, stretch.final))
            self.trail.mark(self.session.graph, self._base + steps)
        self._tag = Tag.of(self.session)
        self._show()

    def _go_to_origin(self) -> None:
        """Give what moved the values it had where the trail began."""
        if self._walk is not None:
            self._drop_walk()
        self._edit("back to where descent began", moved_graph(self.session.graph, self._origin))
        self.trail.return_to(self.session.graph)
        self.trail.at = 0
        self.trail.cut()
        self._look()

    def _edit(self, text: str, graph: Graph) -> None:
        """Make an edit, and compute the loss that it leads to."""
        self._was_done = self.session.position.is_done
        self._is_own = True
        try:
            self.session.edit(text, graph)
            self._compute()
        finally:
            self._is_own = False

    def _compute(self) -> None:
        """Every value, past any breakpoint, and every gradient where there were all before."""
        session, place = self.session, self.session.position
        if session.breakpoints:
            session.go_to(place.total if self._was_done else place.forward_total)
        elif self._was_done:
            session.backward()
        else:
            session.forward()

    # --- telling ------------------------------------------------------------------------------
    def _show(self) -> None:
        if self.plot is not None:
            self.plot.show_points(self.trail.points, self.trail.at, self.loss.currentText())
        self._show_busy()
        self._tell()

    def _show_busy(self) -> None:
        is_busy, rate = self._walk is not None, self.rate.value
        is_ready = bool(self.trail.points) and rate is not None and not is_busy
        for button in (self.one, self.more):
            button.setEnabled(is_ready)
        self.run.setEnabled(is_ready or is_busy)
        self.run.setText("Stop" if is_busy else "Run")
        self.reset.setEnabled(len(self.trail.points) > 1 and not is_busy)
        for field in (self.rate, self.loss, self.moves):
            field.setEnabled(not is_busy)

    def _tell(self) -> None:
        """The rule with the numbers of the next step, and what happened so far."""
        rate, loss = self.rate.value, self.loss.currentText()
        self._show_busy()
        self.rule.setText("")
        if rate is None:
            self.told.say(self.rate.complaint, is_problem=True)
            return
        if not self.trail.points:
            return
        here = self.trail.points[self.trail.at]
        name = next((n for n in here.values if n in self._gradients), None)
        if name is not None and self._walk is None and math.isfinite(here.values[name]):
            told = rule(name, here.values[name], self._gradients[name], rate)
            self.rule.setText("Next: " + told)
        is_wrong, told = verdict(self.trail, loss, rate)
        self.told.say(told, is_problem=is_wrong)
