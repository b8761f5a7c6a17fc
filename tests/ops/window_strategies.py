"""How what slides over signals and images can be called, with every spelling of its settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from drawing import SIZES, Draw
from hypothesis import strategies as st

from graphlab.ops import convolutions, local, transposed
from graphlab.ops.broadcasting import Shape
from graphlab.ops.contract import Op, Sample
from graphlab.ops.windows import windows_over


def sliding(draw: Draw, rank: int, kernel: Shape, most: int = 2) -> dict[str, Any]:
    """Some of stride, padding and dilation, each in one of its spellings."""
    numbers = st.integers(1, 3) | st.tuples(*[st.integers(1, 3)] * rank)
    side = st.integers(0, most)
    pads = side | st.tuples(*[side | st.tuples(side, side)] * rank)
    drawn = {"stride": numbers, "padding": pads, "dilation": numbers}
    return {name: draw(values) for name, values in drawn.items() if draw(st.booleans())}


def slid_over(draw: Draw, kernel: Shape, attributes: dict[str, Any]) -> Shape:
    """Lengths that hold at least one window, padded or not."""
    apart = attributes.get("dilation", 1)
    spread = apart if isinstance(apart, tuple) else (apart,) * len(kernel)
    return tuple(
        d * (k - 1) + draw(st.integers(1, 4)) for k, d in zip(kernel, spread, strict=True)
    )


def convolution(draw: Draw, op: type[Op]) -> Sample:
    rank = op.rank  # type: ignore[attr-defined]
    kernel = draw(st.tuples(*[SIZES if rank < 3 else st.integers(1, 2)] * rank))
    attributes = sliding(draw, rank, kernel)
    if draw(st.integers(0, 3)) == 0:
        attributes |= {"padding": draw(st.sampled_from(["same", "valid"])), "stride": 1}
    groups, each, filters = draw(st.integers(1, 3)), draw(st.integers(1, 2)), draw(SIZES)
    x = (groups * each, *slid_over(draw, kernel, attributes))
    return Sample(
        (with_batch(draw, x), (groups * filters, each, *kernel), maybe(draw, (groups * filters,))),
        attributes | {"groups": groups},
    )


def transposed_convolution(draw: Draw, op: type[Op]) -> Sample:
    rank = op.rank  # type: ignore[attr-defined]
    kernel = draw(st.tuples(*[st.integers(2, 3)] * rank))
    attributes = sliding(draw, rank, kernel, most=1)
    if attributes.get("stride", 1) != 1 and draw(st.booleans()):
        stride = attributes["stride"]
        least = min(stride) if isinstance(stride, tuple) else stride
        attributes["output_padding"] = draw(st.integers(0, least - 1))
    groups, each, filters = draw(st.integers(1, 3)), draw(st.integers(1, 2)), draw(SIZES)
    x = (groups * each, *draw(st.tuples(*[st.integers(2, 4)] * rank)))
    return Sample(
        (with_batch(draw, x), (groups * each, filters, *kernel), maybe(draw, (groups * filters,))),
        attributes | {"groups": groups},
    )


def locally_connected(draw: Draw, op: type[Op]) -> Sample:
    rank = op.rank  # type: ignore[attr-defined]
    kernel = draw(st.tuples(*[SIZES] * rank))
    attributes = sliding(draw, rank, kernel)
    channels, filters = draw(SIZES), draw(SIZES)
    size = slid_over(draw, kernel, attributes)
    count = windows_over(size, kernel, **attributes).count
    weight = (*count, filters, channels, *kernel)
    x = with_batch(draw, (channels, *size))
    return Sample((x, weight, maybe(draw, (*count, filters))), attributes)


def with_batch(draw: Draw, x: Shape) -> Shape:
    return (draw(SIZES), *x) if draw(st.booleans()) else x


def maybe(draw: Draw, x: Shape) -> Any:
    return x if draw(st.booleans()) else None


WINDOWS: dict[type[Op], Callable[[Draw, type[Op]], Sample]] = {
    convolutions.Convolution: convolution,
    transposed.ConvTranspose: transposed_convolution,
    local.Local: locally_connected,
}
