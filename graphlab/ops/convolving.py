"""Correlation over any number of axes, its two adjoints, and what makes them fast.

Arrays come in and go out in the order (N, C, spatial axes…), but lie in memory as (C, spatial
axes…, N).  Cutting windows out of that copies runs of a whole row of the batch, and all windows of
a channel stand in one row of a matrix, so that a layer is one BLAS product; an elementwise op
keeps the order of what it is given, so a network stays in it.  The matrix of windows is made in
chunks of about ``CHUNK`` bytes, which a cache holds.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from graphlab.ops.contract import Array
from graphlab.ops.windows import Index, Pair, Windows

CHUNK = 2**21
"""Bytes of the matrix of windows that are made at a time."""

NARROWEST = 256
"""Fewer columns in a product would cost more in reading the weights than they save in memory."""


def correlate(x: Array, weight: Array, windows: Windows, groups: int = 1) -> Array:
    """``y[n, o, p] = Σ weight[o, c, t] x[n, c, p·stride + t·dilation − before]``.

    ``x`` is (N, C, size…), ``weight`` (O, C / groups, kernel…) and ``y`` (N, O, count…).
    """
    batch, filters = len(x), len(weight)
    if groups == weight.shape[0] == x.shape[1] > 1:
        return _correlate_each(x, weight, windows)
    rows = weight.reshape(groups, filters // groups, -1)
    y = np.empty((groups, filters // groups, math.prod(windows.count) * batch), _kind(x, weight))
    for columns, patches in _patches(x, windows, groups):
        np.matmul(rows, patches, out=y[:, :, columns])
    return _outwards(y.reshape(filters, *windows.count, batch))


def spread(y: Array, weight: Array, windows: Windows, groups: int = 1) -> Array:
    """The adjoint of ``correlate`` in x: every y sends weight times itself to its window.

    ``y`` is (N, O, count…) and the result (N, C, size…).
    """
    if groups == weight.shape[0] > 1 and weight.shape[1] == 1:
        return _spread_each(y, weight, windows)
    if _gathers(weight, windows, groups):
        return correlate(y, _turned(weight, groups), _backwards(windows), groups)
    batch, filters, kernel = len(y), len(weight), windows.kernel
    channels = weight.shape[1] * groups
    columns = weight.reshape(groups, filters // groups, -1).swapaxes(1, 2)
    above = _inwards(y).reshape(groups, filters // groups, *windows.count, batch)
    x = np.zeros((channels, *_covered(windows), batch), _kind(y, weight))
    each = columns.shape[1] * groups * x.itemsize
    buffer = np.empty(0, x.dtype)
    for block in _blocks((*windows.count, batch), _most_columns(each)):
        part = above[(slice(None), slice(None), *block)]
        rows = part.reshape(groups, filters // groups, -1)
        is_as_wide = buffer.shape[-1] == rows.shape[-1]
        sent = buffer = np.matmul(columns, rows, out=buffer if is_as_wide else None)
        by_tap = sent.reshape(channels, *kernel, *part.shape[2:])
        for place in np.ndindex(kernel):
            moved = _moved(place, block, windows)
            x[(slice(None), *moved, block[-1])] += by_tap[(slice(None), *place)]
    return _outwards(_uncovered(x, windows))


def weight_gradient(x: Array, y: Array, windows: Windows, groups: int = 1) -> Array:
    """The adjoint of ``correlate`` in the weight: (O, C / groups, kernel…) from x and y."""
    filters, inner = y.shape[1], x.shape[1] // groups
    if groups == filters == x.shape[1] > 1:
        return _gradient_each(x, y, windows)
    above = _inwards(y).reshape(groups, filters // groups, -1)
    total: Any = 0.0
    for columns, patches in _patches(x, windows, groups):
        total = total + patches @ above[:, :, columns].swapaxes(1, 2)
    gradient = np.ascontiguousarray(total.swapaxes(1, 2))
    return gradient.reshape(filters, inner, *windows.kernel)


def both_gradients(
    x: Array, y: Array, weight: Array, windows: Windows, groups: int = 1
) -> tuple[Array, Array]:
    """``spread`` and ``weight_gradient``, where it can be from one and the same matrix.

    With stride 1 both meet y's windows: x's gradient is their product with the weights turned
    round, and the weights' is their product with x.
    """
    is_each = groups == len(weight) > 1 and weight.shape[1] == 1
    if is_each or not _gathers(weight, windows, groups):
        return spread(y, weight, windows, groups), weight_gradient(x, y, windows, groups)
    filters, inner = weight.shape[:2]
    rows = _turned(weight, groups).reshape(groups, inner, -1)
    source = _inwards(x).reshape(groups, inner, -1)
    gradient = np.empty(source.shape, _kind(y, weight))
    total: Any = 0.0
    for columns, patches in _patches(y, _backwards(windows), groups):
        np.matmul(rows, patches, out=gradient[:, :, columns])
        total = total + patches @ source[:, :, columns].swapaxes(1, 2)
    shaped = gradient.reshape(x.shape[1], *windows.size, len(x))
    by_tap = np.moveaxis(total.reshape(filters, *windows.kernel, inner), -1, 1)
    turned = np.flip(by_tap, tuple(range(2, by_tap.ndim)))
    return _outwards(shaped), np.ascontiguousarray(turned)


def sum_by_channel(y: Array) -> Array:
    """The sum over all axes but the second: the gradient of a bias."""
    return np.asarray(_inwards(y).reshape(y.shape[1], -1).sum(axis=1))


def padded(x: Array, reach: tuple[Pair, ...]) -> Array:
    """(N, C, size…) as (C, size…, N) with zeros around; negative ``reach`` cuts.

    What neither needs a border nor lies in another order is not copied.
    """
    inside = [
        slice(max(-a, 0), size - max(-b, 0))
        for size, (a, b) in zip(x.shape[2:], reach, strict=True)
    ]
    inner = np.moveaxis(x, 0, -1)[(slice(None), *inside)]
    border = [(max(a, 0), max(b, 0)) for a, b in reach]
    if not any(n for pair in border for n in pair):
        return inner if inner.flags.c_contiguous else np.ascontiguousarray(inner)
    lengths = [n + a + b for n, (a, b) in zip(inner.shape[1:-1], border, strict=True)]
    framed = np.zeros((inner.shape[0], *lengths, inner.shape[-1]), x.dtype)
    place = [slice(a, a + n) for n, (a, _) in zip(inner.shape[1:-1], border, strict=True)]
    framed[(slice(None), *place)] = inner
    return framed


def window_view(framed: Array, windows: Windows) -> Array:
    """(C, covered…, N) as a view (C, kernel…, count…, N); nothing is copied."""
    outer, *inner, last = framed.strides
    taps = zip(inner, windows.dilation, windows.kernel, strict=True)
    places = zip(inner, windows.stride, windows.count, strict=True)
    steps = (
        outer,
        *(step * apart if n > 1 else 0 for step, apart, n in taps),
        *(step * apart if n > 1 else 0 for step, apart, n in places),
        last,
    )
    shape = (len(framed), *windows.kernel, *windows.count, framed.shape[-1])
    return as_strided(framed, shape, steps, writeable=False)


# --- the matrix of windows ------------------------------------------------------------------------
def _patches(x: Array, windows: Windows, groups: int) -> Iterator[tuple[slice, Array]]:
    """The matrix of windows by chunks: which columns, and (groups, C / groups · taps, columns)."""
    view = window_view(padded(x, windows.reach), windows)
    taps = view.shape[0] * math.prod(windows.kernel)
    first = 1 + len(windows.kernel)
    if math.prod(windows.kernel) == 1 and view.flags.c_contiguous:
        yield slice(None), view.reshape(groups, taps // groups, -1)
        return
    buffer = np.empty(0, x.dtype)
    done = 0
    for block in _blocks(view.shape[first:], _most_columns(taps * x.itemsize)):
        part = view[(slice(None),) * first + block]
        if buffer.shape != part.shape:
            buffer = np.empty(part.shape, x.dtype)
        np.copyto(buffer, part)
        patches = buffer.reshape(groups, taps // groups, -1)
        yield slice(done, done + patches.shape[2]), patches
        done += patches.shape[2]


def _most_columns(column: int) -> int:
    """How many columns of so many bytes are made at a time."""
    return max(CHUNK // column, NARROWEST)


def _blocks(shape: tuple[int, ...], most: int) -> Iterator[Index]:
    """Cut an array into parts of about ``most`` elements that lie together, in order."""
    inner = [math.prod(shape[axis + 1 :]) for axis in range(len(shape))]
    axis = next((a for a, below in enumerate(inner) if below <= most), len(shape) - 1)
    length = max(most // inner[axis], 1)
    whole = tuple(slice(0, n) for n in shape[axis + 1 :])
    for outer in itertools.product(*(range(n) for n in shape[:axis])):
        for start in range(0, shape[axis], length):
            stop = min(start + length, shape[axis])
            yield (*(slice(i, i + 1) for i in outer), slice(start, stop), *whole)


# --- spreading ------------------------------------------------------------------------------------
def _gathers(weight: Array, windows: Windows, groups: int) -> bool:
    """Whether ``spread`` is a correlation over y, and that no much larger product."""
    gathered = len(weight) * math.prod(windows.size)
    sent = weight.shape[1] * groups * math.prod(windows.count)
    return set(windows.stride) == {1} and gathered <= 2 * sent


def _backwards(windows: Windows) -> Windows:
    """The windows over y by which x's gradient is a correlation, where the stride is 1."""
    rows = zip(windows.size, windows.extent, windows.pads, windows.count, strict=True)
    pads = tuple(
        (extent - 1 - before, size - 1 + before - (n - 1)) for size, extent, (before, _), n in rows
    )
    return Windows(
        windows.count, windows.kernel, windows.stride, windows.dilation, pads, windows.size
    )


