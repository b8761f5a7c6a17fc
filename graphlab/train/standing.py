"""How a run stands that another process began: it can go on, is done, or has diverged.

Imported only where torch is wanted.
"""

from __future__ import annotations

from collections import deque

from graphlab.train.events import Stopped, newest_events
from graphlab.train.perceptron import rule_of
from graphlab.train.trainer import Trainer

_LAST = 2**16  # bytes at the end of the events, in which the last of them is


def stand(trainer: Trainer) -> Stopped:
    """How a resumed run stands; where it diverged, the trainer is set before the bad turn.

    Raises ``FileError`` where the folder is damaged.
    """
    training = trainer.training
    trouble = trainer.folder.trouble()
    if trouble is not None:
        training.restore(trouble[0])
    step, epoch = training.progress.step, training.progress.epoch
    newest = deque(newest_events(trainer.out / "events.jsonl", _LAST), maxlen=1)
    last = newest[0] if newest and newest[0].get("step") == step else {}
    is_at_rest = last.get("why") == "done" and rule_of(training) is not None
    is_done = epoch >= training.recipe.epochs or is_at_rest
    why = "diverged" if trouble is not None else "done" if is_done else "paused"
    known = last if last.get("why") == why else {}
    message = str(known.get("message") or "")
    if why == "diverged":
        message = message or f"training stopped in step {step + 1}: a loss is no number"
    return Stopped(step, why, message, str(known.get("node") or ""))
