"""What a zoom in motion leads to, so that the work waiting there is spread over the frames before.

Where names and numbers begin to be drawn, hundreds of strings are new at once; to lay all of them
out in that one frame would hold it up.
"""

from __future__ import annotations

from graphlab.gui.canvas.boxes import Rect

SYMBOLS_AHEAD, CARDS_AHEAD, LINKS_AHEAD = 200, 18, 28
"""How many symbols, or whole cards and links, are laid out in one frame: 1 to 2 ms."""


class Ahead:
    """Judges from two frames where a zoom is going to."""

    def __init__(self) -> None:
        self._before: Rect = (0.0, 0.0, 0.0, 0.0)
        self._goal = 0.0

    def area(self, area: Rect, zoom: float, goal: float) -> Rect | None:
        """What will be seen at another zoom, in the second frame on the way there or later.

        The point that the last two frames showed in the same place stays there.
        """
        is_new = goal != self._goal  # that frame has enough to do
        (before, self._before), self._goal, share = (self._before, area), goal, zoom / goal
        x, y, width, height = area
        less = before[2] - width, before[3] - height
        if min(less) <= 0 or is_new or share >= 1:
            return None
        across, down = ((area[k] - before[k]) / less[k] for k in (0, 1))
        if not (0 <= across <= 1 and 0 <= down <= 1):
            return None  # it was moved, or is another part
        return (
            x + across * (1 - share) * width,
            y + down * (1 - share) * height,
            share * width,
            share * height,
        )
