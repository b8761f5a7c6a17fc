"""The frames of all cards: which shape each has as it stands now, one for all that look alike."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from graphlab.gui.canvas.boxes import Floats, Ints, grouped
from graphlab.gui.canvas.shapes import Frame
from graphlab.gui.theme import Theme

LIT, CHOSEN, PROBLEM, MARKED = 1, 2, 4, 8
"""What can be seen on a card's frame; looks are sums of these."""

_LOOKS = 16


class Outlines:
    """Frames by card and look, made when they are first asked for."""

    def __init__(
        self, boxes: Floats, hues: NDArray[np.int8], palette: Sequence[str], theme: Theme
    ) -> None:
        self._theme, self._palette = theme, palette
        kinds = np.column_stack([boxes[:, 2:], hues])
        self._kinds, self._kind = _alike(kinds)
        self._frames: dict[int, Frame] = {}

    def of(self, cards: Ints, looks: Ints) -> tuple[list[Frame], Ints]:
        """Different frames, and which of them each card has."""
        keys, which = grouped(self._kind[cards] * _LOOKS + looks)
        return [self._frame(key) for key in keys], which

    def _frame(self, key: int) -> Frame:
        found = self._frames.get(key)
        if found is None:
            kind, look = divmod(key, _LOOKS)
            width, height, hue = self._kinds[kind].tolist()
            found = self._frames[key] = Frame(
                self._theme,
                width,
                height,
                self._palette[int(hue)],
                is_active=bool(look & LIT),
                is_selected=bool(look & CHOSEN),
                has_problem=bool(look & PROBLEM),
                is_marked=bool(look & MARKED),
            )
        return found


def _alike(rows: Floats) -> tuple[Floats, Ints]:
    """The different rows, and which of them each row is: like ``np.unique``, but quicker."""
    whole = rows.T.round(3)
    code = np.zeros(len(rows), dtype=np.intp)
    for column in whole:
        _, place = np.unique(column, return_inverse=True)
        code = code * (int(place.max(initial=0)) + 1) + place
    _, first, which = np.unique(code, return_index=True, return_inverse=True)
    return rows[first], which
