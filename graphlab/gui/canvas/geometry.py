"""Where everything of a figure is: cards, ports, the pieces of lines, and the labels' places.

Worked out once when a figure is shown and kept as NumPy arrays, which find what is visible or
touched without asking each item.  By the way cards are laid out, a label's place is crossed by no
card and no other label; lines bend only in the strip between the tails' and the heads' labels.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from functools import cache

import numpy as np

from graphlab.gui.canvas.boxes import FRAME_TITLE, Boxes, Floats, Ints, Rect, bounds, frame_boxes
from graphlab.gui.canvas.figure import Figure, Link, Point
from graphlab.gui.canvas.metrics import (
    ARROW,
    ASIDE,
    PAD,
    TOUCH,
    Room,
    card_sizes,
    room,
)
from graphlab.gui.theme import Type

VALUE, GRADIENT, TOTAL, PARTIAL = range(4)
"""The kinds of labels of a link, as indices into ``Geometry.labels``."""

_SEGMENTS = 20


class Geometry:
    """The places of a figure's parts; rectangles are x, y, width, height.

    ``cards`` (N, 4); ``tails`` and ``heads`` (L, 2); ``labels`` (4, L, 4), of width 0 where a link
    has none of that kind; ``pieces`` (P, 4) from x0, y0 to x1, y1, flat or one bend, and the link
    each belongs to in ``owners`` (P,), ascending.
    """

    def __init__(self, figure: Figure, fonts: Type) -> None:
        self.room = room(figure.links, fonts)
        sizes = card_sizes(figure.cards, figure.links, fonts, self.room)
        self.index = {card.id: i for i, card in enumerate(figure.cards)}
        self.link_index: dict[Hashable, int] = {k.id: i for i, k in enumerate(figure.links)}
        corners = np.array([figure.positions[card.id] for card in figure.cards], dtype=float)
        extents = np.array([sizes[card.id] for card in figure.cards], dtype=float)
        self.cards: Floats = np.hstack([corners.reshape(-1, 2), extents.reshape(-1, 2)])
        self._figure_frames = figure.frames
        self.renew_frames()
        self.tails, self.heads = self._ports(figure.links)
        self.pieces, self.owners = self._lines(figure)
        self.labels = self._labels()
        self.card_boxes = Boxes(self.cards)
        self.piece_boxes = Boxes.around(self.pieces)
        self.strokes, self.stroke_owners = self.strokes_of_links()
        tails, heads = self._unions_of_labels(slice(None))
        self.tail_boxes, self.head_boxes = Boxes(tails), Boxes(heads)

    def renew_frames(self) -> None:
        """Draw the frames around where their cards are now."""
        self.frames = frame_boxes(self._figure_frames, self.index, self.cards)
        self.bounds = bounds(np.concatenate([self.cards, self.frames[self.frames[:, 2] > 0]]))

    def _ports(self, links: Sequence[Link]) -> tuple[Floats, Floats]:
        """Where each link leaves its source's right and meets its target's left side."""
        source = np.array([self.index[k.source] for k in links], dtype=np.intp)
        target = np.array([self.index[k.target] for k in links], dtype=np.intp)
        numbers = np.array(
            [(k.tail_index, k.tail_count, k.port_index, k.port_count) for k in links], dtype=float
        ).reshape(-1, 4)
        middle = self.cards[:, 1] + self.cards[:, 3] / 2
        pitch = self.room.pitch
        tail = middle[source] + (numbers[:, 0] - (numbers[:, 1] - 1) / 2) * pitch
        head = middle[target] + (numbers[:, 2] - (numbers[:, 3] - 1) / 2) * pitch
        right = self.cards[:, 0] + self.cards[:, 2]
        self.sources, self.targets = source, target
        self._tail_indices = numbers[:, 0].astype(np.intp)
        return (
            np.stack([right[source], tail], axis=1),
            np.stack([self.cards[target, 0], head], axis=1),
        )

    def _lines(self, figure: Figure) -> tuple[Floats, Ints]:
        """Cut each link into flat stretches and bends."""
        routes = figure.routes
        routed = np.array([i for i, k in enumerate(figure.links) if routes.get(k.id)], np.intp)
        is_straight = np.ones(len(figure.links), dtype=bool)
        is_straight[routed] = False
        free = np.flatnonzero(is_straight)
        three = straight(self.tails[free], self.heads[free], self.room)
        is_level = three[:, 0, 1] == three[:, 2, 1]
        level = np.hstack([self.tails[free], self.heads[free]])[is_level]
        pieces, owners = self._routed(figure, routed.tolist())
        all_owners = np.concatenate([free[is_level], np.repeat(free[~is_level], 3), owners])
        order = np.argsort(all_owners, kind="stable")
        all_pieces = np.concatenate([level, three[~is_level].reshape(-1, 4), pieces])
        return all_pieces[order], all_owners[order]

    def _routed(self, figure: Figure, links: Sequence[int]) -> tuple[Floats, Ints]:
        """The pieces of links that have a way to go."""
        stub, run, narrow = self.room.stub, self.room.run, self.room.bend / 2
        pieces: list[Rect] = []
        owners: list[int] = []
        tails, heads = self.tails[links].tolist(), self.heads[links].tolist()
        for i, tail, head in zip(links, tails, heads, strict=True):
            x, y = start, _ = tail  # a flat stretch began at ``start``
            for to_x, to_y in (*figure.routes[figure.links[i].id], head):
                if y != to_y:
                    left, right = x + stub, to_x - run
                    if right - left < narrow:
                        left, right = _squeezed(x, to_x, stub, run)
                    pieces += ((start, y, left, y), (left, y, right, to_y))
                    owners += (i, i)
                    start = right
                x, y = to_x, to_y
            pieces.append((start, y, x, y))
            owners.append(i)
        return np.array(pieces, dtype=float).reshape(-1, 4), np.array(owners, dtype=np.intp)

    def strokes_of_links(self) -> tuple[Floats, Ints]:
        """Links from so far that stub and run are nothing: one stroke each, routes in pieces."""
        is_short = np.bincount(self.owners, minlength=len(self.tails)) <= 3
        kept = ~is_short[self.owners]
        whole = np.flatnonzero(is_short)
        strokes = np.hstack([self.tails[whole], self.heads[whole]])
        return (
            np.concatenate([strokes, self.pieces[kept]]),
            np.concatenate([whole, self.owners[kept]]),
        )

    def _labels(self) -> Floats:
        """The places kept for the labels of each kind."""
        _, at, port, uses = np.unique(
            self.sources * (1 + int(self._tail_indices.max(initial=0))) + self._tail_indices,
            return_index=True,
            return_inverse=True,
            return_counts=True,
        )
        fans = uses[port] > 1
        first = np.zeros(len(fans), dtype=bool)
        first[at] = True
        label, pill = self.room.label, self.room.pill
        tail_width, head_width = self.room.stub - ASIDE, self.room.run - ARROW - PAD
        places = np.zeros((4, len(fans), 4))
        tail_x, tail_y = self.tails.T
        right, head_y = self.heads[:, 0] - ARROW - PAD / 2, self.heads[:, 1]
        places[VALUE] = _boxes(tail_x + ASIDE, tail_y - TOUCH - label, tail_width, label)
        places[TOTAL] = _boxes(tail_x + ASIDE, tail_y + TOUCH, tail_width, label)
        places[PARTIAL] = _boxes(right - head_width, head_y - pill / 2, head_width, pill)
        below = _boxes(right - head_width, head_y + pill / 2 + 1, head_width, label)
        places[GRADIENT] = np.where(fans[:, None], below, places[TOTAL])
        places[VALUE, ~first, 2] = 0
        places[TOTAL, ~(first & fans), 2] = 0
        self.fans = fans
        return places

    def _unions_of_labels(self, links: slice | Ints) -> tuple[Floats, Floats]:
        """Per link one box around all labels at its tail and one around those at its head."""
        label, pill = self.room.label + TOUCH, self.room.pill
        (tail_x, tail_y), (head_x, head_y) = self.tails[links].T, self.heads[links].T
        return (
            _boxes(tail_x, tail_y - label, self.room.stub, 2 * label),
            _boxes(head_x - self.room.run, head_y - pill, self.room.run, 2 * pill + label),
        )

    def renew_label_boxes(self, links: Ints) -> None:
        """Find the labels of these links where their ends are now."""
        tails, heads = self._unions_of_labels(links)
        self.tail_boxes.replace(links, tails)
        self.head_boxes.replace(links, heads)

    # --- what is visible --------------------------------------------------------------------
    def cards_in(self, area: Rect) -> Ints:
        """Indices of the cards that meet a rectangle."""
        return self.card_boxes.meeting(area, 24.0)

    def pieces_in(self, area: Rect) -> Ints:
        """Indices of the pieces of lines that meet a rectangle."""
        return self.piece_boxes.meeting(area, 4.0)

    def tails_in(self, area: Rect) -> Ints:
        """Indices of the links whose labels at the tail meet a rectangle."""
        return self.tail_boxes.meeting(area, 2.0)

    def heads_in(self, area: Rect) -> Ints:
        """Indices of the links whose labels or arrow at the head meet a rectangle."""
        return self.head_boxes.meeting(area, 2.0)

    def card_box(self, i: int, *, is_told: bool = True) -> Rect:
        """A card with its outline, and what is told below it."""
        x, y, width, height = self.cards[i].tolist()
        return (x - 8, y - 8, width + (128 if is_told else 16), height + (32 if is_told else 16))

    def link_boxes(self, i: int) -> list[Rect]:
        """A link's labels and pieces."""
        low, high = np.searchsorted(self.owners, [i, i + 1])
        span = slice(int(low), int(high))
        boxes = [*self.tail_boxes[i], *self.head_boxes[i], *self.piece_boxes[span]]
        return [(x - 4, y - 4, w + 8, h + 8) for x, y, w, h in boxes]

    def frames_around(self, cards: Ints) -> list[int]:
        """The frames that hold any of these cards, at any depth."""
        chosen, frames = set(cards.tolist()), self._figure_frames
        held = {f.id for f in frames if any(self.index.get(card) in chosen for card in f.cards)}
        for frame in reversed(frames):
            if frame.id in held and frame.parent is not None:
                held.add(frame.parent)
        return [i for i, frame in enumerate(frames) if frame.id in held]

    # --- what is touched ----------------------------------------------------------------------
    def card_at(self, point: Point) -> int | None:
        """The uppermost card at a point."""
        found = self.card_boxes.meeting((*point, 0, 0), 0.0)
        return int(found[-1]) if len(found) else None

    def frame_at(self, point: Point) -> int | None:
        """The innermost frame whose name is at a point."""
        boxes = self.frames.copy()
        boxes[:, 3] = np.where(boxes[:, 3] > 0, FRAME_TITLE, -np.inf)
        found = Boxes(boxes).meeting((*point, 0, 0), 0.0)
        return int(found[-1]) if len(found) else None

    def link_at(self, point: Point, reach: float) -> int | None:
        """The link with a label at a point, or the line nearest to it within ``reach``."""
        for boxes in self.labels:  # a click or a tool tip is rare enough to sort these anew
            found = Boxes(boxes).meeting((*point, 0, 0), 1.0)
            found = found[boxes[found, 2] > 0]
            if len(found):
                return int(found[0])
        near = self.piece_boxes.meeting((*point, 0, 0), reach)
        if not len(near):
            return None
        points = bend(self.pieces[near], _SEGMENTS)
        away = _distances(points, np.array(point)).min(axis=1)
        best = int(away.argmin())
        return int(self.owners[near[best]]) if away[best] <= reach else None


