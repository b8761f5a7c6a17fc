"""The ports of all cards: where they are, which are fed, and the one nearest to a point."""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

import numpy as np

from graphlab.graph import InPort, OutPort
from graphlab.gui.canvas.boxes import Floats, Ints, Rect
from graphlab.gui.canvas.figure import Figure, Point
from graphlab.gui.canvas.geometry import Geometry


class Port(NamedTuple):
    """One port of a card: inputs are on its left side, outputs on its right.

    ``link`` is the index of the link that feeds it, None for an output or an open input.
    """

    at: int
    card: str
    port: InPort | OutPort
    place: Point
    link: int | None

    @property
    def is_output(self) -> bool:
        """Whether values leave the card here."""
        return isinstance(self.port, OutPort)


class Ports:
    """The ports of a figure, by number; they stay with their cards when these are moved."""

    def __init__(self, figure: Figure, geometry: Geometry) -> None:
        self._figure, self._geometry = figure, geometry
        ports: list[InPort | OutPort] = []
        levels: list[float] = []
        inputs = np.zeros(len(figure.cards), dtype=np.intp)
        counts = np.zeros(len(figure.cards), dtype=np.intp)
        for i, card in enumerate(figure.cards):
            if card.inputs or card.outputs:
                inputs[i], counts[i] = len(card.inputs), len(card.inputs) + len(card.outputs)
                ports += [port for port, _ in card.inputs]
                ports += card.outputs
                for count in (len(card.inputs), len(card.outputs)):
                    levels += [geometry.room.port(k, count) for k in range(count)]
        self._ports = ports
        self._cards = np.repeat(np.arange(len(figure.cards)), counts)
        self._levels = np.array(levels, dtype=float)
        self._first = np.concatenate([[0], np.cumsum(counts)])
        self._feeding = np.full(len(ports), -1, dtype=np.intp)
        numbers = np.array([link.port_index for link in figure.links], dtype=np.intp)
        fed = np.flatnonzero(numbers < inputs[geometry.targets])
        self._feeding[self._first[geometry.targets[fed]] + numbers[fed]] = fed
        self._is_output = np.array([isinstance(port, OutPort) for port in ports], dtype=bool)

    def __len__(self) -> int:
        return len(self._ports)

    def __getitem__(self, at: int) -> Port:
        (place,) = self.places(np.array([at])).tolist()
        link = int(self._feeding[at])
        return Port(
            at,
            self._figure.cards[int(self._cards[at])].id,
            self._ports[at],
            (place[0], place[1]),
            None if link < 0 else link,
        )

    def places(self, which: Ints) -> Floats:
        """Where some ports are now."""
        boxes = self._geometry.cards[self._cards[which]]
        x = boxes[:, 0] + np.where(self._is_output[which], boxes[:, 2], 0.0)
        return np.stack([x, boxes[:, 1] + boxes[:, 3] / 2 + self._levels[which]], axis=1)

    def of(self, card: int) -> Ints:
        """The ports of a card."""
        return np.arange(self._first[card], self._first[card + 1])

    @cached_property
    def open(self) -> Ints:
        """The inputs that nothing feeds."""
        return np.flatnonzero(~self._is_output & (self._feeding < 0))

    def cards_of(self, which: Ints) -> Ints:
        """The cards that some ports belong to."""
        return self._cards[which]

    def on_side(self, *, outputs: bool) -> Ints:
        """All outputs, or all inputs."""
        return np.flatnonzero(self._is_output == outputs)

    def within(self, which: Ints, area: Rect) -> Ints:
        """Those of some ports that lie in a rectangle."""
        x, y, width, height = area
        places = self.places(which)
        inside = (places >= (x, y)) & (places <= (x + width, y + height))
        return which[inside.all(axis=1)]

    def nearest(self, which: Ints, point: Point, reach: float) -> int | None:
        """Which of some ports is nearest to a point, if it is within reach."""
        if not len(which):
            return None
        away = np.linalg.norm(self.places(which) - point, axis=1)
        best = int(away.argmin())
        return int(which[best]) if away[best] <= reach else None
