"""The layout of a figure with frames: each frame is laid out by itself and then stands as one box.

So a frame holds its own cards only.  A link that enters a frame gets a place of its own there from
the frame's left side on, as it gets one between the columns outside.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from graphlab.graph.layout import Arrangement, arrange
from graphlab.gui.canvas.boxes import FRAME_PAD, FRAME_TITLE
from graphlab.gui.canvas.figure import Frame, Link, Point

if TYPE_CHECKING:
    from graphlab.gui.canvas.metrics import Room  # which lays out by this module

_Size = tuple[float, float]

_MOST_STAYS = 400  # beyond this what enters and leaves a frame is not kept beside all in it


class _Level(Struct):
    """The cards of one frame, or of the whole figure, from its content's corner.

    ``ins`` and ``outs`` are the heights at which links enter and leave.
    """

    size: _Size = (0.0, 0.0)
    positions: dict[str, Point] = field(default_factory=dict)
    routes: dict[Hashable, list[Point]] = field(default_factory=dict)
    ins: dict[Hashable, float] = field(default_factory=dict)
    outs: dict[Hashable, float] = field(default_factory=dict)


def nested(
    sizes: Mapping[str, _Size], links: Sequence[Link], frames: Sequence[Frame], room: Room
) -> Arrangement:
    """Where cards stand, and the way of every link, in the order given."""
    homes: dict[str, str | None] = dict.fromkeys(sizes)
    homes.update((card, frame.id) for frame in frames for card in frame.cards)
    parents = {frame.id: frame.parent for frame in frames}
    levels: dict[str | None, _Level] = {}
    inner: dict[str | None, list[Link]] = {name: [] for name in (None, *parents)}
    paths = {card: _path(home, parents) for card, home in homes.items()}
    for link in links:  # every frame around one of its ends has to do with a link
        around = dict.fromkeys((*paths[link.source], *paths[link.target]))
        for frame_id in around:
            inner[frame_id].append(link)
    for name in (*(frame.id for frame in reversed(frames)), None):
        children = {card: sizes[card] for card, home in homes.items() if home == name}
        for frame_id, parent in parents.items():
            if parent == name:
                wide, high = levels[frame_id].size
                children[frame_id] = (wide + 2 * FRAME_PAD, high + FRAME_TITLE + FRAME_PAD)
        levels[name] = _Nest(name, children, paths, levels, room).laid(inner[name])
    top = levels[None]
    return Arrangement(top.positions, tuple(tuple(top.routes.get(k.id, ())) for k in links))


def _path(home: str | None, parents: Mapping[str, str | None]) -> tuple[str | None, ...]:
    """The frames around a card from the inside out, the figure itself last."""
    found: list[str | None] = []
    while home is not None:
        found.append(home)
        home = parents[home]
    return (*found, None)


class _Nest:
    """One level while it is laid out; ``levels`` has those inside."""

    def __init__(
        self,
        name: str | None,
        children: Mapping[str, _Size],
        paths: Mapping[str, tuple[str | None, ...]],
        levels: Mapping[str | None, _Level],
        room: Room,
    ) -> None:
        self._name, self._children, self._paths = name, children, paths
        self._levels, self._room = levels, room

    def laid(self, links: Sequence[Link]) -> _Level:
        """Lay it out with the links that lie in it, enter it or leave it."""
        ends = [(k, self._child(k.source), self._child(k.target)) for k in links]
        ends = [(k, a, b) for k, a, b in ends if a != b]
        sizes = dict(self._children)
        edges, anchors = [], []
        for link, a, b in ends:
            edges.append((a or f"> {link.source} {link.tail_index}", b or f"{link.id} >"))
            anchors.append((self._tail(link, a), self._head(link, b)))
        outside = dict.fromkeys(name for edge in edges for name in edge if name not in sizes)
        sizes |= dict.fromkeys(outside, (0.0, 8.0))
        stays = self._stays(edges, list(outside))
        edges, anchors = [*edges, *stays], [*anchors, *[(0.0, 0.0)] * len(stays)]
        ahead = _ahead(list(sizes), edges)
        arrangement = arrange(
            sizes,
            [edges[k] for k in ahead],
            gap=self._room.gap,
            anchors=[anchors[k] for k in ahead],
            page=self._room.page(is_inside=self._name is not None),
        )
        routes: list[tuple[Point, ...]] = [()] * len(edges)
        for k, route in zip(ahead, arrangement.routes, strict=True):
            routes[k] = route
        return self._read(replace(arrangement, routes=tuple(routes)), ends)

    def _stays(self, edges: list[tuple[str, str]], outside: list[str]) -> list[tuple[str, str]]:
        """Keeps what comes from outside left of everything inside, and what goes there right."""
        fed = {b for a, b in edges if a in self._children}
        feeding = {a for a, b in edges if b in self._children}
        ins = [name for name in outside if name.startswith("> ")]
        outs = [name for name in outside if not name.startswith("> ")]
        found = [(a, b) for a in ins for b in self._children if b not in fed]
        found += [(a, b) for a in self._children if a not in feeding for b in outs]
        known = set(edges)
        found = [edge for edge in found if edge not in known]
        return found if len(found) <= _MOST_STAYS else []

    def _child(self, card: str) -> str | None:
        """What a card is in here: itself, the frame around it, or nothing."""
        within: str | None = card
        for frame in self._paths[card]:
            if frame == self._name:
                return within
            within = frame
        return None

    def _tail(self, link: Link, child: str | None) -> float:
        if child is None:
            return 0.0
        if child == link.source:
            return self._room.port(link.tail_index, link.tail_count)
        return self._levels[child].outs[link.id] + FRAME_TITLE - self._children[child][1] / 2

    def _head(self, link: Link, child: str | None) -> float:
        if child is None:
            return 0.0
        if child == link.target:
            return self._room.port(link.port_index, link.port_count)
        return self._levels[child].ins[link.id] + FRAME_TITLE - self._children[child][1] / 2

    def _read(
        self, arrangement: Arrangement, ends: Sequence[tuple[Link, str | None, str | None]]
    ) -> _Level:
        boxes = {n: (*arrangement.positions[n], *size) for n, size in self._children.items()}
        left = min((x for x, *_ in boxes.values()), default=0.0)
        top = min((y for _, y, *_ in boxes.values()), default=0.0)
        right = max((x + width for x, _, width, _ in boxes.values()), default=0.0)
        bottom = max((y + height for _, y, _, height in boxes.values()), default=0.0)
        low, high = arrangement.sides or (left, right)
        if self._name is not None:
            left, right = min(left, low), max(right, high)
        level = _Level(size=(right - left, bottom - top))
        for name, (x, y, *_) in boxes.items():
            inside = self._levels.get(name)
            if inside is None:
                level.positions[name] = (x - left, y - top)
                continue
            by = (x - left + FRAME_PAD, y - top + FRAME_TITLE)
            level.positions |= {card: _plus(at, by) for card, at in inside.positions.items()}
            level.routes |= {k: [_plus(at, by) for at in way] for k, way in inside.routes.items()}
        for (link, a, b), route in zip(ends, arrangement.routes, strict=False):
            way = [(x - left, y - top) for x, y in route if low <= x <= high]
            before, after = list[Point](), list[Point]()
            if a is not None:
                x, y, width, height = boxes[a]
                start = (x + width - left, y + height / 2 + self._tail(link, a) - top)
                before = [*self._within(a, link, (x - left, y - top)), start]
            if b is not None:
                x, y, _, height = boxes[b]
                end = (x - left, y + height / 2 + self._head(link, b) - top)
                after = [end, *self._within(b, link, (x - left, y - top))]
            before = before if a in self._levels else []
            after = after if b in self._levels else []
            level.routes[link.id] = whole = [*before, *way, *after]
            if a is None:
                level.ins[link.id] = whole[0][1] if whole else end[1]
            if b is None:
                level.outs[link.id] = whole[-1][1] if whole else start[1]
        return _grown(level)

    def _within(self, child: str, link: Link, corner: Point) -> list[Point]:
        """The way of a link inside a frame that stands here."""
        inside = self._levels.get(child)
        by = _plus(corner, (FRAME_PAD, FRAME_TITLE))
        return [] if inside is None else [_plus(at, by) for at in inside.routes.get(link.id, ())]


def _ahead(names: Sequence[str], edges: Sequence[tuple[str, str]]) -> list[int]:
    """The edges that run in one direction; links out of a group and back into it close circles."""
    follow: dict[str, list[str]] = {name: [] for name in names}
    missing = dict.fromkeys(names, 0)
    for a, b in edges:
        follow[a].append(b)
        missing[b] += 1
    place: dict[str, int] = {}
    ready = [name for name in names if not missing[name]]
    waiting = iter(names)
    while len(place) < len(names):
        if not ready:  # all that is left is in circles, or behind one
            ready.append(next(name for name in waiting if name not in place))
        name = ready.pop()
        if name in place:
            continue
        place[name] = len(place)
        for after in follow[name]:
            missing[after] -= 1
            if not missing[after]:
                ready.append(after)
    return [k for k, (a, b) in enumerate(edges) if place[a] < place[b]]


def _plus(point: Point, by: Point) -> Point:
    return (point[0] + by[0], point[1] + by[1])


def _grown(level: _Level) -> _Level:
    """The level with room for links that pass above or below its cards."""
    heights = [y for way in level.routes.values() for _, y in way]
    down = -min([0.0, *heights])
    by, lowest = (0.0, down), max([level.size[1], *heights])
    return _Level(
        (level.size[0], lowest + down),
        {card: _plus(at, by) for card, at in level.positions.items()},
        {link: [_plus(at, by) for at in way] for link, way in level.routes.items()},
        {link: y + down for link, y in level.ins.items()},
        {link: y + down for link, y in level.outs.items()},
    )
