"""Metrics and losses of a split, in evaluation mode.

Imported only where torch is wanted.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor

from graphlab.data.batches import Batches
from graphlab.data.data_set import DataSet
from graphlab.train.detecting import Detections, detecting
from graphlab.train.likeness import generated, modes_of
from graphlab.train.metrics import metrics_of
from graphlab.train.network import Network

LARGEST = 256
"""Examples that are looked at together, where they are small."""

_NUMBERS = 2**20  # of x that are looked at together, so that whole images fit into memory


def at_once(data: DataSet) -> int:
    """How many examples are looked at together."""
    return max(1, min(LARGEST, _NUMBERS // math.prod(data.fields["x"].shape[1:])))


def evaluate(
    network: Network, data: DataSet, split: str, batch_size: int | None = None
) -> dict[str, Any]:
    """The mean losses over a split's examples, and the metrics of every answer and of samples.

    One loss is called ``loss``, several go by the names of their objectives.  A name that two
    answers share gets the field before it, and one that three share the loss.  Raises ``DataError``
    for a split without examples.
    """
    found = [(a, metrics_of(a, network.graph, data)) for a in network.wiring.answers]
    kept = [(answer, metrics) for answer, metrics in found if metrics is not None]
    made = generated(network.graph, network.wiring, data)
    modes = modes_of(data) if made is not None else None
    both, detections = detecting(network.wiring.answers, data.task), Detections()
    places = sorted(set(network.places))  # the losses are the first outputs
    sums = torch.zeros(len(places), dtype=torch.float64)
    count = 0
    for inputs, outs in outputs(network, data, split, batch_size):
        size = len(next(iter(inputs.values())))
        losses = torch.stack([x.detach().double().sum() for x in outs[: len(places)]])
        sums += losses.cpu() * size
        count += size
        for answer, metrics in kept:
            prediction = network.value(answer.prediction, inputs, outs)
            metrics.add(prediction.float(), network.value(answer.target, inputs, outs))
        if made is not None and modes is not None:
            modes.add(network.value(made[1], inputs, outs))
        if both is not None:
            ports = [port for a in both for port in (a.prediction, a.target)]
            boxes, true, scores, ids = (network.value(port, inputs, outs) for port in ports)
            detections.add(boxes, scores, true, ids)
    means = (sums / max(count, 1)).tolist()
    told = ["loss"] if len(places) == 1 else network.outputs[: len(places)]
    result: dict[str, Any] = dict(zip(told, means, strict=True))
    for answer, metrics in kept:
        for name, value in metrics.result().items():
            names = (name, f"{answer.field}_{name}", f"{answer.loss}_{name}")
            result[next((n for n in names if n not in result), names[-1])] = value
    result |= detections.result() if both is not None else {}
    return result if modes is None else result | modes.result()


def cost_of_haste(network: Network, data: DataSet, split: str) -> list[tuple[str, float, float]]:
    """Every metric that is one number: as bfloat16 gives it, and as float32 does."""
    quick = evaluate(network, data, split)
    with network.exactly():
        exact = evaluate(network, data, split)
    return [(n, float(x), float(exact[n])) for n, x in quick.items() if isinstance(x, float)]


def outputs(
    network: Network, data: DataSet, split: str, batch_size: int | None = None
) -> Iterator[tuple[dict[str, Tensor], tuple[Tensor, ...]]]:
    """The inputs and outputs of a split, batch by batch, in evaluation mode."""
    size, names = batch_size or at_once(data), network.wiring.read or ("x",)
    batches = Batches(data, split, size, names=names, shuffled=False)
    noise = np.random.default_rng(0)
    was = network.module.training
    network.module.eval()
    try:
        with torch.no_grad():
            for batch in batches.epoch(0):
                inputs = network.tensors(network.wiring.feeds(batch, noise))
                yield inputs, network.whole(inputs)
    finally:
        network.module.train(was)
