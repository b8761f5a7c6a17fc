"""Steps and strides of a run, taken for a person.

What takes long is done away from the window's thread on a copy of the run, and its answer is
dropped once the graph is another.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from graphlab.engine.run import Run
from graphlab.engine.steps import Step
from graphlab.errors import RunError
from graphlab.graph.folding import outlook
from graphlab.gui import strides
from graphlab.gui.background import Report
from graphlab.gui.notes import sentence
from graphlab.gui.position import leading_to
from graphlab.gui.running import Running

HEAVY = 20_000
"""The weight from which a whole phase, or a single step, is taken in the background."""

_MANY = 650  # more steps than this are not taken in the window's thread
_LARGE = 5_000  # a phase of more nodes is taken whole, which is quicker than step by step

Work = Callable[[Run, Report], Step | None]
"""Takes a run further and returns the step to be shown; None where a phase has ended."""


class Stepping(Running):
    """A run that is taken whole or step by step."""

    # --- single steps -------------------------------------------------------------------------
    def next(self) -> None:
        """One step that can be seen: forward while anything can be computed, then backward."""
        start = self.start
        self._attempt(lambda run: run.step(start))

    def step_forward(self) -> None:
        """One node forward."""
        self._attempt(lambda run: run.step_forward())

    def step_backward(self) -> None:
        """One edge backward."""
        start = self.start
        self._attempt(lambda run: run.step_backward(start))

    def step_back(self) -> None:
        """Take the last step back that can be seen."""
        self.background.drop()
        undone = strides.back_over(self.run, self.shows, self.breakpoints)
        self.step, self._position = strides.last(self.run), None
        self._tell_step(undone, "")

    def set_start(self, name: str) -> None:
        """Take the gradients of another output; what was shown of the old one goes."""
        if name == self.start:
            return
        self.background.drop()
        self._start, running = name, self.run.start
        was_done = self.position.is_done
        self._position = None
        if running is not None and running != name:
            self._show_step(*_tried(lambda run: run.step_backward(name), self.run))
            if was_done:
                self.backward()

    def shows(self, step: Step) -> bool:
        """Whether a step touches anything that is not hidden in a folded group."""
        return outlook(self.graph).shows(step.node, step.edge)

    # --- many steps ---------------------------------------------------------------------------
    def forward(self) -> None:
        """The rest of the forward phase, or to the next breakpoint."""
        stops = self.breakpoints
        if stops or self._is_told():
            self._travel(lambda run, report: strides.forward(run, stops, report), self._left())
        else:
            self._travel(_whole(lambda run: run.forward()))

    def backward(self) -> None:
        """The rest of both phases, or to the next breakpoint."""
        start, stops = self.start, self.breakpoints
        if start is None:
            self.told.emit(self.complaint())
        elif stops or self._is_told():
            work = partial(strides.both, start=start, stops=stops)
            self._travel(lambda run, report: work(run, report=report), self._left())
        else:
            self._travel(_whole(lambda run: run.forward().backward(start)))

    def to_end(self) -> None:
        """To the end of the phase that is under way."""
        if self.position.can_go_forward:
            self.forward()
        else:
            self.backward()

    def to_begin(self) -> None:
        """Back to the beginning of the phase that is under way."""
        place = self.position
        self.go_to(place.forward if place.backward else 0)

    def go_to(self, count: int) -> None:
        """Step on or back until ``count`` steps are taken, as when a timeline is dragged."""
        start, steps = self.start, abs(count - self.position.taken)
        self.background.drop()
        work = partial(strides.to_count, start=start, count=count)
        self._travel(lambda run, report: work(run, report=report), steps)

    def run_to(self, name: str) -> None:
        """Forward until a node has its value; if it has one, backward until its gradient is there.

        Breakpoints on the way stop it.
        """
        start, run = self.start, self.run
        has_value = run.value(name) is not None
        if has_value and strides.gradient_is_complete(run, name):
            self.noted.emit(f"{name} has its value and its whole gradient already.")
            return
        if has_value and (start is None or name not in leading_to(run, start)):
            self.noted.emit(f"{name} has its value, and no gradient comes there from {start}.")
            return
        stops = self.breakpoints | {name}
        if has_value:
            work = partial(strides.back_to, start=start, node=name, stops=self.breakpoints)
            self._travel(lambda run, report: work(run, report=report), self._left())
        else:
            self._travel(lambda run, report: strides.forward(run, stops, report), self._left())

    def reset(self) -> None:
        """Take every step back."""
        self.background.drop()
        self.run.reset()
        self._renew()
        self._tell_step(None, "")

    # --- inner workings -----------------------------------------------------------------------
    def _attempt(self, take: Callable[[Run], Step | None]) -> None:
        """One step that can be seen."""
        shows, stops = self.shows, self.breakpoints
        self._take(lambda run: strides.over(lambda: take(run), shows, stops), self._show_step)

    def _take(
        self, take: Callable[[Run], Step | None], then: Callable[[Step | None, str], None]
    ) -> None:
        """One step; where it is heavy, away from the window's thread."""
        if self.background.is_busy:
            return
        self.has_tried = self.has_tried or bool(self.missing())
        if self.weight.heaviest >= HEAVY:
            self._away(lambda run, _report: take(run), then)
        else:
            then(*_tried(take, self.run))

    def _travel(self, work: Work, steps: int = 0) -> None:
        """Many steps; where they weigh much, away from the window's thread."""
        self.has_tried = self.has_tried or bool(self.missing())
        if self.weight.whole >= HEAVY or steps > _MANY:
            self._away(work, self._finish)
        else:
            self._finish(*_tried(lambda run: work(run, _ignore), self.run))

    def _away(self, work: Work, then: Callable[[Step | None, str], None]) -> None:
        run = self.run.copy()

        def compute(report: Report) -> tuple[Step | None, str]:
            found = _tried(lambda run: work(run, report), run)
            run.contributions()  # kept by the run, so that showing them is quick
            return found

        def take_over(found: tuple[Step | None, str]) -> None:
            run.move_to(self.graph)  # which may look different since
            self.run = run
            then(*found)

        self.background.start_reporting(compute, take_over)

    def _show_step(self, step: Step | None, failure: str) -> None:
        if failure:
            self._finish(None, failure)
            return
        if step is None or self.step is None or step.phase != self.step.phase:
            self._problems = None
        self.step, self._position = step, None
        self._tell_step(step, "" if step or self.position.is_done else self.complaint())

    def _finish(self, step: Step | None, failure: str) -> None:
        """Show a run that is somewhere else, at a step or at the end of a phase."""
        self._renew()
        self.step = step
        is_well = step is not None or self.position.is_complete
        self._tell_step(None, (self.complaint() or failure) if failure or not is_well else "")

    def _is_told(self) -> bool:
        """Whether a phase is heavy and has so few nodes that its progress is worth telling."""
        return self.weight.whole >= HEAVY and len(self.graph.nodes) <= _LARGE

    def _left(self) -> int:
        return self.position.total - self.position.taken


def _ignore(_done: int) -> None:
    """Tell nobody."""


def _whole(work: Callable[[Run], object]) -> Work:
    """A phase taken at once: nothing is told on its way, and no step is shown after it."""

    def work_(run: Run, _report: Report) -> None:
        work(run)

    return work_


def _tried(work: Callable[[Run], Step | None], run: Run) -> tuple[Step | None, str]:
    """The step that work ended at, or why it failed."""
    try:
        return work(run), ""
    except RunError as error:
        return None, sentence(str(error))
