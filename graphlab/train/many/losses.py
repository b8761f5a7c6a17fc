"""How the loss of one objective is computed so that its gradients are those of the whole batch.

Imported only where torch is wanted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from graphlab.train.many.ranks import here
from graphlab.train.network import Network
from graphlab.train.turns import Turn

Inputs = Mapping[str, Tensor]
_ignore: Any = DistributedDataParallel._set_params_and_buffers_to_ignore_for_model

LossOf = Callable[[Inputs, int], Tensor]


def losses_of(network: Network, turns: Sequence[Turn], probe: Callable[[], Inputs]) -> LossOf:
    """The loss of an objective for some inputs, by the objective's index.

    With several processes its backward pass leaves the mean of all gradients at the weights, by a
    ``DistributedDataParallel`` for each objective or by what ``fully_shard`` does.  ``probe`` gives
    some inputs.
    """
    if here().is_single or here().is_sharded:
        return lambda inputs, index: network.loss(network(inputs), index)
    used = _used(network, turns, probe())
    modules: list[nn.Module] = []
    for index, turn in enumerate(turns):
        loss = _Loss(network.module, network.places[index])
        read = [n for n, w in turn.named.items() if n in used[index] and w.requires_grad]
        if not read:
            modules.append(loss)
            continue
        held = (*loss.named_parameters(), *loss.named_buffers())
        others = [name for name, _ in held if name.removeprefix("module.") not in read]
        _ignore(loss, others)
        modules.append(DistributedDataParallel(loss))
    return lambda inputs, index: network.called(modules[index], inputs)[0]


class _Loss(nn.Module):
    """The network with the loss of one objective, which is at a place, as its only output."""

    def __init__(self, module: nn.Module, place: int) -> None:
        super().__init__()
        self.module, self.place = module, place

    def forward(self, *given: Tensor) -> Tensor:
        """The loss."""
        out = self.module(*given)
        loss: Tensor = out[self.place] if isinstance(out, tuple) else out
        return loss


def _used(network: Network, turns: Sequence[Turn], inputs: Inputs) -> list[set[str]]:
    """By objective, the weights that its loss sends a gradient to; all others would be awaited."""
    found = []
    was = network.module.training
    network.module.eval()
    with here().alone():
        outs = network(inputs)
        for index, turn in enumerate(turns):
            loss, weights = network.loss(outs, index), turn.weights
            asked = bool(weights) and loss.requires_grad
            grads = (
                torch.autograd.grad(loss, weights, retain_graph=True, allow_unused=True)
                if asked
                else (None,) * len(weights)
            )
            found.append({n for n, g in zip(turn.named, grads, strict=True) if g is not None})
    network.module.train(was)
    return found
