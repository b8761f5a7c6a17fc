"""Drawing an edge: a wire from one port to the ports that fit, by the mouse or by keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt

from graphlab.graph import InPort, OutPort
from graphlab.gui.canvas.boxes import Ints, Rect
from graphlab.gui.canvas.camera import sides
from graphlab.gui.canvas.figure import Emphasis, Point
from graphlab.gui.canvas.gestures import Gesture, Press
from graphlab.gui.canvas.metrics import ARROW
from graphlab.gui.canvas.overlay import WireMark
from graphlab.gui.canvas.painter import SYMBOLS
from graphlab.gui.canvas.ports import Port
from graphlab.gui.canvas.shapes import SHORTEST

if TYPE_CHECKING:
    from graphlab.gui.canvas.view import CanvasView

SNAP = 16
"""Pixels from which a wire jumps to a port that fits."""

_REACH = 10  # pixels from a port in which a press takes it


class Drop(NamedTuple):
    """What letting a wire go at a point would do: take the port ``at`` or, with a refusal, nothing.

    ``notice`` says what gives way to the edge.  With none of all, ``is_on_card`` tells whether the
    wire is back where it began or over the ground.
    """

    at: int | None = None
    refusal: str = ""
    notice: str = ""
    is_on_card: bool = False


class Wiring:
    """A wire that hangs on one port of a canvas and looks for another; ``pulled`` left that."""

    def __init__(self, canvas: CanvasView, port: Port, pulled: InPort | None = None) -> None:
        self.canvas, self.port, self.pulled = canvas, port, pulled
        self._own_side = canvas.ports.on_side(outputs=port.is_output)
        self._other_side = canvas.ports.on_side(outputs=not port.is_output)
        self._told: dict[int, str] = {}
        self._judged: Rect | None = None
        self._lit: Ints = np.zeros(0, dtype=np.intp)

    def refusal(self, at: int) -> str:
        """Why no edge may run from or to this port; empty where it may."""
        told = self._told.get(at)
        if told is None:
            judge, (source, target) = self.canvas.refusal, self.ends(self.canvas.ports[at])
            is_back = target == self.pulled
            told = "" if judge is None or is_back else judge(source, target)
            self._told[at] = told
        return told

    def ends(self, other: Port) -> tuple[OutPort, InPort]:
        """The edge from here to another port, or from there to here."""
        one, two = self.port.port, other.port
        if isinstance(one, OutPort) and isinstance(two, InPort):
            return one, two
        if isinstance(one, InPort) and isinstance(two, OutPort):
            return two, one
        raise ValueError("an edge runs from an output to an input")

    def fitting(self) -> list[int]:
        """All ports that fit, from left to right."""
        places = self.canvas.ports.places(self._other_side).tolist()
        order = sorted(zip(places, self._other_side.tolist(), strict=True))
        return [at for _, at in order if not self.refusal(at)]

    def look_around(self) -> None:
        """Light the ports in view that fit, and let the cards without one step back."""
        canvas, area = self.canvas, sides(self.canvas.visible())
        if area == self._judged:
            return
        self._judged = area
        seen = canvas.ports.within(self._other_side, area)
        self._lit = np.array([at for at in seen.tolist() if not self.refusal(at)], dtype=np.intp)
        cards = {canvas.figure.cards[i].id for i in canvas.ports.cards_of(self._lit).tolist()}
        canvas.wear(Emphasis(frozenset({self.port.card}), near_cards=frozenset(cards)))
        canvas.viewport().update()

    def drop(self, point: Point) -> Drop:
        """What is meant at a point: a port that fits if any is near, or one of the card there."""
        canvas, ports, snap = self.canvas, self.canvas.ports, SNAP / self.canvas.zoom
        near = ports.nearest(self._lit, point, snap)
        if near is not None:
            return self._onto(near)
        alike = ports.nearest(self._own_side, point, _REACH / canvas.zoom)
        if alike is not None:
            return self._onto_alike(ports[alike])
        card = canvas.places.card_at(point)
        if card is None:
            near = ports.nearest(self._other_side, point, snap)
            return Drop() if near is None else self._onto(near)
        own = ports.of(card)
        own = own[np.isin(own, self._other_side)]
        fits = own[np.isin(own, self._lit)]
        near = ports.nearest(fits if len(fits) else own, point, np.inf)
        return self._onto_card(canvas.figure.cards[card].id) if near is None else self._onto(near)

    def _onto(self, at: int) -> Drop:
        return Drop(at, self.refusal(at), self.notice(at), is_on_card=True)

    def _onto_alike(self, other: Port) -> Drop:
        """On a port of the same side as the one where the wire begins."""
        if other.at == self.port.at:
            return Drop(is_on_card=True)
        kind, side, meant = ("inputs", "right", "outputs are")
        if other.is_output:
            kind, side, meant = ("outputs", "left", "inputs are")
        told = f"An edge cannot join two {kind}, {self.port.port} and {other.port}: let go on the"
        return Drop(refusal=f"{told} {side} of a card, where its {meant}.", is_on_card=True)

    def _onto_card(self, card: str) -> Drop:
        """On a card that has no port on the side where the wire may end."""
        if card == self.port.card:
            return Drop(is_on_card=True)
        side, end = ("input", "end") if self.port.is_output else ("output", "begin")
        told = f"{card} has no {side} port, so no edge can {end} there: let go on a card that has"
        return Drop(refusal=f"{told} one.", is_on_card=True)

    def notice(self, at: int) -> str:
        """Which edge gives way to the one that would be drawn to this port; empty for none."""
        canvas, (source, target) = self.canvas, self.ends(self.canvas.ports[at])
        link = canvas.ports[at].link
        if link is None or target == self.pulled or self.refusal(at):
            return ""
        feeding = source_of(canvas, link).port
        if feeding == source:
            return f"{source} feeds {target} already."
        return f"{feeding} feeds {target} now: {source} would take its place."

    def show(self, at: int | None, point: Point) -> None:
        """Draw the wire to a port, or to the point where the hand is."""
        ports = self.canvas.ports
        chosen = None if at is None or self.refusal(at) else ports[at].place
        ends = (self.port.place, chosen or point)
        tail, head = ends if self.port.is_output else ends[::-1]
        lit = [(x, y) for x, y in ports.places(self._lit).tolist()]
        self.canvas.put("wire", WireMark(tail, head, lit, chosen))

    def connect(self, at: int) -> None:
        """Ask for the edge to or from a port that fits."""
        source, target = self.ends(self.canvas.ports[at])
        if self.pulled is None:
            self.canvas.wired.emit(source, target)
        elif target != self.pulled:
            self.canvas.replugged.emit(self.pulled, source, target)

    def leave(self) -> None:
        """Take the wire away."""
        self.canvas.put("wire", None)
        self.canvas.bubble.hide()
        self.canvas.wear(None)
        self.canvas.viewport().update()


class Wire(Gesture):
    """Draws a wire from a port, or pulls the head of an edge off."""

    cursor = Qt.CursorShape.CrossCursor

    @classmethod
    def takes(cls, canvas: CanvasView, press: Press) -> bool:
        is_left = press.button == Qt.MouseButton.LeftButton and not press.is_adding
        return is_left and port_at(canvas, press.place) is not None

    def begin(self) -> None:
        canvas = self.canvas
        port = port_at(canvas, self.press.place)
        if port is None:
            return
        if port.link is None:
            self._wiring = Wiring(canvas, port)
        else:
            self._wiring = Wiring(canvas, source_of(canvas, port.link), pulled_of(port))

    def move(self, place: QPoint) -> None:
        canvas, wiring = self.canvas, self._wiring
        point = canvas.mapToScene(place).toTuple()
        wiring.look_around()
        drop = wiring.drop(point)
        wiring.show(drop.at, point)
        inside = canvas.viewport().mapTo(canvas, place)
        canvas.bubble.tell(drop.refusal or drop.notice, inside, canvas.theme, canvas.fonts)

    def end(self, place: QPoint) -> None:
        canvas, wiring = self.canvas, self._wiring
        point = canvas.mapToScene(place).toTuple()
        drop = wiring.drop(point)
        wiring.leave()
        if drop.refusal:
            canvas.wire_refused.emit(drop.refusal)
        elif drop.at is not None:
            wiring.connect(drop.at)
        elif drop.is_on_card:
            return
        elif wiring.pulled is not None:
            canvas.unplugged.emit(wiring.pulled)
        else:
            canvas.dropped_in_void.emit(wiring.port.port, point)

    def cancel(self) -> None:
        if self.has_begun:
            self._wiring.leave()

    def click(self) -> None:
        canvas, press = self.canvas, self.press
        port = port_at(canvas, press.place)
        if press.link is not None:
            canvas.click_link(press.link)
        elif port is not None:
            canvas.click_card(port.card)


class KeyWire:
    """A wire led by keys from a card's output to one after the other of the ports that fit."""

    def __init__(self, canvas: CanvasView, port: Port) -> None:
        self._canvas, self._wiring = canvas, Wiring(canvas, port)
        # inputs that are free come first: Return on a fed one would take its edge away
        fitting, ports = self._wiring.fitting(), canvas.ports
        self._choices = sorted(fitting, key=lambda at: ports[at].link is not None)
        self._place = 0
        self._wiring.look_around()
        self.go(0)

    def go(self, step: int) -> None:
        """Lead the wire to the next port, or the one before, and tell which it is."""
        canvas, port = self._canvas, self._wiring.port
        if not self._choices:
            x, y = port.place
            self._wiring.show(None, (x + SNAP, y))
            self._tell(port, f"No input in this graph can take what {port.port} gives.")
            return
        self._place = (self._place + step) % len(self._choices)
        chosen = canvas.ports[self._choices[self._place]]
        x, y = chosen.place
        canvas.bring_into_view(QRectF(x - SNAP, y - SNAP, 2 * SNAP, 2 * SNAP))
        self._wiring.look_around()
        self._wiring.show(chosen.at, chosen.place)
        count = f"{self._place + 1} of {len(self._choices)}"
        told = f"{port.port} → {chosen.port} ({count}): Return connects, Tab goes on"
        self._tell(chosen, "\n".join(filter(None, (told, self._wiring.notice(chosen.at)))))

    def connect(self) -> None:
        """Ask for the edge to the port the wire is at."""
        self.leave()
        if self._choices:
            self._wiring.connect(self._choices[self._place])

    def leave(self) -> None:
        """Take the wire away."""
        self._wiring.leave()

    def _tell(self, at: Port, text: str) -> None:
        canvas = self._canvas
        x, y, _, height = canvas.places.cards[canvas.places.index[at.card]].tolist()
        below = canvas.mapFromScene(QPointF(x, y + height))  # the card itself stays in sight
        place = canvas.viewport().mapTo(canvas, below)
        canvas.bubble.tell(text, place, canvas.theme, canvas.fonts)


