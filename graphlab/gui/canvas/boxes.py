"""Rectangles in NumPy arrays: many of them sorted for finding, and one around some."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from graphlab.gui.canvas.figure import Frame

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Rect = tuple[float, float, float, float]

FRAME_PAD, FRAME_TITLE = 16.0, 24.0
"""The room in a frame around what it holds, and above it for its name."""


class Boxes:
    """Many rectangles (N, 4), sorted apart by side so that finding some of them is quick."""

    def __init__(self, rects: Floats) -> None:
        self._left, self._top = rects[:, 0].copy(), rects[:, 1].copy()
        self._right, self._bottom = rects[:, 0] + rects[:, 2], rects[:, 1] + rects[:, 3]

    @classmethod
    def around(cls, segments: Floats) -> Boxes:
        """The rectangle around each segment (N, 4)."""
        low = np.minimum(segments[:, :2], segments[:, 2:])
        return cls(np.hstack([low, np.abs(segments[:, 2:] - segments[:, :2])]))

    def meeting(self, area: Rect, reach: float) -> Ints:
        """Indices of those that come within ``reach`` of a rectangle."""
        x, y, width, height = area
        hit = self._left <= x + width + reach
        hit &= self._right >= x - reach
        hit &= self._top <= y + height + reach
        hit &= self._bottom >= y - reach
        return np.flatnonzero(hit)

    def replace(self, which: Ints, rects: Floats) -> None:
        """Put other rectangles in the place of some."""
        self._left[which], self._top[which] = rects[:, 0], rects[:, 1]
        self._right[which] = rects[:, 0] + rects[:, 2]
        self._bottom[which] = rects[:, 1] + rects[:, 3]

    def __getitem__(self, i: int | slice) -> list[Rect]:
        """Some of the rectangles."""
        rows = np.atleast_2d(
            np.stack([self._left[i], self._top[i], self._right[i], self._bottom[i]], axis=-1)
        )
        return [(x, y, right - x, bottom - y) for x, y, right, bottom in rows.tolist()]


def distinct(numbers: Ints) -> Ints:
    """The different numbers, ascending; ``np.unique`` would import masked arrays first."""
    ordered = np.sort(numbers)
    is_first = np.ones(len(ordered), dtype=bool)
    is_first[1:] = ordered[1:] != ordered[:-1]
    return np.asarray(ordered[is_first])


def frame_boxes(frames: Sequence[Frame], index: Mapping[str, int], cards: Floats) -> Floats:
    """The rectangle (F, 4) of each frame; inner ones come after those around them."""
    boxes = np.zeros((len(frames), 4))
    for k in reversed(range(len(frames))):
        frame = frames[k]
        held = [cards[index[card]] for card in frame.cards if card in index]
        held += [boxes[i] for i, other in enumerate(frames) if other.parent == frame.id]
        if not held:
            continue
        inner = np.array(held)
        left, top = inner[:, :2].min(axis=0)
        right, bottom = (inner[:, :2] + inner[:, 2:]).max(axis=0)
        width, height = right - left + 2 * FRAME_PAD, bottom - top + FRAME_TITLE + FRAME_PAD
        boxes[k] = (left - FRAME_PAD, top - FRAME_TITLE, width, height)
    return boxes


def bounds(boxes: Floats) -> Rect:
    """The rectangle around all of these."""
    if not len(boxes):
        return (0.0, 0.0, 0.0, 0.0)
    left, top = boxes[:, :2].min(axis=0)
    right, bottom = (boxes[:, :2] + boxes[:, 2:]).max(axis=0)
    return (float(left), float(top), float(right - left), float(bottom - top))