def bend(pieces: Floats, segments: int) -> Floats:
    """The points (P, segments + 1, 2) along pieces that leave and arrive level."""
    start, span = pieces[:, None, :2], pieces[:, None, 2:] - pieces[:, None, :2]
    return np.asarray(start + span * _shares(segments))


def lines(pieces: Floats, segments: int) -> Floats:
    """The same bends as separate segments (P segments, 4)."""
    points = bend(pieces, segments)
    ends = np.empty((len(pieces), segments, 4))
    ends[:, :, :2], ends[:, :, 2:] = points[:, :-1], points[:, 1:]
    return ends.reshape(-1, 4)


@cache
def _shares(segments: int) -> Floats:
    """How much of its way along and across a bend has gone at each point: (segments + 1, 2)."""
    t = np.linspace(0.0, 1.0, segments + 1)
    along = 1.5 * t * (1 - t) + t**3 if segments > 1 else t
    return np.stack([along, t * t * (3 - 2 * t)], axis=1)


def bend_ends(x: Floats, to_x: Floats, room: Room) -> tuple[Floats, Floats]:
    """Where links from ``x`` to ``to_x`` without a route begin and end to bend."""
    left, right, span = x + room.stub, to_x - room.run, to_x - x
    is_narrow, is_ahead = right - left < room.bend / 2, span >= 24
    near_left = np.where(is_ahead, x + span * 0.25, x + min(room.stub, 24))
    near_right = np.where(is_ahead, to_x - span * 0.25, to_x - min(room.run, 24))
    return np.where(is_narrow, near_left, left), np.where(is_narrow, near_right, right)


