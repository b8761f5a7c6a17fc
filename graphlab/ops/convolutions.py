"""Convolution layers: one small set of weights, the same at every place of a signal or image."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from graphlab.errors import OpError
from graphlab.ops.attributes import OpenShape, Padding, Sizes
from graphlab.ops.batches import Sliding, as_given, batched, channels_and_size
from graphlab.ops.broadcasting import Shape
from graphlab.ops.contract import Array, Reach, Tensor, sample
from graphlab.ops.convolving import (
    both_gradients,
    correlate,
    spread,
    sum_by_channel,
    weight_gradient,
)
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
from graphlab.ops.windows import Windows, windows_over


class Convolution(Sliding, abstract=True):
    """x (N, C, axes…), weight (filters, C / groups, kernel…), bias (filters,)."""

    category = "Convolution"
    structure = "convolution"
    symbol = "w ∗ x + b"
    formula = Latex(r"y_p = \sum_t weight_t \, x_{p + t} + bias")
    partials = {
        "x": Latex(r"\sum_t weight_t \, \bullet_{p - t}"),
        "weight": Latex(r"\sum_p x_{p + t} \, \bullet_p"),
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
        padding: Padding = 0,
        dilation: Sizes = 1,
        groups: int = 1,
    ) -> Any:
        windows = cls.windows(x.shape, weight.shape, stride, padding, dilation)
        y = correlate(batched(x, cls.rank), weight, windows, groups)
        if bias is not None:
            y = y + bias.reshape(-1, *(1,) * cls.rank)
        return as_given(y, x, cls.rank)

    @classmethod
    def windows(
        cls, x: Shape, weight: Shape, stride: Sizes = 1, padding: Padding = 0, dilation: Sizes = 1
    ) -> Windows:
        """How a filter slides over x."""
        return windows_over(
            x[-cls.rank :], weight[2:], stride=stride, padding=padding, dilation=dilation
        )

    @classmethod
    def shape(
        cls,
        x: Shape,
        weight: Shape,
        bias: Shape | None = None,
        *,
        stride: Sizes = 1,
        padding: Padding = 0,
        dilation: Sizes = 1,
        groups: int = 1,
    ) -> Shape:
        channels, _ = channels_and_size(x, cls.rank, cls.name)
        check_filters(weight, cls.rank, cls.name, "filters × channels × kernel")
        check_groups(channels, "x", groups)
        filters: int = weight[0]
        if filters % groups:
            raise OpError(
                f"weight has {filters} filters, which groups {groups} does not divide: give a "
                f"multiple of {groups}, or other groups"
            )
        if weight[1] * groups != channels:
            raise OpError(_other_channels(channels, weight[1], groups))
        check_bias(bias, filters)
        windows = cls.windows(x, weight, stride, padding, dilation)
        windows.check_covered(x)
        return (*x[: -cls.rank - 1], filters, *windows.count)

    @classmethod
    def multiply_adds(cls, *shapes: Any, **attributes: Any) -> int:
        """Every output element is one filter's weights times as many elements of x."""
        out: Shape = cls.shape(*shapes, **attributes)
        filters: Shape = shapes[1]
        return math.prod(out) * math.prod(filters[1:])

    @classmethod
    def reach(cls, *shapes: Any, groups: int = 1, **sliding: Any) -> Reach:
        """The window, as far as it spreads."""
        return cls.windows(shapes[0], shapes[1], **sliding).reach_back()

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
        images, above = batched(x, cls.rank), batched(upstream, cls.rank)
        to_x = to_weight = None
        if wanted[0] and wanted[1]:
            to_x, to_weight = both_gradients(images, above, weight, windows, groups)
        elif wanted[0]:
            to_x = spread(above, weight, windows, groups)
        elif wanted[1]:
            to_weight = weight_gradient(images, above, windows, groups)
        to_bias = sum_by_channel(above) if bias is not None and wanted[2] else None
        return None if to_x is None else as_given(to_x, x, cls.rank), to_weight, to_bias

    @classmethod
    def jvp(cls, tangents: Sequence[Any], out: Any, *inputs: Any, **attributes: Any) -> Any:
        return moved_by_tangents(cls.forward, tangents, out, *inputs[:2], **attributes)

    @classmethod
    def structure_of(cls, port: str = "", /, **attributes: Any) -> str:
        """Each output is a copy of its filter's bias, as far as the bias goes."""
        return "selection" if port == "bias" else cls.structure

    @classmethod
    def open_shape(
        cls,
        port: str,
        known: Mapping[str, Shape | None],
        wanted: OpenShape | None,
        **attributes: Any,
    ) -> OpenShape | None:
        """A filter's channels follow from x and groups; filters and bias from each other."""
        x, weight, bias = (known.get(name) for name in cls.ports)
        if port == "bias":
            return vector_as_long_as(wanted, None if weight is None or not weight else weight[0])
        if port != "weight" or wanted is None or len(wanted) != cls.rank + 2:
            return wanted
        groups = attributes.get("groups", 1)
        channels = channels_of(x, cls.rank, groups)
        filters = bias[0] if bias is not None and len(bias) == 1 else None
        return filled(wanted, (filters, None if channels is None else channels // groups))

    @classmethod
    def lower(
        cls,
        torch: Any,
        x: Tensor,
        weight: Tensor,
        bias: Tensor | None = None,
        *,
        stride: Sizes = 1,
        padding: Padding = 0,
        dilation: Sizes = 1,
        groups: int = 1,
    ) -> Tensor:
        given: Any = symmetric(padding)
        if given == "same":  # torch warns of one that pads one side more than the other
            given = cls.windows(x.shape, weight.shape, stride, padding, dilation).pads
            padding, given = given, padding if symmetric(given) is not None else None
        if given is None:
            x, given = torch.nn.functional.pad(x, flat_pads(padding)), 0
        function = getattr(torch.nn.functional, f"conv{cls.rank}d")
        return function(x, weight, bias, stride, given, dilation, groups)


class Conv1d(Convolution):
    """Slides filters along a signal: each output is a filter times the window below it, plus bias.

    ``x`` is (N, C, L), or one signal (C, L); ``weight`` holds filters × (C / ``groups``) × kernel,
    ``bias`` one number a filter; each filter makes one channel of the output. It is a
    cross-correlation, as in all networks: the filter is not flipped, so its first tap meets the
    first element of the window. ``padding`` is a number, ``((before, after),)``, 'same' or 'valid'.
    n elements, the padding counted, become ⌊(n − dilation · (kernel − 1) − 1) / stride⌋ + 1.
    """

    rank = 1
    samples = (
        sample((2, 3, 7), (4, 3, 3), (4,)),
        sample((3, 6), (2, 3, 2), stride=2),
        sample((2, 4, 7), (6, 2, 3), (6,), padding=2, dilation=2, groups=2),
        sample((1, 2, 5), (2, 1, 4), (2,), padding="same", groups=2),
        sample((2, 1, 5), (1, 1, 3), padding=((0, 2),)),
    )


class Conv2d(Convolution):
    """Slides filters over an image: each output is a filter times the window below it, plus bias.

    ``x`` is (N, C, H, W), or one image (C, H, W); ``weight`` holds filters × (C / ``groups``) ×
    kernel height × width, ``bias`` one number a filter; each filter makes one channel of the
    output. It is a cross-correlation, as in all networks: the filter is not flipped, so its top
    left weight meets the top left pixel of the window. ``padding`` puts zeros around the image: a
    number, one for each axis, pairs such as ``((top, bottom), (left, right))``, 'same' (the output
    is as large as the image) or 'valid' (none). An axis of n pixels, its padding counted, becomes
    ⌊(n − dilation · (kernel − 1) − 1) / stride⌋ + 1 long.
    """

    rank = 2
    samples = (
        sample((2, 3, 5, 4), (4, 3, 3, 2), (4,)),
        sample((3, 5, 5), (2, 3, 3, 3), (2,), padding=1),
        sample((2, 2, 6, 5), (3, 2, 3, 3), stride=2, padding=1),
        sample((2, 4, 5, 6), (6, 2, 2, 3), (6,), stride=(1, 2), padding=(1, 2), groups=2),
        sample((1, 3, 6, 7), (3, 1, 3, 3), (3,), dilation=2, padding=1, groups=3),
        sample((2, 2, 4, 4), (2, 2, 2, 3), padding="same"),
        sample((1, 2, 4, 5), (3, 2, 3, 3), padding=((0, 1), (2, 0)), stride=(2, 1)),
        sample((2, 3, 4, 4), (5, 3, 1, 1), (5,), padding="valid"),
        sample((2, 2, 3, 3), (4, 1, 2, 2), stride=3, padding=2, groups=2),
    )


class Conv3d(Convolution):
    """Slides filters through a volume: each output is a filter times the window it covers, plus b.

    ``x`` is (N, C, D, H, W), or one volume (C, D, H, W); ``weight`` holds filters ×
    (C / ``groups``) × kernel depth × height × width, ``bias`` one number a filter. It is a
    cross-correlation, as in all networks: the filter is not flipped. ``padding`` is a number, one
    for each axis, pairs ``((before, after), …)``, 'same' or 'valid'.
    """

    rank = 3
    samples = (
        sample((1, 2, 3, 4, 3), (2, 2, 2, 3, 2), (2,)),
        sample((2, 3, 3, 4), (3, 2, 2, 2, 2), (3,), stride=(1, 2, 1), padding=1),
        sample((1, 2, 4, 3, 3), (2, 1, 2, 2, 1), groups=2, dilation=(2, 1, 1), padding="same"),
    )


def _other_channels(channels: int, each: int, groups: int) -> str:
    if groups == 1:
        return (
            f"x has {channels} channels but each filter in weight expects {each}: give the filters "
            f"{channels} channels, or leave that axis open"
        )
    return (
        f"x has {channels} channels, {channels // groups} for each of {groups} groups, but each "
        f"filter in weight expects {each}: give the filters {channels // groups} channels, or "
        f"leave that axis open"
    )