def _turned(weight: Array, groups: int) -> Array:
    """Filters and channels exchanged within each group, and the taps in reverse order."""
    filters, inner = weight.shape[:2]
    split = weight.reshape(groups, filters // groups, inner, *weight.shape[2:])
    turned = np.flip(split.swapaxes(1, 2), tuple(range(3, split.ndim)))
    return np.ascontiguousarray(turned).reshape(
        groups * inner, filters // groups, *weight.shape[2:]
    )


def _covered(windows: Windows) -> tuple[int, ...]:
    """The lengths that the windows cover, borders included, and no less than the padded x."""
    rows = zip(windows.size, windows.reach, strict=True)
    return tuple(size + before + max(after, 0) for size, (before, after) in rows)


def _uncovered(framed: Array, windows: Windows) -> Array:
    """Cut (C, covered…, N) back to what is real."""
    rows = zip(windows.size, windows.reach, strict=True)
    inside = tuple(slice(before, before + size) for size, (before, _) in rows)
    return framed[(slice(None), *inside)]


def _moved(place: tuple[int, ...], block: Index, windows: Windows) -> Index:
    """Where the tap at ``place`` of a block of windows lies in the covered array."""
    rows = zip(place, block[:-1], windows.stride, windows.dilation, strict=True)
    found = []
    for t, part, stride, dilation in rows:
        start = t * dilation + part.start * stride
        found.append(slice(start, start + (part.stop - part.start - 1) * stride + 1, stride))
    return tuple(found)


# --- a filter for each channel --------------------------------------------------------------------
def _correlate_each(x: Array, weight: Array, windows: Windows) -> Array:
    """``correlate`` with a group a channel: no product of matrices, so tap by tap."""
    view = window_view(padded(x, windows.reach), windows)
    y = np.empty((len(weight), *windows.count, len(x)), _kind(x, weight))
    for some in _channels(y):
        part = y[some]
        sent = np.empty_like(part)
        part[:] = 0
        for place in np.ndindex(windows.kernel):
            factor = _factors(weight[some], place)
            part += np.multiply(view[(some, *place)], factor, out=sent)
    return _outwards(y)


def _spread_each(y: Array, weight: Array, windows: Windows) -> Array:
    """``spread`` with a group a channel."""
    if set(windows.stride) == {1}:
        return _correlate_each(y, _turned(weight, len(weight)), _backwards(windows))
    above = _inwards(y)
    x = np.zeros((len(weight), *windows.size, len(y)), _kind(y, weight))
    for some in _channels(above):
        for tap in windows.taps():
            factor = _factors(weight[some], tap.place)
            x[(some, *tap.elements)] += factor * above[(some, *tap.windows)]
    return _outwards(x)


def _gradient_each(x: Array, y: Array, windows: Windows) -> Array:
    """``weight_gradient`` with a group a channel."""
    view, above = window_view(padded(x, windows.reach), windows), _inwards(y)
    gradient = np.empty((len(above), 1, *windows.kernel), _kind(x, y))
    for some in _channels(above):
        for place in np.ndindex(windows.kernel):
            met = view[(some, *place)] * above[some]
            into: Any = (some, 0, *place)
            gradient[into] = met.reshape(len(met), -1).sum(axis=1)
    return gradient


def _factors(weight: Array, place: tuple[int, ...]) -> Array:
    """Each channel's weight at one tap, to be multiplied with (C, size…, N)."""
    index: Any = (slice(None), 0, *place)
    flat: Array = weight[index]
    return flat.reshape(-1, *(1,) * (weight.ndim - 1))


def _channels(x: Array) -> Iterator[slice]:
    """Cut the first axis into parts that a cache holds several of."""
    each = max(CHUNK // 8 // max(x[0].nbytes, 1), 1)
    for start in range(0, len(x), each):
        yield slice(start, start + each)


# --- the order in memory --------------------------------------------------------------------------
def _inwards(x: Array) -> Array:
    """(N, C, size…) as (C, size…, N), contiguous."""
    return np.ascontiguousarray(np.moveaxis(x, 0, -1))


def _outwards(y: Array) -> Array:
    """(C, size…, N) as (N, C, size…), a view."""
    return np.moveaxis(y, -1, 0)


def _kind(*arrays: Array) -> Any:
    return np.result_type(*arrays)
