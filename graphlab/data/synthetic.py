"""Generated signals, images and volumes whose dots, masks and boxes are known exactly."""

from __future__ import annotations

import numpy as np

from graphlab.data.columns import Array
from graphlab.data.density import DensityMaps, padded
from graphlab.data.generated import Made, generated

Random = np.random.Generator

_SLOT, _SIDE = 16, 4  # a cell keeps to its slot, so that no two touch
_SIZE = _SLOT * _SIDE
_LENGTH, _IMAGE, _VOLUME = 128, 32, 16


@generated("signals", "Waves of three shapes", "classes", examples=900, noise=0.1,
           classes=("sine", "square", "sawtooth"))  # fmt: skip
def signals(random: Random, n: int, noise: float) -> Made:
    """(N, 1, 128): two to six periods of a wave, any phase, and normal noise."""
    y = (random.permutation(n) % 3).astype(float)
    turns = random.uniform(2, 6, (n, 1)) * np.linspace(0, 1, _LENGTH) + random.random((n, 1))
    sine = np.sin(2 * np.pi * turns)
    waves = np.stack([sine, np.where(sine >= 0, 1.0, -1.0), 2 * (turns % 1) - 1])
    x = waves[y.astype(int), np.arange(n)] + noise * random.standard_normal((n, _LENGTH))
    return {"x": x[:, None], "y": y}


@generated("boxes", "A shape and its box", "boxes", examples=2000, noise=0.1,
           classes=("rectangle", "ellipse"))  # fmt: skip
def boxes(random: Random, n: int, noise: float) -> Made:
    """(N, 1, 32, 32): one rectangle or ellipse of 8 to 20 pixels a side on a dark ground, and
    normal noise; its box is known to the pixel."""
    kind = (random.permutation(n) % 2).astype(float)
    sides = random.integers(8, 21, (n, 2))
    corners = random.integers(0, _IMAGE - sides + 1)
    inside = _inside(corners, sides, kind, _IMAGE)
    x = 0.1 + inside * random.uniform(0.4, 0.9, (n, 1, 1))
    x += noise * random.standard_normal(x.shape)
    ends = corners + sides
    box = np.stack([corners[:, 1], corners[:, 0], ends[:, 1], ends[:, 0]], 1) / _IMAGE
    return {
        "x": x.clip(0, 1)[:, None],
        "boxes": box[:, None],
        "box_classes": kind[:, None],
        "y": box,
    }


@generated("volumes", "Balls and blocks", "classes", examples=400, noise=0.1,
           classes=("block", "ball"))  # fmt: skip
def volumes(random: Random, n: int, noise: float) -> Made:
    """(N, 1, 16, 16, 16): one block or ball of 6 to 12 voxels a side on a dark ground, and normal
    noise; the ``mask`` and ``labels`` of its voxels are known."""
    y = (random.permutation(n) % 2).astype(float)
    sides = random.integers(6, 13, (n, 3))
    inside = _inside(random.integers(0, _VOLUME - sides + 1), sides, y, _VOLUME)
    x = 0.1 + inside * random.uniform(0.4, 0.9, (n, 1, 1, 1))
    x = (x + noise * random.standard_normal(x.shape)).clip(0, 1)
    mask = inside[:, None].astype(float)
    return {"x": x[:, None], "y": y, "mask": mask, "labels": mask}


@generated("cells", "Cells with masks", "masks", examples=200, noise=0.05)
def cells(random: Random, n: int, noise: float) -> Made:
    """(N, 1, 64, 64): 3 to 14 bright cells that do not touch, and normal noise; the mask, the
    label of each cell, its dot and the density of the dots are known."""
    places = np.arange(_SIDE**2)
    order = random.permuted(np.tile(places, (n, 1)), axis=1)
    is_there = order < random.integers(3, 15, (n, 1))
    slot = np.stack(np.divmod(places, _SIDE), 1) * _SLOT + (_SLOT - 1) / 2
    centre = slot + random.uniform(-2, 2, (n, len(places), 2))
    radii = random.uniform(3, 5.5, (n, len(places), 2))
    bright = random.uniform(0.5, 0.9, (n, len(places)))
    pixels = np.arange(_SIZE)
    x, labels = np.full((n, _SIZE, _SIZE), 0.1), np.zeros((n, _SIZE, _SIZE))
    for place in places:
        down, across = (
            ((pixels - centre[:, place, axis, None]) / radii[:, place, axis, None]) ** 2
            for axis in range(2)
        )
        far = down[:, :, None] + across[:, None, :]
        inside = (far <= 1) & is_there[:, place, None, None]
        labels[inside] = place + 1
        x += inside * bright[:, place, None, None] * (1 - 0.5 * far)
    offsets = np.concatenate([[0], np.cumsum(is_there.sum(1))])
    dots = centre[is_there]
    x = (x + noise * random.standard_normal(x.shape)).clip(0, 1)
    return {
        "x": x[:, None],
        "mask": (labels > 0)[:, None].astype(float),
        "labels": labels[:, None],
        "density": DensityMaps(dots, offsets, (_SIZE, _SIZE), sigma=2.0)[:],
        "count": is_there.sum(1).astype(float),
        "points": padded(dots, offsets),
    }


generated("cell-dots", "Cells to be counted", "points", examples=200, noise=0.05)(cells)


def _inside(corners: Array, sides: Array, is_round: Array, size: int) -> Array:
    """(N, size, …): the voxels of a block, or of the ellipsoid that touches its sides."""
    axes = sides.shape[1]
    centre, half = corners + (sides - 1) / 2, sides / 2
    ball: Array = np.zeros(1)
    block: Array = np.zeros(1)
    for axis in range(axes):
        shape = (-1, *(size if i == axis else 1 for i in range(axes)))
        away = np.abs(np.arange(size) - centre[:, axis, None]) / half[:, axis, None]
        ball = ball + (away**2).reshape(shape)
        block = np.maximum(block, away.reshape(shape))
    which = is_round.reshape(-1, *[1] * axes).astype(bool)
    found: Array = np.where(which, ball, block) < 1
    return found
