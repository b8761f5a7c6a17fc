"""From where groups are seen that have just been opened: what was opened never leaves the view."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSizeF

from graphlab.gui.canvas.painter import NUMBERS, SYMBOLS

if TYPE_CHECKING:
    from graphlab.gui.canvas.stage import Stage

_READABLE = 0.45  # a zoom at which names are read
_LARGEST = 1.25
_MARGIN = 48  # pixels


class Approach:
    """Leads one view to the groups it is told of, once a figure shows them opened.

    That figure may come later: a large one is laid out in the background.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._groups: frozenset[str] = frozenset()
        self._zoom = 1.0

    def expect(self, groups: Iterable[str]) -> None:
        """See the next figure from where these groups are; none: from where it would be seen."""
        self._groups, self._zoom = frozenset(groups), self._stage.coming_zoom

    @property
    def is_expected(self) -> bool:
        """Whether groups that are being opened are yet to be shown."""
        return bool(self._groups)

    def end(self) -> None:
        """The figure is there: bring the groups into view that it shows opened."""
        stage, groups = self._stage, self._groups
        self._groups = frozenset()
        frames = [i for i, frame in enumerate(stage.figure.frames) if frame.id in groups]
        if not frames:
            return
        boxes = stage.places.frames[frames]
        left, top = boxes[:, :2].min(axis=0).tolist()
        right, bottom = np.max(boxes[:, :2] + boxes[:, 2:], axis=0).tolist()
        area = QRectF(left, top, right - left, bottom - top)
        if stage.zoom < SYMBOLS or not stage.visible().contains(area):
            room = QSizeF(stage.viewport().size()) - QSizeF(2 * _MARGIN, 2 * _MARGIN)
            stage.look_at(*_seen(area, room, self._zoom), at_once=True)


def _seen(area: QRectF, room: QSizeF, zoom: float) -> tuple[QPointF, float]:
    """The middle and the zoom that show an area; of one too large to be read, its beginning."""
    across, down = room.width() / area.width(), room.height() / area.height()
    if min(across, down) >= _READABLE:
        return area.center(), min(across, down, max(zoom, NUMBERS), _LARGEST)
    middle = area.center()
    if across < NUMBERS:
        middle.setX(area.left() + room.width() / 2 / NUMBERS)
    if down < NUMBERS:
        middle.setY(area.top() + room.height() / 2 / NUMBERS)
    return middle, NUMBERS
