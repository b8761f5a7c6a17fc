"""Cards under way: their places and those of their links follow a hand, the rest is not touched."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from graphlab.gui.canvas.bends import straight
from graphlab.gui.canvas.boxes import Boxes, Floats, Rect
from graphlab.gui.canvas.figure import Point
from graphlab.gui.canvas.geometry import GRADIENT, PARTIAL, TOTAL, VALUE, Geometry


class Moving:
    """Some cards of a geometry, to be moved together.

    Their links lose the ways that the layout found for them and run straight to their heads.
    """

    def __init__(self, geometry: Geometry, cards: Iterable[int]) -> None:
        self._geometry = geometry
        self.cards = np.array(sorted(cards), dtype=np.intp)
        self._starts = geometry.cards[self.cards].copy()
        moves = np.zeros(len(geometry.cards), dtype=bool)
        moves[self.cards] = True
        tail, head = moves[geometry.sources], moves[geometry.targets]
        self.links = np.flatnonzero(tail | head)
        self._with_tail = tail[self.links].astype(float)[:, None]
        self._with_head = head[self.links].astype(float)[:, None]
        self._tails = geometry.tails[self.links].copy()
        self._heads = geometry.heads[self.links].copy()
        self._labels = geometry.labels[:, self.links].copy()
        self._ways = (
            geometry.pieces,
            geometry.owners,
            geometry.turns,
            geometry.piece_boxes,
            geometry.strokes,
            geometry.stroke_owners,
        )
        self._rows = self._straighten()
        self._strokes = np.searchsorted(self._whole(), self.links)
        self._frames = geometry.frames_around(self.cards)
        self._offset = np.zeros(2)
        self.to((0.0, 0.0))

    def _straighten(self) -> np.ndarray[tuple[int, int], np.dtype[np.intp]]:
        """Give each link three pieces and return the rows they are in."""
        geometry, links = self._geometry, self.links
        stays = np.ones(len(geometry.tails), dtype=bool)
        stays[links] = False
        kept = stays[geometry.owners]
        owners = np.concatenate([geometry.owners[kept], np.repeat(links, 3)])
        pieces = np.concatenate([geometry.pieces[kept], np.zeros((3 * len(links), 4))])
        order = np.argsort(owners, kind="stable")
        geometry.owners, geometry.pieces = owners[order], pieces[order]
        geometry.forget_turns(links)
        geometry.piece_boxes = Boxes.around(geometry.pieces)
        geometry.strokes, geometry.stroke_owners = geometry.strokes_of_links()
        return np.searchsorted(geometry.owners, links)[:, None] + np.arange(3)

    def _whole(self) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
        """The links that are one stroke from afar, which come first and ascend."""
        owners = self._geometry.stroke_owners
        falls = np.flatnonzero(np.diff(owners) < 0)
        return owners[: int(falls[0]) + 1] if len(falls) else owners

    def to(self, offset: Point) -> None:
        """Put the cards so far from where they were at first."""
        geometry, links = self._geometry, self.links
        self._offset = np.array(offset)
        geometry.cards[self.cards, :2] = self._starts[:, :2] + self._offset
        geometry.card_boxes.replace(self.cards, geometry.cards[self.cards])
        geometry.renew_frames()
        tail, head = self._offset * self._with_tail, self._offset * self._with_head
        tails = geometry.tails[links] = self._tails + tail
        heads = geometry.heads[links] = self._heads + head
        at_head = geometry.fans[links, None]
        labels = self._labels.copy()
        for kind, shift in (
            (VALUE, tail),
            (TOTAL, tail),
            (PARTIAL, head),
            (GRADIENT, np.where(at_head, head, tail)),
        ):
            labels[kind, :, :2] += shift
        geometry.labels[:, links] = labels
        pieces = straight(tails, heads, geometry.room)
        geometry.pieces[self._rows] = pieces
        flat = pieces.reshape(-1, 4)
        low = np.minimum(flat[:, :2], flat[:, 2:])
        around = np.hstack([low, np.abs(flat[:, 2:] - flat[:, :2])])
        geometry.piece_boxes.replace(self._rows.ravel(), around)
        geometry.strokes[self._strokes] = np.hstack([tails, heads])
        geometry.renew_label_boxes(links)

    def put_back(self) -> None:
        """Put the cards where they were at first, and the ways of their links with them."""
        geometry = self._geometry
        self.to((0.0, 0.0))
        geometry.pieces, geometry.owners, geometry.turns = self._ways[:3]
        geometry.piece_boxes, geometry.strokes, geometry.stroke_owners = self._ways[3:]
        geometry.renew_frames()

    def places(self) -> Floats:
        """The corners of the cards now, in the order of ``cards``."""
        return self._geometry.cards[self.cards, :2].copy()

    def boxes(self) -> list[Rect]:
        """What the cards and their links cover now."""
        geometry = self._geometry
        found = [geometry.card_box(i) for i in self.cards.tolist()]
        for i in self.links.tolist():
            found += geometry.link_boxes(i)
        for i in self._frames:
            x, y, width, height = geometry.frames[i].tolist()
            found.append((x - 2, y - 2, width + 4, height + 4))
        return found
