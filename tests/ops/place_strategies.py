"""Calls of the ops that put elements at places and take them from there."""

from __future__ import annotations

from collections.abc import Callable

from drawing import SIZES, Draw, settings_of, shapes_of
from hypothesis import strategies as st

from graphlab.ops import borrowing, grid_sampling, largest, places, products, scattering
from graphlab.ops.contract import Op, Sample


def top_k(draw: Draw, op: type[Op]) -> Sample:
    x = draw(shapes_of(1))
    axis = draw(st.integers(-len(x), len(x) - 1))
    k = draw(st.integers(1, x[axis]))
    return Sample((x,), {"axis": axis, "k": k, "largest": draw(st.booleans())})


def scatter(draw: Draw, op: type[Op]) -> Sample:
    x = draw(shapes_of(1))
    axis = draw(st.integers(-len(x), len(x) - 1))
    index = tuple(draw(st.integers(1, size)) for size in x)
    reduction = draw(st.sampled_from(["none", "add", "mul", "max", "min"]))
    return Sample((x, index, index), {"axis": axis, "reduction": reduction})


def scatter_nd(draw: Draw, op: type[Op]) -> Sample:
    x = draw(shapes_of(1))
    depth = draw(st.integers(1, len(x)))
    rows = (draw(st.integers(1, x[0])), depth)
    reduction = draw(st.sampled_from(["none", "add", "mul", "max", "min"]))
    return Sample((x, rows, (rows[0], *x[depth:])), {"reduction": reduction})


def gather_nd(draw: Draw, op: type[Op]) -> Sample:
    x = draw(shapes_of(1))
    batch = draw(st.integers(0, len(x) - 1))
    depth = draw(st.integers(1, len(x) - batch))
    index = (*x[:batch], *draw(shapes_of(0, 1)), depth)
    return Sample((x, index), {"batch": batch})


def cumprod(draw: Draw, op: type[Op]) -> Sample:
    x = draw(shapes_of(1))
    axis = draw(st.integers(-len(x), len(x) - 1))
    return Sample((x,), {**settings_of(draw, op), "axis": axis})


def reshape_like(draw: Draw, op: type[Op]) -> Sample:
    x = draw(shapes_of())
    return Sample((x, tuple(draw(st.permutations([*x, 1])))), {})


def length(draw: Draw, op: type[Op]) -> Sample:
    x = draw(shapes_of(1))
    return Sample((x,), {"axis": draw(st.integers(-len(x), len(x) - 1))})


def grid_sample(draw: Draw, op: type[Op]) -> Sample:
    x = (draw(SIZES), draw(SIZES), draw(SIZES), draw(SIZES))
    return Sample((x, (x[0], draw(SIZES), draw(SIZES), 2)), settings_of(draw, op))


PLACES: dict[type[Op], Callable[[Draw, type[Op]], Sample]] = {
    borrowing.ReshapeLike: reshape_like,
    borrowing.Length: length,
    grid_sampling.GridSample: grid_sample,
    largest.TopK: top_k,
    scattering.Scatter: scatter,
    scattering.ScatterNd: scatter_nd,
    places.GatherNd: gather_nd,
    products.Cumprod: cumprod,
}
