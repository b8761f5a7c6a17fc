"""The drawing of a training at rest: its weights as they are, or the batch that comes next.

Imported only where torch is wanted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphlab.engine import Run
from graphlab.errors import RunError
from graphlab.graph import Graph
from graphlab.graph.edits import set_attributes
from graphlab.graph.objectives import updated
from graphlab.torch_backend.weights import with_weights
from graphlab.train.stepping import batch_run
from graphlab.train.trainer import Trainer

Told = dict[str, Any]
"""Whose turn it is: the ``objective``, its ``loss``, and the parameters that it ``updates``."""


def drawing(
    trainer: Trainer, asked: Mapping[str, Any], *, has_diverged: bool
) -> tuple[Graph, Told]:
    """The graph that ``asked`` is the command for, and of a batch also what is told of it.

    Raises ``RunError`` where it asks for what there is not.
    """
    training, what = trainer.training, asked.get("of")
    if what == "weights":
        return with_weights(training.graph, training.network.weights()), {}
    if what != "batch":
        raise RunError(f"there is no drawing of {what!r:.60}: choose weights or batch")
    run, told = _turn(trainer, asked.get("objective", 0), has_diverged)
    graph = run.graph
    for name, array in run.feeds.items():
        graph = set_attributes(graph, name, value=array)
    return graph, told


def _turn(trainer: Trainer, asked: object, has_diverged: bool) -> tuple[Run, Told]:
    """The next batch in the turn of an objective; where training diverged, it is that turn's."""
    training = trainer.training
    objectives = training.recipe.objectives
    trouble = trainer.folder.trouble() if has_diverged else None
    _, feeds, index = trouble or (None, None, asked)
    if type(index) is not int or not 0 <= index < len(objectives):
        losses = ", ".join(objective.loss for objective in objectives)
        raise RunError(
            f"there is no objective {index!r:.60}: they are counted from 0, and lower {losses}"
        )
    objective = objectives[index]
    updates = list(updated(training.graph, objective))
    run = batch_run(training, index, feeds)
    return run, {"objective": index, "loss": objective.loss, "updates": updates}
