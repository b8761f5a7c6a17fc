"""What a training says of itself in its events.

Imported only where torch is wanted.
"""

from __future__ import annotations

from graphlab.train.events import Changed, Started, Steps
from graphlab.train.folder import Rates, rates_of
from graphlab.train.training import Training


def started(training: Training) -> Started:
    """That it begins, and with what."""
    return Started(
        training.progress.step,
        training.revision,
        training.data.name,
        {name: len(rows) for name, rows in training.data.splits.items()},
        sum(x.numel() for x in training.network.parameters().values()),
        training.recipe.epochs,
        len(training.batches),
        training.recipe.augment.in_words if training.recipe.augment else "",
        training.data.left_out_count,
    )


def changed(training: Training, before: Rates) -> Changed:
    """That it goes on with other learning rates than ``before``."""
    names = training.network.losses
    was, now = (dict(zip(names, x, strict=True)) for x in (before, rates_of(training.graph)))
    return Changed(training.progress.step, training.revision, was, now)


def stepped(training: Training, rows: list[list[float]]) -> Steps:
    """The losses of its last steps, a row each, by objective."""
    names, step = training.network.losses, training.progress.step
    rates = {
        name: turn.objective.lr * training.factor(turn, step - 1)
        for name, turn in zip(names, training.turns, strict=True)
    }
    columns = {name: [row[i] for row in rows] for i, name in enumerate(names)}
    return Steps(step, columns, penalties(training), rates)


def penalties(training: Training) -> dict[str, float]:
    """The penalty of each objective on the weights as they are."""
    pairs = zip(training.network.losses, training.turns, strict=True)
    return {name: turn.penalty() for name, turn in pairs}
