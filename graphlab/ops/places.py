"""Slices at places that an index names, and the index arithmetic that scattering needs too.

Indices are floats that hold whole numbers, as every array here does; a negative one counts from
the end.  They get no gradient.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphlab.errors import OpError
from graphlab.ops.broadcasting import Shape, show_shape
from graphlab.ops.contract import Array, Tensor, sample
from graphlab.ops.expression import Latex
from graphlab.ops.indexing import Lookup, whole

Index = tuple[NDArray[np.intp], ...]


class GatherNd(Lookup):
    """Takes slices of ``x``; each row of ``index`` is the place of one.

    The last axis of ``index`` counts along the axes of ``x`` behind the first ``batch`` ones, which
    both share. Going back, an element taken several times gets the sum of all gradients.
    """

    formula = Latex(r"y = x_{index}")
    undifferentiated = frozenset({"index"})
    samples = (
        sample((4, 3), (2, 1)),
        sample((4, 3), (5, 2)),
        sample((2, 4, 3), (2, 3, 1), batch=1),
        sample((2, 3, 4), (2, 2)),
    )

    @staticmethod
    def forward(x: Array, index: Array, *, batch: int = 0) -> Any:
        return x[slice_places(x.shape, index, batch)]

    @staticmethod
    def shape(x: Shape, index: Shape, *, batch: int = 0) -> Shape:
        return taken_shape(x, index, batch)

    @staticmethod
    def vjp(
        upstream: Array, out: Array, x: Array, index: Array, *, batch: int = 0
    ) -> tuple[Any, ...]:
        gradient = np.zeros_like(x)
        np.add.at(gradient, slice_places(x.shape, index, batch), upstream)
        return gradient, None

    @classmethod
    def draw(
        cls, random: np.random.Generator, shapes: Sequence[Shape], **attributes: Any
    ) -> tuple[Any, ...]:
        x, index = shapes
        batch = attributes.get("batch", 0)
        return random.uniform(-3, 3, x), random_rows(random, x[batch:], index, "add")

    @staticmethod
    def lower(torch: Any, x: Tensor, index: Tensor, *, batch: int = 0) -> Tensor:
        return x.reshape(-1)[torch_places(torch, x, index.long(), batch)]


# --- places ---------------------------------------------------------------------------------------
def taken_shape(x: Shape, index: Shape, batch: int) -> Shape:
    """The shape of what the rows of ``index`` name; raises ``OpError`` where they do not fit."""
    fits = 0 <= batch < len(index) and x[:batch] == index[:batch]
    if not fits or not 1 <= index[-1] <= len(x) - batch:
        raise OpError(
            f"x is {show_shape(x)} and index is {show_shape(index)}: each row of index names a "
            f"place along axes of x, behind the {batch} axes that both share; make them fit"
        )
    return (*index[:-1], *x[batch + index[-1] :])


def slice_places(x: Shape, index: Array, batch: int) -> Index:
    """For each element that the rows name, its index along every axis of x."""
    shape, depth = taken_shape(x, np.shape(index), batch), np.shape(index)[-1]
    lead = np.ndim(index) - 1
    rows = np.moveaxis(index, -1, 0)
    grid = np.indices(shape, sparse=True)
    open_axes = (..., *(None,) * (len(shape) - lead))
    named = [whole(rows[i], x[batch + i], "index", from_end=True)[open_axes] for i in range(depth)]
    return tuple(np.broadcast_arrays(*grid[:batch], *named, *grid[lead:]))


def torch_places(torch: Any, x: Tensor, index: Tensor, batch: int) -> Tensor:
    """The same as positions in the flattened x."""
    depth, lead = index.shape[-1], index.ndim - 1
    shape = (*index.shape[:-1], *x.shape[batch + depth :])
    step, total = math.prod(x.shape), torch.zeros(shape, dtype=torch.long)
    for axis, size in enumerate(x.shape):
        step //= size
        if batch <= axis < batch + depth:
            own = index[..., axis - batch]
            part = torch.where(own < 0, own + size, own)
            part = part.reshape((*part.shape, *(1,) * (len(shape) - lead)))
        else:
            at = axis if axis < batch else lead + axis - batch - depth
            part = torch.arange(size).reshape((-1, *(1,) * (len(shape) - at - 1)))
        total = total + part * step
    return total


def random_rows(random: np.random.Generator, sizes: Shape, index: Shape, reduction: str) -> Array:
    """Places along these axes; no two alike where there is no reduction."""
    sizes, count = sizes[: index[-1]], math.prod(index[:-1])
    total = math.prod(sizes)
    flat = random.permutation(total)[:count] if reduction == "none" else None
    if flat is None:
        flat = random.integers(0, total, count)
    rows = np.stack(np.unravel_index(flat, sizes), axis=-1).reshape(index)
    return rows.astype(float)
