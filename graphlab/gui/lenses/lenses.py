"""The lenses on the shelf below the canvas, joined to what they look at and light up."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRectF, Signal

from graphlab.graph import InPort
from graphlab.graph.folding import outlook
from graphlab.graph.templates.holding import holdings
from graphlab.gui.drawing import Drawing
from graphlab.gui.later import later
from graphlab.gui.session import Session
from graphlab.gui.shelf import Shelf
from graphlab.gui.theme import Theme

if TYPE_CHECKING:
    from graphlab.gui.lenses import check as _check
    from graphlab.gui.lenses import compile as _compile
    from graphlab.gui.lenses import counts as _counts
    from graphlab.gui.lenses import descent as _descent
    from graphlab.gui.lenses import parity as _parity
    from graphlab.gui.lenses import paths as _paths
    from graphlab.gui.lenses import reach as _reach
    from graphlab.gui.results import on_canvas as _on_canvas
    from graphlab.gui.training import desk as _desk
    from graphlab.gui.training import panel as _training
else:
    _check = later("graphlab.gui.lenses.check")
    _compile = later("graphlab.gui.lenses.compile")
    _counts = later("graphlab.gui.lenses.counts")
    _descent = later("graphlab.gui.lenses.descent")
    _parity = later("graphlab.gui.lenses.parity")
    _paths = later("graphlab.gui.lenses.paths")
    _reach = later("graphlab.gui.lenses.reach")
    _on_canvas = later("graphlab.gui.results.on_canvas")
    _training = later("graphlab.gui.training.panel")

PATHS, CHECK, DESCENT, REACH = "paths", "check", "descent", "reach"
COMPILE, PARITY, COUNTS, TRAIN = "compile", "parity", "counts", "train"
"""The keys of the lenses on the shelf."""

_ENDING = (
    "A training is going on. It stops here with a checkpoint, and “Open a run…” in the menu Train "
    "goes on with it."
)


class Lenses(QObject):
    """Each is made when it is first opened, and looks only while it is open."""

    training_turned = Signal()  # other things can be done about training than before

    def __init__(self, session: Session, drawing: Drawing, shelf: Shelf, parent: QObject) -> None:
        super().__init__(parent)
        self.session, self.drawing, self.canvas = session, drawing, drawing.canvas
        self._made: dict[
            str,
            _paths.PathLens
            | _check.CheckLens
            | _descent.DescentLens
            | _reach.ReachLens
            | _compile.CompileLens
            | _parity.ParityLens
            | _counts.CountsLens
            | _training.TrainPanel,
        ] = {}
        self._on_canvas: _on_canvas.OnCanvas | None = None
        shelf.add(PATHS, "Path lens: the gradient as a sum over paths", lambda: self.paths)
        shelf.add(CHECK, "Gradient check: three judges of every gradient", lambda: self.check)
        shelf.add(DESCENT, "Gradient descent: θ ← θ − η · ∂L/∂θ", lambda: self.descent)
        shelf.add(REACH, "Reach: what a cell is made of, and what it goes into", lambda: self.reach)
        shelf.add(COMPILE, "Compile: this drawing as PyTorch", lambda: self.compile)
        shelf.add(PARITY, "Parity: NumPy against PyTorch, node by node", lambda: self.parity)
        shelf.add(COUNTS, "Counts: what every part costs", lambda: self.counts)
        shelf.add(TRAIN, "Train: this drawing on data", lambda: self.train)
        shelf.turned.connect(self._turn)
        self.canvas.card_clicked.connect(self._follow)

    @cached_property
    def paths(self) -> _paths.PathLens:
        """The path lens."""
        lens = self._made[PATHS] = _paths.PathLens(self.session)
        lens.set_theme(self.canvas.theme)
        lens.lit.connect(self._light)
        return lens

    @cached_property
    def check(self) -> _check.CheckLens:
        """The gradient check."""
        lens = self._made[CHECK] = _check.CheckLens(self.session)
        lens.set_theme(self.canvas.theme)
        lens.chosen.connect(self._select)
        return lens

    @cached_property
    def descent(self) -> _descent.DescentLens:
        """Gradient descent."""
        lens = self._made[DESCENT] = _descent.DescentLens(self.session)
        lens.set_theme(self.canvas.theme)
        return lens

    @cached_property
    def reach(self) -> _reach.ReachLens:
        """What a cell is made of, and what it goes into."""
        lens = self._made[REACH] = _reach.ReachLens(self.session)
        lens.set_theme(self.canvas.theme)
        if self.canvas.selected is not None:
            lens.follow(outlook(self.session.graph).node_of(self.canvas.selected))
        return lens

    @cached_property
    def compile(self) -> _compile.CompileLens:
        """The drawing as PyTorch."""
        lens = self._made[COMPILE] = _compile.CompileLens(self.session)
        lens.set_theme(self.canvas.theme)
        lens.chosen.connect(self._select)
        self.canvas.selection_changed.connect(lambda _chosen: lens.follow(self.canvas.selected))
        lens.follow(self.canvas.selected)
        return lens

    @cached_property
    def parity(self) -> _parity.ParityLens:
        """NumPy against PyTorch."""
        lens = self._made[PARITY] = _parity.ParityLens(self.session)
        lens.set_theme(self.canvas.theme)
        lens.chosen.connect(self._select)
        return lens

    @cached_property
    def counts(self) -> _counts.CountsLens:
        """What every part costs."""
        lens = self._made[COUNTS] = _counts.CountsLens(self.session)
        lens.set_theme(self.canvas.theme)
        lens.chosen.connect(self._select_part)
        return lens

    @cached_property
    def train(self) -> _training.TrainPanel:
        """Training."""
        panel = self._made[TRAIN] = _training.TrainPanel(self.session)
        panel.set_theme(self.canvas.theme)
        panel.chosen.connect(self._select)
        panel.turned.connect(self.training_turned)
        panel.desk.bringer.taken.connect(self._select_all)
        self._on_canvas = _on_canvas.OnCanvas(self.session, self.canvas, panel.training)
        return panel

    @property
    def desk(self) -> _desk.Desk | None:
        """What steers training; None where the panel was never opened."""
        return self.train.desk if TRAIN in self._made else None

    @property
    def feeding(self) -> str:
        """Where inputs without a value get theirs from, where training tells it."""
        return "" if self.desk is None else self.desk.feeding

    def ending(self) -> str:
        """What becomes of a training that is going on, if the document is left."""
        is_going = self.desk is not None and self.desk.training.state == "running"
        return _ENDING if is_going else ""

    def end(self) -> None:
        """Leave no process behind."""
        if TRAIN in self._made:
            self.train.end()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        for lens in self._made.values():
            lens.set_theme(theme)
        if self._on_canvas is not None:
            self._on_canvas.set_theme(theme)

    def _turn(self, key: str) -> None:
        if key == PATHS:
            self.paths.set_motion(is_on=self.canvas.is_animated)
        for name, lens in self._made.items():
            lens.turn(is_open=key == name)
        if key == PATHS and self.canvas.selected is not None:
            self._follow(self.canvas.selected)

    def _light(self, nodes: frozenset[str], edges: frozenset[InPort]) -> None:
        if nodes or edges:
            self.drawing.light(nodes, edges)
        else:
            self.drawing.unlight()

    def _follow(self, card: str) -> None:
        """Look from the node that a card stands for."""
        node = outlook(self.session.graph).node_of(card)
        if PATHS in self._made:
            self.paths.follow(node)
        if REACH in self._made:
            self.reach.follow(node)

    def _select_part(self, name: str) -> None:
        """Select the card of a node or a group; of an opened group all cards in it."""
        graph, seen = self.session.graph, outlook(self.session.graph)
        if name in graph.nodes or seen.is_group(name):
            self._select(name) if name in graph.nodes else self.canvas.select(name)
        else:
            cards = dict.fromkeys(seen.owner[node] for node in holdings(graph).members(name))
            self.canvas.select_cards(cards)

    def _select_all(self, nodes: Iterable[str]) -> None:
        """Select the cards of these nodes, and move the view to the first if none is in it."""
        canvas, index = self.canvas, self.canvas.places.index
        found = dict.fromkeys(self.drawing.card_of(node) for node in nodes)
        cards = [card for card in found if card in index]  # a large drawing may still be laid out
        canvas.select_cards(cards)
        boxes = [QRectF(*canvas.places.cards[index[card]]) for card in cards]
        if boxes and not any(map(canvas.visible().intersects, boxes)):
            canvas.bring_into_view(boxes[0])

    def _select(self, node: str) -> None:
        """Select a node's card as a click on it does."""
        card = self.drawing.card_of(node)
        self.canvas.select(card)
        self.canvas.card_clicked.emit(card)
