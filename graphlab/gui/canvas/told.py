"""The sentence at a card that has a problem: as many lines as there is room for."""

from __future__ import annotations

import numpy as np

from graphlab.gui.canvas.boxes import Floats, Rect
from graphlab.gui.canvas.figure import Card
from graphlab.gui.theme import Face

MOST_LINES = 5

WIDEST = 56.0
"""How far a sentence runs on beyond its card on both sides."""

GAP = 2.0
"""From the card to the first line below it."""

ABOVE = 12.0
"""From the card to the last line above it: room for its sign."""

_NARROW = 24.0  # the same where there is room for lines enough: as much as a fitted view leaves


def told_lines(card: Card, cards: Floats, place: Rect, face: Face) -> tuple[float, list[str]]:
    """The problem of a card at a place among others (N, 4), in lines, and where the first begins.

    That is measured from the card's upper side: below the card or, where there is more room, above.
    What does not fit is left out: first what to do about it, which is in the tool tip.
    """
    told = card.problem
    if told.startswith(f"{card.id} ("):  # the card itself says which node it is
        told = told.partition(")")[2].lstrip(": ")
    above, below = _room(cards, place, face)
    for text in (told, told.partition(":")[0]):
        for most, is_below in ((below, True), (above, False)):
            for beyond in (_NARROW, WIDEST):
                lines = _wrapped(text, place[2] + 2 * beyond, face)
                if len(lines) <= most:
                    high = len(lines) * face.height + ABOVE
                    return place[3] + GAP if is_below else -high, lines
    rest = " ".join(lines[below - 1 :])
    return place[3] + GAP, [*lines[: below - 1], face.elided(rest, place[2] + 2 * WIDEST)]


def _room(cards: Floats, place: Rect, face: Face) -> tuple[int, int]:
    """How many lines there is room for up to the next card above, and to the one below."""
    x, y, width, height = place
    left, top, wide, tall = cards.T
    meets = (left < x + width + WIDEST) & (left + wide > x - WIDEST)
    begin, end = y - ABOVE, y + height + GAP
    most = MOST_LINES * face.height
    free = begin - (top + tall)[meets & (top + tall <= y)], top[meets & (top >= y + height)] - end
    above, below = (int(np.min(room, initial=most) / face.height + 1e-6) for room in free)
    return max(above, 0), max(below, 1)


def _wrapped(text: str, width: float, face: Face) -> list[str]:
    """A text in lines, broken between words; a word that is too long is elided."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".lstrip()
        if lines[-1] and face.width(longer) > width:
            lines.append(face.elided(word, width))
        else:
            lines[-1] = face.elided(longer, width)
    return lines
