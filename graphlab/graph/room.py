"""Room on a picture whose cards stand already: a free place for one, or the others moved aside.

A box is given with all that belongs to it, so with the numbers beside a card too: boxes that do not
meet cover nothing of each other.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Mapping

import numpy as np
from numpy.typing import NDArray

Point = tuple[float, float]
Rect = tuple[float, float, float, float]

_MOST_APART = 40  # boxes that go to a free place each; more move together
_MOST = 80  # candidates along each side; the nearest place is among the nearest of them


def free_place(
    box: Rect, others: Mapping[str, Rect], within: tuple[float, float] | None = None
) -> Point:
    """The corner nearest to the box's own at which it meets no other.

    ``within`` bounds its left and right side, where it fits in there.
    """
    return _free_place(box, np.array(list(others.values()), dtype=float).reshape(-1, 4), within)


def _free_place(
    box: Rect, taken: NDArray[np.float64], within: tuple[float, float] | None = None
) -> Point:
    """The same where the others are the rows of (N, 4)."""
    x, y, width, height = box
    low, high = within or (-np.inf, np.inf)
    if high - low < width:
        low, high = -np.inf, np.inf
    edges = np.r_[low, high - width, taken[:, 0] - width, taken[:, 0] + taken[:, 2]]
    across = _near(x, edges[(edges >= low) & (edges <= high - width)])
    across = across[(across >= low) & (across <= high - width)]
    lowest = float((taken[:, 1] + taken[:, 3]).max(initial=y))
    down = _near(y, np.r_[taken[:, 1] - height, taken[:, 1] + taken[:, 3]])
    down = np.r_[down, lowest]
    left, top, wide, tall = taken.T[..., None]
    beside = (across < left + wide) & (left < across + width)  # (N, candidates across)
    level = (down < top + tall) & (top < down + height)
    met = level.T.astype(np.float32) @ beside.astype(np.float32)  # how many others at each place
    away = np.where(met == 0, np.hypot(across - x, (down - y)[:, None]), np.inf)
    row, column = divmod(int(away.argmin()), len(across))
    return float(across[column]), float(down[row])


def aside(grown: Rect, was: Rect | None, others: Mapping[str, Rect]) -> dict[str, Point]:
    """How far the others move so that none meets a box that has grown from where it was.

    What was right of it moves right together, and so on all four sides: so what stood in a row
    still does.  What cannot make room in this way, or where nothing was, goes to a free place;
    where that would be many they make way to both sides of its middle.
    """
    shifts = dict.fromkeys(others, (0.0, 0.0))
    if was is None and sum(_meets(box, grown) for box in others.values()) > _MOST_APART:
        was = (grown[0] + grown[2] / 2, grown[1] + grown[3] / 2, 0.0, 0.0)
    if was is not None:
        for side, names in _by_sides(was, others).items():
            by = max((_needed(grown, others[n], side) for n in names), default=0.0)
            dx, dy = _WAYS[side]
            shifts |= dict.fromkeys(names, (dx * by, dy * by))
    places = {name: _shifted(box, shifts[name]) for name, box in others.items()}
    index = {name: i for i, name in enumerate(places)}
    taken = np.array([*places.values(), grown])
    crowded = [
        name for name, is_met in zip(places, _meeting(taken).tolist(), strict=False) if is_met
    ]
    for name in sorted(crowded, key=lambda n: _distance(others[n], grown)):
        box = places[name]
        if shifts[name] == (0.0, 0.0) and not _meets(box, grown):
            continue
        rest = np.delete(taken, index[name], axis=0)
        if _meets_any(box, rest):
            places[name] = (*_free_place(box, rest), *others[name][2:])
            taken[index[name]] = places[name]
    moved = {n: (p[0] - others[n][0], p[1] - others[n][1]) for n, p in places.items()}
    return {name: by for name, by in moved.items() if by != (0.0, 0.0)}


def apart(boxes: Mapping[str, Rect], firm: Collection[str], gap: float) -> dict[str, float]:
    """How far boxes move down, or up where that is less, so that they meet none above them.

    What moves keeps a gap; what meets nothing, and what is ``firm``, stays.
    """
    names = list(boxes)
    rows = np.array(list(boxes.values()), dtype=float).reshape(-1, 4)
    met = np.flatnonzero(_meeting(rows)).tolist()
    if not met:
        return {}
    order = sorted(range(len(names)), key=lambda i: (rows[i, 1], rows[i, 0]))
    rank = np.empty(len(names), dtype=int)
    rank[order] = np.arange(len(names))
    held = np.array([name in firm for name in names])
    rank[held] = -1
    waiting = [int(rank[i]) for i in met if not held[i]]
    heapq.heapify(waiting)
    found: dict[str, float] = {}
    while waiting:
        at = heapq.heappop(waiting)
        i = order[at]
        if names[i] in found:
            continue
        by = _free_height(rows[i], rows[rank < at], gap) - rows[i, 1]
        found[names[i]] = float(by)
        if by:
            rows[i, 1] += by
            below = np.flatnonzero(rank > at)
            for j in below[_meeting_one(rows[i], rows[below])].tolist():
                heapq.heappush(waiting, int(rank[j]))
    return {name: by for name, by in found.items() if by}


def _free_height(box: NDArray[np.float64], others: NDArray[np.float64], gap: float) -> float:
    """The top nearest to the box's own at which it meets none of the rows of (N, 4)."""
    x, y, width, height = box.tolist()
    if not _meeting_one(box, others).any():
        return float(y)
    beside = others[(others[:, 0] < x + width) & (x < others[:, 0] + others[:, 2])]
    above, below = beside[:, 1] - height - gap, beside[:, 1] + beside[:, 3] + gap
    tops = np.concatenate([below, above])  # of the same distance the lower one is taken
    free = ~((above < tops[:, None]) & (tops[:, None] < below)).any(axis=1)
    away = np.where(free, np.abs(tops - y), np.inf)
    return float(tops[away.argmin()])  # below all others it is free


