"""What goes on from the press of a button to its release: one small class per gesture.

The first gesture that takes a press has it.  Until the pointer has moved a few pixels a press may
still become a click.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt

from graphlab.gui.canvas.camera import sides
from graphlab.gui.canvas.moving import Moving
from graphlab.gui.canvas.overlay import RubberBand
from graphlab.gui.theme import GRID

if TYPE_CHECKING:
    from graphlab.gui.canvas.view import CanvasView

CLICK = 4
"""Pixels the pointer may move in a click."""

_ADDING = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier


class Press(Struct, frozen=True):
    """A button pressed at a place of the viewport, and what is there."""

    button: Qt.MouseButton
    place: QPoint
    point: QPointF
    card: str | None
    link: int | None
    is_adding: bool
    is_panning: bool


class Gesture:
    """A press that was taken."""

    cursor = Qt.CursorShape.ArrowCursor

    def __init__(self, canvas: CanvasView, press: Press) -> None:
        self.canvas, self.press = canvas, press
        self.has_begun = False

    @classmethod
    def takes(cls, canvas: CanvasView, press: Press) -> bool:
        """Whether the gesture begins with this press; each gesture says which it takes."""
        return False

    def moved(self, place: QPoint) -> None:
        """The pointer is at another place."""
        if not self.has_begun:
            if (place - self.press.place).manhattanLength() <= CLICK:
                return
            self.has_begun = True
            self.canvas.viewport().setCursor(self.cursor)
            self.canvas.forget_ports()
            self.begin()
        self.move(place)

    def released(self, place: QPoint) -> None:
        """The button is up."""
        if self.has_begun:
            self.end(place)
        else:
            self.click()

    def begin(self) -> None:
        """The press has become more than a click."""

    def move(self, place: QPoint) -> None:
        """Follow the pointer."""

    def end(self, place: QPoint) -> None:
        """Do what was meant."""

    def click(self) -> None:
        """The button went up where it went down."""

    def cancel(self) -> None:
        """Leave everything as it was before."""


class Pan(Gesture):
    """Moves the view: the middle or the right button, or the left one with Space."""

    cursor = Qt.CursorShape.ClosedHandCursor

    @classmethod
    def takes(cls, canvas: CanvasView, press: Press) -> bool:
        return press.button != Qt.MouseButton.LeftButton or press.is_panning

    def begin(self) -> None:
        self._last = self.press.place

    def move(self, place: QPoint) -> None:
        step = self._last - place
        self.canvas.pan_by(step.x(), step.y())
        self._last = place

    def click(self) -> None:
        if self.press.button != Qt.MouseButton.RightButton:
            return
        canvas, press = self.canvas, self.press
        if press.card is not None and press.card not in canvas.selection:
            canvas.click_card(press.card)
        elif press.card is None and press.link is not None:
            canvas.click_link(press.link)
        what = press.card if press.link is None else canvas.figure.links[press.link].id
        canvas.context_asked.emit(what, canvas.viewport().mapToGlobal(press.place))


class Drag(Gesture):
    """Moves the card under the pointer, with all others that are selected if it is."""

    cursor = Qt.CursorShape.SizeAllCursor

    @classmethod
    def takes(cls, canvas: CanvasView, press: Press) -> bool:
        return press.card is not None

    def begin(self) -> None:
        canvas, card = self.canvas, self.press.card or ""
        if card not in canvas.selection:
            canvas.click_card(card, is_adding=self.press.is_adding)
        index = canvas.places.index
        self._moving = Moving(canvas.places, [index[name] for name in canvas.selection])
        self._corner = canvas.places.cards[index[card], :2].copy()
        self._offset = (0.0, 0.0)

    def move(self, place: QPoint) -> None:
        way = self.canvas.mapToScene(place) - self.press.point
        x, y = self._corner
        self._go((_on_grid(x + way.x()) - x, _on_grid(y + way.y()) - y))

    def end(self, place: QPoint) -> None:
        if self._offset == (0.0, 0.0):
            self.cancel()
            return
        names = [self.canvas.figure.cards[i].id for i in self._moving.cards.tolist()]
        corners = [(x, y) for x, y in self._moving.places().tolist()]
        self.canvas.settle(dict(zip(names, corners, strict=True)))

    def cancel(self) -> None:
        if self.has_begun:
            self._moving.put_back()
            self.canvas.viewport().update()

    def click(self) -> None:
        if self.press.card is not None:
            self.canvas.click_card(self.press.card, is_adding=self.press.is_adding)

    def _go(self, offset: tuple[float, float]) -> None:
        if offset == self._offset:
            return
        boxes = self._moving.boxes()
        self._offset = offset
        self._moving.to(offset)
        self.canvas.repaint_boxes(boxes + self._moving.boxes())


class Band(Gesture):
    """Draws a rubber band on the ground and selects the cards it meets."""

    @classmethod
    def takes(cls, canvas: CanvasView, press: Press) -> bool:
        return True

    def begin(self) -> None:
        canvas = self.canvas
        self._before = canvas.selection
        self._kept = self._before if self.press.is_adding else frozenset[str]()

    def move(self, place: QPoint) -> None:
        canvas = self.canvas
        area = QRectF(self.press.point, canvas.mapToScene(place)).normalized()
        canvas.put("band", RubberBand(area))
        met = canvas.places.card_boxes.meeting(sides(area), 0.0).tolist()
        canvas.select_cards(sorted(self._kept | {canvas.figure.cards[i].id for i in met}))

    def end(self, place: QPoint) -> None:
        self.canvas.put("band", None)
        if not self.canvas.selection:
            self.canvas.ground_clicked.emit()

    def cancel(self) -> None:
        self.canvas.put("band", None)
        if self.has_begun:
            self.canvas.select_cards(sorted(self._before))

    def click(self) -> None:
        canvas, press = self.canvas, self.press
        frame = canvas.places.frame_at((press.point.x(), press.point.y()))
        if frame is not None:
            canvas.click_frame(canvas.figure.frames[frame].id)
        elif press.link is not None:
            canvas.click_link(press.link)
        elif not press.is_adding:
            canvas.select_cards(())
            canvas.ground_clicked.emit()


def is_adding(modifiers: Qt.KeyboardModifier) -> bool:
    """Whether a click adds to the selection."""
    return bool(modifiers & _ADDING)


def _on_grid(length: float) -> float:
    return round(length / GRID) * GRID
