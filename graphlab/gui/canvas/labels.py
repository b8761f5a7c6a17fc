"""The numbers on links: value and gradient at the tail, local partial and contribution at the head.

Each stands on a patch of ground, so that no line strikes it through.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import ceil

import numpy as np

from graphlab.gui.canvas.boxes import Bools, Floats, Ints, grouped
from graphlab.gui.canvas.brush import FAR_OFF, NEAR, STRENGTHS, Brush
from graphlab.gui.canvas.figure import DASH, Link
from graphlab.gui.canvas.fitting import fitted
from graphlab.gui.canvas.geometry import GRADIENT, PARTIAL, TOTAL, VALUE, Geometry
from graphlab.gui.canvas.letters import Letters
from graphlab.gui.canvas.metrics import PAD
from graphlab.gui.canvas.shapes import DASH_LENGTH, SHORTEST, Pill
from graphlab.gui.theme import Theme, Type

_BACK = PARTIAL + 1  # the row of gradients at heads
_NOTHING, _WAITING = -1, -2  # in place of a string's number: no label, not computed


class Labels:
    """The strings of all links, their places, and how strongly each link is drawn."""

    def __init__(
        self, links: Sequence[Link], geometry: Geometry, theme: Theme, fonts: Type
    ) -> None:
        self._geometry, self._theme, self._fonts = geometry, theme, fonts
        self.state = np.full(len(links), NEAR, dtype=np.int8)
        self.links = links
        self._read: list[Link | None] = [None] * len(links)  # what the numbers were found for
        # by kind; the gradient of a link whose tail fans out stands at its head, in a row more
        self._which = np.full((5, len(links)), _NOTHING, dtype=np.int32)
        self._at_tail = np.array([[VALUE], [GRADIENT], [TOTAL]]) * len(links)
        self._pills = np.zeros((2, len(links)))  # how wide they are, and what is in them
        self._age = 0
        self._shapes: dict[int, Pill] = {}

    def paint(self, brush: Brush, tails: Ints, heads: Ints) -> None:
        """Paint the labels at the tails of some links and at the heads of some."""
        self._renew({*tails.tolist(), *heads.tolist()}, brush.letters)
        self._paint_pills(brush, heads)
        count = len(self.links)
        slots = np.concatenate([(tails + self._at_tail).ravel(), heads + _BACK * count])
        which = self._which.reshape(-1)[slots]
        written = (which >= 0).nonzero()[0]
        if len(written):
            self._write(brush, slots[written], which[written])
        if len(written) < len(slots):
            self._paint_dashes(brush, slots[which == _WAITING])

    def _places(self, slots: Ints) -> tuple[Floats, Ints, Bools]:
        """Where labels stand, whose they are, and which of them end at a head."""
        count = len(self.links)
        is_at_head = slots >= _BACK * count
        places = self._geometry.labels.reshape(-1, 4)
        kept = slots - is_at_head * ((_BACK - GRADIENT) * count)
        return places.take(kept, axis=0), slots % count, is_at_head

    def prepare(self, letters: Letters, links: Ints, most: int) -> None:
        """Find the numbers of the strings on these links, of so many that are not found yet."""
        if self._age == letters.age:
            now, read = self.links, self._read
            stale = [i for i in links.tolist() if now[i] is not read[i]]
            self._renew(stale[:most], letters)
        else:
            self._renew(links[:most].tolist(), letters)

    def _renew(self, links: Iterable[int], letters: Letters) -> None:
        """Find the numbers of the strings that are others than when they were painted last."""
        if self._age != letters.age:
            self._age, self._read = letters.age, [None] * len(self._read)
        now, read = self.links, self._read
        stale = [i for i in links if now[i] is not read[i]]
        if not stale:
            return
        forward, backward = self._theme.forward, self._theme.backward
        normal, small, number = self._fonts.normal, self._fonts.small, letters.number
        rooms = self._geometry.labels[:, :, 2].T[stale].tolist()
        fans = self._geometry.fans[stale].tolist()
        rows, pills = list[list[int]](), list[tuple[float, float]]()
        for i, room, is_parted in zip(stale, rooms, fans, strict=True):
            link = read[i] = now[i]
            row = []
            for text, face, colour, width in (  # in the order of the kinds
                (link.value, normal, forward, room[VALUE]),
                (link.gradient, normal, backward, room[GRADIENT]),
                (link.total, normal, backward, room[TOTAL]),
                (link.partial, small, self._theme.text, room[PARTIAL] - PAD),
            ):
                if not text or width <= 0:
                    row.append(_NOTHING)
                elif text == DASH:
                    row.append(_WAITING)
                else:
                    row.append(number(fitted(face, text, width), face, colour))
            row.append(_NOTHING)
            if is_parted:
                row[GRADIENT], row[_BACK] = row[_BACK], row[GRADIENT]
            rows.append(row)
            inside = float(letters.widths[row[PARTIAL]]) if row[PARTIAL] >= 0 else 0.0
            pills.append((max(SHORTEST, 4 * ceil((inside + 1.5 * PAD) / 4)), inside))
        self._which.T[stale] = rows
        self._pills.T[stale] = pills

    def _paint_pills(self, brush: Brush, links: Ints) -> None:
        """The local partials, each in a pill; not computed, an open one with a dash."""
        which = self._which[PARTIAL].take(links)
        if _NOTHING in which:
            links, which = links[which != _NOTHING], which[which != _NOTHING]
        if not len(links):
            return
        places, states = self._geometry.labels[PARTIAL].take(links, axis=0), self.state[links]
        is_open, (widths, insides) = which == _WAITING, self._pills.take(links, axis=1)
        corners = places[:, :2]
        corners[:, 0] += places[:, 2] - widths
        looks, pill_of = grouped((widths.astype(np.intp) * 2 + is_open) * 2 + (states == FAR_OFF))
        brush.repeat([self._pill(look) for look in looks], pill_of, corners)
        lefts = corners[:, 0] + (widths - insides) / 2
        bases = corners[:, 1] + (self._geometry.room.pill + self._fonts.small.capital) / 2
        if np.count_nonzero(is_open):
            known = ~is_open
            lefts, bases, which, states = lefts[known], bases[known], which[known], states[known]
        brush.texts(lefts, bases, which, STRENGTHS[states])

    def _pill(self, look: int) -> Pill:
        """A pill of some width (times 4), open (2) or not, stepped back (1) or not."""
        found = self._shapes.get(look)
        if found is None:
            found = self._shapes[look] = Pill(
                self._theme,
                float(look >> 2),
                self._geometry.room.pill,
                is_open=bool(look & 2),
                is_far=bool(look & 1),
            )
        return found

    def _write(self, brush: Brush, slots: Ints, which: Ints) -> None:
        """Numbers in their places, on patches of ground; those at a head end there."""
        patches, links, is_at_head = self._places(slots)
        widths, tops = brush.letters.widths[which], patches[:, 1]
        lefts = patches[:, 0] + (patches[:, 2] - widths) * is_at_head
        bases = tops + (self._geometry.room.label + self._fonts.normal.capital) / 2
        patches[:, 0], patches[:, 2] = lefts - 1, widths + 2
        patches[:, 1] += 1
        patches[:, 3] -= 2
        brush.strength(NEAR)
        brush.blocks(patches, self._theme.ground)
        brush.texts(lefts, bases, which, STRENGTHS[self.state[links]])

    def _paint_dashes(self, brush: Brush, slots: Ints) -> None:
        if not len(slots):
            return
        places, links, is_at_head = self._places(slots)
        left = places[:, 0] + (places[:, 2] - DASH_LENGTH) * is_at_head
        points = np.stack([left, places[:, 1] + places[:, 3] / 2], axis=1)
        is_far = self.state[links] == FAR_OFF
        for here, state in ((points[is_far], FAR_OFF), (points[~is_far], NEAR)):
            brush.strength(state)
            brush.dashes(here)
