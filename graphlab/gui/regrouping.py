"""Where cards go when a group is made, folded or opened: none comes to lie over another.

What stands stays: a folded card takes a free place amid what it held, so that opening it restores
the picture.  Only a frame moves others aside, who come back when it is folded.  Where no card was
placed by anyone the layout makes room for a frame.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from math import ceil, floor, inf

import msgspec

from graphlab.graph import Graph
from graphlab.graph.edits import fold, move
from graphlab.graph.nearby import place_nearby
from graphlab.graph.room import aside, free_place
from graphlab.gui.blanks import blanks_of
from graphlab.gui.canvas.boxes import FRAME_PAD, FRAME_TITLE, Rect
from graphlab.gui.canvas.figure import Figure, Point
from graphlab.gui.canvas.metrics import card_sizes, room
from graphlab.gui.canvas.nesting import nested
from graphlab.gui.hand import Hand
from graphlab.gui.placement import folded_place, pinned, standing, union, unpinned
from graphlab.gui.theme import GRID, typography

_SMALL = 200  # cards and links up to which the layout is quick enough to place all anew


class Regrouping:
    """Places for the cards of one canvas whose groups are made, folded and opened."""

    def __init__(self, hand: Hand) -> None:
        self._hand = hand
        # per group that was opened, where all stood before and where they were put
        self._opened: dict[str, tuple[Mapping[str, Point], Mapping[str, Point]]] = {}

    def _is_by_layout(self) -> bool:
        """Whether the layout has placed all there is, and is quick enough to do so anew."""
        figure = self._hand.canvas.figure
        is_small = len(figure.cards) + len(figure.links) <= _SMALL
        return is_small and not self._hand.graph.view.positions

    def made(self, graph: Graph, name: str) -> Graph:
        """The graph after ``name`` became a group: what is not in it is not in its frame."""
        if self._is_by_layout():
            return unpinned(graph)
        return _Plane(graph, self._hand).opened(name, None)

    def typed(self, graph: Graph) -> Graph:
        """The graph of a formula: what is not in a group that got more is not in its frame."""
        old = self._hand.graph
        grown = [
            name
            for name in reversed([*graph.groups])
            if name not in old.groups or not set(graph.members(name)) <= set(old.members(name))
        ]
        if not grown or not graph.view.positions:
            return graph
        plane = _Plane(graph, self._hand)
        plane.fill()
        for name in grown:
            graph = plane.opened(name, None)
        return graph

    def opened(self, graph: Graph, name: str) -> Graph:
        """The graph with a folded group opened, and others moved out of its frame."""
        graph = fold(graph, name, False)
        self._opened.pop(name, None)
        if self._is_by_layout():
            self._opened[name] = {}, {}
            return unpinned(graph)
        index = self._hand.canvas.places.index
        was = self._hand.box(name) if name in index else None
        graph = pinned(graph, self._hand.canvas.figure.positions)
        opened = _Plane(graph, self._hand).opened(name, was)
        self._opened[name] = dict(graph.view.positions), dict(opened.view.positions)
        return opened

    def all_opened(self, graph: Graph, names: Iterable[str]) -> Graph:
        """The graph with several groups opened; the layout places every card anew."""
        folded = graph.view.folded.difference(names)
        return unpinned(graph.with_(view=graph.view.with_(folded=folded)))

    def folded(self, graph: Graph, name: str) -> Graph:
        """The graph with a group folded, to the middle of its cards or near it.

        What its opening moved aside goes back, unless a hand has moved it since.
        """
        graph, (before, after) = fold(graph, name, True), self._opened.pop(name, (None, None))
        if before == {} and self._is_by_layout():
            return unpinned(graph)
        before, after, now = before or {}, after or {}, graph.view.positions
        back = {card: at for card, at in before.items() if now.get(card) == after.get(card)}
        if name in back and len(back) == len(before) and now.keys() == after.keys():
            return move(graph, back)
        held = self._held(graph, name)
        graph = move(graph, {**back, name: folded_place(held) or (0.0, 0.0)})
        return _Plane(graph, self._hand).folded(name, union(held))

    def _held(self, graph: Graph, name: str) -> list[Rect]:
        """Where the cards in a group are drawn."""
        hand = self._hand
        cards = {hand.seen.owner[node] for node in graph.members(name)}
        return [hand.box(card) for card in cards if card in hand.canvas.places.index]


class _Plane:
    """The cards and frames of a graph at their places, while room is made for one."""

    def __init__(self, graph: Graph, hand: Hand) -> None:
        self._graph, self._hand = graph, hand
        self._sheet = blanks_of(graph)
        cards, self._links = list(self._sheet.cards.values()), list(self._sheet.links.values())
        self._fed = {link.target for link in self._links}
        self._feeding = {link.source for link in self._links}
        self._room = room(self._links, typography())
        self._sizes = card_sizes(cards, self._links, typography(), self._room)
        self._places = standing(graph)
        self._frames = {frame.id: frame for frame in self._sheet.frames}
        self._homes: dict[str, str | None] = {
            frame.id: frame.parent for frame in self._sheet.frames
        }
        self._homes |= {card: f.id for f in self._sheet.frames for card in f.cards}
        self._inner: dict[str | None, list[str]] = {}
        for unit in (*self._sizes, *self._frames):
            self._inner.setdefault(self._homes.get(unit), []).append(unit)
        self._measured: dict[str, tuple[Rect, Rect]] = {}  # frames, while nothing in them moves

    def fill(self) -> None:
        """Give every card a place that has none yet, near what stands."""
        links = [(link.source, link.target) for link in self._links]
        self._places |= place_nearby(self._sizes, links, self._places, gap=self._room.gap)

    def opened(self, name: str, was: Rect | None) -> Graph:
        """Room for the frame of a group, whose card was here."""
        if name not in self._frames:
            return self._graph
        cards = self._cards(name)
        known = {card: self._places[card] for card in cards if card in self._places}
        if known:  # what the group got while it was folded goes near what stands
            sizes = {card: self._sizes[card] for card in cards}
            links = [
                (k.source, k.target) for k in self._links if k.source in sizes and k.target in sizes
            ]
            self._put(place_nearby(sizes, links, known, gap=self._room.gap))
            self._spread(name, None)
        else:
            self._lay_out(name, cards, was)
            self._spread(name, was)
        return move(self._graph, self._places)

    def folded(self, name: str, around: Rect | None) -> Graph:
        """A free place for a folded card, amid what it held and ahead of what feeds it."""
        x, y, width, height = start = self._padded(name)
        others = self._beside(name)
        low, high = -inf, inf
        if around is not None:
            wide, tall = self._sizes[name]
            x += around[0] + (around[2] - wide) / 2 - self._places[name][0]
            y += around[1] + (around[3] - tall) / 2 - self._places[name][1]
            low, high = self._between(name, around, others)
        x = min(max(x, low), max(low, high - width))
        left, top = free_place((x, y, width, height), others, (low, high))
        at = self._places[name]
        by = _on_grid(left - start[0]), _on_grid(top - start[1])
        self._put({name: (at[0] + by[0], at[1] + by[1])})  # what is in it stays, for its opening
        self._spread_around(name)
        return move(self._graph, self._places)

    def _between(self, name: str, around: Rect, others: Mapping[str, Rect]) -> tuple[float, float]:
        """From where what feeds a card ends to where what it feeds begins."""
        low, high = -inf, inf
        left, _, width, _ = around
        for link in self._links:
            if name not in (link.source, link.target):
                continue
            source, target = self._unit(link.source, name), self._unit(link.target, name)
            if source is None or target is None:
                continue
            if target == name and source in others:
                end = others[source][0] + others[source][2]
                low = max(low, end) if end < left + width else low
            elif source == name and target in others:
                start = others[target][0]
                high = min(high, start) if start > left else high
        return low, high

    # --- what stands where ----------------------------------------------------------------------
    def _cards(self, frame: str) -> list[str]:
        inside, waiting = set[str](), [frame]
        while waiting:
            inner = self._inner.get(waiting.pop(), [])
            inside.update(inner)
            waiting += inner
        return [card for card in self._sizes if card in inside]

    def _around(self, unit: str) -> list[str]:
        found = []
        home = self._homes.get(unit)
        while home is not None:
            found.append(home)
            home = self._homes.get(home)
        return found

    def _unit(self, card: str, beside: str) -> str | None:
        """What a card is where ``beside`` is: itself, the frame around it, or nothing."""
        home, walk = self._homes.get(beside), card
        for around in (*self._around(card), None):
            if around == home:
                return walk
            walk = around or walk
        return None

    def _box(self, unit: str) -> Rect:
        if unit in self._frames:
            return self._measure(unit)[0]
        return (*self._places[unit], *self._sizes[unit])

    def _padded(self, unit: str) -> Rect:
        """A card or a frame with the numbers on the edges that end there."""
        if unit in self._frames:
            return self._measure(unit)[1]
        x, y, width, height = self._box(unit)
        before = self._room.run if unit in self._fed else 0.0
        after = self._room.stub if unit in self._feeding else 0.0
        return x - before, y - GRID, before + width + after, height + 2 * GRID

    def _measure(self, frame: str) -> tuple[Rect, Rect]:
        """The box of a frame, alone and with the numbers at what is in it."""
        known = self._measured.get(frame)
        if known is None:
            inner = self._placed(frame)
            x, y, width, height = union(map(self._box, inner)) or (0.0, 0.0, 0.0, 0.0)
            wide, tall = width + 2 * FRAME_PAD, height + FRAME_TITLE + FRAME_PAD
            box = x - FRAME_PAD, y - FRAME_TITLE, wide, tall
            known = box, union([box, *map(self._padded, inner)]) or box
            self._measured[frame] = known
        return known

    def _placed(self, home: str | None) -> list[str]:
        """What has its place directly in a frame, or in none."""
        inner = self._inner.get(home, [])
        return [unit for unit in inner if unit in self._places or unit in self._frames]

    def _beside(self, unit: str) -> dict[str, Rect]:
        """The other cards and frames in the same frame."""
        others = self._placed(self._homes.get(unit))
        return {name: self._padded(name) for name in others if name != unit}

    def _put(self, places: Mapping[str, Point]) -> None:
        """Place cards; the frames around them are to be measured again."""
        self._places |= places
        for card in places:
            home = self._homes.get(card)
            while home in self._measured:  # no frame is measured before those in it
                del self._measured[home]
                home = self._homes.get(home)

    # --- moving ---------------------------------------------------------------------------------
    def _lay_out(self, name: str, cards: list[str], was: Rect | None) -> None:
        """Place what was never placed, as one block amid where its card was."""
        inner = [f for f in self._frames.values() if f.id == name or name in self._around(f.id)]
        inner = [msgspec.structs.replace(f, parent=None) if f.id == name else f for f in inner]
        held = set(cards)
        links = [k for k in self._links if k.source in held and k.target in held]
        laid = nested({card: self._sizes[card] for card in cards}, links, inner, self._room)
        rows = [(*at, *self._sizes[card]) for card, at in laid.positions.items()]
        x, y, _, height = union(rows) or (0.0, 0.0, 0.0, 0.0)
        left, top, _, tall = was or (0.0, 0.0, 0.0, 0.0)
        by = _on_grid(left - x), _on_grid(top + tall / 2 - y - height / 2)
        self._put({c: (px + by[0], py + by[1]) for c, (px, py) in laid.positions.items()})

    def _spread(self, unit: str, was: Rect | None) -> None:
        """Move others aside from a card or frame, then from the frames around it."""
        shifts = aside(self._padded(unit), was, self._beside(unit))
        for name, (dx, dy) in shifts.items():
            self._shift(name, (_away(dx), _away(dy)))
        self._spread_around(unit)

    def _spread_around(self, unit: str) -> None:
        home = self._homes.get(unit)
        if home is not None:
            self._spread(home, self._drawn.get(home))

    @cached_property
    def _drawn(self) -> Mapping[str, Rect]:
        """Where each frame is on the canvas now."""
        canvas = self._hand.canvas
        figure: Figure = canvas.figure
        boxes = map(tuple, canvas.places.frames.tolist())
        return {frame.id: box for frame, box in zip(figure.frames, boxes, strict=True)}

    def _shift(self, unit: str, by: Point) -> None:
        """Move a card, or a frame with all that is in it, folded or not."""
        graph, known = self._graph, self._graph.view.positions
        names = [unit]
        if unit in graph.groups:
            names += [*graph.members(unit), *(graph.groups_within([unit]) - {unit})]
        places = ((name, self._places.get(name, known.get(name))) for name in names)
        self._put({name: (at[0] + by[0], at[1] + by[1]) for name, at in places if at is not None})


def _on_grid(length: float) -> float:
    return round(length / GRID) * float(GRID)


def _away(length: float) -> float:
    """The next multiple of the grid away from zero."""
    return (ceil(length / GRID) if length > 0 else floor(length / GRID)) * float(GRID)
