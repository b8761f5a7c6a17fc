"""How each op can be called: shapes and attributes drawn by Hypothesis, one strategy a family."""

from __future__ import annotations

import math
from collections.abc import Callable

from drawing import SIZES, Draw, settings_of, shapes_of
from hypothesis import strategies as st
from hypothesis.extra.numpy import mutually_broadcastable_shapes
from layer_strategies import LAYERS
from place_strategies import PLACES
from window_strategies import WINDOWS

from graphlab.ops import (
    cutting,
    joining,
    linear,
    mask_losses,
    passing,
    penalties,
    shape,
    softmax,
)
from graphlab.ops.class_losses import ClassLoss, class_axis
from graphlab.ops.contract import Op, Sample
from graphlab.ops.families import Elementwise
from graphlab.ops.losses import ElementwiseLoss
from graphlab.ops.reductions import AxisReduction, Norm, Sum, Variance


def calls(op: type[Op]) -> st.SearchStrategy[Sample]:
    """Calls of ``op`` that are legal; raises ``LookupError`` if no family here covers it."""
    for cls in op.__mro__:
        if cls in FAMILIES:
            return _calls(op, FAMILIES[cls])
    raise LookupError(f"tests/ops/strategies.py has no strategy for {op.name}")


@st.composite
def _calls(draw: Draw, op: type[Op], family: Callable[[Draw, type[Op]], Sample]) -> Sample:
    return family(draw, op)


def elementwise(draw: Draw, op: type[Op]) -> Sample:
    shapes = mutually_broadcastable_shapes(
        num_shapes=len(op.ports), max_dims=3, min_side=0, max_side=3
    )
    return Sample(draw(shapes).input_shapes, settings_of(draw, op))


def reduction(draw: Draw, op: type[Op]) -> Sample:
    x = draw(shapes_of(smallest=0 if op is Sum else 1))
    attributes = settings_of(draw, op)
    count = math.prod(x)
    if x and draw(st.booleans()):
        axes = draw(st.lists(st.integers(0, len(x) - 1), min_size=1, unique=True))
        count = math.prod(x[a] for a in axes)
        signed = tuple(a - len(x) if draw(st.booleans()) else a for a in axes)
        attributes["axis"] = signed[0] if len(signed) == 1 else signed
    if issubclass(op, Variance):
        attributes["correction"] = draw(st.integers(0, min(count - 1, 2)))
    if op is Norm:
        attributes["order"] = draw(st.sampled_from([0.5, 1.0, 1.5, 2.0, 3.0, "inf"]))
    return Sample((x,), attributes)


def pair(draw: Draw, op: type[Op]) -> Sample:
    whole = draw(shapes_of())
    part = tuple(1 if draw(st.booleans()) else size for size in whole)
    part = part[draw(st.integers(0, len(part))) :]
    return Sample(draw(st.permutations([whole, part])), settings_of(draw, op))


def classes(draw: Draw, op: type[Op]) -> Sample:
    scores = draw(shapes_of(1, 4))
    axis = class_axis(len(scores))
    target = scores[:axis] + scores[axis + 1 :]
    whole = getattr(op, "accepts_probabilities", False) and draw(st.booleans())
    shapes, attributes = [scores, scores if whole else target], settings_of(draw, op)
    if "weight" in op.ports and draw(st.booleans()):
        shapes.append((scores[axis],))
    if "label_smoothing" in attributes:
        attributes["label_smoothing"] = draw(st.sampled_from([0.1, 0.5, 1.0]))
    if "ignore_index" in op.attributes and not whole and draw(st.booleans()):
        attributes["ignore_index"] = (
            draw(st.integers(0, scores[axis] - 1)) if scores[axis] > 1 else -1
        )
    return Sample(tuple(shapes), attributes)


def masks(draw: Draw, op: type[Op]) -> Sample:
    mask = draw(shapes_of(2))
    return Sample((mask, mask), settings_of(draw, op))


def one_array(draw: Draw, op: type[Op]) -> Sample:
    return Sample((draw(shapes_of()),), settings_of(draw, op))


def along_axis(draw: Draw, op: type[Op]) -> Sample:
    x = draw(shapes_of(1))
    return Sample((x,), {"axis": draw(st.integers(-len(x), len(x) - 1))})


def matmul(draw: Draw, op: type[Op]) -> Sample:
    n, k, m = draw(SIZES), draw(SIZES), draw(SIZES)
    batches = draw(mutually_broadcastable_shapes(num_shapes=2, max_dims=2, max_side=3))
    a, b = batches.input_shapes
    left, right = (*a, n, k), (*b, k, m)
    return Sample((draw(st.sampled_from([left, (k,)])), draw(st.sampled_from([right, (k,)]))), {})


