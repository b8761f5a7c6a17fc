"""Lookup: rows of a table, elements along an axis, one-hot vectors.

Ids arrive as floats, as every array here does, and must hold whole numbers.  They get no gradient:
between two of them there is nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from graphlab.errors import OpError
from graphlab.ops.broadcasting import Shape, show_shape
from graphlab.ops.contract import Array, Op, Tensor, sample
from graphlab.ops.expression import Latex, Rule
from graphlab.ops.joining import axis_of
from graphlab.ops.losses import offender
from graphlab.ops.shape import COPIED

MAX_CLASSES = 2**24  # beyond it single precision cannot tell ids apart


class Lookup(Op, abstract=True):
    """Ops that copy elements of one port from where the ids at another say."""

    category = "Indexing"
    structure = "selection"
    partials: ClassVar[Mapping[str, Rule]] = {"x": COPIED}
    needs = ("samples", "forward", "shape", "vjp", "lower")

    @classmethod
    def structure_of(cls, port: str = "", /, **attributes: Any) -> str:
        """Nothing of the ids is copied."""
        return "dense" if port in cls.undifferentiated else cls.structure

    @classmethod
    def jvp(cls, tangents: Sequence[Any], out: Any, *inputs: Any, **attributes: Any) -> Any:
        moved = [
            x if name in cls.undifferentiated else tangent
            for name, x, tangent in zip(cls.ports, inputs, tangents, strict=True)
        ]
        return cls.forward(*moved, **attributes)


class Embedding(Lookup):
    """Looks each id up in a table: row ``ids`` of ``weight``, which is ids × features.

    Words, pixels' classes or anything counted from 0 becomes a vector that is learnt. Going back,
    a row gets the sum of the gradients of all places that looked it up; the row ``padding_idx``
    gets none, so what it stands for is never learnt.
    """

    other_names = ("lookup table", "word vectors")
    formula = Latex(r"y_i = weight_{ids_i}")
    partials: ClassVar[Mapping[str, Rule]] = {"weight": COPIED}
    undifferentiated = frozenset({"ids"})
    samples = (
        sample((3,), (4, 2)),
        sample((2, 3), (5, 3)),
        sample((), (2, 4)),
        sample((2, 2, 2), (3, 1)),
    )

    @staticmethod
    def forward(ids: Array, weight: Array, *, padding_idx: int | None = None) -> Any:
        return weight[whole(ids, len(weight), "ids")]

    @staticmethod
    def shape(ids: Shape, weight: Shape, *, padding_idx: int | None = None) -> Shape:
        if len(weight) != 2:
            raise OpError(
                f"weight is {show_shape(weight)}, and embedding looks up rows of a matrix, ids × "
                f"features; give it two axes"
            )
        if padding_idx is not None and not -weight[0] <= padding_idx < weight[0]:
            raise OpError(
                f"padding_idx is {padding_idx} and weight has {weight[0]} rows; choose one of "
                f"them, or leave padding_idx out"
            )
        return (*ids, weight[1])

    @staticmethod
    def vjp(
        upstream: Array,
        out: Array,
        ids: Array,
        weight: Array,
        *,
        padding_idx: int | None = None,
    ) -> tuple[Any, ...]:
        gradient = np.zeros_like(weight)
        np.add.at(gradient, whole(ids, len(weight), "ids"), upstream)
        if padding_idx is not None:
            gradient[padding_idx] = 0
        return None, gradient

    @classmethod
    def jvp(
        cls,
        tangents: Sequence[Any],
        out: Any,
        *inputs: Any,
        padding_idx: int | None = None,
        **attributes: Any,
    ) -> Any:
        moved = np.array(tangents[1])
        if padding_idx is not None:
            moved[padding_idx] = 0
        return cls.forward(inputs[0], moved)

    @classmethod
    def draw(
        cls, random: np.random.Generator, shapes: Sequence[Shape], **attributes: Any
    ) -> tuple[Any, ...]:
        ids, weight = shapes
        return draw_ids(random, ids, weight[0]), random.uniform(-3, 3, weight)

    @staticmethod
    def lower(torch: Any, ids: Tensor, weight: Tensor, *, padding_idx: int | None = None) -> Tensor:
        return torch.nn.functional.embedding(ids.long(), weight, padding_idx)


class OneHot(Op):
    """Turns each class id into a vector with 1 at the class and 0 elsewhere.

    The classes are the last axis. No gradient goes back.
    """

    category = "Indexing"
    other_names = ("class indicator",)
    formula = Latex(r"y_{ik} = 1 \text{ where } ids_i = k\text{, else 0}")
    partials: ClassVar[Mapping[str, Rule]] = {}
    undifferentiated = frozenset({"ids"})
    samples = (sample((3,), classes=4), sample((), classes=2), sample((2, 3), classes=3))

    @staticmethod
    def forward(ids: Array, *, classes: int) -> Any:
        places = np.expand_dims(whole(ids, classes, "ids"), -1)
        out = np.zeros((*np.shape(ids), classes), np.result_type(ids))
        np.put_along_axis(out, places, 1, axis=-1)
        return out

    @staticmethod
    def shape(ids: Shape, *, classes: int) -> Shape:
        if not 1 <= classes <= MAX_CLASSES:
            raise OpError(f"classes is {classes}; give 1 to {MAX_CLASSES:,}")
        return (*ids, classes)

    @staticmethod
    def vjp(upstream: Array, out: Array, ids: Array, *, classes: int) -> tuple[Any, ...]:
        return (None,)

    @classmethod
    def jvp(cls, tangents: Sequence[Any], out: Any, *inputs: Any, **attributes: Any) -> Any:
        return np.zeros_like(out)

    @classmethod
    def draw(
        cls, random: np.random.Generator, shapes: Sequence[Shape], **attributes: Any
    ) -> tuple[Any, ...]:
        return (draw_ids(random, shapes[0], attributes["classes"]),)

    @staticmethod
    def lower(torch: Any, ids: Tensor, *, classes: int) -> Tensor:
        return torch.nn.functional.one_hot(ids.long(), classes).to(torch.result_type(ids, 1.0))


class Gather(Lookup):
    """Takes one element of ``x`` for each of ``index``, whose number is the place along ``axis``.

    Along the other axes each element stays where it is, as in torch.gather: with axis 1,
    ``y[i, j] = x[i, index[i, j]]``. Going back, an element taken several times gets the sum.
    """

    formula = Latex(r"y_{ij} = x_{i \, index_{ij}}")
    undifferentiated = frozenset({"index"})
    samples = (
        sample((3, 4), (3, 2), axis=1),
        sample((3, 4), (5, 4)),
        sample((2, 3, 2), (1, 3, 4), axis=-1),
        sample((4,), (6,)),
    )

    @staticmethod
    def forward(x: Array, index: Array, *, axis: int = 0) -> Any:
        return x[_beside(x.shape, index, axis)]

    @staticmethod
    def shape(x: Shape, index: Shape, *, axis: int = 0) -> Shape:
        if len(x) != len(index) or not x:
            raise OpError(
                f"x is {show_shape(x)} and index is {show_shape(index)}: gather needs as many axes "
                f"in both, and at least one; reshape one of them, or use index"
            )
        along = axis_of(axis, x, "x")
        for i, (have, wanted) in enumerate(zip(x, index, strict=True)):
            if i != along and wanted > have:
                raise OpError(
                    f"x is {show_shape(x)} and index is {show_shape(index)}: along axis {i}, which "
                    f"is not axis {along}, index must not be longer than x; slice it"
                )
        return index

    @staticmethod
    def vjp(
        upstream: Array, out: Array, x: Array, index: Array, *, axis: int = 0
    ) -> tuple[Any, ...]:
        gradient = np.zeros_like(x)
        np.add.at(gradient, _beside(x.shape, index, axis), upstream)
        return gradient, None

    @classmethod
    def draw(
        cls, random: np.random.Generator, shapes: Sequence[Shape], **attributes: Any
    ) -> tuple[Any, ...]:
        x, index = shapes
        length = x[attributes.get("axis", 0)]
        return random.uniform(-3, 3, x), draw_ids(random, index, length)

    @staticmethod
    def lower(torch: Any, x: Tensor, index: Tensor, *, axis: int = 0) -> Tensor:
        return torch.gather(x, axis, index.long())


class Index(Lookup):
    """Takes whole slices of ``x`` along ``axis``, at the places ``ids``, as numpy.take does.

    The axis is replaced by those of ``ids``: one for a vector of ids, none for a single id. A
    negative id counts from the end. Going back, a slice taken several times gets the sum.
    """

    formula = Latex(r"y_i = x_{ids_i}")
    undifferentiated = frozenset({"ids"})
    samples = (
        sample((4, 3), (2,)),
        sample((2, 4, 3), (2, 2), axis=1),
        sample((3, 4), (), axis=-1),
        sample((5,), (7,)),
    )

    @staticmethod
    def forward(x: Array, ids: Array, *, axis: int = 0) -> Any:
        return np.take(x, whole(ids, x.shape[axis], "ids", from_end=True), axis)

    @staticmethod
    def shape(x: Shape, ids: Shape, *, axis: int = 0) -> Shape:
        along = axis_of(axis, x, "x")
        return (*x[:along], *ids, *x[along + 1 :])

    @staticmethod
    def vjp(upstream: Array, out: Array, x: Array, ids: Array, *, axis: int = 0) -> tuple[Any, ...]:
        along, places = axis % x.ndim, whole(ids, x.shape[axis], "ids", from_end=True)
        rest = x.shape[:along] + x.shape[along + 1 :]
        rows = np.reshape(upstream, (*x.shape[:along], places.size, *x.shape[along + 1 :]))
        gradient = np.zeros((x.shape[along], *rest), x.dtype)
        np.add.at(gradient, places.reshape(-1), np.moveaxis(rows, along, 0))
        return np.moveaxis(gradient, 0, along), None

    @classmethod
    def draw(
        cls, random: np.random.Generator, shapes: Sequence[Shape], **attributes: Any
    ) -> tuple[Any, ...]:
        x, ids = shapes
        length = x[attributes.get("axis", 0)]
        return random.uniform(-3, 3, x), draw_ids(random, ids, length, -length)

    @staticmethod
    def lower(torch: Any, x: Tensor, ids: Tensor, *, axis: int = 0) -> Tensor:
        every = slice(None)
        if axis >= 0:
            return x[(*(every,) * axis, ids.long())]
        return x[(..., ids.long(), *(every,) * (-axis - 1))]


def whole(ids: Any, length: int, port: str, *, from_end: bool = False) -> NDArray[np.intp]:
    """Ids as positions from the first; raises ``OpError`` for a fraction, and for one outside."""
    values, least = np.asarray(ids), -length if from_end else 0
    found = offender(values, (values != np.rint(values)) | (values < least) | (values >= length))
    if found:
        raise OpError(
            f"{port} {found}, and there is {least} to {length - 1} to choose from; give whole "
            f"numbers in that range"
            if length
            else f"{port} {found}, and there is nothing to choose from; give x at least one element"
        )
    places = values.astype(np.intp)
    return np.where(places < 0, places + length, places) if from_end else places


def draw_ids(random: np.random.Generator, shape: Shape, stop: int, start: int = 0) -> Array:
    """Test ids from ``start`` up to ``stop``."""
    return np.asarray(random.integers(start, stop, shape), dtype=float)


def _beside(x: Shape, index: Array, axis: int) -> tuple[Any, ...]:
    """Where each element of ``index`` points to in ``x``."""
    along = axis % len(x)
    places: list[Any] = list(np.indices(np.shape(index), sparse=True))
    places[along] = whole(index, x[along], "index")
    return tuple(places)
