"""What a discriminator takes the points of the plane for.

Imported only where torch is wanted.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from graphlab.data.columns import Array
from graphlab.graph import Graph, OutPort
from graphlab.train.training import Training
from graphlab.train.views.asking import as_text
from graphlab.train.views.classes import probabilities
from graphlab.train.views.probing import is_by_example, only_from, over_grid
from graphlab.train.views.samples import made_of_noise
from graphlab.train.wiring import Answer, batch_shapes


@dataclass(frozen=True)
class Verdict:
    """The score that a loss compares with what is to be said of given examples."""

    training: Training
    answer: Answer
    given: int | None
    """Whether yes or no is to be said of them, where a number that is nearer to one is."""

    @property
    def scores(self) -> OutPort:
        """Where the score of each point stands."""
        return self.answer.prediction

    def over_plane(self, values: Tensor, side: int, points: Array) -> dict[str, Array]:
        """The chance of being given, with given and made points; of other scores the score."""
        known = probabilities(self.answer, self.training, values)
        if known is None or self.given is None:
            return {"decision": over_grid(values, side)[0]}
        made = made_of_noise(self.training, len(points))
        parts = [points] if made is None else [made, points]
        targets = [np.full(len(points), self.given)]
        targets = targets if made is None else [np.full(len(made), 1 - self.given), *targets]
        return {
            "decision": over_grid(known.argmax(1), side)[0],
            "chances": over_grid(known, side),
            "classes": as_text(("made", "given") if self.given else ("given", "made")),
            "points": np.ascontiguousarray(np.concatenate(parts), np.float32),
            "targets": np.concatenate(targets).astype(np.float32),
        }


def verdict_of(training: Training, graph: Graph, name: str) -> Verdict | None:
    """What is said of examples of data without answers, by a score that follows from each alone.

    ``graph`` is the training's own, in which ``name`` goes alone.
    """
    if training.data.target is not None:
        return None
    two, three = (batch_shapes(graph, training.wiring, size) for size in (2, 3))
    free = set(only_from(graph, name))
    for loss, node in graph.nodes.items():
        scores = node.inputs.get(node.op.ports[0]) if node.op.category == "Loss" else None
        if scores is None or scores.node not in free or "target" not in node.inputs:
            continue
        shape = two.of(scores)
        if shape and is_by_example(shape, three.of(scores)) and math.prod(shape[1:]) == 1:
            target = node.inputs["target"]
            value = graph.nodes[target.node].attributes.get("value")
            said = np.ravel(0.5 if value is None else value)
            given = None if len(said) != 1 or said[0] == 0.5 else int(said[0] > 0.5)
            return Verdict(training, Answer("x", loss, scores, target), given)
    return None
