"""Transposed convolution: a convolution's way back, used as a layer that makes an image larger."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from graphlab.errors import OpError
from graphlab.ops.attributes import OpenShape, Sides, Sizes, check_size
from graphlab.ops.batches import Sliding, as_given, batched, channels_and_size
from graphlab.ops.broadcasting import Shape
from graphlab.ops.contract import Array, Reach, Tensor, sample
from graphlab.ops.convolving import correlate, spread, sum_by_channel, weight_gradient
from graphlab.ops.expression import Expression, Latex
from graphlab.ops.filters import (
    channels_of,
    check_bias,
    check_filters,
    check_groups,
    filled,
    moved_by_tangents,
    vector_as_long_as,
)
from graphlab.ops.lowering import flat_pads, symmetric
from graphlab.ops.windows import Windows, per_axis, show_setting, sides


class ConvTranspose(Sliding, abstract=True):
    """x (N, C, axes…), weight (C, filters / groups, kernel…), bias (filters,)."""

    category = "Convolution"
    structure = "convolution"
    symbol = "wᵀ ∗ x + b"
    formula = Latex(r"y_p = \sum_t weight_t \, x_{p - t} + bias")
    partials = {
        "x": Latex(r"\sum_t weight_t \, \bullet_{p + t}"),
        "weight": Latex(r"\sum_p x_p \, \bullet_{p + t}"),
        "bias": Expression("1"),
    }

    @classmethod
    def forward(
        cls,
        x: Array,
        weight: Array,
        bias: Array | None = None,
        *,
        stride: Sizes = 1,
        padding: Sides = 0,
        output_padding: Sizes = 0,
        groups: int = 1,
        dilation: Sizes = 1,
    ) -> Any:
        windows = cls.windows(x.shape, weight.shape, stride, padding, output_padding, dilation)
        y = spread(batched(x, cls.rank), weight, windows, groups)
        if bias is not None:
            y = y + bias.reshape(-1, *(1,) * cls.rank)
        return as_given(y, x, cls.rank)

    @classmethod
    def windows(
        cls,
        x: Shape,
        weight: Shape,
        stride: Sizes = 1,
        padding: Sides = 0,
        output_padding: Sizes = 0,
        dilation: Sizes = 1,
    ) -> Windows:
        """How a filter slides over the result, one window for each element of x.

        Along an axis the result has (x − 1)·stride − padding + dilation·(kernel − 1) + 1 +
        output_padding elements.
        """
        rank, count, kernel = cls.rank, x[-cls.rank :], weight[2:]
        steps, apart = per_axis(stride, rank, "stride"), per_axis(dilation, rank, "dilation")
        extra, pads = per_axis(output_padding, rank, "output_padding", 0), sides(padding, rank)
        size = []
        for axis in range(rank):
            if extra[axis] >= max(steps[axis], apart[axis]):
                raise OpError(
                    f"output_padding is {show_setting(extra)}, stride {show_setting(steps)} and "
                    f"dilation {show_setting(apart)}: along each axis it must be smaller than one "
                    f"of the two; make it smaller"
                )
            extent = apart[axis] * (kernel[axis] - 1) + 1
            whole = (count[axis] - 1) * steps[axis] + extent + extra[axis]
            size.append(whole - sum(pads[axis]))
            if size[-1] < 1:
                raise OpError(
                    f"padding is {padding}, which takes {sum(pads[axis])} elements away, and there "
                    f"are only {whole} along axis {axis} of those the window slides over: make it "
                    f"smaller"
                )
            check_size((whole,), "the result before padding is taken away")
        return Windows(tuple(size), tuple(kernel), steps, apart, pads, tuple(count))

    @classmethod
    def shape(
        cls,
        x: Shape,
        weight: Shape,
        bias: Shape | None = None,
        *,
        stride: Sizes = 1,
        padding: Sides = 0,
        output_padding: Sizes = 0,
        groups: int = 1,
        dilation: Sizes = 1,
    ) -> Shape:
        channels, _ = channels_and_size(x, cls.rank, cls.name)
        check_filters(weight, cls.rank, cls.name, "channels × filters × kernel")
        if weight[0] != channels:
            raise OpError(
                f"x has {channels} channels but weight expects {weight[0]}, its first axis: give "
                f"weight {channels} there, or leave that axis open"
            )
        check_groups(channels, "x", groups)
        filters = weight[1] * groups
        check_bias(bias, filters)
        windows = cls.windows(x, weight, stride, padding, output_padding, dilation)
        check_size((*x[: -cls.rank - 1], filters, *windows.size), "its result")
        return (*x[: -cls.rank - 1], filters, *windows.size)

    @classmethod
    def multiply_adds(cls, *shapes: Any, **attributes: Any) -> int:
        """Every element of x meets each weight of its channel once."""
        x, weight = shapes[:2]
        return math.prod((*x, *weight[1:]))

    @classmethod
    def reach(cls, *shapes: Any, groups: int = 1, **sliding: Any) -> Reach:
        """The elements whose stamps overlap at one place of the result."""
        windows = cls.windows(shapes[0], shapes[1], **sliding)
        pairs = zip(windows.extent, windows.stride, strict=True)
        return tuple((float(-(-extent // stride)), 1 / stride) for extent, stride in pairs)

    @classmethod
    def vjp(cls, upstream: Array, out: Array, *inputs: Any, **attributes: Any) -> tuple[Any, ...]:
        return cls.vjp_of((True, True, True), upstream, out, *inputs, **attributes)

    @classmethod
    def vjp_of(
        cls,
        wanted: Sequence[bool],
        upstream: Any,
        out: Any,
        *inputs: Any,
        groups: int = 1,
        **sliding: Any,
    ) -> tuple[Any, ...]:
        x, weight, bias = (*inputs, None)[:3]
        windows = cls.windows(x.shape, weight.shape, **sliding)
        above = batched(upstream, cls.rank)
        to_x = to_weight = to_bias = None
        if wanted[0]:
            to_x = as_given(correlate(above, weight, windows, groups), x, cls.rank)
        if wanted[1]:
            to_weight = weight_gradient(above, batched(x, cls.rank), windows, groups)
        if bias is not None and wanted[2]:
            to_bias = sum_by_channel(above)
        return to_x, to_weight, to_bias

    @classmethod
    def jvp(cls, tangents: Sequence[Any], out: Any, *inputs: Any, **attributes: Any) -> Any:
        return moved_by_tangents(cls.forward, tangents, out, *inputs[:2], **attributes)

    @classmethod
    def structure_of(cls, port: str = "", /, **attributes: Any) -> str:
        """Each output is a copy of its channel's bias, as far as the bias goes."""
        return "selection" if port == "bias" else cls.structure

    @classmethod
    def open_shape(
        cls,
        port: str,
        known: Mapping[str, Shape | None],
        wanted: OpenShape | None,
        **attributes: Any,
    ) -> OpenShape | None:
        """Weight's first axis follows from x; its second and the bias from each other."""
        x, weight, bias = (known.get(name) for name in cls.ports)
        groups = attributes.get("groups", 1)
        if port == "bias":
            if weight is None or len(weight) != cls.rank + 2:
                return wanted
            return vector_as_long_as(wanted, weight[1] * groups)
        if port != "weight" or wanted is None or len(wanted) != cls.rank + 2:
            return wanted
        divides = bias is not None and len(bias) == 1 and groups > 0 and bias[0] % groups == 0
        each = bias[0] // groups if bias is not None and divides else None
        return filled(wanted, (channels_of(x, cls.rank, groups), each))

    @classmethod
    def lower(
        cls,
        torch: Any,
        x: Tensor,
        weight: Tensor,
        bias: Tensor | None = None,
        *,
        stride: Sizes = 1,
        padding: Sides = 0,
        output_padding: Sizes = 0,
        groups: int = 1,
        dilation: Sizes = 1,
    ) -> Tensor:
        functional, given = torch.nn.functional, symmetric(padding)
        function = getattr(functional, f"conv_transpose{cls.rank}d")
        sliding = (stride, 0 if given is None else given, output_padding, groups, dilation)
        y = function(x, weight, bias, *sliding)
        if given is not None:
            return y
        return functional.pad(y, [-length for length in flat_pads(padding)])


