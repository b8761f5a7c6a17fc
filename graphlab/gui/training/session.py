"""Training as the window knows it: what is trained, how far it is, and what it is asked for.

The numbers are made in a process of its own, so that whatever happens to it the window stays; this
speaks with that process and holds what came of it.  No widgets.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any, Literal

from PySide6.QtCore import QObject, Signal

from graphlab.errors import GraphLabError
from graphlab.graph import Graph
from graphlab.graph.file import load, save
from graphlab.gui.background import Background
from graphlab.gui.training.asked import Arrays, Asked, Questions, read_arrays
from graphlab.gui.training.child import PATIENCE, Child
from graphlab.gui.training.preparing import Change, change_since

State = Literal["off", "starting", "running", "paused", "done", "diverged", "failed"]
Stretch = Literal["step", "epoch", "end"]

RESTING: tuple[State, ...] = ("paused", "done", "diverged")
"""There is a process, and it stands between two steps."""

DRAWING = "drawing.graph.json"
_TRAINED = "graph.graph.json"  # as the run itself keeps it
_STANDS = " The last checkpoint stands, and Resume goes on from it."
_AGAIN = " It would end there again: change the drawing or the recipe, and start anew."


class TrainingSession(QObject):
    """One run after another, each in a folder and a process of its own."""

    told = Signal(object)  # an event, as a dictionary with "event" and mostly "step"
    state_changed = Signal(str)
    failed = Signal(str)  # a sentence
    began = Signal()  # a new run: what is known of an earlier one goes
    stale_changed = Signal(bool)
    weighed = Signal()  # a weight was changed by hand

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.state: State = "off"
        self.folder: Path | None = None
        self.spec, self.seed = "", 0
        self.graph: Graph | None = None  # what is trained
        self.revision = ""
        self.change: Change = ""  # what is another by now
        self.message, self.node = "", ""  # why it stopped, and where
        self.note = ""  # which checkpoints were passed over
        self.layers: list[dict[str, str]] = []  # parameters and rectifiers by depth
        self.step, self.epoch = 0, 0
        self.epochs, self.steps_per_epoch, self.split = 0, 0, ""
        self.is_doomed = False  # it would fail again at the same step
        self._alike: list[Graph] = []  # what the document may be while results are of it
        self._child: Child | None = None
        self._leaving: list[Child] = []  # that may still be at their last step
        self._goal: Stretch | Literal["rest"] = "end"
        self._is_fast = False
        self._wished = 0  # epochs in all; 0: as the drawing says
        self._questions = Questions(self)
        self._writer = Background(self)

    # --- beginning and ending -------------------------------------------------------------------
    @property
    def is_alive(self) -> bool:
        """Whether there is a process that can be asked."""
        return self.state in ("running", *RESTING)

    @property
    def is_stale(self) -> bool:
        """Whether results are of another drawing, recipe, data set or seed than those chosen."""
        return bool(self.change)

    @property
    def can_resume(self) -> bool:
        """Whether there is a run without a process, that could go further than it came."""
        return self.state in ("off", "failed") and self.step > 0 and not self.is_doomed

    @property
    def process_id(self) -> int:
        """Of the process that trains; 0 where there is none."""
        return self._child.id if self._child is not None and self._child.is_alive else 0

    def start(
        self,
        graph: Graph,
        spec: str,
        folder: Path,
        seed: int = 0,
        stretch: Stretch = "end",
    ) -> None:
        """Train a graph on the data ``spec`` names, in a folder that holds no run yet."""
        self._begin(graph, spec, folder, seed)
        self._goal = stretch
        drawing = folder / DRAWING

        def write() -> str:
            try:
                folder.mkdir(parents=True, exist_ok=True)
                save(graph, drawing)
            except (GraphLabError, OSError) as error:
                return str(error)
            return ""

        def then(problem: str) -> None:
            if problem:
                self._fail(f"Training could not begin: {problem}.")
            else:
                self._launch(drawing)

        self._writer.start(write, then)

    def reopen(
        self, graph: Graph, spec: str, folder: Path, seed: int, *, is_fast: bool = False
    ) -> None:
        """Have the run that a folder holds at rest, where its last checkpoint stands."""
        self._begin(graph, spec, folder, seed)
        self._goal, self._is_fast = "rest", is_fast
        self._launch(folder / _TRAINED, "--resume")

    def is_writing(self, folder: Path) -> bool:
        """Whether a process of this window is at work in a folder."""
        told = str(folder.resolve())
        children = [*self._leaving, *filter(None, [self._child])]
        return any(child.is_alive and told in child.arguments for child in children)

    def _begin(self, graph: Graph, spec: str, folder: Path, seed: int) -> None:
        self.leave()
        self.graph, self.spec, self.folder, self.seed = graph, spec, folder.resolve(), seed
        self.step, self.epoch, self._is_fast, self._alike = 0, 0, False, [graph]
        self.is_doomed, self._wished = False, graph.recipe.epochs if graph.recipe else 0
        self._set_change("")
        self.began.emit()
        self._set_state("starting")

    def resume(self, stretch: Stretch = "end") -> None:
        """Go on from the last checkpoint, after the process went."""
        if self.folder is None or self.is_alive:
            return
        trained = self.folder / _TRAINED
        self._goal = stretch
        self._set_state("starting")
        self._launch(trained if trained.exists() else self.folder / DRAWING, "--resume")

    def leave(self) -> None:
        """Let go of the process, which keeps a checkpoint before it ends."""
        self._writer.drop()
        if self._child is not None:
            self._child.let_go()
            for gone in (child for child in self._leaving if not child.is_alive):
                gone.deleteLater()
            self._leaving = [*(c for c in self._leaving if c.is_alive), self._child]
            self._child = None
        self._questions.drop("Training has ended.")
        self._set_state("off")

    def forget(self) -> None:
        """Let go of the run too: what is open now is another document."""
        self.leave()
        self.graph = self.folder = None
        self.spec = self.revision = self.message = self.node = self.note = ""
        self.step, self.epoch, self.layers, self._alike = 0, 0, [], []
        self._set_change("")
        self.began.emit()

    def end(self) -> None:
        """Leave no process behind; waits for the step at hand."""
        self.leave()
        until = perf_counter() + PATIENCE
        for child in self._leaving:
            child.end(until)

    def _launch(self, source: Path, *more: str) -> None:
        arguments = [
            "train", str(source), "--data", self.spec, "--out", str(self.folder),
            "--seed", str(self.seed), "--serve", *more, *(["--fast"] if self._is_fast else []),
            *(["--epochs", str(self._wished)] if self._wished else []),
        ]  # fmt: skip
        self.message = self.node = self.note = ""
        self._child = Child(arguments, self)
        self._child.told.connect(self._on_told)
        self._child.ended.connect(self._on_ended)

    # --- what it is told ------------------------------------------------------------------------
    def go(self, stretch: Stretch = "end") -> None:
        """Train on for a step, the rest of the epoch, or to the end."""
        if self.state in ("paused", "running"):
            self._send({"do": "go", "for": stretch})

    def set_epochs(self, epochs: int) -> None:
        """Go through the data so often in all, at once or once there is a process again."""
        if epochs != self._wished:
            self._wished = epochs
            self._send({"do": "epochs", "epochs": epochs})

    def pause(self) -> None:
        """Stop after the step at hand; it can go on."""
        self._send({"do": "pause"})

    def stop(self) -> None:
        """Stop after the step at hand and end the process; the last checkpoint stays."""
        self._send({"do": "stop"})
        if self.state == "starting":
            self.leave()

    def set_weight(self, name: str, index: Sequence[int], value: float) -> None:
        """Give one number of a parameter another value, while it trains or rests."""
        self._send({"do": "weights", "name": name, "index": list(index), "value": value})
        self.weighed.emit()

    def ask(
        self,
        view: str,
        settings: Mapping[str, Any],
        then: Callable[[Arrays], object],
        refused: Callable[[str], object] = lambda message: None,
    ) -> None:
        """Have a view of the network made as it is now; its arrays go to ``then``.

        Asked for the same view again before it came, the earlier ``then`` is not called any more.
        ``refused`` gets a sentence where there is none.
        """
        command = {"do": "view", "view": view, "settings": dict(settings)}
        self._ask(command, Asked(view, read_arrays, then, refused))

    def ask_graph(
        self,
        what: Literal["weights", "batch"],
        turn: int,
        then: Callable[[Graph, Mapping[str, Any]], object],
        refused: Callable[[str], object],
    ) -> None:
        """The drawing with the weights as they are, or as the next batch goes through it.

        The latter is in the ``turn`` of an objective, counted from 0; its loss, with its penalties,
        is the one output then.  ``then`` gets what is told of it too.
        """
        command = {"do": "graph", "of": what, "view": what, "objective": turn}

        def read(event: Mapping[str, Any]) -> tuple[Graph, Mapping[str, Any]]:
            return load(event["file"]), event

        self._ask(command, Asked(f"graph of {what}", read, lambda found: then(*found), refused))

    def _ask(self, command: Mapping[str, Any], asked: Asked) -> None:
        if not self.is_alive:
            asked.refused("Nothing is being trained: press Start.")
            return
        self._send({**command, "id": self._questions.add(asked)})

    def _send(self, command: Mapping[str, Any]) -> None:
        if self._child is not None:
            self._child.send(command)

    # --- what it tells --------------------------------------------------------------------------
    def _on_told(self, event: dict[str, Any]) -> None:
        kind = event.get("event")
        self.step = event.get("step", self.step)
        self.epoch = event.get("epoch", self.epoch)
        self.epochs = event.get("epochs", self.epochs)
        self.note = event.get("note", self.note)
        if kind == "ready":
            self.revision = event["revision"]
            self.steps_per_epoch, self.split = event["steps_per_epoch"], event["split"]
            self.layers = event["layers"]
            is_at_rest = self._goal == "rest"
            self._send({"do": "rest"} if is_at_rest else {"do": "go", "for": self._goal})
        elif kind in ("running", "paused"):
            self._set_state(kind)
        elif kind == "stopped":
            self.message, self.node = event["message"], event["node"]
            self._set_state(event["why"])
        elif kind in ("view", "refused"):
            self._questions.answer(event)
        self.told.emit(event)

    def _on_ended(self, why: str, is_mistake: bool = False) -> None:
        """The process is gone: as asked, refused at the start, or out of the blue.

        The same numbers lead to the same mistake, so going on from a checkpoint is no way out.
        """
        if self._child is not None:
            self._child.deleteLater()
        before, self._child, self.is_doomed = self.state, None, is_mistake
        self._questions.drop("Training has ended.")
        if not why:
            self._set_state("off")
        elif before == "starting":
            self._fail(f"Training could not begin: {why}.")
        else:
            stands = any((self.folder / "checkpoints").glob("step-*")) if self.folder else False
            rest = _AGAIN if is_mistake else _STANDS * stands
            self._fail(f"Training ended unexpectedly after step {self.step:,}: {why}.{rest}")

    def _fail(self, sentence: str) -> None:
        self.message = sentence
        self._set_state("failed")
        self.failed.emit(sentence)

    def _set_state(self, state: str) -> None:
        if state != self.state:
            self.state = state  # type: ignore[assignment]  # told by the process
            self.state_changed.emit(state)

    # --- what the document has become -----------------------------------------------------------
    def compare(self, graph: Graph, spec: str, seed: int) -> None:
        """Find out whether results are still of this drawing, data set and seed."""
        change = change_since(self._alike, graph)
        if self._alike and not change:
            change = "data set" if spec != self.spec else "seed" if seed != self.seed else ""
        self._set_change(change)

    def accept(self, graph: Graph) -> None:
        """Results are of this drawing too: it is what was trained, with its weights or batch."""
        self._alike = [*self._alike[:1], *self._alike[1:][-7:], graph]

    def _set_change(self, change: Change) -> None:
        before, self.change = self.change, change
        if change != before:
            self.stale_changed.emit(self.is_stale)
