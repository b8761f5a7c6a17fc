"""The training loop: epochs of steps, what is read and told of them, and when a checkpoint is due.

Imported only where torch is wanted.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from graphlab.data.data_set import DataSet
from graphlab.errors import FileError
from graphlab.graph import Graph
from graphlab.graph.recipe import Recipe
from graphlab.train.diverging import diverged, is_sound
from graphlab.train.evaluating import at_once, evaluate
from graphlab.train.events import Epoch, Event, Log, Stopped
from graphlab.train.fast import hasten
from graphlab.train.folder import Rates, RunFolder
from graphlab.train.health import Pulse, Rectifiers
from graphlab.train.many.parts import write_parts
from graphlab.train.many.ranks import here
from graphlab.train.metrics import score
from graphlab.train.network import Precision
from graphlab.train.norms import check_batches, frozen_in_words
from graphlab.train.perceptron import rule_of
from graphlab.train.rates import epochs_before, rates_before, stretched_in_words
from graphlab.train.telling import changed, penalties, started, stepped
from graphlab.train.training import Training

Outcome = Literal["done", "paused", "diverged"]


class Trainer:
    """Trains a graph on a data set, in a folder of its own.

    Same arguments, same machine: the same bits, whether it runs through, is paused or is killed
    and resumed.  ``out`` gets events, checkpoints and, where a loss stops being a number, the batch
    it happened on.  Losses are read every ``read_every`` steps and norms every ``watch_every``; a
    checkpoint is made every ``save_every`` steps (0: none in between) and after every epoch, and
    ``keep`` of them stay beside the best.  ``spec`` is what ``open_data`` opens the data by.
    """

    def __init__(
        self,
        graph: Graph,
        data: DataSet,
        recipe: Recipe | None = None,
        out: Path | str = "run",
        seed: int = 0,
        device: str = "cpu",
        *,
        is_fast: bool = False,
        precision: Precision = "float32",
        keep: int = 3,
        read_every: int = 20,
        watch_every: int = 50,
        save_every: int = 0,
        spec: str = "",
    ) -> None:
        self.training = Training(
            graph,
            data,
            recipe,
            seed=seed,
            device=device,
            is_fast=is_fast,
            precision=precision,
        )
        check_batches(self.training)
        self.ranks = here()
        self.out, self.spec = Path(out), spec or data.name
        self.folder = RunFolder(self.out, keep)
        self.checkpoints = self.folder.checkpoints
        self.haste = hasten(self.training, self.folder.haste()) if is_fast else None
        self.read_every, self.watch_every, self.save_every = read_every, watch_every, save_every
        self._rectifiers = Rectifiers(self.training.network)
        self._unread: list[list[Tensor]] = []
        self._listeners: list[Callable[[Event], object]] = []
        self._written, self._is_resumed = 0, False
        self.note = frozen_in_words(self.training)
        self._log: Log | None = None
        self._before: Rates | None = None
        self._begun = 0.0

    def listen(self, listener: Callable[[Event], object]) -> None:
        """Have every event handed to ``listener`` too."""
        self._listeners.append(listener)

    def resume(self, *, has_new_rates: bool = False) -> bool:
        """Go on from the newest whole checkpoint; False where there is none.

        With ``has_new_rates`` the learning rates may be others than before, and are from here on.
        Raises ``RunError`` where it is of another graph or recipe, or the data or the seed are not
        those it was begun with, and ``FileError`` where all are damaged; ``note`` tells where some
        are, and where more epochs change a rate.
        """
        with self._alone():
            found = self.ranks.told(self.ranks.is_first and self.checkpoints.newest())
            self.checkpoints.accept()
        if not found:
            self.checkpoints.check_any()
            return False
        training = self.training
        self.folder.check_same(
            training.data, self.spec, training.seed, is_fast=training.network.is_fast
        )
        self._before = rates_before(self.folder, training, found.revision, is_asked=has_new_rates)
        if self._before is not None:
            found.revision = training.revision
        try:
            training.restore(found)
        except (ValueError, KeyError, IndexError, TypeError, RuntimeError):
            raise FileError(
                f"the checkpoint of step {found.progress.step} in {self.checkpoints.folder} is "
                "damaged: what it holds is not what this graph and its recipe keep; remove its "
                "folder, and the one before it is used"
            ) from None
        stretched = stretched_in_words(training, epochs_before(self.folder, training))
        self.note = "; ".join(filter(None, (found.note, self.note, stretched)))
        self.ranks.by_first(lambda: self.folder.keep_epochs(training.recipe.epochs))
        self._is_resumed = True
        return True

    def keep_now(self) -> None:
        """Make a checkpoint between two runs of the loop, of weights that were set by hand.

        Raises ``FileError``; the last checkpoint stands.
        """
        with self._alone():
            self.ranks.by_first(self.checkpoints.check_own)
            self._save()

    # --- the loop -------------------------------------------------------------------------------
    def run(self, should_stop: Callable[[], bool] = lambda: False) -> Outcome:
        """Train to the end of the last epoch, or until ``should_stop`` says so after a step.

        Raises ``FileError`` where the folder cannot be written, another trains into it or has since
        this came from it; the last checkpoint stands.
        """
        with self._alone():
            self.ranks.by_first(self.checkpoints.check_own)
            if self.training.progress.step == 0:
                self.ranks.by_first(self._begin)
            self.ranks.by_first(self._open_log)
            try:
                with self.training.at_work():
                    outcome = self._run(should_stop)
                    self._written = self._log.size() if self._log is not None else 0
                    return outcome
            finally:
                if self._log is not None:
                    self._log.close()
                self._log = None

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Let nobody else train into the folder for a while."""
        self.ranks.by_first(self.folder.claim)
        try:
            yield
        finally:
            self.folder.release()

    def _open_log(self) -> None:
        step = self.training.progress.step
        self._log = Log(self.out / "events.jsonl", step, self._written)

    def _begin(self) -> None:
        training = self.training
        if not self._is_resumed and self.folder.is_begun():
            raise FileError(
                f"{self.out} holds a run already, and none is overwritten: resume it, or choose "
                "another folder"
            )
        self.folder.begin(
            training.graph,
            training.data,
            revision=training.revision,
            spec=self.spec,
            seed=training.seed,
            is_fast=training.network.is_fast,
            precision=training.precision,
            haste=self.haste,
        )

    def _run(self, should_stop: Callable[[], bool]) -> Outcome:
        progress, epochs = self.training.progress, self.training.recipe.epochs
        if progress.step == 0:
            self._tell(started(self.training))
            self._save()
        elif self._before is not None:
            self._change_rates(self._before)
        self._before = None
        rule = rule_of(self.training)
        while progress.epoch < epochs and not (rule and progress.epoch and rule.is_at_rest()):
            outcome = self._epoch(should_stop)
            if outcome is not None:
                return outcome
        self._tell(Stopped(progress.step, "done", rule.conclusion() if rule else ""))
        return "done"

    def _change_rates(self, before: Rates) -> None:
        """Go on with the recipe's learning rates from here on, and say so."""
        training = self.training
        self.ranks.by_first(lambda: self.folder.change_rates(training.graph, training.revision))
        self._tell(changed(training, before))
        self._save()

    def _epoch(self, should_stop: Callable[[], bool]) -> Outcome | None:
        """The rest of an epoch; how the run ended, where it did."""
        training, progress = self.training, self.training.progress
        self._begun = time.perf_counter()
        for inputs in training.given():
            self._step(inputs)
            is_over = progress.batch == len(training.batches)
            is_due = self.save_every > 0 and progress.step % self.save_every == 0
            is_stopped = self.ranks.any(should_stop())
            is_kept = is_over or is_due or is_stopped
            if progress.step % self.read_every == 0 or is_kept:
                trouble = self._read()
                if trouble is None and is_kept and not training.network.is_sound():
                    trouble = progress.step - 1
                if trouble is not None:
                    return self._diverged(trouble)
            if is_over:
                self._end_epoch()
            elif is_due or is_stopped:
                self._count_time()
                self._save()
            if is_stopped and progress.epoch < training.recipe.epochs:
                return "paused"
        return None

    def _step(self, inputs: dict[str, Tensor]) -> None:
        is_watched = self.training.progress.step % self.watch_every == 0
        pulses: list[Pulse] | None = [] if is_watched else None
        self._unread.append(self.training.step(inputs, pulses))
        for pulse in pulses or ():
            self._tell(pulse.event(self.training.progress.step))

    def _end_epoch(self) -> None:
        training, progress = self.training, self.training.progress
        seconds = self._count_time()
        split = self.held_back
        metrics = evaluate(training.network, training.data, split)
        units = self._rectifiers.event(progress.step, self._sample())
        if units is not None:
            self._tell(units)
        batches = training.batches
        full = len(batches.rows) / batches.examples(0)
        means = {name: total / full for name, total in progress.sums.items()}
        progress.epoch, progress.batch, progress.sums = progress.epoch + 1, 0, {}
        told = (progress.step, progress.epoch, means, penalties(training), split, metrics, seconds)
        self._tell(Epoch(*told))
        worth = score(metrics, has_one_loss=len(set(training.network.places)) == 1)
        is_best = worth is None or progress.best is None or worth >= progress.best
        progress.best = worth if is_best else progress.best
        self._save(is_best=is_best)

    # --- reading, telling, keeping ----------------------------------------------------------------
    def _read(self) -> int | None:
        """Fetch the losses since the last time; the first step that went wrong, if one did."""
        training, progress = self.training, self.training.progress
        names = training.network.losses
        rows = torch.stack([torch.stack(row) for row in self._unread]).tolist()
        self._unread = []
        for step, row in enumerate(rows, progress.step - len(rows)):
            losses = dict(zip(names, row, strict=True))
            progress.first = progress.first or losses
            if not all(is_sound(losses[name], progress.first[name]) for name in names):
                return step
            index = progress.batch - (progress.step - step)
            share = training.batches.examples(index) / training.batches.examples(0)
            for name, loss in losses.items():
                progress.sums[name] = progress.sums.get(name, 0.0) + loss * share
        self._tell(stepped(training, rows))
        return None

    @property
    def held_back(self) -> str:
        """The split that every epoch is judged by."""
        has_any = len(self.training.data.splits.get("validation", ())) > 0
        return "validation" if has_any else "train"

    def _diverged(self, step: int) -> Outcome:
        start = self.ranks.told(self.ranks.is_first and self.checkpoints.newest())
        if not start:
            raise FileError(f"the checkpoints in {self.checkpoints.folder} are gone")
        self._tell(diverged(self.training, start, step, self.out / "diverged"))
        return "diverged"

    def _save(self, *, is_best: bool = False) -> None:
        if self._log is not None:
            self._written = self._log.size()
        parts = write_parts(self.training.turns, self.checkpoints.folder)
        made = self.training.snapshot(with_spread=parts is None)
        made.parts = parts
        self.ranks.by_first(lambda: self.checkpoints.save(made, is_best=is_best))

    def _count_time(self) -> float:
        """Add the time since it was last counted; the seconds of this run's share of the epoch."""
        now = time.perf_counter()
        seconds, self._begun = now - self._begun, now
        self.training.progress.seconds += seconds
        return seconds

    def _sample(self) -> dict[str, Tensor]:
        """Some training examples to look at."""
        training = self.training
        rows = training.data.rows("train")[: at_once(training.data)]
        batch = training.data.take(rows, training.batches.names)
        return training.network.tensors(training.wiring.feeds(batch, np.random.default_rng(0)))

    def _tell(self, event: Event) -> None:
        self.ranks.by_first(lambda: self._hand_on(event))

    def _hand_on(self, event: Event) -> None:
        if self._log is not None:
            self._log.write(event)
        for listener in self._listeners:
            listener(event)
