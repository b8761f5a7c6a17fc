"""Where a long drawing is best cut into rows: where few links cross, into rows about even."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import accumulate

from msgspec import Struct

from graphlab.graph.ranking import Point

PAGE = 2.0
"""The width wanted, in heights: what is told about a step stands below a drawing."""

LANE = 12.0
"""The room between links that turn in the same gap."""

_AROUND = 3  # so many rows more or less are tried than would give a page's proportions
_FEW = 12  # with more rows than these one more or less hardly matters
_FREEDOM = 0.45  # by how much of its width a row may miss what would be even
_UNEVEN = 1.2  # what that much of its width costs, in links cut
_ENOUGH = 0.8  # of a page; more rows than for that width are not needed
_CROSSED = 0.04  # how much larger a drawing may be for one link less that is cut
_MOST_CROSSED = 0.5


class Page(Struct, frozen=True):
    """What a row has to hold: a drawing up to ``width`` stays as it is.

    ``tail`` and ``head`` are kept free between a row's ends and the turns, for labels.
    """

    width: float
    tail: float
    head: float


class Strip(Struct):
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


class Breaks:
    """A strip while it is looked through for the places to cut; a cut is the column before it."""

    def __init__(self, strip: Strip, page: Page, gap: float) -> None:
        self.strip, self.page, self.gap = strip, page, gap
        count = len(strip.lefts)
        self.tops, self.bottoms = [float("inf")] * count, [float("-inf")] * count
        for i, (_, y) in strip.corners.items():
            self._reach(strip.ranks[i], y, y + strip.boxes[i][1])
        for route in strip.routes:
            for x, y in route:
                self._reach(self.rank(x), y, y)
        self.height = max(self.bottoms) - min(self.tops)
        self.tallest = max(b - t for t, b in zip(self.tops, self.bottoms, strict=True))
        first, end = strip.ranks, dict[tuple[int, float], int]()
        for (a, b), (tail, _) in zip(strip.pairs, strip.anchors, strict=True):
            end[a, tail] = max(end.get((a, tail), first[a]), first[b])
        links = _over([(first[a], first[b]) for a, b in strip.pairs], count)
        self.crossing = _over([(first[a], rank) for (a, _), rank in end.items()], count)
        self._lost = [(k + wires) / 2 for k, wires in zip(links, self.crossing, strict=True)]
        wide = [right > left for left, right in zip(strip.lefts, strip.rights, strict=True)]
        self._allowed = [k for k in range(count - 1) if wide[k] and wide[k + 1]]
        self._ends = [strip.rights[k] for k in self._allowed]

    def _reach(self, rank: int, top: float, bottom: float) -> None:
        self.tops[rank] = min(self.tops[rank], top)
        self.bottoms[rank] = max(self.bottoms[rank], bottom)

    def rank(self, x: float) -> int:
        """The column that a place is in or just right of."""
        return bisect_right(self.strip.lefts, x) - 1

    def has_all_lanes(self) -> bool:
        """Whether every link that passes columns has a place of its own in each."""
        strip = self.strip
        return all(
            strip.ranks[b] - strip.ranks[a] < 2
            or (route and self.rank(route[-1][0]) == strip.ranks[b] - 1)
            for (a, b), route in zip(strip.pairs, strip.routes, strict=True)
            if a != b
        )

    def best(self) -> list[int]:
        """The cuts that bring the drawing nearest to a page's proportions."""
        most = (self.strip.rights[-1] / (2 * PAGE * self.gap)) ** 0.5  # were cards without height
        low, high = 2, min(len(self._allowed), int(most) + 2) + 1
        if high < low:
            return []
        while low < high:  # the more rows, the narrower
            middle = (low + high) // 2
            if self._ratio(self._cuts(middle)) <= PAGE:
                high = middle
            else:
                low = middle + 1
        near = _AROUND if low <= _FEW else 1
        last = min(low + near, len(self._allowed) + 1)
        choices = [self._cuts(count) for count in range(max(2, low - near), last + 1)]
        return min(choices, key=self._cost)

    def _cost(self, cuts: list[int]) -> float:
        """The width of the page that all would take, more where links are cut or rows are short."""
        wide, high = self.extent(cuts)
        cut = sum(self._lost[k] - 1 for k in cuts)
        cut += sum(4 * self._width(*row) < wide for row in self.rows(cuts))
        return max(wide, PAGE * high, _ENOUGH * self.page.width) * (
            1 + min(_CROSSED * cut, _MOST_CROSSED)
        )

    def _width(self, first: int, last: int) -> float:
        return self.strip.rights[last] - self.strip.lefts[first]

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
                key=lambda k: self._lost[allowed[k]] + _UNEVEN * abs(ends[k] - end) / even,
            )
            cuts.append(allowed[best])
            start, used = allowed[best] + 1, best + 1
        return self._joined(cuts)

    def _joined(self, cuts: list[int]) -> list[int]:
        """Fewer cuts: short rows become one where another row is as wide as that."""
        rows = self.rows(cuts)
        widest = max(self._width(*row) for row in rows)
        kept, start = list[int](), 0
        for cut, (_, end) in zip(cuts, rows[1:], strict=True):
            if self._width(start, end) > widest:
                kept.append(cut)
                start = cut + 1
        return kept

    def rows(self, cuts: list[int]) -> list[tuple[int, int]]:
        """The first and the last column of each row."""
        firsts = [0, *(cut + 1 for cut in cuts)]
        return list(zip(firsts, [*cuts, len(self.strip.lefts) - 1], strict=True))

    def extent(self, cuts: list[int]) -> tuple[float, float]:
        """About how wide and high the drawing gets."""
        wide = high = 0.0
        for first, last in self.rows(cuts):
            wide = max(wide, self._width(first, last))
            high += max(self.bottoms[first : last + 1]) - min(self.tops[first : last + 1])
        high += sum(self.between(self.crossing[cut]) for cut in cuts)
        return wide + self.page.tail + self.page.head, high

    def between(self, turns: int) -> float:
        """The room between two rows for so many links."""
        return 2 * self.gap + max(0, turns - 1) * LANE


def _over(spans: list[tuple[int, int]], count: int) -> list[int]:
    """How many of these, each from one column to a later one, go on after each column."""
    change = [0] * (count + 1)
    for first, last in spans:
        change[first] += 1
        change[last] -= 1
    return list(accumulate(change))
