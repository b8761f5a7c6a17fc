"""From training back to the step view: the current batch and weights as a run of the engine.

Imported only where torch is wanted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from graphlab.data import DataSet, open_data
from graphlab.data.columns import Array
from graphlab.engine import Run
from graphlab.graph import Graph, Node, OutPort
from graphlab.graph.edits import add_node, mark_outputs
from graphlab.graph.objectives import updated
from graphlab.graph.recipe import Objective
from graphlab.ops import op_named
from graphlab.torch_backend.parts import Part, parts_of
from graphlab.torch_backend.weights import with_weights
from graphlab.train.folder import RunFolder
from graphlab.train.network import Network
from graphlab.train.training import Training

_BY_CHANCE = ("dropout", "dropout_channels")


def batch_run(
    training: Training, objective: int = 0, feeds: Mapping[str, Array] | None = None
) -> Run:
    """The next batch (or ``feeds``) at the current weights, as a run nobody has stepped yet.

    Its one output is the objective's loss with its penalty, and its gradients are those torch
    takes in that step, before they are clipped.  Where chance drops values, the mask that torch
    will draw stands in the graph as a constant.
    """
    given = training.next_feeds() if feeds is None else dict(feeds)
    network = training.network
    kept = {name: _as_computed(array, network) for name, array in given.items()}
    graph = with_weights(training.graph, network.weights())
    masks = _masks(training, given)
    graph = _with_masks(graph, masks)
    graph, end = _with_penalty(graph, training.recipe.objectives[objective])
    graph = mark_outputs(graph, [end])
    return Run(graph, kept, seed=training.seed, training=True)


def step_into(out: Path | str, data: DataSet | None = None) -> Run:
    """The batch of a run's folder that comes next, or on which it diverged, as in ``batch_run``.

    ``data`` spares reading the data again.  Raises ``GraphLabError`` for a folder at fault.
    """
    folder = RunFolder(out)
    record = folder.record()
    given = open_data(folder.source(), seed=record.seed) if data is None else data
    training = Training(
        folder.graph(), given, seed=record.seed, is_fast=False, precision=record.precision
    )
    trouble = folder.trouble()
    if trouble is None:
        training.restore(folder.checkpoint("last"))
        return batch_run(training)
    checkpoint, feeds, objective = trouble
    training.restore(checkpoint)
    return batch_run(training, objective, feeds)


def _as_computed(array: Array, network: Network) -> Array:
    return torch.from_numpy(array).to(network.dtype).numpy()


# --- chance ---------------------------------------------------------------------------------------
class _Draws(TorchFunctionMode):
    """Notes what every dropout multiplies by, in the order in which they are computed."""

    def __init__(self) -> None:
        super().__init__()
        self.masks: list[Array] = []

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func not in (torch.nn.functional.dropout, torch.feature_dropout):
            return func(*args, **(kwargs or {}))
        x, *rest = args
        mask = func(torch.ones_like(x), *rest, **(kwargs or {}))
        self.masks.append(mask.detach().cpu().numpy().copy())
        return x * mask


def _masks(training: Training, feeds: Mapping[str, Array]) -> dict[str, Array]:
    """By node that drops values, what torch multiplies by in the next forward pass."""
    network = training.network
    marked = mark_outputs(training.graph, network.outputs)
    names = [n for n in _computed(parts_of(marked)) if marked.nodes[n].op.name in _BY_CHANCE]
    if not names:
        return {}
    state = {n: x.clone() for n, x in network.module.state_dict().items()}
    before, draws = dict(training.generators), _Draws()
    try:
        with training.at_work(), torch.no_grad(), draws:
            network(network.tensors(feeds))
    finally:
        training.generators = before
        network.module.load_state_dict(state)  # running statistics saw a batch of their own
    return dict(zip(names, draws.masks, strict=True))


def _computed(part: Part) -> Iterator[str]:
    """The nodes of a part in the order in which the module computes them."""
    for step in part.steps:
        if isinstance(step, Part):
            yield from _computed(step)
        else:
            yield step


def _with_masks(graph: Graph, masks: Mapping[str, Array]) -> Graph:
    """The graph with what chance will do written down: a product with a constant mask."""
    for name, mask in masks.items():
        node = graph.nodes[name]
        held = _free(graph, f"{name}_mask")
        graph = add_node(graph, held, "constant", group=node.group, value=mask)
        nodes = graph.node_table()
        sources = {"x": node.inputs["x"], "y": OutPort(held)}
        nodes[name] = Node(op_named("multiply"), sources, {}, node.group)
        graph = graph.with_(nodes=nodes)
    return graph


# --- penalties --------------------------------------------------------------------------------
def _with_penalty(graph: Graph, objective: Objective) -> tuple[Graph, str]:
    """The graph with the objective's penalties drawn into it, and where the sum of all stands."""
    end = objective.loss
    for op, strength in (("l1_penalty", objective.l1), ("l2_penalty", objective.l2)):
        for name in updated(graph, objective) if strength else ():
            penalty = _free(graph, f"{name}_{op}")
            graph = add_node(graph, penalty, op, name, strength=strength)
            total = _free(graph, f"{objective.loss.partition('.')[0]}_and_{penalty}")
            graph = add_node(graph, total, "add", end, penalty)
            end = total
    return graph, end


def _free(graph: Graph, stem: str) -> str:
    name, number = stem, 1
    while name in graph.nodes or name in graph.groups:
        number += 1
        name = f"{stem}{number}"
    return name