def port_at(canvas: CanvasView, place: QPoint) -> Port | None:
    """The port at a place of the viewport, or the input whose arrow or pill is there."""
    if canvas.zoom < SYMBOLS:
        return None
    ports, point = canvas.ports, canvas.mapToScene(place).toTuple()
    reach = min(_REACH, 14 * canvas.zoom) / canvas.zoom
    for card in canvas.places.card_boxes.meeting((*point, 0, 0), reach).tolist():
        at = ports.nearest(ports.of(card), point, reach)
        if at is not None:
            return ports[at]
    if canvas.places.card_at(point) is not None:
        return None
    return _head_at(canvas, point)


def _head_at(canvas: CanvasView, point: Point) -> Port | None:
    """The input whose edge's arrow or pill is at a point."""
    geometry = canvas.places
    for link in geometry.heads_in((*point, 0.0, 0.0)).tolist():
        x, y = geometry.heads[link].tolist()
        is_level = abs(point[1] - y) <= geometry.room.pill / 2
        if is_level and x - 1.5 * ARROW - SHORTEST <= point[0] <= x:
            own = canvas.ports.of(int(geometry.targets[link]))
            fed = (canvas.ports[at] for at in own.tolist())
            return next((port for port in fed if port.link == link), None)
    return None


def source_of(canvas: CanvasView, link: int) -> Port:
    """The output that a link comes from."""
    found = canvas.figure.links[link]
    own = canvas.ports.of(canvas.places.index[found.source])
    outputs = [port for at in own.tolist() if (port := canvas.ports[at]).is_output]
    return outputs[found.tail_index]


def pulled_of(port: Port) -> InPort | None:
    """A port, if it is an input."""
    return port.port if isinstance(port.port, InPort) else None
