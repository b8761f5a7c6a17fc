"""The lines of links: flat stretches, bends that leave and arrive level, and turns."""

from __future__ import annotations

from functools import cache

import numpy as np

from graphlab.graph.rows import ROUNDING
from graphlab.gui.canvas.boxes import Floats
from graphlab.gui.canvas.metrics import Room


def bend(pieces: Floats, segments: int) -> Floats:
    """The points (P, segments + 1, 2) along pieces that leave and arrive level.

    A piece that ends above or below its beginning is a turn: it bulges to the right on its way
    down, to the left on its way up.
    """
    start, span = pieces[:, None, :2], pieces[:, None, 2:] - pieces[:, None, :2]
    points = np.asarray(start + span * _shares(segments))
    turns = ((pieces[:, 0] == pieces[:, 2]) & (pieces[:, 1] != pieces[:, 3])).nonzero()[0]
    if len(turns) and segments > 1:
        points[turns] = _turned(pieces[turns], segments)
    return points


def _turned(pieces: Floats, segments: int) -> Floats:
    """The points along turns: a quarter of a circle, straight on, and another quarter."""
    height = pieces[:, 3:] - pieces[:, 1:2]
    radius = np.minimum(ROUNDING, np.abs(height) / 2)
    begin = np.linspace(0.0, np.pi / 2, segments // 2 + 1)
    end = np.linspace(np.pi / 2, 0.0, segments + 1 - len(begin))
    out = radius * np.sin(np.concatenate([begin, end]))
    down = radius * (1 - np.cos(np.concatenate([begin, end])))
    down[:, len(begin) :] = np.abs(height) - down[:, len(begin) :]
    side = np.sign(height)
    return np.stack([pieces[:, :1] + side * out, pieces[:, 1:2] + side * down], axis=2)


def lines(pieces: Floats, segments: int) -> Floats:
    """The same bends as separate segments (P segments, 4)."""
    points = bend(pieces, segments)
    ends = np.empty((len(pieces), segments, 4))
    ends[:, :, :2], ends[:, :, 2:] = points[:, :-1], points[:, 1:]
    return ends.reshape(-1, 4)


@cache
def _shares(segments: int) -> Floats:
    """How much of its way along and across a bend has gone at each point: (segments + 1, 2)."""
    t = np.linspace(0.0, 1.0, segments + 1)
    along = 1.5 * t * (1 - t) + t**3 if segments > 1 else t
    return np.stack([along, t * t * (3 - 2 * t)], axis=1)


def bend_ends(x: Floats, to_x: Floats, room: Room) -> tuple[Floats, Floats]:
    """Where links from ``x`` to ``to_x`` without a route begin and end to bend."""
    left, right, span = x + room.stub, to_x - room.run, to_x - x
    is_narrow, is_ahead = right - left < room.bend / 2, span >= 24
    near_left = np.where(is_ahead, x + span * 0.25, x + min(room.stub, 24))
    near_right = np.where(is_ahead, to_x - span * 0.25, to_x - min(room.run, 24))
    return np.where(is_narrow, near_left, left), np.where(is_narrow, near_right, right)


def straight(tails: Floats, heads: Floats, room: Room) -> Floats:
    """Links from port to port in three pieces each: (L, 3, 4)."""
    x, y = tails.T
    to_x, to_y = heads.T
    left, right = bend_ends(x, to_x, room)
    is_level = y == to_y
    left, right = np.where(is_level, x, left), np.where(is_level, to_x, right)
    return np.stack(
        [
            np.stack([x, y, left, y], axis=1),
            np.stack([left, y, right, to_y], axis=1),
            np.stack([right, to_y, to_x, to_y], axis=1),
        ],
        axis=1,
    )


def squeezed(x: float, to_x: float, stub: float, run: float) -> tuple[float, float]:
    """Where a link bends whose ends are too near, or in the wrong order, for all its labels."""
    span = to_x - x
    if span >= 24:
        return x + span * 0.25, to_x - span * 0.25
    return x + min(stub, 24), to_x - min(run, 24)


def distances(points: Floats, point: Floats) -> Floats:
    """From a point to each segment of each polyline: (P, segments)."""
    start, step = points[:, :-1], np.diff(points, axis=1)
    length = np.maximum((step**2).sum(axis=2), 1e-12)
    t = np.clip(((point - start) * step).sum(axis=2) / length, 0, 1)
    return np.asarray(np.linalg.norm(start + t[..., None] * step - point, axis=2))
