"""The shapes a figure repeats: a card's frame, a pill, an arrow head.

Each paints itself at the origin, into a sprite or straight into a vector picture.
"""

from __future__ import annotations

from msgspec import Struct
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from graphlab.gui.canvas.metrics import BAR
from graphlab.gui.theme import Theme, blend

EDGE = 8.0
"""Room around a card for its outline."""

PORT = 4.0
"""The radius of the circle a port is drawn as."""

DASH_LENGTH = 8.0
SHORTEST = 24.0
"""The width of the smallest pill."""

_RADIUS = 6.0


class Frame(Struct, frozen=True):
    """A card's ground, its category's bar, its border, and the signs of its state."""

    theme: Theme
    width: float
    height: float
    colour: str
    is_active: bool
    is_selected: bool
    has_problem: bool
    is_marked: bool = False

    @property
    def box(self) -> QRectF:
        """What the shape covers, with the card's corner at the origin."""
        return QRectF(-EDGE, -EDGE, self.width + 2 * EDGE, self.height + 2 * EDGE)

    def paint(self, painter: QPainter) -> None:
        """Paint it at the origin."""
        theme, card = self.theme, QRectF(0, 0, self.width, self.height)
        painter.setPen(Qt.PenStyle.NoPen)
        if self.is_active:
            painter.setBrush(QColor(blend(theme.accent, theme.ground, 0.22)))
            painter.drawRoundedRect(card.adjusted(-4, -4, 4, 4), _RADIUS + 4, _RADIUS + 4)
        whole = QPainterPath()
        whole.addRoundedRect(card, _RADIUS, _RADIUS)
        painter.fillPath(whole, QColor(theme.card))
        bar = QPainterPath()
        bar.addRect(0, 0, BAR, self.height)
        painter.fillPath(whole.intersected(bar), QColor(self.colour))
        painter.setPen(self._border(painter.worldTransform().m11()))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(card, _RADIUS, _RADIUS)
        if self.has_problem:
            self._paint_sign(painter)
        if self.is_marked:
            painter.setPen(QPen(QColor(theme.card), 2))
            painter.setBrush(QColor(theme.text))
            painter.drawEllipse(QPointF(1, 1), 6, 6)

    def _border(self, scale: float) -> QPen:
        if self.is_active or self.is_selected:  # from afar too it must be seen
            return QPen(QColor(self.theme.accent), max(2.0, 2.0 / scale))
        return QPen(QColor(self.theme.problem if self.has_problem else self.theme.border), 1.2)

    def _paint_sign(self, painter: QPainter) -> None:
        """A warning triangle on the upper right corner."""
        x, y = self.width - 2, 1.0
        triangle = QPolygonF([QPointF(x, y - 8), QPointF(x + 9, y + 7), QPointF(x - 9, y + 7)])
        pen = QPen(QColor(self.theme.problem), 2)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        painter.setBrush(QColor(self.theme.problem))
        painter.drawPolygon(triangle)
        pen = QPen(QColor(self.theme.card), 1.8)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawLine(QPointF(x, y - 3), QPointF(x, y + 1.5))
        painter.drawPoint(QPointF(x, y + 5))


class Pill(Struct, frozen=True):
    """The neutral ground of a local partial; open, with a dash, while it is not computed."""

    theme: Theme
    width: float
    height: float
    is_open: bool = False
    is_far: bool = False

    @property
    def box(self) -> QRectF:
        """What the shape covers."""
        return QRectF(-1, -1, self.width + 2, self.height + 2)

    def paint(self, painter: QPainter) -> None:
        """Paint it at the origin."""
        ground = self.theme.ground if self.is_open else self.theme.pill
        painter.setPen(QPen(self._seen(self.theme.border), 1))
        painter.setBrush(self._seen(ground))
        radius = self.height / 2
        painter.drawRoundedRect(QRectF(0, 0, self.width, self.height), radius, radius)
        if self.is_open:
            left, middle = self.width / 2 - DASH_LENGTH / 2, self.height / 2
            painter.setPen(QPen(self._seen(self.theme.muted), 1.4))
            painter.drawLine(QPointF(left, middle), QPointF(left + DASH_LENGTH, middle))

    def _seen(self, colour: str) -> QColor:
        """Stepped back by colour: through a weaker pill its own link would strike the number."""
        return QColor(self.theme.far(colour) if self.is_far else colour)


class Arrow(Struct, frozen=True):
    """The head of a link, its point at the origin; links arrive level."""

    colour: str
    size: float

    @property
    def box(self) -> QRectF:
        """What the shape covers."""
        return QRectF(-self.size, -self.size / 2, self.size, self.size)

    def paint(self, painter: QPainter) -> None:
        """Paint it at the origin."""
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self.colour))
        back, half = -self.size, self.size * 0.45
        painter.drawPolygon(QPolygonF([QPointF(0, 0), QPointF(back, -half), QPointF(back, half)]))


class OpenPort(Struct, frozen=True):
    """An input that waits for an edge, its middle at the origin."""

    theme: Theme

    @property
    def box(self) -> QRectF:
        """What the shape covers."""
        reach = PORT + 1.0
        return QRectF(-reach, -reach, 2 * reach, 2 * reach)

    def paint(self, painter: QPainter) -> None:
        """Paint it at the origin."""
        painter.setPen(QPen(QColor(self.theme.line), 1.4))
        painter.setBrush(QColor(self.theme.ground))
        painter.drawEllipse(QPointF(0, 0), PORT, PORT)


Shape = Frame | Pill | Arrow | OpenPort
