"""What is pressed to train, and the sentence of how it stands."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from functools import partial
from time import perf_counter

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QMenu, QProgressBar, QPushButton, QVBoxLayout, QWidget

from graphlab.gui.datasets.words import as_sentence
from graphlab.gui.flow import Flow
from graphlab.gui.lenses.parts import LensNotice
from graphlab.gui.theme import GRID
from graphlab.gui.training.session import TrainingSession

_SECONDS = 2.0  # over which the speed is measured

MAIN = {
    "off": "Start",
    "starting": "Starting…",
    "running": "Pause",
    "paused": "Go on",
    "done": "Start anew",
    "diverged": "Start anew",
    "failed": "Resume",
}
"""What the first button does, by the state of training."""

_AGAIN = {
    "off": ("Resume", "Go on from the last checkpoint of this run"),
    "failed": ("Start anew", "Leave this run as it is, and begin another"),
}
"""What the last button does where a run has no process any more, and its tip."""

_STALE = {
    "paused": "“Go on” keeps to the earlier one; Stop, and Start takes the new one",
    "off": "“Resume” keeps to the earlier one, and Start takes the new one",
}
"""What can be done where results are of an earlier drawing, recipe, data set or seed."""


class _MainButton(QPushButton):
    """As wide as the longest of its words, so that the buttons after it stay where they are."""

    def sizeHint(self) -> QSize:
        hint, metrics = super().sizeHint(), self.fontMetrics()
        longest = max(metrics.horizontalAdvance(word) for word in MAIN.values())
        spare = longest - metrics.horizontalAdvance(self.text())
        return QSize(hint.width() + spare, hint.height())


class Controls(QWidget):
    """Buttons, a bar and a sentence."""

    chosen = Signal(int)  # whose turn to step into, where several take turns

    def __init__(self, training: TrainingSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.training = training
        self.main, self.step = _MainButton(MAIN["off"]), QPushButton("Step")
        self.epoch, self.stop = QPushButton("One epoch"), QPushButton("Stop")
        self.into, self.take = QPushButton("Step in"), QPushButton("Take the weights")
        self.leave, self.again = QPushButton("Leave the batch"), QPushButton(_AGAIN["off"][0])
        self.turns = QMenu(self.into)
        for button, tip in (
            (self.main, "Train on this data, in a process of its own"),
            (self.step, "One step: a batch forward, backward, and an update"),
            (self.epoch, "Once through the data, or through the rest of it"),
            (self.stop, "End the process; its last checkpoint stays"),
            (self.into, "Pause, and open the batch that comes next on the canvas"),
            (self.leave, "Take the batch off the canvas again"),
            (self.take, "Put the trained weights into the drawing, as one edit"),
        ):
            button.setToolTip(tip)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Training")
        self.told = LensNotice()
        self.lacking = ""  # what must be there first
        self.added = ""  # to the drawing, by training
        self.problem = ""  # that stands until something else is done
        self.turn = ""  # of whom the batch on the canvas is, where several take turns
        self._times: deque[tuple[float, int]] = deque()
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(GRID)
        for buttons in (
            (self.main, self.step, self.epoch, self.stop),
            (self.into, self.leave, self.take, self.again),
        ):
            line = Flow(GRID // 2, GRID // 2)
            for button in buttons:
                button.setObjectName("compact")
                line.addWidget(button)
            rows.addLayout(line)
        rows.addWidget(self.bar)
        rows.addWidget(self.told)

    # --- what is possible -----------------------------------------------------------------------
    def show_state(self, possible: frozenset[str], turns: Sequence[str] = ()) -> None:
        """Which buttons do something now, by what the desk tells is possible.

        ``turns`` are the losses of several objectives, to step into the turn of one.
        """
        state, training = self.training.state, self.training
        has_begun = state != "failed" or training.can_resume
        self.main.setText(MAIN[state] if has_begun else MAIN["off"])
        for what, buttons in {
            "start": (self.main,), "go": (self.step, self.epoch), "stop": (self.stop,),
            "into": (self.into,), "leave": (self.leave,), "take": (self.take,),
        }.items():  # fmt: skip
            for button in buttons:
                button.setEnabled(what in possible)
        is_known, is_inside = state not in ("off", "failed"), "leave" in possible
        self.leave.setVisible(is_inside)
        self.into.setVisible(is_known and (not is_inside or bool(turns)))
        self._offer_turns(turns)
        self.take.setVisible(is_known)
        self.again.setVisible(training.can_resume)
        word, tip = _AGAIN["failed" if state == "failed" else "off"]
        self.again.setText(word)
        self.again.setToolTip(tip)
        self.bar.setVisible(state in ("starting", "running", "paused"))
        if state != "running":
            self._times.clear()

    def _offer_turns(self, turns: Sequence[str]) -> None:
        """Have a menu of whose turn to step into, where several take turns."""
        told = [f"{number}: the turn of {loss}" for number, loss in enumerate(turns, 1)]
        if told == [action.text() for action in self.turns.actions()]:
            return
        self.turns.clear()
        for index, words in enumerate(told):
            self.turns.addAction(words).triggered.connect(partial(self.chosen.emit, index))
        self.into.setMenu(self.turns if told else None)  # type: ignore[arg-type]  # None: no more

    # --- how it stands --------------------------------------------------------------------------
    def tell_added(self, added: str) -> None:
        """Say with this run's progress what training put into the drawing."""
        self.added = added

    def refuse(self, problem: str) -> None:
        """Say why something was not done."""
        self.problem = problem
        self.told.say(problem, is_problem=True)

    def show_progress(self, *, is_inside: bool) -> None:
        """The sentence and the bar."""
        training, state = self.training, self.training.state
        total = training.epochs * training.steps_per_epoch
        self.bar.setRange(0, total if state != "starting" else 0)
        self.bar.setValue(training.step)
        is_problem = state in ("failed", "diverged")
        is_stale = training.is_stale and (training.can_resume or state not in ("off", "failed"))
        stale = ""
        if is_stale:
            way = _STALE.get(state, "these results are of an earlier one")
            stale = f"The {training.change} has changed since: {way}."
        note = as_sentence(training.note) if training.note else ""
        parts = [training.message] if is_problem else [self._sentence(), stale, note, self.added]
        if is_inside:
            parts = [*parts[:is_problem], self._batch()]
        elif is_problem:
            parts.append(stale)
        text = " ".join(filter(None, parts))
        if self.problem:
            text, is_problem = self.problem, True
        self.told.say(text or self.lacking, is_problem=is_problem)
        of = f"These results are of revision {training.revision}"
        self.told.setToolTip(of if is_stale and training.revision else "")

    def _batch(self) -> str:
        """Which batch is on the canvas, and the way out."""
        training = self.training
        which = {
            "done": "A batch as it would come next",
            "diverged": "The batch of that step",
        }.get(training.state, f"The batch of step {training.step + 1:,}")
        if self.turn:
            which = f"{which}, {self.turn},"
        return f"{which} is on the canvas; “Leave the batch” leads back to the drawing."

    def _sentence(self) -> str:
        training = self.training
        step, total = training.step, training.epochs * training.steps_per_epoch
        epochs = f"{training.epochs:,} epoch{'' if training.epochs == 1 else 's'}"
        match training.state:
            case "starting":
                return "Starting: PyTorch and the data are loaded in a process of their own…"
            case "running":
                at = min(step // max(training.steps_per_epoch, 1) + 1, training.epochs)
                return f"Epoch {at:,} of {epochs}, step {step:,} of {total:,}{self._speed(step)}."
            case "paused":
                return f"Paused after step {step:,} of {total:,}."
            case "done":
                return f"Done: {self._done()}, {step:,} steps."
        if step:
            return f"Stopped after step {step:,}; the last checkpoint stays."
        return ""

    def _done(self) -> str:
        """How many epochs are done, and how many were asked for where those are fewer."""
        done, asked = self.training.epoch, self.training.epochs
        told = f"{done:,} epoch{'' if done == 1 else 's'}"
        return f"{told} of the {asked:,} now asked for" if asked < done else told

    def _speed(self, step: int) -> str:
        now = perf_counter()
        self._times.append((now, step))
        while now - self._times[0][0] > _SECONDS and len(self._times) > 2:
            self._times.popleft()
        seconds, steps = now - self._times[0][0], step - self._times[0][1]
        if seconds < 0.5 or steps < 1:
            return ""
        pace = steps / seconds
        return f", {pace:,.0f} steps/s" if pace >= 10 else f", {pace:.2g} steps/s"
