"""Weights by the names a state dict has, to and from a graph and a safetensors file."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import safetensors.numpy

from graphlab.errors import FileError, GraphError, OpError
from graphlab.graph import Graph
from graphlab.graph.file import check_regular, replace_file
from graphlab.graph.file_arrays import MAX_ARRAYS_BYTES
from graphlab.graph.node import Node
from graphlab.graph.parameters import draw_parameters
from graphlab.ops import show_shape
from graphlab.ops.attributes import as_value
from graphlab.ops.broadcasting import Shape
from graphlab.ops.contract import Array
from graphlab.suggest import did_you_mean
from graphlab.torch_backend.lengths import lengths_of
from graphlab.torch_backend.naming import torch_names

_AT_ONCE = 2**24
"""So many numbers are drawn before they are handed on, so that a large network needs no copy."""


def state_of(
    graph: Graph, seed: int = 0, *, shapes: Mapping[str, Sequence[int]] | None = None
) -> dict[str, Array]:
    """Every parameter and buffer by its name in a state dict.

    They are what a ``Run`` with this seed starts from; ``shapes``, by input, settles shapes that
    are left open.  Raises ``GraphError`` where one stays open.
    """
    names = torch_names(graph)
    kept = lengths_of(graph, shapes).kept
    return {names[name]: array for name, array in first_values(graph, kept, seed)}


def first_values(graph: Graph, kept: Mapping[str, Shape], seed: int) -> Iterator[tuple[str, Array]]:
    """Every parameter and buffer by its node's name, with what it starts from.

    ``kept`` has their shapes.  Raises ``GraphError`` for one that has none, or cannot be drawn.
    """
    waiting: list[str] = []
    size = 0
    for name in (*graph.parameters, *graph.buffers):
        value = graph.nodes[name].attributes.get("value")
        if value is not None:
            yield name, np.asarray(value)
            continue
        waiting.append(name)
        size += int(np.prod(kept.get(name, ())))
        if size >= _AT_ONCE:
            yield from _drawn(graph, waiting, kept, seed)
            waiting, size = [], 0
    yield from _drawn(graph, waiting, kept, seed)


def _drawn(
    graph: Graph, names: list[str], kept: Mapping[str, Shape], seed: int
) -> Iterator[tuple[str, Array]]:
    for name in names:
        if name not in kept:
            example = next(iter(graph.inputs), "x")
            raise GraphError(
                f"{name} ({graph.nodes[name].op.name}) has an open shape that nothing settles: "
                f"give it a shape, or say what arrives, as in shapes={{{example!r}: (1, 3)}}"
            )
    drawn, problems = draw_parameters(graph, names, kept, seed)
    for problem in problems.values():
        raise GraphError(problem)
    yield from drawn.items()


def with_weights(graph: Graph, state: Mapping[str, Any]) -> Graph:
    """The graph with these arrays (or tensors) as the values of its parameters and buffers.

    ``state`` is keyed as a state dict is; what it does not name stays as it is.  float32 is kept.
    Raises ``GraphError`` for a name that the graph does not have, or an array that does not fit.
    """
    owners = {
        told: name
        for name, told in torch_names(graph).items()
        if name in graph.nodes and graph.nodes[name].op.starts
    }
    nodes = graph.node_table()
    for key, given in state.items():
        if key not in owners:
            if key.rpartition(".")[2] == "num_batches_tracked":
                continue  # a count that only a momentum of None would use
            hint = did_you_mean(key, owners) or f"; it has: {', '.join(owners)[:300] or 'none'}"
            raise GraphError(f"the graph has no parameter or buffer {key!r:.100}{hint}")
        name = owners[key]
        node = nodes[name]
        nodes[name] = Node(node.op, node.inputs, _attributes(name, node, given), node.group)
    return graph.with_(nodes=nodes)


def _attributes(name: str, node: Node, given: Any) -> dict[str, Any]:
    array = given
    if hasattr(given, "detach"):
        array = given.detach().cpu()
        array = (array if array.dtype.itemsize >= 4 else array.float()).numpy()
    array = np.asarray(array)
    wanted = node.attributes.get("shape")
    if wanted is None and node.attributes.get("value") is not None:
        wanted = np.shape(node.attributes["value"])
    fits = wanted is None or (
        len(wanted) == array.ndim
        and all(w in (None, s) for w, s in zip(wanted, array.shape, strict=True))
    )
    if not fits:
        raise GraphError(
            f"{name} ({node.op.name}) is {show_shape(wanted or ())} and was given "
            f"{show_shape(array.shape)}: give it an array of its own shape"
        )
    try:
        return {**node.attributes, "value": as_value(array, name)}
    except OpError as error:
        raise GraphError(str(error)) from None


# --- safetensors --------------------------------------------------------------------------------
def save_weights(state: Mapping[str, Any], path: str | os.PathLike[str]) -> None:
    """Write a state dict as a safetensors file, which is put in place as a whole."""
    arrays = {}
    for key, given in state.items():
        array = given.detach().cpu().numpy() if hasattr(given, "detach") else np.asarray(given)
        arrays[key] = np.ascontiguousarray(array).reshape(array.shape)
    write_whole(path, safetensors.numpy.save(dict(sorted(arrays.items()))))


def load_weights(path: str | os.PathLike[str]) -> dict[str, Array]:
    """Read a safetensors file; raises ``FileError`` with one sentence where it is none."""
    check_regular(path, MAX_ARRAYS_BYTES)
    try:
        return safetensors.numpy.load_file(path)
    except (safetensors.SafetensorError, ValueError, TypeError, KeyError):
        name = Path(path).name
        raise FileError(f"{name} is no safetensors file, or it is damaged or cut off") from None
    except OSError as error:
        raise FileError(
            f"{path} cannot be read: {(error.strerror or str(error)).lower()}"
        ) from None


def write_whole(path: str | os.PathLike[str], content: bytes) -> None:
    """Put a whole file in place; raises ``FileError``, and leaves what was there."""
    file = Path(os.path.realpath(path))
    if file.is_dir():
        raise FileError(f"{file} is a folder: add a file name to it")
    if not file.parent.is_dir():
        raise FileError(f"there is no folder {file.parent}: make it, or choose another")
    try:
        replace_file(file, content)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise FileError(
            f"{file} cannot be written: {reason}; what was there before is unchanged"
        ) from None
