"""The drawing itself as the picture of what is learned: maps in its cards, weights on its links."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

from PySide6.QtCore import QObject, QPoint, QPointF, QRect, QRectF, Signal

from graphlab.engine.numbers import show_number
from graphlab.graph import Graph, OutPort
from graphlab.graph.folding import outlook
from graphlab.gui.canvas.heat import heat_limit
from graphlab.gui.canvas.plane_maps import CardMaps, PlaneMaps, WeightLines, card_maps
from graphlab.gui.canvas.view import CanvasView
from graphlab.gui.results.watching import Arrays, watcher
from graphlab.gui.results.weight_editor import WeightEditor
from graphlab.gui.session import Session
from graphlab.gui.theme import Theme
from graphlab.gui.training.session import TrainingSession

_LAYER = "plane maps"
_SPARED = 30  # cards that the weights of a link are not to cover
_WEIGHING = frozenset({"affine", "matmul", "dot", "multiply"})
"""Ops in which a parameter weighs what arrives."""


class Wishes(QObject):
    """Which of both a person wants to see on the canvas."""

    changed = Signal()

    def __init__(self, training: TrainingSession) -> None:
        super().__init__(training)
        self.setObjectName("wishes")
        self.has_maps = self.has_weights = True

    def wish(self, *, maps: bool | None = None, weights: bool | None = None) -> None:
        """Want or do not want one of them."""
        self.has_maps = self.has_maps if maps is None else maps
        self.has_weights = self.has_weights if weights is None else weights
        self.changed.emit()


def wishes(training: TrainingSession) -> Wishes:
    """What is wished for with this session."""
    known: Wishes | None = training.findChild(Wishes, "wishes")
    return known if known is not None else Wishes(training)


class OnCanvas(QObject):
    """Shows a training on the canvas, as long as the drawing is what is trained.

    Steps that a person takes there come first: the maps give way to their numbers, until training
    goes on.
    """

    def __init__(self, session: Session, canvas: CanvasView, training: TrainingSession) -> None:
        super().__init__(canvas)
        self.session, self.canvas, self.training = session, canvas, training
        self.wishes = wishes(training)
        self.plane, self.weights = (
            watcher(training, "plane", 0.15),
            watcher(training, "weights", 0.15),
        )
        self.maps: dict[str, CardMaps] = {}
        self.carried: dict[Hashable, tuple[str, ...]] = {}
        self.editor = WeightEditor(canvas.theme, canvas)
        self.editor.changed.connect(training.set_weight)
        self._is_stepped = False
        self.plane.came.connect(self._take)
        self.plane.refused.connect(self._refuse)
        self.plane.emptied.connect(self._clear)
        self.weights.came.connect(self._weigh)
        self.wishes.changed.connect(self._on_wish)
        training.told.connect(self._on_told)
        training.stale_changed.connect(lambda _is_stale: self._renew())
        session.changed.connect(lambda _change: self._renew())
        session.stepped.connect(self._on_stepped)
        canvas.link_clicked.connect(self._edit)
        canvas.ground_clicked.connect(self.editor.hide)
        canvas.card_clicked.connect(lambda _card: self.editor.hide())

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self.editor.set_theme(theme)
        self._renew()

    # --- when there is something to see -----------------------------------------------------------
    def _on_told(self, event: Mapping[str, Any]) -> None:
        kind = event.get("event")
        if kind == "ready":
            self.plane.want(self, is_wanted=True)
        elif kind == "running":
            self._is_stepped = False
        elif kind == "edited":
            self.weights.renew()

    def _take(self, arrays: Arrays) -> None:
        self.weights.want(self, is_wanted=True)
        self._show_maps(arrays)

    def _refuse(self, _sentence: str) -> None:
        """Examples are not two numbers."""
        for each in (self.plane, self.weights):
            each.want(self, is_wanted=False)
        self._clear()

    def _on_stepped(self, step: object = None) -> None:
        self._is_stepped = self.training.state != "running"
        self._renew()

    def _on_wish(self) -> None:
        self._is_stepped = False  # who asks to see them wants them before the numbers of a step
        self._renew()

    def _renew(self) -> None:
        """Show again what came last, as far as it is wished for and still true."""
        self._clear()
        self._is_stepped = self._is_stepped and len(self.session.run.steps()) > 0
        if self.plane.arrays is not None:
            self._show_maps(self.plane.arrays)
        if self.weights.arrays is not None and self.plane.arrays is not None:
            self._weigh(self.weights.arrays)

    @property
    def _is_true(self) -> bool:
        """Whether the drawing is what the pictures are of."""
        return not self.training.is_stale and not self._is_stepped

    def _clear(self) -> None:
        self.maps, self.carried = {}, {}
        self.canvas.put(_LAYER, None)
        self.canvas.lay_under(None)
        self.editor.hide()

    # --- maps in cards ----------------------------------------------------------------------------
    def _show_maps(self, arrays: Arrays) -> None:
        if not (self._is_true and self.wishes.has_maps):
            self.canvas.put(_LAYER, None)
            return
        titles = {card.id: card.symbol or card.title for card in self.canvas.figure.cards}
        self.maps = {}
        for card, port in ports_of_cards(self.session.graph).items():
            values = arrays.get(f"node/{port}")
            if values is not None and card in titles:
                limit = heat_limit(values)
                told = f"±{show_number(limit)}"
                self.maps[card] = card_maps(values, titles[card], told, limit)
        mark = PlaneMaps(lambda: self.canvas.places, self.maps)
        self.canvas.put(_LAYER, mark if self.maps else None)

    # --- weights on links -------------------------------------------------------------------------
    def _weigh(self, arrays: Arrays) -> None:
        if not (self._is_true and self.wishes.has_weights and self.plane.arrays is not None):
            self.canvas.lay_under(None)
            return
        weights = {n.removeprefix("weight/"): array for n, array in arrays.items()}
        self.carried = {
            link: held
            for link, names in weights_of_links(self.session.graph).items()
            if (held := tuple(name for name in names if name in weights))
        }
        shown = {link: weights[names[0]] for link, names in self.carried.items()}
        self.canvas.lay_under(WeightLines(shown, self.canvas.theme) if shown else None)
        if self.editor.isVisible():
            self.editor.show_weights(weights)

    def _edit(self, link: Hashable) -> None:
        """Open the weights of a link that was clicked."""
        arrays, names = self.weights.arrays, self.carried.get(link)
        if arrays is None or not names or not self.training.is_alive:
            self.editor.hide()
            return
        held = {n.removeprefix("weight/"): array for n, array in arrays.items()}
        self.editor.open(names, held, self._pointer(), self._cards())

    def _cards(self) -> list[QRect]:
        """Where the cards with maps are in the view: what a weight does is seen there."""
        places = self.canvas.places
        rows = [places.index[card] for card in self.maps if card in places.index]
        boxes = places.cards[rows[:_SPARED]].tolist()
        return [self.canvas.mapFromScene(QRectF(*box)).boundingRect() for box in boxes]

    def _pointer(self) -> QPoint:
        return self.canvas.mapFromScene(QPointF(*self.canvas.pointed_at()))


def ports_of_cards(graph: Graph) -> dict[str, OutPort]:
    """What each card shows: a node's value, of a folded group the last that it gives away."""
    seen = outlook(graph)
    return {
        card: seen.outputs[card][-1] if seen.outputs.get(card) else OutPort(seen.node_of(card))
        for card in seen.cards
    }


def weights_of_links(graph: Graph) -> dict[Hashable, tuple[str, ...]]:
    """The parameters that weigh what flows along each link, or that flow along it themselves."""
    found: dict[Hashable, tuple[str, ...]] = {}
    learned = set(graph.parameters)
    for bundle in outlook(graph).links:
        names: list[str] = [bundle.source.node] if bundle.source.node in learned else []
        for edge in bundle.edges:
            node = graph.nodes[edge.node]
            if node.op.name in _WEIGHING and not names:
                names += [
                    source.node
                    for port, source in node.inputs.items()
                    if port not in (edge.port, "bias") and source.node in learned
                ]
        if names:
            found[bundle.id] = tuple(dict.fromkeys(names))
    return found
