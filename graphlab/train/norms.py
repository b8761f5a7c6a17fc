"""Norms that look at a whole batch: whether every batch of a training has enough for them.

Imported only where torch is wanted.
"""

from __future__ import annotations

from graphlab.errors import GraphError
from graphlab.graph import dag_of
from graphlab.ops import show_shape
from graphlab.ops.running_norms import RunningNormalisation
from graphlab.train.training import Training
from graphlab.train.wiring import batch_shapes


def check_batches(training: Training) -> None:
    """Raise ``GraphError`` where the last batch of an epoch has one value a channel for a norm.

    PyTorch takes no mean and variance of one, and says so in the step that comes to such a batch.
    """
    graph, batches = training.graph, training.batches
    augment, count = training.recipe.augment, batches.examples(len(batches) - 1)
    shapes = batch_shapes(graph, training.wiring, count, crop=augment.crop if augment else 0)
    needed = dag_of(graph).ancestors(*(graph.port(n).node for n in training.network.outputs))
    for name in (name for name in graph.nodes if name in needed):
        node = graph.nodes[name]
        if not issubclass(node.op, RunningNormalisation):
            continue
        x = shapes.of(node.inputs["x"])
        if x is None or node.op.view(x, **node.attributes).members > 1:
            continue
        whole, size = len(batches.rows), batches.size
        if node.op.view((2, *x[1:]), **node.attributes).members < 2:
            way = "give it more of them, or leave it out"
        elif whole < 2:
            way = "give the data more training examples"
        else:
            way = f"take batches of {_fitting(whole, size):,}"
        raise GraphError(
            f"{name} ({node.op.name}) takes mean and variance of more than one value a channel, "
            f"and {whole:,} training examples in batches of {size:,} end in a batch where it gets "
            f"{show_shape(x)}: {way}"
        )


def _fitting(whole: int, size: int) -> int:
    """The next size of batches that leaves the last one more than one example."""
    return next(n for n in range(size + 1, whole + 1) if whole % n != 1)
