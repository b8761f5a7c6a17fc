"""The parameters of a small drawing, whole, to be shown on its links and edited there."""

from __future__ import annotations

import numpy as np

from graphlab.data.columns import Array
from graphlab.errors import RunError
from graphlab.train.training import Training

MOST_WEIGHTS = 2**16
"""A drawing of more parameters is too large to show each."""


def weights(training: Training) -> dict[str, Array]:
    """Every parameter under ``weight/NODE``, by its node in the drawing.

    Raises ``RunError`` where they are too many to be shown one by one.
    """
    names, held = training.network.names, training.network.parameters()
    kept = {node: held[names[node]] for node in training.graph.parameters if names[node] in held}
    count = sum(x.numel() for x in kept.values())
    if count > MOST_WEIGHTS:
        raise RunError(
            f"weights are shown on the links of drawings with at most {MOST_WEIGHTS:,} of them, "
            f"and this one has {count:,}: look at their norms by layer"
        )
    return {
        f"weight/{node}": np.array(x.detach().float().cpu().numpy(), order="C")
        for node, x in kept.items()
    }
