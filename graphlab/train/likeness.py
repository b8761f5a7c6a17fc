"""How like the data is what a generator makes of noise.

Imported only where torch is wanted.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor

from graphlab.data.data_set import DataSet
from graphlab.graph import Graph, OutPort, dag_of
from graphlab.train.wiring import Wiring, batch_shapes

_NEAR = 3.0  # deviations from a mode within which a sample is a good one
_LARGEST = 2**12  # examples that tell where the modes are


class Modes:
    """Which of the data's modes a generator makes, and how well.

    A sample is good within three deviations of a mode, whose centre and deviation are those of the
    training examples with that ``mode``; ``modes`` counts those with a good sample, and ``good`` is
    the share of good ones (as Srivastava et al. 2017).  ``overlap`` is 1 for as many samples at
    each mode as there are examples, and less by all that are elsewhere: the sum over the modes of
    the smaller of the two shares.
    """

    def __init__(self, data: DataSet) -> None:
        known = data.take(data.rows("train")[:_LARGEST], ("x", "mode"))
        x, kinds = known["x"].reshape(len(known["x"]), -1), known["mode"].astype(int)
        self.count = int(kinds.max()) + 1
        parts = [x[kinds == kind] for kind in range(self.count)]
        self.centres = torch.tensor(np.stack([part.mean(0) for part in parts])).double()
        self.reach = _NEAR * torch.tensor([float(part.std(0).mean()) for part in parts])
        self.wanted = torch.tensor([len(part) / len(x) for part in parts])
        self.found = torch.zeros(self.count, dtype=torch.int64)
        self.samples = 0

    def add(self, made: Tensor) -> None:
        """Take in one batch of samples."""
        apart = torch.cdist(made.detach().cpu().double().flatten(1), self.centres)
        nearest = apart.min(1)
        is_good = nearest.values <= self.reach[nearest.indices]
        self.found += torch.bincount(nearest.indices[is_good], minlength=self.count)
        self.samples += len(made)

    def result(self) -> dict[str, Any]:
        """The metrics over all that was taken in."""
        shares = self.found / max(self.samples, 1)
        return {
            "modes": int((self.found > 0).sum()),
            "good": float(shares.sum()),
            "overlap": float(torch.minimum(shares, self.wanted).sum()),
        }


def modes_of(data: DataSet) -> Modes | None:
    """Modes where the training examples tell of each which one it belongs to."""
    rows = data.rows("train")[:_LARGEST]
    if "mode" not in data.fields or not len(rows):
        return None
    kinds = data.take(rows, ("mode",))["mode"]
    is_whole = kinds.ndim == 1 and bool((kinds == kinds.round()).all()) and kinds.min() >= 0
    return Modes(data) if is_whole and len(np.unique(kinds)) == kinds.max() + 1 else None


def generated(graph: Graph, wiring: Wiring, data: DataSet) -> tuple[str, OutPort] | None:
    """The noise, and the output that is made of it alone and is shaped as an example."""
    dag, size = dag_of(graph), math.prod(data.fields["x"].shape[1:])
    for noise in (name for name, field in wiring.fields.items() if field is None):
        shapes = batch_shapes(graph, wiring)
        others = set(wiring.fields) - {noise}
        for port in map(graph.port, graph.outputs):
            behind, shape = dag.ancestors(port.node), shapes.of(port) or ()
            is_made = noise in behind and not others & set(behind)
            if is_made and len(shape) > 1 and math.prod(shape[1:]) == size:
                return noise, port
    return None
