"""The numbers on links: value and gradient at the tail, local partial and contribution at the head.

Each stands on a patch of ground, so that no line strikes it through.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter

import numpy as np

from graphlab.gui.canvas.boxes import Ints, Rect
from graphlab.gui.canvas.brush import ACTIVE, FAR_OFF, NEAR, Brush
from graphlab.gui.canvas.figure import DASH, Link
from graphlab.gui.canvas.geometry import GRADIENT, PARTIAL, TOTAL, VALUE, Geometry
from graphlab.gui.canvas.metrics import PAD
from graphlab.gui.canvas.shapes import DASH_LENGTH, SHORTEST, Pill
from graphlab.gui.theme import Theme, Type

_TEXT = {
    VALUE: attrgetter("value"),
    GRADIENT: attrgetter("gradient"),
    TOTAL: attrgetter("total"),
    PARTIAL: attrgetter("partial"),
}


class Labels:
    """The strings of all links, their places, and how strongly each link is drawn."""

    def __init__(
        self, links: Sequence[Link], geometry: Geometry, theme: Theme, fonts: Type
    ) -> None:
        self._geometry, self._theme, self._fonts = geometry, theme, fonts
        self.state = np.full(len(links), NEAR, dtype=np.int8)
        self.links = links

    def paint(self, brush: Brush, area: Rect) -> None:
        """Paint the labels that meet ``area``."""
        geometry, theme = self._geometry, self._theme
        tails, heads = geometry.tails_in(area), geometry.heads_in(area)
        self._paint_pills(brush, heads)
        self._paint_kind(brush, VALUE, tails, theme.forward, is_at_head=False)
        self._paint_kind(brush, TOTAL, tails, theme.backward, is_at_head=False)
        alone, parted = tails[~geometry.fans[tails]], heads[geometry.fans[heads]]
        self._paint_kind(brush, GRADIENT, alone, theme.backward, is_at_head=False)
        self._paint_kind(brush, GRADIENT, parted, theme.backward, is_at_head=True)

    def _split(self, kind: int, links: Ints) -> tuple[list[int], list[str], list[int]]:
        """Which links have a number of this kind, the numbers, and which wait for theirs."""
        here = links[self._geometry.labels[kind][links, 2] > 0].tolist()
        read, all_links = _TEXT[kind], self.links
        pairs = [(i, read(all_links[i])) for i in here]
        known = [(i, text) for i, text in pairs if text and text != DASH]
        waiting = [i for i, text in pairs if text == DASH]
        return [i for i, _ in known], [text for _, text in known], waiting

    def _paint_pills(self, brush: Brush, links: Ints) -> None:
        boxes, face = self._geometry.labels[PARTIAL], self._fonts.small
        known, strings, waiting = self._split(PARTIAL, links)
        self._paint_waiting(brush, waiting)
        for state in (FAR_OFF, NEAR, ACTIVE):
            here = [k for k, i in enumerate(known) if self.state[i] == state]
            if not here:
                continue
            places = boxes[[known[k] for k in here]]
            texts = [
                face.elided(strings[k], room - PAD)
                for k, room in zip(here, places[:, 2].tolist(), strict=True)
            ]
            inside = np.array([face.width(text) for text in texts])
            widths = np.maximum(SHORTEST, 4 * np.ceil((inside + 1.5 * PAD) / 4))
            corners = np.stack([places[:, 0] + places[:, 2] - widths, places[:, 1]], axis=1)
            height, is_far = float(places[0, 3]), state == FAR_OFF
            pills = [Pill(self._theme, w, height, is_far=is_far) for w in widths.tolist()]
            brush.strength(NEAR)
            brush.repeat(pills, corners)
            brush.strength(state)
            lefts = corners[:, 0] + (widths - inside) / 2
            bases = corners[:, 1] + (places[:, 3] + face.capital) / 2
            for text, x, y in zip(texts, lefts.tolist(), bases.tolist(), strict=True):
                brush.text(x, y, text, face, self._theme.text)

    def _paint_waiting(self, brush: Brush, links: list[int]) -> None:
        """The pills of partials that are not computed: open, with a dash."""
        places = self._geometry.labels[PARTIAL][links]
        brush.strength(NEAR)
        for state in (FAR_OFF, NEAR, ACTIVE):
            here = places[self.state[links] == state]
            if len(here):
                height, is_far = float(here[0, 3]), state == FAR_OFF
                pill = Pill(self._theme, SHORTEST, height, is_open=True, is_far=is_far)
                left = here[:, 0] + here[:, 2] - SHORTEST
                brush.repeat([pill] * len(here), np.stack([left, here[:, 1]], axis=1))

    def _paint_kind(
        self, brush: Brush, kind: int, links: Ints, colour: str, *, is_at_head: bool
    ) -> None:
        face = self._fonts.normal
        known, strings, waiting = self._split(kind, links)
        self._paint_dashes(brush, kind, waiting, is_at_head=is_at_head)
        if not known:
            return
        places = self._geometry.labels[kind][known]
        texts = [
            face.elided(text, room)
            for text, room in zip(strings, places[:, 2].tolist(), strict=True)
        ]
        widths = np.array([face.width(text) for text in texts])
        lefts = places[:, 0] + (places[:, 2] - widths if is_at_head else 0.0)
        patches = np.stack([lefts - 1, places[:, 1] + 1, widths + 2, places[:, 3] - 2], axis=1)
        brush.strength(NEAR)
        brush.blocks(patches, self._theme.ground)
        bases = (places[:, 1] + (places[:, 3] + face.capital) / 2).tolist()
        states = self.state[known].tolist()
        for text, x, y, state in zip(texts, lefts.tolist(), bases, states, strict=True):
            brush.strength(state)
            brush.text(x, y, text, face, colour)

    def _paint_dashes(self, brush: Brush, kind: int, links: list[int], *, is_at_head: bool) -> None:
        places = self._geometry.labels[kind][links]
        left = places[:, 0] + (places[:, 2] - DASH_LENGTH if is_at_head else 0.0)
        points = np.stack([left, places[:, 1] + places[:, 3] / 2], axis=1)
        is_far = self.state[links] == FAR_OFF
        for here, state in ((points[is_far], FAR_OFF), (points[~is_far], NEAR)):
            brush.strength(state)
            brush.dashes(here)
