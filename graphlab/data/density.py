"""Points as a map to be learned: a Gaussian on each, so that the map adds up to their number."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphlab.data.columns import Array

SIGMA = 3.0
"""Deviation in pixels of the Gaussian laid on a point."""


class DensityMaps:
    """(N, 1, H, W): the Gaussians of the points of each image, computed for the rows asked for.

    ``points`` holds y, x in pixels; image i has the rows ``offsets[i]:offsets[i + 1]``.  As in
    Lempitsky and Zisserman, "Learning to count objects in images" (2010), a map's sum is its
    count: a Gaussian is cut at the border and what is left of it adds up to 1.
    """

    def __init__(
        self, points: Array, offsets: Array, size: tuple[int, int], sigma: float = SIGMA
    ) -> None:
        self._points, self._offsets, self._sigma = points, offsets, sigma
        self.shape: tuple[int, ...] = (len(offsets) - 1, 1, *size)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: Any, /) -> Array:
        chosen = np.arange(len(self))[rows]
        maps = np.empty((chosen.size, *self.shape[1:]), np.float32)
        for place, image in enumerate(chosen.ravel()):
            points = self._points[self._offsets[image] : self._offsets[image + 1]]
            down, across = (self._along(points, axis) for axis in (0, 1))
            maps[place, 0] = down.T @ across
        return maps.reshape(*chosen.shape, *self.shape[1:])

    def _along(self, points: Array, axis: int) -> Array:
        """(points, pixels): weights along one axis that add up to 1 for each point."""
        away = np.arange(self.shape[2 + axis]) - points[:, axis, None]
        weights: Array = np.exp(-(away**2) / (2 * self._sigma**2))
        weights /= weights.sum(1, keepdims=True)
        return weights


def padded(points: Array, offsets: Array) -> NDArray[np.float32]:
    """(N, K, …): the rows of each image, with rows of −1 where it has fewer than K."""
    counts = np.diff(offsets)
    most = int(counts.max(initial=0))
    table = np.full((len(counts), most, *points.shape[1:]), -1, np.float32)
    image = np.repeat(np.arange(len(counts)), counts)
    table[image, np.arange(len(points)) - np.repeat(offsets[:-1], counts)] = points
    return table


def _along(centres: Array, steps: Array, size: int, sigma: float) -> tuple[Array, Array]:
    """Pixels near each centre along one axis, and weights there that add up to 1."""
    places = np.rint(centres).astype(np.intp)[:, None] + steps
    weights = np.exp(-((places - centres[:, None]) ** 2) / (2 * sigma**2))
    weights[(places < 0) | (places >= size)] = 0
    return places.clip(0, size - 1), weights / weights.sum(1, keepdims=True)
