"""What stands on a card: symbol, name, heat map, value, shape; from afar its symbol and map."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage

from graphlab.gui.canvas.boxes import Floats, Ints
from graphlab.gui.canvas.brush import STRENGTHS, Brush
from graphlab.gui.canvas.figure import DASH, Card, Figure
from graphlab.gui.canvas.fitting import fitted
from graphlab.gui.canvas.geometry import Geometry
from graphlab.gui.canvas.heat import heat_image
from graphlab.gui.canvas.letters import Letters
from graphlab.gui.canvas.metrics import BAR, PAD, card_rows, names_inset, picture_size
from graphlab.gui.canvas.shapes import DASH_LENGTH
from graphlab.gui.canvas.told import told_lines
from graphlab.gui.theme import Face, Theme, Type

States = NDArray[np.int8]
_Line = tuple[float, float, int]  # left end, baseline, number of the string

_LEAST = 24.0  # a heat map is not made less high than this
_TOLD = 4  # letters of a name, and an ellipsis in it, by which it can be told
_WHOLE = 2 * _TOLD  # the same by which a long one is seen to be one, rather than in smaller type
_DASH = -1  # in place of a string's number: not computed
_MOST_LINES = 60_000  # kept in places; then all that is not seen is forgotten


class _Lines:
    """What is written on cards: rows of left end, baseline and string, from each card's corner."""

    def __init__(self, count: int) -> None:
        self._count = count
        self.forget()

    def forget(self) -> None:
        """Know of no card."""
        self.read: list[Card | None] = [None] * self._count  # what a card was laid out for
        self._first = np.zeros(self._count, dtype=np.int32)
        self._length = np.zeros(self._count, dtype=np.int32)
        self._lines, self._used = np.zeros((256, 3)), 0

    @property
    def is_full(self) -> bool:
        """Whether it keeps so much that it should forget."""
        return self._used > _MOST_LINES

    def put(self, chosen: list[int], faces: Sequence[Card], rows: list[list[_Line]]) -> None:
        """Keep the lines of some cards."""
        lengths = np.array([len(lines) for lines in rows])
        found = np.array([line for lines in rows for line in lines], dtype=float).reshape(-1, 3)
        end = self._used + len(found)
        while end > len(self._lines):
            self._lines = np.concatenate([self._lines, np.zeros_like(self._lines)])
        self._lines[self._used : end] = found
        self._first[chosen] = self._used + lengths.cumsum() - lengths
        self._length[chosen] = lengths
        self._used = end
        for i in chosen:
            self.read[i] = faces[i]

    def of(self, cards: Ints) -> tuple[Ints, Floats]:
        """All lines of some cards, and for each which of these cards it is on."""
        first, length = self._first[cards], self._length[cards]
        owners = np.arange(len(cards)).repeat(length)
        before = length.cumsum() - length
        which = np.arange(len(owners)) + (first - before)[owners]
        return owners, self._lines.take(which, axis=0)


