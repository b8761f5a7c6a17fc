"""The commands of the menu Train."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from graphlab.gui.actions import Command
from graphlab.gui.commands.shell import Shell

if TYPE_CHECKING:
    from graphlab.gui.training.desk import Desk


def train_commands(shell: Shell) -> list[Command]:
    """The commands of the menu Train."""

    def is_state(*states: str) -> Callable[[], bool]:
        def ask() -> bool:
            desk = shell.lenses.desk
            return desk is not None and desk.training.state in states

        return ask

    def toggle() -> None:
        if shell.draw_formula():
            shell.below.toggle("train")

    def main() -> None:
        if shell.draw_formula():
            shell.below.open("train")
            desk().main()

    def is_ready(*states: str) -> Callable[[], bool]:
        return lambda: is_state(*states)() and not is_inside()

    def may_take() -> bool:
        return is_state(*resting)() and not desk().training.is_stale

    def desk() -> Desk:
        return shell.lenses.train.desk

    def is_inside() -> bool:
        known = shell.lenses.desk
        return known is not None and known.is_inside

    resting = ("paused", "done", "diverged")
    return [
        Command("train", "Training", "Train", toggle, ("Ctrl+Shift+T",), "panel",
                "Train this drawing on data, and see what comes of it", icon="train",
                is_checked=lambda: shell.below.current == "train"),
        Command("train-go", "Start, pause or go on", "Train", main, ("Ctrl+F5",), "go",
                "Train in a process of its own, or pause after the step at hand",
                is_enabled=lambda: not is_state("starting")()),
        Command("train-step", "Train for one step", "Train",
                lambda: desk().go("step"), ("Ctrl+F6",), "go",
                is_enabled=is_state("off", "paused")),
        Command("train-epoch", "Train for one epoch", "Train",
                lambda: desk().go("epoch"), ("Ctrl+F7",), "go",
                is_enabled=is_state("off", "paused")),
        Command("train-stop", "Stop training", "Train", lambda: desk().stop(),
                ("Ctrl+Shift+F5",), "go", is_enabled=is_state("starting", "running", *resting)),
        Command("train-into", "Pause and step in", "Train", lambda: desk().step_in(),
                ("Ctrl+F8",), "back", "Open the batch that comes next on the canvas",
                is_enabled=is_ready("running", *resting)),
        Command("train-leave", "Leave the batch", "Train",
                lambda: desk().leave_batch(), (), "back",
                is_enabled=is_inside),
        Command("train-take", "Take the trained weights", "Train",
                lambda: desk().take_weights(), (), "back",
                "Put the weights as they are by now into the drawing, as one edit",
                is_enabled=may_take),
    ]  # fmt: skip
