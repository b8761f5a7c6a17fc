"""Which cards lie on others, so that each is painted after those that it covers."""

from __future__ import annotations

import numpy as np

from graphlab.gui.canvas.boxes import Floats, Ints

_DEEPEST = 12  # more cards than this on one spot are not told apart


def levels(cards: Floats) -> Ints:
    """How deep a pile each rectangle (N, 4) lies on, later ones on earlier ones: (N,)."""
    found = np.zeros(len(cards), dtype=np.intp)
    if len(cards) < 2:
        return found
    lower, upper = _overlapping(cards)
    order = np.argsort(upper, kind="stable")
    for below, above in zip(lower[order].tolist(), upper[order].tolist(), strict=True):
        found[above] = max(found[above], min(found[below] + 1, _DEEPEST))
    return found


def _overlapping(cards: Floats) -> tuple[Ints, Ints]:
    """The pairs that overlap, the earlier and the later of each, found from left to right."""
    order = np.argsort(cards[:, 0], kind="stable")
    left, top, width, height = cards[order].T
    here = np.arange(len(cards))
    near = np.searchsorted(left, left + width) - here - 1  # how many begin before this one ends
    near = np.maximum(near, 0)
    one = np.repeat(here, near)
    two = one + 1 + np.arange(len(one)) - np.repeat(np.cumsum(near) - near, near)
    meets = (top[one] < top[two] + height[two]) & (top[two] < top[one] + height[one])
    one, two = order[one[meets]], order[two[meets]]
    return np.minimum(one, two), np.maximum(one, two)
