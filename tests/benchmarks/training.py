"""What a step of training costs, against the loop that a person writes in PyTorch.

``python tests/benchmarks/training.py [NETWORK …]`` prints one line a network: the ratio of the two
times, and what ``--fast`` makes of it.  Both loops run in turn in one process on the same data,
with the same weights, batches and optimizer, and the losses of both are read as rarely.  It is
the processor's time of one thread, and the quartile of the fastest steps of each is compared, so
that what else the machine does falls out.
"""

from __future__ import annotations

import itertools
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import numpy as np
import torch
from torch import Tensor, nn

from graphlab.data import Batches, DataSet
from graphlab.graph.gallery import gallery
from graphlab.graph.recipe import Objective, Recipe
from graphlab.train.losses import with_loss
from graphlab.train.trainer import Trainer
from tests.torch_backend.handwritten import HANDWRITTEN

LARGEST_RATIO = 1.05
BATCHES = {"lenet-5": 64, "resnet-18": 4, "u-net": 1}
SHAPES = {"lenet-5": (1, 32, 32), "resnet-18": (3, 32, 32), "u-net": (1, 188, 188)}
STEPS = {"lenet-5": 400, "resnet-18": 48, "u-net": 16}


def data_for(name: str) -> DataSet:
    """Noise with classes, or with masks for the U-Net."""
    random = np.random.default_rng(0)
    count = BATCHES[name] * 8
    x = random.random((count, *SHAPES[name]), np.float32)
    fields = {"x": x}
    classes: tuple[str, ...] = ()
    if name == "u-net":
        fields["mask"] = (random.random(x.shape) < 0.5).astype(np.float32)
    else:
        classes = tuple(map(str, range(10 if name == "lenet-5" else 1000)))
        fields["y"] = random.integers(0, len(classes), count).astype(np.float32)
    rows = np.arange(count)
    splits = {"train": rows, "validation": rows[:0], "test": rows[:0]}
    return DataSet(name, name, "masks" if not classes else "classes", fields, splits, classes)


def ours(name: str, data: DataSet, out: Path, *, is_fast: bool) -> Trainer:
    """A trainer of the drawn network."""
    graph = with_loss(gallery(name), data)
    assert graph.recipe is not None
    objective = Objective(graph.recipe.objectives[0].loss, optimizer="adam", lr=1e-3)
    recipe = Recipe((objective,), batch_size=BATCHES[name], epochs=10**6)
    return Trainer(graph, data, recipe, out, is_fast=is_fast)


def steps_of(trainer: Trainer) -> Iterator[None]:
    """The trainer's own loop, one step at a time, with all that it does beside."""
    trainer.training.network.module.train()
    progress = trainer.training.progress
    for _ in itertools.count():
        for inputs in trainer.training.given():
            trainer._step(inputs)
            if progress.step % trainer.read_every == 0:
                trainer._read()
            yield
        progress.epoch, progress.batch = progress.epoch + 1, 0


def written(name: str, data: DataSet, weights: dict[str, Tensor]) -> Iterator[None]:
    """The loop of any tutorial: from_numpy, forward, loss, backward, Adam."""
    kind, _ = HANDWRITTEN[name]
    net = kind()
    net.load_state_dict(weights)
    net.train()
    optimizer = torch.optim.Adam(net.parameters(), 1e-3)
    batches = Batches(data, "train", BATCHES[name], 0)
    losses: list[Tensor] = []
    for epoch in itertools.count():
        for batch in batches.epoch(epoch):
            x = torch.from_numpy(batch["x"])
            optimizer.zero_grad()
            scores = net(x)
            if name == "u-net":
                cut = (x.shape[-1] - scores.shape[-1]) // 2
                target = torch.from_numpy(batch["mask"])[:, 0]
                ids = target[:, cut : cut + scores.shape[-1], cut : cut + scores.shape[-1]].long()
            else:
                ids = torch.from_numpy(batch["y"]).long()
            loss = nn.functional.cross_entropy(scores, ids)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            losses.append(loss.detach())
            if len(losses) == 20:
                sum(torch.stack(losses).tolist())
                losses = []
            yield


def compare(name: str, folder: Path) -> tuple[float, float]:
    """The time of our step in those of the hand-written one, plain and fast."""
    data = data_for(name)
    plain = ours(name, data, folder / f"{name}-plain", is_fast=False)
    weights = {n: torch.tensor(w) for n, w in plain.training.network.weights().items()}
    quick = ours(name, data, folder / f"{name}-fast", is_fast=True)
    loops = [written(name, data, weights), steps_of(plain), steps_of(quick)]
    times: list[list[float]] = [[] for _ in loops]
    for turn in range(STEPS[name]):
        order = sorted(range(len(loops)), key=lambda i: (i + turn) % len(loops))
        for index in order:
            times[index].append(_timed(lambda i=index: next(loops[i])))  # type: ignore[misc]
    warm = max(2, STEPS[name] // 10)
    fast = [statistics.mean(sorted(found[warm:])[: max(len(found) // 4, 1)]) for found in times]
    return fast[1] / fast[0], fast[2] / fast[0]


def _timed(step: Callable[[], object]) -> float:
    start = time.process_time()
    step()
    return time.process_time() - start


def main() -> int:
    torch.set_num_threads(1)
    is_good = True
    with tempfile.TemporaryDirectory() as folder:
        for name in sys.argv[1:] or BATCHES:
            ratio, quick = compare(name, Path(folder))
            is_good &= ratio <= LARGEST_RATIO
            print(
                f"{name:10} {ratio:.3f}x the hand-written step (at most {LARGEST_RATIO}); "
                f"{1 / quick:.2f} times as fast with --fast",
                flush=True,
            )
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
