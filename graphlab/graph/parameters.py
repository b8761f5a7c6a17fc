"""How the parameters and buffers of a run start, in the shapes that follow from what arrives."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any
from zlib import crc32

import numpy as np

from graphlab.errors import OpError
from graphlab.graph.graph import Graph
from graphlab.graph.node import OutPort
from graphlab.graph.shapes import infer_shapes
from graphlab.ops.broadcasting import Shape
from graphlab.ops.contract import Array


def elements(graph: Graph, names: Iterable[str], fed: Mapping[str, Shape]) -> int:
    """How many numbers these parameters and buffers have together, as far as that is known.

    ``fed`` has the shapes of what was fed.
    """
    shapes = infer_shapes(graph, fed)
    return sum(math.prod(shapes.of(OutPort(name)) or (0,)) for name in names)


def draw_parameters(
    graph: Graph,
    names: Iterable[str],
    fed: Mapping[str, Shape],
    seed: int,
    known: Mapping[str, Any] = MappingProxyType({}),
) -> tuple[dict[str, Array], dict[str, str]]:
    """Draw each named parameter or buffer, and say of the others why they cannot be.

    ``fed`` has the shapes of what was fed.  Every parameter has a generator of its own, from
    ``seed`` and its name, so that adding one does not change how the others start.  What is
    ``known`` from an earlier draw is taken as it is, if it has the shape that is wanted.
    """
    shapes = infer_shapes(graph, fed)
    drawn: dict[str, Array] = {}
    problems: dict[str, str] = {}
    for name in names:
        shape = shapes.of(OutPort(name))
        node = graph.nodes[name]
        if shape is None:
            problems[name] = shapes.conflicts.get(name) or (
                f"{name} ({node.op.name}) has an open shape that nothing settles: give it a shape, "
                "or feed the nodes it meets"
            )
            continue
        if name in known and np.shape(known[name]) == shape:
            drawn[name] = np.asarray(known[name])
            continue
        random = np.random.default_rng([seed, crc32(name.encode())])
        attributes = {**node.attributes, "shape": shape}
        try:
            drawn[name] = np.asarray(node.op.initial(random, **attributes))
        except OpError as error:
            problems[name] = f"{name} ({node.op.name}): {error}"
    return drawn, problems
