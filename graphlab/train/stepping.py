"""From training back to the step view: the current batch and weights as a run of the engine.

Imported only where torch is wanted.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from graphlab.data import DataSet, open_data
from graphlab.data.columns import Array
from graphlab.engine import Run
from graphlab.graph import Graph, Node, OutPort, dag_of
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
    """The next batch in the turn of an objective, as a run nobody has stepped yet.

    Its one output is the objective's loss with its penalty, and its gradients are those torch
    takes in that turn, before they are clipped: the weights are as the turns before it in the step
    will leave them, and what the turn does not update gets none (``stop_gradient`` stands there).
    Where chance drops values, the mask that torch will draw stands in the graph as a constant.
    ``feeds`` are a batch before whose turn of this objective training stands already.
    """
    given = training.next_feeds() if feeds is None else dict(feeds)
    network, told = training.network, training.recipe.objectives[objective]
    kept = {name: _as_computed(array, network) for name, array in given.items()}
    with _taken_back(training):
        for index in range(objective if feeds is None else 0):
            training.take_turn(training.inputs(given), index)
        graph = with_weights(training.graph, network.weights())
        graph = _with_masks(graph, _masks(training, given))
    graph, end = _with_penalty(graph, told)
    graph = mark_outputs(_with_stops(graph, end, updated(training.graph, told)), [end])
    return Run(graph, kept, seed=training.seed, training=True)


def step_into(out: Path | str, data: DataSet | None = None, objective: int = 0) -> Run:
    """The batch of a run's folder that comes next, as in ``batch_run``, or on which it diverged.

    Where it diverged, the objective is the one in whose turn it did.  ``data`` spares reading the
    data again.  Raises ``GraphLabError`` for a folder at fault.
    """
    folder = RunFolder(out)
    record = folder.record()
    given = data
    if given is None:
        source = folder.source()
        given = open_data(source, seed=record.seed)
        folder.check_own(given, source)
    training = Training(
        folder.graph(), given, seed=record.seed, is_fast=False, precision=record.precision
    )
    trouble = folder.trouble()
    if trouble is None:
        training.restore(folder.checkpoint("last"))
        return batch_run(training, objective)
    checkpoint, feeds, index = trouble
    training.restore(checkpoint)
    return batch_run(training, index, feeds)


@contextlib.contextmanager
def _taken_back(training: Training) -> Iterator[None]:
    """Whatever training does meanwhile has not been."""
    with training.at_work():
        before = training.snapshot()
        try:
            yield
        finally:
            training.restore(before)


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
    draws = _Draws()
    with torch.no_grad(), draws:
        network(network.tensors(feeds))
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


# --- what a turn leaves as it is -----------------------------------------------------------------
def _with_stops(graph: Graph, end: str, chosen: Collection[str]) -> Graph:
    """The graph where nothing is handed back to what is computed from other parameters alone."""
    dag = dag_of(graph)
    needed = dag.ancestors(graph.port(end).node)
    moved, held = set[str](), set[str]()
    nodes, stops = graph.node_table(), dict[OutPort, OutPort]()
    for name in (name for name in dag.order if name in needed):
        node = graph.nodes[name]
        ways = {p: s for p, s in node.inputs.items() if p not in node.op.undifferentiated}
        behind = {source.node for source in ways.values()}
        if name in chosen or not moved.isdisjoint(behind):
            moved.add(name)
        elif node.op.name == "parameter" or not held.isdisjoint(behind):
            held.add(name)
        for port, source in ways.items() if name in moved else ():
            if source.node in held:
                if source not in stops:
                    stop = _free(graph.with_(nodes=nodes), f"{source.node}_held")
                    nodes[stop] = Node(op_named("stop_gradient"), {"x": source}, {}, node.group)
                    stops[source] = OutPort(stop)
                sources = {**nodes[name].inputs, port: stops[source]}
                nodes[name] = Node(node.op, sources, node.attributes, node.group)
    return graph.with_(nodes=nodes)


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