def straight(tails: Floats, heads: Floats, room: Room) -> Floats:
    """Links from port to port in three pieces each: (L, 3, 4)."""
    x, y = tails.T
    to_x, to_y = heads.T
    left, right = bend_ends(x, to_x, room)
    is_level = y == to_y
    left, right = np.where(is_level, x, left), np.where(is_level, to_x, right)
    return np.stack(
        [
            np.stack([x, y, left, y], axis=1),
            np.stack([left, y, right, to_y], axis=1),
            np.stack([right, to_y, to_x, to_y], axis=1),
        ],
        axis=1,
    )


def _squeezed(x: float, to_x: float, stub: float, run: float) -> tuple[float, float]:
    """Where a link bends whose ends are too near, or in the wrong order, for all its labels."""
    span = to_x - x
    if span >= 24:
        return x + span * 0.25, to_x - span * 0.25
    return x + min(stub, 24), to_x - min(run, 24)


def _boxes(x: Floats, y: Floats, width: float, height: float) -> Floats:
    return np.stack([x, y, np.full_like(x, width), np.full_like(x, height)], axis=1)


def _distances(points: Floats, point: Floats) -> Floats:
    """From a point to each segment of each polyline: (P, segments)."""
    start, step = points[:, :-1], np.diff(points, axis=1)
    length = np.maximum((step**2).sum(axis=2), 1e-12)
    t = np.clip(((point - start) * step).sum(axis=2) / length, 0, 1)
    return np.asarray(np.linalg.norm(start + t[..., None] * step - point, axis=2))
