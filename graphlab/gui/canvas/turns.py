"""Where links turn from one row to the next, which no card covers but a frame has to hold."""

from __future__ import annotations

import numpy as np

from graphlab.graph.rows import ROUNDING
from graphlab.gui.canvas.boxes import Floats, Ints
from graphlab.gui.canvas.figure import Figure


class Turns:
    """The turns of a figure: their rectangles ``boxes`` (T, 4), links and frames."""

    def __init__(self, figure: Figure, pieces: Floats, owners: Ints) -> None:
        rows = np.flatnonzero((pieces[:, 0] == pieces[:, 2]) & (pieces[:, 1] != pieces[:, 3]))
        x, y, _, to_y = pieces[rows].T
        out = ROUNDING * np.sign(to_y - y)
        left, top = np.minimum(x, x + out), np.minimum(y, to_y)
        self.boxes: Floats = np.stack([left, top, np.abs(out), np.abs(to_y - y)], axis=1)
        self._links = owners[rows]
        self._frames: dict[int, list[int]] = {}
        if figure.frames and len(rows):
            self._find_frames(figure)

    def _find_frames(self, figure: Figure) -> None:
        """Note for each frame the turns of links with both ends in it."""
        place = {frame.id: k for k, frame in enumerate(figure.frames)}
        around: list[frozenset[int]] = []
        home: dict[str, frozenset[int]] = {}
        for k, frame in enumerate(figure.frames):  # outer ones come first
            outer = around[place[frame.parent]] if frame.parent is not None else frozenset()
            around.append(outer | {k})
            home.update(dict.fromkeys(frame.cards, around[k]))
        for at, i in enumerate(self._links.tolist()):
            link = figure.links[i]
            both = home.get(link.source, frozenset()) & home.get(link.target, frozenset())
            for k in both:
                self._frames.setdefault(k, []).append(at)

    def within(self, frame: int) -> list[Floats]:
        """The rectangles of the turns in a frame."""
        return [self.boxes[at] for at in self._frames.get(frame, ())]

    def without(self, links: Ints) -> Turns:
        """The turns of all other links."""
        kept = ~np.isin(self._links, links)
        if kept.all():
            return self
        left = Turns.__new__(Turns)
        place = np.cumsum(kept) - 1
        left.boxes, left._links = self.boxes[kept], self._links[kept]
        left._frames = {
            k: [int(place[at]) for at in found if kept[at]] for k, found in self._frames.items()
        }
        return left
