"""Ways of taking several steps of a run; each returns the step it stopped at, or None at the end.

Functions of a run alone, so that they work in the window's thread and away from it.  ``stops`` are
the nodes to stop at: forward when such a node has its value, backward when its gradient is
complete.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Set as AbstractSet

from graphlab.engine.run import Run
from graphlab.engine.steps import Step
from graphlab.gui.background import Report
from graphlab.gui.position import leading_to

Take = Callable[[], Step | None]


def is_stop(step: Step | None, stops: AbstractSet[str]) -> bool:
    """Whether a step completes the value or the gradient of one of these nodes."""
    return step is not None and completed(step) in stops


def completed(step: Step) -> str | None:
    """The node whose value or gradient a step has completed."""
    if step.edge is None:
        return step.node
    return step.edge.source.node if step.is_last else None


def until(take: Take, stop: Callable[[Step], bool], report: Report, taken: int) -> Step | None:
    """Take steps until one is to be stopped at."""
    while (step := take()) is not None:
        taken += 1
        report(taken)
        if stop(step):
            return step
    return None


def forward(run: Run, stops: AbstractSet[str], report: Report) -> Step | None:
    """The rest of the forward phase, node by node."""
    taken = len(run.steps())
    return until(run.step_forward, lambda step: is_stop(step, stops), report, taken)


def both(run: Run, start: str, stops: AbstractSet[str], report: Report) -> Step | None:
    """The rest of both phases, step by step."""
    taken = len(run.steps())
    return until(lambda: run.step(start), lambda step: is_stop(step, stops), report, taken)


def back_to(
    run: Run, start: str | None, node: str, stops: AbstractSet[str], report: Report
) -> Step | None:
    """Until the gradient of a node is complete, the rest of the forward phase before it."""

    def stop(step: Step) -> bool:
        is_there = step.phase == "backward" and completed(step) == node
        return is_there or is_stop(step, stops)

    return until(lambda: run.step(start), stop, report, len(run.steps()))


def to_count(run: Run, start: str | None, count: int, report: Report) -> Step | None:
    """Back or on until ``count`` steps are taken; returns the last of them."""
    if count == 0:
        run.reset()
    taken = len(run.steps())
    while taken > count and run.step_back() is not None:
        taken -= 1
        report(taken)
    while taken < count and run.step(start) is not None:
        taken += 1
        report(taken)
    return last(run)


def over(take: Take, shows: Callable[[Step], bool], stops: AbstractSet[str]) -> Step | None:
    """One step that can be seen, with those before it that cannot; the last one if none can."""
    before = None
    while (step := take()) is not None:
        if shows(step) or is_stop(step, stops):
            return step
        before = step
    return before


def back_over(run: Run, shows: Callable[[Step], bool], stops: AbstractSet[str]) -> Step | None:
    """Take back what ``over`` took; returns the step that is seen to go."""
    undone = run.step_back()
    while (step := last(run)) is not None and not (shows(step) or is_stop(step, stops)):
        run.step_back()
    return undone


def last(run: Run) -> Step | None:
    """The last step taken."""
    steps = run.steps()
    return steps[-1] if len(steps) else None


def gradient_is_complete(run: Run, node: str) -> bool:
    """Whether a node has a gradient and nothing more will arrive there on the way back."""
    if run.start is None or run.grad(node) is None:
        return False
    leading = leading_to(run, run.start)
    edges = {e.target for e in run.graph.consumers[node] if e.target.node in leading}
    return edges <= run.contributions().keys()
