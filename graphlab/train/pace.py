"""How large batches and steps are, and how often the data is gone through, where nobody said so."""

from __future__ import annotations

from typing import Any

from graphlab.data.data_set import DataSet

UPDATES = 1000
_SIZES, _SHARE, _EPOCHS = (64, 32, 16, 8), 8, 3
_LR, _LR_OF_LISTS = 0.001, 0.01

PACE = (
    f"an eighth of the training examples, as a power of two from {_SIZES[-1]} to {_SIZES[0]}",
    f"{_EPOCHS}; for points as many as make {UPDATES:,} steps",
    f"{_LR:g}; for points {_LR_OF_LISTS:g}",
)
"""The rule in words: of the batches' size, of the epochs and of the learning rate."""


def pace(data: DataSet) -> dict[str, Any]:
    """``batch_size``, ``epochs`` and ``lr`` of a recipe for this data.

    A batch is at most an eighth of the training examples: a power of two from 8 to 64, so that
    few examples are gone through in several steps.  The epochs are 3; data whose examples are
    lists of numbers, such as points, take steps so cheap that they get as many as make 1,000, and
    larger ones: what learns from so little is small.
    """
    count = len(data.splits.get("train", ()))
    size = next((size for size in _SIZES if size * _SHARE <= count), _SIZES[-1])
    steps = max(-(-count // size), 1)
    is_list = len(data.fields["x"].shape) == 2
    return {
        "batch_size": size,
        "epochs": max(_EPOCHS, -(-UPDATES // steps) if is_list else 0),
        "lr": _LR_OF_LISTS if is_list else _LR,
    }
