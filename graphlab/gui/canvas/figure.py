"""What a figure of a graph is: cards, links between them, and where the cards are.

Every string arrives formatted.  ``DASH`` is "not computed" and is drawn as a short grey dash; an
empty string draws nothing.  Nothing here needs Qt.  The many small parts refer to no other, so they
are kept from the garbage collector, which would hold up a frame to look through them.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from graphlab.graph import InPort, OutPort

DASH = "–"
"""A number that is not computed yet."""

Point = tuple[float, float]

PictureKind = Literal["signed", "magnitude", "grey"]


class Card(msgspec.Struct, frozen=True, eq=False, gc=False):
    """One node or folded group.

    ``symbol`` is drawn large, ``title`` (its name) small, ``value`` below, then ``detail`` (a shape
    or a parameter count).  ``gradient`` is shown where no link leaves the card to carry it.
    ``problem`` puts a sign on it, and stands below it in small letters.  ``picture`` is a 2-D array
    shown as a heat map.

    ``inputs`` are all ports on its left side from the top, fed or not, each with the name written
    beside it ("" for a port whose name only says first or second).  The ``port_index`` of a link
    into this card counts in them; one that no link reaches is drawn as a small open circle.  An op
    with any number of inputs has one spare port at the end.  ``outputs`` are the ports on its right
    side; the ``tail_index`` of a link counts in them.

    The ports of a folded group are those of nodes inside: an input stands for all inner ports that
    read the same outside value and is the first of them (``Outlook.edges`` gives all), an output is
    the inner node's own.  So an edge may be drawn to and from them as with any node.
    """

    id: str
    title: str = ""
    symbol: str = ""
    value: str = ""
    detail: str = ""
    category: str = ""
    problem: str = ""
    gradient: str = ""
    picture: NDArray[np.floating[Any]] | None = None
    picture_kind: PictureKind = "signed"
    tooltip: str = ""
    inputs: tuple[tuple[InPort, str], ...] = ()
    outputs: tuple[OutPort, ...] = ()

    def looks_like(self, other: Card) -> bool:
        """Whether both are drawn alike; a heat map counts as the same if it is the same array."""
        return self is other or (
            self.value == other.value
            and self.picture is other.picture
            and self.gradient == other.gradient
            and self.problem == other.problem
            and self.detail == other.detail
            and self.symbol == other.symbol
            and self.title == other.title
            and (self.category, self.picture_kind) == (other.category, other.picture_kind)
        )


class Link(msgspec.Struct, frozen=True, gc=False):
    """One edge, from an output port of ``source`` to input port ``port_index`` of ``target``.

    ``value`` stands above its tail, ``partial`` in a pill at its head, ``gradient`` (the
    contribution flowing back, its ∂ included) below it, and ``total`` (the running sum) below the
    tail of a port that fans out.
    """

    id: Hashable
    source: str
    target: str
    port_index: int = 0
    port_count: int = 1
    port_name: str = ""
    value: str = ""
    partial: str = ""
    gradient: str = ""
    total: str = ""
    tail_index: int = 0
    tail_count: int = 1
    tooltip: str = ""


class Frame(msgspec.Struct, frozen=True):
    """An opened group, drawn as a quiet frame around its cards and the frames inside it.

    ``cards`` are those directly in it, ``parent`` is the frame around it.
    """

    id: str
    title: str
    cards: tuple[str, ...] = ()
    parent: str | None = None


class Figure(msgspec.Struct, frozen=True, eq=False):
    """Cards, links, the top-left corner of each card, and the way of each long link.

    ``routes[link.id]`` are the points a link passes between its ports; without one it runs straight
    to its head in one bend.  ``frames`` come outer ones first.
    """

    cards: Sequence[Card] = ()
    links: Sequence[Link] = ()
    positions: Mapping[str, Point] = {}
    routes: Mapping[Hashable, Sequence[Point]] = {}
    frames: Sequence[Frame] = ()


class Emphasis(msgspec.Struct, frozen=True):
    """What is active and what stays near it; with anything active, all else steps back."""

    cards: frozenset[str] = frozenset()
    links: frozenset[Hashable] = frozenset()
    near_cards: frozenset[str] = frozenset()
    near_links: frozenset[Hashable] = frozenset()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is active, so that everything is drawn in full strength."""
        return not (self.cards or self.links)
