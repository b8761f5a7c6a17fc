"""Between the document and its training: what is trained, how far, and what can be done now."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from graphlab.errors import GraphLabError
from graphlab.graph import Graph
from graphlab.graph.objectives import set_recipe
from graphlab.graph.recipe import Recipe
from graphlab.gui.background import Background
from graphlab.gui.datasets.field import DataField
from graphlab.gui.datasets.words import as_sentence
from graphlab.gui.notes import listed
from graphlab.gui.session import Session
from graphlab.gui.training.bringing import Bringer
from graphlab.gui.training.places import next_folder, prune, usual_place
from graphlab.gui.training.preparing import (
    Prepared,
    added_in_words,
    check_augment,
    prepare,
)
from graphlab.gui.training.reopening import FoundRun
from graphlab.gui.training.session import RESTING, Stretch, TrainingSession

_LOOK_MS = 150  # after an edit, before the drawing is looked at again

_NO_DATA = "Choose what to train on first: press “Choose data…”."
_NO_GRAPH = "There is nothing to train yet: draw a network first."


class Desk(QObject):
    """Starts and steers the training of one document; its bringer brings back what comes of it."""

    turned = Signal()  # other things can be done than before
    proposed = Signal()  # the recipe is another
    cleared = Signal()  # another document is opened
    refused = Signal(str)
    added = Signal(str)  # what training put into the drawing; perhaps nothing

    def __init__(self, session: Session, data: DataField, parent: QObject) -> None:
        super().__init__(parent)
        self.session, self.data = session, data
        self.training = TrainingSession(self)
        self.bringer = Bringer(session, self.training, self)
        self.seed = 0
        self.proposal: Graph | None = None  # the drawing as it would be trained
        self.losses: list[str] = []
        self.problem = ""
        self.gives_back = False  # whether an output is compared with the input
        self._looker, self._starter = Background(self), Background(self)
        self._pruner = Background(self)
        self._is_looking = False
        self._soon = QTimer(self, singleShot=True, interval=_LOOK_MS)
        self._soon.timeout.connect(self._propose)
        session.changed.connect(self._on_changed)
        session.replaced.connect(self._forget)
        data.chosen.connect(lambda _spec: self._on_data())
        self.training.told.connect(self._on_told)
        self.bringer.turned.connect(self.turned)
        self.bringer.refused.connect(self.refused)
        self.bringer.added.connect(self.added)

    @property
    def is_inside(self) -> bool:
        """Whether a batch is on the canvas."""
        return self.bringer.is_inside

    @property
    def possible(self) -> frozenset[str]:
        """What can be done now, for buttons and menus: one rule for both."""
        state, training = self.training.state, self.training
        is_resting, is_ready = state in RESTING, not self.lacking
        resumes = state == "failed" and training.can_resume
        rules = {
            "start": state != "starting"
            and (is_ready or resumes or state in ("running", "paused")),
            "go": state == "paused" or (is_ready and state in ("off", "failed") and not resumes),
            "stop": state in ("starting", "running", "paused"),
            "into": (is_resting or state == "running")
            and (not self.is_inside or bool(self.bringer.turns)),
            "leave": self.is_inside,
            "take": is_resting and not training.is_stale,
        }
        return frozenset(what for what, is_possible in rules.items() if is_possible)

    @property
    def lacking(self) -> str:
        """Why nothing can be trained yet; empty where something can."""
        if self.data.data_set is None:
            return _NO_DATA
        return "" if self.session.graph.nodes else _NO_GRAPH

    @property
    def feeding(self) -> str:
        """Where inputs without a value get theirs from, while training or its data say so."""
        missing, state = self.session.missing(), self.training.state
        is_training = state in ("starting", "running", *RESTING)
        is_chosen = self._is_looking and not self.lacking and not self.problem
        if not missing or not (is_training or is_chosen):
            return ""
        owns = "its value" if len(missing) == 1 else "their values"
        how = "“Step in”" if is_training else "Start trains, and “Step in” then"
        return f"The data give {listed(missing)} {owns}: {how} shows a batch on the canvas."

    # --- the document ---------------------------------------------------------------------------
    def look(self, *, is_looking: bool) -> None:
        """Keep an eye on what would be trained, or no longer."""
        self._is_looking = is_looking
        if is_looking:
            self._propose()
        self.turned.emit()

    def _on_changed(self) -> None:
        if self.training.state == "failed" and not self.training.step:
            self.training.leave()  # what it failed by may be mended now
        self._compare()
        self.turned.emit()
        if self._is_looking:
            self._soon.start()

    def _compare(self) -> None:
        """Mark results of anything else than what is chosen now; more or fewer epochs of it are
        asked for."""
        training, recipe = self.training, self.session.graph.recipe
        training.compare(self.session.graph, self.data.spec, self.seed)
        if training.state == "failed" and training.is_stale:
            training.leave()
        if recipe is not None and not training.is_stale:
            training.set_epochs(recipe.epochs)

    def _on_data(self) -> None:
        self._compare()
        self._propose()
        self.turned.emit()

    def _forget(self) -> None:
        """Another document is opened: nothing of the training of this one stays."""
        for background in (self._looker, self._starter):
            background.drop()
        self._soon.stop()
        self.bringer.forget()
        self.seed = 0
        self.proposal, self.losses, self.problem, self.gives_back = None, [], "", False
        self.data.clear()
        self.training.forget()
        self.cleared.emit()

    def _propose(self) -> None:
        """Find out what would be trained, for the editor to show."""
        graph, data = self.session.graph, self.data.data_set
        if self.is_inside:
            return
        if not graph.nodes or (data is None and graph.recipe is None):
            self.proposal, self.problem = None, ""
            return
        self._looker.start(lambda: prepare(graph, data), self._take_proposal)

    def _take_proposal(self, found: Prepared) -> None:
        self.proposal, self.losses, self.problem, self.gives_back = found
        self.proposed.emit()
        if self.problem and self.training.state == "off":
            self.refused.emit(self.problem)

    def set_recipe(self, text: str, recipe: Recipe) -> None:
        """Make another recipe the document's, with the loss it needs."""
        if self.proposal is None:
            return
        try:
            check_augment(recipe, self.data.data_set)
            made = set_recipe(self.proposal, recipe)
        except GraphLabError as error:
            self.refused.emit(as_sentence(str(error)))
            return
        self.proposal = made
        self.session.edit(text, made)
        self.proposed.emit()

    def set_seed(self, seed: int) -> None:
        """What decides the first weights and the order of the data."""
        self.seed = seed
        self.data.seed = seed
        self._compare()
        self.turned.emit()

    # --- training -------------------------------------------------------------------------------
    def main(self) -> None:
        """What the first button does: start, pause, go on, or resume."""
        state = self.training.state
        if state == "running":
            self.training.pause()
        elif state == "failed" and self.training.can_resume:
            self.resume()
        else:
            self.go("end")

    def go(self, stretch: Stretch) -> None:
        """Train on, or begin to."""
        if self.training.state == "starting":
            return
        self.bringer.leave()
        if self.training.state == "paused":
            self.training.go(stretch)
        else:
            self._start(stretch)

    def again(self) -> None:
        """What the last button does: resume a run that was stopped, or not the one that failed."""
        if self.training.state == "failed":
            self.go("end")
        else:
            self.resume()

    def resume(self) -> None:
        """Go on from the last checkpoint of the last run."""
        self.bringer.leave()
        self.training.resume()

    def reopen(self, found: FoundRun) -> None:
        """Have a run that was begun elsewhere at rest; its drawing is the document already."""
        self.bringer.forget()
        self.seed = found.opened.seed
        self.training.reopen(self.session.graph, found.opened.spec, found.folder, self.seed,
                             is_fast=found.is_fast)  # fmt: skip

    def _start(self, stretch: Stretch) -> None:
        graph, data, spec = self.session.graph, self.data.data_set, self.data.spec
        if data is None:
            self.refused.emit(_NO_DATA)
            return
        if not graph.nodes:
            self.refused.emit(_NO_GRAPH)
            return

        def then(found: Prepared) -> None:
            made, _, problem, _ = found
            if made is None or self.session.graph is not graph:
                self.refused.emit(problem or "The drawing changed just then: start again.")
                return
            self.added.emit(added_in_words(graph, made, data))
            self.session.edit(f"loss and recipe for {data.name}", made)
            folder = next_folder(usual_place(), spec)
            self.training.start(self.session.graph, spec, folder, self.seed, stretch)

        self._starter.start(lambda: prepare(graph, data), then)

    def _on_told(self, event: dict[str, object]) -> None:
        at_work = self.training.folder
        if event["event"] == "ready" and at_work is not None:
            place = usual_place()
            self._pruner.start(lambda: prune(place, at_work), lambda _none: None)
        is_loud = event["event"] == "refused" and event.get("id") is None
        if is_loud:
            self.refused.emit(as_sentence(str(event["message"])))
