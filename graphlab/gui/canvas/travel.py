"""The same cards in other places glide there, where motion is wanted."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec
from PySide6.QtCore import QEasingCurve, QObject, QVariantAnimation

from graphlab.gui.canvas.camera import GLIDE
from graphlab.gui.canvas.figure import Figure, Point

_MOST_TRAVELLERS = 300  # cards that can be seen to move smoothly


class Travel:
    """Shows a figure on its way, by ``present``, from where its cards stood before."""

    def __init__(self, parent: QObject, present: Callable[[Figure], None]) -> None:
        self._present = present
        self._starts: Mapping[str, Point] = {}
        self.figure = Figure()
        self._glide = QVariantAnimation(parent, startValue=0.0, endValue=1.0, duration=GLIDE)
        self._glide.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._glide.valueChanged.connect(self._on_glide)

    @property
    def is_running(self) -> bool:
        """Whether cards are on their way."""
        return self._glide.state() == QVariantAnimation.State.Running

    def start(self, starts: Mapping[str, Point], figure: Figure) -> None:
        """Let the cards leave where they stood."""
        self._starts, self.figure = starts, figure
        self._glide.start()

    def stop(self) -> None:
        """Leave the cards where they are."""
        self._glide.stop()

    def arrive(self) -> None:
        """Put the cards at once where they go."""
        if self.is_running:
            self._glide.stop()
            self._present(self.figure)

    def _on_glide(self, part: float) -> None:
        """Show the cards so far on their way."""
        figure, starts = self.figure, self._starts
        if part < 1.0:
            places = {
                card: (
                    x + (1 - part) * (starts[card][0] - x),
                    y + (1 - part) * (starts[card][1] - y),
                )
                for card, (x, y) in figure.positions.items()
                if card in starts
            }
            figure = msgspec.structs.replace(figure, positions=places, routes={})
        self._present(figure)


def is_moved(before: Figure, after: Figure) -> bool:
    """Whether both have the same cards, some of them elsewhere, and few enough to be followed."""
    return (
        0 < len(after.cards) <= _MOST_TRAVELLERS
        and before.positions.keys() == after.positions.keys()
        and before.positions != after.positions
    )
