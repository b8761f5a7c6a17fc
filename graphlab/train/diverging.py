"""When a loss is no number any more: which step it began in, at which node, on which batch.

Losses are looked at every few steps, so that no step waits for them; training is deterministic, so
the way from the last checkpoint can be gone again with a look at everything.  Imported only where
torch is wanted.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from graphlab.data.columns import Array
from graphlab.engine import Run
from graphlab.graph import dag_of
from graphlab.torch_backend.weights import save_weights
from graphlab.train.checkpoints import Checkpoint, Checkpoints
from graphlab.train.events import Stopped
from graphlab.train.many.ranks import here
from graphlab.train.stepping import batch_run
from graphlab.train.training import Training

_VALUE, _SIZE = "the value of {}", "the size of {}"
_HANDED, _GRADIENT = "the gradient that {} hands back", "the gradient of {}"

EXPLODED = 1e6
"""A loss of so many times that of the first step (or 1, if that is more) is an explosion."""


def is_sound(loss: float, first: float) -> bool:
    """Whether a loss is a number, and no explosion beside that of the first step."""
    return abs(loss) <= EXPLODED * max(abs(first) if math.isfinite(first) else 1.0, 1.0)


def diverged(training: Training, start: Checkpoint, step: int, folder: Path) -> Stopped:
    """Find where it began, and keep weights and batch in ``folder``.

    ``start`` is a checkpoint before it and ``step`` the step, counted from 0, whose loss told.
    Training stands before the bad turn then.
    """
    first = dict(training.progress.first)
    feeds, index = _retrace(training, start, step, first)
    made = training.snapshot()

    def keep() -> None:
        Checkpoints(folder, keep=1).save(made)
        save_weights(feeds, folder / "batch.safetensors")
        save_weights({"objective": np.array(index)}, folder / "turn.safetensors")

    here().by_first(keep)
    name = training.recipe.objectives[index].loss
    with here().alone():
        node, what = _first_bad(batch_run(training, index, feeds))
    node = node or name
    found = training.graph.nodes.get(node)
    kind = f" ({found.op.name})" if found is not None else ""
    fault = "far too large" if what == _SIZE else "not a finite number"
    message = (
        f"training stopped in step {made.progress.step + 1}: {what.format(node + kind)} is the "
        f"first that is {fault}; {_way_out(training, node, what)}"
    )
    return Stopped(made.progress.step, "diverged", message, node)


def _way_out(training: Training, node: str, what: str) -> str:
    if training.wiring.fields.get(node) is not None:
        return "correct the data, leave the example out, or step into the batch"
    if what != _SIZE and training.progress.step == 0:
        return f"no weight has moved yet, so step into the batch, and see what {node} is given"
    return "lower the learning rate, clip the gradients, or step into the batch"


def _retrace(
    training: Training, start: Checkpoint, last: int, first: Mapping[str, float]
) -> tuple[dict[str, Array], int]:
    """Train again from a checkpoint up to the bad turn, which is not taken; its batch and index."""
    training.restore(start)
    while True:
        for feeds in training.feeds():
            inputs = training.inputs(feeds)
            for index, turn in enumerate(training.turns):
                before = training.snapshot()
                loss = float(training.forward_backward(inputs, index))
                gradients = [w.grad for w in turn.weights if w.grad is not None]
                size = sum(float(x) for x in torch._foreach_norm(gradients)) if gradients else 0.0
                is_bad = not (is_sound(loss, first.get(training.network.losses[index], 1.0)))
                is_last = training.progress.step >= last and index == len(training.turns) - 1
                if is_bad or not math.isfinite(size) or is_last:
                    training.restore(before)
                    return feeds, index
                turn.update(training.factor(turn, training.progress.step))
            training.advance()
        training.progress.epoch, training.progress.batch = training.progress.epoch + 1, 0


def _first_bad(run: Run) -> tuple[str, str]:
    """The first node whose value is no number, or else what it hands back, and which of these."""
    try:
        run.forward()
        order = dag_of(run.graph).order
        for name in order:
            if _is_bad(run.value(name)):
                return name, _VALUE
        run.backward()
        handed = run.contributions()
        for name in reversed(order):
            if _is_bad(run.grad(name)):
                edges = (edge.target for edge in run.graph.consumers[name])
                makers = [target.node for target in edges if _is_bad(handed.get(target))]
                return (makers[0], _HANDED) if makers else (name, _GRADIENT)
        sizes = {n: float(np.abs(v).max()) for n in order if np.size(v := run.value(n))}
        return next((n for n, size in sizes.items() if size > EXPLODED), ""), _SIZE
    except MemoryError:
        return "", _VALUE


def _is_bad(array: Any) -> bool:
    return array is not None and not np.isfinite(array).all()
