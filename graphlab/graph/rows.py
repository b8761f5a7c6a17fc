"""A long drawing in rows, as a book breaks its lines: cut between columns, one piece below another.

It is cut where few links cross.  A link that goes on in a later row leaves at its row's right end,
turns into the gap above that row, runs back there and turns in at the left.  The turns of one gap
lie in each other, so that links which do not cross in one row do not cross on their way.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field, replace
from itertools import accumulate

from graphlab.graph.ranking import Point

ROUNDING = 8.0
"""How far a turn bulges beyond the points of its route."""

_LONG = 3.0  # a drawing that is wider than so many times its tallest column is cut
_PAGE = 2.0  # the width wanted, in heights: what is told about a step stands below a drawing
_LANE = 12.0  # between links that turn in the same gap
_AROUND = 3  # so many rows more or less are tried than would give a page's proportions
_FEW = 12  # with more rows than these one more or less hardly matters
_MOST_TURNS = 16  # a drawing too entangled to be cut with fewer links in one gap stays whole
_FREEDOM = 0.45  # by how much of its width a row may miss what would be even
_UNEVEN = 1.2  # what that much of its width costs, in links cut
_ENOUGH = 0.8  # of a page; more rows than for that width are not needed
_CROSSED = 0.06  # how much larger a drawing may be for one link less that is cut
_MOST_CROSSED = 0.5
_GAIN = 0.8  # rows have to make the drawing at least so much smaller


@dataclass(frozen=True)
class Page:
    """What a row has to hold: a drawing up to ``width`` stays as it is.

    ``tail`` and ``head`` are kept free between a row's ends and the turns, for labels.
    """

    width: float
    tail: float
    head: float


@dataclass
class Strip:
    """A layered drawing in one row: cards, links and columns as they were laid out.

    ``corners`` lacks cards without any link.  ``routes`` run flat along ``lefts`` to ``rights`` of
    the columns between both ends of a link.
    """

    boxes: list[tuple[float, float]]
    pairs: list[tuple[int, int]]
    anchors: list[tuple[float, float]]
    ranks: list[int]
    lefts: list[float]
    rights: list[float]
    corners: dict[int, Point]
    routes: list[tuple[Point, ...]]
    sides: tuple[float, float] | None = None
    """In rows: the outermost places of the turns."""


@dataclass
class _Wire:
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
    breaking = _Breaking(strip, page, gap)
    if strip.rights[-1] <= _LONG * breaking.tallest or not breaking.has_all_lanes():
        return strip
    cuts = breaking.best()
    if not cuts or max(breaking.crossing[cut] for cut in cuts) > _MOST_TURNS:
        return strip
    wide, high = breaking.extent(cuts)
    if max(wide, _PAGE * high) > _GAIN * max(strip.rights[-1], _PAGE * breaking.height):
        return strip
    return breaking.laid(cuts)


class _Breaking:
    """A strip while it is looked through for the places to cut; a cut is the column before it."""

    def __init__(self, strip: Strip, page: Page, gap: float) -> None:
        self.strip, self.page, self.gap = strip, page, gap
        count = len(strip.lefts)
        self._tops, self._bottoms = [float("inf")] * count, [float("-inf")] * count
        for i, (_, y) in strip.corners.items():
            self._reach(strip.ranks[i], y, y + strip.boxes[i][1])
        for route in strip.routes:
            for x, y in route:
                self._reach(self._rank(x), y, y)
        self.height = max(self._bottoms) - min(self._tops)
        self.tallest = max(b - t for t, b in zip(self._tops, self._bottoms, strict=True))
        first, end = strip.ranks, dict[tuple[int, float], int]()
        for (a, b), (tail, _) in zip(strip.pairs, strip.anchors, strict=True):
            end[a, tail] = max(end.get((a, tail), first[a]), first[b])
        self._links = _over([(first[a], first[b]) for a, b in strip.pairs], count)
        self.crossing = _over([(first[a], rank) for (a, _), rank in end.items()], count)
        wide = [right > left for left, right in zip(strip.lefts, strip.rights, strict=True)]
        self._allowed = [k for k in range(count - 1) if wide[k] and wide[k + 1]]
        self._ends = [strip.rights[k] for k in self._allowed]

    def _reach(self, rank: int, top: float, bottom: float) -> None:
        self._tops[rank] = min(self._tops[rank], top)
        self._bottoms[rank] = max(self._bottoms[rank], bottom)

    def _rank(self, x: float) -> int:
        return bisect_right(self.strip.lefts, x) - 1

    def has_all_lanes(self) -> bool:
        """Whether every link that passes columns has a place of its own in each."""
        strip = self.strip
        return all(
            strip.ranks[b] - strip.ranks[a] < 2
            or (route and self._rank(route[-1][0]) == strip.ranks[b] - 1)
            for (a, b), route in zip(strip.pairs, strip.routes, strict=True)
            if a != b
        )

    def best(self) -> list[int]:
        """The cuts that bring the drawing nearest to a page's proportions."""
        most = (self.strip.rights[-1] / (2 * _PAGE * self.gap)) ** 0.5  # were cards without height
        low, high = 2, min(len(self._allowed), int(most) + 2) + 1
        if high < low:
            return []
        while low < high:  # the more rows, the narrower
            middle = (low + high) // 2
            if self._ratio(self._cuts(middle)) <= _PAGE:
                high = middle
            else:
                low = middle + 1
        near = _AROUND if low <= _FEW else 1
        last = min(low + near, len(self._allowed) + 1)
        choices = [self._cuts(count) for count in range(max(2, low - near), last + 1)]
        return min(choices, key=self._cost)

    def _cost(self, cuts: list[int]) -> float:
        """The width of the page that all would take, and more where links are cut."""
        wide, high = self.extent(cuts)
        cut = sum(self._links[k] - 1 for k in cuts)
        return max(wide, _PAGE * high, _ENOUGH * self.page.width) * (
            1 + min(_CROSSED * cut, _MOST_CROSSED)
        )

    def _ratio(self, cuts: list[int]) -> float:
        wide, high = self.extent(cuts)
        return wide / high

    def _cuts(self, count: int) -> list[int]:
        """Cut into so many rows, each about as wide as the rest allows, where few links cross."""
        lefts, allowed, ends = self.strip.lefts, self._allowed, self._ends
        cuts: list[int] = []
        start = used = 0
        for rows in range(count, 1, -1):
            even = (self.strip.rights[-1] - lefts[start]) / rows
            end = lefts[start] + even
            low = max(used, bisect_left(ends, end - _FREEDOM * even))
            high = min(bisect_right(ends, end + _FREEDOM * even), len(ends) - rows + 2)
            if low >= high:
                low = min(max(used, low - 1), len(ends) - rows + 1)
                high = low + 1
            best = min(
                range(low, high),
                key=lambda k: self._links[allowed[k]] + _UNEVEN * abs(ends[k] - end) / even,
            )
            cuts.append(allowed[best])
            start, used = allowed[best] + 1, best + 1
        return self._joined(cuts)

    def _joined(self, cuts: list[int]) -> list[int]:
        """Fewer cuts: short rows become one where another row is as wide as that."""
        strip, rows = self.strip, self.rows(cuts)
        widest = max(strip.rights[last] - strip.lefts[first] for first, last in rows)
        kept, start = list[int](), 0
        for cut, (_, end) in zip(cuts, rows[1:], strict=True):
            if strip.rights[end] - strip.lefts[start] > widest:
                kept.append(cut)
                start = cut + 1
        return kept

    def rows(self, cuts: list[int]) -> list[tuple[int, int]]:
        """The first and the last column of each row."""
        firsts = [0, *(cut + 1 for cut in cuts)]
        return list(zip(firsts, [*cuts, len(self.strip.lefts) - 1], strict=True))

    def extent(self, cuts: list[int]) -> tuple[float, float]:
        """About how wide and high the drawing gets."""
        strip, wide, high = self.strip, 0.0, 0.0
        for first, last in self.rows(cuts):
            wide = max(wide, strip.rights[last] - strip.lefts[first])
            high += max(self._bottoms[first : last + 1]) - min(self._tops[first : last + 1])
        high += sum(self._between(self.crossing[cut]) for cut in cuts)
        return wide + self.page.tail + self.page.head, high

    def _between(self, turns: int) -> float:
        """The room between two rows for so many links."""
        return 2 * self.gap + max(0, turns - 1) * _LANE

    def laid(self, cuts: list[int]) -> Strip:
        """The drawing in these rows."""
        strip, rows = self.strip, self.rows(cuts)
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
        for k, (first, last) in enumerate(rows):
            if k:
                for place, wire in enumerate(into[k]):
                    wire.level = y + self.gap + place * _LANE
                y += self._between(len(into[k]))
            top = min(self._tops[first : last + 1])
            shifts.append((-strip.lefts[firsts[k]], y - top))
            y += max(self._bottoms[first : last + 1]) - top
        corners = {
            i: _plus(corner, shifts[row_of[strip.ranks[i]]]) for i, corner in strip.corners.items()
        }
        routes = [
            tuple(_plus(p, shifts[row_of[self._rank(p[0])]]) for p in r) for r in strip.routes
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
            passed = [y for x, y in strip.routes[k] if row_of[self._rank(x)] == rows[0]]
            start = strip.corners[a][1] + strip.boxes[a][1] / 2 + tail
            key = (a, tail, rows[1])
            wire = found.setdefault(key, _Wire(rows, passed[-1] if passed else start))
            wire.links.append(k)
        return sorted(found.values(), key=lambda w: (w.rows[1] - w.rows[0], w.rows[0], -w.height))

    def _turn(self, wires: list[_Wire], into: list[list[_Wire]], right: float) -> None:
        """Let the turns lie in each other: those of wires that come from far are outermost."""
        taken = [0] * len(into)  # beside the gap above each row
        for wire in wires:
            passed = range(wire.rows[0] + 1, wire.rows[1] + 1)
            place = max(taken[row] for row in passed)
            wire.right = right + place * _LANE
            for row in passed:
                taken[row] = place + 1
        for entering in into:
            for place, wire in enumerate(reversed(entering)):
                wire.left = -self.page.head - place * _LANE

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
            row = row_of[self._rank(point[0])]
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


def _over(spans: list[tuple[int, int]], count: int) -> list[int]:
    """How many of these, each from one column to a later one, go on after each column."""
    change = [0] * (count + 1)
    for first, last in spans:
        change[first] += 1
        change[last] -= 1
    return list(accumulate(change))


def _plus(point: Point, by: Point) -> Point:
    return (point[0] + by[0], point[1] + by[1])
