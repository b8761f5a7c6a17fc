"""Max unpooling: what a max pool kept, put back where it stood."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from graphlab.errors import OpError
from graphlab.ops.attributes import Sizes, check_size
from graphlab.ops.batches import channels_and_size
from graphlab.ops.broadcasting import Shape, show_shape
from graphlab.ops.contract import Array, Op, Reach, Tensor, sample
from graphlab.ops.expression import Latex
from graphlab.ops.windows import per_axis


class MaxUnpool(Op, abstract=True):
    """Every element of x at its index in a larger array of zeros."""

    category = "Pooling"
    structure = "selection"
    formula = Latex(r"y_{i_p} = x_p")
    partials = {"x": Latex(r"1 \text{ at its index, 0 elsewhere}")}
    undifferentiated = frozenset({"indices"})
    needs = ("samples", "forward", "shape", "vjp", "lower")
    rank: ClassVar[int]

    @classmethod
    def forward(
        cls,
        x: Array,
        indices: Array,
        *,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        output_size: tuple[int, ...] | None = None,
    ) -> Any:
        size = cls.size(x.shape, kernel_size, stride, padding, output_size)
        lead = x.shape[: -cls.rank]
        y = np.zeros((math.prod(lead), math.prod(size)), x.dtype)
        places = cls._places(indices, size)
        np.put_along_axis(y, places, x.reshape(places.shape), axis=1)
        return y.reshape(*lead, *size)

    @classmethod
    def size(
        cls,
        x: Shape,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        output_size: tuple[int, ...] | None = None,
    ) -> Shape:
        """The lengths of the result: (x − 1)·stride − 2·padding + kernel_size unless given.

        Raises ``OpError`` for a size that such a pool does not shrink to x's.
        """
        rank = cls.rank
        kernel = per_axis(kernel_size, rank, "kernel_size")
        steps = kernel if stride is None else per_axis(stride, rank, "stride")
        pads = per_axis(padding, rank, "padding", 0)
        rows = zip(x[-rank:], steps, pads, kernel, strict=True)
        usual = tuple((n - 1) * step - 2 * pad + taps for n, step, pad, taps in rows)
        if output_size is None:
            wanted = usual
        else:
            wanted = output_size[-rank:] if len(output_size) == rank + 2 else output_size
            near = zip(wanted, usual, steps, strict=False)
            if len(wanted) != rank or any(abs(n - m) >= step for n, m, step in near):
                raise OpError(
                    f"output_size is {output_size}, and these windows come from {usual} or less "
                    f"than a stride {steps} more or less: choose such lengths, or leave it out"
                )
        if min(wanted) < 1:
            raise OpError(
                f"padding is {padding}, which leaves nothing of the result: make it smaller"
            )
        check_size((*x[:-rank], *wanted), "its result")
        return wanted

    @classmethod
    def reach(
        cls, *shapes: Any, kernel_size: Sizes, stride: Sizes | None = None, **rest: Any
    ) -> Reach:
        """One element, and as many places between two as the pool's windows were apart."""
        steps = per_axis(kernel_size if stride is None else stride, cls.rank, "stride")
        return tuple((1.0, 1 / step) for step in steps)

    @classmethod
    def shape(cls, x: Shape, indices: Shape, **attributes: Any) -> Any:
        channels_and_size(x, cls.rank, cls.name)
        if indices != x:
            raise OpError(
                f"x is {show_shape(x)} and indices is {show_shape(indices)}: every element needs "
                f"an index, so take both from the same pool"
            )
        return (*x[: -cls.rank], *cls.size(x, **attributes))

    @classmethod
    def vjp(
        cls, upstream: Array, out: Array, x: Array, indices: Array, **attributes: Any
    ) -> tuple[Any, ...]:
        size = upstream.shape[-cls.rank :]
        places = cls._places(indices, size)
        above = upstream.reshape(len(places), -1)
        return np.take_along_axis(above, places, axis=1).reshape(x.shape), None

    @classmethod
    def jvp(cls, tangents: Sequence[Any], out: Any, *inputs: Any, **attributes: Any) -> Any:
        if tangents[0] is None:
            return np.zeros_like(out)
        return cls.forward(np.asarray(tangents[0]), inputs[1], **attributes)

    @classmethod
    def draw(
        cls, random: np.random.Generator, shapes: Sequence[Shape], **attributes: Any
    ) -> tuple[Any, ...]:
        """Different indices within each channel, as windows side by side choose them."""
        x, _ = shapes
        size, lead = cls.size(x, **attributes), x[: -cls.rank]
        rows = [
            random.permutation(math.prod(size))[: math.prod(x[-cls.rank :])]
            for _ in range(math.prod(lead))
        ]
        return random.normal(size=x), np.array(rows, dtype=float).reshape(x)

    @classmethod
    def lower(
        cls,
        torch: Any,
        x: Tensor,
        indices: Tensor,
        *,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        output_size: tuple[int, ...] | None = None,
    ) -> Tensor:
        function = getattr(torch.nn.functional, f"max_unpool{cls.rank}d")
        return function(x, indices.to(torch.int64), kernel_size, stride, padding, output_size)

    @classmethod
    def _places(cls, indices: Array, size: Shape) -> Any:
        """The indices as whole numbers, one row a channel; raises ``OpError`` for one outside."""
        found = np.asarray(indices)
        places = np.nan_to_num(found, nan=-1.0).astype(np.int64)
        most = math.prod(size)
        if (places != found).any() or places.min() < 0 or places.max() >= most:
            raise OpError(
                f"indices holds a number that is no place in {show_shape(size)}, where they are "
                f"the whole numbers 0 to {most - 1}: take them from the pool that made x, or give "
                f"its output_size"
            )
        return places.reshape(-1, math.prod(found.shape[-cls.rank :]))


class MaxUnpool1d(MaxUnpool):
    """Puts each element of a signal back where ``indices`` says, with zeros between.

    The inverse of max_pool1d_with_indices as far as there is one: give both its outputs and its
    settings, and ``output_size`` where several lengths shrink to this one. Going back, each element
    gets the gradient found at its index.
    """

    rank = 1
    samples = (
        sample((2, 3, 4), (2, 3, 4), kernel_size=2),
        sample((2, 3), (2, 3), kernel_size=3, stride=2, padding=1, output_size=(6,)),
    )


class MaxUnpool2d(MaxUnpool):
    """Puts each pixel back where ``indices`` says, with zeros between.

    The inverse of max_pool2d_with_indices as far as there is one: give both its outputs and its
    settings, and ``output_size`` where several sizes shrink to this one. Going back, each pixel
    gets the gradient found at its index.
    """

    rank = 2
    samples = (
        sample((2, 2, 2, 3), (2, 2, 2, 3), kernel_size=2),
        sample((1, 2, 2), (1, 2, 2), kernel_size=2, output_size=(5, 4)),
        sample((1, 2, 3, 2), (1, 2, 3, 2), kernel_size=(3, 2), stride=(2, 1), padding=(1, 0)),
    )


class MaxUnpool3d(MaxUnpool):
    """Puts each element of a volume back where ``indices`` says, with zeros between.

    The inverse of max_pool3d_with_indices as far as there is one; the settings are those of
    max_unpool2d.
    """

    rank = 3
    samples = (
        sample((1, 2, 2, 1, 2), (1, 2, 2, 1, 2), kernel_size=2),
        sample((1, 2, 1, 2), (1, 2, 1, 2), kernel_size=2, output_size=(5, 2, 4)),
    )
