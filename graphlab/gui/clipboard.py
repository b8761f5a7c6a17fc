"""Copy, cut, paste and duplicate, by the system's clipboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QGuiApplication

from graphlab.errors import FormulaError, GraphError, GraphLabError
from graphlab.graph import Graph
from graphlab.graph.edits import remove_cards
from graphlab.graph.formula import parse
from graphlab.gui.blanks import blanks_of
from graphlab.gui.canvas.boxes import Rect, bounds, frame_boxes
from graphlab.gui.canvas.camera import sides
from graphlab.gui.canvas.figure import Point
from graphlab.gui.canvas.metrics import arranged, card_sizes, room
from graphlab.gui.drawing import LARGE
from graphlab.gui.hand import Hand, several
from graphlab.gui.later import later
from graphlab.gui.placement import free_within, outside, pinned, snapped, standing, union, unpinned
from graphlab.gui.theme import typography

if TYPE_CHECKING:
    from graphlab.graph import clipping
else:
    clipping = later("graphlab.graph.clipping")

LONGEST = 20_000
"""Text on the clipboard that is longer is no formula a hand has written."""


class Clipboard:
    """What is selected, to the clipboard and back."""

    def __init__(self, hand: Hand) -> None:
        self._hand = hand

    def can_copy(self) -> bool:
        """Whether a card is selected."""
        return bool(self._hand.chosen)

    def can_paste(self) -> bool:
        """Whether the clipboard holds any text."""
        data = QGuiApplication.clipboard().mimeData()
        return data is not None and data.hasText()

    def copy(self) -> bool:
        """Put what is selected onto the clipboard."""
        try:
            text = clipping.to_clipboard_text(self._part())
        except GraphLabError as error:
            self._hand.refuse(str(error))
            return False
        QGuiApplication.clipboard().setText(text)
        return True

    def cut(self) -> None:
        """Put what is selected onto the clipboard and delete it."""
        chosen = self._hand.chosen
        if self.copy():
            self._hand.edit(f"cut {several(chosen)}", lambda graph: remove_cards(graph, chosen),
                            lambda: ())  # fmt: skip

    def duplicate(self, *, share: bool = False) -> None:
        """Put a copy beside what is selected that reads the same inputs.

        With ``share`` it reads the same parameters too, and has none of its own.
        """
        part = self._part()
        self._add("duplicate", part, self._drawn_around(part), keep_inputs=True, share=share)

    def can_share(self) -> bool:
        """Whether parameters or buffers are selected, and something that is to read them."""
        hand, chosen = self._hand, self._hand.chosen
        held, nodes = hand.seen.members, hand.graph.nodes
        members = (name for card in chosen for name in held.get(card, (card,)))
        are_sources = {nodes[name].op.starts for name in members}
        return len(are_sources) == 2

    def paste(self, *, share: bool = False) -> None:
        """Add what is on the clipboard: a part of a graph, or a formula's nodes.

        With ``share`` they read the parameters of the same names that are here already.
        """
        text = QGuiApplication.clipboard().text()
        try:
            part = _read(text)
        except GraphLabError as error:
            self._hand.refuse(str(error))
            return
        if part.nodes:
            self._add("paste", part, keep_inputs=False, share=share)

    def _part(self) -> Graph:
        hand = self._hand
        return clipping.clip(pinned(hand.graph, hand.canvas.figure.positions), hand.chosen)

    def _drawn_around(self, part: Graph) -> Rect | None:
        """The rectangle around what is selected and the frames that are wholly so, as drawn."""
        hand, canvas = self._hand, self._hand.canvas
        boxes = canvas.places.frames.tolist()
        frames = zip(canvas.figure.frames, boxes, strict=True)
        whole = [tuple(box) for frame, box in frames if frame.id in part.groups]
        return union([*map(hand.box, hand.chosen), *whole])

    def _add(
        self,
        verb: str,
        part: Graph,
        around: Rect | None = None,
        *,
        keep_inputs: bool,
        share: bool,
    ) -> None:
        """Add a part; ``around`` is the room its cards take, where they are drawn already."""
        hand, new = self._hand, list[str]()
        count = len(part.nodes)
        is_placed = part.view.positions.keys() >= part.nodes.keys()
        is_large = not is_placed and count > LARGE
        if not is_placed and not is_large:
            part = self._laid_out(part)
        known = around if is_placed else None
        offset = (0.0, 0.0) if is_large else self._offset(known or _around(part), is_placed)

        def added(graph: Graph) -> Graph:
            graph, names = clipping.paste(
                graph, part, offset=offset, keep_inputs=keep_inputs, share=share
            )
            new.extend(names)
            return unpinned(graph) if is_large else graph

        name = "1 node" if count == 1 else f"{count} nodes"
        with_what = " with shared parameters" * share
        if hand.edit(f"{verb} {name}{with_what}", added, lambda: new):
            drawn = union(hand.box(name) for name in new if name in hand.canvas.places.index)
            if drawn is not None:
                hand.canvas.bring_into_view(QRectF(*drawn))

    def _offset(self, around: Rect, is_placed: bool) -> Point:
        """To a free place: near the original where that is in view, else near the view's middle.

        Where there is none in view, beside or below all there is.
        """
        hand, canvas = self._hand, self._hand.canvas
        x, y, width, height = around
        wish = x, y
        if not is_placed or not canvas.visible().contains(x + width / 2, y + height / 2):
            middle = hand.middle()
            wish = middle[0] - width / 2, middle[1] - height / 2
        taken, size = [*hand.drawn(), *hand.covered()], (width, height)
        place = free_within(wish, sides(hand.in_view()), taken, size)
        if place is None:
            view = canvas.viewport().size()
            place = outside((*wish, *size), canvas.bounds, (view.width(), view.height()))
        return snapped((place[0] - x, place[1] - y))

    def _laid_out(self, part: Graph) -> Graph:
        blanks = blanks_of(part)
        cards, links = list(blanks.cards.values()), list(blanks.links.values())
        drawn = arranged(cards, links, typography(), standing(part), blanks.frames)
        return pinned(part, drawn.positions)


def _around(part: Graph) -> Rect:
    """The rectangle around the cards and frames of a part whose cards have their places."""
    blanks, fonts, places = blanks_of(part), typography(), standing(part)
    links = list(blanks.links.values())
    sizes = card_sizes(list(blanks.cards.values()), links, fonts, room(links, fonts))
    cards = np.array([(*places[name], *size) for name, size in sizes.items()])
    index = {name: i for i, name in enumerate(sizes)}
    frames = frame_boxes(blanks.frames, index, cards, lambda _frame: [])
    return bounds(np.concatenate([cards, frames[frames[:, 2] > 0]]))


def _read(text: str) -> Graph:
    """A part of a graph from the clipboard's text; raises ``GraphLabError`` with a sentence."""
    if text.lstrip().startswith("{"):
        return clipping.from_clipboard_text(text)
    if len(text) > LONGEST:
        raise GraphError(
            f"the clipboard holds {len(text):,} letters, which are no formula: copy some cards, "
            "or a formula such as f = x * y"
        )
    try:
        return parse(text)
    except FormulaError as error:
        raise GraphError(
            f"the clipboard holds neither cards nor a formula ({str(error)[:200]}): copy some "
            "cards, or a formula such as f = x * y"
        ) from None
