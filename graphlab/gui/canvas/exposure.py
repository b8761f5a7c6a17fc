"""Which rectangles of the view to paint when some of it looks different."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from PySide6.QtCore import QRect
from PySide6.QtGui import QRegion

_WORTH = 80_000  # pixels that take as long to paint as one more part takes to begin


def parts_of(region: QRegion) -> list[QRect]:
    """The rectangles that a region consists of."""
    return list(cast("Iterable[QRect]", region))


def simplified(region: QRegion) -> QRegion:
    """A region, or what encloses it where to paint all of that at once takes no longer.

    Qt has to be told the simple one: it clips to what it was told, and stamps and fills many times
    slower where that is not one rectangle.
    """
    if region.rectCount() < 2:
        return region
    whole, parts = region.boundingRect(), parts_of(region)
    spared = _area(whole) - sum(map(_area, parts))
    return QRegion(whole) if spared < _WORTH * (len(parts) - 1) else region


def _area(part: QRect) -> int:
    return part.width() * part.height()