_WAYS = {"right": (1.0, 0.0), "left": (-1.0, 0.0), "below": (0.0, 1.0), "above": (0.0, -1.0)}


def _by_sides(was: Rect, others: Mapping[str, Rect]) -> dict[str, list[str]]:
    x, y, width, height = was
    found: dict[str, list[str]] = {side: [] for side in _WAYS}
    for name, (left, top, wide, tall) in others.items():
        across, down = left + wide / 2, top + tall / 2
        if across >= x + width:
            found["right"].append(name)
        elif across <= x:
            found["left"].append(name)
        else:
            found["below" if down >= y + height / 2 else "above"].append(name)
    return found


def _needed(grown: Rect, box: Rect, side: str) -> float:
    """How far a box has to go to this side to be clear of the grown one."""
    if not _meets(grown, box):
        return 0.0
    (x, y, width, height), (left, top, wide, tall) = grown, box
    return {
        "right": x + width - left,
        "left": left + wide - x,
        "below": y + height - top,
        "above": top + tall - y,
    }[side]


def _meets(one: Rect, other: Rect) -> bool:
    return (
        one[0] < other[0] + other[2]
        and other[0] < one[0] + one[2]
        and one[1] < other[1] + other[3]
        and other[1] < one[1] + one[3]
    )


def _meets_any(box: Rect, others: NDArray[np.float64]) -> bool:
    """Whether a box meets any of the rows of (N, 4)."""
    return bool(_meeting_one(np.array(box), others).any())


def _meeting_one(box: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which of the rows of (N, 4) a box meets: (N,)."""
    x, y, width, height = box
    left, top, wide, tall = others.T
    found: NDArray[np.bool_] = (
        (x < left + wide) & (left < x + width) & (y < top + tall) & (top < y + height)
    )
    return found


def _meeting(boxes: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which of the rows of (N, 4) meet another one: (N,)."""
    order = boxes[:, 0].argsort()
    left, top, width, height = boxes[order].T
    right, bottom = left + width, top + height
    found = np.zeros(len(boxes), dtype=bool)
    for apart in range(1, len(boxes)):  # in the order from left to right
        is_near = left[apart:] < right[:-apart]
        if not is_near.any():
            break
        hit = is_near & (left[:-apart] < right[apart:])
        hit &= (top[apart:] < bottom[:-apart]) & (top[:-apart] < bottom[apart:])
        found[order[apart:][hit]] = found[order[:-apart][hit]] = True
    return found


def _shifted(box: Rect, by: Point) -> Rect:
    return box[0] + by[0], box[1] + by[1], box[2], box[3]


def _distance(one: Rect, other: Rect) -> float:
    return abs(one[0] + one[2] / 2 - other[0] - other[2] / 2) + abs(
        one[1] + one[3] / 2 - other[1] - other[3] / 2
    )


def _near(wish: float, candidates: NDArray[np.float64]) -> NDArray[np.float64]:
    """The wish itself and the finite candidates nearest to it."""
    known = candidates[np.isfinite(candidates)]
    nearest = known[np.argsort(np.abs(known - wish))[:_MOST]]
    return np.concatenate([[wish], nearest])