def dot(draw: Draw, op: type[Op]) -> Sample:
    n = draw(SIZES)
    return Sample(((n,), (n,)), {})


def affine(draw: Draw, op: type[Op]) -> Sample:
    outputs, inputs = draw(SIZES), draw(SIZES)
    batch = draw(shapes_of(0, 2))
    return Sample(((outputs, inputs), (*batch, inputs), (outputs,)), {})


def transpose(draw: Draw, op: type[Op]) -> Sample:
    x = draw(shapes_of())
    order = draw(st.none() | st.permutations(range(len(x))).map(tuple))
    return Sample((x,), {} if order is None else {"axes": order})


def reshape(draw: Draw, op: type[Op]) -> Sample:
    x = draw(shapes_of())
    wanted = list(draw(st.permutations([*x, 1])))
    if draw(st.booleans()):
        wanted[draw(st.integers(0, len(wanted) - 1))] = -1
    return Sample((x,), {"shape": tuple(wanted)})


def flatten(draw: Draw, op: type[Op]) -> Sample:
    x = draw(shapes_of(1))
    return Sample((x,), {"start": draw(st.integers(-len(x), len(x) - 1))})


def broadcast(draw: Draw, op: type[Op]) -> Sample:
    wanted = draw(shapes_of())
    x = tuple(1 if draw(st.booleans()) else size for size in wanted)
    return Sample((x[draw(st.integers(0, len(x))) :],), {"shape": wanted})


def repeated(draw: Draw, op: type[Op]) -> Sample:
    x = list(draw(shapes_of(1)))
    axis = draw(st.integers(-len(x), len(x) - 1))
    x[axis] = 1
    return Sample((tuple(x), draw(shapes_of(1))), {"axis": axis})


def concatenate(draw: Draw, op: type[Op]) -> Sample:
    x = draw(shapes_of(1))
    axis = draw(st.integers(0, len(x) - 1))
    sizes = draw(st.lists(SIZES, min_size=1, max_size=3))
    shapes = tuple((*x[:axis], size, *x[axis + 1 :]) for size in sizes)
    return Sample(shapes, {"axis": axis - len(x) * draw(st.booleans())})


def stack(draw: Draw, op: type[Op]) -> Sample:
    x = draw(shapes_of(0, 2))
    return Sample((x,) * draw(SIZES), {"axis": draw(st.integers(-len(x) - 1, len(x)))})


def slicing(draw: Draw, op: type[Op]) -> Sample:
    x = draw(shapes_of(1))
    axis = draw(st.integers(-len(x), len(x) - 1))
    kept = draw(st.slices(x[axis]).filter(lambda s: len(range(*s.indices(x[axis]))) > 0))
    step = {} if kept.step is None else {"step": kept.step}
    return Sample((x,), {"axis": axis, "start": kept.start, "stop": kept.stop, **step})


def pad(draw: Draw, op: type[Op]) -> Sample:
    x = draw(shapes_of(1))
    border = st.tuples(st.integers(0, 2), st.integers(0, 2))
    width = tuple(draw(st.lists(border, min_size=1, max_size=len(x))))
    mode = draw(st.sampled_from(["constant", "reflect", "replicate", "circular"]))
    if mode == "constant" or len(x) == 1:
        return Sample((x,), {"width": width, "value": draw(st.floats(-2, 2))})
    sides = [min(2, length - (mode == "reflect")) for length in x[max(1, len(x) - 2) :]]
    width = tuple((draw(st.integers(0, n)), draw(st.integers(0, n))) for n in sides)
    return Sample((x,), {"width": width, "mode": mode})


def split(draw: Draw, op: type[Op]) -> Sample:
    x = draw(shapes_of(1))
    axis, parts = draw(st.integers(0, len(x) - 1)), draw(SIZES)
    whole = (*x[:axis], x[axis] * parts, *x[axis + 1 :])
    return Sample((whole,), {"axis": axis, "parts": parts})


FAMILIES: dict[type[Op], Callable[[Draw, type[Op]], Sample]] = {
    Elementwise: elementwise,
    AxisReduction: reduction,
    ElementwiseLoss: pair,
    ClassLoss: classes,
    mask_losses.DiceLoss: masks,
    penalties.Penalty: one_array,
    softmax.Softmax: along_axis,
    softmax.LogSoftmax: along_axis,
    linear.Matmul: matmul,
    linear.Dot: dot,
    linear.Affine: affine,
    shape.Transpose: transpose,
    shape.Reshape: reshape,
    shape.Flatten: flatten,
    shape.Broadcast: broadcast,
    passing.RepeatLike: repeated,
    joining.Concatenate: concatenate,
    joining.Stack: stack,
    cutting.Slice: slicing,
    joining.Pad: pad,
    cutting.Split: split,
    **WINDOWS,
    **LAYERS,
    **PLACES,
}
