"""Where a new card goes, and that what is there stays where it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import ceil, floor

import numpy as np

from graphlab.graph import Graph
from graphlab.graph.edits import move
from graphlab.graph.folding import outlook
from graphlab.gui.canvas.boxes import Rect
from graphlab.gui.canvas.figure import Point
from graphlab.gui.theme import GRID

CARD = (104.0, 96.0)
"""About the size of a card that is not drawn yet."""

_ASIDE = 152.0  # from a card to the one it feeds: room for the numbers on the edge
_GAP = 3 * GRID
_MOST_PLACES = 200_000  # that are tried; a view of more is seen from far away


def standing(graph: Graph) -> dict[str, Point]:
    """Where cards have their place; a folded group without one stands amid what it holds."""
    seen, places = outlook(graph), graph.view.positions
    found = {card: places[card] for card in seen.cards if card in places}
    for card, names in seen.members.items():
        inner = [places[name] for name in names if name in places]
        if card not in found and inner:
            x, y = zip(*inner, strict=True)
            found[card] = ((min(x) + max(x)) / 2, (min(y) + max(y)) / 2)
    return found


def pinned(graph: Graph, places: Mapping[str, Point]) -> Graph:
    """Every card that has no place of its own keeps the one it is drawn at."""
    known = graph.view.positions
    new = {
        name: place
        for name, place in places.items()
        if name not in known and (name in graph.nodes or name in graph.groups)
    }
    return move(graph, new) if new else graph


def unpinned(graph: Graph) -> Graph:
    """No card has a place of its own: the layout finds one for each."""
    if not graph.view.positions:
        return graph
    return graph.with_(view=graph.view.with_(positions={}, placed=frozenset()))


def moved(graph: Graph, places: Mapping[str, Point]) -> Graph:
    """Put cards elsewhere by hand; what is in a folded group goes along."""
    known = graph.view.positions
    along: dict[str, Point] = {}
    for name, (x, y) in places.items():
        if name in graph.groups and name in known:
            dx, dy = x - known[name][0], y - known[name][1]
            inside = [n for n in graph.members(name) if n in known]
            along |= {n: (known[n][0] + dx, known[n][1] + dy) for n in inside}
    return move(move(graph, along), places, by_hand=True)


def folded_place(boxes: Iterable[Rect]) -> Point | None:
    """Where the card of a group goes that is folded: to the middle of what it held."""
    around = union(boxes)
    if around is None:
        return None
    x, y, width, height = around
    return snapped((x + (width - CARD[0]) / 2, y + (height - CARD[1]) / 2))


def beside(sources: Sequence[Rect], others: Iterable[Rect]) -> Point:
    """Right of the cards that feed it, level with their middle, where there is room."""
    around = union(sources)
    if around is None:
        return 0.0, 0.0
    x, y, width, height = around
    return clear((x + width + _ASIDE, y + (height - CARD[1]) / 2), others)


def clear(place: Point, others: Iterable[Rect]) -> Point:
    """The place itself or, where a card is in the way, the next one below that is free."""
    x, y = snapped(place)
    boxes = list(others)
    while True:
        below = [
            top + height + _GAP
            for left, top, width, height in boxes
            if left < x + CARD[0] and x < left + width and top < y + CARD[1] and y < top + height
        ]
        if not below:
            return x, y
        y = snapped((0.0, max(below) + GRID / 2))[1]


def free_within(
    place: Point, area: Rect, others: Sequence[Rect], size: Point = CARD
) -> Point | None:
    """The nearest corner in an area for a rectangle, a card, that covers nothing; None without any.

    It stands well apart where it can.
    """
    apart = _free_within(place, area, others, size, _GAP * 2)
    return _free_within(place, area, others, size, float(GRID)) if apart is None else apart


def _free_within(
    place: Point, area: Rect, others: Sequence[Rect], size: Point, gap: float
) -> Point | None:
    left, top, width, height = area
    first = ceil(left / GRID), ceil(top / GRID)
    count = floor((left + width - size[0]) / GRID), floor((top + height - size[1]) / GRID)
    across, down = (max(0, last - at + 1) for at, last in zip(first, count, strict=True))
    if across * down > _MOST_PLACES:
        return None
    is_free = np.ones((down, across), bool)
    for low, high, wide, tall in others:
        columns = _between(low - size[0] - gap, low + wide + gap, first[0])
        is_free[_between(high - size[1] - gap, high + tall + gap, first[1]), columns] = False
    if not is_free.any():
        return None
    x = (first[0] + np.arange(across)) * float(GRID)
    y = (first[1] + np.arange(down)) * float(GRID)
    away = np.where(is_free, np.hypot(x - place[0], (y - place[1])[:, None]), np.inf)
    row, column = divmod(int(away.argmin()), across)
    return float(x[column]), float(y[row])


def _between(low: float, high: float, first: int) -> slice:
    """Which points of the grid, counted from ``first``, lie between two lengths."""
    return slice(max(0, floor(low / GRID) + 1 - first), max(0, ceil(high / GRID) - first))


def outside(part: Rect, all_there_is: Rect, view: Point) -> Point:
    """The corner of a part below all there is or, where more of both is then seen, right of it."""
    x, y, width, height = part
    left, top, wide, high = all_there_is
    below = max(wide, width) / view[0], (high + height) / view[1]
    right = (wide + width) / view[0], max(high, height) / view[1]
    if max(below) <= max(right):
        return snapped((x, top + high + 2 * _GAP))
    return snapped((left + wide + _ASIDE, y))


def centred(place: Point) -> Point:
    """The corner of a new card whose middle is at this point."""
    return snapped((place[0] - CARD[0] / 2, place[1] - CARD[1] / 2))


def union(boxes: Iterable[Rect]) -> Rect | None:
    """The rectangle around all of them; None around none."""
    found = list(boxes)
    if not found:
        return None
    left, top = min(box[0] for box in found), min(box[1] for box in found)
    right = max(x + width for x, _, width, _ in found)
    bottom = max(y + height for _, y, _, height in found)
    return left, top, right - left, bottom - top


def snapped(place: Point) -> Point:
    """The nearest point of the grid."""
    return round(place[0] / GRID) * float(GRID), round(place[1] / GRID) * float(GRID)
