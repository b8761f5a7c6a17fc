"""From where an area is seen so that words about it find a place, in a low canvas too."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSizeF

_AROUND = 44.0  # around cards, for the labels on links that lead away from them
_GAP = 20.0  # pixels beside the words
_FARTHER = 0.9  # from one zoom that is tried to the next


def has_room(area: QRectF, seen: QRectF, zoom: float, words: QSizeF) -> bool:
    """Whether words of a size in pixels fit between an area and a side of what is seen."""
    wide, high = (words.width() + _GAP) / zoom, (words.height() + _GAP) / zoom
    area = _with_labels(area)
    across = max(area.left() - seen.left(), seen.right() - area.right())
    return across >= wide or max(area.top() - seen.top(), seen.bottom() - area.bottom()) >= high


def clear_view(
    area: QRectF, view: QSizeF, zoom: float, words: QSizeF, lowest: float
) -> tuple[QPointF, float] | None:
    """The middle and the zoom, at most this one, from which there is room for words.

    The area is in the middle where that leaves enough, else left of it or in its lower part.  None
    where there is no room down to the zoom ``lowest``.
    """
    whole, middle = _with_labels(area), area.center()
    while zoom >= lowest:
        width, height = view.width() / zoom, view.height() / zoom
        across, down = width - whole.width(), height - whole.height()
        wide, high = (words.width() + _GAP) / zoom, (words.height() + _GAP) / zoom
        if across >= 2 * wide or down >= 2 * high:
            return middle, zoom
        if across >= wide and down >= 0:
            return QPointF(whole.left() + width / 2, middle.y()), zoom
        if down >= high and across >= 0:
            return QPointF(middle.x(), whole.bottom() - height / 2), zoom
        zoom *= _FARTHER
    return None


def left_in(area: QRectF, view: QSizeF, zoom: float) -> QPointF:
    """The middle from which an area is seen at the left, where not all of it can be cleared."""
    left = _with_labels(area).left() + view.width() / zoom / 2
    return QPointF(max(left, area.center().x()), area.center().y())


def _with_labels(area: QRectF) -> QRectF:
    return area.adjusted(-_AROUND, 0, _AROUND, 0)
