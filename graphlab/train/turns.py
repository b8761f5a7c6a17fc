"""One objective at work: what it updates, its optimizer, its schedule and its penalty.

Imported only where torch is wanted.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from graphlab.graph.objectives import updated
from graphlab.graph.recipe import Objective
from graphlab.train.many.ranks import here
from graphlab.train.many.sharding import is_spread, spread_over, whole_tensor
from graphlab.train.network import Network


class Turn:
    """An objective's turn in a step: from the loss to new weights."""

    def __init__(self, objective: Objective, network: Network) -> None:
        self.objective = objective
        self.named = network.chosen(updated(network.graph, objective))
        self.weights: list[Tensor] = list(self.named.values())
        # What is spread over processes is gathered under the leaves, which cannot be told apart.
        is_all = len(self.weights) == len(network.parameters())
        self.is_all = is_all or here().is_sharded
        is_fused = network.is_fast and objective.optimizer in _FUSED
        self.optimizer = _optimizer(objective, self.weights, is_fused)
        self.is_fused = is_fused
        self._factor = 1.0

    def clear(self) -> None:
        """Drop the last gradients, before the next forward pass asks for memory."""
        self.optimizer.zero_grad(set_to_none=True)

    def backward(self, loss: Tensor) -> None:
        """The gradients of the loss alone, of what this objective updates."""
        if self.is_all:
            loss.backward()  # type: ignore[no-untyped-call]
        else:
            loss.backward(inputs=self.weights)  # type: ignore[no-untyped-call]

    def update(self, factor: float) -> None:
        """Add the penalty's gradient, clip, and take a step of ``factor`` times the rate."""
        objective = self.objective
        if objective.l1 or objective.l2:
            self._penalise()
        if objective.clip:
            torch.nn.utils.clip_grad_norm_(self.weights, objective.clip)
        if factor != self._factor:
            self._factor = factor
            for group in self.optimizer.param_groups:
                group["lr"] = objective.lr * factor
        self.optimizer.step()

    def penalty(self) -> float:
        """l1 · ‖w‖₁ + l2 · ‖w‖₂² of the weights as they are."""
        objective = self.objective
        if not (objective.l1 or objective.l2):
            return 0.0
        with torch.no_grad():
            sizes = [
                objective.l1 * w.abs().sum() + objective.l2 * w.square().sum() for w in self.weights
            ]
        return float(torch.stack([whole_tensor(x) for x in sizes]).sum()) if sizes else 0.0

    def _penalise(self) -> None:
        with torch.no_grad():
            for weight in self.weights:
                if weight.grad is None:
                    weight.grad = torch.zeros_like(weight)
            gradients = [weight.grad for weight in self.weights if weight.grad is not None]
            if self.objective.l2:
                torch._foreach_add_(gradients, self.weights, alpha=2 * self.objective.l2)
            if self.objective.l1:
                signs = torch._foreach_sign(self.weights)
                torch._foreach_add_(gradients, signs, alpha=self.objective.l1)

    # --- what the optimizer remembers -------------------------------------------------------------
    def spread(self) -> dict[str, Tensor]:
        """What the optimizer keeps in parts, a part in each process, under ``parameter/what``."""
        return {
            f"{name}/{key}": kept
            for name, weight in self.named.items()
            for key, kept in self.optimizer.state.get(weight, {}).items()
            if isinstance(kept, Tensor) and is_spread(kept)
        }

    def state(self, *, with_spread: bool = True) -> dict[str, Tensor]:
        """What the optimizer keeps, whole, under ``parameter/what``."""
        found = {}
        left_out = {} if with_spread else self.spread()
        for name, weight in self.named.items():
            for key, kept in self.optimizer.state.get(weight, {}).items():
                if kept is not None and f"{name}/{key}" not in left_out:
                    whole = whole_tensor(torch.as_tensor(kept).detach())
                    found[f"{name}/{key}"] = whole.cpu().contiguous()
        return found

    def set_state(self, kept: Mapping[str, Tensor]) -> None:
        """Go on from what ``state`` gave."""
        self._factor = math.nan  # the rate is set anew in the next step
        for weight in self.weights:
            self.optimizer.state.pop(weight, None)
        for told, tensor in kept.items():
            name, _, key = told.rpartition("/")
            weight = self.named[name]
            if tensor.shape not in (weight.shape, torch.Size()):
                raise ValueError(f"{key} of {name} is {tuple(tensor.shape)}")
            on_device = key != "step" or self.is_fused
            home = weight.device if on_device else tensor.device
            state: dict[str, Any] = self.optimizer.state.setdefault(weight, {})
            state[key] = spread_over(tensor.to(home, copy=True), weight)
            if tensor.shape == weight.shape and weight.ndim == 4 and key != "step":
                state[key] = torch.empty_like(weight, dtype=tensor.dtype).copy_(state[key])


_FUSED = ("sgd", "adagrad", "adam", "adamw")


def _optimizer(objective: Objective, weights: Any, is_fused: bool) -> torch.optim.Optimizer:
    """The optimizer of PyTorch with these settings."""
    shared: dict[str, Any] = {"lr": objective.lr, "weight_decay": objective.weight_decay}
    fused: dict[str, Any] = {"fused": True} if is_fused else {}
    if objective.optimizer == "sgd":
        momentum, nesterov = objective.momentum, objective.nesterov
        return torch.optim.SGD(weights, **shared, **fused, momentum=momentum, nesterov=nesterov)
    if objective.optimizer == "perceptron":
        return torch.optim.SGD(weights, **shared, **fused)
    if objective.optimizer == "adagrad":
        return torch.optim.Adagrad(weights, **shared, **fused)
    if objective.optimizer == "rmsprop":
        return torch.optim.RMSprop(weights, **shared, momentum=objective.momentum)
    kind = torch.optim.Adam if objective.optimizer == "adam" else torch.optim.AdamW
    return kind(weights, **shared, **fused, betas=(objective.beta1, objective.beta2))


def factor_at(objective: Objective, step: int, per_epoch: int, epochs: int) -> float:
    """By what the learning rate is multiplied in a step, counted from 0.

    The first ``warmup`` = W steps have 1 / (W + 1), 2 / (W + 1) … W / (W + 1), whatever the
    schedule.  ``step`` has gammaᵏ after k times ``step_epochs`` epochs, counted from the start.
    The cosine goes from 1 after the warm-up to 0 after the last step (Loshchilov & Hutter 2017).
    """
    if step < objective.warmup:
        return (step + 1) / (objective.warmup + 1)
    if objective.schedule == "step":
        return float(objective.gamma ** (step // per_epoch // objective.step_epochs))
    if objective.schedule == "cosine":
        whole = max(per_epoch * epochs - objective.warmup, 1)
        done = min((step - objective.warmup) / whole, 1.0)
        return (1 + math.cos(math.pi * done)) / 2
    return 1.0
