"""How large cards are and how much room lies between them, from what is written on them.

Sizes are whole multiples of the 8-pixel grid.  Room is kept from the start for numbers that appear
later, so that nothing moves while stepping.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from functools import lru_cache, wraps
from operator import is_
from typing import ParamSpec, TypeVar

from msgspec import Struct

from graphlab.graph.breaks import Page
from graphlab.graph.nearby import place_nearby
from graphlab.gui.canvas.boxes import FRAME_PAD, FRAME_TITLE
from graphlab.gui.canvas.figure import DASH, Card, Figure, Frame, Link
from graphlab.gui.canvas.nesting import nested
from graphlab.gui.theme import GRID, Face, Type

_Given = ParamSpec("_Given")
_Answer = TypeVar("_Answer")

PAD = 8.0
BAR = 4.0  # the category's bar on a card's left edge
ASIDE = 6.0  # from a card to the label at its port
ARROW = 8.0  # an arrow head's length
TOUCH = 3.0  # from a line to the number above or below it

_ROW_GAP = 24.0
_ROW = 8  # gaps between columns; a row as wide as that is read well in a small window
_NUMBERS = ("value", "gradient")
_USUAL = "−0.0000"  # room kept for a number with four significant digits
_WIDEST_LABEL = 11  # in base sizes; longer text is elided
_WIDEST_CARD = 15
_PICTURE_SIDE = 72.0
_MOST_KEPT = 5000  # sizes of cards
_SIGN = 5  # a symbol of more letters is a word and is not set large


def up_to_grid(length: float) -> float:
    """The next multiple of the grid."""
    return math.ceil(length / GRID - 1e-6) * GRID


class Room(Struct, frozen=True):
    """Lengths that hold for a whole figure.

    From a tail: ``stub`` (value above, gradient below), then ``bend`` at least, then ``run`` (the
    pill, a contribution below it) up to the head.  Ports of one card are ``pitch`` apart.
    """

    label: float
    pill: float
    pitch: float
    stub: float
    bend: float
    run: float

    @property
    def gap(self) -> tuple[float, float]:
        """The room between columns and between rows."""
        return (self.stub + self.bend + self.run, _ROW_GAP)

    def page(self, *, is_inside: bool) -> Page:
        """How wide a drawing may get before it stands in rows; one in a frame may get wider."""
        return Page((4 if is_inside else 1) * _ROW * self.gap[0], self.stub, self.run)

    def port(self, index: int, count: int) -> float:
        """A port's height from the middle of its card."""
        return (index - (count - 1) / 2) * self.pitch


def _kept(find: Callable[_Given, _Answer]) -> Callable[_Given, _Answer]:
    """Keep the last answer: one edit asks for that of the very same cards and links repeatedly."""
    last: list[tuple[tuple[object, ...], _Answer]] = []

    @wraps(find)
    def ask(*given: _Given.args, **named: _Given.kwargs) -> _Answer:
        now = tuple(tuple(part) if isinstance(part, Sequence) else part for part in given)
        for known, answer in last:
            if all(map(_are_same, known, now)):
                return answer
        answer = find(*given, **named)
        last[:] = [(now, answer)]
        return answer

    return ask


def _are_same(one: object, other: object) -> bool:
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(is_, one, other))
    return one == other


@_kept
def room(links: Sequence[Link], fonts: Type) -> Room:
    """The room these links' labels need, for usual numbers if they are shorter."""
    fanning = fanning_ports(links)
    normal, small = fonts.normal, fonts.small
    tail = normal.width("∂ " + _USUAL)
    head = small.width(_USUAL) + PAD
    widest = fonts.base * _WIDEST_LABEL
    for texts, face in (
        ({link.value for link in links}, normal),
        ({link.total for link in links}, normal),
        ({link.gradient for link in links if not _fans(link, fanning)}, normal),
    ):
        tail = max(tail, _widest(face, texts))
    head = max(head, _widest(small, {link.partial for link in links}) + PAD)
    if fanning:
        contributions = {link.gradient for link in links if _fans(link, fanning)}
        head = max(head, normal.width("∂ " + _USUAL), _widest(normal, contributions))
    label, pill = math.ceil(normal.height), math.ceil(small.height) + 3.0
    return Room(
        label=label,
        pill=pill,
        pitch=up_to_grid(pill + label + 2 * TOUCH),
        stub=up_to_grid(min(tail, widest) + ASIDE),
        bend=up_to_grid(fonts.base * 2.4),
        run=up_to_grid(min(head, widest) + ARROW + PAD),
    )


