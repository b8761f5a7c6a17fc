"""A training run that another process drives: commands in, events out, each a JSON object a line.

``go`` (``for`` a step, the epoch or to the end), ``pause``, ``stop``, ``rest`` (tell how a resumed
run stands, without going on), ``weights`` (one number of a parameter is set), ``epochs`` (how often
the data is gone through in all), ``view`` (a view of
the network as it is, in a file of the run's folder) and ``graph`` (the drawing ``of`` the weights
as they are, or of the batch that comes next in the turn of an ``objective``, counted from 0; the
answer tells whose turn it is, its loss and which parameters it updates).  Out come the records of
``events.jsonl``, and ``ready``, ``running``, ``paused``, ``edited``, ``view`` and ``refused``.  A
command is carried out between two steps, so the numbers are those of a run without any.  Imported
only where torch is wanted.
"""

from __future__ import annotations

import json
import queue
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import Any, Protocol

import torch

from graphlab.errors import GraphLabError, RunError
from graphlab.graph.file import save
from graphlab.torch_backend.weights import save_weights
from graphlab.train.drawing import drawing
from graphlab.train.editing import set_epochs, set_weight
from graphlab.train.evaluating import evaluate
from graphlab.train.events import Epoch, Event, record_of
from graphlab.train.health import layers
from graphlab.train.standing import stand
from graphlab.train.trainer import Outcome, Trainer

FOLDER = "views"

_TOLD = 0.2
"""Seconds that a person may wait for the next losses."""

_SEEN = 1000
"""So many training examples are judged by the metrics, after every epoch."""

_LONGEST = 2**20  # bytes of a command
_RARELY = 50

_AMISS = (TypeError, ValueError, LookupError, ArithmeticError, OSError)
"""What a command that says something else than it should may raise."""


class Source(Protocol):
    """Where commands come from: a stream, or what stands for one."""

    def readline(self, size: int, /) -> bytes:
        """The next line, or so much of it; empty where there are no more."""


class Sink(Protocol):
    """Where events go."""

    def write(self, line: bytes, /) -> object:
        """Take a line."""

    def flush(self) -> object:
        """Hand on what was taken."""


