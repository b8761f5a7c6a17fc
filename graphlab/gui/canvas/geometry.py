"""Where everything of a figure is: cards, ports, the pieces of lines, and the labels' places.

Worked out once when a figure is shown and kept as NumPy arrays, which find what is visible or
touched without asking each item.  By the way cards are laid out, a label's place is crossed by no
card and no other label; lines bend only in the strip between the tails' and the heads' labels.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence

import numpy as np

from graphlab.graph.rows import ROUNDING
from graphlab.gui.canvas.bends import bend, distances, squeezed, straight
from graphlab.gui.canvas.boxes import (
    FRAME_TITLE,
    Boxes,
    Floats,
    Ints,
    Rect,
    bounds,
    distinct,
    frame_boxes,
)
from graphlab.gui.canvas.detours import detours, free_levels
from graphlab.gui.canvas.figure import Figure, Link, Point
from graphlab.gui.canvas.metrics import (
    ARROW,
    ASIDE,
    PAD,
    TOUCH,
    card_sizes,
    room,
)
from graphlab.gui.canvas.told import ABOVE, MOST_LINES, WIDEST
from graphlab.gui.canvas.turns import Turns
from graphlab.gui.theme import Type

VALUE, GRADIENT, TOTAL, PARTIAL = range(4)
"""The kinds of labels of a link, as indices into ``Geometry.labels``."""

_SEGMENTS = 20


class Geometry:
    """The places of a figure's parts; rectangles are x, y, width, height.

    ``cards`` (N, 4); ``tails`` and ``heads`` (L, 2); ``labels`` (4, L, 4), of width 0 where a link
    has none of that kind; ``pieces`` (P, 4) from x0, y0 to x1, y1, flat, one bend, or a turn where
    x0 is x1, and the link each belongs to in ``owners`` (P,), ascending.
    """

    def __init__(self, figure: Figure, fonts: Type) -> None:
        self.room = room(figure.links, fonts)
        sizes = card_sizes(figure.cards, figure.links, fonts, self.room)
        self.index = {card.id: i for i, card in enumerate(figure.cards)}
        self.link_index: dict[Hashable, int] = {k.id: i for i, k in enumerate(figure.links)}
        corners = np.array([figure.positions[card.id] for card in figure.cards], dtype=float)
        extents = np.array([sizes[card.id] for card in figure.cards], dtype=float)
        self.cards: Floats = np.hstack([corners.reshape(-1, 2), extents.reshape(-1, 2)])
        self.telling = set[int]()  # the cards that tell a problem, as they were painted last
        self._figure_frames = figure.frames
        self.tails, self.heads = self._ports(figure.links)
        self.pieces, self.owners = self._lines(figure)
        self.turns = Turns(figure, self.pieces, self.owners)
        self.renew_frames()
        self.labels = self._labels()
        self.card_boxes = Boxes(self.cards)
        self.piece_boxes = Boxes.around(self.pieces)
        self.strokes, self.stroke_owners = self.strokes_of_links()
        tails, heads = self._unions_of_labels(slice(None))
        self.tail_boxes, self.head_boxes = Boxes(tails), Boxes(heads)

    def renew_frames(self) -> None:
        """Draw the frames around where their cards are now."""
        turns = self.turns
        self.frames = frame_boxes(self._figure_frames, self.index, self.cards, turns.within)
        around = (self.cards, self.frames[self.frames[:, 2] > 0], turns.boxes)
        self.bounds = bounds(np.concatenate(around))

    @property
    def is_in_rows(self) -> bool:
        """Whether links turn back from one row to the next."""
        return bool(len(self.turns.boxes))

    def forget_turns(self, links: Ints) -> None:
        """These links turn no more, since their cards move."""
        self.turns = self.turns.without(links)

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
        ways = {i: routes[k.id] for i, k in enumerate(figure.links) if routes.get(k.id)}
        ways |= {i: way for i, way in self._back().items() if i not in ways}
        free = np.array([i for i in range(len(figure.links)) if i not in ways], np.intp)
        self._led_round = self._detours(free)
        ways |= self._led_round
        routed = np.array(sorted(ways), np.intp)
        is_straight = np.ones(len(figure.links), dtype=bool)
        is_straight[routed] = False
        free = np.flatnonzero(is_straight)
        three = straight(self.tails[free], self.heads[free], self.room)
        is_level = three[:, 0, 1] == three[:, 2, 1]
        level = np.hstack([self.tails[free], self.heads[free]])[is_level]
        pieces, owners = self._routed(ways, routed.tolist())
        all_owners = np.concatenate([free[is_level], np.repeat(free[~is_level], 3), owners])
        order = np.argsort(all_owners, kind="stable")
        all_pieces = np.concatenate([level, three[~is_level].reshape(-1, 4), pieces])
        return all_pieces[order], all_owners[order]

    def renew_ways(self, figure: Figure) -> bool:
        """Lead links back, and round cards, by where these are now; False if none are led."""
        loose = np.array([i for i, k in enumerate(figure.links) if k.id not in figure.routes], int)
        if not (self._led_round or self._back() or self._detours(loose)):
            return False
        self.pieces, self.owners = self._lines(figure)
        self.piece_boxes = Boxes.around(self.pieces)
        self.strokes, self.stroke_owners = self.strokes_of_links()
        self.turns = Turns(figure, self.pieces, self.owners)
        self.renew_frames()
        return True

    def _back(self) -> dict[int, Sequence[Point]]:
        """The ways of links to a card that stands left of their tails and wholly below."""
        (tail_x, tail_y), (head_x, head_y) = self.tails.T, self.heads.T
        above = self.cards[self.sources, 1] + self.cards[self.sources, 3]
        below = self.cards[self.targets, 1]
        right, left = tail_x + self.room.stub, head_x - self.room.run
        level = below - np.minimum((below - above) / 2, self.room.gap[1])
        is_back = (head_x < tail_x) & (below - above >= 2 * ROUNDING)
        found = np.flatnonzero(is_back)
        span = np.stack([left, right, above, below], axis=1)
        level[found] = free_levels(level[found], span[found], self.cards)
        rows = np.stack([right, tail_y, right, level, left, level, left, head_y], axis=1)
        return {
            int(i): [(x, y) for x, y in row]
            for i, row in zip(found, rows[found].reshape(-1, 4, 2).tolist(), strict=True)
        }

    def _detours(self, links: Ints) -> dict[int, Sequence[Point]]:
        """The ways of those of some links that would run through cards."""
        ends = np.stack([self.sources[links], self.targets[links]])
        found = detours(self.tails[links], self.heads[links], ends, self.cards, self.room)
        return {i: way for i, way in zip(links.tolist(), found, strict=True) if way}

    def _routed(
        self, ways: Mapping[int, Sequence[Point]], links: Sequence[int]
    ) -> tuple[Floats, Ints]:
        """The pieces of links that have a way to go."""
        stub, run, narrow = self.room.stub, self.room.run, self.room.bend / 2
        pieces: list[Rect] = []
        owners: list[int] = []
        tails, heads = self.tails[links].tolist(), self.heads[links].tolist()
        for i, tail, head in zip(links, tails, heads, strict=True):
            x, y = start, _ = tail  # a flat stretch began at ``start``
            for to_x, to_y in (*ways[i], head):
                if x == to_x and y != to_y:
                    turn = (x, y, x, to_y) if start < x else (x, to_y, x, y)
                    pieces += ((start, y, x, y), turn)
                    owners += (i, i)
                    start = x
                elif y != to_y:
                    left, right = x + stub, to_x - run
                    if right - left < narrow:
                        left, right = squeezed(x, to_x, stub, run)
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
        """Indices of the cards that meet a rectangle, or tell a problem there."""
        found = self.card_boxes.meeting(area, 24.0)
        if not self.telling:
            return found
        telling = np.array(sorted(self.telling), np.intp)
        boxes = np.array([self.card_box(i) for i in telling.tolist()])
        return distinct(np.concatenate([found, telling[Boxes(boxes).meeting(area, 0.0)]]))

    def pieces_in(self, area: Rect) -> Ints:
        """Indices of the pieces of lines that meet a rectangle."""
        return self.piece_boxes.meeting(area, 4.0 + ROUNDING)

    def tails_in(self, area: Rect) -> Ints:
        """Indices of the links whose labels at the tail meet a rectangle."""
        return self.tail_boxes.meeting(area, 2.0)

    def heads_in(self, area: Rect) -> Ints:
        """Indices of the links whose labels or arrow at the head meet a rectangle."""
        return self.head_boxes.meeting(area, 2.0)

    def card_box(self, i: int, *, is_told: bool | None = None) -> Rect:
        """A card with its outline, and what is told at it if anything is (None: as it was)."""
        x, y, width, height = self.cards[i].tolist()
        if (i in self.telling) if is_told is None else is_told:
            out = ABOVE + MOST_LINES * self.room.pill
            return (x - WIDEST, y - out, width + 2 * WIDEST, height + 2 * out)
        return (x - 8, y - 8, width + 16, height + 16)

    def link_boxes(self, i: int) -> list[Rect]:
        """A link's labels and pieces."""
        low, high = self.owners.searchsorted((i, i + 1)).tolist()
        return self.label_boxes(i) + _wider(self.piece_boxes[low:high])

    def label_boxes(self, i: int) -> list[Rect]:
        """What stands at a link's tail and at its head."""
        own = slice(i, i + 1)
        return _wider(self.tail_boxes[own] + self.head_boxes[own])

    def frames_around(self, cards: Ints) -> list[int]:
        """The frames that hold any of these cards, at any depth."""
        chosen, frames = set(cards.tolist()), self._figure_frames
        held = {f.id for f in frames if any(self.index.get(card) in chosen for card in f.cards)}
        for frame in reversed(frames):
            if frame.id in held and frame.parent is not None:
                held.add(frame.parent)
        return [i for i, frame in enumerate(frames) if frame.id in held]

    # --- what is touched ----------------------------------------------------------------------
    def card_at(self, point: Point, raised: Collection[int] = ()) -> int | None:
        """The uppermost card at a point, where some are ``raised`` over all others."""
        found = self.card_boxes.meeting((*point, 0, 0), 0.0).tolist()
        return max(found, key=lambda i: (i in raised, i), default=None)

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
        near = self.piece_boxes.meeting((*point, 0, 0), reach + ROUNDING)
        if not len(near):
            return None
        points = bend(self.pieces[near], _SEGMENTS)
        away = distances(points, np.array(point)).min(axis=1)
        best = int(away.argmin())
        return int(self.owners[near[best]]) if away[best] <= reach else None


def _wider(boxes: list[Rect]) -> list[Rect]:
    return [(x - 4, y - 4, width + 8, height + 8) for x, y, width, height in boxes]


def _boxes(x: Floats, y: Floats, width: float, height: float) -> Floats:
    return np.stack([x, y, np.full_like(x, width), np.full_like(x, height)], axis=1)
