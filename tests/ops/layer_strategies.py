"""Legal calls of the ops of layers: normalisation, resizing, lookup, boxes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from drawing import SIZES, Draw, settings_of, shapes_of
from hypothesis import strategies as st
from hypothesis.extra.numpy import mutually_broadcastable_shapes

from graphlab.ops import (
    along_axis,
    anchors,
    bent,
    boxes,
    dropping,
    einsums,
    indexing,
    norms,
    pixels,
    resizing,
    running_norms,
    similarity,
)
from graphlab.ops.broadcasting import Shape
from graphlab.ops.contract import Op, Sample


def fed_or_not(draw: Draw, shapes: list[Shape]) -> list[Shape | None]:
    """The optional ports fed up to one of them: torch's group norm takes no bias alone."""
    fed = draw(st.integers(0, len(shapes)))
    return [shape if i < fed else None for i, shape in enumerate(shapes)]


def last_axes(draw: Draw, op: type[Op]) -> Sample:
    x = draw(shapes_of(1, 4))
    axes = draw(st.integers(1, len(x)))
    own = [x[len(x) - axes :]] * (len(op.ports) - 1)
    return Sample((x, *fed_or_not(draw, own)), {"axes": axes, **small_settings(draw, op)})


def group_norm(draw: Draw, op: type[Op]) -> Sample:
    groups, places = draw(SIZES), draw(shapes_of(0, 2))
    channels = groups * draw(SIZES)
    x = (draw(st.integers(2, 3)), channels, *places)
    shapes = fed_or_not(draw, [(channels,)] * 2)
    return Sample((x, *shapes), {"groups": groups, **small_settings(draw, op)})


def running(draw: Draw, op: type[Op]) -> Sample:
    channels, places = draw(SIZES), draw(shapes_of(1, 3))
    x = (draw(st.integers(2, 3)), channels, *places[:-1], places[-1] + 1)
    kept = (channels,) if draw(st.booleans()) else None
    shapes = fed_or_not(draw, [(channels,)] * 2)
    return Sample((x, *shapes, kept, kept), small_settings(draw, op))


def local_response(draw: Draw, op: type[Op]) -> Sample:
    x = draw(shapes_of(3, 4))
    return Sample((x,), {"size": draw(st.integers(1, 7)), **settings_of(draw, op)})


def small_settings(draw: Draw, op: type[Op]) -> dict[str, Any]:
    return {"eps": draw(st.floats(1e-3, 1.0))} if draw(st.booleans()) else {}


def dropped(draw: Draw, op: type[Op]) -> Sample:
    return Sample((draw(shapes_of(2, 4)),), {"p": draw(st.sampled_from([0.0, 0.25, 0.5, 1.0]))})


def embedding(draw: Draw, op: type[Op]) -> Sample:
    rows = draw(st.integers(1, 4))
    padding = draw(st.none() | st.integers(-rows, rows - 1))
    attributes = {} if padding is None else {"padding_idx": padding}
    return Sample((draw(shapes_of()), (rows, draw(SIZES))), attributes)


def one_hot(draw: Draw, op: type[Op]) -> Sample:
    return Sample((draw(shapes_of()),), {"classes": draw(st.integers(1, 4))})


def gather(draw: Draw, op: type[Op]) -> Sample:
    x = draw(shapes_of(1))
    axis = draw(st.integers(0, len(x) - 1))
    index = [draw(st.integers(1, size)) for size in x]
    index[axis] = draw(st.integers(1, 4))
    return Sample((x, tuple(index)), {"axis": axis - len(x) * draw(st.booleans())})


def index(draw: Draw, op: type[Op]) -> Sample:
    x = draw(shapes_of(1))
    axis = draw(st.integers(-len(x), len(x) - 1))
    return Sample((x, draw(shapes_of(0, 2))), {"axis": axis})


def one_axis(draw: Draw, op: type[Op]) -> Sample:
    x = draw(shapes_of(1))
    axis = draw(st.integers(-len(x), len(x) - 1))
    return Sample((x,), {"axis": axis, **settings_of(draw, op)})


def overlap(draw: Draw, op: type[Op]) -> Sample:
    if draw(st.booleans()):
        return Sample(((draw(SIZES), 4), (draw(SIZES), 4)), {})
    batches = draw(mutually_broadcastable_shapes(num_shapes=2, max_dims=2, max_side=3))
    return Sample(tuple((*b, 4) for b in batches.input_shapes), {"pairwise": False})


def decode(draw: Draw, op: type[Op]) -> Sample:
    batches = draw(mutually_broadcastable_shapes(num_shapes=2, max_dims=2, max_side=3))
    weights = {"weights": (10.0, 10.0, 5.0, 5.0)} if draw(st.booleans()) else {}
    limit = {"limit": draw(st.floats(-1.0, 2.0))} if draw(st.booleans()) else {}
    return Sample(tuple((*b, 4) for b in batches.input_shapes), {**weights, **limit})


def outer(draw: Draw, op: type[Op]) -> Sample:
    return Sample(((draw(SIZES),), (draw(SIZES),)), {})


def einsum(draw: Draw, op: type[Op]) -> Sample:
    sizes = {letter: draw(SIZES) for letter in "abcd"}
    terms = draw(st.lists(st.text("abcd", max_size=3), min_size=1, max_size=3))
    named = sorted(set("".join(terms)))
    output = "".join(draw(st.permutations(named)))[: draw(st.integers(0, 4))]
    arrow = f"->{output}" if draw(st.booleans()) else ""
    shapes = tuple(tuple(sizes[letter] for letter in term) for term in terms)
    return Sample(shapes, {"equation": ",".join(terms) + arrow})


