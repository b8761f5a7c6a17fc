"""What a person does on the canvas: gestures move the view, or become signals.

Wheel, pinch and + − zoom around the pointer, drag and arrows pan, 0 or F fits, Tab walks the cards.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QNativeGestureEvent, QWheelEvent
from PySide6.QtWidgets import QToolTip, QWidget

from graphlab.gui.canvas.stage import CLOSEST, FARTHEST, Stage

_STEP = 1.2  # one notch of the wheel, one press of a key
_CLICK = 4  # pixels the pointer may move in a click

_PANS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class CanvasView(Stage):
    """Shows one figure.  It asks nothing and edits nothing; gestures become signals."""

    card_clicked = Signal(str)
    card_activated = Signal(str)  # double click, or Return
    link_clicked = Signal(object)
    ground_clicked = Signal()
    hovered = Signal(object, object)  # card id or None, link id or None

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pressed: QPoint | None = None
        self._dragged = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.viewport().setMouseTracking(True)
        self.setAccessibleName("Graph")

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom by the wheel; a touch pad's two fingers pan, with Ctrl they zoom."""
        pixels, notches = event.pixelDelta(), event.angleDelta().y() / 120
        is_pan = not pixels.isNull() and not event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if is_pan:
            self.pan_by(-pixels.x(), -pixels.y())
        elif notches:
            self.zoom_by(_STEP**notches, event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._pressed, self._dragged = event.position().toPoint(), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        place = event.position().toPoint()
        if self._pressed is None:
            self._hover(place)
            return
        step = self._pressed - place
        if self._dragged or step.manhattanLength() > _CLICK:
            self._dragged = True
            self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
            self.pan_by(step.x(), step.y())
            self._pressed = place

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        was_click = self._pressed is not None and not self._dragged
        self._pressed = None
        self.viewport().unsetCursor()
        if not was_click or event.button() != Qt.MouseButton.LeftButton:
            return
        card, link = self.at(event.position().toPoint())
        self.select(card)
        if card is not None:
            self.card_clicked.emit(card)
        elif link is not None:
            self.link_clicked.emit(self._figure.links[link].id)
        else:
            self.ground_clicked.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        card, _ = self.at(event.position().toPoint())
        if card is not None:
            self.card_activated.emit(card)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom_by(_STEP)
        elif key == Qt.Key.Key_Minus:
            self.zoom_by(1 / _STEP)
        elif key in (Qt.Key.Key_0, Qt.Key.Key_F):
            self.fit()
        elif key in _PANS:
            self._go(*_PANS[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.selected is not None:
            self.card_activated.emit(self.selected)
        elif key == Qt.Key.Key_Escape and self.selected is not None:
            self.select(None)
        else:
            event.ignore()

    def focusNextPrevChild(self, is_next: bool) -> bool:
        """Tab walks the cards from left to right; after the last one it leaves the canvas."""
        boxes = self._painter.geometry.cards
        order = sorted(range(len(boxes)), key=lambda i: (boxes[i, 0], boxes[i, 1]))
        now = self._painter.selected
        place = order.index(now) + (1 if is_next else -1) if now is not None else 0
        if now is None and not is_next:
            place = len(order) - 1
        if not 0 <= place < len(order):
            self.select(None)
            return super().focusNextPrevChild(is_next)
        self._choose(order[place])
        return True

    def _go(self, x: int, y: int) -> None:
        """Go to the next card in a direction from the selected one; without one, pan."""
        now = self._painter.selected
        if now is None:
            self.pan_by(x * 64, y * 64)
            return
        boxes = self._painter.geometry.cards
        middles = boxes[:, :2] + boxes[:, 2:] / 2 - (boxes[now, :2] + boxes[now, 2:] / 2)
        ahead = middles @ (x, y)
        aside = abs(middles @ (y, x))
        candidates = [i for i in range(len(boxes)) if ahead[i] > 1]
        if candidates:
            self._choose(min(candidates, key=lambda i: float(ahead[i] + 2 * aside[i])))

    def _choose(self, i: int) -> None:
        card = self._figure.cards[i].id
        self.select(card)
        self.card_clicked.emit(card)

    def viewportEvent(self, event: QEvent) -> bool:
        """Tool tips with the full numbers, and the pinch of a touch pad."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            card, link = self.at(event.pos())
            if card is not None:
                found = self._figure.cards[self._painter.geometry.index[card]]
                text = "\n".join(t for t in (found.tooltip, found.problem) if t)
            else:
                text = "" if link is None else self._figure.links[link].tooltip
            QToolTip.showText(event.globalPos(), text, self.viewport())
            return True
        if isinstance(event, QNativeGestureEvent):
            if event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
                self.zoom_by(1 + event.value(), event.position())
            return True
        if event.type() == QEvent.Type.Leave:
            self.hovered.emit(None, None)
        return super().viewportEvent(event)

    def _hover(self, place: QPoint) -> None:
        card, link = self.at(place)
        self.viewport().setCursor(
            Qt.CursorShape.ArrowCursor
            if card is None and link is None
            else Qt.CursorShape.PointingHandCursor
        )
        self.hovered.emit(card, None if link is None else self._figure.links[link].id)


__all__ = ["CLOSEST", "FARTHEST", "CanvasView"]
