"""What a person does on the canvas becomes signals, or moves the view.

Wheel, pinch and 0 change the zoom; the middle or right button, Space and a touch pad's two fingers
move the view; the left button selects, drags and wires; letters ask for an op.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec
from PySide6.QtCore import QEvent, QPoint, QRectF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from graphlab.graph import InPort, OutPort
from graphlab.gui.canvas.camera import CLOSEST, FARTHEST, MARGIN
from graphlab.gui.canvas.figure import Figure, Point
from graphlab.gui.canvas.focus_ring import FocusRing
from graphlab.gui.canvas.gestures import Band, Drag, Gesture, Pan, Press, is_adding
from graphlab.gui.canvas.keys import Keys
from graphlab.gui.canvas.minimap import Minimap
from graphlab.gui.canvas.moving import Moving
from graphlab.gui.canvas.overlay import Bubble, PortMarks
from graphlab.gui.canvas.painter import SYMBOLS
from graphlab.gui.canvas.ports import Port
from graphlab.gui.canvas.stage import Stage
from graphlab.gui.canvas.wiring import Wire, port_at
from graphlab.gui.theme import GRID

_STEP = 1.2  # one notch of the wheel
_GESTURES: tuple[type[Gesture], ...] = (Pan, Wire, Drag, Band)  # the first that takes a press
_BUTTONS = (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton)


class CanvasView(Stage):
    """Shows one figure.  It asks nothing and edits nothing; gestures become signals."""

    card_clicked = Signal(str)
    card_activated = Signal(str)  # double click, or Return
    frame_activated = Signal(str)  # double click on the name of an opened group
    link_clicked = Signal(object)
    ground_clicked = Signal()
    hovered = Signal(object, object)  # card id or None, link id or None
    cards_moved = Signal(object)  # the new corner of each card, by its id
    wired = Signal(object, object)  # from an output port to an input port
    replugged = Signal(object, object, object)  # old input; output and input of the new edge
    unplugged = Signal(object)
    wire_refused = Signal(str)  # why a wire that was let go on a card draws no edge
    dropped_in_void = Signal(object, object)  # a port, and where its wire was let go
    op_asked = Signal(str, object)  # the letters typed, and where
    context_asked = Signal(object, QPoint)  # card id, link id or None, and where on the screen
    delete_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.refusal: Callable[[OutPort, InPort], str] | None = None
        self.bubble, self.minimap, self.ring = Bubble(self), Minimap(self), FocusRing(self)
        self._gesture: Gesture | None = None
        self._pointer: QPoint | None = None  # not Qt's, which another window may have moved
        self._is_space_down = False
        self._keys = Keys(self)
        self._whole = "", frozenset[str]()  # the opened group that was clicked, and its cards
        self._hovering: tuple[str | None, Port | None] = (None, None)
        for gone in (self.figure_changed, self.view_changed):  # from under the pointer
            gone.connect(self.forget_ports)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.viewport().setMouseTracking(True)
        self.setAccessibleName("Graph")

    def show_figure(self, figure: Figure, *, keep_view: bool = False) -> None:
        """Show another figure; a gesture on the one before ends."""
        gesture, self._gesture = self._gesture, None
        if gesture is not None and figure is not self._figure:
            gesture.cancel()
        self._keys.leave()
        super().show_figure(figure, keep_view=keep_view)

    def bring_into_view(self, area: QRectF) -> None:
        """Move the view no further than it takes to show a rectangle, and not under the map."""
        super().bring_into_view(area)
        covered = self.minimap.geometry()
        if self.minimap.isVisible() and covered.intersects(self.pixels(area)):
            self.ensureVisible(area, MARGIN, self.height() - covered.top() + GRID)

    # --- what gestures do ---------------------------------------------------------------------
    def click_card(self, card: str, *, is_adding: bool = False) -> None:
        """Select a card alone, or take it to or from what is selected."""
        self._whole = "", frozenset[str]()
        if is_adding:
            self.select_cards(sorted(self.selection ^ {card}), card)
        else:
            self.select(card)
        self.card_clicked.emit(card)

    def click_link(self, link: int) -> None:
        """Select a link."""
        found = self._figure.links[link].id
        self.select_link(found)
        self.link_clicked.emit(found)

    def click_frame(self, group: str) -> None:
        """Select an opened group: all cards in it, at any depth."""
        held, cards = {group}, list[str]()
        for frame in self._figure.frames:  # those inside come after those around them
            if frame.id in held or frame.parent in held:
                held.add(frame.id)
                cards += frame.cards
        self._whole = group, frozenset(cards)
        self.select_cards(cards)
        self.selection_changed.emit(self.selection)  # the same cards may be selected one by one

    @property
    def is_in_rows(self) -> bool:
        """Whether links turn back from one row to the next."""
        return self.places.is_in_rows

    @property
    def selected_group(self) -> str | None:
        """The opened group that is selected as a whole."""
        group, cards = self._whole
        is_there = any(frame.id == group for frame in self._figure.frames)
        return group if is_there and cards == self.selection else None

    def select_all(self) -> None:
        """Select every card."""
        self.select_cards([card.id for card in self._figure.cards])

    def settle(self, corners: Mapping[str, Point]) -> None:
        """Take over where cards were put, and tell it."""
        routes = {
            link.id: self._figure.routes[link.id]
            for link in self._figure.links
            if link.id in self._figure.routes
            and link.source not in corners
            and link.target not in corners
        }
        positions = {**self._figure.positions, **corners}
        self._figure = msgspec.structs.replace(self._figure, positions=positions, routes=routes)
        self._painter.settle(self._figure)
        if self.places.renew_ways(self._figure) or self.places.telling:
            self.viewport().update()  # what is told at a card stands where there is room now
        self._update_limits()
        self.figure_changed.emit()
        self.cards_moved.emit(dict(corners))

    def shift_selection(self, x: float, y: float) -> None:
        """Move what is selected."""
        if not self.selection:
            return
        index = self.places.index
        moving = Moving(self.places, [index[card] for card in self.selection])
        moving.to((x, y))
        self.viewport().update()
        names = [self._figure.cards[i].id for i in moving.cards.tolist()]
        corners = [(left, top) for left, top in moving.places().tolist()]
        self.settle(dict(zip(names, corners, strict=True)))

    def pointed_at(self) -> Point:
        """Where on the figure the pointer is; the middle of the view while it is elsewhere."""
        place = self._pointer
        point = self.visible().center() if place is None else self.mapToScene(place)
        return (point.x(), point.y())

    # --- the mouse ----------------------------------------------------------------------------
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
        self.ring.hide()
        if self._gesture is not None or event.button() not in _BUTTONS:
            return
        self._keys.leave()
        self.arrive()
        place = event.position().toPoint()
        card, link = self.at(place)
        press = Press(
            event.button(),
            place,
            self.mapToScene(place),
            card,
            link,
            is_adding(event.modifiers()),
            self._is_space_down,
        )
        kind = next(kind for kind in _GESTURES if kind.takes(self, press))
        self._gesture = kind(self, press)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        place = self._pointer = event.position().toPoint()
        if self._gesture is None:
            self._hover(place)
        else:
            self._gesture.moved(place)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        gesture = self._gesture
        if gesture is None or event.button() != gesture.press.button:
            return
        self._gesture = None
        self.viewport().unsetCursor()
        gesture.released(event.position().toPoint())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        place = event.position().toPoint()
        card, link = self.at(place)
        if card is not None:
            self.card_activated.emit(card)
        elif (frame := self.places.frame_at(self.mapToScene(place).toTuple())) is not None:
            self.frame_activated.emit(self._figure.frames[frame].id)
        elif link is None:
            point = self.mapToScene(place)
            self.op_asked.emit("", (point.x(), point.y()))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The right button and the keys ask for it themselves, so that a drag does not."""
        event.accept()

    def cancel_gesture(self) -> bool:
        """Leave what the hand has begun; False if it has begun nothing."""
        gesture, self._gesture = self._gesture, None
        if gesture is None:
            return False
        self.viewport().unsetCursor()
        gesture.cancel()
        return True

    # --- keys ---------------------------------------------------------------------------------
    def event(self, event: QEvent) -> bool:
        """Letters are the canvas's own before they are anyone's shortcut."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            if event.key() == Qt.Key.Key_Space:
                self._is_space_down = True
            if self._keys.claims(event):
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            self._is_space_down = True
        event.setAccepted(self._keys.press(event))

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._is_space_down = False
        event.ignore()

    def focusNextPrevChild(self, is_next: bool) -> bool:
        """Tab walks the cards from left to right; after the last one it leaves the canvas."""
        return self._keys.tab(is_next) or super().focusNextPrevChild(is_next)

    def viewportEvent(self, event: QEvent) -> bool:
        """Tool tips with the full numbers, and the pinch of a touch pad."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self._told_at(event.pos()), self.viewport())
            return True
        if isinstance(event, QNativeGestureEvent):
            if event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
                self.zoom_by(1 + event.value(), event.position())
            return True
        if event.type() == QEvent.Type.Leave:
            self._pointer = None
            self.forget_ports()
            self.hovered.emit(None, None)
        return super().viewportEvent(event)

    def _told_at(self, place: QPoint) -> str:
        card, link = self.at(place)
        if card is not None:
            found = self._figure.cards[self._painter.geometry.index[card]]
            return "\n".join(t for t in (found.tooltip, found.problem) if t)
        return "" if link is None else self._figure.links[link].tooltip

    def _hover(self, place: QPoint) -> None:
        card, link = self.at(place)
        port = port_at(self, place)
        shapes = Qt.CursorShape
        usual = shapes.ArrowCursor if card is None and link is None else shapes.PointingHandCursor
        self.viewport().setCursor(usual if port is None else shapes.CrossCursor)
        self._show_ports(card or (None if port is None else port.card), port)
        self.hovered.emit(card, None if link is None else self._figure.links[link].id)

    def forget_ports(self) -> None:
        """Show no ports until the pointer moves over a card again."""
        self._show_ports(None, None)

    def _show_ports(self, card: str | None, taken: Port | None) -> None:
        """Show the ports of the card under the pointer."""
        if self._hovering == (card, taken):
            return
        self._hovering = (card, taken)
        if card is None or self.zoom < SYMBOLS:
            self.put("ports", None)
            return
        inputs, outputs = ([port.place for port in ports] for ports in self.ports_of(card))
        self.put("ports", PortMarks(inputs, outputs, None if taken is None else taken.place))

    def ports_of(self, card: str) -> tuple[list[Port], list[Port]]:
        """The inputs and the outputs of a card."""
        own = [self.ports[at] for at in self.ports.of(self.places.index[card]).tolist()]
        return [p for p in own if not p.is_output], [p for p in own if p.is_output]

    def begin_wiring(self, card: str | None = None) -> None:
        """Lead a wire by keys from an output of a card, the selected one if None."""
        self._keys.wire(card or self.selected)


__all__ = ["CLOSEST", "FARTHEST", "CanvasView"]
