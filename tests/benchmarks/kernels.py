"""How fast images are convolved and pooled, against torch in the same run, on one thread each.

``python tests/benchmarks/kernels.py`` prints, for each network or layer, the best times of a
forward and backward pass and their ratio.  The two take turns, so that both see the same machine,
and what counts is the processor's time, in which other programs have no part.  ``--check`` ends
with an error above the bounds.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch

from graphlab.engine import Run
from graphlab.graph.formula import parse
from graphlab.ops import op_named

LENET = """
x = input(shape=(None, 1, 28, 28)); t = target()
c1 = conv2d(x, parameter(6, 1, 5, 5), parameter(6), padding=2)
p1 = max_pool2d(relu(c1), kernel_size=2)
c2 = conv2d(p1, parameter(16, 6, 5, 5), parameter(16))
p2 = max_pool2d(relu(c2), kernel_size=2)
h1 = relu(affine(parameter(120, 400), flatten(p2), parameter(120)))
h2 = relu(affine(parameter(84, 120), h1, parameter(84)))
loss = cross_entropy(affine(parameter(10, 84), h2, parameter(10)), t)
"""
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
BOUNDS = {"LeNet, batch 32": 1.1, "conv 64→64 3×3 at 32×32, batch 32": 1.6}

Pass = Callable[[], Any]


class Pair(NamedTuple):
    """The same forward and backward pass by both."""

    name: str
    ours: Pass
    theirs: Pass
    rounds: int


def lenet(batch: int = 32) -> Pair:
    """A whole run of the drawn network, recording what a step would show, against the module."""
    random = np.random.default_rng(0)
    images = random.normal(size=(batch, 1, 28, 28)).astype(np.float32)
    labels = random.integers(0, 10, batch)
    graph = parse(LENET)
    feeds: dict[str, Any] = {"x": images, "t": labels.astype(np.float32)}
    first = Run(graph, feeds).forward()
    feeds |= {name: first.value(name) for name in graph.parameters}
    nn = torch.nn
    module = nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
    )  # fmt: skip
    x, target = torch.tensor(images), torch.tensor(labels)

    def theirs() -> Any:
        module.zero_grad()
        loss = torch.nn.functional.cross_entropy(module(x), target)
        torch.autograd.backward(loss)

    return Pair(f"LeNet, batch {batch}", lambda: Run(graph, feeds).forward().backward(), theirs, 60)


def layer(
    name: str, op: str, shapes: tuple[tuple[int, ...], ...], rounds: int = 12, **attributes: Any
) -> Pair:
    """One op by itself, with the gradients of all its inputs."""
    random = np.random.default_rng(0)
    inputs = [random.normal(size=shape).astype(np.float32) for shape in shapes]
    cls = op_named(op)
    upstream = random.normal(size=cls.shape(*shapes, **attributes)).astype(np.float32)
    tensors = [torch.tensor(x, requires_grad=True) for x in inputs]
    above = torch.tensor(upstream)

    def ours() -> Any:
        out = cls.forward(*inputs, **attributes)
        return cls.vjp(upstream, out, *inputs, **attributes)

    def theirs() -> Any:
        for tensor in tensors:
            tensor.grad = None
        cls.lower(torch, *tensors, **attributes).backward(above)

    return Pair(name, ours, theirs, rounds)


def pairs() -> list[Pair]:
    """What is measured."""
    return [
        lenet(),
        layer(
            "conv 64→64 3×3 at 32×32, batch 32", "conv2d",
            ((32, 64, 32, 32), (64, 64, 3, 3), (64,)), padding=1,
        ),
        layer("conv 1→6 5×5, batch 32", "conv2d", ((32, 1, 28, 28), (6, 1, 5, 5), (6,)), 40),
        layer("conv 6→16 5×5, batch 32", "conv2d", ((32, 6, 14, 14), (16, 6, 5, 5), (16,)), 40),
        layer("conv 64→128 3×3 stride 2", "conv2d",
              ((8, 64, 32, 32), (128, 64, 3, 3)), stride=2, padding=1),
        layer("conv 256→64 1×1", "conv2d", ((8, 256, 16, 16), (64, 256, 1, 1))),
        layer("depthwise 64 3×3", "conv2d",
              ((8, 64, 32, 32), (64, 1, 3, 3)), padding=1, groups=64),
        layer("conv 3→64 7×7 stride 2 at 224×224", "conv2d",
              ((1, 3, 224, 224), (64, 3, 7, 7)), stride=2, padding=3),
        layer("conv3d 8→8 3×3×3 at 24³", "conv3d",
              ((2, 8, 24, 24, 24), (8, 8, 3, 3, 3)), padding=1),
        layer("transposed 64→32 2×2 stride 2", "conv_transpose2d",
              ((8, 64, 16, 16), (64, 32, 2, 2)), stride=2),
        layer("max pool 2×2", "max_pool2d", ((32, 64, 32, 32),), kernel_size=2),
        layer("max pool 3×3 stride 2", "max_pool2d",
              ((8, 64, 32, 32),), kernel_size=3, stride=2, padding=1),
        layer("average pool 2×2", "avg_pool2d", ((32, 64, 32, 32),), kernel_size=2),
    ]  # fmt: skip


def measured(pair: Pair) -> tuple[float, float]:
    """Seconds of the processor in the best pass of each."""
    best = [float("inf"), float("inf")]
    for _ in range(pair.rounds + 2):
        for side, once in enumerate((pair.ours, pair.theirs)):
            start = time.process_time()
            once()
            best[side] = min(best[side], time.process_time() - start)
    return best[0], best[1]


def main() -> None:
    """Print the table; with ``--check``, fail above a bound."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail above the bounds")
    parser.add_argument("--only", default="", help="measure what has this in its name")
    options = parser.parse_args()
    if any(os.environ.get(name) != "1" for name in THREADS):  # read when NumPy is imported
        environment = {**os.environ, **dict.fromkeys(THREADS, "1")}
        raise SystemExit(subprocess.call([sys.executable, *sys.argv], env=environment))
    torch.set_num_threads(1)
    missed = []
    for pair in pairs():
        if options.only not in pair.name:
            continue
        ours, theirs = measured(pair)
        bound = BOUNDS.get(pair.name)
        told = f" (at most {bound})" if bound else ""
        print(f"{pair.name:36} {ours * 1e3:9.2f} ms {theirs * 1e3:9.2f} ms  "
              f"{ours / theirs:5.2f}×{told}")  # fmt: skip
        if bound and ours / theirs > bound:
            missed.append(pair.name)
    if options.check and missed:
        raise SystemExit(f"above the bound: {', '.join(missed)}")


if __name__ == "__main__":
    main()
