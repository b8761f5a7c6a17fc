"""Ways round the cards that a link would run through on its straight way from port to port."""

from __future__ import annotations

import numpy as np

from graphlab.gui.canvas.bends import bend, straight
from graphlab.gui.canvas.boxes import Bools, Floats, Ints, distinct
from graphlab.gui.canvas.figure import Point
from graphlab.gui.canvas.metrics import Room

CLEAR = 8.0
"""Left between a link and a card that it passes."""

_LEAST = 24.0  # across, in which a link can bend
_SEGMENTS = 12
_MOST_PAIRS = 1_000_000  # of links and cards; with more of them every link runs straight
_MOST_STEPS = 20_000  # the same of the links that run through cards


def detours(
    tails: Floats, heads: Floats, ends: Ints, cards: Floats, room: Room
) -> list[list[Point]]:
    """The points that each link (L, 2), (L, 2) passes on its way; none where nothing is in its way.

    ``ends`` (2, L) are the cards it comes from and goes to.
    """
    ways: list[list[Point]] = [[] for _ in tails]
    if len(tails) * len(cards) > _MOST_PAIRS:
        return ways
    links = distinct(_through(straight(tails, heads, room), ends, cards))
    links = links[heads[links, 0] > tails[links, 0]]
    if len(links) * len(cards) > _MOST_STEPS:
        return ways
    ordered = cards[cards[:, 0].argsort(kind="stable")]
    for i in links.tolist():
        ways[i] = _round(tuple(tails[i].tolist()), tuple(heads[i].tolist()), ordered)
    return ways


def free_levels(wishes: Floats, spans: Floats, cards: Floats) -> Floats:
    """The height nearest to each wished one (L,) at which no card stands in the way.

    ``spans`` (L, 4) are from where to where across, and from where to where down a height may be
    found; where none is free it is as wished.
    """
    found = wishes.copy()
    if len(wishes) * len(cards) > _MOST_STEPS:
        return found
    right, bottom = cards[:, 0] + cards[:, 2], cards[:, 1] + cards[:, 3]
    for i, (left, end, above, below) in enumerate(spans.tolist()):
        met = (right > left) & (cards[:, 0] < end) & (bottom > above) & (cards[:, 1] < below)
        ends = [(-np.inf, above + CLEAR), (below - CLEAR, np.inf)]
        standing = np.stack([cards[met, 1] - CLEAR, bottom[met] + CLEAR], axis=1)
        level = _gap(float(wishes[i]), float(wishes[i]), np.concatenate([standing, ends]))
        found[i] = level if above < level < below else wishes[i]
    return found


def _through(pieces: Floats, ends: Ints, cards: Floats) -> Ints:
    """The links, of pieces (L, 3, 4), that come nearer than half ``CLEAR`` to a card."""
    low, high = cards[:, :2] - CLEAR / 2, cards[:, :2] + cards[:, 2:] + CLEAR / 2
    first = np.minimum(pieces[..., :2], pieces[..., 2:])
    last = np.maximum(pieces[..., :2], pieces[..., 2:])
    (left, top), (right, bottom) = first.min(axis=1).T, last.max(axis=1).T
    link, card = _beside(left, right, low[:, 0], high[:, 0])
    is_near = (top[link] < high[card, 1]) & (bottom[link] > low[card, 1])
    is_near &= (ends[:, link] != card).all(axis=0)
    link, card = link[is_near], card[is_near]
    pair, piece = _meets(first[link], last[link], low[card, None], high[card, None]).nonzero()
    points = bend(pieces[link[pair], piece], _SEGMENTS)
    first, last = (
        np.minimum(points[:, :-1], points[:, 1:]),
        np.maximum(points[:, :-1], points[:, 1:]),
    )
    card = card[pair]
    hit = _meets(first, last, low[card][:, None], high[card][:, None]).any(axis=1)
    return np.asarray(link[pair[hit]])


def _beside(left: Floats, right: Floats, low: Floats, high: Floats) -> tuple[Ints, Ints]:
    """The pairs of a link and a card that share some width: of most cards only a few do."""
    order = low.argsort()
    lows = low[order]
    begin = lows.searchsorted(left - (high - low).max(initial=0.0))
    counts = np.maximum(lows.searchsorted(right) - begin, 0)
    link = np.repeat(np.arange(len(left)), counts)
    within = np.arange(len(link)) - np.repeat(counts.cumsum() - counts, counts)
    card = order[np.repeat(begin, counts) + within]
    is_met = (left[link] < high[card]) & (right[link] > low[card])
    return link[is_met], card[is_met]


def _meets(first: Floats, last: Floats, low: Floats, high: Floats) -> Bools:
    return np.asarray(((first < high) & (last > low)).all(axis=-1))


def _round(tail: Point, head: Point, cards: Floats) -> list[Point]:
    """The points between columns of cards at which a link is level with a gap to go through.

    ``cards`` (N, 4) come from left to right.
    """
    (x, y), (to_x, to_y) = tail, head
    right = cards[:, 0] + cards[:, 2]
    between = cards[(cards[:, 0] >= x + _LEAST) & (right <= to_x - _LEAST)]
    found: list[Point] = []
    for left, end, column in _columns(between):
        share = min(max(((left + end) / 2 - x) / (to_x - x), 0.0), 1.0)
        level = _gap(y + share * (to_y - y), found[-1][1] if found else y, column)
        found += [(left, level), (end, level)]
    return found


def _columns(cards: Floats) -> list[tuple[float, float, Floats]]:
    """Cards that stand over each other: from where to where across, and (N, 2) each down."""
    left, reach = cards[:, 0], np.maximum.accumulate(cards[:, 0] + cards[:, 2])
    begins = [*((left[1:] >= reach[:-1]).nonzero()[0] + 1).tolist(), len(cards)]
    taken = np.stack([cards[:, 1] - CLEAR, cards[:, 1] + cards[:, 3] + CLEAR], axis=1)
    found, first = [], 0
    for last in begins if len(cards) else ():
        found.append((float(left[first]), float(reach[last - 1]), taken[first:last]))
        first = last
    return found


def _gap(wish: float, before: float, taken: Floats) -> float:
    """The height at which nothing stands that is nearest to the one before, and to a wished one.

    ``taken`` (N, 2) is from where to where each thing stands.
    """
    if not ((taken[:, 0] < before) & (before < taken[:, 1])).any():
        return before  # any other is further from it than it is nearer to the wish
    order = taken[:, 0].argsort()
    lows, highs = taken[order, 0], np.maximum.accumulate(taken[order, 1])
    edges = np.concatenate([(wish, before), taken.ravel()])
    begun = lows.searchsorted(edges)  # how many begin before each edge
    free = edges[(begun == 0) | (edges >= highs[begun - 1])]
    away = np.abs(free - before) + np.abs(free - wish) / 4
    return float(free[away.argmin()])
