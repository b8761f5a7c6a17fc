"""Values for all inputs that have none, so that stepping can begin: small, and none is refused."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from graphlab.errors import OpError
from graphlab.graph import Graph, InPort
from graphlab.graph.offering import offered_shape, offered_sizes
from graphlab.graph.shapes import Shapes, infer_shapes
from graphlab.gui.values import starting_value
from graphlab.ops.attributes import Value, as_value

_FIRST_NUMBERS = (2.0, -1.0, 0.5, 1.0, -0.5, 1.5, -1.5)  # few, small: a sigmoid stays readable
_MOST_TRIED = 100_000  # elements that an op reads: with more, trying would be felt


def starting_values(graph: Graph, names: Iterable[str]) -> dict[str, Value]:
    """Small numbers, or a picture, in the offered shapes.

    Where an op that reads one refuses it, such as −1 for a class, or makes no number of it, one
    is drawn as for the op's tests.
    """
    offered = {name: offered_shape(graph, name) for name in names}
    shapes = infer_shapes(graph, {name: offered_sizes(s or ()) for name, s in offered.items()})
    values = dict[str, Value]()
    for count, (name, shape) in enumerate(offered.items()):
        values[name] = starting_value(_FIRST_NUMBERS, count, shape)
        for _, reader in graph.consumers[name]:
            values[name] = _taken(graph, reader, values[name], shapes, count)
    return values


def _taken(graph: Graph, port: InPort, value: Value, shapes: Shapes, seed: int) -> Value:
    """The value where the op takes it at a port, else one drawn."""
    node = graph.nodes[port.node]
    op, index = node.op, node.ports.index(port.port)
    known: list[Any] = [shapes.of(node.inputs[p]) if p in node.inputs else None for p in node.ports]
    arriving = [shape for shape in known if shape is not None]
    is_large = sum(math.prod(shape) for shape in arriving) > _MOST_TRIED
    is_known = len(arriving) == len(node.inputs) and not node.empty
    if op.circumstances or is_large or not is_known or port.node in shapes.conflicts:
        return value
    drawn = list(op.draw(np.random.default_rng(seed), known, **node.attributes))
    tried = [*drawn[:index], np.asarray(value), *drawn[index + 1 :]]
    try:
        with np.errstate(all="ignore"):
            made = op.forward(*tried, **node.attributes)
        is_taken = all(np.isfinite(out).all() for out in (made if op.several else (made,)))
    except OpError:
        is_taken = False
    return value if is_taken else as_value(np.round(drawn[index], 2), port.port)
