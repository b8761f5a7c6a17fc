"""Which rectangles of the view to paint when some of it is exposed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from PySide6.QtCore import QRect
from PySide6.QtGui import QRegion

_WORTH = 80_000  # pixels that take as long to paint as one more part takes to begin


def parts_of(region: QRegion) -> list[QRect]:
    """What to paint one after the other: the parts of a region, or at once what encloses them."""
    whole, parts = region.boundingRect(), list(cast(Iterable[QRect], region))
    spared = _area(whole) - sum(map(_area, parts))
    return [whole] if spared < _WORTH * (len(parts) - 1) else parts


def _area(part: QRect) -> int:
    return part.width() * part.height()
