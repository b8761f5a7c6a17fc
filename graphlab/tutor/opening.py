"""What a page shows before the student has done anything: its graph, and how far it is stepped."""

from __future__ import annotations

from collections.abc import Sequence

from graphlab.engine import Run, Step
from graphlab.graph import Graph
from graphlab.graph.edits import fold
from graphlab.tutor.lesson import Page, Show
from graphlab.tutor.running import forward


def opening(page: Page) -> Run:
    """The run that the window has once it has opened the page; its graph is the page's, folded.

    Raises ``GraphLabError`` where the graph is too large to be judged.
    """
    graph, taken = page.graph or Graph(), 0
    for show in page.blocks:
        if isinstance(show, Show):
            for names, is_folded in ((show.fold, True), (show.open, False)):
                for name in graph.groups.keys() & set(names):
                    graph = fold(graph, name, is_folded)
            taken = _taken(show, graph, taken)
    run, start = Run(graph), _start(forward(graph, {}))
    for _ in range(taken):
        if run.step(start) is None:
            break
    return run


def _taken(show: Show, graph: Graph, before: int) -> int:
    """How many steps from the beginning the page goes to; ``before`` where it says nothing."""
    if show.steps is not None:
        return show.steps
    if show.until not in graph.nodes and show.phase in (None, "none"):
        return before if show.phase is None else 0
    whole = forward(graph, {})
    start = _start(whole)
    steps: Sequence[Step] = (whole if start is None else whole.backward(start)).steps()
    is_back = show.phase == "backward"
    name = show.until if show.until in graph.nodes else None
    found = [place for place, step in enumerate(steps, 1) if _leads_to(step, name, is_back=is_back)]
    return max(found, default=0)


def _start(run: Run) -> str | None:
    return next((out for out in run.graph.outputs if run.value(out) is not None), None)


def _leads_to(step: Step, name: str | None, *, is_back: bool) -> bool:
    """Whether it is a step of the phase, and brings ``name`` its value or a gradient."""
    if not is_back:
        return step.phase == "forward" and name in (None, step.node)
    reached = None if step.edge is None else step.edge.source.node
    return step.phase == "backward" and name in (None, reached)
