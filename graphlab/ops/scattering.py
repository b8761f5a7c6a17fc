"""Putting elements into an array where an index says; the index gets no gradient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import numpy as np

from graphlab.errors import OpError
from graphlab.ops.broadcasting import Shape, show_shape
from graphlab.ops.contract import Array, Op, Tensor, sample
from graphlab.ops.expression import Latex
from graphlab.ops.indexing import whole
from graphlab.ops.joining import axis_of
from graphlab.ops.places import (
    Index,
    random_rows,
    slice_places,
    taken_shape,
    torch_places,
)

Reduction = Literal["none", "add", "mul", "max", "min"]

_REDUCES: dict[str, Any] = {
    "add": np.add,
    "mul": np.multiply,
    "max": np.maximum,
    "min": np.minimum,
}
_TORCH = {"add": "sum", "mul": "prod", "max": "amax", "min": "amin"}


class Scattering(Op, abstract=True):
    """Ops that put the elements of ``source`` into a copy of ``x``; a subclass says where."""

    category = "Indexing"
    structure = "dense"
    formula = Latex(r"y_{index} = source")
    partials = {
        "x": Latex(r"1 \text{ where nothing was put, else as } reduction \text{ says}"),
        "source": Latex(r"1 \text{ where it was put, else as } reduction \text{ says}"),
    }
    undifferentiated = frozenset({"index"})
    convention = (
        "Where several elements reach one place without a reduction the last one stays and gets "
        "the gradient; a largest or smallest that ties shares it evenly."
    )
    needs = ("samples", "forward", "shape", "vjp", "lower", "places")
    places: ClassVar[Any]

    @classmethod
    def put(cls, x: Array, index: Array, source: Array, reduction: Reduction, **how: Any) -> Array:
        """The result, by the places the subclass names."""
        at, y = cls.places(np.shape(x), index, **how), np.array(x)
        if reduction == "none":
            y[at] = source
        else:
            _REDUCES[reduction].at(y, at, source)
        return y

    @classmethod
    def vjp(
        cls,
        upstream: Array,
        out: Array,
        x: Array,
        index: Array,
        source: Array,
        *,
        reduction: Reduction = "none",
        **how: Any,
    ) -> tuple[Any, ...]:
        at = cls.places(x.shape, index, **how)
        of_x, of_source = _slopes(out, x, at, source, reduction)
        return upstream * of_x, None, upstream[at] * of_source

    @classmethod
    def jvp(cls, tangents: Sequence[Any], out: Any, *inputs: Any, **attributes: Any) -> Any:
        x, index, source = inputs
        reduction = attributes.get("reduction", "none")
        how = {key: value for key, value in attributes.items() if key != "reduction"}
        at = cls.places(np.shape(x), index, **how)
        of_x, of_source = _slopes(out, x, at, source, reduction)
        moved = np.zeros_like(out) if tangents[0] is None else tangents[0] * of_x
        if tangents[2] is not None:
            np.add.at(moved, at, tangents[2] * of_source)
        return moved


def _slopes(
    out: Array, x: Array, at: Index, source: Array, reduction: Reduction
) -> tuple[Array, Array]:
    """∂out/∂x at each place, and ∂out/∂source for each element at the place it was put."""
    if reduction == "add":
        return np.ones_like(x), np.ones_like(source)
    if reduction == "none":
        last = np.full(x.shape, -1, np.intp)
        order = np.arange(source.size).reshape(source.shape)
        last[at] = order
        return (last < 0).astype(x.dtype), (last[at] == order).astype(x.dtype)
    if reduction == "mul":
        return _others_of_x(x, at, source), _others_of_source(x, at, source)
    own, put = (x == out).astype(x.dtype), (source == out[at]).astype(x.dtype)
    ties = own.copy()
    np.add.at(ties, at, put)
    return own / ties, put / ties[at]


def _others_of_x(x: Array, at: Index, source: Array) -> Array:
    product = np.ones_like(x)
    np.multiply.at(product, at, source)
    return product


def _others_of_source(x: Array, at: Index, source: Array) -> Array:
    """For each element the product of x and of all others that were put at its place."""
    is_zero = source == 0
    zeros, rest = np.zeros_like(x), np.array(x)
    np.add.at(zeros, at, is_zero)
    np.multiply.at(rest, at, np.where(is_zero, 1, source))
    alone = np.where(is_zero, zeros[at] == 1, zeros[at] == 0)
    return np.asarray(alone * rest[at] / np.where(is_zero, 1, source))


class Scatter(Scattering):
    """Puts each element of ``source`` into ``x`` along ``axis``, where ``index`` says.

    ``index`` and ``source`` have one shape, no larger than that of ``x`` beside ``axis``. With a
    ``reduction`` what arrives is added to, multiplied with or compared to what is there.
    """

    samples = (
        sample((3, 4), (2, 4), (2, 4)),
        sample((3, 4), (3, 2), (3, 2), axis=1, reduction="add"),
        sample((2, 5), (2, 3), (2, 3), axis=-1, reduction="mul"),
        sample((4,), (6,), (6,), reduction="max"),
        sample((4,), (3,), (3,), reduction="min"),
    )

    @classmethod
    def forward(
        cls,
        x: Array,
        index: Array,
        source: Array,
        *,
        axis: int = 0,
        reduction: Reduction = "none",
    ) -> Any:
        return cls.put(x, index, source, reduction, axis=axis)

    @staticmethod
    def shape(
        x: Shape, index: Shape, source: Shape, *, axis: int = 0, reduction: Reduction = "none"
    ) -> Shape:
        along = axis_of(axis, x, "x")
        fits = len(index) == len(x) and all(
            n <= m for i, (n, m) in enumerate(zip(index, x, strict=True)) if i != along
        )
        if index != source or not fits:
            raise OpError(
                f"x is {show_shape(x)}, index {show_shape(index)} and source {show_shape(source)}: "
                f"give index and source one shape, beside axis {along} no larger than x"
            )
        return x

    @staticmethod
    def places(x: Shape, index: Array, *, axis: int = 0) -> Index:
        """Where each element of ``index`` lies in x; raises ``OpError`` outside of it."""
        along = axis % len(x)
        grid: list[Any] = list(np.indices(index.shape, sparse=True))
        grid[along] = whole(index, x[along], "index", from_end=True)
        return tuple(np.broadcast_arrays(*grid))

    @classmethod
    def draw(
        cls, random: np.random.Generator, shapes: Sequence[Shape], **attributes: Any
    ) -> tuple[Any, ...]:
        x, index, source = shapes
        axis = attributes.get("axis", 0) % len(x)
        if attributes.get("reduction", "none") == "none":  # no two at one place
            drawn = random.random((*x[:axis], x[axis], *x[axis + 1 :])).argsort(axis=axis)
            drawn = drawn[tuple(slice(n) for n in index)]
        else:
            drawn = random.integers(-x[axis], x[axis], index)
        return random.uniform(-3, 3, x), drawn.astype(float), random.uniform(-3, 3, source)

    @staticmethod
    def lower(
        torch: Any,
        x: Tensor,
        index: Tensor,
        source: Tensor,
        *,
        axis: int = 0,
        reduction: Reduction = "none",
    ) -> Tensor:
        at = index.long()
        at = torch.where(at < 0, at + x.shape[axis], at)
        if reduction == "none":
            return x.scatter(axis, at, source)
        return x.scatter_reduce(axis, at, source, _TORCH[reduction])


class ScatterNd(Scattering):
    """Puts slices of ``source`` into ``x``; each row of ``index`` is the place of one.

    The last axis of ``index`` counts along the first axes of ``x``; ``source`` has the shape of
    the other axes of ``index``, followed by those of ``x`` that the rows leave open.
    """

    samples = (
        sample((4, 3), (2, 1), (2, 3)),
        sample((4, 3), (5, 2), (5,), reduction="add"),
        sample((3, 2), (2, 2, 1), (2, 2, 2), reduction="mul"),
        sample((5,), (4, 1), (4,), reduction="max"),
        sample((5,), (3, 1), (3,), reduction="min"),
    )

    @classmethod
    def forward(
        cls, x: Array, index: Array, source: Array, *, reduction: Reduction = "none"
    ) -> Any:
        return cls.put(x, index, source, reduction)

    @staticmethod
    def shape(x: Shape, index: Shape, source: Shape, *, reduction: Reduction = "none") -> Shape:
        wanted = taken_shape(x, index, 0)
        if source != wanted:
            raise OpError(
                f"source is {show_shape(source)}, and to these places of x goes "
                f"{show_shape(wanted)}: give it that shape"
            )
        return x

    @staticmethod
    def places(x: Shape, index: Array) -> Index:
        """All indices of the slices that the rows name, ``source``'s shape each."""
        return slice_places(x, index, 0)

    @classmethod
    def draw(
        cls, random: np.random.Generator, shapes: Sequence[Shape], **attributes: Any
    ) -> tuple[Any, ...]:
        x, index, source = shapes
        rows = random_rows(random, x[: index[-1]], index, attributes.get("reduction", "none"))
        return random.uniform(-3, 3, x), rows, random.uniform(-3, 3, source)

    @staticmethod
    def lower(
        torch: Any, x: Tensor, index: Tensor, source: Tensor, *, reduction: Reduction = "none"
    ) -> Tensor:
        flat = torch_places(torch, x, index.long(), 0).reshape(-1)
        values = x.reshape(-1)
        if reduction == "none":
            return values.scatter(0, flat, source.reshape(-1)).reshape(x.shape)
        put = values.scatter_reduce(0, flat, source.reshape(-1), _TORCH[reduction])
        return put.reshape(x.shape)