class ConvTranspose1d(ConvTranspose):
    """Spreads each element of a signal: the filter times the element is laid down and added up.

    It is the way back of conv1d with the same settings, used forwards: ``stride`` s makes the
    signal about s times as long. ``x`` is (N, C, L) or (C, L), ``weight`` C × (filters /
    ``groups``) × kernel. ``padding`` cuts off that much at the ends, ``output_padding`` adds
    elements at the far end.
    """

    rank = 1
    samples = (
        sample((2, 3, 4), (3, 2, 3), (2,), stride=2),
        sample((4, 3), (4, 1, 2), (2,), groups=2, dilation=2, padding=1),
        sample((1, 2, 3), (2, 2, 3), stride=3, output_padding=2, padding=((0, 1),)),
    )


class ConvTranspose2d(ConvTranspose):
    """Spreads each pixel: the filter times the pixel is laid down on the output and added up.

    It is the way back of conv2d with the same settings, used forwards: ``stride`` s makes the image
    about s times as large, which is why decoders and generators use it. ``x`` is (N, C, H, W) or
    (C, H, W), ``weight`` C × (filters / ``groups``) × kernel height × width. ``padding`` cuts off
    that much at each side, ``output_padding`` adds rows and columns at the bottom and right. An
    axis of n pixels becomes (n − 1) · stride + dilation · (kernel − 1) + 1 − 2 · padding +
    output_padding long. No filter is flipped: its top left weight makes the top left of each stamp.
    """

    rank = 2
    samples = (
        sample((2, 3, 3, 2), (3, 2, 2, 3), (2,), stride=2),
        sample((3, 3, 4), (3, 2, 3, 3), (2,), padding=1),
        sample((2, 4, 2, 3), (4, 1, 3, 2), (2,), groups=2, stride=(1, 2), padding=(1, 0)),
        sample((1, 2, 3, 3), (2, 1, 3, 3), groups=2, stride=2, padding=1, output_padding=1),
        sample((2, 2, 3, 2), (2, 3, 2, 2), (3,), dilation=2, output_padding=(1, 0)),
        sample((1, 2, 3, 3), (2, 1, 3, 3), stride=2, padding=((0, 1), (1, 2))),
    )


class ConvTranspose3d(ConvTranspose):
    """Spreads each element of a volume: the filter times the element is laid down and added up.

    It is the way back of conv3d with the same settings, used forwards. ``x`` is (N, C, D, H, W) or
    (C, D, H, W), ``weight`` C × (filters / ``groups``) × kernel depth × height × width.
    ``padding`` cuts off that much at each side, ``output_padding`` adds at the far sides.
    """

    rank = 3
    samples = (
        sample((1, 2, 2, 3, 2), (2, 2, 2, 2, 3), (2,), stride=2),
        sample((2, 2, 2, 3), (2, 1, 3, 2, 2), (2,), groups=2, padding=(1, 0, 1)),
    )
