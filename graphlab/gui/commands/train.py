"""The commands of the menu Train."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from graphlab.gui.actions import Command
from graphlab.gui.commands.shell import Shell

if TYPE_CHECKING:
    from graphlab.gui.training.desk import Desk


class _Training:
    """The training at hand, if there has been one, as the commands ask for it."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell

    @property
    def desk(self) -> Desk:
        """Made when it is first needed."""
        return self._shell.lenses.train.desk

    def may(self, what: str) -> Callable[[], bool]:
        """Asks whether the buttons of the panel would do something."""

        def is_possible() -> bool:
            known = self._shell.lenses.desk
            return known is not None and what in known.possible

        return is_possible

    def toggle(self) -> None:
        """Open or close the panel."""
        if self._shell.draw_formula():
            self._shell.below.toggle("train")

    def start_or_pause(self) -> None:
        """What the first button of the panel does."""
        if self._shell.draw_formula():
            self._shell.below.open("train")
            self.desk.main()

    def open_run(self) -> None:
        """Ask for a run, draw what it trains and have it at rest."""
        shell, known = self._shell, self._shell.lenses.desk
        folder = shell.files.ask_run() if shell.drop_formula() else None
        if folder is None:
            return
        if known is not None and known.training.is_writing(folder):
            shell.below.open("train")
            known.refused.emit(f"{folder.name} is open in this window already.")
            return
        found = shell.files.open_run(folder)
        if found is not None:
            shell.house.leave_welcome()
            shell.below.open("train")
            shell.lenses.train.reopen(found)


def train_commands(shell: Shell) -> list[Command]:
    """The commands of the menu Train."""
    training = _Training(shell)
    return [
        Command("train", "Training", "Train", training.toggle, ("Ctrl+Shift+T",), "panel",
                "Train this drawing on data, and see what comes of it", label="Train", icon="train",
                is_checked=lambda: shell.below.current == "train",
                other_names=("learn", "fit the model", "data set", "dataset")),
        Command("train-open", "Open a run…", "Train", training.open_run, ("Ctrl+Shift+F6",),
                "panel", "Go on with a training that this window or graphlab train began",
                other_names=("load a checkpoint", "load a run")),
        *_going(training),
        *_looking(training),
    ]  # fmt: skip


def _going(training: _Training) -> list[Command]:
    return [
        Command("train-go", "Start, pause or go on", "Train", training.start_or_pause,
                ("Ctrl+F5",), "go",
                "Train in a process of its own, or pause after the step at hand",
                is_enabled=training.may("start"),
                other_names=("begin training", "resume training", "pause training")),
        Command("train-step", "Train for one step", "Train",
                lambda: training.desk.go("step"), ("Ctrl+F6",), "go",
                is_enabled=training.may("go"),
                other_names=("one batch", "one update")),
        Command("train-epoch", "Train for one epoch", "Train",
                lambda: training.desk.go("epoch"), ("Ctrl+F7",), "go",
                is_enabled=training.may("go"),
                other_names=("one pass over the data",)),
        Command("train-stop", "Stop training", "Train", lambda: training.desk.training.stop(),
                ("Ctrl+Shift+F5",), "go",
                is_enabled=training.may("stop"),
                other_names=("end training", "cancel training")),
    ]  # fmt: skip


def _looking(training: _Training) -> list[Command]:
    return [
        Command("train-into", "Pause and step in", "Train", lambda: training.desk.bringer.step_in(),
                ("Ctrl+F8",), "back", "Open the batch that comes next on the canvas",
                is_enabled=training.may("into"),
                other_names=("debug the batch", "inspect the batch")),
        Command("train-leave", "Leave the batch", "Train",
                lambda: training.desk.bringer.leave(), (), "back",
                is_enabled=training.may("leave"),
                other_names=("back from the batch",)),
        Command("train-take", "Take the trained weights", "Train",
                lambda: training.desk.bringer.take_weights(), (), "back",
                "Put the weights as they are by now into the drawing, as one edit",
                is_enabled=training.may("take"),
                other_names=("use the trained weights", "apply the weights", "copy the weights")),
    ]  # fmt: skip
