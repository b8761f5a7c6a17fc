"""Where new cards go on a picture whose cards a hand has placed: near what they are joined to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Point = tuple[float, float]


def place_nearby(
    sizes: Mapping[str, Point],
    edges: Sequence[tuple[str, str]],
    kept: Mapping[str, Point],
    *,
    gap: Point = (96, 24),
) -> dict[str, Point]:
    """A place for every card of ``sizes``: the one in ``kept``, or else a free one.

    A new card stands right of what feeds it, or left of what it feeds, as near to their height as
    it can without covering another card; one that is joined to nothing placed stands below all.
    """
    places = {name: kept[name] for name in sizes if name in kept}
    sources: dict[str, list[str]] = {name: [] for name in sizes}
    targets: dict[str, list[str]] = {name: [] for name in sizes}
    for source, target in edges:
        if source != target:
            sources[target].append(source)
            targets[source].append(target)
    ground = _Ground(sizes, places, gap)
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


class _Ground:
    """The cards that stand already."""

    def __init__(self, sizes: Mapping[str, Point], places: dict[str, Point], gap: Point) -> None:
        self._sizes, self._places, self._gap = sizes, places, gap
        rows = [(*place, *sizes[name]) for name, place in places.items()]
        self._boxes: NDArray[np.float64] = np.array(rows, dtype=float).reshape(-1, 4)

    def place(self, name: str, before: Sequence[str], after: Sequence[str]) -> Point:
        """The free place nearest to where a card should stand."""
        width, height = self._sizes[name]
        boxes, (across, down) = self._boxes, self._gap
        near = before or after
        if before:
            x = max(self._places[n][0] + self._sizes[n][0] for n in before) + across
        elif after:
            x = min(self._places[n][0] for n in after) - across - width
        else:
            x = float(boxes[:, 0].min()) if len(boxes) else 0.0
        middles = [self._places[n][1] + self._sizes[n][1] / 2 for n in near]
        lowest = float((boxes[:, 1] + boxes[:, 3]).max()) + 2 * down if len(boxes) else 0.0
        y = sum(middles) / len(middles) - height / 2 if near else lowest
        place = (x, self._free(x, y, width, height))
        self._boxes = np.vstack([boxes, (*place, width, height)])
        return place

    def _free(self, x: float, y: float, width: float, height: float) -> float:
        """The height nearest to ``y`` at which nothing is in the way."""
        gap, boxes = self._gap[1], self._boxes
        beside = (boxes[:, 0] < x + width + gap) & (x < boxes[:, 0] + boxes[:, 2] + gap)
        tops = boxes[beside, 1] - height - gap
        ends = boxes[beside, 1] + boxes[beside, 3] + gap
        for candidate in sorted((y, *tops.tolist(), *ends.tolist()), key=lambda c: abs(c - y)):
            if not ((tops < candidate) & (candidate < ends)).any():
                return float(candidate)
        return y
