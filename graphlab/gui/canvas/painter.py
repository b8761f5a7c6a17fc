"""Paints a figure, or the part of it that shows, on the screen, an image or a vector picture.

From afar cards are plain blocks and links single strokes; nearer come symbols and bends, then names
and numbers.  On a raster the shapes drawn often are sprites rendered at the exact zoom; a vector
picture draws the same shapes themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np
from PySide6.QtGui import QColor, QPainter, QPen

from graphlab.gui.canvas.ahead import CARDS_AHEAD, LINKS_AHEAD, SYMBOLS_AHEAD, Ahead
from graphlab.gui.canvas.boxes import (
    Bools,
    Ints,
    Rect,
    distinct,
    meeting_segments,
    share,
)
from graphlab.gui.canvas.brush import ACTIVE, FAR_OFF, NEAR, Brush
from graphlab.gui.canvas.faces import Faces
from graphlab.gui.canvas.figure import Card, Emphasis, Figure, Link
from graphlab.gui.canvas.frames import paint_frames
from graphlab.gui.canvas.geometry import Geometry
from graphlab.gui.canvas.glyphs import Glyphs
from graphlab.gui.canvas.labels import Labels
from graphlab.gui.canvas.letters import Letters
from graphlab.gui.canvas.metrics import ARROW
from graphlab.gui.canvas.outlines import CHOSEN, LIT, MARKED, PROBLEM, Outlines
from graphlab.gui.canvas.plane_maps import WeightLines
from graphlab.gui.canvas.ports import Ports
from graphlab.gui.canvas.shapes import Arrow, OpenPort
from graphlab.gui.canvas.sprites import Sprites
from graphlab.gui.canvas.stacking import levels
from graphlab.gui.canvas.states import found, renewed
from graphlab.gui.theme import USUAL, Theme, Type

SYMBOLS = 0.22
"""The zoom from which cards have a shape and a symbol; below it they are blocks."""

NUMBERS = 0.6
"""The zoom from which names and numbers can be read and are drawn."""

_SOON = SYMBOLS / 2  # a zoom in from here on may soon lead to them

_SEGMENTS = ((0.35, 4), (NUMBERS, 7), (0.9, 10), (1.6, 14), (np.inf, 20))
"""The pieces of a bend below each zoom."""

_LINE = 1.4
_FEW = 0.7  # of a figure; where more shows, choosing strokes costs more than it spares


class FigurePainter:
    """A figure with its geometry in a theme; ``paint`` draws what meets a rectangle.

    ``outlines`` draws letters as shapes, for pictures that must not depend on a font.  ``like`` is
    a painter whose letters and sprites are used on.
    """

    def __init__(
        self,
        figure: Figure,
        theme: Theme,
        fonts: Type,
        *,
        outlines: bool = False,
        like: FigurePainter | None = None,
    ) -> None:
        self.figure, self.theme, self._fonts = figure, theme, fonts
        is_same = like is not None and like.figure is figure and like._fonts is fonts
        self.geometry: Geometry = like.geometry if like and is_same else Geometry(figure, fonts)
        self.labels = Labels(figure.links, self.geometry, theme, fonts)
        self.selected = self.marked = frozenset[int]()
        self.selected_link: int | None = None
        self.under: WeightLines | None = None  # between the links and what stands on them
        self.card_state = np.full(len(figure.cards), NEAR, dtype=np.int8)
        self._rest, self._told = NEAR, (dict[int, int](), dict[int, int]())
        self._had_problem = frozenset[int]()  # at the last update
        self._faces = Faces(figure, self.geometry, theme, fonts)
        self._letters: Letters = (
            Letters(Glyphs(outlines=outlines)) if like is None else like._letters
        )
        self._sprites: Sprites = Sprites() if like is None else like._sprites
        self._ahead = Ahead()
        categories = [card.category for card in figure.cards]
        colours = {category: theme.category(category) for category in set(categories)}
        self._palette = sorted(set(colours.values()))
        hues = {category: self._palette.index(colour) for category, colour in colours.items()}
        self._hue = np.array([hues[c] for c in categories], dtype=np.int8)
        self._outlines = Outlines(self.geometry.cards, self._hue, self._palette, theme)

    @cached_property
    def ports(self) -> Ports:
        """The ports of all cards, found when they are first asked for."""
        return Ports(self.figure, self.geometry)

    def update(self, figure: Figure, area: Rect) -> tuple[list[int], list[int]]:
        """Take over new strings of the same cards and links.

        Returns which of those that meet ``area`` look different now.
        """
        before, self.figure = self.figure, figure
        if (len(before.cards), len(before.links)) != (len(figure.cards), len(figure.links)):
            raise ValueError("update takes the same cards and links; show another figure instead")
        self.labels.links = figure.links
        geometry = self.geometry
        links = {*geometry.tails_in(area).tolist(), *geometry.heads_in(area).tolist()}
        faces, written = figure.cards, figure.links
        shown = geometry.cards_in(area).tolist()
        new_cards = {i: faces[i] for i in shown if faces[i] is not before.cards[i]}
        new_links = {i: written[i] for i in links if written[i] is not before.links[i]}
        return self.differing(before, new_cards, new_links)

    def differing(
        self, before: Figure, cards: Mapping[int, Card], links: Mapping[int, Link]
    ) -> tuple[list[int], list[int]]:
        """Which cards and links look different from what a figure has in their places."""
        old_cards, old_links = before.cards, before.links
        changed = [i for i, card in cards.items() if not card.looks_like(old_cards[i])]
        self._had_problem = frozenset(i for i in changed if old_cards[i].problem)
        return changed, [i for i, link in links.items() if link != old_links[i]]

    def tells(self, card: int) -> bool:
        """Whether there is, or was before the last update, a sentence at a card."""
        return bool(self.figure.cards[card].problem) or card in self._had_problem

    def settle(self, figure: Figure) -> None:
        """The same cards and links are elsewhere."""
        self.figure = figure
        self._faces.forget()

    def emphasise(self, emphasis: Emphasis) -> tuple[list[int], list[int]]:
        """Draw these active, those near in full, the rest weaker; returns what changed."""
        index, link_index = self.geometry.index, self.geometry.link_index
        cards = found(emphasis.near_cards, index, NEAR) | found(emphasis.cards, index, ACTIVE)
        links = found(emphasis.near_links, link_index, NEAR)
        links |= found(emphasis.links, link_index, ACTIVE)
        rest = NEAR if emphasis.is_empty else FAR_OFF
        is_rest_same, self._rest = rest == self._rest, rest
        before, self._told = self._told, (cards, links)
        return (
            renewed(self.card_state, before[0], cards, rest, is_rest_same=is_rest_same),
            renewed(self.labels.state, before[1], links, rest, is_rest_same=is_rest_same),
        )

    def paint(
        self, painter: QPainter, area: Rect, *, ratio: float = 1.0, is_vector: bool = False
    ) -> None:
        """Paint what meets ``area``, in the figure's units; the ground is the caller's.

        The painter's world transform is a zoom and a shift.  ``ratio`` is the device's pixels per
        unit of that transform.
        """
        zoom = painter.worldTransform().m11()
        detail = 1.0 if is_vector else zoom * self._fonts.base / USUAL
        self._sprites.at(zoom, ratio)
        self._letters.at(zoom, ratio)
        brush = Brush(painter, self.theme, self._letters, None if is_vector else self._sprites)
        goal = SYMBOLS if detail < SYMBOLS else NUMBERS
        coming = None if is_vector else self._ahead.area(area, detail, goal)
        self._paint_on(brush, area, detail)
        brush.finish()
        if coming is not None and detail >= _SOON:
            self._prepare(coming, is_near=detail >= SYMBOLS)

    def _paint_on(self, brush: Brush, area: Rect, detail: float) -> None:
        painter = brush.painter
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, detail >= SYMBOLS)
        cards = self.geometry.cards_in(area)
        paint_frames(brush, self.figure.frames, self.geometry.frames, area, self._fonts, detail)
        self._paint_lines(brush, area, detail)
        if self.under is not None:
            self.under.paint(painter, self.geometry, area)
        if detail < SYMBOLS:
            self._paint_blocks(brush, cards)
            return
        heads = self.geometry.heads_in(area)
        is_near, (lowest, *upper) = detail >= NUMBERS, self._piled(cards)
        self._paint_frames(brush, lowest)
        self._paint_arrows(brush, heads)
        self._paint_open_ports(brush, lowest)
        if is_near:
            self.labels.paint(brush, self.geometry.tails_in(area), heads)
        self._paint_faces(brush, lowest, is_near=is_near)
        for level in upper:
            brush.finish()
            self._paint_frames(brush, level)
            self._paint_open_ports(brush, level)
            self._paint_faces(brush, level, is_near=is_near)

    def _prepare(self, area: Rect, *, is_near: bool) -> None:
        """Lay out some of what will be painted when ``area`` is all that shows."""
        if "ports" not in vars(self):  # a frame of its own for what is needed once
            self.ports.open  # noqa: B018  # to ask for it is to find it
            self._sprites.open()
            self._letters.open()
            return
        geometry, letters, known = self.geometry, self._letters, self._letters.count
        cards, most = geometry.cards_in(area), CARDS_AHEAD if is_near else SYMBOLS_AHEAD
        self._faces.prepare(letters, cards, self.figure.cards, most, is_near=is_near)
        if is_near:
            links = distinct(np.concatenate([geometry.tails_in(area), geometry.heads_in(area)]))
            self.labels.prepare(letters, links, LINKS_AHEAD)
        letters.shape(known)

    def _piled(self, cards: Ints) -> list[Ints]:
        """The same cards by the pile they lie on; where there are piles, selected ones on top."""
        depth = levels(self.geometry.cards.take(cards, axis=0))
        if not np.count_nonzero(depth):
            return [cards]
        depth += self._is_one_of(self.selected, cards) * (1 + int(depth.max()))
        return [cards[depth == level] for level in distinct(depth)]

    def _paint_lines(self, brush: Brush, area: Rect, detail: float) -> None:
        geometry = self.geometry
        if detail < SYMBOLS:
            pieces, owners, segments = geometry.strokes, geometry.stroke_owners, 1
            if share(geometry.bounds, area) < _FEW:
                visible = meeting_segments(pieces, area, 4 / detail)
                pieces, owners = pieces.take(visible, axis=0), owners[visible]
        else:
            visible = geometry.pieces_in(area)
            pieces, owners = geometry.pieces.take(visible, axis=0), geometry.owners[visible]
            segments = next(count for limit, count in _SEGMENTS if detail < limit)
        states, pens = self.labels.state[owners], list[tuple[Bools | None, QPen]]()
        shown = np.bincount(states).nonzero()[0].tolist()
        for state in shown:
            # stepped back by colour, not opacity: where links share a lane that would add up
            usual = self.theme.line if state == NEAR else self.theme.far(self.theme.line)
            colour = self.theme.accent if state == ACTIVE else usual
            width = max(_LINE * (1.8 if state == ACTIVE else 1.0), 0.9 / detail)
            chosen = None if len(shown) == 1 else states == state
            pens.append((chosen, QPen(QColor(colour), 0 if detail < SYMBOLS else width)))
        if self.selected_link is not None:
            width = 0.0 if detail < SYMBOLS else _LINE * 1.8
            chosen = owners == self.selected_link
            pens.append((chosen, QPen(QColor(self.theme.accent), width)))
        brush.curves(pieces, pens, segments, area)

    def _paint_blocks(self, brush: Brush, cards: Ints) -> None:
        """Cards from afar: one block each in its category's colour."""
        hues, accent = len(self._palette), (ACTIVE, self.theme.accent)
        looks = self.card_state[cards].astype(np.intp) * hues + self._hue[cards]
        inks = {}
        for look in np.bincount(looks).nonzero()[0].tolist():
            state, hue = divmod(look, hues)
            inks[look] = accent if state == ACTIVE else (state, self._palette[hue])
        if self.selected:
            chosen = -1
            looks[self._is_one_of(self.selected, cards)] = chosen
            inks[chosen] = accent
        brush.tiles(self.geometry.card_boxes.sides_of(cards), looks, inks)

    def _paint_arrows(self, brush: Brush, links: Ints) -> None:
        states = self.labels.state[links].copy()
        if self.selected_link is not None:
            states[links == self.selected_link] = ACTIVE
        arrows = [Arrow(self.theme.line, ARROW), Arrow(self.theme.accent, ARROW * 1.15)]
        order = states.argsort(kind="stable")
        links, states = links[order], states[order]
        which, heads = (states == ACTIVE).astype(np.intp), self.geometry.heads.take(links, axis=0)
        brush.repeat(arrows, which, heads, states == FAR_OFF)

    def _paint_open_ports(self, brush: Brush, cards: Ints) -> None:
        """A small circle at each input that nothing feeds."""
        ports = self.ports.open
        if not len(ports):
            return
        owners = self.ports.cards_of(ports)
        is_shown = np.zeros(len(self.figure.cards), dtype=bool)
        is_shown[cards] = True
        is_seen = is_shown[owners]
        ports, owners = ports[is_seen], owners[is_seen]
        is_far, which = self.card_state[owners] == FAR_OFF, np.zeros(len(ports), dtype=np.intp)
        brush.repeat([OpenPort(self.theme)], which, self.ports.places(ports), is_far)

    def _paint_frames(self, brush: Brush, cards: Ints) -> None:
        """The cards' shapes: ground, border, category bar, outline."""
        states, faces = self.card_state[cards], self.figure.cards
        order = states.argsort(kind="stable")
        cards, states = cards[order], states[order]
        looks = np.array([PROBLEM if faces[i].problem else 0 for i in cards.tolist()], np.intp)
        looks += (states == ACTIVE) * LIT
        if self.selected:
            looks += self._is_one_of(self.selected, cards) * CHOSEN
        if self.marked:
            looks += self._is_one_of(self.marked, cards) * MARKED
        shapes, which = self._outlines.of(cards, looks)
        corners = self.geometry.cards.take(cards, axis=0)[:, :2]
        brush.repeat(shapes, which, corners, states == FAR_OFF)

    def _paint_faces(self, brush: Brush, cards: Ints, *, is_near: bool) -> None:
        """What stands on the cards."""
        states = self.card_state[cards]
        self._faces.paint(brush, cards, self.figure.cards, states, is_near=is_near)

    def _is_one_of(self, some: frozenset[int], cards: Ints) -> Bools:
        """Which of these cards are among some."""
        if not some:
            return np.zeros(len(cards), dtype=bool)
        return np.array([i in some for i in cards.tolist()], dtype=bool)
