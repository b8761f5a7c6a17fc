"""What a training step of a lowered graph costs, against the module that a person writes.

``python tests/benchmarks/lowering.py`` prints one line a network: the ratio of the two times, and
whether outputs and all gradients are equal bit for bit.  Both run in turn on one thread, on the
same weights, and the quartile of the fastest steps of each is compared, so that what else the
machine does falls out.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

import torch

import graphlab
from graphlab.graph import Graph
from graphlab.graph.edits import set_attributes
from graphlab.graph.gallery import gallery
from tests.torch_backend.handwritten import HANDWRITTEN

LARGEST_RATIO = 1.03
STEPS = {"lenet-5": 800, "resnet-18": 60, "u-net": 24}


def pair(name: str) -> tuple[torch.nn.Module, torch.nn.Module, torch.Tensor]:
    """The lowered module, the handwritten one with its weights, and an input."""
    kind, shape = HANDWRITTEN[name]
    lowered = graphlab.lower(sized(gallery(name), shape)).train()
    written = kind().train()
    written.load_state_dict(lowered.state_dict())
    return lowered, written, torch.randn(shape, generator=torch.Generator().manual_seed(0))


def sized(graph: Graph, shape: tuple[int, ...]) -> Graph:
    """The network for pictures of another size."""
    return set_attributes(graph, graph.inputs[0], shape=(None, *shape[1:]))


def step(module: torch.nn.Module, x: torch.Tensor) -> torch.Tensor:
    """Forwards and backwards, from a loss that depends on every output."""
    module.zero_grad(set_to_none=True)
    out: torch.Tensor = module(x)
    out.square().mean().backward()
    return out


def is_equal(lowered: torch.nn.Module, written: torch.nn.Module, x: torch.Tensor) -> bool:
    """Whether outputs and all gradients of one step are the same bits."""
    outs = [step(module, x) for module in (lowered, written)]
    theirs = dict(written.named_parameters())
    return torch.equal(*outs) and all(
        torch.equal(mine.grad, theirs[name].grad)  # type: ignore[arg-type]
        for name, mine in lowered.named_parameters()
    )


def ratio(lowered: torch.nn.Module, written: torch.nn.Module, x: Any, steps: int) -> float:
    """The time of a step of the first, in those of the second."""
    times: dict[torch.nn.Module, list[float]] = {lowered: [], written: []}
    for i in range(steps):
        for module in (lowered, written) if i % 2 else (written, lowered):
            start = time.perf_counter()
            step(module, x)
            times[module].append(time.perf_counter() - start)
    fast = [statistics.mean(sorted(found)[: steps // 4]) for found in times.values()]
    return fast[0] / fast[1]


def main() -> int:
    torch.set_num_threads(1)
    is_good = True
    for name, steps in STEPS.items():
        lowered, written, x = pair(name)
        same, cost = is_equal(lowered, written, x), ratio(lowered, written, x, steps)
        is_good &= same and cost <= LARGEST_RATIO
        told = "bitwise equal" if same else "NOT EQUAL"
        print(f"{name:10} {cost:.3f}x the handwritten step (at most {LARGEST_RATIO})  {told}")
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
