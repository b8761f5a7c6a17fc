"""The keys of the canvas: from card to card, moving them, wiring them, letters for a new op."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QKeyEvent

from graphlab.gui.canvas.wiring import KeyWire
from graphlab.gui.theme import GRID

if TYPE_CHECKING:
    from graphlab.gui.canvas.view import CanvasView

_UP_DOWN = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
_STEPS: dict[int, int] = {
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_Left: -1,
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_Right: 1,
}
_MODIFIERS = (Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_Meta)
_PAN = 64  # pixels
_OTHER = (
    Qt.KeyboardModifier.ControlModifier
    | Qt.KeyboardModifier.AltModifier
    | Qt.KeyboardModifier.MetaModifier
)


class Keys:
    """What each key does on one canvas.  Left and Right are left to the window, which steps."""

    def __init__(self, canvas: CanvasView) -> None:
        self._canvas = canvas
        # by number: a key of another alphabet is none of Qt's names
        self._commands: dict[tuple[Qt.KeyboardModifier, int], Callable[[], object]] = {}
        plain, shift = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
        control, alt = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
        for keys, command in (
            (((plain, Qt.Key.Key_Return), (plain, Qt.Key.Key_Enter)), self._activate),
            (((plain, Qt.Key.Key_Delete), (plain, Qt.Key.Key_Backspace)), canvas.delete_asked.emit),
            (((plain, Qt.Key.Key_Menu), (shift, Qt.Key.Key_F10)), self._ask_context),
            (((control, Qt.Key.Key_A),), canvas.select_all),
        ):
            self._commands |= dict.fromkeys(keys, command)
        self._wire: KeyWire | None = None
        for key, (x, y) in _ARROWS.items():
            self._commands[alt, key] = partial(canvas.shift_selection, x * GRID, y * GRID)
        for key, y in _UP_DOWN.items():
            self._commands[plain, key] = partial(self._go, y)
            self._commands[shift, key] = partial(self._go, y, is_adding=True)

    def claims(self, event: QKeyEvent) -> bool:
        """Whether a key is the canvas's even where a command of the window has it."""
        return (
            self._wire is not None
            or _is_typed(event)
            or (
                (event.modifiers(), event.key()) in self._commands
                and bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
            )
        )

    def press(self, event: QKeyEvent) -> bool:
        """Do what a key means; False if it means nothing here."""
        canvas = self._canvas
        key, modifiers = event.key(), event.modifiers()
        if self._wire is not None:
            return self._lead(self._wire, key)
        if key == Qt.Key.Key_Escape:
            return self._escape()
        command = self._commands.get((modifiers & ~Qt.KeyboardModifier.KeypadModifier, key))
        if command is not None:
            command()
        elif _is_typed(event):
            canvas.op_asked.emit(event.text(), canvas.pointed_at())
        else:
            return False
        return True

    def leave(self) -> None:
        """End what the keys have begun."""
        wire, self._wire = self._wire, None
        if wire is not None:
            wire.leave()

    def wire(self, card: str | None) -> None:
        """Begin to lead a wire from a card's output."""
        self.leave()
        outputs = [] if card is None else self._canvas.ports_of(card)[1]
        if outputs:
            self._wire = KeyWire(self._canvas, outputs[0])

    def _lead(self, wire: KeyWire, key: int) -> bool:
        if key in _STEPS:
            wire.go(_STEPS[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._wire = None
            wire.connect()
        elif key not in _MODIFIERS:
            self.leave()
        return True

    def tab(self, is_next: bool) -> bool:
        """Go to the next card, from left to right; False after the last one."""
        canvas = self._canvas
        if self._wire is not None:
            self._wire.go(1 if is_next else -1)
            return True
        boxes = canvas.places.cards
        order = sorted(range(len(boxes)), key=lambda i: (boxes[i, 0], boxes[i, 1]))
        now = canvas.places.index.get(canvas.selected or "")
        place = order.index(now) + (1 if is_next else -1) if now is not None else 0
        if now is None and not is_next:
            place = len(order) - 1
        if not 0 <= place < len(order):
            canvas.select(None)
            return False
        canvas.click_card(canvas.figure.cards[order[place]].id)
        return True

    def _escape(self) -> bool:
        canvas = self._canvas
        if canvas.cancel_gesture():
            return True
        if not canvas.selection and canvas.selected_link is None:
            return False
        canvas.select_cards(())
        canvas.ground_clicked.emit()
        return True

    def _activate(self) -> None:
        if self._canvas.selected is not None:
            self._canvas.card_activated.emit(self._canvas.selected)

    def _go(self, y: int, *, is_adding: bool = False) -> None:
        """Go to the next card above or below the selected one, or take it too; without one, pan."""
        canvas = self._canvas
        now = canvas.places.index.get(canvas.selected or "")
        if now is None:
            canvas.pan_by(0, y * _PAN)
            return
        boxes = canvas.places.cards
        middles = boxes[:, :2] + boxes[:, 2:] / 2 - (boxes[now, :2] + boxes[now, 2:] / 2)
        ahead, aside = middles[:, 1] * y, abs(middles[:, 0])
        candidates = [i for i in range(len(boxes)) if ahead[i] > 1]
        if candidates:
            nearest = min(candidates, key=lambda i: float(ahead[i] + 2 * aside[i]))
            card = canvas.figure.cards[nearest].id
            if is_adding:
                canvas.select_cards(sorted(canvas.selection | {card}), card)
                canvas.bring_into_view(QRectF(*boxes[nearest].tolist()))
            else:
                canvas.click_card(card)

    def _ask_context(self) -> None:
        canvas = self._canvas
        what, place = canvas.selected or canvas.selected_link, canvas.viewport().rect().center()
        if canvas.selected is not None:
            x, y, width, height = canvas.places.cards[canvas.places.index[canvas.selected]].tolist()
            place = canvas.mapFromScene(QPointF(x + width, y + height / 2))
        elif what is not None:
            tail = canvas.places.tails[canvas.places.link_index[what]].tolist()
            place = canvas.mapFromScene(QPointF(*tail))
        room = canvas.viewport().rect()
        inside = QPoint(min(max(place.x(), 0), room.right()), min(max(place.y(), 0), room.bottom()))
        canvas.context_asked.emit(what, canvas.viewport().mapToGlobal(inside))


def _is_typed(event: QKeyEvent) -> bool:
    """Whether a key is a letter or sign for a new op."""
    text = event.text()
    return bool(text) and text.isprintable() and text != " " and not event.modifiers() & _OTHER
