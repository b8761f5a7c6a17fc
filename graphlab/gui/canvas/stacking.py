"""Which cards lie on others, so that each is painted after those that it covers."""

from __future__ import annotations

import numpy as np

from graphlab.gui.canvas.boxes import Floats, Ints

_FEW, _SOME = 8, 64  # cards: each is compared with each sooner than they are sorted
_DEEPEST = 12  # more cards than this on one spot are not told apart


def levels(cards: Floats) -> Ints:
    """How deep a pile each rectangle (N, 4) lies on, later ones on earlier ones: (N,)."""
    found = np.zeros(len(cards), dtype=np.intp)
    if len(cards) <= _FEW and _few_are_apart(cards.tolist()):
        return found
    if len(cards) <= _SOME and _are_apart(cards):
        return found
    lower, upper = _overlapping(cards)
    order = upper.argsort(kind="stable")
    for below, above in zip(lower[order].tolist(), upper[order].tolist(), strict=True):
        found[above] = max(found[above], min(found[below] + 1, _DEEPEST))
    return found


def _few_are_apart(cards: list[list[float]]) -> bool:
    """Whether no two of so few rectangles overlap that NumPy would take longer to begin."""
    return not any(
        x < left + width and left < x + wide and y < top + height and top < y + high
        for k, (x, y, wide, high) in enumerate(cards)
        for left, top, width, height in cards[:k]
    )


def _are_apart(cards: Floats) -> bool:
    """Whether no two of a few rectangles overlap: each meets itself alone."""
    left, top, width, height = cards.T
    begins_before = left < (left + width)[:, None]
    is_above = top < (top + height)[:, None]
    meets = begins_before & begins_before.T & is_above & is_above.T
    return bool(np.count_nonzero(meets) == len(cards))


def _overlapping(cards: Floats) -> tuple[Ints, Ints]:
    """The pairs that overlap, the earlier and the later of each, found from left to right."""
    order = cards[:, 0].argsort(kind="stable")
    left, top, width, height = cards[order].T
    here = np.arange(len(cards))
    near = np.searchsorted(left, left + width) - here - 1  # how many begin before this one ends
    near = np.maximum(near, 0)
    one = here.repeat(near)
    two = one + 1 + np.arange(len(one)) - (near.cumsum() - near).repeat(near)
    meets = (top[one] < top[two] + height[two]) & (top[two] < top[one] + height[one])
    one, two = order[one[meets]], order[two[meets]]
    return np.minimum(one, two), np.maximum(one, two)
