"""Weights spread over the processes by ``fully_shard``, for networks that fit into none of them.

A process keeps its share of every weight, gradient and optimizer state, and gathers a block's
weights while that block is computed.  Imported only where torch is wanted.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from graphlab.errors import RunError
from graphlab.graph import Graph
from graphlab.graph.grouping import chain_of
from graphlab.train.many.ranks import here, noticing_loss

WORTH = 2**14
"""A block with fewer numbers is not worth a gathering of its own."""


def shard(module: nn.Module, graph: Graph, names: Mapping[str, str], device: torch.device) -> None:
    """Spread the weights of a lowered graph, block by block, inner ones first.

    Raises ``RunError`` for a weight that is a single number.
    """
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import fully_shard

    if importlib.util.find_spec("torch.distributed.checkpoint.hf_storage") is None:
        raise RunError(
            f"PyTorch {torch.__version__} cannot keep spread weights as safetensors: install 2.9 "
            "or newer, or train without --shard"
        )
    for name, weight in module.named_parameters():
        if not weight.ndim:
            raise RunError(
                f"{name} is a single number, which cannot be spread over processes: give it the "
                "shape (1,), or train without --shard"
            )
    mesh = init_device_mesh(device.type, (here().count,))
    for path in _blocks(module, graph, names):
        fully_shard(module.get_submodule(path), mesh=mesh, reshard_after_forward=True)
    fully_shard(module, mesh=mesh, reshard_after_forward=True)
    for name, buffer in module.named_buffers():
        owner, _, last = name.rpartition(".")
        module.get_submodule(owner)._buffers[last] = buffer.to(device)


def _blocks(module: nn.Module, graph: Graph, names: Mapping[str, str]) -> list[str]:
    """The modules of groups whose weights nothing outside reads; the deepest first."""
    modules = dict(module.named_modules())
    shared = {
        group
        for name in graph.parameters
        for edge in graph.consumers[name]
        for group in chain_of(graph, graph.nodes[name].group)
        if group not in chain_of(graph, graph.nodes[edge.target.node].group)
    }
    found = [
        names[group]
        for group in graph.groups
        if group not in shared
        and type(modules.get(names[group], module)) is not nn.Module
        and names[group] in modules
        and sum(x.numel() for x in modules[names[group]].parameters()) >= WORTH
    ]
    return sorted(found, key=lambda path: -path.count("."))


def whole_tensor(x: Tensor) -> Tensor:
    """A tensor as it is, or gathered from all processes."""
    if not is_spread(x):
        return x
    with noticing_loss():
        found: Tensor = x.full_tensor()  # type: ignore[attr-defined]
    return found


def spread_over(x: Tensor, like: Tensor) -> Tensor:
    """A whole tensor in the way of another one of its shape."""
    if not is_spread(like) or is_spread(x) or x.shape != like.shape:
        return x
    from torch.distributed.tensor import distribute_tensor

    place: Any = like
    return distribute_tensor(x.to(like.device), place.device_mesh, place.placements)


def is_spread(x: Tensor) -> bool:
    """Whether each process has a part of a tensor; torch's code for that is slow to import."""
    if not here().is_sharded:
        return False
    from torch.distributed.tensor import DTensor

    return isinstance(x, DTensor)
