"""What comes of a training into its document: a batch in an objective's turn, or the weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from PySide6.QtCore import QObject, Signal

from graphlab.graph import Graph
from graphlab.gui.datasets.words import as_sentence
from graphlab.gui.lenses.tag import computes_alike
from graphlab.gui.notes import listed
from graphlab.gui.session import Session
from graphlab.gui.training.preparing import (
    STEP_IN,
    TAKE,
    taken_in_words,
    with_batch_of,
    with_values_of,
)
from graphlab.gui.training.session import RESTING, TrainingSession

Told = Mapping[str, Any]
"""What the process tells of a drawing: of a batch the ``objective``, its ``loss`` and ``updates``.
"""


class Bringer(QObject):
    """Asks the process of a training for a drawing, and makes it the document as one edit."""

    turned = Signal()  # other things can be done than before
    refused = Signal(str)
    added = Signal(str)  # what came into the drawing
    chosen = Signal(str)  # a node to look at
    taken = Signal(object)  # the nodes that got a trained value

    def __init__(self, session: Session, training: TrainingSession, parent: QObject) -> None:
        super().__init__(parent)
        self.session, self.training = session, training
        self._inside: tuple[Graph, Graph] | None = None  # the drawing before a batch came into it
        self._told: Told = {}  # of the batch
        self._wanted: int | None = None  # whose turn, once training rests
        training.state_changed.connect(self._on_state)

    # --- a batch --------------------------------------------------------------------------------
    @property
    def is_inside(self) -> bool:
        """Whether a batch is on the canvas."""
        inside = self._inside
        return inside is not None and computes_alike(inside[1], self.session.graph)

    @property
    def turns(self) -> list[str]:
        """The losses of the objectives, where there are several to choose a turn from."""
        graph, has_choice = self.training.graph, self.training.state != "diverged"
        objectives = graph.recipe.objectives if graph and graph.recipe else ()
        return [o.loss for o in objectives] if has_choice and len(objectives) > 1 else []

    @property
    def in_words(self) -> str:
        """Whose turn is on the canvas, where several take turns: the loss and what it updates."""
        graph = self.training.graph
        if graph is None or graph.recipe is None or len(graph.recipe.objectives) < 2:
            return ""
        objective = graph.recipe.objectives[self._told["objective"]]
        what = listed(list(objective.updates)) if objective.updates else "everything"
        return f"in the turn of {objective.loss}, which updates {what}"

    def step_in(self, turn: int | None = None) -> None:
        """Pause, and have the batch that comes next on the canvas, in the turn of an objective.

        Unless told it is that of the first, or from inside that of the next one.
        """
        if turn is None:
            count = len(self.turns) or 1
            turn = (self._told["objective"] + 1) % count if self.is_inside else 0
        if self.training.state == "running":
            self._wanted = turn
            self.training.pause()
        elif self.training.state in RESTING:
            self._ask_batch(turn)

    def _on_state(self, state: str) -> None:
        wanted = self._wanted
        if state != "running":
            self._wanted = None
        if wanted is not None and state in RESTING:
            self._ask_batch(wanted)

    def _ask_batch(self, turn: int) -> None:
        self.leave()
        self._ask("batch", turn, STEP_IN, with_batch_of, self._look_inside)

    def _look_inside(self, before: Graph, told: Told) -> None:
        self._inside, self._told = (before, self.session.graph), told
        self.session.set_start(self.session.graph.outputs[0])
        if self.session.depends_on_mode:
            self.session.set_training(True)
        if self.training.node in self.session.graph.nodes:
            self.chosen.emit(self.training.node)
        self.turned.emit()

    def leave(self) -> None:
        """Take the batch off the canvas again."""
        if not self.is_inside or self._inside is None:
            self._inside = None
            return
        before, _ = self._inside
        self._inside = None
        stack = self.session.undo_stack
        if stack.canUndo() and stack.undoText() == STEP_IN:
            stack.undo()
        else:
            self.session.edit("leave the batch", before.with_(view=self.session.graph.view))
        self.turned.emit()

    def forget(self) -> None:
        """Another document is opened: nothing is inside it."""
        self._inside = self._wanted = None

    # --- the weights ----------------------------------------------------------------------------
    def take_weights(self) -> None:
        """Put the weights as they are by now into the drawing."""
        if self.training.state in RESTING:
            self.leave()
            self._ask("weights", 0, TAKE, with_values_of, self._show_taken)

    def _show_taken(self, before: Graph, _told: Told) -> None:
        told, names = taken_in_words(before, self.session.graph, self.training.step)
        self.added.emit(told)
        self.session.noted.emit(told)
        self.taken.emit(names)
        self.turned.emit()

    # --- either ---------------------------------------------------------------------------------
    @property
    def _outgrown(self) -> str:
        """What has changed since the run began, and the ways out."""
        run, change = self.training, self.training.change
        back = {"data set": f"choose {run.spec} again", "seed": f"set it to {run.seed} again"}
        way = back.get(change, "undo what changed it")
        return f"The {change} has changed since this run began: {way}, or start anew."

    def _ask(
        self,
        what: Literal["weights", "batch"],
        turn: int,
        text: str,
        made: Callable[[Graph, Graph], Graph],
        then: Callable[[Graph, Told], object],
    ) -> None:
        """Have a drawing from the process and make it the document, as one edit."""
        if self.training.is_stale:
            self.refused.emit(self._outgrown)
            return

        def take(found: Graph, told: Told) -> None:
            before = self.session.graph
            if self.training.is_stale:
                self.refused.emit(self._outgrown)
                return
            graph = made(before, found)
            self.training.accept(graph)
            self.session.edit(text, graph)
            then(before, told)

        self.training.ask_graph(what, turn, take, lambda told: self.refused.emit(as_sentence(told)))
