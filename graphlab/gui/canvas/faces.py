"""What stands on a card: symbol, name, heat map, value, shape; from afar only its symbol."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage

from graphlab.gui.canvas.brush import Brush
from graphlab.gui.canvas.figure import DASH, Card, Figure
from graphlab.gui.canvas.geometry import Geometry
from graphlab.gui.canvas.heat import heat_image
from graphlab.gui.canvas.metrics import BAR, PAD, card_rows, names_inset, picture_size
from graphlab.gui.canvas.shapes import DASH_LENGTH
from graphlab.gui.theme import Face, Theme, Type


class _Laid:
    """What is written on one card, and where."""

    def __init__(self, card: Card) -> None:
        self.card = card
        self.texts: list[tuple[float, float, str, Face, str]] = []
        self.dashes: list[float] = []
        self.picture = 0.0


_BESIDE = 72.0  # how far a problem's sentence runs on beyond its card


class Faces:
    """The contents of all cards."""

    def __init__(self, figure: Figure, geometry: Geometry, theme: Theme, fonts: Type) -> None:
        self._theme, self._fonts = theme, fonts
        self._images: dict[int, tuple[object, QImage]] = {}
        self._symbols: dict[int, tuple[Card, float, float, str, Face]] = {}
        self._laid: dict[int, _Laid] = {}
        self._ports: dict[int, list[tuple[str, float]]] = {}
        for i, link in enumerate(figure.links):
            if link.port_name and not figure.cards[geometry.index[link.target]].inputs:
                card = geometry.index[link.target]
                height = float(geometry.heads[i, 1] - geometry.cards[card, 1])
                self._ports.setdefault(card, []).append((link.port_name, height))
        for i, face in enumerate(figure.cards):
            middle, count = float(geometry.cards[i, 3]) / 2, len(face.inputs)
            named = [
                (name, middle + geometry.room.port(k, count))
                for k, (_, name) in enumerate(face.inputs)
                if name
            ]
            if named:
                self._ports[i] = named
        self._colours = {
            "symbol": theme.text,
            "title": theme.muted,
            "value": theme.forward,
            "gradient": theme.backward,
            "detail": theme.muted,
        }

    def paint_symbol(self, brush: Brush, i: int, card: Card, box: list[float]) -> None:
        """Paint the symbol, or the heat map, in the middle of a card."""
        x, y, width, height = box
        if card.picture is not None:
            _, high = picture_size(card)
            self._paint_picture(brush, i, card, x + (width + BAR) / 2, y + (height - high) / 2)
            return
        found = self._symbols.get(i)
        if found is None or found[0] is not card:
            found = self._symbols[i] = (card, *self._symbol(card, width, height))
        _, dx, dy, text, face = found
        brush.text(x + dx, y + dy, text, face, self._theme.text)

    def _symbol(self, card: Card, width: float, height: float) -> tuple[float, float, str, Face]:
        """Where the symbol stands on a card, what it is and in which type."""
        text = card.symbol or card.title
        face = self._fonts.distant
        if face.width(text) > width - 1.5 * PAD:
            face = self._fonts.large
            text = face.elided(text, width - PAD)
        return (width + BAR - face.width(text)) / 2, (height + face.capital) / 2, text, face

    def paint(self, brush: Brush, i: int, card: Card, box: list[float]) -> None:
        """Paint all lines of a card, centred, and its port names."""
        x, y, width, height = box
        face = self._laid.get(i)
        if face is None or face.card is not card:
            face = self._laid[i] = self._lay(i, card, width, height)
        for dx, dy, text, type_face, colour in face.texts:
            brush.text(x + dx, y + dy, text, type_face, colour)
        for level in face.dashes:
            middle = x + (width + BAR) / 2
            brush.dashes(np.array([[middle - DASH_LENGTH / 2, y + level]]))
        if card.picture is not None:
            self._paint_picture(brush, i, card, x + (width + BAR) / 2, y + face.picture)

    def _lay(self, i: int, card: Card, width: float, height: float) -> _Laid:
        """Where everything stands on a card, from its corner."""
        small, ports = self._fonts.small, self._ports.get(i, [])
        laid = _Laid(card)
        for name, level in ports:
            base = level + small.capital / 2
            laid.texts.append((BAR + PAD / 2, base, name, small, self._theme.muted))
        rows = card_rows(card, self._fonts)
        picture = picture_size(card)[1] + PAD / 2 if card.picture is not None else 0.0
        top = (height - sum(face.height for _, _, face in rows) - picture) / 2
        middle = (width + BAR) / 2
        room = width - BAR - PAD - 2 * names_inset((name for name, _ in ports), self._fonts)
        for role, text, face in rows:
            if picture and role not in ("symbol", "title"):
                laid.picture = top + PAD / 4
                top, picture = top + picture, 0.0
            if text == DASH:
                laid.dashes.append(top + face.height / 2)
            else:
                shown = face.elided(text, room)
                left = middle - face.width(shown) / 2
                laid.texts.append((left, top + face.ascent, shown, face, self._colours[role]))
            top += face.height
        if picture:
            laid.picture = top + PAD / 4
        if card.problem:
            told = card.problem
            if told.startswith(f"{card.id} ("):  # the card itself says which node it is
                told = told.partition(")")[2].lstrip(": ")
            told = small.elided(told, width + _BESIDE)
            laid.texts.append((0.0, height + small.ascent + 2, told, small, self._theme.problem))
        return laid

    def _paint_picture(self, brush: Brush, i: int, card: Card, middle: float, top: float) -> None:
        if card.picture is None:
            return
        made_of, image = self._images.get(i, (None, None))
        if image is None or made_of is not card.picture:
            image = heat_image(card.picture, card.picture_kind)
            self._images[i] = (card.picture, image)
        width, height = picture_size(card)
        at = QRectF(middle - width / 2, top, width, height)
        brush.painter.drawImage(at, image)
