"""From training back to the step view: the current batch and weights as a run of the engine.

Imported only where torch is wanted.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from graphlab.data import DataSet, open_data
from graphlab.data.columns import Array
from graphlab.engine import Run
from graphlab.graph import Graph, Node, OutPort
from graphlab.graph.edits import add_node, mark_outputs
from graphlab.graph.objectives import updated
from graphlab.graph.recipe import Objective
from graphlab.ops import op_named
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
    given = open_data(record.data, seed=record.seed) if data is None else data
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
def _masks(training: Training, feeds: Mapping[str, Array]) -> dict[str, Array]:
    """By node that drops values, what torch multiplies by in the next forward pass.

    Ones are sent through each such module in the place of what arrives, which draws the same.
    """
    network, found = training.network, dict[str, Array]()
    modules = dict(network.module.named_modules())
    hooks = []
    for name, node in training.graph.nodes.items():
        if node.op.name in _BY_CHANCE:
            module = _home(training.graph, name, network, modules)
            hooks.append(module.register_forward_hook(_recorder(name, found)))
            hooks.append(module.register_forward_pre_hook(_ones))
    if not hooks:
        return found
    state = {n: x.clone() for n, x in network.module.state_dict().items()}
    before = dict(training.generators)
    try:
        with training.at_work(), torch.no_grad():
            network(network.tensors(feeds))
    finally:
        training.generators = before
        network.module.load_state_dict(state)  # running statistics saw a batch of their own
        for hook in hooks:
            hook.remove()
    return found


def _ones(module: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return (torch.ones_like(inputs[0]),)


def _recorder(name: str, found: dict[str, Array]):  # type: ignore[no-untyped-def]
    def record(module: nn.Module, inputs: tuple[Tensor, ...], out: Tensor) -> None:
        found[name] = out.detach().cpu().numpy().copy()

    return record


def _home(graph: Graph, name: str, network: Network, modules: Mapping[str, nn.Module]) -> nn.Module:
    """The module of a node: its own, or the group's of which it is all."""
    at: str | None = name
    while at is not None:
        module = modules.get(network.names[at])
        if module is not None:
            return module
        at = graph.nodes[at].group if at in graph.nodes else graph.groups[at].parent
    raise AssertionError(f"{name} has no module")


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
