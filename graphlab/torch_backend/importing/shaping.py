"""Builders of what changes a tensor's shape: views, permutations, joining, repeating, padding."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from graphlab.ops.broadcasting import Shape
from graphlab.torch_backend.importing.building import Build, FixedBatchError, Wire, as_kind
from graphlab.torch_backend.importing.sizes import Size, with_example, with_other
from graphlab.torch_backend.importing.table import NoBuilderError, builds


def _flat(sizes: tuple[Any, ...]) -> tuple[Any, ...]:
    """``view(2, 3)`` and ``view((2, 3))`` are the same."""
    if len(sizes) == 1 and isinstance(sizes[0], tuple | list):
        return tuple(sizes[0])
    return sizes


# --- views --------------------------------------------------------------------------------------
@builds(
    "view", "reshape", "unsafe_view", "_unsafe_view", "view_copy", takes_sizes=True, is_view=True
)  # fmt: skip
def _view(b: Build, input: Wire, *shape: Any, **named: Any) -> Wire:
    wanted = _flat(shape or tuple(named.values()))
    if any(not isinstance(size, int | Size) for size in wanted):
        raise NoBuilderError("GraphLab does not read a tensor as another type")
    return reshaped(b, input, wanted)


@builds("view_as", "reshape_as", is_view=True)
def _view_as(b: Build, input: Wire, other: Wire) -> Wire:
    return reshaped(b, input, other.sizes)


def reshaped(b: Build, x: Wire, sizes: Sequence[Any]) -> Wire:
    """``x`` in another shape, the batch left open: flatten where it is that, else reshape."""
    example = _settled(with_example(tuple(sizes)), x.shape)
    other = _settled(with_other(tuple(sizes)), x.other)
    if (example, other) == (x.shape, x.other):
        return x
    start = len(example) - 1
    if (
        0 < start < len(x.shape)
        and example[:start] == x.shape[:start]
        and other[:start] == x.other[:start]
    ):
        return as_kind(b.add("flatten", x, **({} if start == 1 else {"start": start})), x.kind)
    open_axes = [i for i, (a, o) in enumerate(zip(example, other, strict=True)) if a != o]
    if len(open_axes) > 1:
        raise FixedBatchError
    told = tuple(-1 if i in open_axes else size for i, size in enumerate(example))
    return as_kind(b.add("reshape", x, shape=told), x.kind)


def _settled(shape: Shape, x: Shape) -> Shape:
    """A shape with its -1 worked out."""
    if -1 not in shape:
        return shape
    named = math.prod(size for size in shape if size != -1)
    left = math.prod(x) // named if named else 0
    return tuple(left if size == -1 else size for size in shape)


@builds("flatten", is_view=True)
def _flatten(b: Build, input: Wire, start_dim: int = 0, end_dim: int = -1) -> Wire:
    sizes = input.sizes
    if not sizes:
        return b.add("reshape", input, shape=(1,))
    start, end = input.axis(start_dim), input.axis(end_dim)
    if start == end:
        return input
    if end == len(sizes) - 1:
        return b.add("flatten", input, **({} if start == 1 else {"start": start}))
    return reshaped(b, input, _merged(input, start, end))


def _merged(x: Wire, start: int, end: int) -> tuple[Any, ...]:
    example, other = (
        (*s[:start], math.prod(s[start : end + 1]), *s[end + 1 :]) for s in (x.shape, x.other)
    )
    return tuple(a if a == o else Size(a, o) for a, o in zip(example, other, strict=True))


@builds("unflatten", is_view=True)
def _unflatten(b: Build, input: Wire, dim: int, sizes: Any) -> Wire:
    axis = input.axis(dim)
    inner = list(_flat((sizes,)))
    have = input.sizes
    if -1 in inner and not isinstance(have[axis], Size):
        inner[inner.index(-1)] = have[axis] // -math.prod(inner)
    return reshaped(b, input, (*have[:axis], *inner, *have[axis + 1 :]))


@builds("squeeze", is_view=True)
def _squeeze(b: Build, input: Wire, dim: Any = None) -> Wire:
    rank = len(input.shape)
    named = range(rank) if dim is None else [dim] if isinstance(dim, int) else dim
    gone = {input.axis(a) for a in named}
    kept = [s for i, s in enumerate(input.sizes) if i not in gone or s != 1]
    return reshaped(b, input, kept)


@builds("unsqueeze", is_view=True)
def _unsqueeze(b: Build, input: Wire, dim: int) -> Wire:
    sizes = list(input.sizes)
    sizes.insert(dim % (len(sizes) + 1), 1)
    return reshaped(b, input, sizes)


# --- permutations -------------------------------------------------------------------------------
@builds("permute", is_view=True)
def _permute(b: Build, input: Wire, *dims: Any) -> Wire:
    return transposed(b, input, [input.axis(a) for a in _flat(dims)])


@builds("transpose", "swapaxes", "swapdims", is_view=True)
def _transpose(b: Build, input: Wire, dim0: int, dim1: int) -> Wire:
    axes = list(range(len(input.shape)))
    first, second = input.axis(dim0), input.axis(dim1)
    axes[first], axes[second] = second, first
    return transposed(b, input, axes)


@builds("movedim", "moveaxis", is_view=True)
def _movedim(b: Build, input: Wire, source: Any, destination: Any) -> Wire:
    froms = [input.axis(a) for a in ([source] if isinstance(source, int) else source)]
    tos = [input.axis(a) for a in ([destination] if isinstance(destination, int) else destination)]
    rest = iter(a for a in range(len(input.shape)) if a not in froms)
    placed = dict(zip(tos, froms, strict=True))
    axes = [placed[i] if i in placed else next(rest) for i in range(len(input.shape))]
    return transposed(b, input, axes)


@builds("t", is_view=True)
def _t(b: Build, input: Wire) -> Wire:
    return transposed(b, input, list(reversed(range(len(input.shape)))))


@builds("getattr", is_view=True)
def _getattr(b: Build, input: Wire, name: str) -> Wire:
    match name:
        case "T":
            return _t(b, input)
        case "mT":
            return _transpose(b, input, -2, -1)
        case "data":
            return b.add("stop_gradient", input)
    raise NoBuilderError(f"GraphLab has nothing for a tensor's {name}")


def transposed(b: Build, x: Wire, axes: list[int]) -> Wire:
    """``x`` with its axes in another order."""
    if axes == sorted(axes):
        return x
    is_reversed = axes == list(reversed(range(len(axes))))
    return as_kind(b.add("transpose", x, **({} if is_reversed else {"axes": tuple(axes)})), x.kind)


# --- joining and repeating ----------------------------------------------------------------------
@builds("cat", "concat", "concatenate")
def _cat(b: Build, tensors: Any, dim: int = 0, *, axis: Any = None) -> Wire:
    # torch passes over an empty vector, whatever the others' shape.
    parts = [b.lift(x) for x in tensors]
    parts = [x for x in parts if x.shape != (0,)] or parts[:1]
    where = parts[0].axis(dim if axis is None else axis)
    return b.add("concatenate", *parts, axis=where)


@builds("stack")
def _stack(b: Build, tensors: Any, dim: int = 0) -> Wire:
    parts = [b.lift(x) for x in tensors]
    return b.add("stack", *parts, axis=dim % (len(parts[0].shape) + 1))


@builds("expand", "broadcast_to", takes_sizes=True, is_view=True)
def _expand(b: Build, input: Wire, *size: Any, implicit: bool = False) -> Wire:
    wanted = list(_flat(size))
    have = (1,) * (len(wanted) - len(input.sizes)) + input.sizes
    full = [h if w == -1 else w for w, h in zip(wanted, have, strict=True)]
    return expanded(b, input, full)


@builds("expand_as", is_view=True)
def _expand_as(b: Build, input: Wire, other: Wire) -> Wire:
    return expanded(b, input, list(other.sizes))


def expanded(b: Build, x: Wire, sizes: list[Any]) -> Wire:
    """``x`` repeated along axes of length 1, along the batch as often as the batch asks."""
    example, other = tuple(with_example(sizes)), tuple(with_other(sizes))
    if (example, other) == (x.shape, x.other):
        return x
    lead = (1,) * (len(example) - len(x.shape))
    have = [*lead, *x.shape]
    repeats = [i for i, (a, h) in enumerate(zip(example, have, strict=True)) if a != h]
    follows = [i for i, (a, o) in enumerate(zip(example, other, strict=True)) if a != o]
    if not set(repeats) & set(follows):
        if follows:  # the batch is there already: only other axes are repeated
            raise FixedBatchError
        return b.add("broadcast", x, shape=example)
    if b.batch is None or repeats != follows or len(follows) != 1:
        raise FixedBatchError
    x = reshaped(b, x, have) if lead else x
    return b.add("repeat_like", x, b.batch, axis=follows[0])


@builds("repeat", "tile")
def _repeat(b: Build, input: Wire, *sizes: Any) -> Wire:
    times = [int(n) for n in _flat(sizes)]
    times = [1] * (len(input.shape) - len(times)) + times
    x = reshaped(b, input, [*(1,) * (len(times) - len(input.shape)), *input.sizes])
    for axis, count in enumerate(times):
        if count > 1:
            x = b.add("concatenate", *[x] * count, axis=axis)
    return x


@builds("roll")
def _roll(b: Build, input: Wire, shifts: Any, dims: Any = None) -> Wire:
    if dims is None or dims == ():
        flat = _roll(b, reshaped(b, input, [-1]), shifts, 0)
        return reshaped(b, flat, input.sizes)
    pairs = [(shifts, dims)] if isinstance(dims, int) else list(zip(shifts, dims, strict=True))
    for shift, dim in pairs:
        axis = input.axis(dim)
        if input.shape[axis] != input.other[axis]:
            raise FixedBatchError
        cut = -shift % input.shape[axis]
        if cut:
            last, first = {"start": cut}, {"stop": cut}
            parts = (b.add("slice", input, axis=axis, **ends) for ends in (last, first))
            input = b.add("concatenate", *parts, axis=axis)
    return input


@builds("channel_shuffle", "native_channel_shuffle")
def _channel_shuffle(b: Build, input: Wire, groups: int) -> Wire:
    batch, channels, *rest = input.sizes
    split = reshaped(b, input, [batch, groups, channels // groups, *rest])
    axes = [0, 2, 1, *range(3, len(rest) + 3)]
    return reshaped(b, transposed(b, split, axes), input.sizes)


# --- padding ------------------------------------------------------------------------------------
@builds("pad", "constant_pad_nd")
def _pad(
    b: Build, input: Wire, pad: Sequence[int], mode: Any = "constant", value: Any = None
) -> Wire:
    if not isinstance(mode, str):  # constant_pad_nd has the value third
        mode, value = "constant", mode
    pairs = [(pad[i], pad[i + 1]) for i in range(0, len(pad), 2)][::-1]
    first = len(input.shape) - len(pairs)
    for axis, (before, after) in enumerate(pairs, first):
        if before < 0 or after < 0:  # a negative border cuts
            stop = input.shape[axis] + min(after, 0)
            if axis == 0:
                raise NoBuilderError("its padding cuts the batch")
            start = max(-before, 0)
            input = b.add("slice", input, axis=axis, start=start, stop=stop)
    width = tuple((max(before, 0), max(after, 0)) for before, after in pairs)
    told: dict[str, Any] = {} if mode == "constant" else {"mode": mode}
    if value:
        told["value"] = float(value)
    if not any(size for pair in width for size in pair):
        return input
    return b.add("pad", input, width=width, **told)


@builds("zeros_like")
def _zeros_like(b: Build, input: Wire, **settings: Any) -> Wire:
    return b.add("multiply", b.add("stop_gradient", input), 0.0)


@builds("ones_like")
def _ones_like(b: Build, input: Wire, **settings: Any) -> Wire:
    return b.add("add", _zeros_like(b, input), 1.0)


def _enter_filled(name: str) -> None:
    import torch

    @builds(name, takes_sizes=True)
    def build(b: Build, input: Wire, *size: Any, **settings: Any) -> Any:
        """A tensor that reads nothing of ``input`` but what type it has."""
        *sizes, value = size if name == "new_full" else (*size, 0.0 if name == "new_zeros" else 1.0)
        lengths = _flat(tuple(sizes))
        if any(isinstance(length, Size) for length in lengths):
            raise FixedBatchError
        dtypes = {"float": torch.float32, "int": torch.int64, "bool": torch.bool}
        return torch.full(tuple(lengths), value, dtype=settings.get("dtype") or dtypes[input.kind])


_enter_filled("new_zeros")
_enter_filled("new_ones")
_enter_filled("new_full")
