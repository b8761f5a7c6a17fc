"""Where the cards of a drawn graph stand: layered, left to right, the same every time.

Each node gets a column after all that feed it.  A link that passes other columns gets a lane there,
a place of its own between the cards, so that it never runs beneath one; links that carry the same
value share their lanes until they part.  graphlay finds columns and the order within them up to
``GRAPHLAY_LIMIT`` nodes where few links pass columns, sweeps of barycentres elsewhere; the heights
are then found here for both, because only here it is known at which height of a card its ports are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct, field

from graphlab.graph.breaks import Page, Strip
from graphlab.graph.placing import Items, crossings, settle, sweep, untangle
from graphlab.graph.ranking import Point, Ranking, by_graphlay, depth_first, height_at, longest_ways
from graphlab.graph.rows import in_rows

GRAPHLAY_LIMIT = 1_000
"""Up to this many nodes graphlay is quick enough to wait for."""

_SMALL = 4_000  # cards and lanes up to which more rounds are affordable
_LANES_PER_NODE = 6  # beyond this the longest links go without lanes, straight to their heads

Edge = tuple[str, str]


class Arrangement(Struct, frozen=True):
    """``positions``: each card's top-left corner.  ``routes``: per edge, in the order given, the
    points it passes between its two ports; points at one height are a flat stretch, and of two
    points above each other the link turns back.  ``sides`` are the outermost such turns, if any.
    """

    positions: dict[str, Point]
    routes: tuple[tuple[Point, ...], ...] = ()
    sides: tuple[float, float] | None = None


class _Layering(Struct):
    """Ranks, lanes and the order in each column, as both engines hand it over."""

    ranks: list[int]
    lanes: dict[tuple[int, float, int], int]  # (source, tail height, rank) -> item
    items: Items
    columns: list[list[int]] = field(default_factory=list)


def arrange(
    sizes: Mapping[str, tuple[float, float]],
    edges: Sequence[Edge],
    *,
    gap: tuple[float, float] = (96, 24),
    anchors: Sequence[tuple[float, float]] | None = None,
    page: Page | None = None,
) -> Arrangement:
    """Place cards of these (width, height); ``edges`` run from source to target.

    ``gap`` is the room between columns and between rows.  ``anchors`` gives per edge the heights
    of its tail and its head, measured from the middle of their cards; without it all are 0.  Edges
    may repeat; an edge to an unknown card is a ``KeyError``.  With a ``page`` what is long stands
    in rows.
    """
    if not sizes:
        return Arrangement({})
    index = {name: i for i, name in enumerate(sizes)}
    pairs = [(index[a], index[b]) for a, b in edges]
    heights = list(anchors) if anchors is not None else [(0.0, 0.0)] * len(pairs)
    boxes = list(sizes.values())
    joined = {i for a, b in pairs if a != b for i in (a, b)}
    drawing = _layer(boxes, pairs, heights, joined, gap[1])
    tops = _heights(drawing, gap[1])
    lefts, rights = _columns(boxes, drawing, gap[0])
    corners = {i: (lefts[drawing.ranks[i]], tops[i]) for i in joined}
    routes = [
        _route(pair, height, drawing, corners, boxes, (lefts, rights, tops))
        for pair, height in zip(pairs, heights, strict=True)
    ]
    strip = Strip(boxes, pairs, heights, drawing.ranks, lefts, rights, corners, routes)
    if page is not None:
        strip = in_rows(strip, page, gap[1])
    corners = strip.corners
    _place_alone([i for i in range(len(boxes)) if i not in joined], boxes, corners, gap)
    places = {name: corners[i] for name, i in index.items()}
    return Arrangement(places, tuple(strip.routes), strip.sides)


def _layer(
    boxes: list[tuple[float, float]],
    pairs: list[tuple[int, int]],
    heights: list[tuple[float, float]],
    joined: set[int],
    gap: float,
) -> _Layering:
    """Columns by graphlay where it fits and works, else by the longest way; then their order.

    graphlay knows no ports, so its order competes with the one barycentres find.
    """
    found = by_graphlay(boxes, pairs, gap) if 0 < len(joined) <= GRAPHLAY_LIMIT else None
    ranks = found.ranks if found else longest_ways(len(boxes), pairs)
    drawing = _with_lanes(boxes, pairs, heights, ranks, gap)
    items = drawing.items
    columns: list[list[int]] = [[] for _ in range(max(ranks) + 1)]
    for i in depth_first(pairs, len(boxes)):
        if i in joined:
            columns[ranks[i]].append(i)
    for (_, _, rank), i in drawing.lanes.items():
        columns[rank].append(i)
    is_small = len(items.heights) <= _SMALL
    sweep(items, columns, rounds=8 if is_small else 4)
    untangle(items, columns, rounds=8 if is_small else 1)
    drawing.columns = columns
    if found is not None:
        middles = _seen_by(found, drawing, pairs, heights)
        other = [sorted(column, key=lambda i: (middles[i], i)) for column in columns]
        untangle(items, other, rounds=8)
        if crossings(items, other) < crossings(items, columns):
            drawing.columns = other
    return drawing


def _seen_by(
    found: Ranking,
    drawing: _Layering,
    pairs: list[tuple[int, int]],
    heights: list[tuple[float, float]],
) -> list[float]:
    """The heights graphlay gave cards and lanes; a lane shared by links gets their mean."""
    passing: dict[int, list[float]] = {}
    for (a, b), (tail, _), points in zip(pairs, heights, found.points, strict=True):
        for rank in range(drawing.ranks[a] + 1, drawing.ranks[b]):
            lane = drawing.lanes.get((a, tail, rank))
            if lane is not None:
                passing.setdefault(lane, []).append(height_at(points, found.across[rank]))
    lanes = range(len(found.middles), len(drawing.items.heights))
    return found.middles + [sum(passing[i]) / len(passing[i]) for i in lanes]


def _with_lanes(
    boxes: list[tuple[float, float]],
    pairs: list[tuple[int, int]],
    heights: list[tuple[float, float]],
    ranks: list[int],
    gap: float,
) -> _Layering:
    """Make the items of all columns and join them; the longest links get no lanes if too many."""
    items = Items([h for _, h in boxes], gap)
    drawing = _Layering(ranks, {}, items)
    budget = _LANES_PER_NODE * len(boxes)
    for k in sorted(range(len(pairs)), key=lambda k: ranks[pairs[k][1]] - ranks[pairs[k][0]]):
        (a, b), (tail, head) = pairs[k], heights[k]
        budget -= max(0, ranks[b] - ranks[a] - 1)
        if budget < 0 or a == b:
            continue
        before, offset = a, tail
        for rank in range(ranks[a] + 1, ranks[b]):
            key = (a, tail, rank)
            if key not in drawing.lanes:
                drawing.lanes[key] = items.add_lane()
                items.join(before, offset, drawing.lanes[key], 0.0)
            before, offset = drawing.lanes[key], 0.0
        items.join(before, offset, b, head)
    return drawing


def _heights(drawing: _Layering, gap: float) -> list[float]:
    """The top of every item, the highest at 0."""
    items = drawing.items
    settle(items, drawing.columns, rounds=30 if len(items.heights) <= _SMALL else 10)
    tops = [m - h / 2 for m, h in zip(items.middles, items.heights, strict=True)]
    placed = [i for column in drawing.columns for i in column]
    highest = min((tops[i] for i in placed), default=0.0)
    return [top - highest for top in tops]


def _columns(
    boxes: list[tuple[float, float]], drawing: _Layering, gap: float
) -> tuple[list[float], list[float]]:
    """The left and right side of each column: as wide as its widest card."""
    lefts: list[float] = []
    rights: list[float] = []
    x = 0.0
    for column in drawing.columns:
        width = max((boxes[i][0] for i in column if i < len(boxes)), default=0.0)
        lefts.append(x)
        rights.append(x + width)
        x += width + (gap if column else 0)
    return lefts, rights


def _place_alone(
    alone: list[int],
    boxes: list[tuple[float, float]],
    corners: dict[int, Point],
    gap: tuple[float, float],
) -> None:
    """Cards without any edge stand in rows below the rest, about as wide as all is."""
    if not alone:
        return
    y = max((corners[i][1] + boxes[i][1] + 2 * gap[1] for i in corners), default=0.0)
    width = max(boxes[i][0] for i in alone) + gap[1]
    height = max(boxes[i][1] for i in alone) + gap[1]
    across = max((corners[i][0] + boxes[i][0] for i in corners), default=0.0)
    fitting = int(max(across // width, (len(alone) * height / width * 1.6) ** 0.5, 1))
    for k, i in enumerate(alone):
        corners[i] = (k % fitting * width, y + k // fitting * height)


def _route(
    pair: tuple[int, int],
    height: tuple[float, float],
    drawing: _Layering,
    corners: dict[int, Point],
    boxes: list[tuple[float, float]],
    sides: tuple[list[float], list[float], list[float]],
) -> tuple[Point, ...]:
    """The points of one edge: flat to its column's right side, then flat along each lane."""
    a, b = pair
    lefts, rights, tops = sides
    if a == b or a not in corners:
        return ()
    first, last = drawing.ranks[a], drawing.ranks[b]
    points: list[Point] = []
    if corners[a][0] + boxes[a][0] < rights[first]:
        points.append((rights[first], corners[a][1] + boxes[a][1] / 2 + height[0]))
    for rank in range(first + 1, last):
        lane = drawing.lanes.get((a, height[0], rank))
        if lane is None:
            break
        middle = tops[lane] + drawing.items.heights[lane] / 2
        points += [(lefts[rank], middle), (rights[rank], middle)]
    return tuple(points)
