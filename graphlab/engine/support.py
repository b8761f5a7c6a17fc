"""Which inputs each output depends on, read off the entries of a partial.

An entry can be 0 because of what the op does, as outside of a block, or because a value just is 0.
So two twins of the partial are read too: the same op at other numbers, drawn at random.
"""

from __future__ import annotations

import math

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from graphlab.engine.partial import Partial

_ENTRIES = 20_000  # of a Jacobian whose rows are all read
_ROWS = 9  # that are read of a larger one, its first and its last among them

Masks = NDArray[np.bool_]


class Support(Struct, frozen=True):
    """How many of its ``columns`` inputs an output depends on.

    In ``is_blocks`` two outputs depend on the same inputs or on none in common.  ``whole`` are the
    input's axes that an output meets in full while it meets one place of each other; None where it
    is not so.
    """

    least: int
    most: int
    columns: int
    is_blocks: bool
    whole: tuple[int, ...] | None


def support(partial: Partial) -> Support:
    """What the outputs of a partial depend on; of a large one some rows are read."""
    rows, columns = math.prod(partial.output_shape), math.prod(partial.input_shape)
    if not rows or not columns:
        return Support(0, 0, columns, is_blocks=False, whole=None)
    at = np.arange(rows)
    if rows * columns > _ENTRIES:
        at = np.unique(np.linspace(0, rows - 1, _ROWS).round().astype(np.intp))
    here, one, other = (_masks(p, at) for p in (partial, _twin(partial, 0), _twin(partial, 1)))
    by_value = (here & ~one).any() or (one != other).any()  # what is met depends on the values
    masks = here if by_value else one
    counts = masks.sum(axis=1)
    kinds = np.unique(masks, axis=0)
    wholes = {_whole(mask.reshape(partial.input_shape or (1,))) for mask in kinds}
    return Support(
        int(counts.min()),
        int(counts.max()),
        columns,
        bool((kinds.sum(axis=0) <= 1).all()),
        wholes.pop() if len(wholes) == 1 else None,
    )


def _masks(partial: Partial, rows: NDArray[np.intp]) -> Masks:
    """Where the entries of these rows differ from 0."""
    places = (np.unravel_index(i, partial.output_shape or (1,)) for i in rows)
    position = [tuple(map(int, place)) if partial.output_shape else () for place in places]
    return np.array([np.ravel(partial.row(place)) != 0 for place in position])


def _twin(partial: Partial, seed: int) -> Partial:
    """The same use of the op at other numbers; what gets no gradient, as class ids, stays."""
    op, attributes = partial.op, partial.attributes
    shapes = [None if x is None else np.shape(x) for x in partial.inputs]
    drawn = op.draw(np.random.default_rng(seed), shapes, **attributes)  # type: ignore[arg-type]  # an empty port has none
    inputs = [
        x if port in op.undifferentiated else other
        for port, x, other in zip(op.port_names(len(shapes)), partial.inputs, drawn, strict=True)
    ]
    with np.errstate(all="ignore"):
        out = op.forward(*inputs, **attributes)
    return Partial(op, attributes, inputs, out, partial.index, partial.output)


def _whole(mask: Masks) -> tuple[int, ...] | None:
    """The axes met in full, where all others are met at one place."""
    spans = [len(np.unique(places)) for places in np.nonzero(mask)]
    is_slab = math.prod(spans) == mask.sum() and all(
        span in (1, length) for span, length in zip(spans, mask.shape, strict=True)
    )
    whole = tuple(i for i, span in enumerate(spans) if span == mask.shape[i] > 1)
    return whole if is_slab else None
