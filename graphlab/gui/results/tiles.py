"""Inputs of a network as tiles, whatever kind they are: images, signals or a few numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphlab.engine.numbers import show_number
from graphlab.gui.results.painting import grey, wave
from graphlab.gui.results.pictures import Tile
from graphlab.gui.results.watching import Arrays
from graphlab.gui.theme import Theme

KINDS = ("images", "signals", "numbers")


def input_tiles(arrays: Arrays, theme: Theme, lead: str = "") -> list[Tile]:
    """One tile an example, without what stands below it; ``lead`` is before the kind's name."""
    kind = next((k for k in KINDS if lead + k in arrays), "")
    values = arrays.get(lead + kind, np.zeros(0))
    if kind == "images":
        return [Tile(grey(pixels), "") for pixels in values]
    if kind == "signals":
        return [Tile(wave(channels, theme), "", is_smooth=True) for channels in values]
    return [Tile(None, "", words=_written(numbers)) for numbers in values]


def side_by_side(arrays: Arrays, one: str, other: str, theme: Theme) -> list[Tile]:
    """Two examples in one tile, the first on the left."""
    kind = next((k for k in KINDS if one + k in arrays), "")
    if kind != "images":
        pairs = zip(input_tiles(arrays, theme, one), input_tiles(arrays, theme, other), strict=True)
        return [
            a._replace(words=f"{a.words} → {b.words}") if a.image is None else b for a, b in pairs
        ]
    left, right = arrays[one + kind], arrays[other + kind]
    gap = np.full((len(left), left.shape[1], max(1, left.shape[2] // 16), *left.shape[3:]), 128)
    joined = np.concatenate([left, gap.astype(np.uint8), right], axis=2)
    return [Tile(grey(pixels), "") for pixels in joined]


def _written(numbers: NDArray[Any]) -> str:
    return ", ".join(show_number(float(x)) for x in numbers[:6]) + ("…" if len(numbers) > 6 else "")
