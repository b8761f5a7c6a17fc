"""What is set by hand in a run that goes on: a single weight, or how many epochs it has.

Imported only where torch is wanted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from graphlab.errors import RunError
from graphlab.graph.objectives import recipe_of, set_recipe
from graphlab.ops import show_shape
from graphlab.train.network import Network
from graphlab.train.rates import stretched_in_words
from graphlab.train.trainer import Trainer

_LARGEST = 1e30


def set_weight(network: Network, edit: Mapping[str, Any]) -> None:
    """Set the number of parameter ``name`` at ``index``, one whole number an axis, to ``value``.

    Raises ``RunError`` for a parameter that is not there, a place that is not in it and what is no
    finite number, and ``KeyError`` where one of them is not told.
    """
    name, value, index = edit["name"], edit["value"], edit["index"]
    held = network.parameters().get(network.names.get(name, ""))
    if held is None:
        raise RunError(f"the network has no parameter {name!r:.60}")
    if type(value) not in (int, float) or not -_LARGEST < value < _LARGEST:
        raise RunError(f"a weight cannot be {value!r:.60}: give a finite number")
    if not _is_place(index, held.shape):
        raise RunError(
            f"{name} has the shape {show_shape(tuple(held.shape))}, and {index!r:.60} is no place "
            f"in it: give a list of {held.ndim} whole numbers, counted from 0"
        )
    with torch.no_grad():
        held[tuple(index)] = value


def set_epochs(trainer: Trainer, epochs: Any) -> str:
    """Have a run go through the data so often in all, and its folder say so.

    Returns what that does to a cosine under way, in words; perhaps nothing.  Raises ``GraphError``
    for what is no such number, and ``FileError``.
    """
    training = trainer.training
    graph = set_recipe(training.graph, training.recipe.with_(epochs=epochs))
    trainer.folder.keep_epochs(epochs)
    before = training.recipe.epochs
    training.graph, training.recipe = graph, recipe_of(graph)
    return stretched_in_words(training, before)


def _is_place(index: object, shape: Sequence[int]) -> bool:
    """Whether an index names one number of such a shape; True and False are no whole numbers."""
    return (
        isinstance(index, list)
        and len(index) == len(shape)
        and all(type(i) is int and 0 <= i < size for i, size in zip(index, shape, strict=True))
    )
