"""Room on a picture whose cards stand already: a free place for one, or the others moved aside.

A box is given with all that belongs to it, so with the numbers beside a card too: boxes that do not
meet cover nothing of each other.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Point = tuple[float, float]
Rect = tuple[float, float, float, float]

_MOST = 80  # candidates along each side; the nearest place is among the nearest of them


def free_place(
    box: Rect, others: Mapping[str, Rect], within: tuple[float, float] | None = None
) -> Point:
    """The corner nearest to the box's own at which it meets no other.

    ``within`` bounds its left and right side, where it fits in there.
    """
    x, y, width, height = box
    low, high = within or (-np.inf, np.inf)
    if high - low < width:
        low, high = -np.inf, np.inf
    taken = _rows(others)
    across = _near(x, np.r_[low, high - width, taken[:, 0] - width, taken[:, 0] + taken[:, 2]])
    across = across[(across >= low) & (across <= high - width)]
    lowest = float((taken[:, 1] + taken[:, 3]).max(initial=y))
    down = _near(y, np.r_[taken[:, 1] - height, taken[:, 1] + taken[:, 3]])
    columns, rows = np.meshgrid(across, np.r_[down, lowest])
    is_free = np.ones(columns.shape, bool)
    for left, top, wide, tall in taken.tolist():
        beside = (columns < left + wide) & (left < columns + width)
        is_free &= ~(beside & (rows < top + tall) & (top < rows + height))
    away = np.where(is_free, np.hypot(columns - x, rows - y), np.inf)
    best = int(away.argmin())
    return float(columns.flat[best]), float(rows.flat[best])


def aside(grown: Rect, was: Rect | None, others: Mapping[str, Rect]) -> dict[str, Point]:
    """How far the others move so that none meets a box that has grown from where it was.

    What was right of it moves right together, and so on all four sides: so what stood in a row
    still does.  What cannot make room in this way, or where nothing was, goes to a free place.
    """
    shifts = dict.fromkeys(others, (0.0, 0.0))
    if was is not None:
        for side, names in _by_sides(was, others).items():
            by = max((_needed(grown, others[n], side) for n in names), default=0.0)
            dx, dy = _WAYS[side]
            shifts |= dict.fromkeys(names, (dx * by, dy * by))
    places = {name: _shifted(box, shifts[name]) for name, box in others.items()}
    for name in sorted(others, key=lambda n: _distance(others[n], grown)):
        rest = {**places, "": grown}
        del rest[name]
        if _meets(places[name], grown) or (
            shifts[name] != (0.0, 0.0) and any(_meets(places[name], r) for r in rest.values())
        ):
            x, y = free_place(places[name], rest)
            places[name] = (x, y, *others[name][2:])
    moved = {n: (p[0] - others[n][0], p[1] - others[n][1]) for n, p in places.items()}
    return {name: by for name, by in moved.items() if by != (0.0, 0.0)}


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


def _shifted(box: Rect, by: Point) -> Rect:
    return box[0] + by[0], box[1] + by[1], box[2], box[3]


def _distance(one: Rect, other: Rect) -> float:
    return abs(one[0] + one[2] / 2 - other[0] - other[2] / 2) + abs(
        one[1] + one[3] / 2 - other[1] - other[3] / 2
    )


def _rows(boxes: Mapping[str, Rect]) -> NDArray[np.float64]:
    return np.array(list(boxes.values()), dtype=float).reshape(-1, 4)


def _near(wish: float, candidates: NDArray[np.float64]) -> NDArray[np.float64]:
    """The wish itself and the finite candidates nearest to it."""
    known = candidates[np.isfinite(candidates)]
    nearest = known[np.argsort(np.abs(known - wish))[:_MOST]]
    return np.concatenate([[wish], nearest])
