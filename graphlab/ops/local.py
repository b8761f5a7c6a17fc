"""Locally connected layers: windows as in a convolution, but at every place weights of its own."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from graphlab.errors import OpError
from graphlab.ops.attributes import OpenShape, Padding, Sizes
from graphlab.ops.batches import Sliding, as_given, batched, channels_and_size
from graphlab.ops.broadcasting import Shape, show_shape
from graphlab.ops.contract import Array, Reach, Tensor, sample
from graphlab.ops.convolving import padded, window_view
from graphlab.ops.expression import Expression, Latex
from graphlab.ops.filters import filled
from graphlab.ops.lowering import covering
from graphlab.ops.windows import Windows, windows_over


class Local(Sliding, abstract=True):
    """x (N, C, axes…), weight (places…, filters, C, kernel…), bias (places…, filters)."""

    category = "Convolution"
    structure = "convolution"
    formula = Latex(r"y_p = \sum_t weight_{p, t} \, x_{p + t} + bias_p")
    partials = {
        "x": Latex(r"\sum_t weight_{p - t, t} \, \bullet_{p - t}"),
        "weight": Latex(r"x_{p + t} \, \bullet_p"),
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
    ) -> Any:
        windows = cls.windows(x.shape, weight.shape, stride, padding, dilation)
        images = batched(x, cls.rank)
        rows = _matrices(weight, cls.rank)
        y = np.empty((*rows.shape[:2], len(images)), np.result_type(x, weight))
        for places, patches in _patches(images, windows):
            np.matmul(rows[places], patches, out=y[places])
        if bias is not None:
            y += bias.reshape(len(y), -1, 1)
        shaped = y.reshape(*windows.count, *y.shape[1:])
        return as_given(np.moveaxis(shaped, (-1, -2), (0, 1)), x, cls.rank)

    @classmethod
    def windows(
        cls, x: Shape, weight: Shape, stride: Sizes = 1, padding: Padding = 0, dilation: Sizes = 1
    ) -> Windows:
        """How the window slides over x."""
        kernel = weight[cls.rank + 2 :]
        return windows_over(
            x[-cls.rank :], kernel, stride=stride, padding=padding, dilation=dilation
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
    ) -> Shape:
        rank = cls.rank
        channels, _ = channels_and_size(x, rank, cls.name)
        if len(weight) != 2 * rank + 2 or 0 in weight:
            raise OpError(
                f"weight is {show_shape(weight)}, and {cls.name} takes places × filters × channels "
                f"× kernel: {2 * rank + 2} axes, none of length 0"
            )
        if weight[rank + 1] != channels:
            raise OpError(
                f"x has {channels} channels but each filter in weight expects {weight[rank + 1]}: "
                f"give the filters {channels} channels, or leave that axis open"
            )
        windows = cls.windows(x, weight, stride, padding, dilation)
        windows.check_covered(x)
        count, filters = windows.count, weight[rank]
        if weight[:rank] != count:
            raise OpError(
                f"the window has {show_shape(count)} places on x but weight has filters for "
                f"{show_shape(weight[:rank])}, its first {rank} axes: give it {show_shape(count)}, "
                f"or leave them open"
            )
        if bias is not None and bias != (*count, filters):
            raise OpError(
                f"bias is {show_shape(bias)} but weight has {filters} filters at "
                f"{show_shape(count)} places: give bias shape {(*count, filters)}, or leave it open"
            )
        return (*x[: -rank - 1], filters, *count)

    @classmethod
    def multiply_adds(cls, *shapes: Any, **attributes: Any) -> int:
        """Every weight meets one element of every example."""
        x, weight = shapes[:2]
        return int(math.prod(weight) * math.prod(x[: -cls.rank - 1]))

    @classmethod
    def reach(cls, *shapes: Any, **sliding: Any) -> Reach:
        """The window, as far as it spreads."""
        return cls.windows(shapes[0], shapes[1], **sliding).reach_back()

    @classmethod
    def vjp(cls, upstream: Array, out: Array, *inputs: Any, **attributes: Any) -> tuple[Any, ...]:
        return cls.vjp_of((True, True, True), upstream, out, *inputs, **attributes)

    @classmethod
    def vjp_of(
        cls, wanted: Sequence[bool], upstream: Any, out: Any, *inputs: Any, **sliding: Any
    ) -> tuple[Any, ...]:
        x, weight, bias = (*inputs, None)[:3]
        windows = cls.windows(x.shape, weight.shape, **sliding)
        images, above = batched(x, cls.rank), batched(upstream, cls.rank)
        by_place = np.moveaxis(above, (0, 1), (-1, -2))
        flat = np.ascontiguousarray(by_place).reshape(-1, above.shape[1], len(above))
        to_x = to_weight = to_bias = None
        if wanted[0]:
            to_x = as_given(_spread(flat, weight, windows, cls.rank), x, cls.rank)
        if wanted[1]:
            rows = np.empty_like(_matrices(weight, cls.rank))
            for places, patches in _patches(images, windows):
                np.matmul(flat[places], patches.swapaxes(1, 2), out=rows[places])
            to_weight = rows.reshape(weight.shape)
        if bias is not None and wanted[2]:
            to_bias = flat.sum(axis=2).reshape(bias.shape)
        return to_x, to_weight, to_bias

    @classmethod
    def jvp(cls, tangents: Sequence[Any], out: Any, *inputs: Any, **attributes: Any) -> Any:
        x, weight = inputs[:2]
        of_x, of_weight, of_bias = (*tangents, None)[:3]
        total: Any = np.zeros_like(out)
        if of_x is not None:
            total = total + cls.forward(of_x, weight, **attributes)
        if of_weight is not None:
            total = total + cls.forward(x, of_weight, **attributes)
        return total if of_bias is None else total + np.moveaxis(of_bias, -1, 0)

    @classmethod
    def structure_of(cls, port: str = "", /, **attributes: Any) -> str:
        """Each output is a copy of its own bias, as far as the bias goes."""
        return "selection" if port == "bias" else cls.structure

    @classmethod
    def open_shape(
        cls,
        port: str,
        known: Mapping[str, Shape | None],
        wanted: OpenShape | None,
        **attributes: Any,
    ) -> OpenShape | None:
        """Places follow from x and the kernel, channels from x, the bias from weight."""
        x, weight, rank = known.get("x"), known.get("weight"), cls.rank
        if port == "bias":
            is_known = weight is not None and len(weight) == 2 * rank + 2
            if weight is None or not is_known or (wanted and len(wanted) != rank + 1):
                return wanted
            return filled(wanted or (None,) * (rank + 1), weight[: rank + 1])
        if port != "weight" or wanted is None or len(wanted) != 2 * rank + 2:
            return wanted
        if x is None or len(x) not in (rank + 1, rank + 2):
            return wanted
        kernel = [n for n in wanted[rank + 2 :] if n is not None]
        if len(kernel) != rank:
            return wanted
        count = windows_over(x[-rank:], tuple(kernel), **attributes).count
        return filled(wanted, (*count, None, x[-rank - 1]))

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
    ) -> Tensor:
        rank = cls.rank
        size = tuple(x.shape[-rank:])
        windows = windows_over(
            size, tuple(weight.shape[rank + 2 :]), stride=stride, padding=padding, dilation=dilation
        )
        functional = torch.nn.functional
        images = functional.pad(x, covering(windows))
        images = images if x.ndim == rank + 2 else images[None]
        one = (1,) * (2 - rank)  # torch unfolds images alone: a signal is one row high
        patches = functional.unfold(
            images.reshape(*images.shape[:2], *one, *images.shape[2:]),
            (*one, *windows.kernel), (*one, *windows.dilation), 0, (*one, *windows.stride),
        )  # fmt: skip
        filters = weight.reshape(math.prod(windows.count), weight.shape[rank], -1)
        y = torch.einsum("pok,nkp->nop", filters, patches)
        y = y.reshape(*y.shape[:2], *windows.count)
        y = y if bias is None else y + bias.movedim(-1, 0)
        return y if x.ndim == rank + 2 else y[0]


class Local1d(Local):
    """Slides a window along a signal; at every place the window has weights of its own.

    Connected as conv1d but nothing is shared: with n places, n times as many weights. ``x`` is
    (N, C, L) or (C, L), ``weight`` places × filters × C × kernel, ``bias`` places × filters; the
    weights at one place are a fully connected layer of what lies below the window.
    """

    rank = 1
    samples = (
        sample((2, 3, 6), (4, 2, 3, 3), (4, 2)),
        sample((2, 5), (3, 1, 2, 3), (3, 1), stride=2, padding=1),
        sample((1, 2, 6), (4, 2, 2, 2), dilation=2),
    )


class Local2d(Local):
    """Slides a window over an image; at every place the window has weights of its own.

    Connected as conv2d but nothing is shared: with n places, n times as many weights. ``x`` is
    (N, C, H, W) or (C, H, W), ``weight`` rows × columns of places × filters × C × kernel height ×
    width, ``bias`` rows × columns × filters; the weights at one place are a fully connected layer
    of what lies below the window.
    """

    rank = 2
    samples = (
        sample((2, 2, 4, 3), (2, 2, 3, 2, 3, 2), (2, 2, 3)),
        sample((1, 4, 4), (2, 2, 2, 1, 2, 2), (2, 2, 2), stride=2),
        sample((1, 2, 3, 4), (3, 4, 1, 2, 3, 2), padding="same"),
        sample((1, 1, 4, 5), (2, 2, 1, 1, 2, 3), dilation=(2, 1), padding=((0, 1), (0, 0)),
               stride=(2, 2)),
    )  # fmt: skip


def _matrices(weight: Array, rank: int) -> Array:
    """One matrix a place: (places, filters, C · taps)."""
    return weight.reshape(math.prod(weight.shape[:rank]), weight.shape[rank], -1)


def _patches(images: Array, windows: Windows) -> Iterator[tuple[slice, Array]]:
    """What lies below the windows, one row of places at a time: (places, C · taps, N)."""
    view = window_view(padded(images, windows.reach), windows)
    rank = len(windows.kernel)
    view = np.moveaxis(view, range(1 + rank, 1 + 2 * rank), range(rank))
    for row in range(len(view)):
        part = np.ascontiguousarray(view[row])
        places = math.prod(windows.count[1:])
        yield slice(row * places, (row + 1) * places), part.reshape(places, -1, part.shape[-1])


def _spread(above: Array, weight: Array, windows: Windows, rank: int) -> Array:
    """The gradient of x: every place sends its weights times its gradient to its window."""
    rows = _matrices(weight, rank)
    channels, batch = weight.shape[rank + 1], above.shape[-1]
    x = np.zeros((channels, *windows.size, batch), np.result_type(above, weight))
    per_filter = rows.reshape(*rows.shape[:2], channels, *windows.kernel)
    for tap in windows.taps():
        factor = per_filter[(slice(None),) * 3 + tap.place].swapaxes(1, 2)
        sent = (factor @ above).reshape(*windows.count, channels, batch)
        x[(slice(None), *tap.elements)] += np.moveaxis(sent[tap.windows], rank, 0)
    return np.moveaxis(x, -1, 0)
