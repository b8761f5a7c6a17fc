"""Boxes of detectors, as corners (x1, y1, x2, y2), and how much two of them overlap."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np

from graphlab.errors import OpError
from graphlab.ops.broadcasting import Shape, broadcast_shapes, show_shape, unbroadcast
from graphlab.ops.contract import Array, Op, Tensor, sample
from graphlab.ops.expression import Latex
from graphlab.ops.functions import exceeds

_SIDES = ((0, 2), (1, 3))  # where a box begins and ends, across and down


class Overlap(Op, abstract=True):
    """How much boxes overlap; a subclass gives ``score`` of lengths, and its slopes."""

    category = "Comparison"
    samples = (
        sample((3, 4), (2, 4)),
        sample((3, 4), (3, 4), pairwise=False),
        sample((2, 3, 4), (4,), pairwise=False),
    )
    needs = ("samples", "forward", "measured", "lower")
    convention = (
        "Where two edges are the same each has half of the slope, and boxes that only touch have "
        "the slope of those that overlap, as in PyTorch."
    )

    measured: ClassVar[Callable[..., tuple[Array, Array, Array]]]
    """The score of two broadcast arrays of boxes, and its partials for all four corners of each."""

    @classmethod
    def shape(cls, a: Shape, b: Shape, *, pairwise: bool = True) -> Shape:
        for port, boxes in (("a", a), ("b", b)):
            if not boxes or boxes[-1] != 4 or (pairwise and len(boxes) != 2):
                wanted = "boxes × 4" if pairwise else "… × 4"
                raise OpError(
                    f"{port} is {show_shape(boxes)}, and {cls.name} takes {wanted}, each box as "
                    f"x1, y1, x2, y2; reshape it, or change pairwise"
                )
        return (a[0], b[0]) if pairwise else broadcast_shapes(("a", "b"), (a[:-1], b[:-1]))

    @classmethod
    def vjp(
        cls, upstream: Array, out: Array, a: Array, b: Array, *, pairwise: bool = True
    ) -> tuple[Any, ...]:
        sides = _paired(a, b, pairwise)
        _, *slopes = cls.measured(*sides)
        above = np.expand_dims(upstream, -1)
        joint = (*np.shape(out), 4)
        return tuple(
            unbroadcast(above * slope, joint, side.shape).reshape(x.shape)
            for slope, side, x in zip(slopes, sides, (a, b), strict=True)
        )

    @classmethod
    def jvp(
        cls, tangents: Sequence[Any], out: Any, *inputs: Any, pairwise: bool = True, **rest: Any
    ) -> Any:
        _, *slopes = cls.measured(*_paired(inputs[0], inputs[1], pairwise))
        filled = [
            np.zeros_like(x) if t is None else t for t, x in zip(tangents, inputs, strict=True)
        ]
        moved = _paired(filled[0], filled[1], pairwise)
        return sum((s * t).sum(axis=-1) for s, t in zip(slopes, moved, strict=True))

    @classmethod
    def draw(
        cls, random: np.random.Generator, shapes: Sequence[Shape], **attributes: Any
    ) -> tuple[Any, ...]:
        corners = [random.uniform(-2, 1, (*shape[:-1], 2)) for shape in shapes]
        sizes = [random.uniform(0.5, 3, corner.shape) for corner in corners]
        return tuple(np.concatenate((c, c + s), -1) for c, s in zip(corners, sizes, strict=True))


class Iou(Overlap):
    """Intersection over union of boxes: 1 where they agree, 0 where they share nothing.

    With ``pairwise`` each of ``a`` (N × 4) meets each of ``b`` (M × 4) and the result is N × M;
    without, they meet one to one. Boxes that do not touch have no slope, however far they are.
    """

    symbol = "IoU"
    formula = Latex(r"s = \frac{I}{A_a + A_b - I}")
    partials = {
        "a": Latex(r"\frac{(1 + s) \, \partial I - s \, \partial A_a}{A_a + A_b - I}"),
        "b": Latex(r"\frac{(1 + s) \, \partial I - s \, \partial A_b}{A_a + A_b - I}"),
    }

    @classmethod
    def forward(cls, a: Array, b: Array, *, pairwise: bool = True) -> Any:
        return cls.measured(*_paired(a, b, pairwise))[0]

    @classmethod
    def measured(cls, a: Array, b: Array) -> tuple[Array, Array, Array]:
        shared, of_a, of_b = _product(*(_common(a, b, side) for side in _SIDES))
        union = _area(a)[..., 0] + _area(b)[..., 0] - shared
        with np.errstate(divide="ignore", invalid="ignore"):
            score, per = shared / union, (1 / union)[..., None]
            parts = [
                per * ((1 + score[..., None]) * of - score[..., None] * _area(x)[..., 1:])
                for of, x in ((of_a, a), (of_b, b))
            ]
        return score, parts[0], parts[1]

    @staticmethod
    def lower(torch: Any, a: Tensor, b: Tensor, *, pairwise: bool = True) -> Tensor:
        one, other = (a[:, None], b[None]) if pairwise else (a, b)
        shared, union = _torch_shared(torch, one, other)
        return shared / union


class GeneralizedIou(Overlap):
    """IoU minus the share of the smallest box around both that neither of them fills.

    It is from −1 to 1, and goes on telling how far apart two boxes are where they do not touch, so
    1 minus it is a loss to learn boxes by (Rezatofighi et al. 2019).
    """

    symbol = "GIoU"
    formula = Latex(r"s = \frac{I}{U} - \frac{C - U}{C}, \quad U = A_a + A_b - I")
    partials = {
        "a": Latex(r"\partial \frac{I}{U} + \partial \frac{U}{C}"),
        "b": Latex(r"\partial \frac{I}{U} + \partial \frac{U}{C}"),
    }

    @classmethod
    def forward(cls, a: Array, b: Array, *, pairwise: bool = True) -> Any:
        return cls.measured(*_paired(a, b, pairwise))[0]

    @classmethod
    def measured(cls, a: Array, b: Array) -> tuple[Array, Array, Array]:
        score, *slopes = Iou.measured(a, b)
        shared, *of_shared = _product(*(_common(a, b, side) for side in _SIDES))
        hull, *of_hull = _product(*(_around(a, b, side) for side in _SIDES))
        union = _area(a)[..., 0] + _area(b)[..., 0] - shared
        with np.errstate(divide="ignore", invalid="ignore"):
            for i, x in enumerate((a, b)):
                of_union = _area(x)[..., 1:] - of_shared[i]
                change = of_union - (union / hull)[..., None] * of_hull[i]
                slopes[i] = slopes[i] + change / hull[..., None]
            return score - (hull - union) / hull, slopes[0], slopes[1]

    @staticmethod
    def lower(torch: Any, a: Tensor, b: Tensor, *, pairwise: bool = True) -> Tensor:
        one, other = (a[:, None], b[None]) if pairwise else (a, b)
        shared, union = _torch_shared(torch, one, other)
        first = torch.minimum(one[..., :2], other[..., :2])
        last = torch.maximum(one[..., 2:], other[..., 2:])
        hull = (last - first).prod(-1)
        return shared / union - (hull - union) / hull


def _paired(a: Array, b: Array, pairwise: bool) -> tuple[Array, Array]:
    return (a[:, None], b[None]) if pairwise else (a, b)


def _area(boxes: Array) -> Array:
    """The area, then its slopes for the four corners."""
    wide, high = boxes[..., 2] - boxes[..., 0], boxes[..., 3] - boxes[..., 1]
    return np.stack((wide * high, -high, -wide, high, wide), axis=-1)


Lengths = tuple[Array, Array, Array]
"""A length along one side, and its slopes for the four corners of a and of b."""


def _common(a: Array, b: Array, side: tuple[int, int]) -> Lengths:
    """How long the shared stretch is along a side."""
    first, last = side
    length = np.minimum(a[..., last], b[..., last]) - np.maximum(a[..., first], b[..., first])
    is_shared = np.greater_equal(length, 0)
    ends, starts = exceeds(b[..., last], a[..., last]), exceeds(a[..., first], b[..., first])
    return (
        length * is_shared,
        _corners(side, -starts * is_shared, ends * is_shared),
        _corners(side, (starts - 1) * is_shared, (1 - ends) * is_shared),
    )


def _around(a: Array, b: Array, side: tuple[int, int]) -> Lengths:
    """How long the stretch around both is along a side."""
    first, last = side
    length = np.maximum(a[..., last], b[..., last]) - np.minimum(a[..., first], b[..., first])
    ends, starts = exceeds(a[..., last], b[..., last]), exceeds(b[..., first], a[..., first])
    return length, _corners(side, -starts, ends), _corners(side, starts - 1, 1 - ends)


def _corners(side: tuple[int, int], first: Array, last: Array) -> Array:
    slopes = np.zeros((*first.shape, 4), first.dtype)
    slopes[..., side[0]], slopes[..., side[1]] = first, last
    return slopes


def _product(across: Lengths, down: Lengths) -> Lengths:
    """Two lengths as an area, by the product rule."""
    wide, high = across[0][..., None], down[0][..., None]
    of_a, of_b = (across[i] * high + down[i] * wide for i in (1, 2))
    return across[0] * down[0], of_a, of_b


def _torch_shared(torch: Any, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Intersection and union."""
    first = torch.maximum(a[..., :2], b[..., :2])
    last = torch.minimum(a[..., 2:], b[..., 2:])
    shared = (last - first).clamp(min=0).prod(-1)
    areas = (a[..., 2:] - a[..., :2]).prod(-1) + (b[..., 2:] - b[..., :2]).prod(-1)
    return shared, areas - shared