class Faces:
    """The contents of all cards."""

    def __init__(self, figure: Figure, geometry: Geometry, theme: Theme, fonts: Type) -> None:
        self._theme, self._fonts = theme, fonts
        self._images: dict[int, tuple[object, QImage]] = {}
        self._boxes, self._telling = geometry.cards, geometry.telling
        self._all, self._symbols = _Lines(len(figure.cards)), _Lines(len(figure.cards))
        self._pictures: dict[int, float] = {}  # how far below its corner a card's heat map is
        self._small: dict[int, tuple[float, float]] = {}  # the same from afar, and its scale
        self._alike: dict[tuple[str, float, float, bool], list[_Line]] = {}  # symbols without a map
        self._age = 0
        self._ports: dict[int, list[tuple[str, float]]] = {}
        for i, link in enumerate(figure.links):
            if link.port_name and not figure.cards[geometry.index[link.target]].inputs:
                card = geometry.index[link.target]
                height = float(geometry.heads[i, 1] - geometry.cards[card, 1])
                self._ports.setdefault(card, []).append((link.port_name, height))
        for i, face in enumerate(figure.cards):
            if any(name for _, name in face.inputs):
                middle, count = float(geometry.cards[i, 3]) / 2, len(face.inputs)
                self._ports[i] = [
                    (name, middle + geometry.room.port(k, count))
                    for k, (_, name) in enumerate(face.inputs)
                    if name
                ]
        self._dense = self._dense_categories(figure.cards)
        self._colours = {
            "symbol": theme.text,
            "title": theme.muted,
            "value": theme.forward,
            "gradient": theme.backward,
            "detail": theme.muted,
        }

    def _dense_categories(self, cards: Sequence[Card]) -> set[str]:
        """The categories with a symbol too wide for its card in the type seen from afar."""
        widths, face = (self._boxes[:, 2] - 1.5 * PAD).tolist(), self._fonts.distant
        found = set[str]()
        for card, room in zip(cards, widths, strict=True):
            if card.category not in found and face.width(card.symbol or card.title) > room:
                found.add(card.category)
        return found

    def paint(
        self, brush: Brush, cards: Ints, faces: Sequence[Card], states: States, *, is_near: bool
    ) -> None:
        """Paint what stands on some cards; from afar only the symbol and the heat map."""
        lines = self._all if is_near else self._symbols
        if lines.is_full:
            self._age = 0
        chosen = cards.tolist()
        self._renew(brush.letters, chosen, faces, is_near=is_near)
        boxes, strengths = self._boxes.take(cards, axis=0), STRENGTHS[states]
        owners, rows = lines.of(cards)
        places, which = boxes[:, :2].take(owners, axis=0) + rows[:, :2], rows[:, 2].astype(np.intp)
        is_dash = which == _DASH
        if np.count_nonzero(is_dash):
            for state in sorted(set(states[owners[is_dash]].tolist())):
                brush.strength(state)
                brush.dashes(places[is_dash & (states[owners] == state)])
            shown = ~is_dash
            places, which, owners = places[shown], which[shown], owners[shown]
        brush.texts(places[:, 0], places[:, 1], which, strengths[owners])
        for k, i in enumerate(chosen):
            if faces[i].picture is not None:
                brush.strength(int(states[k]))
                self._paint_picture(brush, i, faces[i], boxes[k].tolist(), is_near=is_near)

    def forget(self) -> None:
        """Lay out everything anew: cards are elsewhere, and with them the room below others."""
        self._all.forget()

    def prepare(
        self, letters: Letters, cards: Ints, faces: Sequence[Card], most: int, *, is_near: bool
    ) -> None:
        """Lay out what will be painted on these cards, on so many of them that are not yet."""
        read = (self._all if is_near else self._symbols).read
        stale = [i for i in cards.tolist() if faces[i] is not read[i]]
        self._renew(letters, stale[:most], faces, is_near=is_near)

    def _renew(
        self, letters: Letters, cards: list[int], faces: Sequence[Card], *, is_near: bool
    ) -> None:
        """Lay out the cards that are others than when they were laid out last."""
        if self._age != letters.age:
            self._age = letters.age
            self._all.forget()
            self._symbols.forget()
            self._alike.clear()
        lines = self._all if is_near else self._symbols
        lay, read = self._lay if is_near else self._lay_symbol, lines.read
        stale = [i for i in cards if faces[i] is not read[i]]
        if stale:
            sizes = self._boxes[stale, 2:].tolist()
            rows = [lay(letters, i, faces[i], *size) for i, size in zip(stale, sizes, strict=True)]
            lines.put(stale, faces, rows)

    def _lay_symbol(
        self, letters: Letters, i: int, card: Card, width: float, height: float
    ) -> list[_Line]:
        """Where the symbol stands on a card, above a heat map."""
        look = (card.symbol or card.title, width, height, card.category in self._dense)
        if card.picture is None and (known := self._alike.get(look)) is not None:
            return known
        dx, dy, text, face = self._symbol(card, width, height)
        if card.picture is not None:
            _, high = picture_size(card)
            dy, scale = 1.5 * PAD + face.capital, 1.0
            room = height - dy - 1.5 * PAD
            if room < min(high, _LEAST) and face is not self._fonts.large:
                face = self._fonts.large
                dx, dy = (width + BAR - face.width(text)) / 2, 1.5 * PAD + face.capital
                room = height - dy - 1.5 * PAD
            if room < min(high, _LEAST) or len(text) < min(len(card.symbol or card.title), _TOLD):
                self._small[i] = ((height - high) / 2, scale)
                return []
            scale = min(scale, room / high)
            dy += (room - high * scale) / 2
            self._small[i] = (dy + PAD / 2, scale)
        lines = [(dx, dy, letters.number(text, face, self._theme.text))]
        if card.picture is None:
            self._alike[look] = lines
        return lines

    def _symbol(self, card: Card, width: float, height: float) -> tuple[float, float, str, Face]:
        """Where the symbol stands on a card, what it is and in which type.

        Cards of one category are told from each other by their names, not by their size.
        """
        text, room = card.symbol or card.title, width - 1.5 * PAD
        face = self._fonts.distant
        if card.category in self._dense:
            face = self._fonts.dense
            if len(face.elided(text, room)) < min(len(text), _WHOLE):
                face = self._fonts.large
        text = face.elided(text, room)
        return (width + BAR - face.width(text)) / 2, (height + face.capital) / 2, text, face

    def _lay(
        self, letters: Letters, i: int, card: Card, width: float, height: float
    ) -> list[_Line]:
        """Where everything stands on a card, from its corner."""
        small, ports, number = self._fonts.small, self._ports.get(i, []), letters.number
        muted, laid = self._theme.muted, list[_Line]()
        x, y = self._boxes[i, :2].tolist()
        for name, level in ports:
            base = level + small.capital / 2
            laid.append((BAR + PAD / 2, base, number(name, small, muted)))
        rows = card_rows(card, self._fonts)
        picture = picture_size(card)[1] + PAD / 2 if card.picture is not None else 0.0
        top = (height - sum(face.height for _, _, face in rows) - picture) / 2
        middle = (width + BAR) / 2
        room = width - BAR - PAD - 2 * names_inset((name for name, _ in ports), self._fonts)
        for role, text, face in rows:
            if picture and role not in ("symbol", "title"):
                self._pictures[i] = top + PAD / 4
                top, picture = top + picture, 0.0
            if text == DASH:
                laid.append((middle - DASH_LENGTH / 2, top + face.height / 2, _DASH))
            else:
                shown = fitted(face, text, room)
                left = middle - face.width(shown) / 2
                laid.append((left, top + face.ascent, number(shown, face, self._colours[role])))
            top += face.height
        if picture:
            self._pictures[i] = top + PAD / 4
        self._telling.discard(i)
        if card.problem:
            self._telling.add(i)
            top, lines = told_lines(card, self._boxes, (x, y, width, height), small)
            for k, line in enumerate(lines):
                left, base = (width - small.width(line)) / 2, top + small.ascent + k * small.height
                laid.append((left, base, number(line, small, self._theme.problem)))
        return laid

    def _paint_picture(
        self, brush: Brush, i: int, card: Card, box: list[float], *, is_near: bool
    ) -> None:
        if card.picture is None:
            return
        made_of, image = self._images.get(i, (None, None))
        if image is None or made_of is not card.picture:
            image = heat_image(card.picture, card.picture_kind)
            self._images[i] = (card.picture, image)
        x, y, width, _ = box
        top, scale = (self._pictures[i], 1.0) if is_near else self._small[i]
        wide, high = (scale * side for side in picture_size(card))
        top += y
        brush.painter.drawImage(QRectF(x + (width + BAR) / 2 - wide / 2, top, wide, high), image)
