"""The plane of two features: what the network decides where, and what each node makes of it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from graphlab.engine.numbers import show_number
from graphlab.gui.canvas.heat import heat_image, heat_limit, signed_map
from graphlab.gui.datasets.marks import Stamps, class_sign
from graphlab.gui.flow import Flow
from graphlab.gui.lettering import scaled
from graphlab.gui.notes import listed
from graphlab.gui.results.on_canvas import ports_of_cards, wishes
from graphlab.gui.results.painting import class_colours, picture
from graphlab.gui.results.pictures import Pictures, Tile
from graphlab.gui.results.tab import ResultTab
from graphlab.gui.results.watching import Arrays, lines, scope, watcher
from graphlab.gui.session import Session
from graphlab.gui.theme import GRID, LIGHT, Theme, font
from graphlab.gui.training.session import TrainingSession

_FOOT = 2 * GRID
_SCALE = 11 * GRID  # the room right of the plane for the scale
_DOT = 2.6
_PALE = 0.75  # a class's colour where the network is sure of it, on white
_LETTERS = 11
_MAPS = "What each node gives over the plane, in its card: blue below 0, orange above it"
_STRANDS = (
    "Orange above 0, dashed blue below it, the thicker the larger. A link of more than 16 weights "
    "has a strand for each unit, of more than 16 units one for all; click it to see and set them"
)


class Dots:
    """Points to be drawn over a plane, each in the colour of its target.

    ``classes`` gives them the marks of their classes, as where data is chosen.
    """

    def __init__(
        self, points: NDArray[Any], colours: list[str], classes: list[int] | None = None
    ) -> None:
        self.points, self.colours, self.classes = points, colours, classes


class PlaneView(QWidget):
    """A square picture over two features, with dots, the ends of both axes and a scale."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme: Theme = LIGHT
        self.image: QImage | None = None
        self.limits = (0.0, 1.0, 0.0, 1.0)  # left, right, bottom, top
        self.dots: list[Dots] = []
        self.scale: list[tuple[str, str]] = []  # colours of classes, or the ends of a strip
        self.is_strip = False
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        return QSize(max(12 * GRID, self.height() - scaled(_FOOT)) + scaled(_SCALE), 22 * GRID)

    def minimumSizeHint(self) -> QSize:
        return QSize(12 * GRID + scaled(_SCALE), 10 * GRID + scaled(_FOOT))

    def resizeEvent(self, event: Any) -> None:
        super().resizeEvent(event)
        if event.size().height() != event.oldSize().height():
            self.updateGeometry()

    def show_plane(
        self, theme: Theme, image: QImage | None, across: NDArray[Any], up: NDArray[Any]
    ) -> None:
        """Show a picture whose first row is the highest, over these ticks."""
        self.theme, self.image = theme, image
        ends = (across.min(), across.max(), up.min(), up.max())
        left, right, bottom, top = (float(end) for end in ends)
        self.limits = (left, right, bottom, top)
        self.update()

    @property
    def square(self) -> QRectF:
        """Where the plane is."""
        room = min(self.width() - scaled(_SCALE), self.height() - scaled(_FOOT))
        side = max(8.0, room - 2.0)
        return QRectF(1, 1, side, side)

    def place(self, points: NDArray[Any]) -> NDArray[Any]:
        """Where points (N, 2) are drawn."""
        left, right, bottom, top = self.limits
        square = self.square
        across = square.left() + (points[:, 0] - left) / max(right - left, 1e-12) * square.width()
        down = (
            square.bottom() - (points[:, 1] - bottom) / max(top - bottom, 1e-12) * square.height()
        )
        return np.stack([across, down], 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, square, theme = QPainter(self), self.square, self.theme
        painter.setFont(font(_LETTERS))
        if self.image is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(square, self.image)
        else:
            painter.fillRect(square, QColor(theme.card))
        painter.setPen(QPen(QColor(theme.border), 1))
        painter.drawRect(square)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipRect(square)
        for dots in self.dots:
            self._paint_dots(painter, dots)
        painter.setClipping(False)
        self._paint_ends(painter, square)
        self._paint_scale(painter, square)

    def _paint_dots(self, painter: QPainter, dots: Dots) -> None:
        rim = QColor("#ffffff")
        stamps = Stamps(_DOT, rim, self.devicePixelRatioF())
        for k, (x, y) in enumerate(self.place(dots.points).tolist()):
            if dots.classes is not None:
                stamps.draw(painter, QPointF(x, y), dots.classes[k])
                continue
            painter.setPen(QPen(rim, 1))
            painter.setBrush(QColor(dots.colours[k]))
            painter.drawEllipse(QPointF(x, y), _DOT, _DOT)

    def _paint_ends(self, painter: QPainter, square: QRectF) -> None:
        painter.setPen(QColor(self.theme.muted))
        left, right, bottom, top = (f"{end:.3g}".replace("-", "−") for end in self.limits)
        below = QRectF(square.left(), square.bottom() + 1, square.width(), scaled(_FOOT))
        sides = Qt.AlignmentFlag
        painter.drawText(below, sides.AlignLeft, left)
        if painter.fontMetrics().horizontalAdvance(f"{left}  {right}") <= square.width():
            painter.drawText(below, sides.AlignRight, right)
        beside = QRectF(square.right() + 4, square.top(), scaled(_SCALE), square.height())
        painter.drawText(beside, sides.AlignLeft | sides.AlignTop, top)
        painter.drawText(beside, sides.AlignLeft | sides.AlignBottom, bottom)

    def _paint_scale(self, painter: QPainter, square: QRectF) -> None:
        """Colours of classes with their names, or a strip with its ends."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        unit = scaled(GRID)
        left, top = square.right() + 6, square.top() + 2 * unit
        if self.is_strip:
            strip = heat_image(np.linspace(1, -1, 127)[:, None], "signed")
            high = min(10.0 * unit, square.height() - 4 * unit)
            painter.drawImage(QRectF(left, top, unit, high), strip)
            painter.setPen(QColor(self.theme.muted))
            for (text, _), share in zip(self.scale, (0.0, 0.5, 1.0), strict=False):
                base = top + share * (high - 1.5 * unit) + 1.4 * unit
                painter.drawText(QPointF(left + 1.5 * unit, base), text)
            return
        shown = max(0, int(square.height() // (2 * unit)) - 2)
        for k, (text, colour) in enumerate(self.scale[:shown]):
            mark = QRectF(left, top, 1.5 * unit, 2 * unit)
            painter.setPen(QColor(colour))
            painter.drawText(mark, Qt.AlignmentFlag.AlignVCenter, class_sign(k))
            painter.setPen(QColor(self.theme.muted))
            room = QRectF(mark.right(), top, scaled(_SCALE) - 3 * unit, 2 * unit)
            elide, wide = Qt.TextElideMode.ElideRight, int(room.width())
            name = painter.fontMetrics().elidedText(text, elide, wide)
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, name)
            top += 2 * unit


class PlaneTab(ResultTab):
    """The decision on the left, the map of every node on the right."""

    view = "plane"
    pace = 0.15

    def __init__(
        self, session: Session, training: TrainingSession, parent: QWidget | None = None
    ) -> None:
        super().__init__(session, training, parent)
        self.plane = PlaneView("Decision over the plane")
        self.nodes = Pictures("What each node makes of the plane", 8 * GRID)
        self.in_nodes = QCheckBox("Maps in the nodes")
        self.on_links = QCheckBox("Weights on the links")
        wished = wishes(training)
        self.in_nodes.setChecked(wished.has_maps)
        self.on_links.setChecked(wished.has_weights)
        self.in_nodes.toggled.connect(lambda is_on: wished.wish(maps=is_on))
        self.on_links.toggled.connect(lambda is_on: wished.wish(weights=is_on))
        self.in_nodes.setToolTip(_MAPS)
        self.on_links.setToolTip(_STRANDS)
        self._no_weights = ""
        weights = watcher(training, "weights", self.pace)
        weights.refused.connect(self._tell_weights)
        weights.came.connect(lambda _arrays: self._tell_weights(""))
        boxes = Flow(2 * GRID, GRID // 2)
        for box in (self.in_nodes, self.on_links):
            boxes.addWidget(box)
        right = QVBoxLayout()
        right.addLayout(boxes)
        right.addWidget(self.nodes, 1)
        row = QHBoxLayout()
        row.setSpacing(2 * GRID)
        row.addWidget(self.plane)
        row.addLayout(right, 1)
        self.body.addLayout(row)

    def words(self, arrays: Arrays) -> str:
        said = [f"dots: {scope(arrays)}"]
        if "wide" in arrays:
            wide, shown = set(lines(arrays["wide"])), ports_of_cards(self.session.graph)
            cards = [card for card, port in shown.items() if str(port) in wide]
            said += [f"no maps in {listed(cards)}: more than 16 units"] if cards else []
        if self.on_links.isChecked():
            said.append(self._no_weights or "weights: orange above 0, dashed blue below it")
        return " · ".join(said)

    def _tell_weights(self, problem: str) -> None:
        if problem != self._no_weights:
            self._no_weights = problem
            self._tell_scope()

    def show_arrays(self, arrays: Arrays) -> None:
        plane, classes = self.plane, lines(arrays["classes"]) if "classes" in arrays else []
        image = decision_image(arrays)
        plane.show_plane(self.theme, image, arrays["x"], arrays["y"])
        limit = _limit(arrays)
        plane.dots = []
        if "targets" in arrays:
            targets = arrays["targets"]
            ids = [int(max(t, 0)) for t in targets.tolist()] if classes else None
            colours = dot_colours(targets, len(classes), limit)
            plane.dots = [Dots(arrays["points"], colours, ids)]
        plane.is_strip = not classes
        ends = [(show_number(v), "") for v in (limit, 0.0, -limit)]
        plane.scale = list(zip(classes, class_colours(len(classes)), strict=True)) or ends
        tiles = [
            _node_tile(card, k, unit, len(units))
            for card, port in ports_of_cards(self.session.graph).items()
            if (units := arrays.get(f"node/{port}")) is not None
            for k, unit in enumerate(units)
        ]
        self.nodes.show_tiles(tiles, self.theme)


def decision_image(arrays: Arrays) -> QImage | None:
    """Classes in their colours, paler where the network is less sure; a number as a heat map."""
    if "chances" in arrays:
        chances = arrays["chances"][:, ::-1]
        colours = np.array([_rgb(c) for c in class_colours(len(chances))])
        best = chances.max(0)
        sure = (best - 1 / len(chances)) / max(1 - 1 / len(chances), 1e-12)
        strength = (0.15 + (_PALE - 0.15) * sure.clip(0, 1))[..., None]
        mixed = colours[chances.argmax(0)] * strength + 255 * (1 - strength)
        return picture(mixed.round())
    if "decision" not in arrays:
        return None
    values = np.asarray(arrays["decision"], float)[::-1]
    framed = _framed(values / _limit(arrays), 1.0)
    return heat_image(framed, "signed").copy(0, 0, values.shape[1], values.shape[0])


def dot_colours(targets: NDArray[Any], classes: int, limit: float) -> list[str]:
    """A colour for each target: of its class, or on the scale of the plane."""
    if classes:
        known = class_colours(classes)
        return [known[int(max(t, 0)) % len(known)] for t in targets.tolist()]
    image = heat_image(_framed((targets / limit)[None], 1.0), "signed")
    return [image.pixelColor(i, 0).name() for i in range(len(targets))]


def _limit(arrays: Arrays) -> float:
    """What the strongest colour of a number stands for."""
    if "decision" not in arrays or "chances" in arrays:
        return 1.0
    both = [arrays["decision"].ravel(), arrays.get("targets", np.zeros(0)).ravel()]
    return heat_limit(np.concatenate(both)) or 1.0


def _framed(share: NDArray[Any], most: float) -> NDArray[Any]:
    """Shares with a column beside them that settles the scale: 1 is the strongest colour."""
    beside = np.full((len(share), 1), 1 / most)
    return np.concatenate([np.asarray(share, float), beside], 1)


def _node_tile(name: str, unit: int, values: NDArray[Any], units: int) -> Tile:
    limit = heat_limit(values)
    is_sound = bool(np.isfinite(values).all())
    told = name if units == 1 else f"{name}[{unit}]"
    return Tile(
        signed_map(values[::-1], limit) if is_sound else heat_image(values[::-1], "signed"),
        told,
        f"±{show_number(limit)}",
        f"{told}: blue below 0, orange above it, at most {show_number(limit)} in size",
        is_smooth=True,
    )


def _rgb(colour: str) -> list[float]:
    found = QColor(colour)
    return [found.red(), found.green(), found.blue()]
