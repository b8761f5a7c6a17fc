"""Carries out what a lesson wants shown: folds, steps, a selection, a lens, an answer's step."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import Qt

from graphlab.engine import Run
from graphlab.engine.steps import Step
from graphlab.errors import GraphLabError
from graphlab.graph import Graph
from graphlab.graph.edits import fold, set_attributes
from graphlab.gui.session import Session
from graphlab.tutor import Question, Show, Where
from graphlab.tutor.format import DescentSpec, PathsSpec

_LARGEST = 2_000
"""In a graph of more nodes no step is looked for."""


class Looks(Protocol):
    """What of the window a lesson can turn to."""

    def close_lens(self) -> None: ...
    def select(self, name: str) -> None: ...
    def look_at_paths(self, told: PathsSpec) -> None: ...
    def look_at_check(self) -> None: ...
    def look_at_descent(self, told: DescentSpec) -> None: ...


class Performer:
    """Acts on the session and the window; what a student has taken away is left out."""

    def __init__(self, session: Session, looks: Looks) -> None:
        self._session, self._looks = session, looks

    def clear(self) -> None:
        """Take away what an earlier page has opened."""
        self._looks.close_lens()

    def perform(self, show: Show) -> None:
        """Show what a page asks for."""
        session = self._session
        session.edit("fold for the lesson", _folded(session.graph, show))
        self._step(show)
        if show.select in session.graph.nodes or show.select in session.graph.groups:
            self._looks.select(str(show.select))
        if show.paths is not None:
            self._looks.look_at_paths(show.paths)
        if show.check:
            self._looks.look_at_check()
        if show.descent is not None:
            self._looks.look_at_descent(show.descent)

    def _step(self, show: Show) -> None:
        session = self._session
        if show.phase is None and show.steps is None and show.until is None:
            return
        session.reset()
        if show.steps is not None:
            session.go_to(show.steps)
        elif show.until in session.graph.nodes:
            self._run_to(str(show.until), is_back=show.phase == "backward")
        elif show.phase == "forward":
            session.forward()
        elif show.phase == "backward":
            session.backward()

    def _run_to(self, name: str, *, is_back: bool) -> None:
        """Forward to a node, and then, if it is wanted, back to it."""
        session, graph = self._session, self._session.graph

        def turn_back(_step: Step | None = None) -> None:
            if session.graph is graph and session.run.value(name) is not None:
                session.run_to(name)

        session.run_to(name)
        if is_back and session.background.is_busy:  # a long way: on when it is done
            session.stepped.connect(turn_back, Qt.ConnectionType.SingleShotConnection)
        elif is_back:
            turn_back()

    def show_where(self, question: Question, where: Where, own: Graph) -> int | None:
        """Go to the step that shows an answer, with the values the question has.

        It is shown on the student's ``own`` graph where that has what is asked about.  Returns how
        many steps lead there; None where there is no such step.
        """
        session = self._session
        if _has_what_is_asked(own, question, where):
            session.edit("values of the question", _with_values(own, question))
        else:
            session.edit("graph of the question", _with_values(question.graph, question))
        if where.phase == "backward" and question.of in session.graph.outputs:
            session.set_start(question.of)
        place = _place(session.graph, session.start, where)
        if place is not None:
            session.go_to(place)
        return place


def _has_what_is_asked(graph: Graph, question: Question, where: Where) -> bool:
    if question.is_about_page:
        return where.node in graph.nodes
    own = graph.nodes
    return all(
        name in own and own[name].op is node.op and dict(own[name].inputs) == dict(node.inputs)
        for name, node in question.graph.nodes.items()
    )


def _folded(graph: Graph, show: Show) -> Graph:
    for names, is_folded in ((show.fold, True), (show.open, False)):
        for name in names:
            if name in graph.groups:
                graph = fold(graph, name, is_folded)
    return graph


def _with_values(graph: Graph, question: Question) -> Graph:
    for name, value in question.at.items():
        if name in graph.nodes:
            graph = set_attributes(graph, name, value=value)
    return graph


def _place(graph: Graph, start: str | None, where: Where) -> int | None:
    """How many steps lead to the one that is meant; None where there is no such step.

    A graph too large to be run here, in the window's thread, has none.
    """
    if len(graph.nodes) > _LARGEST:
        return None
    run = Run(graph)
    try:
        run.forward()
        if where.phase == "backward" and start is not None:
            run.backward(start)
    except GraphLabError:
        return None
    found = (i for i, step in enumerate(run.steps(), 1) if _is_meant(step, where))
    return next(found, None)


def _is_meant(step: Step, where: Where) -> bool:
    if step.phase != where.phase or step.node != where.node:
        return False
    if where.phase == "forward":
        return True
    return (step.edge is None) == (where.port is None) and (
        step.edge is None or step.edge.target.port == where.port
    )