def fanning_ports(links: Iterable[Link]) -> set[tuple[str, int]]:
    """The output ports that feed more than one link."""
    counts = Counter([(link.source, link.tail_index) for link in links])
    return {port for port, count in counts.items() if count > 1}


@lru_cache(_MOST_KEPT)
def card_size(
    card: Card, names: tuple[str, ...], ports: int, room: Room, fonts: Type
) -> tuple[float, float]:
    """Width and height of a card with these port names and this many ports on its busier side.

    It is kept, since an edit leaves most cards the very same objects.
    """
    rows = widest = 0.0
    for role, text, face in card_rows(card, fonts):
        rows += face.line
        for shown in (text, _USUAL) if role in _NUMBERS else (text,):
            width = face.measured(shown)
            if width > widest:
                widest = width
    if card.picture is not None:
        width, height = picture_size(card)
        rows += height + PAD / 2
        widest = max(widest, width)
    width = BAR + 2 * PAD + min(widest, fonts.base * _WIDEST_CARD)
    if names:
        width += 2 * names_inset(names, fonts)
    return (
        up_to_grid(max(width, fonts.base * 5.5)),
        max(up_to_grid(rows + 1.5 * PAD), ports * room.pitch),
    )


def card_rows(card: Card, fonts: Type) -> list[tuple[str, str, Face]]:
    """The lines of text on a card from the top, each with its role; empty ones are left out."""
    rows = (
        ("symbol", card.symbol, fonts.large if len(card.symbol) <= _SIGN else fonts.strong),
        ("title", card.title, fonts.small),
        ("value", card.value, fonts.strong),
        ("gradient", card.gradient, fonts.strong),
        ("detail", card.detail, fonts.small),
    )
    return [row for row in rows if row[1]]


def names_inset(names: Iterable[str], fonts: Type) -> float:
    """The width port names take on the left of a card."""
    return max((fonts.small.width(name) + PAD / 2 for name in names if name), default=0.0)


def picture_size(card: Card) -> tuple[float, float]:
    """Width and height of a card's heat map, in its own proportions."""
    if card.picture is None:
        return (0.0, 0.0)
    rows, columns = card.picture.shape
    longest = max(rows, columns, 1)
    return (
        max(PAD, _PICTURE_SIDE * columns / longest),
        max(PAD, _PICTURE_SIDE * rows / longest),
    )


@_kept
def card_sizes(
    cards: Sequence[Card], links: Sequence[Link], fonts: Type, room: Room
) -> Mapping[str, tuple[float, float]]:
    """The size of each card by its id."""
    ports: dict[str, int] = {}
    names: dict[str, list[str]] = {}
    for link in links:
        if link.port_count > ports.get(link.target, 1):
            ports[link.target] = link.port_count
        if link.tail_count > ports.get(link.source, 1):
            ports[link.source] = link.tail_count
        if link.port_name:
            names.setdefault(link.target, []).append(link.port_name)
    for card in cards:
        most = max(len(card.inputs), len(card.outputs))
        if most > ports.get(card.id, 1):
            ports[card.id] = most
        for _, name in card.inputs:
            if name:
                names.setdefault(card.id, []).append(name)
    return {
        card.id: card_size(card, tuple(names.get(card.id, ())), ports.get(card.id, 1), room, fonts)
        for card in cards
    }


def arranged(
    cards: Sequence[Card],
    links: Sequence[Link],
    fonts: Type,
    kept: Mapping[str, tuple[float, float]] | None = None,
    frames: Sequence[Frame] = (),
) -> Figure:
    """The figure of these cards, laid out.

    Cards in ``kept`` stay there, the others go near them, and links have no routes.
    """
    space = room(links, fonts)
    sizes = card_sizes(cards, links, fonts, space)
    edges = [(link.source, link.target) for link in links]
    if kept:
        homes = {card: frame.id for frame in frames for card in frame.cards}
        homes |= {frame.id: frame.parent for frame in frames if frame.parent is not None}
        pad = FRAME_PAD, FRAME_TITLE, FRAME_PAD, FRAME_PAD
        places = place_nearby(sizes, edges, kept, gap=space.gap, homes=homes, pad=pad)
        return Figure(cards, links, places, frames=frames)
    arrangement = nested(sizes, links, frames, space)
    routes: dict[Hashable, Sequence[tuple[float, float]]] = {
        link.id: route for link, route in zip(links, arrangement.routes, strict=True) if route
    }
    return Figure(cards, links, arrangement.positions, routes, frames)


def _fans(link: Link, fanning: set[tuple[str, int]]) -> bool:
    return (link.source, link.tail_index) in fanning


def _widest(face: Face, texts: set[str]) -> float:
    return max(map(face.measured, texts - {DASH}), default=0.0)
