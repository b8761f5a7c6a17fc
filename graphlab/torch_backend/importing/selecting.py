"""Builders of what picks parts of a tensor: indexing, splitting, embedding."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphlab.ops import op_named
from graphlab.torch_backend.importing.building import Build, FixedBatchError, Wire, as_kind
from graphlab.torch_backend.importing.shaping import reshaped
from graphlab.torch_backend.importing.sizes import Size, with_example, with_other
from graphlab.torch_backend.importing.table import NoBuilderError, builds

MAX_END = 2**62
"""torch.export writes "to the end" as the largest whole number."""


@builds("getitem", "__getitem__", takes_sizes=True, is_view=True)
def _getitem(b: Build, input: Wire, index: Any) -> Wire:
    import torch

    parts = list(index) if isinstance(index, tuple) else [index]
    parts = [torch.tensor(part) if isinstance(part, list) else part for part in parts]
    places = [i for i, part in enumerate(parts) if part is ...]
    if places:
        named = sum(part is not None and part is not ... for part in parts)
        parts[places[0] : places[0] + 1] = [slice(None)] * (len(input.shape) - named)
    if sum(map(_is_tensor, parts)) > 1:
        raise NoBuilderError("GraphLab picks by one tensor of whole numbers at a time")
    axis = 0
    sizes: list[Any] = []
    picked: tuple[int, Any] | None = None
    for part in parts:
        if part is None:
            sizes.append(1)
            continue
        if isinstance(part, slice):
            input = sliced(b, input, axis, part.start, part.stop, part.step or 1)
            sizes.append(input.sizes[axis])
        elif _is_tensor(part):
            picked = len(sizes), part
            sizes.append(input.sizes[axis])
        else:
            input = at(b, input, axis, part)
        axis += 1
    input = reshaped(b, input, [*sizes, *input.sizes[axis:]])
    return input if picked is None else _picked(b, input, *picked)


def _is_tensor(value: Any) -> bool:
    return isinstance(value, Wire) or hasattr(value, "detach")


def _picked(b: Build, x: Wire, axis: int, ids: Any) -> Wire:
    """Slices along an axis by whole numbers; the rows of a matrix as an embedding reads them."""
    ids = b.lift(ids)
    if ids.kind != "int":
        raise NoBuilderError("GraphLab picks by whole numbers, and how many a mask keeps is open")
    if axis == 0 and len(x.shape) == 2 and not _has_negative(b, ids):
        return b.add("embedding", *_embedding_ports(x, ids))
    return as_kind(b.add("index", x, ids, axis=axis), x.kind)


def _has_negative(b: Build, ids: Wire) -> bool:
    """Whether ids may count from the end, which an embedding takes for a mistake."""
    value = b.uses[ids.use].attributes.get("value")
    return value is None or bool((np.asarray(value) < 0).any())


@builds("index")
def _index(b: Build, input: Wire, indices: Any) -> Wire:
    """As torch.export writes ``x[:, ids]``: None for an axis that stays whole."""
    return _getitem(b, input, tuple(slice(None) if i is None else i for i in indices))


def at(b: Build, x: Wire, axis: int, place: Any) -> Wire:
    """One element along an axis, which stays with length 1."""
    if isinstance(place, Size):
        raise FixedBatchError
    place = int(place)
    stop = None if place == -1 else place + 1
    return as_kind(b.add("slice", x, axis=axis, start=place, stop=stop), x.kind)


def sliced(b: Build, x: Wire, axis: int, start: Any, stop: Any, step: Any = 1) -> Wire:
    """A slice along an axis; the whole axis is the tensor itself."""
    lengths = x.shape[axis], x.other[axis]
    spans = []
    for settle, length in ((with_example, lengths[0]), (with_other, lengths[1])):
        spans.append(range(length)[slice(settle(start), settle(stop), settle(step))])
    if all(span == range(n) for span, n in zip(spans, lengths, strict=True)):
        return x
    if any(isinstance(end, Size) for end in (start, stop, step)):
        if start in (None, 0) or not isinstance(stop, Size):
            raise FixedBatchError
        stop = None
    if stop is not None and stop > MAX_END:
        stop = None
    told = {"start": start or None, "stop": stop, "step": step}
    kept = {k: int(v) for k, v in told.items() if v is not None and (k, v) != ("step", 1)}
    return as_kind(b.add("slice", x, axis=axis, **kept), x.kind)


@builds("select", is_view=True)
def _select(b: Build, input: Wire, dim: int, index: int) -> Wire:
    axis = input.axis(dim)
    one = at(b, input, axis, index)
    return reshaped(b, one, [s for i, s in enumerate(one.sizes) if i != axis])


@builds("slice", takes_sizes=True, is_view=True)
def _slice(
    b: Build, input: Wire, dim: int = 0, start: Any = None, end: Any = None, step: Any = 1
) -> Wire:
    return sliced(b, input, input.axis(dim), start, end, step)


@builds("narrow", is_view=True)
def _narrow(b: Build, input: Wire, dim: int, start: int, length: int) -> Wire:
    axis = input.axis(dim)
    start = start % input.shape[axis]
    return sliced(b, input, axis, start, start + length)


# --- several parts ------------------------------------------------------------------------------
@builds("chunk", is_view=True)
def _chunk(b: Build, input: Wire, chunks: int, dim: int = 0) -> tuple[Wire, ...]:
    axis = input.axis(dim)
    length = input.shape[axis]
    if length != input.other[axis]:
        raise FixedBatchError
    return _parts(b, input, axis, -(-length // chunks))


@builds("split", "split_with_sizes", "unsafe_split", is_view=True)
def _split(b: Build, tensor: Wire, split_size_or_sections: Any, dim: int = 0) -> tuple[Wire, ...]:
    axis = tensor.axis(dim)
    if isinstance(split_size_or_sections, int):
        if tensor.shape[axis] != tensor.other[axis]:
            raise FixedBatchError
        return _parts(b, tensor, axis, split_size_or_sections)
    found, start = [], 0
    for length in split_size_or_sections:
        found.append(sliced(b, tensor, axis, start, start + length))
        start += length
    return tuple(found)


def _parts(b: Build, x: Wire, axis: int, size: int) -> tuple[Wire, ...]:
    """Parts of ``size`` along an axis; the last may be shorter."""
    length = x.shape[axis]
    if length % size == 0 and length > size:
        return b.add_several("split", x, parts=length // size, axis=axis)
    return tuple(sliced(b, x, axis, i, min(i + size, length)) for i in range(0, length, size))


@builds("tensor_split", is_view=True)
def _tensor_split(b: Build, input: Wire, indices_or_sections: Any, dim: int = 0) -> Any:
    if not isinstance(indices_or_sections, int):
        raise NoBuilderError("GraphLab splits into equal parts")
    axis = input.axis(dim)
    return b.add_several("split", input, parts=indices_or_sections, axis=axis)


@builds("unbind", is_view=True)
def _unbind(b: Build, input: Wire, dim: int = 0) -> tuple[Wire, ...]:
    axis = input.axis(dim)
    if input.shape[axis] != input.other[axis]:
        raise FixedBatchError
    if input.shape[axis] == 1:
        ones: tuple[Wire, ...] = (input,)
    else:
        ones = b.add_several("split", input, parts=input.shape[axis], axis=axis)
    return tuple(reshaped(b, x, [s for i, s in enumerate(x.sizes) if i != axis]) for x in ones)


@builds("flip")
def _flip(b: Build, input: Wire, *dims: Any) -> Wire:
    axes = dims[0] if len(dims) == 1 and isinstance(dims[0], tuple | list) else dims
    for axis in axes:
        input = b.add("slice", input, axis=input.axis(axis), step=-1)
    return input


# --- picking by ids -----------------------------------------------------------------------------
@builds("embedding")
def _embedding(
    b: Build,
    input: Any,
    weight: Wire,
    padding_idx: Any = None,
    max_norm: Any = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Wire:
    if max_norm is not None or scale_grad_by_freq:
        raise NoBuilderError("GraphLab's embedding takes no max_norm and no scale_grad_by_freq")
    if padding_idx is not None and padding_idx >= 0:
        raise NoBuilderError("GraphLab's embedding gives every row a gradient, padding too")
    return b.add("embedding", *_embedding_ports(weight, input))


@builds("aten.embedding")
def _exported_embedding(
    b: Build, weight: Wire, indices: Any, padding_idx: int = -1, *rest: Any
) -> Wire:
    if padding_idx >= 0:
        raise NoBuilderError("GraphLab's embedding gives every row a gradient, padding too")
    return b.add("embedding", *_embedding_ports(weight, indices))


def _embedding_ports(weight: Wire, ids: Any) -> tuple[Any, Any]:
    """In the order of the op's ports."""
    ports = op_named("embedding").ports
    return (weight, ids) if ports[0] == "weight" else (ids, weight)


@builds("index_select")
def _index_select(b: Build, input: Wire, dim: int, index: Any) -> Wire:
    return _picked(b, input, input.axis(dim), index)


@builds("gather")
def _gather(b: Build, input: Wire, dim: int, index: Any, *, sparse_grad: bool = False) -> Wire:
    return b.add("gather", input, index, axis=input.axis(dim))


@builds("one_hot")
def _one_hot(b: Build, tensor: Wire, num_classes: int = -1) -> Wire:
    if num_classes < 0:
        raise NoBuilderError("GraphLab's one_hot needs the number of classes")
    return as_kind(b.add("one_hot", tensor, classes=num_classes), "int")
