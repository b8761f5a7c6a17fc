"""Where new cards go on a picture whose cards a hand has placed: near what they are joined to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Point = tuple[float, float]
Sides = tuple[float, float, float, float]
"""Left, top, right, bottom."""


def place_nearby(
    sizes: Mapping[str, Point],
    edges: Sequence[tuple[str, str]],
    kept: Mapping[str, Point],
    *,
    gap: Point = (96, 24),
    homes: Mapping[str, str] | None = None,
    pad: Sides = (0, 0, 0, 0),
) -> dict[str, Point]:
    """A place for every card of ``sizes``: the one in ``kept``, or else a free one.

    A new card stands right of what feeds it, or left of what it feeds, as near to their height as
    it can with a gap to every other card; one that is joined to nothing placed stands below all.
    ``homes`` has the frame that a card or a frame is in, drawn ``pad`` around all that is in it: a
    new card stands in no other frame, and its own frames come to hold no other card, if they can.
    """
    places = {name: kept[name] for name in sizes if name in kept}
    sources: dict[str, list[str]] = {name: [] for name in sizes}
    targets: dict[str, list[str]] = {name: [] for name in sizes}
    for source, target in edges:
        if source != target:
            sources[target].append(source)
            targets[source].append(target)
    ground = _Ground(sizes, places, gap, _Frames(homes or {}, pad))
    waiting = [name for name in sizes if name not in places]
    while waiting:
        name = next(
            (n for n in waiting if any(o in places for o in (*sources[n], *targets[n]))),
            waiting[0],
        )
        waiting.remove(name)
        before = [other for other in sources[name] if other in places]
        after = [other for other in targets[name] if other in places]
        places[name] = ground.place(name, before, after)
    return places


class _Frames:
    """The frames around the cards that stand, each as it is drawn."""

    def __init__(self, homes: Mapping[str, str], pad: Sides) -> None:
        self._homes, self._pad = homes, pad
        self.drawn: dict[str, Sides] = {}

    def around(self, name: str) -> Iterator[str]:
        """The frames that a card is in, from the inside out."""
        home = self._homes.get(name)
        while home is not None:
            yield home
            home = self._homes.get(home)

    def grown(self, name: str, box: Sides) -> dict[str, Sides]:
        """The frames around a card as they are once it stands there."""
        found = {}
        for frame in self.around(name):
            left, top, right, bottom = self._pad
            box = box[0] - left, box[1] - top, box[2] + right, box[3] + bottom
            known = self.drawn.get(frame)
            found[frame] = box = box if known is None else _union(known, box)
        return found


class _Ground:
    """The cards that stand already."""

    def __init__(
        self, sizes: Mapping[str, Point], places: Mapping[str, Point], gap: Point, frames: _Frames
    ) -> None:
        self._sizes, self._gap, self._frames = sizes, gap, frames
        self._boxes: dict[str, Sides] = {}
        self._rows: NDArray[np.float64] = np.zeros((0, 4))
        for name, place in places.items():
            self._boxes[name] = box = _box(place, sizes[name])
            frames.drawn |= frames.grown(name, box)
        self._rows = np.array(list(self._boxes.values()), dtype=float).reshape(-1, 4)

    def place(self, name: str, before: Sequence[str], after: Sequence[str]) -> Point:
        """The free place nearest to where a card should stand."""
        (width, height), gap = self._sizes[name], self._gap[1]
        near = [self._boxes[other] for other in before or after]
        middles = [(top + bottom) / 2 for _, top, _, bottom in near]
        lowest = float(self._rows[:, 3].max()) + 2 * gap if len(self._rows) else 0.0
        y = sum(middles) / len(middles) - height / 2 if near else lowest
        x = self._column(width, before, after)
        place = x, self._free(name, (x, y, x + width, y + height))
        self._boxes[name] = box = _box(place, self._sizes[name])
        self._rows = np.vstack([self._rows, box])
        self._frames.drawn |= self._frames.grown(name, box)
        return place

    def _column(self, width: float, before: Sequence[str], after: Sequence[str]) -> float:
        """Right of what feeds a card; where there is little room, midway to what it feeds."""
        across = self._gap[0]
        left = max((self._boxes[n][2] for n in before), default=None)
        right = min((self._boxes[n][0] for n in after), default=None)
        if left is not None:
            is_narrow = right is not None and left + width <= right < left + width + 2 * across
            return (left + right - width) / 2 if right is not None and is_narrow else left + across
        if right is not None:
            return right - across - width
        return float(self._rows[:, 0].min()) if len(self._rows) else 0.0

    def _free(self, name: str, wish: Sides) -> float:
        """The height nearest to the wished one at which nothing is in the way."""
        around, (left, y, right, bottom) = set(self._frames.around(name)), wish
        (across, gap), height = self._gap, bottom - y
        walls = [box for frame, box in self._frames.drawn.items() if frame not in around]
        boxes = np.vstack([self._rows, *walls]) if walls else self._rows
        beside = (boxes[:, 0] < right + across) & (left < boxes[:, 2] + across)
        tops, ends = boxes[beside, 1] - height - gap, boxes[beside, 3] + gap
        heights = sorted((y, *tops.tolist(), *ends.tolist()), key=lambda c: abs(c - y))
        free = [float(c) for c in heights if not ((tops < c) & (c < ends)).any()]
        fitting = (c for c in free if not self._swallows(name, (left, c, right, c + height)))
        return next(fitting, free[0] if free else y)

    def _swallows(self, name: str, box: Sides) -> bool:
        """Whether a frame would come to lie over a card that is not in it."""
        drawn = self._frames.drawn
        return any(
            _meets(grown, other) and not (frame in drawn and _meets(drawn[frame], other))
            for frame, grown in self._frames.grown(name, box).items()
            for card, other in self._boxes.items()
            if frame not in self._frames.around(card)
        )


def _box(place: Point, size: Point) -> Sides:
    return place[0], place[1], place[0] + size[0], place[1] + size[1]


def _union(one: Sides, other: Sides) -> Sides:
    return (
        min(one[0], other[0]),
        min(one[1], other[1]),
        max(one[2], other[2]),
        max(one[3], other[3]),
    )


def _meets(one: Sides, other: Sides) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
