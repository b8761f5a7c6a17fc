"""Copy, cut, paste and duplicate, by the system's clipboard."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication

from graphlab.errors import FormulaError, GraphError, GraphLabError
from graphlab.graph import Graph
from graphlab.graph.clipping import clip, from_clipboard_text, paste, to_clipboard_text
from graphlab.graph.edits import remove_cards
from graphlab.graph.formula import parse
from graphlab.gui.canvas.figure import Point
from graphlab.gui.canvas.metrics import arranged
from graphlab.gui.drawing import LARGE
from graphlab.gui.figures import Sheet
from graphlab.gui.hand import Hand, several
from graphlab.gui.placement import copy_offset, pinned, snapped, unpinned
from graphlab.gui.theme import typography

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
            text = to_clipboard_text(self._part())
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
        self._add("duplicate", self._part(), keep_inputs=True, share=share)

    def can_share(self) -> bool:
        """Whether parameters or buffers are selected, and something that is to read them."""
        hand, chosen = self._hand, self._hand.chosen
        members = [n for card in chosen for n in hand.seen.members.get(card, (card,))]
        are_sources = {hand.graph.nodes[name].op.starts for name in members}
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
        return clip(pinned(hand.graph, hand.canvas.figure.positions), hand.chosen)

    def _add(self, verb: str, part: Graph, *, keep_inputs: bool, share: bool) -> None:
        hand, new = self._hand, list[str]()
        count = len(part.nodes)
        is_placed = part.view.positions.keys() >= part.nodes.keys()
        is_large = not is_placed and count > LARGE
        if not is_placed and not is_large:
            part = self._laid_out(part)

        def added(graph: Graph) -> Graph:
            offset = (0.0, 0.0) if is_large else self._offset(part, graph, is_placed)
            graph, names = paste(graph, part, offset=offset, keep_inputs=keep_inputs, share=share)
            new.extend(names)
            return unpinned(graph) if is_large else graph

        name = "1 node" if count == 1 else f"{count} nodes"
        with_what = " with shared parameters" * share
        hand.edit(f"{verb} {name}{with_what}", added, lambda: new)

    def _offset(self, part: Graph, graph: Graph, is_placed: bool) -> Point:
        """Beside the original where that is in view, else in the middle of the view."""
        x, y = _middle(part)
        if is_placed and self._hand.canvas.visible().contains(x, y):
            return copy_offset(part, graph)
        to_x, to_y = self._hand.middle()
        dx, dy = snapped((to_x - x, to_y - y))
        return dx, dy

    def _laid_out(self, part: Graph) -> Graph:
        sheet = Sheet(part)
        cards, links = list(sheet.cards.values()), list(sheet.links.values())
        return pinned(part, arranged(cards, links, typography()).positions)


def _middle(part: Graph) -> Point:
    places = part.view.positions.values()
    xs, ys = [x for x, _ in places], [y for _, y in places]
    return (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2


def _read(text: str) -> Graph:
    """A part of a graph from the clipboard's text; raises ``GraphLabError`` with a sentence."""
    if text.lstrip().startswith("{"):
        return from_clipboard_text(text)
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
