"""Rectangles in NumPy arrays: many of them sorted for finding, and one around some."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from graphlab.gui.canvas.figure import Frame

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]
Rect = tuple[float, float, float, float]

FRAME_PAD, FRAME_TITLE = 16.0, 24.0
"""The room in a frame around what it holds, and above it for its name."""


_AROUND = 200.0  # how far beyond what was looked at what is kept for the next look reaches
_FEW = 16  # numbers with which NumPy takes longer to begin than Python to end
_NOWHERE = (np.inf, np.inf, -np.inf, -np.inf)
_LOOKS = 32  # how many looks are remembered while nothing moves: the view's own, what is lit


class Boxes:
    """Many rectangles (N, 4), sorted apart by side so that finding some of them is quick.

    Those near what was looked at last are kept apart: a look at a part of that takes as long as
    there is to see, however many there are elsewhere.
    """

    def __init__(self, rects: Floats) -> None:
        self._sides = _sides(rects)
        self._kept: Rect = _NOWHERE  # left, top, right, bottom
        self._near = np.zeros(0, dtype=np.intp)
        self._near_sides = self._sides[:, :0]
        self._found: dict[Rect, Ints] = {}

    @classmethod
    def around(cls, segments: Floats) -> Boxes:
        """The rectangle around each segment (N, 4)."""
        low = np.minimum(segments[:, :2], segments[:, 2:])
        return cls(np.hstack([low, np.abs(segments[:, 2:] - segments[:, :2])]))

    def meeting(self, area: Rect, reach: float) -> Ints:
        """Indices of those that come within ``reach`` of a rectangle."""
        x, y, width, height = area
        look = left, top, right, bottom = (
            x - reach,
            y - reach,
            x + width + reach,
            y + height + reach,
        )
        found = self._found.get(look)
        if found is not None:
            return found
        kept = self._kept
        if left < kept[0] or top < kept[1] or right > kept[2] or bottom > kept[3]:
            kept = (left - _AROUND, top - _AROUND, right + _AROUND, bottom + _AROUND)
            self._near = _touching(self._sides, kept)
            self._near_sides, self._kept = self._sides[:, self._near], kept
        found = self._near[_touching(self._near_sides, look)]
        if len(self._found) == _LOOKS:
            self._found.clear()
        self._found[look] = found
        return found

    def sides_of(self, which: Ints) -> Floats:
        """Left, top, right and bottom of some, in ascending order: (4, N)."""
        return self._sides if len(which) == self._sides.shape[1] else self._sides.take(which, 1)

    def replace(self, which: Ints, rects: Floats) -> None:
        """Put other rectangles in the place of some."""
        self._sides[:, which] = _sides(rects)
        self._kept = _NOWHERE
        self._found.clear()

    def __getitem__(self, i: slice) -> list[Rect]:
        """Some of the rectangles."""
        columns = self._sides[:, i].tolist()
        return [(x, y, right - x, bottom - y) for x, y, right, bottom in zip(*columns, strict=True)]


def distinct(numbers: Ints) -> Ints:
    """The different numbers, ascending; ``np.unique`` would import masked arrays first."""
    ordered = np.sort(numbers)
    is_first = np.ones(len(ordered), dtype=bool)
    is_first[1:] = ordered[1:] != ordered[:-1]
    return np.asarray(ordered[is_first])


def meeting_segments(segments: Floats, area: Rect, reach: float) -> Ints:
    """Indices of the segments (N, 4) whose rectangles come within ``reach`` of one."""
    x, y, width, height = area
    from_x, from_y, to_x, to_y = segments.T
    hit = np.minimum(from_x, to_x) <= x + width + reach
    hit &= np.maximum(from_x, to_x) >= x - reach
    hit &= np.minimum(from_y, to_y) <= y + height + reach
    hit &= np.maximum(from_y, to_y) >= y - reach
    return np.asarray(hit.nonzero()[0])


def grouped(keys: Ints) -> tuple[list[int], Ints]:
    """The different keys, ascending, and which of them each is; none is negative or large."""
    if len(keys) <= _FEW:
        listed = keys.tolist()
        different = sorted({*listed})
        return different, np.array([different.index(key) for key in listed], dtype=np.intp)
    found = np.bincount(keys).nonzero()[0]
    places = np.zeros(int(found[-1]) + 1, dtype=np.intp)
    places[found] = np.arange(len(found))
    return list(found.tolist()), places[keys]


def _sides(rects: Floats) -> Floats:
    """Left, top, right and bottom of rectangles: (4, N)."""
    sides = np.array(rects.T)
    sides[2:] += sides[:2]
    return sides


def _touching(sides: Floats, area: Rect) -> Ints:
    """Indices of those that meet an area from left, top to right, bottom."""
    hit = sides[0] <= area[2]
    hit &= sides[2] >= area[0]
    hit &= sides[1] <= area[3]
    hit &= sides[3] >= area[1]
    return np.asarray(hit.nonzero()[0])


def frame_boxes(
    frames: Sequence[Frame],
    index: Mapping[str, int],
    cards: Floats,
    within: Callable[[int], list[Floats]],
) -> Floats:
    """The rectangle (F, 4) of each frame; inner ones come after those around them.

    ``within`` tells what else the k-th frame holds.
    """
    boxes = np.zeros((len(frames), 4))
    for k in reversed(range(len(frames))):
        frame = frames[k]
        held = [cards[index[card]] for card in frame.cards if card in index]
        held += [boxes[i] for i, other in enumerate(frames) if other.parent == frame.id]
        if not held:
            continue
        held += within(k)
        inner = np.array(held)
        left, top = inner[:, :2].min(axis=0)
        right, bottom = (inner[:, :2] + inner[:, 2:]).max(axis=0)
        width, height = right - left + 2 * FRAME_PAD, bottom - top + FRAME_TITLE + FRAME_PAD
        boxes[k] = (left - FRAME_PAD, top - FRAME_TITLE, width, height)
    return boxes


def share(whole: Rect, area: Rect) -> float:
    """How much of a rectangle, from 0 to 1, lies in another."""
    common = 1.0
    for k in (0, 1):
        begin, end = max(whole[k], area[k]), min(whole[k] + whole[k + 2], area[k] + area[k + 2])
        common *= max(end - begin, 0.0) / (whole[k + 2] or 1.0)
    return common


def beginning(cards: Floats, *, is_in_rows: bool) -> float:
    """The middle of the cards that are furthest left; in rows, of the uppermost of them."""
    if not len(cards):
        return 0.0
    first = cards[cards[:, 0] == cards[:, 0].min()]
    if is_in_rows:
        first = first[first[:, 1] == first[:, 1].min()]
    return float((first[:, 1] + first[:, 3] / 2).mean())


def bounds(boxes: Floats) -> Rect:
    """The rectangle around all of these."""
    if not len(boxes):
        return (0.0, 0.0, 0.0, 0.0)
    left, top = boxes[:, :2].min(axis=0)
    right, bottom = (boxes[:, :2] + boxes[:, 2:]).max(axis=0)
    return (float(left), float(top), float(right - left), float(bottom - top))
