"""Heights of the items of a layered drawing: each as near to its neighbours as the order lets it.

Along one column the heights that leave the least squared distance to the wanted ones, in a given
order and with room between them, are an isotonic regression; pooling adjacent violators finds it
exactly in one walk.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence
from typing import NamedTuple

_LANE = 8.0  # height of a lane
_STRAIGHT = 8.0  # how much stiffer a link is along its lanes than between two cards
_NEAR = 14.0  # a link this close to straight is made straight where there is room


class Join(NamedTuple):
    """One side of a link, seen from an item: the item it leads to and where it meets it."""

    other: int
    offset: float  # the height of its port there, minus the port's height here
    port: float  # the height of its port there, from the middle
    weight: float


class Items:
    """Cards and lanes: their heights, middles and links to the columns on both sides."""

    def __init__(self, heights: Sequence[float], gap: float) -> None:
        self.heights = list(heights)
        self.cards = len(self.heights)
        self.gap = gap
        self.middles = [0.0] * self.cards
        self.before: list[list[Join]] = [[] for _ in self.heights]
        self.after: list[list[Join]] = [[] for _ in self.heights]

    def add_lane(self) -> int:
        """Make a new lane and return its number."""
        self.heights.append(_LANE)
        self.middles.append(0.0)
        self.before.append([])
        self.after.append([])
        return len(self.heights) - 1

    def join(self, a: int, tail: float, b: int, head: float) -> None:
        """Link two items of neighbouring columns at these heights from their middles."""
        weight = 1.0 + (_STRAIGHT - 1.0) * ((a >= self.cards) + (b >= self.cards)) / 2
        self.after[a].append(Join(b, head - tail, head, weight))
        self.before[b].append(Join(a, tail - head, tail, weight))

    def room(self, upper: int, lower: int) -> float:
        """The least distance between the middles of two neighbours in a column."""
        both_lanes = upper >= self.cards and lower >= self.cards
        gap = self.gap / 2 if both_lanes else self.gap
        return (self.heights[upper] + self.heights[lower]) / 2 + gap


def sweep(items: Items, columns: list[list[int]], rounds: int) -> None:
    """Order each column by where its neighbours are, walking right and left in turn."""
    for column in columns:
        _stack(items, column)
    for turn in range(rounds):
        forward = turn % 2 == 0
        links = items.before if forward else items.after
        for column in columns if forward else reversed(columns):
            wanted = {i: _wanted(items, links[i], i) for i in column}
            column.sort(key=lambda i: wanted[i][0])
            _fit(items, column, [wanted[i] for i in column])


def untangle(items: Items, columns: list[list[int]], rounds: int) -> None:
    """Swap neighbours in a column while that takes crossings away, ports counted in."""
    place = {i: k for column in columns for k, i in enumerate(column)}

    def ends(joins: Sequence[Join]) -> list[tuple[int, float]]:
        return sorted((place[join.other], join.port) for join in joins)

    for _ in range(rounds):
        swapped = False
        for column in columns:
            sides = [(ends(items.before[i]), ends(items.after[i])) for i in column]
            for k in range(len(column) - 1):
                upper, lower = sides[k], sides[k + 1]
                now = sum(_inverted(a, b) for a, b in zip(upper, lower, strict=True))
                if now > sum(_inverted(b, a) for a, b in zip(upper, lower, strict=True)):
                    column[k], column[k + 1] = column[k + 1], column[k]
                    sides[k], sides[k + 1] = lower, upper
                    swapped = True
            for k, i in enumerate(column):
                place[i] = k
        if not swapped:
            return


def crossings(items: Items, columns: list[list[int]]) -> int:
    """How many pairs of links cross between neighbouring columns, ports counted in."""
    place = {i: k for column in columns for k, i in enumerate(column)}
    total = 0
    for column in columns:
        passed: list[tuple[int, float]] = []
        ends = [
            (k, join.port - join.offset, (place[join.other], join.port))
            for k, i in enumerate(column)
            for join in items.after[i]
        ]
        for _, _, end in sorted(ends):
            total += len(passed) - bisect_right(passed, end)
            insort(passed, end)
    return total


def _inverted(upper: Sequence[tuple[int, float]], lower: Sequence[tuple[int, float]]) -> int:
    """How many links of an upper item cross those of a lower one; both lists are sorted."""
    if len(upper) > len(lower):
        return sum(len(upper) - bisect_right(upper, end) for end in lower)
    return sum(bisect_left(lower, end) for end in upper)


def settle(items: Items, columns: list[list[int]], rounds: int) -> None:
    """Find the heights for a fixed order, walking right and left in turn."""
    for column in columns:
        _stack(items, column)
    for turn in range(rounds):
        both = turn >= 6
        forward = turn % 2 == 0
        for column in columns if forward else reversed(columns):
            wanted = []
            for i in column:
                near = items.before[i] if forward else items.after[i]
                far = items.after[i] if forward else items.before[i]
                wanted.append(_wanted(items, near + far if both else near or far, i))
            _fit(items, column, wanted)
    for column in columns:
        _round(items, column)
    _straighten(items, columns)


def _stack(items: Items, column: list[int]) -> None:
    """Stand the items of a column on each other around 0."""
    y = 0.0
    for above, i in zip([None, *column], column, strict=False):
        y += 0.0 if above is None else items.room(above, i)
        items.middles[i] = y
    for i in column:
        items.middles[i] -= y / 2


def _wanted(items: Items, links: Sequence[Join], i: int) -> tuple[float, float]:
    """The mean height at which the links of an item would be straight, and its weight."""
    if not links:
        return items.middles[i], 0.1
    total = weight = 0.0
    middles = items.middles
    for other, offset, _, stiffness in links:
        total += stiffness * (middles[other] + offset)
        weight += stiffness
    return total / weight, weight


def _fit(items: Items, column: list[int], wanted: list[tuple[float, float]]) -> None:
    """Set the middles closest to those wanted, keeping order and room."""
    blocks: list[tuple[float, float, int]] = []  # mean, weight, members
    shifts: list[float] = []
    shift = 0.0
    for k, i in enumerate(column):
        if k:
            shift += items.room(column[k - 1], i)
        shifts.append(shift)
        mean, weight, members = wanted[k][0] - shift, wanted[k][1], 1
        while blocks and blocks[-1][0] > mean:
            upper, heavier, more = blocks.pop()
            mean = (upper * heavier + mean * weight) / (heavier + weight)
            weight += heavier
            members += more
        blocks.append((mean, weight, members))
    k = 0
    for mean, _, members in blocks:
        for _ in range(members):
            items.middles[column[k]] = mean + shifts[k]
            k += 1


def _round(items: Items, column: list[int]) -> None:
    """Whole multiples of four pixels, so that lines are crisp, and never closer than allowed."""
    low = float("-inf")
    for k, i in enumerate(column):
        if k:
            low = items.middles[column[k - 1]] + items.room(column[k - 1], i)
        y = max(round(items.middles[i] / 4) * 4, low)
        items.middles[i] = -(-y // 4) * 4.0


def _straighten(items: Items, columns: list[list[int]]) -> None:
    """Take the small kinks out: move an item to its nearest straight height if nothing is there."""
    for links in (items.before, items.after):
        for column in columns if links is items.before else reversed(columns):
            for k, i in enumerate(column):
                y = items.middles[i]
                straight = [items.middles[j.other] + j.offset for j in links[i]]
                near = min(straight, key=lambda s: abs(s - y), default=y)
                if not 0 < abs(near - y) <= _NEAR or _is_straight(items, i):
                    continue
                up, down = column[k - 1] if k else None, column[k + 1 : k + 2]
                if up is not None and near < items.middles[up] + items.room(up, i):
                    continue
                if down and near > items.middles[down[0]] - items.room(i, down[0]):
                    continue
                items.middles[i] = near


def _is_straight(items: Items, i: int) -> bool:
    """Whether some link of an item is straight already."""
    return any(
        items.middles[join.other] + join.offset == items.middles[i]
        for join in (*items.before[i], *items.after[i])
    )
