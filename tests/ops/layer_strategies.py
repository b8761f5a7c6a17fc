"""Legal calls of the ops of layers: normalisation, resizing, lookup, boxes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from drawing import SIZES, Draw, settings_of, shapes_of
from hypothesis import strategies as st

from graphlab.ops import dropping, norms, running_norms
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


LAYERS: dict[type[Op], Callable[[Draw, type[Op]], Sample]] = {
    dropping.MaskedByChance: dropped,
    norms.LayerNorm: last_axes,
    norms.RMSNorm: last_axes,
    norms.GroupNorm: group_norm,
    norms.LocalResponseNorm: local_response,
    running_norms.RunningNormalisation: running,
}