def similar(draw: Draw, op: type[Op]) -> Sample:
    pair = draw(mutually_broadcastable_shapes(num_shapes=2, min_dims=1, max_dims=3, max_side=3))
    rank = len(pair.result_shape)
    return Sample(pair.input_shapes, {"axis": draw(st.integers(-rank, rank - 1))})


def hard_tanh(draw: Draw, op: type[Op]) -> Sample:
    bounds = {"low": draw(st.floats(-2.0, 0.0)), "high": draw(st.floats(0.0, 2.0))}
    return Sample((draw(shapes_of()),), bounds)


def celu(draw: Draw, op: type[Op]) -> Sample:
    # Torch keeps 1 / alpha in single precision.
    return Sample((draw(shapes_of()),), {"alpha": draw(st.sampled_from([0.25, 0.5, 1.0, 2.0]))})


def upsample(draw: Draw, op: type[Op]) -> Sample:
    rank = draw(SIZES)
    mixed = ["linear", "bilinear", "trilinear"][rank - 1 : rank] + ["bicubic"] * (rank == 2)
    mode = draw(st.sampled_from(["nearest", "nearest-exact", *mixed]))
    x = (draw(SIZES), draw(SIZES), *(draw(st.integers(1, 5)) for _ in range(rank)))
    # Torch's kernels disagree with each other where an odd factor leaves a length as it is.
    factors = st.sampled_from([0.5, 1.0, 1.5, 2.0, 3.0]) if min(x[2:]) > 1 else st.just(2.0)
    kinds = {"size": st.integers(1, 9), "scale": factors}
    name = draw(st.sampled_from(list(kinds)))
    one = draw(st.booleans())
    value = draw(kinds[name] if one else st.tuples(*[kinds[name]] * rank))
    corners = {"align_corners": draw(st.booleans())} if mode in (*mixed, "bicubic") else {}
    return Sample((x,), {name: value, "mode": mode, **corners})


def crop(draw: Draw, op: type[Op]) -> Sample:
    x = draw(shapes_of(1, 4))
    covered = draw(st.integers(1, len(x)))
    tail = x[len(x) - covered :]
    size = tuple(draw(st.integers(1, length)) for length in tail)
    offset = tuple(draw(st.integers(0, n - s)) for n, s in zip(tail, size, strict=True))
    return Sample((x,), {"size": size, "offset": offset})


def center_crop(draw: Draw, op: type[Op]) -> Sample:
    x = draw(shapes_of(3, 5))
    size = tuple(draw(st.integers(1, length)) for length in x[2:])
    if draw(st.booleans()):
        return Sample((x, (draw(SIZES), draw(SIZES), *size)), {})
    return Sample((x,), {"size": size})


def shuffled(draw: Draw, op: type[Op]) -> Sample:
    factor = draw(SIZES)
    channels, height, width = draw(SIZES), draw(SIZES), draw(SIZES)
    x = (channels * factor**2, height, width)
    if op is pixels.PixelUnshuffle:
        x = (channels, height * factor, width * factor)
    return Sample(((*draw(shapes_of(0, 2)), *x),), {"factor": factor})


def tile(draw: Draw, op: type[Op]) -> Sample:
    repeats = tuple(draw(st.lists(SIZES, min_size=1, max_size=3)))
    return Sample((draw(shapes_of()),), {"repeats": repeats})


def flip(draw: Draw, op: type[Op]) -> Sample:
    x = draw(shapes_of(1))
    axes = draw(st.lists(st.integers(0, len(x) - 1), min_size=1, unique=True))
    return Sample((x,), {"axes": tuple(a - len(x) * draw(st.booleans()) for a in axes)})


def roll(draw: Draw, op: type[Op]) -> Sample:
    x = draw(shapes_of(1))
    axis = draw(st.integers(-len(x), len(x) - 1))
    return Sample((x,), {"shift": draw(st.integers(-5, 5)), "axis": axis})


def unsqueeze(draw: Draw, op: type[Op]) -> Sample:
    x = draw(shapes_of())
    return Sample((x,), {"axis": draw(st.integers(-len(x) - 1, len(x)))})


def squeeze(draw: Draw, op: type[Op]) -> Sample:
    x = list(draw(shapes_of()))
    at = draw(st.integers(0, len(x)))
    x.insert(at, 1)
    return Sample((tuple(x),), {"axis": at - len(x) * draw(st.booleans())})


LAYERS: dict[type[Op], Callable[[Draw, type[Op]], Sample]] = {
    along_axis.ArgExtreme: one_axis,
    along_axis.Cumsum: one_axis,
    anchors.BoxDecode: decode,
    boxes.Overlap: overlap,
    bent.CELU: celu,
    bent.HardTanh: hard_tanh,
    dropping.MaskedByChance: dropped,
    pixels.Flip: flip,
    einsums.Einsum: einsum,
    einsums.Outer: outer,
    pixels.PixelShuffle: shuffled,
    pixels.PixelUnshuffle: shuffled,
    pixels.Roll: roll,
    pixels.Squeeze: squeeze,
    pixels.Tile: tile,
    pixels.Unsqueeze: unsqueeze,
    resizing.CenterCrop: center_crop,
    resizing.Crop: crop,
    resizing.Upsample: upsample,
    similarity.CosineSimilarity: similar,
    indexing.Embedding: embedding,
    indexing.Gather: gather,
    indexing.Index: index,
    indexing.OneHot: one_hot,
    norms.LayerNorm: last_axes,
    norms.RMSNorm: last_axes,
    norms.GroupNorm: group_norm,
    norms.LocalResponseNorm: local_response,
    running_norms.RunningNormalisation: running,
}
