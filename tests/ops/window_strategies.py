"""How what slides over signals and images can be called, with every spelling of its settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from drawing import SIZES, Draw
from hypothesis import strategies as st

from graphlab.ops import (
    adaptive,
    averaging,
    convolutions,
    global_pooling,
    local,
    norm_pooling,
    patches,
    pooling,
    transposed,
    unpooling,
)
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
    return tuple(d * (k - 1) + draw(st.integers(1, 4)) for k, d in zip(kernel, spread, strict=True))


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


def pool(draw: Draw, op: type[Op]) -> Sample:
    rank = op.rank  # type: ignore[attr-defined]
    kernel = draw(st.tuples(*[SIZES] * rank))
    attributes = sliding(draw, rank, kernel, most=min(kernel) - 1)
    attributes["kernel_size"] = kernel[0] if len(set(kernel)) == 1 else kernel
    attributes["ceil_mode"] = draw(st.booleans())
    if "dilation" not in op.attributes:
        attributes.pop("dilation", None)
    if "count_include_pad" in op.attributes:
        attributes["count_include_pad"] = draw(st.booleans())
        attributes["divisor_override"] = draw(st.none() | st.integers(1, 5))
    if "norm_type" in op.attributes:
        attributes["norm_type"] = draw(st.sampled_from([2.0, 4.0]))
    size = slid_over(draw, kernel, attributes)
    return Sample((with_batch(draw, (draw(SIZES), *size)),), attributes)


def adaptive_pool(draw: Draw, op: type[Op]) -> Sample:
    rank = op.rank  # type: ignore[attr-defined]
    lengths = st.integers(1, 5)
    keeps = st.none() if rank > 1 else lengths
    size = draw(lengths | st.tuples(*[lengths | keeps] * rank))
    x = draw(st.tuples(*[lengths] * (rank + 1)))
    return Sample((with_batch(draw, x),), {"output_size": size})


def global_pool(draw: Draw, op: type[Op]) -> Sample:
    return Sample((tuple(draw(st.lists(SIZES, min_size=3, max_size=5))),), {})


def unpool(draw: Draw, op: type[Op]) -> Sample:
    rank = op.rank  # type: ignore[attr-defined]
    kernel = draw(st.tuples(*[st.integers(2, 3)] * rank))
    x = with_batch(draw, (draw(SIZES), *draw(st.tuples(*[SIZES] * rank))))
    attributes: dict[str, Any] = {"kernel_size": kernel}
    if draw(st.booleans()):
        usual = tuple(n * k for n, k in zip(x[-rank:], kernel, strict=True))
        attributes["output_size"] = tuple(n + draw(st.integers(0, 1)) for n in usual)
    return Sample((x, x), attributes)


def unfold(draw: Draw, op: type[Op]) -> Sample:
    kernel = draw(st.tuples(SIZES, SIZES))
    attributes = sliding(draw, 2, kernel)
    x = with_batch(draw, (draw(SIZES), *slid_over(draw, kernel, attributes)))
    return Sample((x,), {"kernel_size": kernel, **attributes})


def fold(draw: Draw, op: type[Op]) -> Sample:
    cut = unfold(draw, patches.Unfold)
    columns = patches.Unfold.shape(*cut.shapes, **cut.attributes)
    return Sample((columns,), {"output_size": cut.shapes[0][-2:], **cut.attributes})


WINDOWS: dict[type[Op], Callable[[Draw, type[Op]], Sample]] = {
    convolutions.Convolution: convolution,
    transposed.ConvTranspose: transposed_convolution,
    local.Local: locally_connected,
    pooling.MaxPool: pool,
    averaging.AvgPool: pool,
    norm_pooling.LpPool: pool,
    adaptive.AdaptivePool: adaptive_pool,
    global_pooling.GlobalPool: global_pool,
    unpooling.MaxUnpool: unpool,
    patches.Unfold: unfold,
    patches.Fold: fold,
}
