"""Reductions: many elements of one array become one, over all axes or some.

``axis`` is one axis, several, or None for all; negative ones count from the last.  ``keepdims``
keeps each reduced axis with length 1.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar, Literal

import numpy as np

from graphlab.errors import OpError
from graphlab.ops.attributes import Axes
from graphlab.ops.broadcasting import Shape, show_shape
from graphlab.ops.contract import Array, Sample, Tensor, sample
from graphlab.ops.expression import Latex
from graphlab.ops.families import Reducing

Order = float | Literal["inf"]

SAMPLES = (
    sample(()),
    sample((2, 3)),
    sample((2, 3), axis=0),
    sample((2, 3), axis=-1, keepdims=True),
    sample((2, 3, 4), axis=(0, 2)),
    sample((3, 1), keepdims=True),
)


class AxisReduction(Reducing, abstract=True):
    """A reduction of one input, x, over the axes named by its attributes."""

    category = "Reduction"
    samples: ClassVar[tuple[Sample, ...]] = SAMPLES
    needs_elements: ClassVar[bool] = True  # is there no answer for an axis without elements?

    @classmethod
    def reduced_axes(cls, rank: int, /, *, axis: Axes = None, **attributes: Any) -> tuple[int, ...]:
        if axis is None:
            return tuple(range(rank))
        axes = (axis,) if isinstance(axis, int) else axis
        return tuple(sorted(_from_first(a, axes, rank) for a in axes)) or _refuse_no_axes()

    @classmethod
    def joint_shape(cls, *shapes: Any, **attributes: Any) -> Shape:
        (x,) = shapes
        shape: Shape = tuple(x)
        if cls.needs_elements and 0 in shape:
            for axis in cls.reduced_axes(len(shape), **attributes):
                if shape[axis] == 0:
                    raise OpError(
                        f"x is {show_shape(shape)} and has no elements along axis {axis}, of which "
                        f"there is no {cls.name}: feed one or more, or choose another axis"
                    )
        return shape


class Sum(AxisReduction):
    """The sum of the elements. Going back, every element gets the upstream gradient unchanged."""

    symbol = "Σ"
    other_names = ("total", "add up")
    formula = Latex(r"s = \sum x")
    partials = {"x": Latex("1")}
    needs_elements = False

    @staticmethod
    def forward(x: Array, *, axis: Axes = None, keepdims: bool = False) -> Any:
        return np.sum(x, axis=axis, keepdims=keepdims)

    @staticmethod
    def local(s: Array, x: Array, *, axis: Axes = None, keepdims: bool = False) -> tuple[Any, ...]:
        return (1.0,)

    @staticmethod
    def lower(torch: Any, x: Tensor, *, axis: Axes = None, keepdims: bool = False) -> Tensor:
        return torch.sum(x, dim=_dims(x, axis), keepdim=keepdims)


class Mean(AxisReduction):
    """The average of the elements. Going back, each of the n gets 1/n of the upstream gradient."""

    other_names = ("average",)
    formula = Latex(r"m = \frac{\sum x}{n}")
    partials = {"x": Latex(r"\frac{1}{n}")}

    @staticmethod
    def forward(x: Array, *, axis: Axes = None, keepdims: bool = False) -> Any:
        return np.mean(x, axis=axis, keepdims=keepdims)

    @staticmethod
    def local(m: Array, x: Array, *, axis: Axes = None, keepdims: bool = False) -> tuple[Any, ...]:
        return (1 / _count(np.shape(x), axis),)

    @staticmethod
    def lower(torch: Any, x: Tensor, *, axis: Axes = None, keepdims: bool = False) -> Tensor:
        return torch.mean(x, dim=_dims(x, axis), keepdim=keepdims)


class Extreme(AxisReduction, abstract=True):
    """What picks one element: it alone gets the upstream gradient."""

    partials = {"x": Latex(r"1 \text{ where } x = m\text{, else } 0")}

    @staticmethod
    def local(m: Array, x: Array, *, axis: Axes = None, keepdims: bool = False) -> tuple[Any, ...]:
        return (_share(x, _beside(m, x, axis, keepdims), axis),)


class Max(Extreme):
    """The largest element. Going back, the upstream gradient goes to that element alone."""

    symbol = "max"
    other_names = ("largest",)
    formula = Latex(r"m = \max x")
    convention = "Elements that tie share the partial 1 evenly, as in torch.amax."

    @staticmethod
    def forward(x: Array, *, axis: Axes = None, keepdims: bool = False) -> Any:
        return np.max(x, axis=axis, keepdims=keepdims)

    @staticmethod
    def lower(torch: Any, x: Tensor, *, axis: Axes = None, keepdims: bool = False) -> Tensor:
        return torch.amax(x, dim=_dims(x, axis), keepdim=keepdims)


class Min(Extreme):
    """The smallest element. Going back, the upstream gradient goes to that element alone."""

    symbol = "min"
    other_names = ("smallest",)
    formula = Latex(r"m = \min x")
    convention = "Elements that tie share the partial 1 evenly, as in torch.amin."

    @staticmethod
    def forward(x: Array, *, axis: Axes = None, keepdims: bool = False) -> Any:
        return np.min(x, axis=axis, keepdims=keepdims)

    @staticmethod
    def lower(torch: Any, x: Tensor, *, axis: Axes = None, keepdims: bool = False) -> Tensor:
        return torch.amin(x, dim=_dims(x, axis), keepdim=keepdims)


class Variance(AxisReduction):
    """The average squared distance from the mean. Going back, elements far from it get most.

    The sum of squares is divided by n − ``correction``.  The default 0 gives the variance of
    exactly these elements, the maximum-likelihood estimate that batch normalisation uses too;
    1 makes the estimate unbiased, and is the default of ``torch.var``.
    """

    symbol = "var"
    other_names = ("spread",)
    formula = Latex(r"v = \frac{\sum (x - \mathrm{mean}(x))^2}{n - \mathrm{correction}}")
    partials = {"x": Latex(r"\frac{2 (x - \mathrm{mean}(x))}{n - \mathrm{correction}}")}
    samples = (*SAMPLES, sample((2, 3), correction=1), sample((4, 2), axis=0, correction=1))

    @classmethod
    def shape(cls, *shapes: Any, correction: int = 0, **attributes: Any) -> Shape:
        joint = cls.joint_shape(*shapes, **attributes)
        axes = cls.reduced_axes(len(joint), **attributes)
        count = math.prod(joint[a] for a in axes)
        if count <= correction:
            raise OpError(
                f"x is {show_shape(joint)}, so {count} elements meet in each variance, and "
                f"correction is {correction}: it must be smaller than their number"
            )
        return super().shape(*shapes, **attributes)

    @staticmethod
    def forward(x: Array, *, axis: Axes = None, keepdims: bool = False, correction: int = 0) -> Any:
        return np.var(x, axis=axis, keepdims=keepdims, ddof=correction)

    @staticmethod
    def local(
        v: Array, x: Array, *, axis: Axes = None, keepdims: bool = False, correction: int = 0
    ) -> tuple[Any, ...]:
        count = _count(np.shape(x), axis)
        return (2.0 / (count - correction) * (x - np.mean(x, axis=axis, keepdims=True)),)

    @staticmethod
    def lower(
        torch: Any, x: Tensor, *, axis: Axes = None, keepdims: bool = False, correction: int = 0
    ) -> Tensor:
        return torch.var(x, dim=_dims(x, axis), keepdim=keepdims, correction=correction)


class Norm(AxisReduction):
    """The length of a vector: Euclidean for ``order`` 2, the sum of sizes for 1.

    For any order p > 0 it is the p-th root of the sum of |x|ᵖ; "inf" gives the largest size.
    Going back, with order 2, each element gets its share x/s of the upstream gradient.
    """

    symbol = "‖x‖"
    other_names = ("length of a vector",)
    formula = Latex(r"s = \left(\sum |x|^{\mathrm{order}}\right)^{1/\mathrm{order}}")
    partials = {"x": Latex(r"\mathrm{sign}(x) \left(\frac{|x|}{s}\right)^{\mathrm{order} - 1}")}
    samples = (
        *SAMPLES,
        sample((2, 3), order=1.0),
        sample((2, 3), order="inf", axis=1),
        sample((2, 3), order=3.0, axis=0),
        sample((4,), order=0.5),
    )
    convention = (
        'The partial of an element that is 0 is 0, as in PyTorch; with order "inf" elements '
        "that tie share the partial evenly."
    )

    @classmethod
    def joint_shape(cls, *shapes: Any, order: Order = 2.0, **attributes: Any) -> Shape:
        if order != "inf" and order <= 0:
            raise OpError(f'order is {order:g}: it must be greater than 0, or "inf"')
        return super().joint_shape(*shapes, **attributes)

    @staticmethod
    def forward(x: Array, *, axis: Axes = None, keepdims: bool = False, order: Order = 2.0) -> Any:
        size = np.abs(x)
        largest = np.max(size, axis=axis, keepdims=True)
        if order != "inf":
            # Measured in units of the largest, no power over- or underflows.
            unit = np.where(np.isinf(largest), np.ones_like(largest), _not_zero(largest))
            powers = np.sum((size / unit) ** order, axis=axis, keepdims=True)
            largest = largest * powers ** (1 / order)
        return largest if keepdims else np.squeeze(largest, axis)

    @staticmethod
    def local(
        s: Array, x: Array, *, axis: Axes = None, keepdims: bool = False, order: Order = 2.0
    ) -> tuple[Any, ...]:
        size, whole = np.abs(x), _beside(s, x, axis, keepdims)
        if order == "inf":
            return (np.sign(x) * _share(size, whole, axis),)
        share = np.where(np.equal(size, 0), np.ones_like(x), size / _not_zero(whole))
        return (np.sign(x) * share ** (order - 1),)

    @staticmethod
    def lower(
        torch: Any, x: Tensor, *, axis: Axes = None, keepdims: bool = False, order: Order = 2.0
    ) -> Tensor:
        return torch.linalg.vector_norm(x, float(order), dim=_dims(x, axis), keepdim=keepdims)


class LogSumExp(AxisReduction):
    """A smooth maximum: the logarithm of the summed exponentials; its partials are a softmax."""

    name = "logsumexp"
    symbol = "lse"
    formula = Latex(r"s = \ln \sum e^{x}")
    partials = {"x": Latex(r"e^{x - s}")}

    @staticmethod
    def forward(x: Array, *, axis: Axes = None, keepdims: bool = False) -> Any:
        largest = np.max(x, axis=axis, keepdims=True)
        unit = np.where(np.isfinite(largest), largest, 0).astype(np.result_type(x))
        s = unit + np.log(np.sum(np.exp(x - unit), axis=axis, keepdims=True))
        return s if keepdims else np.squeeze(s, axis)

    @staticmethod
    def local(s: Array, x: Array, *, axis: Axes = None, keepdims: bool = False) -> tuple[Any, ...]:
        return (np.exp(x - _beside(s, x, axis, keepdims)),)

    @staticmethod
    def lower(torch: Any, x: Tensor, *, axis: Axes = None, keepdims: bool = False) -> Tensor:
        return torch.logsumexp(x, dim=_dims(x, axis), keepdim=keepdims)


def _from_first(axis: int, axes: tuple[int, ...], rank: int) -> int:
    """Count the axis from the first; raises ``OpError`` if x lacks it or it is named twice."""
    if not -rank <= axis < rank:
        has = f"x has {rank} axes" if rank else "x is a scalar"
        way_out = f"choose from {-rank} to {rank - 1}" if rank else "leave axis out"
        raise OpError(f"axis is {axis} and {has}: {way_out}")
    if sum(a % rank == axis % rank for a in axes if -rank <= a < rank) > 1:
        raise OpError(f"axis is {axes} and names axis {axis % rank} of x twice: name it once")
    return axis % rank


def _refuse_no_axes() -> tuple[int, ...]:
    raise OpError("axis is (), which reduces nothing: name an axis, or leave it out for all")


def _dims(x: Tensor, axis: Axes) -> tuple[int, ...]:
    """The axes as PyTorch takes them, for which an empty tuple means all of them."""
    if axis is None:
        return tuple(range(x.ndim))
    return (axis,) if isinstance(axis, int) else axis


def _count(x: Shape, axis: Axes) -> int:
    """How many elements of x meet in one of the result."""
    axes = range(len(x)) if axis is None else (axis,) if isinstance(axis, int) else axis
    return math.prod(x[a] for a in axes)


def _beside(out: Array, x: Array, axis: Axes, keepdims: bool) -> Array:
    """Give the output its reduced axes back, with length 1, to stand beside x."""
    if keepdims:
        return out
    return np.expand_dims(out, tuple(range(np.ndim(x))) if axis is None else axis)


def _share(x: Array, extreme: Array, axis: Axes) -> Array:
    """1 at the extreme element, divided evenly where several tie for it, 0 elsewhere."""
    hit = np.equal(x, extreme).astype(np.result_type(x))
    return np.asarray(hit / np.sum(hit, axis=axis, keepdims=True))


def _not_zero(x: Array) -> Array:
    """x with 1 in place of 0, to divide by."""
    return np.where(np.equal(x, 0), np.ones_like(x), x)
