"""Places that the layout has found: known again where they are asked for again, as by undo."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

import msgspec

from graphlab.gui.canvas.figure import Card, Figure, Frame, Link, Point
from graphlab.gui.theme import Type

_MOST_KEPT = 4


class Layouts:
    """The last few, by what their places follow from."""

    def __init__(self) -> None:
        self._found: dict[Hashable, Figure] = {}

    def keep(self, key: Hashable, figure: Figure) -> None:
        """Keep the places and routes of a figure."""
        self._found.pop(key, None)
        self._found[key] = figure
        while len(self._found) > _MOST_KEPT:
            del self._found[next(iter(self._found))]

    def find(
        self, key: Hashable, cards: Sequence[Card], links: Sequence[Link], frames: Sequence[Frame]
    ) -> Figure | None:
        """These cards, links and frames where they were laid out; None where they never were."""
        found = self._found.get(key)
        if found is None:
            return None
        return msgspec.structs.replace(found, cards=cards, links=links, frames=frames)


def layout_key(
    cards: Sequence[Card], links: Sequence[Link], frames: Sequence[Frame], fonts: Type
) -> Hashable:
    """What the places of cards and links follow from."""
    shapes = [None if card.picture is None else card.picture.shape for card in cards]
    return (
        tuple(
            (c.id, c.symbol, c.title, c.detail, len(c.inputs), len(c.outputs), s)
            for c, s in zip(cards, shapes, strict=True)
        ),
        tuple((k.id, k.source, k.tail_index, k.target, k.port_index) for k in links),
        tuple(frames),
        fonts,
    )


def remaining(figure: Figure, cards: AbstractSet[str], links: Iterable[Link]) -> Figure:
    """What a figure shows of these cards and links, where it shows them.

    Nothing where that is the lesser part: cards of another graph that are called alike.
    """
    places = {card: place for card, place in figure.positions.items() if card in cards}
    ways = {(link.id, link.source, link.target) for link in links}
    kept = [link for link in figure.links if (link.id, link.source, link.target) in ways]
    gone = len(figure.positions) - len(places), len(figure.links) - len(kept)
    if gone == (0, 0):
        return figure
    if gone[0] > len(places) or gone[1] > len(kept):
        return Figure()
    frames, held = list[Frame](), set[str | None]()
    for frame in reversed(figure.frames):  # those inside come after those around them
        if frame.id in held or not places.keys().isdisjoint(frame.cards):
            frames.append(frame)
            held.add(frame.parent)
    return Figure(
        [card for card in figure.cards if card.id in places],
        kept,
        places,
        {link.id: figure.routes[link.id] for link in kept if link.id in figure.routes},
        frames[::-1],
    )


def mostly_there(shown: Figure, found: Figure) -> bool:
    """Whether most cards of a figure are shown where it has them."""
    there = shown.positions
    return 2 * sum(there.get(c) == at for c, at in found.positions.items()) > len(found.positions)


def moved(outline: Figure, places: Mapping[str, Point]) -> Figure:
    """The outline with these cards there; what was found for their links' ways is void."""
    elsewhere = {card: place for card, place in places.items() if outline.positions[card] != place}
    if not elsewhere:
        return outline
    routes = {
        link.id: outline.routes[link.id]
        for link in outline.links
        if link.id in outline.routes and not {link.source, link.target} & elsewhere.keys()
    }
    positions = {**outline.positions, **elsewhere}
    return msgspec.structs.replace(outline, positions=positions, routes=routes)