class Server:
    """Carries out commands for one trainer until it is told to stop, or nobody is there."""

    def __init__(self, trainer: Trainer, commands: Source, events: Sink) -> None:
        self.trainer, self._events = trainer, events
        self.outcome: Outcome = "paused"
        self._waiting: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._between: list[dict[str, Any]] = []  # what is done while the loop rests
        self._goal = ""  # how far to go: a step, the epoch or to the end; empty: nowhere
        self._is_over = False
        self._begun, self._first = 0.0, 0
        self._reader = Thread(target=self._read, args=(commands,), daemon=True)
        trainer.listen(self._on_event)

    def serve(self, is_asked: Callable[[], bool] = lambda: False) -> Outcome:
        """Work until ``stop``, the end of the commands, or ``is_asked``; how the run stands then.

        Raises ``FileError`` where the folder cannot be written.
        """
        self._reader.start()
        training = self.trainer.training
        self._tell(
            {
                "event": "ready",
                "step": training.progress.step,
                "epoch": training.progress.epoch,
                "epochs": training.recipe.epochs,
                "steps_per_epoch": len(training.batches),
                "revision": training.revision,
                "split": self.trainer.held_back,
                "layers": layers(training.graph, training.network.names),
                "note": self.trainer.note,
            }
        )
        while not self._is_over and not is_asked():
            if self._goal or self._between:
                self._go(is_asked)
            else:
                self._obey_next()
        return self.outcome

    # --- training -----------------------------------------------------------------------------
    def _go(self, is_asked: Callable[[], bool]) -> None:
        """Do what is to be done at rest, then train until the goal or the next of it."""
        self._rest()
        if not self._goal:
            return
        self._first, self._begun = self.trainer.training.progress.step, time.perf_counter()
        if self._goal == "step":
            self.trainer.watch_every = 1
        outcome = self.trainer.run(lambda: self._should_stop() or is_asked())
        if outcome != "paused":
            self.outcome, self._goal = outcome, ""
        elif not (self._goal and self._between) or self._is_over:
            self._goal = ""
            self._tell({"event": "paused", **self._place()})

    def _has_ended(self) -> bool:
        """Whether there is nothing to go on with, which is told."""
        training, why = self.trainer.training, ""
        done, asked = training.progress.epoch, training.recipe.epochs
        if self.outcome == "diverged":
            why = "training stopped where a loss was no number: change the recipe, and start anew"
        elif self.outcome == "done" or done >= asked:
            why = f"{done:,} epochs are done, and {asked:,} are asked for: ask for more to go on"
            self._stand()
        if why:
            self._refuse(why)
        return bool(why)

    def _should_stop(self) -> bool:
        """Asked after every step, with what came meanwhile."""
        training = self.trainer.training
        while not self._waiting.empty():
            self._obey(self._waiting.get())
        is_epoch_over = training.progress.batch == len(training.batches)
        if self._goal == "step" or (self._goal == "epoch" and is_epoch_over):
            self._goal = ""
        self._adapt()
        return not self._goal or self._is_over or bool(self._between)

    def _adapt(self) -> None:
        """Read losses so often that a person sees them move; what is trained does not change."""
        steps = self.trainer.training.progress.step - self._first
        if steps in (1, 5, 20, 100):
            pace = (time.perf_counter() - self._begun) / steps
            self.trainer.read_every = max(1, min(1000, round(_TOLD / max(pace, 1e-6))))
            self.trainer.watch_every = max(1, min(_RARELY, round(5 * _TOLD / max(pace, 1e-6))))

    # --- commands -----------------------------------------------------------------------------
    def _read(self, commands: Source) -> None:
        """In a thread of its own: what is asked for, and that nobody asks any more."""
        try:
            while line := commands.readline(_LONGEST):
                self._waiting.put(_command(line))
        except OSError:
            return  # nobody can ask any more
        finally:
            self._waiting.put({"do": "stop"})

    def _obey_next(self) -> None:
        """Wait a little for the next command; a signal ends the wait too."""
        try:
            self._obey(self._waiting.get(timeout=0.1))
        except queue.Empty:
            return

    def _obey(self, command: Mapping[str, Any]) -> None:
        what = command.get("do")
        if what == "stop":
            self._is_over, self._goal = True, ""
        elif what == "pause":
            self._goal = ""
        elif what == "go" and command.get("for") in ("step", "epoch", "end"):
            if not self._has_ended():
                self._goal = command["for"]
                self._tell({"event": "running", **self._place()})
        elif what == "rest":
            self._stand()
        elif what in ("weights", "epochs", "graph"):
            self._between.append(dict(command))
        elif what == "view":
            self._view(command)
        else:
            self._refuse(f"there is no command {json.dumps(dict(command)):.100}", command.get("id"))

    def _stand(self) -> None:
        found = stand(self.trainer)
        if found.why in ("done", "diverged"):
            self.outcome = "done" if found.why == "done" else "diverged"
            self._tell({**self._place(), **record_of(found)})
        else:
            self._tell({"event": "paused", **self._place()})

    def _view(self, command: Mapping[str, Any]) -> None:
        name, number = command.get("view"), command.get("id")
        training = self.trainer.training
        state = torch.get_rng_state()
        try:
            from graphlab.train.views import VIEWS

            if not isinstance(name, str) or name not in VIEWS:
                raise RunError(f"there is no view {name!r:.60}: choose {', '.join(VIEWS)}")
            arrays = VIEWS[name](training, **command.get("settings", {}))
            file = self.trainer.out / FOLDER / f"{name}.safetensors"
            file.parent.mkdir(exist_ok=True)
            save_weights(arrays, file)
        except Exception as error:  # training goes on, whatever a view could not do
            told = str(error) if isinstance(error, GraphLabError) else _fault(name, error)
            self._refuse(told, number)
            return
        finally:
            torch.set_rng_state(state)
            training.network.module.train()
        self._tell_file(command, file)

    def _tell_file(
        self, command: Mapping[str, Any], file: Path, told: Mapping[str, Any] | None = None
    ) -> None:
        made = {"event": "view", "id": command.get("id"), "file": str(file), **(told or {})}
        self._tell({**made, "view": command.get("view"), **self._place()})

    # --- at rest --------------------------------------------------------------------------------
    def _rest(self) -> None:
        """Set single weights, keeping a checkpoint of what stands then, and write drawings."""
        waiting, self._between = self._between, []
        is_set = False
        for command in waiting:
            try:
                if command["do"] == "graph":
                    self._write_graph(command)
                elif command["do"] == "epochs":
                    self._set_epochs(command)
                else:
                    set_weight(self.trainer.training.network, command)
                    is_set = True
                    self._tell({"event": "edited", "name": command["name"], **self._place()})
            except (GraphLabError, *_AMISS) as error:
                told = str(error) if isinstance(error, GraphLabError) else "that cannot be done"
                self._refuse(told, command.get("id"))
        if is_set and self.trainer.folder.is_begun():
            self.trainer.keep_now()

    def _set_epochs(self, command: Mapping[str, Any]) -> None:
        """A run is done once it has gone as many epochs as are asked for, and goes on for more."""
        told = set_epochs(self.trainer, command["epochs"])
        notes = {"note": "; ".join(filter(None, (self.trainer.note, told)))}
        if self.outcome != "diverged":
            training = self.trainer.training
            is_done = training.progress.epoch >= training.recipe.epochs
            self.outcome = "done" if is_done else "paused"
        if self._goal or self.outcome == "paused":
            now = "running" if self._goal else "paused"
            self._tell({"event": now, **notes, **self._place()})
        else:
            self._stand()

    def _write_graph(self, command: Mapping[str, Any]) -> None:
        graph, told = drawing(self.trainer, command, has_diverged=self.outcome == "diverged")
        file = self.trainer.out / FOLDER / f"{command['of']}.graph.json"
        file.parent.mkdir(exist_ok=True)
        save(graph, file)
        self._tell_file(command, file, told)

    # --- telling --------------------------------------------------------------------------------
    def _place(self) -> dict[str, Any]:
        training = self.trainer.training
        progress = training.progress
        return {
            "step": progress.step,
            "epoch": progress.epoch,
            "batch": progress.batch,
            "epochs": training.recipe.epochs,
            "revision": training.revision,
        }

    def _on_event(self, event: Event) -> None:
        record = record_of(event)
        if isinstance(event, Epoch) and event.split != "train":
            count = len(self.trainer.training.data.rows(event.split))
            seen = replace(event, metrics=self._metrics_on_train(count))
            record["train"] = record_of(seen)["metrics"]
        self._tell(record)

    def _metrics_on_train(self, count: int) -> dict[str, Any]:
        """The metrics on some training examples, no more than there are to compare with."""
        training = self.trainer.training
        rows = training.data.rows("train")
        some = rows[:: -(-len(rows) // max(1, min(count, _SEEN)))]
        data = replace(training.data, splits={"train": some})
        return evaluate(training.network, data, "train")

    def _refuse(self, message: str, number: object = None) -> None:
        self._tell({"event": "refused", "id": number, "message": message})

    def _tell(self, record: Mapping[str, Any]) -> None:
        try:
            self._events.write(json.dumps(record, allow_nan=False).encode() + b"\n")
            self._events.flush()
        except OSError:
            self._is_over, self._goal = True, ""  # nobody listens any more


def _command(line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        found = None
    return found if isinstance(found, dict) else {"do": line[:40].decode("latin1")}


def _fault(view: object, error: Exception) -> str:
    what = " ".join(str(error).split()) or type(error).__name__
    return f"the view {view} cannot be made of this network: {what:.200}"
