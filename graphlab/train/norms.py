"""Norms that look at a whole batch: whether it has enough for them, and which of them are frozen.

Imported only where torch is wanted.
"""

from __future__ import annotations

from graphlab.errors import GraphError
from graphlab.graph import dag_of
from graphlab.graph.objectives import updated
from graphlab.listing import listed
from graphlab.ops import show_shape
from graphlab.ops.running_norms import RunningNormalisation
from graphlab.train.training import Training
from graphlab.train.wiring import batch_shapes

_NAMED = 3


def check_batches(training: Training) -> None:
    """Raise ``GraphError`` where the last batch of an epoch has one value a channel for a norm.

    PyTorch takes no mean and variance of one, and says so in the step that comes to such a batch.
    """
    graph, batches = training.graph, training.batches
    augment, count = training.recipe.augment, batches.examples(len(batches) - 1)
    side = augment.crop if augment else 0
    shapes = batch_shapes(graph, training.wiring, count, crop=side)
    needed = dag_of(graph).ancestors(*(graph.port(n).node for n in training.network.outputs))
    for name in (name for name in graph.nodes if name in needed):
        node = graph.nodes[name]
        if not issubclass(node.op, RunningNormalisation):
            continue
        x = shapes.of(node.inputs["x"])
        if x is None or node.op.view(x, **node.attributes).members > 1:
            continue
        whole, size = len(batches.rows), batches.size
        more = batch_shapes(graph, training.wiring, count + 1, crop=side).of(node.inputs["x"])
        if more is None or node.op.view(more, **node.attributes).members < 2:
            way = "give it more of them, or leave it out"
        elif whole <= size:
            way = "give the data more training examples"
        else:
            way = f"take batches of {_fitting(whole, size):,}"
        raise GraphError(
            f"{name} ({node.op.name}) takes mean and variance of more than one value a channel, "
            f"and {whole:,} training examples in batches of {size:,} end in a batch where it gets "
            f"{show_shape(x)}: {way}"
        )


def frozen_in_words(training: Training) -> str:
    """Which norms no objective updates while they go on with their statistics; perhaps none."""
    graph = training.graph
    changed = {name for o in training.recipe.objectives for name in updated(graph, o)}
    found = []
    for name, node in graph.nodes.items():
        sources = {port: source.node for port, source in node.inputs.items()}
        own = {sources.get(port, "") for port in ("weight", "bias")}.intersection(graph.parameters)
        if "running_mean" in sources and own and own.isdisjoint(changed):
            found.append(name)
    if not found:
        return ""
    return (
        f"no objective updates {listed(found, _NAMED)}, and the running mean and variance there "
        "follow the batches all the same, as PyTorch has it"
    )


def _fitting(whole: int, size: int) -> int:
    """The next size of batches that leaves the last one more examples than it has by this."""
    few = whole % size or size
    return next(n for n in range(size + 1, whole + 1) if not 0 < whole % n <= few)
