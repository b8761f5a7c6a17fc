"""The three lenses on the shelf below the canvas, joined to what they look at and light up."""

from __future__ import annotations

from PySide6.QtCore import QObject

from graphlab.graph import InPort
from graphlab.graph.folding import outlook
from graphlab.gui.drawing import Drawing
from graphlab.gui.lenses.check import CheckLens
from graphlab.gui.lenses.descent import DescentLens
from graphlab.gui.lenses.paths import PathLens
from graphlab.gui.session import Session
from graphlab.gui.shelf import Shelf
from graphlab.gui.theme import Theme

PATHS, CHECK, DESCENT = "paths", "check", "descent"
"""The keys of the lenses on the shelf."""


class Lenses(QObject):
    """Each looks only while it is open."""

    def __init__(self, session: Session, drawing: Drawing, shelf: Shelf, parent: QObject) -> None:
        super().__init__(parent)
        self.drawing, self.canvas = drawing, drawing.canvas
        self.paths, self.check = PathLens(session), CheckLens(session)
        self.descent = DescentLens(session)
        shelf.add(PATHS, "Path lens: the gradient as a sum over paths", self.paths)
        shelf.add(CHECK, "Gradient check: three judges of every gradient", self.check)
        shelf.add(DESCENT, "Gradient descent: θ ← θ − η · ∂L/∂θ", self.descent)
        shelf.turned.connect(self._turn)
        self.paths.lit.connect(self._light)
        self.check.chosen.connect(self._select)
        self.canvas.card_clicked.connect(self._follow)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        for lens in (self.paths, self.check, self.descent):
            lens.set_theme(theme)

    def _turn(self, key: str) -> None:
        self.paths.set_motion(is_on=self.canvas.is_animated)
        for name, lens in ((PATHS, self.paths), (CHECK, self.check), (DESCENT, self.descent)):
            lens.turn(is_open=key == name)

    def _light(self, nodes: frozenset[str], edges: frozenset[InPort]) -> None:
        if nodes or edges:
            self.drawing.light(nodes, edges)
        else:
            self.drawing.unlight()

    def _follow(self, card: str) -> None:
        """Look from the node that a card stands for."""
        self.paths.follow(outlook(self.drawing.session.graph).node_of(card))

    def _select(self, node: str) -> None:
        """Select a node's card as a click on it does."""
        card = self.drawing.card_of(node)
        self.canvas.select(card)
        self.canvas.card_clicked.emit(card)
