"""What training shows on the way: a bar on a terminal, and a row of the epoch table each epoch."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from graphlab.cli.tables import Screen, print_text
from graphlab.cli.terminal import is_terminal, remark
from graphlab.data import DataSet
from graphlab.engine import numbers
from graphlab.errors import FileError
from graphlab.printable import printable
from graphlab.train.checkpoints import Checkpoint
from graphlab.train.folder import RunFolder

_WIDTH = 11
_NAMED = 3  # of what is left out
_LEFT_OUT = ("top5", "precision", "recall", "f1")
"""What an epoch's row has no room for; evaluate and events.jsonl have all."""


class Board:
    """Listens to a training run and prints it."""

    def __init__(self) -> None:
        self.message = ""
        self._columns: list[str] = []
        self._progress: Progress | None = None
        self._task: Any = None

    def __call__(self, event: Any) -> None:
        """Show one event."""
        if event.kind == "started":
            splits = ", ".join(f"{name} {count:,}" for name, count in event.splits.items())
            self._print(
                f"{event.data}: {splits}. {event.parameters:,} parameters, "
                f"{event.steps_per_epoch:,} steps an epoch, revision {event.revision}."
            )
            if event.augment:
                self._print(f"Training images are changed by chance: {event.augment}.")
            self.start(event.step, event.epochs * event.steps_per_epoch)
        elif event.kind == "changed":
            self._print(event.in_words)
        elif event.kind == "steps" and self._progress is not None:
            self._progress.update(self._task, completed=event.step)
        elif event.kind == "epoch":
            self._row(event)
        elif event.kind == "stopped":
            self.message = event.message

    def start(self, step: int, steps: int) -> None:
        """Show the bar, where a person is looking."""
        if is_terminal() and self._progress is None:
            columns = (
                TextColumn("training"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
            )
            self._progress = Progress(*columns, console=Screen(), transient=True)
            self._progress.start()
            self._task = self._progress.add_task("training", total=steps, completed=step)

    def stop(self) -> None:
        """Take the bar away."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = None

    def _row(self, event: Any) -> None:
        is_one = len(event.losses) == 1  # which the metrics call loss
        values = {f"train {'loss' if is_one else n}": x for n, x in event.losses.items()}
        values |= {f"{n} penalty": p for n, p in event.penalties.items() if p}
        for name, value in metric_rows(event.metrics):
            if name in event.losses or not _is_left_out(name):
                column = f"{event.split} {name}"  # that of the steps is of weights on their way
                values[f"evaluated {column}" if column in values else column] = value
        values["seconds"] = event.seconds
        if not self._columns:
            self._columns = list(values)
            self._print("  ".join(["epoch", *(c.rjust(_WIDTH) for c in self._columns)]))
        cells = (
            numbers.show(float(values[c])).rjust(max(_WIDTH, len(c))) if c in values else " "
            for c in self._columns
        )
        self._print("  ".join([str(event.epoch).rjust(5), *cells]))

    def _print(self, text: str) -> None:
        if self._progress is not None:
            self._progress.console.print(printable(text))
        else:
            print(printable(text))
            sys.stdout.flush()


def tell_problems(data: DataSet, spec: str) -> None:
    """Print what was done to the numbers, and what could not be read: the first few by name."""
    for note in data.notes:
        print_text(f"Note: {note}.")
    for sentence in data.left_out[:_NAMED]:
        print_text(f"{sentence}.")
    if data.left_out_count > _NAMED:
        print_text(f"{data.left_out_count:,} are left out in all: graphlab data {spec} tells why.")


def _is_left_out(name: str) -> bool:
    """Whether a metric, which may be told of a field or a loss, is none for an epoch's row."""
    return any(name == one or name.endswith(f"_{one}") for one in _LEFT_OUT)


def source_of(folder: RunFolder) -> str:
    """What the data of a run opens by; ``FileError`` where there is no run, or that is gone."""
    folder.record()
    try:
        return folder.source()
    except FileError as error:
        raise FileError(f"{error}, or say by --data where it is") from None


def noted(found: Checkpoint) -> Checkpoint:
    """The checkpoint, with a note where a newer one is damaged."""
    if found.note:
        remark(found.note)
    return found


def metric_rows(metrics: Mapping[str, Any]) -> list[tuple[str, float]]:
    """The metrics that are one number each."""
    return [
        (name, float(value)) for name, value in metrics.items() if isinstance(value, int | float)
    ]


def is_finished(trainer: Any) -> bool:
    """Whether there is nothing to go on with, which is told."""
    progress, epochs = trainer.training.progress, trainer.training.recipe.epochs
    if progress.epoch < epochs:
        return False
    print_text(
        f"{trainer.out} is finished: it has gone {progress.epoch:,} epochs, {progress.step:,} "
        f"steps, and {epochs:,} were asked for. More --epochs go on."
    )
    return True


def tell_haste(trainer: Any) -> None:
    """Say what a training was made fast by, if it was."""
    if trainer.haste is not None:
        from graphlab.train.fast import in_words

        print_text(in_words(trainer.haste, trainer.training))
