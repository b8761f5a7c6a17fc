"""A long drawing in rows, as a book breaks its lines: cut between columns, one piece below another.

It is cut where few links cross.  A link that goes on in a later row leaves at its row's right end,
turns into the gap above that row, runs back there and turns in at the left.  The turns of one gap
lie in each other, so that links which do not cross in one row do not cross on their way.
"""

from __future__ import annotations

from msgspec import Struct, field
from msgspec.structs import replace

from graphlab.graph.breaks import LANE, PAGE, Breaks, Page, Strip
from graphlab.graph.ranking import Point

ROUNDING = 8.0
"""How far a turn bulges beyond the points of its route."""

_LONG = 3.0  # a drawing that is wider than so many times its tallest column is cut
_MOST_TURNS = 16  # a drawing too entangled to be cut with fewer links in one gap stays whole
_GAIN = 0.8  # rows have to make the drawing at least so much smaller


class _Wire(Struct):
    """What runs from one port to a later row; its links part there."""

    rows: tuple[int, int]
    height: float  # at the right end of its row, before rows were moved
    links: list[int] = field(default_factory=list)
    right: float = 0.0
    left: float = 0.0
    level: float = 0.0


def in_rows(strip: Strip, page: Page, gap: float) -> Strip:
    """The same drawing in rows if it is long, else itself; ``gap`` lies on both sides of turns."""
    if not strip.lefts or strip.rights[-1] <= page.width:
        return strip
    breaks = Breaks(strip, page, gap)
    if strip.rights[-1] <= _LONG * breaks.tallest or not breaks.has_all_lanes():
        return strip
    cuts = breaks.best()
    if not cuts or max(breaks.crossing[cut] for cut in cuts) > _MOST_TURNS:
        return strip
    wide, high = breaks.extent(cuts)
    if max(wide, PAGE * high) > _GAIN * max(strip.rights[-1], PAGE * breaks.height):
        return strip
    return _Rows(breaks).laid(cuts)


class _Rows:
    """A strip while its rows are put below each other."""

    def __init__(self, breaks: Breaks) -> None:
        self.breaks, self.strip = breaks, breaks.strip
        self.page, self.gap = breaks.page, breaks.gap

    def laid(self, cuts: list[int]) -> Strip:
        """The drawing in these rows."""
        strip, rows = self.strip, self.breaks.rows(cuts)
        row_of = [k for k, (first, last) in enumerate(rows) for _ in range(first, last + 1)]
        wires = self._wires(row_of)
        firsts = [next(r for r in range(a, b + 1) if self._is_wide(r)) for a, b in rows]
        wide = max(
            strip.rights[last] - strip.lefts[first]
            for first, (_, last) in zip(firsts, rows, strict=True)
        )
        into = [[wire for wire in wires if wire.rows[1] == k] for k in range(len(rows))]
        self._turn(wires, into, wide + self.page.tail)
        shifts: list[Point] = []
        y = 0.0
        spans = self._spans(row_of)
        for k, first in enumerate(firsts):
            if k:
                for place, wire in enumerate(into[k]):
                    wire.level = y + self.gap + place * LANE
                y += self.breaks.between(len(into[k]))
            top, bottom = spans[k]
            shifts.append((-strip.lefts[first], y - top))
            y += bottom - top
        corners = {
            i: _plus(corner, shifts[row_of[strip.ranks[i]]]) for i, corner in strip.corners.items()
        }
        routes = [
            tuple(_plus(p, shifts[row_of[self.breaks.rank(p[0])]]) for p in r) for r in strip.routes
        ]
        for wire in wires:
            for k in wire.links:
                routes[k] = self._turned(k, wire, row_of, corners, shifts)
        sides = (
            min((wire.left for wire in wires), default=0.0) - ROUNDING,
            max((wire.right for wire in wires), default=wide) + ROUNDING,
        )
        return replace(strip, corners=corners, routes=routes, sides=sides)

    def _is_wide(self, rank: int) -> bool:
        return self.strip.rights[rank] > self.strip.lefts[rank]

    def _wires(self, row_of: list[int]) -> list[_Wire]:
        """All that runs from one row to another; what is lowest at a row's end comes first."""
        strip, found = self.strip, dict[tuple[int, float, int], _Wire]()
        for k, ((a, b), (tail, _)) in enumerate(zip(strip.pairs, strip.anchors, strict=True)):
            rows = row_of[strip.ranks[a]], row_of[strip.ranks[b]]
            if rows[0] == rows[1]:
                continue
            passed = [y for x, y in strip.routes[k] if row_of[self.breaks.rank(x)] == rows[0]]
            start = strip.corners[a][1] + strip.boxes[a][1] / 2 + tail
            key = (a, tail, rows[1])
            wire = found.setdefault(key, _Wire(rows, passed[-1] if passed else start))
            wire.links.append(k)
        return sorted(found.values(), key=lambda w: (w.rows[1] - w.rows[0], w.rows[0], -w.height))

    def _spans(self, row_of: list[int]) -> list[tuple[float, float]]:
        """Top and bottom of each row, without the lanes of links that pass it by in a gap."""
        strip, heights = self.strip, [list[float]() for _ in range(row_of[-1] + 1)]
        for i, (_, y) in strip.corners.items():
            heights[row_of[strip.ranks[i]]] += (y, y + strip.boxes[i][1])
        for (a, b), route in zip(strip.pairs, strip.routes, strict=True):
            ends = row_of[strip.ranks[a]], row_of[strip.ranks[b]]
            for x, y in route:
                row = row_of[self.breaks.rank(x)]
                if row in ends:
                    heights[row].append(y)
        return [(min(found), max(found)) for found in heights]

    def _turn(self, wires: list[_Wire], into: list[list[_Wire]], right: float) -> None:
        """Let the turns lie in each other: those of wires that come from far are outermost."""
        taken = [0] * len(into)  # beside the gap above each row
        for wire in wires:
            passed = range(wire.rows[0] + 1, wire.rows[1] + 1)
            place = max(taken[row] for row in passed)
            wire.right = right + place * LANE
            for row in passed:
                taken[row] = place + 1
        for entering in into:
            for place, wire in enumerate(reversed(entering)):
                wire.left = -self.page.head - place * LANE

    def _turned(
        self,
        k: int,
        wire: _Wire,
        row_of: list[int],
        corners: dict[int, Point],
        shifts: list[Point],
    ) -> tuple[Point, ...]:
        """The way of a link along its first row, through the gap and along its last."""
        strip, first = self.strip, wire.rows[0]
        before, after = list[Point](), list[Point]()
        for point in strip.routes[k]:
            row = row_of[self.breaks.rank(point[0])]
            if row in wire.rows:
                (before if row == first else after).append(_plus(point, shifts[row]))
        _, b = strip.pairs[k]
        end = corners[b][1] + strip.boxes[b][1] / 2 + strip.anchors[k][1]
        tail, head = wire.height + shifts[first][1], after[0][1] if after else end
        turns = (
            (wire.right, tail),
            (wire.right, wire.level),
            (wire.left, wire.level),
            (wire.left, head),
        )
        return (*before, *turns, *after)


def _plus(point: Point, by: Point) -> Point:
    return (point[0] + by[0], point[1] + by[1])
