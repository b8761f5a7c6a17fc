"""About how much there is to compute, so that what would stall the window is done away from it."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from graphlab.engine.run import Run
from graphlab.graph import Node, OutPort
from graphlab.graph.shapes import Shapes, infer_shapes
from graphlab.ops.broadcasting import Shape

_BLAS = 30  # a multiplication in a matrix product takes this part of one by itself


class Weight(NamedTuple):
    """In thousands of elements, each node counting as at least one."""

    whole: float
    heaviest: float  # of one node


_PRODUCTS = ("dense", "convolution")  # whose work grows with both sizes


def weight(run: Run) -> Weight:
    """What a forward pass of a run weighs."""
    fed = {name: np.shape(value) for name, value in run.feeds.items()}
    shapes = infer_shapes(run.graph, fed)
    weights = [_of(name, node, shapes) for name, node in run.graph.nodes.items()]
    return Weight(sum(weights), max(weights, default=0.0))


def _of(name: str, node: Node, shapes: Shapes) -> float:
    out = math.prod(shapes.of(OutPort(name)) or ())
    given: list[Shape] = [shapes.of(source) or () for source in node.inputs.values()]
    sizes = [math.prod(shape) for shape in given]
    if len(sizes) > 1 and node.op.structure_of(node.ports[0], **node.attributes) in _PRODUCTS:
        return max(1.0, math.sqrt(sizes[0] * sizes[1] * out) / _BLAS / 1000)
    return max([1.0, out / 1000, *(size / 1000 for size in sizes)])
