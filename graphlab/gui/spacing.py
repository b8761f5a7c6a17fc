"""Where the cards of a graph stand: at their places, but for those that have to make room.

A card grows with what is written on it: an array is given where a number stood, or the text gets
larger.  Then the cards below it that no hand has placed go further down, one after the other; their
places in the document stay as they are, so they are back there when it is small again.
"""

from __future__ import annotations

from collections.abc import Sequence

from graphlab.graph import Graph
from graphlab.graph.room import apart
from graphlab.gui.canvas.figure import Card, Link, Point
from graphlab.gui.canvas.metrics import card_sizes, room
from graphlab.gui.placement import standing
from graphlab.gui.theme import Type


def spaced(
    graph: Graph, cards: Sequence[Card], links: Sequence[Link], fonts: Type
) -> dict[str, Point]:
    """The corners of those cards of a graph that have a place, none over another if it can be."""
    places = standing(graph)
    if places:
        space = room(links, fonts)
        sizes = card_sizes(cards, links, fonts, space)
        boxes = {card: (*place, *sizes[card]) for card, place in places.items()}
        for card, by in apart(boxes, graph.view.placed, space.gap[1]).items():
            places[card] = places[card][0], places[card][1] + by
    return places
